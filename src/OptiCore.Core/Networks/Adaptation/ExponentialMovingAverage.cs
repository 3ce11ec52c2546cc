using System.Numerics;
using System.Runtime.InteropServices;

namespace OptiCore.Networks;

/// <summary>
/// The exponential moving average of parameters along learning, average := rho average + (1 - rho) parameters: evaluated in place of the last parameters, or the slowly moving target of
/// another network.
/// </summary>
/// <remarks>
/// <para>B. T. Polyak, A. B. Juditsky (1992), "Acceleration of stochastic approximation by averaging", with exponential weights. With the correction of the bias, the weight of the first
/// parameters is that of any others: the average of step t is divided by 1 - rho^t as in D. P. Kingma, J. Ba (2015), "Adam: a method for stochastic optimization", here in the equal form
/// average += (1 - rho) / (1 - rho^t) (parameters - average), which needs no second vector.</para>
/// <para>One pass over memory, no allocation; the bits depend on no vector width.</para>
/// </remarks>
/// <param name="Decay">The memory rho in [0, 1).</param>
public sealed record ExponentialMovingAverage(double Decay)
{
    /// <summary>The memory rho of one step.</summary>
    public double Decay { get; init => field = Require.InHalfOpen(value, 0, 1); } = Require.InHalfOpen(Decay, 0, 1, nameof(Decay));

    /// <summary>True if the average begins with nothing, false if it begins with the parameters that it is given. Default: false.</summary>
    public bool IsBiasCorrected { get; init; }

    /// <summary>The average for batches kappa times as large: rho^kappa. D. Busbridge et al. (2023), "How to scale your EMA".</summary>
    /// <param name="kappa">The new size of batches divided by the old one. Scale the optimizer's step size by its own rule too.</param>
    public ExponentialMovingAverage ForBatches(double kappa) => this with { Decay = Math.Pow(Decay, Require.Positive(kappa, nameof(kappa))) };

    /// <summary>The share of the parameters in the average after a step.</summary>
    /// <param name="step">The number of the step, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is less than 1.</exception>
    public double Share(long step)
    {
        Require.Positive(step, nameof(step));
        return IsBiasCorrected ? (1 - Decay) / (1 - Math.Pow(Decay, step)) : 1 - Decay;
    }

    /// <summary>Moves the average after a step. At first it is a copy of the parameters, or zeros with the correction of the bias.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="parameters">The parameters after the step.</param>
    /// <param name="average">The average.</param>
    /// <param name="step">The number of the step, from 1.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Update<T>(ReadOnlySpan<T> parameters, Span<T> average, long step) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(average.Length, parameters.Length, nameof(average));
        var share = T.CreateTruncating(Share(step));
        int i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var shares = new Vector<T>(share);
            ref T from = ref MemoryMarshal.GetReference(parameters), to = ref MemoryMarshal.GetReference(average);
            for (; i <= parameters.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> old = Vector.LoadUnsafe(ref to, (nuint)i);
                (old + (shares * (Vector.LoadUnsafe(ref from, (nuint)i) - old))).StoreUnsafe(ref to, (nuint)i);
            }
        }

        for (; i < parameters.Length; i++)
            average[i] += share * (parameters[i] - average[i]);
    }
}
