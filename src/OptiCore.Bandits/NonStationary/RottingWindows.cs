using System.Numerics;

namespace OptiCore.Bandits;

/// <summary>
/// The state of policies for rewards that rot: the means of each arm's last 1, 2, 4, 8, ... rewards, in memory that doesn't grow with the plays.
/// </summary>
/// <remarks>
/// The efficient update of J. Seznec, A. Locatelli, A. Carpentier, A. Lazaric, M. Valko (2019), in the form of the first author's program: the mean of window 2^j is taken anew after every 2^(j-1) plays of
/// the arm and is less than 2^(j-1) plays old. A reward touches two windows on average.
/// </remarks>
internal abstract class RottingState : BanditState
{
    // More than 2^39 plays of an arm aren't made.
    private const int Levels = 40;

    private readonly ArmArray<double> _means, _halves;

    protected RottingState(IBanditPolicy policy, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _means = PerArm<double>(Levels);
        _halves = PerArm<double>(Levels);
    }

    public sealed override bool CanMerge => false;

    /// <summary>The number of windows that an arm fills.</summary>
    protected int Windows(int arm) => Math.Min(Levels, 64 - BitOperations.LeadingZeroCount((ulong)Pulls[arm]));

    /// <summary>The mean of an arm's window 2^j, j below <see cref="Windows"/>.</summary>
    protected double WindowMean(int arm, int j) => _means.Of(arm)[j];

    protected sealed override void Learn(int arm, double reward)
    {
        // Whenever window 2^(j-1) is taken anew half a window after the last time, the two of them are window 2^j.
        Span<double> means = _means.Of(arm), halves = _halves.Of(arm);
        long plays = Pulls[arm];
        double sum = means[0] = reward;
        for (int j = 1; j < Levels && (plays & ((1L << (j - 1)) - 1)) == 0; j++)
        {
            double half = sum;
            sum += halves[j];
            halves[j] = half;
            means[j] = sum / (1L << j);
        }
    }
}
