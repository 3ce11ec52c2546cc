namespace OptiCore.Samplers;

/// <summary>The inverse temperatures beta of parallel tempering, and whether they are tuned.</summary>
/// <remarks>
/// Warm-up adapts them as in Syed, Bouchard-Cote, Deligiannidis, Doucet (2022), section 5: in rounds of 1, 2, 4, ... transitions the rejection rates of all swaps are averaged; their running sum estimates the
/// communication barrier Lambda(beta), which is interpolated monotonically and divided into equal parts, so that all swaps come to be rejected alike. The ladder stays as it is in the second half of the
/// warm-up, in which the kernels settle.
/// </remarks>
public sealed record TemperingLadder
{
    /// <summary>The number of replicas, at least 2. Good: about twice the communication barrier, so that half of the swaps are accepted. Default: 8.</summary>
    public int Rungs { get; init => field = Require.AtLeast(value, 2); } = 8;

    /// <summary>
    /// The least inverse temperature, in [0, 1). Null, the default: 0, the reference itself, for a target in two parts (<see cref="ITemperableFunction{T}"/>); 0.05 where the whole density is tempered, whose
    /// power 0 has no finite integral.
    /// </summary>
    public double? Least
    {
        get;
        init => field = value is null ? null : Require.InHalfOpen(value.Value, 0, 1);
    }

    /// <summary>True to tune the inverse temperatures during warm-up. Default: true.</summary>
    public bool Adapts { get; init; } = true;

    /// <summary>Where tuning begins: geometric from <see cref="Least"/> (from 0.001 where it is smaller, and then 0 below) to 1.</summary>
    internal double[] Start(bool splits)
    {
        double least = Least ?? (splits ? 0 : 0.05);
        if (least == 0 && !splits)
            throw new ArgumentException($"{nameof(Least)} is 0 but the target isn't an {nameof(ITemperableFunction<double>)}: the power 0 of its density has no finite integral. Give a positive one, or the target in two parts.");
        double[] betas = new double[Rungs];
        int first = least < 0.001 ? 1 : 0;
        double begin = Math.Max(least, 0.001);
        betas[0] = least;
        for (int r = first; r < Rungs; r++)
            betas[r] = r == Rungs - 1 ? 1 : Math.Pow(begin, (Rungs - 1.0 - r) / (Rungs - 1 - first));
        return betas;
    }
}
