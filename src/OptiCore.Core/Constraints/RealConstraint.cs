using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>No constraint: x = u, element by element. The Jacobian is 1.</summary>
public sealed record RealConstraint : Constraint
{
    /// <summary>Real numbers.</summary>
    /// <param name="shape">The shape of the parameter; nothing for a scalar.</param>
    public RealConstraint(Shape shape = default)
        : base(shape, shape.ElementCount)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        u.CopyTo(x);
        return 0;
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        for (int i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]))
                throw Violation(name, i, x[i], "it must be finite");
        }

        x.CopyTo(u);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        gradientX.CopyTo(gradientU);
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        logJacobian = 0;
        return Operations.Reshape(u, Shape);
    }
}
