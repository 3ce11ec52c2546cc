using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>Increasing positive numbers: x[1] = e^u[1], x[k] = x[k-1] + e^u[k]. log |J| = sum u.</summary>
public sealed record PositiveOrderedConstraint : Constraint
{
    /// <summary>K increasing positive numbers.</summary>
    /// <param name="count">K, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is less than 1.</exception>
    public PositiveOrderedConstraint(int count)
        : base([Require.Positive(count)], count)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double sum = 0, last = 0;
        for (int k = 0; k < u.Length; k++)
        {
            x[k] = last += Math.Exp(u[k]);
            sum += u[k];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        double last = 0;
        for (int k = 0; k < x.Length; k++)
        {
            if (!(x[k] > last) || double.IsInfinity(x[k]))
                throw Violation(name, k, x[k], k == 0 ? "it must be finite and positive" : $"it must be finite and greater than the element before it, {last}");
            u[k] = Math.Log(x[k] - last);
            last = x[k];
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        double later = 0;
        for (int k = u.Length - 1; k >= 0; k--)
        {
            later += gradientX[k];
            gradientU[k] = (later * Math.Exp(u[k])) + 1;
        }
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        logJacobian = Operations.Sum(u);
        return Operations.CumulativeSum(Operations.Exp(u));
    }
}
