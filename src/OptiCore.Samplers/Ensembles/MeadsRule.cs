using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Samplers;

/// <summary>How <see cref="Meads"/> makes the parameters of a fold out of the largest eigenvalues of another one: written once, for chains of the processor and of devices alike.</summary>
internal static class MeadsRule
{
    /// <summary>
    /// The largest eigenvalue of a covariance from m centred or uncentred points y: sum over pairs j != k of (y_j . y_k)^2 / (m (m - 1)), an unbiased estimate of the sum of squared eigenvalues, by sum |y_j|^2 / m, the
    /// sum of the eigenvalues. NaN where all points are zero.
    /// </summary>
    /// <param name="allPairs">The sum of (y_j . y_k)^2 over all pairs, which is the squared Frobenius norm of the points' Gram matrix and of their matrix of products.</param>
    /// <param name="quartics">The sum of |y_j|^4.</param>
    /// <param name="squares">The sum of |y_j|^2.</param>
    /// <param name="count">m.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LargestEigenvalue<T>(T allPairs, T quartics, T squares, T count) where T : struct, IReal<T> =>
        ((allPairs - quartics) / (count * (count - 1))) / (squares / count);

    /// <summary>eps = min(1, multiplier / sqrt(lambda)), where lambda belongs to the scaled gradients; 1 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T StepSize<T>(T lambda, T multiplier) where T : struct, IReal<T>
    {
        T step = multiplier / T.Sqrt(lambda), one = T.Constant(1);
        return T.IfLess(step, one, step, one);
    }

    /// <summary>alpha = 1 - exp(-2 eps gamma) with gamma = max(1 / sqrt(lambda), slowdown / ((t + 1) eps)), where lambda belongs to the standardised positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Refreshment<T>(T lambda, T stepSize, T slowdown, T transition) where T : struct, IReal<T>
    {
        T floor = slowdown / ((transition + 1) * stepSize);
        T gamma = 1 / T.Sqrt(lambda);
        gamma = T.IfLess(floor, gamma, gamma, floor);
        return 1 - T.Exp(-2 * (stepSize * gamma));
    }

    /// <summary>The slice's variable moved on: ((u + 1 + alpha / 2) mod 2) - 1, in [-1, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Shift<T>(T u, T alpha) where T : struct, IReal<T>
    {
        T moved = u + (0.5 * alpha);
        return T.IfLess(moved, T.Constant(1), moved, moved - 2);
    }
}
