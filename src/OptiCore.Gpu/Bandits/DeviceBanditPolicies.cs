using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>A policy that chooses arms inside a kernel. Implemented as a small struct; what it learns lies in <see cref="DeviceArms"/>.</summary>
public interface IDeviceBanditPolicy
{
    /// <summary>The number of rows beyond the three of the simulation. Read on the host.</summary>
    int OwnRows { get; }

    /// <summary>The arm of a round.</summary>
    /// <param name="arms">What is known of the arms.</param>
    /// <param name="round">The number of rounds before, all of them with a reward.</param>
    /// <param name="key">The randomness of this round.</param>
    int Choose(DeviceArms arms, int round, RandomKey key);

    /// <summary>Called after the simulation's own rows have taken a reward.</summary>
    /// <param name="arms">What is known of the arms.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">Its reward.</param>
    /// <param name="key">The randomness of this round.</param>
    void Learn(DeviceArms arms, int arm, double reward, RandomKey key);
}

/// <summary>UCB1 on a device: the choices of <see cref="OptiCore.Bandits.Ucb1"/>, bit for bit. O(K) a choice.</summary>
/// <param name="alpha">The weight of exploration; 1 is the paper's.</param>
/// <exception cref="ArgumentOutOfRangeException">The weight is negative or not finite.</exception>
public readonly struct DeviceUcb1(double alpha) : IDeviceBanditPolicy
{
    private readonly double _alpha = Require.NonNegative(alpha, nameof(alpha));

    /// <inheritdoc/>
    public int OwnRows => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(DeviceArms arms, int round, RandomKey key)
    {
        if (round < arms.Count)
            return round;
        double doubled = 2 * arms.Log(round), level = double.NegativeInfinity;
        int best = 0;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            double width = ExactMath.Sqrt(ExactMath.Divide(doubled, arms.Get(DeviceArms.Pulls, arm)));
            double value = ExactMath.Add(arms.Get(DeviceArms.Means, arm), ExactMath.Multiply(_alpha, width));
            if (value > level)
            {
                level = value;
                best = arm;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(DeviceArms arms, int arm, double reward, RandomKey key)
    {
    }
}

/// <summary>Epsilon-greedy on a device: the choices of <see cref="OptiCore.Bandits.EpsilonGreedy"/>, bit for bit. O(K) a choice.</summary>
/// <param name="epsilon">The largest probability of a random arm, in [0, 1].</param>
/// <param name="decay">The probability falls as decay / t once that is smaller; infinity for a constant one.</param>
/// <exception cref="ArgumentOutOfRangeException">A number lies outside.</exception>
public readonly struct DeviceEpsilonGreedy(double epsilon, double decay = double.PositiveInfinity) : IDeviceBanditPolicy
{
    private readonly double _epsilon = Require.InClosed(epsilon, 0, 1, nameof(epsilon));
    private readonly double _decay = double.IsPositiveInfinity(decay) ? decay : Require.Positive(decay, nameof(decay));

    /// <inheritdoc/>
    public int OwnRows => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(DeviceArms arms, int round, RandomKey key)
    {
        if (round < arms.Count)
            return round;
        DeviceDraws.Pair(key, 0, out double coin, out double place);
        double falling = ExactMath.Divide(_decay, round);
        return coin < (falling < _epsilon ? falling : _epsilon) ? (int)ExactMath.Multiply(place, arms.Count) : arms.Largest(DeviceArms.Means);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(DeviceArms arms, int arm, double reward, RandomKey key)
    {
    }
}

/// <summary>Thompson sampling for normal rewards of known standard deviation on a device: the posteriors of <see cref="OptiCore.Bandits.GaussianThompsonSampling"/>, with draws of a fixed number of words, so not its bits. O(K) a choice.</summary>
/// <param name="priorMean">The mean of the prior.</param>
/// <param name="priorStandardDeviation">The standard deviation of the prior, positive.</param>
/// <param name="rewardStandardDeviation">The standard deviation of rewards, positive.</param>
/// <exception cref="ArgumentOutOfRangeException">A number isn't finite, or a standard deviation not positive.</exception>
public readonly struct DeviceGaussianThompson(double priorMean, double priorStandardDeviation, double rewardStandardDeviation) : IDeviceBanditPolicy
{
    private readonly double _mean = Require.Finite(priorMean, nameof(priorMean));
    private readonly double _prior = 1 / (Require.Positive(priorStandardDeviation, nameof(priorStandardDeviation)) * priorStandardDeviation);
    private readonly double _variance = Require.Positive(rewardStandardDeviation, nameof(rewardStandardDeviation)) * rewardStandardDeviation;

    /// <inheritdoc/>
    public int OwnRows => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(DeviceArms arms, int round, RandomKey key)
    {
        var random = new DeviceRandom(key);
        double largest = double.NegativeInfinity;
        int best = 0;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            double data = ExactMath.Divide(arms.Get(DeviceArms.Pulls, arm), _variance), precision = ExactMath.Add(_prior, data);
            double share = ExactMath.Divide(data, precision);
            double mean = ExactMath.Add(_mean, ExactMath.Multiply(share, ExactMath.Subtract(arms.Get(DeviceArms.Means, arm), _mean)));
            double deviation = ExactMath.Divide(1, ExactMath.Sqrt(precision));
            double draw = ExactMath.Add(mean, ExactMath.Multiply(deviation, random.NextNormal()));
            if (draw > largest)
            {
                largest = draw;
                best = arm;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(DeviceArms arms, int arm, double reward, RandomKey key)
    {
    }
}

/// <summary>
/// Thompson sampling with Beta priors on a device: draws every arm and plays the largest. The law of choices is that of <see cref="OptiCore.Bandits.ThompsonSampling"/>, which passes over most arms, so not its bits. O(K) a choice.
/// </summary>
/// <remarks>
/// A reward strictly between 0 and 1 counts as a success with that probability (S. Agrawal, N. Goyal, 2012). A draw is X / (X + Y) with two gamma numbers by the rejection of G. Marsaglia, W. W. Tsang (2000), which is repeated in less
/// than 5 % of draws; the rejection keeps threads of a warp waiting for each other only then.
/// </remarks>
/// <param name="alpha">The prior's successes, at least 1.</param>
/// <param name="beta">The prior's failures, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is below 1 or not finite.</exception>
public readonly struct DeviceBetaThompson(double alpha, double beta) : IDeviceBanditPolicy
{
    private const int Successes = DeviceArms.Own;

    private readonly double _alpha = Require.InClosed(alpha, 1, double.MaxValue, nameof(alpha)), _beta = Require.InClosed(beta, 1, double.MaxValue, nameof(beta));

    /// <inheritdoc/>
    public int OwnRows => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(DeviceArms arms, int round, RandomKey key)
    {
        var random = new DeviceRandom(key);
        double largest = -1;
        int best = 0;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            double successes = arms.Get(Successes, arm), failures = ExactMath.Subtract(arms.Get(DeviceArms.Pulls, arm), successes);
            double x = Gamma(ExactMath.Add(_alpha, successes), ref random);
            double y = Gamma(ExactMath.Add(_beta, failures), ref random);
            double draw = ExactMath.Divide(x, ExactMath.Add(x, y));
            if (draw > largest)
            {
                largest = draw;
                best = arm;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(DeviceArms arms, int arm, double reward, RandomKey key)
    {
        // A coin from a place of the stream that no choice reads.
        DeviceDraws.Pair(key, 1UL << 40, out double coin, out _);
        if (coin < reward)
            arms.Set(Successes, arm, ExactMath.Add(arms.Get(Successes, arm), 1));
    }

    /// <summary>A gamma number of a shape of at least 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Gamma(double shape, ref DeviceRandom random)
    {
        Lane64 d = new Lane64(shape) - Lane64.All(1.0 / 3), c = Lane64.All(1.0) / Lane64.Sqrt(Lane64.All(9.0) * d);
        while (true)
        {
            Lane64 x = new(random.NextNormal()), u = new(random.NextOpenDouble()), t = Lane64.All(1.0) + (c * x);
            if (!(t.X > 0))
                continue;
            Lane64 v = t * t * t, square = x * x;
            if (u.X < (Lane64.All(1.0) - (Lane64.All(0.0331) * square * square)).X
                || LaneMath.LogOfNormal(u).X < ((Lane64.All(0.5) * square) + (d * (Lane64.All(1.0) - v + LaneMath.Log(v)))).X)
            {
                return (d * v).X;
            }
        }
    }
}

/// <summary>
/// EXP3 on a device: the policy of <see cref="OptiCore.Bandits.Exp3"/>. Exponentials are the library's, within 1 unit in the last place of the processor's, so that a choice may differ where a uniform number falls between both.
/// O(K) a choice and a reward.
/// </summary>
/// <param name="gamma">The weight of the uniform distribution, in (0, 1]; see <see cref="GammaFor"/>.</param>
/// <exception cref="ArgumentOutOfRangeException">The weight lies outside.</exception>
public readonly struct DeviceExp3(double gamma) : IDeviceBanditPolicy
{
    // As on the processor: estimates beyond differ from infinity in nothing but that their differences are numbers.
    private const double LargestLoss = 1e300;
    private const int Losses = DeviceArms.Own, Probabilities = DeviceArms.Own + 1;

    private readonly double _gamma = Require.InOpenClosed(gamma, 0, 1, nameof(gamma));

    /// <inheritdoc/>
    public int OwnRows => 2;

    /// <summary>The weight for a horizon: min(1, sqrt(K ln K / ((e - 1) T))).</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="horizon">The number T of rounds.</param>
    public static double GammaFor(int arms, long horizon) => Math.Min(1, Math.Sqrt(arms * Math.Log(arms) / ((Math.E - 1) * horizon)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Choose(DeviceArms arms, int round, RandomKey key)
    {
        DeviceDraws.Pair(key, 0, out double u, out _);
        Lane64 rate = Lane64.All(-_gamma) / Lane64.All(arms.Count), total = default;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            Lane64 weight = LaneMath.Exp(rate * new Lane64(arms.Get(Losses, arm)));
            arms.Set(Probabilities, arm, weight.X);
            total += weight;
        }

        Lane64 scale = Lane64.All(ExactMath.Subtract(1, _gamma)) / total, uniform = Lane64.All(_gamma) / Lane64.All(arms.Count);
        int chosen = -1, last = 0;
        for (int arm = 0; arm < arms.Count; arm++)
        {
            double p = ((new Lane64(arms.Get(Probabilities, arm)) * scale) + uniform).X;
            arms.Set(Probabilities, arm, p);
            if (chosen < 0 && p > 0)
            {
                last = arm;
                if (u < p)
                    chosen = arm;
                u = ExactMath.Subtract(u, p);
            }
        }

        return chosen < 0 ? last : chosen;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Learn(DeviceArms arms, int arm, double reward, RandomKey key)
    {
        arms.Set(Losses, arm, ExactMath.Subtract(arms.Get(Losses, arm), ExactMath.Divide(reward, arms.Get(Probabilities, arm))));
        double least = double.PositiveInfinity;
        for (int other = 0; other < arms.Count; other++)
        {
            double loss = arms.Get(Losses, other);
            least = loss < least ? loss : least;
        }

        for (int other = 0; other < arms.Count; other++)
        {
            double loss = ExactMath.Subtract(arms.Get(Losses, other), least);
            arms.Set(Losses, other, loss < LargestLoss ? loss : LargestLoss);
        }
    }
}
