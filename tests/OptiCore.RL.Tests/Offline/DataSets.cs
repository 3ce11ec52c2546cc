using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests.Offline;

/// <summary>Data sets that are collected in a moment, and what was earned while they were.</summary>
internal static class DataSets
{
    private static readonly Lazy<Collected<int>> LazyPole = new(() => Collect(
        new CartPole(16), new Mixture<int>(16, new Balancing(0.3, good: true), new Balancing(0.2, good: false), first: 3), 12_000, RandomKey.FromSeed(11)));

    private static readonly Lazy<Collected<float>> LazySwing = new(() => Collect(
        new Pendulum(20), new Mixture<float>(20, new Swinging(0.5), new RandomPolicy<float, float>(new Box(-2, 2, 1)), first: 10), 20_000, RandomKey.FromSeed(12), 0.95));

    /// <summary>Poles of which 3 of 16 are balanced, with noise, and the others thrown over, with noise: what is done most is the wrong thing.</summary>
    public static Collected<int> Pole => LazyPole.Value;

    /// <summary>Pendulums of which half are swung up, with noise, and the others pushed at random.</summary>
    public static Collected<float> Swing => LazySwing.Value;

    public static Collected<TAction> Collect<TAction>(
        IVectorEnvironment<float, TAction> environment, IPolicy<float, TAction> behaviour, int transitions, RandomKey key, double discount = 0.99) where TAction : unmanaged
    {
        ReplayBuffer<float, TAction> data = behaviour.Collect(environment, transitions, key, discount);
        var returns = new List<double>();
        double[] running = new double[environment.Count];
        for (int slot = 0; slot < data.Count; slot++)
        {
            ref double sum = ref running[slot % running.Length];
            sum += data.Rewards[slot];
            if (!(data.Terminated[slot] || data.Truncated[slot]))
                continue;
            if (slot < data.Count - running.Length)
                returns.Add(sum);
            sum = 0;
        }

        return new Collected<TAction>(data, [.. returns]);
    }

    /// <summary>Single transitions that end: what is seen, what is done, what it pays.</summary>
    public static ReplayBuffer<float, TAction> Bandit<TAction>(params ReadOnlySpan<(float Seen, TAction Action, double Reward)> rows) where TAction : unmanaged
    {
        var data = new ReplayBuffer<float, TAction>(new ReplayOptions { Capacity = rows.Length }, 1, 1);
        foreach ((float seen, TAction action, double reward) in rows)
        {
            data.Add(new Transition<float, TAction>
            {
                Observations = [seen],
                Actions = [action],
                Rewards = [reward],
                Terminated = [true],
                Truncated = [false],
                NextObservations = [seen],
            });
        }

        return data;
    }

    public sealed record Collected<TAction>(ReplayBuffer<float, TAction> Data, double[] Returns) where TAction : unmanaged
    {
        public double Mean => Returns.Average();
    }

    /// <summary>Pushes towards where the pole falls and the cart has left, or the other way, and sometimes at random.</summary>
    public sealed class Balancing(double noise, bool good) : IPolicy<float, int>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<int> actions)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                ReadOnlySpan<float> s = observations.Slice(4 * i, 4);
                RandomStream stream = key.Fold(i).Stream();
                bool right = (0.1f * s[0]) + (0.3f * s[1]) + (3 * s[2]) + s[3] > 0 == good;
                actions[i] = stream.NextDouble() < noise ? stream.NextInt32(2) : right ? 1 : 0;
            }
        }
    }

    /// <summary>Pumps energy until the pendulum is near the top, and holds it there.</summary>
    public sealed class Swinging(double noise) : IPolicy<float, float>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                (double cosine, double sine, double speed) = (observations[3 * i], observations[(3 * i) + 1], observations[(3 * i) + 2]);
                double angle = Math.Atan2(sine, cosine), energy = (speed * speed / 6) + (5 * (cosine - 1));
                double near = 1 / (1 + Math.Exp(-20 * (cosine - 0.75))), pump = Math.Clamp(-0.6 * energy * speed, -2, 2), hold = -(12 * angle) - (3 * speed), torque = (near * hold) + ((1 - near) * pump);
                actions[i] = (float)Math.Clamp(torque + (noise * key.Fold(i).Stream().NextNormal()), -2, 2);
            }
        }
    }

    /// <summary>One policy for the first environments, another for the rest.</summary>
    private sealed class Mixture<TAction>(int count, IPolicy<float, TAction> good, IPolicy<float, TAction> bad, int first) : IPolicy<float, TAction> where TAction : unmanaged
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions)
        {
            int inputs = observations.Length / count, length = actions.Length / count;
            good.Act(observations[..(first * inputs)], key.Fold("good"), actions[..(first * length)]);
            bad.Act(observations[(first * inputs)..], key.Fold("bad"), actions[(first * length)..]);
        }
    }
}
