using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore;

/// <summary>Numbers below a bound b: x = b - e^u, element by element. log |J| = sum u.</summary>
public sealed record UpperBoundConstraint : Constraint
{
    private const int FewElements = 4;

    /// <summary>Numbers below a bound.</summary>
    /// <param name="upper">The bound, finite.</param>
    /// <param name="shape">The shape of the parameter; nothing for a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound isn't finite.</exception>
    public UpperBoundConstraint(double upper, Shape shape = default)
        : base(shape, shape.ElementCount) => Upper = Require.Finite(upper);

    /// <summary>The bound.</summary>
    public double Upper { get; }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        Exponentials(u, x);
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
        {
            sum += u[i];
            x[i] = Upper - x[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int i = 0; i < x.Length; i++)
        {
            if (!(x[i] < Upper) || double.IsInfinity(x[i]))
                throw Violation(name, i, x[i], $"it must be finite and less than {Upper}");
            u[i] = Math.Log(Upper - x[i]);
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);

        // Not |x - bound|, which has lost digits where the bound is large.
        Exponentials(u, gradientU);
        for (int i = 0; i < u.Length; i++)
            gradientU[i] = 1 - (gradientX[i] * gradientU[i]);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        logJacobian = Operations.Sum(u);
        Variable distance = Operations.Reshape(Operations.Exp(u), Shape);
        return Upper - distance;
    }

    private static void Exponentials(ReadOnlySpan<double> u, Span<double> result)
    {
        if (u.Length >= FewElements)
        {
            VectorMath.Exp(u, result);
            return;
        }

        for (int i = 0; i < u.Length; i++)
            result[i] = Math.Exp(u[i]);
    }
}
