using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore;

/// <summary>Numbers above a bound a: x = a + e^u, element by element. log |J| = sum u.</summary>
public sealed record LowerBoundConstraint : Constraint
{
    private const int FewElements = 4;

    /// <summary>Numbers above a bound; with 0, positive numbers.</summary>
    /// <param name="lower">The bound, finite.</param>
    /// <param name="shape">The shape of the parameter; nothing for a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound isn't finite.</exception>
    public LowerBoundConstraint(double lower, Shape shape = default)
        : base(shape, shape.ElementCount) => Lower = Require.Finite(lower);

    /// <summary>The bound.</summary>
    public double Lower { get; }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        Exponentials(u, x);
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
        {
            sum += u[i];
            x[i] = Lower + x[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int i = 0; i < x.Length; i++)
        {
            if (!(x[i] > Lower) || double.IsInfinity(x[i]))
                throw Violation(name, i, x[i], $"it must be finite and greater than {Lower}");
            u[i] = Math.Log(x[i] - Lower);
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);

        // Not |x - bound|, which has lost digits where the bound is large.
        Exponentials(u, gradientU);
        for (int i = 0; i < u.Length; i++)
            gradientU[i] = 1 + (gradientX[i] * gradientU[i]);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        logJacobian = Operations.Sum(u);
        Variable distance = Operations.Reshape(Operations.Exp(u), Shape);
        return Lower == 0 ? distance : Lower + distance;
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
