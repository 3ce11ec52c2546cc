using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// A direction: x = u / |u| with as many coordinates as elements. The length of u is no part of x; it gets the density of a standard normal u, so that the "Jacobian" is log |J| = -|u|^2 / 2, and
/// a density of x is one with respect to the uniform measure of the sphere. At u = 0 the direction isn't defined, and the results are NaN.
/// </summary>
public sealed record UnitVectorConstraint : Constraint
{
    private const double Tolerance = 1e-8;

    /// <summary>A vector of length 1.</summary>
    /// <param name="count">The number of elements, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are less than 2 elements.</exception>
    public UnitVectorConstraint(int count)
        : base([Require.AtLeast(count, 2)], count)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double norm = Norm(u);
        for (int i = 0; i < u.Length; i++)
            x[i] = u[i] / norm;
        return -0.5 * norm * norm;
    }

    /// <inheritdoc/>
    /// <remarks>Of all u of this direction, the one of length 1.</remarks>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        double norm = Norm(x);
        if (!(Math.Abs(norm - 1) <= Tolerance))
            throw new ArgumentException($"The length of {name} is {norm:r}; that of a unit vector must be 1.", name);
        x.CopyTo(u);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        double norm = Norm(u), along = 0;
        for (int i = 0; i < u.Length; i++)
            along += x[i] * gradientX[i];
        for (int i = 0; i < u.Length; i++)
            gradientU[i] = ((gradientX[i] - (along * x[i])) / norm) - u[i];
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        Variable squares = Operations.Sum(Operations.Square(u));
        logJacobian = -0.5 * squares;
        return u / Operations.Sqrt(squares);
    }

    /// <summary>The length, without overflow of the squares.</summary>
    private static double Norm(ReadOnlySpan<double> u)
    {
        double largest = 0, sum = 0;
        foreach (double value in u)
            largest = Math.Max(largest, Math.Abs(value));
        if (!(largest > 0) || double.IsInfinity(largest))
            return double.IsNaN(largest) || largest > 0 ? largest : 0;
        foreach (double value in u)
            sum += (value / largest) * (value / largest);
        return largest * Math.Sqrt(sum);
    }
}
