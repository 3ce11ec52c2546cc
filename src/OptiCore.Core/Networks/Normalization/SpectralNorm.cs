using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// A module whose matrices W are divided by their largest singular value sigma(W), as estimated by power iteration, so that each linear map has the Lipschitz constant 1.
/// Part: <c>inner</c>; beside each matrix, a state of its name and <c>Direction</c> [outputs].
/// </summary>
/// <remarks>
/// T. Miyato et al. (2018), "Spectral normalization for generative adversarial networks". While training, each step continues the iteration u := W v / |W v|, v := W^T u / |W^T u| from the
/// step before; the derivative takes u and v as constants, sigma = u^T W v. In evaluation the directions stay. A matrix is a parameter of two axes or more; the axes before the last are
/// its rows. Right after initialization the estimate is rough: run a few training steps, or raise <see cref="Iterations"/>.
/// </remarks>
/// <param name="Inner">The module.</param>
public sealed record SpectralNorm(Module Inner) : Module
{
    /// <summary>The module whose matrices are normalized.</summary>
    public Module Inner { get; init => field = Require.NotNull(value); } = Require.NotNull(Inner);

    /// <summary>The steps of power iteration in each training step. Default: 1.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Added to norms before dividing by them. Default: 1e-12.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-12;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x) => Inner.Apply(Require.NotNull(scope).Part("inner").Reparametrized(Normalize), x);

    private Variable Normalize(Scope scope, string name, Variable weight)
    {
        if (weight.Rank < 2)
            return weight;
        int outputs = weight.Shape[-1];
        Variable matrix = Reshape(weight, [weight.Shape.ElementCount / outputs, outputs]), constant = StopGradient(matrix);
        string state = name + "Direction";
        Variable v = Unit(scope.State(state, [outputs], Initializer.Normal(1))), u = Unit(MatMul(constant, v));
        if (scope.IsTraining)
        {
            for (int i = 0; i < Iterations; i++)
            {
                v = Unit(MatMul(u, constant));
                u = Unit(MatMul(constant, v));
            }

            scope.Update(state, v);
        }

        return weight / Dot(StopGradient(u), MatMul(matrix, StopGradient(v)));
    }

    private Variable Unit(Variable x) => x / (Norm(x) + Epsilon);
}
