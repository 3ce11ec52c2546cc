using ILGPU;

namespace OptiCore.Gpu;

/// <summary>The kernels of <see cref="GpuBanditSimulator"/>.</summary>
internal static class BanditKernels
{
    /// <summary>The partial sums of a row: fixed, so that results don't depend on the number of threads.</summary>
    public const int Partials = 4096;

    /// <summary>Whole replications, one a thread. Replication r draws rewards from <c>rewardKey.Fold(r)</c> and its choices from <c>policyKey.Fold(r)</c>, as on the processor.</summary>
    [Kernel]
    public static void Play<TBandit, TPolicy>(
        TBandit bandit, TPolicy policy, RandomKey rewardKey, RandomKey policyKey, int arms, int rows, int rounds, double best, ArrayView<double> table, ArrayView<double> logarithms, ArrayView<int> checkpoints,
        ArrayView<double> memory, ArrayView<double> regrets, ArrayView<double> pulls)
        where TBandit : unmanaged, IDeviceBandit
        where TPolicy : unmanaged, IDeviceBanditPolicy
    {
        long replications = pulls.Length / arms;
        var known = new DeviceArms(memory, logarithms, Threads.First, Threads.Count, arms);
        for (long r = Threads.First; r < replications; r += Threads.Count)
        {
            for (int row = 0; row < rows; row++)
            {
                for (int arm = 0; arm < arms; arm++)
                    known.Set(row, arm, 0);
            }

            RandomKey rewards = DeviceRandom.Fold(rewardKey, (ulong)r), choices = DeviceRandom.Fold(policyKey, (ulong)r);
            double regret = 0;
            int checkpoint = 0;
            for (int round = 0; round < rounds; round++)
            {
                RandomKey key = DeviceRandom.Fold(choices, (ulong)round);
                int arm = policy.Choose(known, round, key);
                double reward = bandit.Reward(table, arms, arm, DeviceRandom.Fold(rewards, (ulong)(((long)round * arms) + arm)));
                double played = known.Get(DeviceArms.Pulls, arm) + 1, sum = ExactMath.Add(known.Get(DeviceArms.Sums, arm), reward);
                known.Set(DeviceArms.Pulls, arm, played);
                known.Set(DeviceArms.Sums, arm, sum);
                known.Set(DeviceArms.Means, arm, ExactMath.Divide(sum, played));
                policy.Learn(known, arm, reward, key);
                regret = ExactMath.Add(regret, ExactMath.Subtract(best, table[arm]));
                if (round + 1 == checkpoints[checkpoint])
                {
                    regrets[(checkpoint * replications) + r] = regret;
                    checkpoint = checkpoint + 1 < checkpoints.Length ? checkpoint + 1 : checkpoint;
                }
            }

            for (int arm = 0; arm < arms; arm++)
                pulls[(arm * replications) + r] = known.Get(DeviceArms.Pulls, arm);
        }
    }

    /// <summary>Partial sum j of each row: of the numbers j, j + <see cref="Partials"/>, ... in this order, minus a centre and squared if asked for.</summary>
    [Kernel]
    public static void Sum(ArrayView<double> values, long length, ArrayView<double> centres, int squares, ArrayView<double> sums)
    {
        for (long item = Threads.First; item < sums.Length; item += Threads.Count)
        {
            long row = item / Partials, end = (row + 1) * length;
            double centre = centres[row], sum = 0;
            for (long i = (row * length) + (item % Partials); i < end; i += Partials)
            {
                double value = values[i];
                if (squares != 0)
                {
                    value = ExactMath.Subtract(value, centre);
                    value = ExactMath.Multiply(value, value);
                }

                sum = ExactMath.Add(sum, value);
            }

            sums[item] = sum;
        }
    }
}
