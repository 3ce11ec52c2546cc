using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// N numbers that sum to zero, from N - 1 coordinates by an isometry: with w[j] = u[j] / sqrt(j (j + 1)), x[i] = w[i] + ... + w[N-1] - (i - 1) w[i-1]. Lengths and volumes within the plane are
/// kept: log |J| = 0, and standard normal coordinates give every x[i] the variance 1 - 1/N.
/// </summary>
/// <remarks>The orthonormal basis of F. R. Helmert's contrasts; the form of Stan since release 2.36.</remarks>
public sealed record SumToZeroConstraint : Constraint
{
    private const double Tolerance = 1e-8;

    /// <summary>N numbers that sum to zero.</summary>
    /// <param name="count">N, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">N is less than 2.</exception>
    public SumToZeroConstraint(int count)
        : base([Require.AtLeast(count, 2)], count - 1)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double later = 0;
        x[^1] = 0;
        for (int j = u.Length; j >= 1; j--)
        {
            double w = u[j - 1] * Scale(j);
            x[j] -= j * w;
            later += w;
            x[j - 1] = later;
        }

        return 0;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        double sum = 0, size = 1;
        for (int i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]))
                throw Violation(name, i, x[i], "it must be finite");
            sum += x[i];
            size = Math.Max(size, Math.Abs(x[i]));
        }

        if (!(Math.Abs(sum) <= Tolerance * size * x.Length))
            throw new ArgumentException($"The elements of {name} sum to {sum:r}; they must sum to 0.", name);
        Contrast(x, u);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        Contrast(gradientX, gradientU);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        int n = CoordinateCount;
        double[] scales = new double[n], places = new double[n];
        for (int j = 1; j <= n; j++)
            (scales[j - 1], places[j - 1]) = (Scale(j), j);
        Variable w = u * Variable.Constant<double>(scales, [n]);
        logJacobian = 0;
        return Operations.Pad(Operations.CumulativeSum(w, reverse: true), 0, 0, 1) - Operations.Pad(w * Variable.Constant<double>(places, [n]), 0, 1, 0);
    }

    private static double Scale(int j) => 1 / Math.Sqrt(j * (j + 1.0));

    /// <summary>The transposed isometry.</summary>
    private static void Contrast(ReadOnlySpan<double> x, Span<double> u)
    {
        double before = 0;
        for (int j = 1; j <= u.Length; j++)
        {
            before += x[j - 1];
            u[j - 1] = (before - (j * x[j])) * Scale(j);
        }
    }
}
