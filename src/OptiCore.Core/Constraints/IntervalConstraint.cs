using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// Numbers between two bounds: x = a + (b - a) / (1 + e^-u), element by element. log |J| = sum (log(b - a) - |u| - 2 log(1 + e^-|u|)).
/// </summary>
public sealed record IntervalConstraint : Constraint
{
    /// <summary>Numbers between two bounds.</summary>
    /// <param name="lower">The lower bound a, finite.</param>
    /// <param name="upper">The upper bound b, finite, greater than a.</param>
    /// <param name="shape">The shape of the parameter; nothing for a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound isn't finite, or the upper one isn't greater.</exception>
    public IntervalConstraint(double lower, double upper, Shape shape = default)
        : base(shape, shape.ElementCount)
    {
        Lower = Require.Finite(lower);
        Upper = Require.Finite(upper);
        if (!(upper > lower) || double.IsInfinity(upper - lower))
            throw new ArgumentOutOfRangeException(nameof(upper), upper, $"The upper bound must be greater than the lower one, {lower}, by a finite width.");
    }

    /// <summary>The lower bound a.</summary>
    public double Lower { get; }

    /// <summary>The upper bound b.</summary>
    public double Upper { get; }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        double width = Upper - Lower, sum = u.Length * Math.Log(width);
        for (int i = 0; i < u.Length; i++)
        {
            // From the nearer bound, so that x keeps its distance to it.
            double small = Math.Exp(-Math.Abs(u[i])), part = width * (small / (1 + small));
            x[i] = u[i] < 0 ? Lower + part : Upper - part;
            sum -= Math.Abs(u[i]) + (2 * SpecialFunctions.LogOnePlus(small));
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int i = 0; i < x.Length; i++)
        {
            if (!(x[i] > Lower && x[i] < Upper))
                throw Violation(name, i, x[i], $"it must lie between {Lower} and {Upper}");
            u[i] = Lower == 0 && Upper == 1 ? SpecialFunctions.Logit(x[i]) : Math.Log((x[i] - Lower) / (Upper - x[i]));
        }
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        double width = Upper - Lower;
        for (int i = 0; i < u.Length; i++)
        {
            double small = Math.Exp(-Math.Abs(u[i])), scale = 1 / (1 + small);
            double slope = width * small * scale * scale;
            gradientU[i] = (gradientX[i] * slope) + ((u[i] > 0 ? small - 1 : 1 - small) * scale);
        }
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        double width = Upper - Lower;
        logJacobian = (CoordinateCount * Math.Log(width)) + Operations.Sum(Operations.LogSigmoid(u) + Operations.LogSigmoid(-u));
        Variable part = Operations.Reshape(Operations.Sigmoid(u), Shape);
        return Lower == 0 && Upper == 1 ? part : Lower + (width * part);
    }
}
