using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// What holds a learnt function to a slope: lambda E[(||grad_z f(z)|| - k)^2], or one-sided lambda E[max(0, ||grad_z f(z)|| - k)^2], as an expression that is differentiated once more with respect to the parameters of f.
/// </summary>
/// <remarks>
/// I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville (2017), "Improved training of Wasserstein GANs". Where f is a network, differentiating costs about twice a gradient. A norm of zero has the gradient zero.
/// </remarks>
public static class GradientPenalty
{
    /// <summary>The Euclidean norms ||grad_z f(z)|| of each row, [rows].</summary>
    /// <param name="scores">f of each row, [rows]; a row depends on that row of the points only.</param>
    /// <param name="points">z, [rows, elements]: the very expression that the scores are written with.</param>
    public static Variable Norms(Variable scores, Variable points) => Norm(Derivative.Gradient(Sum(scores), points), -1);

    /// <summary>The penalties of norms, of the same shape.</summary>
    /// <param name="norms">Norms of gradients.</param>
    /// <param name="bound">k: the slope that is free.</param>
    /// <param name="isOneSided">Whether smaller slopes are free too.</param>
    public static Variable Of(Variable norms, double bound, bool isOneSided)
    {
        Require.NonNegative(bound, nameof(bound));
        Variable excess = norms - bound;
        return Square(isOneSided ? Relu(excess) : excess);
    }
}
