using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>Increasing numbers: x[1] = u[1], x[k] = x[k-1] + e^u[k]. log |J| = u[2] + ... + u[K].</summary>
public sealed record OrderedConstraint : Constraint
{
    /// <summary>K increasing numbers.</summary>
    /// <param name="count">K, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">K is less than 1.</exception>
    public OrderedConstraint(int count)
        : base([Require.Positive(count)], count)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double sum = 0;
        x[0] = u[0];
        for (int k = 1; k < u.Length; k++)
        {
            x[k] = x[k - 1] + Math.Exp(u[k]);
            sum += u[k];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int k = 0; k < x.Length; k++)
        {
            if (!double.IsFinite(x[k]) || (k > 0 && !(x[k] > x[k - 1])))
                throw Violation(name, k, x[k], k == 0 ? "it must be finite" : $"it must be finite and greater than the element before it, {x[k - 1]}");
            u[k] = k == 0 ? x[k] : Math.Log(x[k] - x[k - 1]);
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        double later = 0;
        for (int k = u.Length - 1; k > 0; k--)
        {
            later += gradientX[k];
            gradientU[k] = (later * Math.Exp(u[k])) + 1;
        }

        gradientU[0] = later + gradientX[0];
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        if (CoordinateCount == 1)
        {
            logJacobian = 0;
            return u;
        }

        logJacobian = Operations.Sum(u[1..]);
        return Operations.CumulativeSum(Operations.Concatenate(0, u[..1], Operations.Exp(u[1..])));
    }
}
