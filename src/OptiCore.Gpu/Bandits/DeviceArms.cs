using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>What a kernel's policy knows and keeps of its arms: some rows of one double an arm, in memory that neighbouring threads share line by line.</summary>
/// <remarks>The first three rows are kept by the simulation, the others by the policy; all are 0 when a replication begins.</remarks>
public readonly struct DeviceArms
{
    /// <summary>The row of the plays of each arm.</summary>
    public const int Pulls = 0;

    /// <summary>The row of the sums of rewards.</summary>
    public const int Sums = 1;

    /// <summary>The row of the means of rewards; 0 before the first one.</summary>
    public const int Means = 2;

    /// <summary>The first row of a policy's own.</summary>
    public const int Own = 3;

    private readonly ArrayView<double> _memory, _logarithms;
    private readonly long _thread, _threads;

    internal DeviceArms(ArrayView<double> memory, ArrayView<double> logarithms, long thread, long threads, int count)
    {
        _memory = memory;
        _logarithms = logarithms;
        _thread = thread;
        _threads = threads;
        Count = count;
    }

    /// <summary>The number K of arms.</summary>
    public int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="row">The row.</param>
    /// <param name="arm">The arm.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Get(int row, int arm) => _memory[(((row * Count) + arm) * _threads) + _thread];

    /// <summary>Writes a number.</summary>
    /// <param name="row">The row.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="value">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int row, int arm, double value) => _memory[(((row * Count) + arm) * _threads) + _thread] = value;

    /// <summary>ln t, from a table with the processor's bits.</summary>
    /// <param name="plays">The number t of plays, from 1 to the number of rounds.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Log(int plays) => _logarithms[plays];

    /// <summary>The arm with the largest number of a row, the first of equal ones.</summary>
    /// <param name="row">The row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Largest(int row)
    {
        int best = 0;
        double largest = Get(row, 0);
        for (int arm = 1; arm < Count; arm++)
        {
            double value = Get(row, arm);
            if (value > largest)
            {
                largest = value;
                best = arm;
            }
        }

        return best;
    }
}

/// <summary>Arms whose rewards a kernel draws. Implemented as a small struct; its numbers lie in a table.</summary>
public interface IDeviceBandit
{
    /// <summary>The reward of a play, a function of its arguments alone.</summary>
    /// <param name="table">The bandit's numbers, of which the first K are the arms' means.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="key">The randomness of this play.</param>
    double Reward(ArrayView<double> table, int arms, int arm, RandomKey key);
}

/// <summary>Arms that pay 1 with a fixed probability, else 0. The table is the probabilities. The bits of <see cref="OptiCore.Bandits.BernoulliBandit"/>.</summary>
public readonly struct BernoulliArms : IDeviceBandit
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Reward(ArrayView<double> table, int arms, int arm, RandomKey key)
    {
        DeviceDraws.Pair(key, 0, out double uniform, out _);
        return uniform < table[arm] ? 1.0 : 0.0;
    }
}

/// <summary>Arms with normal rewards. The table is the means, then the standard deviations. Rewards have the law of <see cref="OptiCore.Bandits.GaussianBandit"/>, from a fixed number of words, so not its bits.</summary>
public readonly struct GaussianArms : IDeviceBandit
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Reward(ArrayView<double> table, int arms, int arm, RandomKey key)
    {
        var random = new DeviceRandom(key);
        random.NextNormals(out double normal, out _);
        return ExactMath.Add(table[arm], ExactMath.Multiply(table[arms + arm], normal));
    }
}
