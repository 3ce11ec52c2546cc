using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Deep sea, memory chain and umbrella chain: what the best and random play earn.</summary>
public class DiagnosticTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(25)]
    public void Deep_sea_earns_its_known_returns(int size)
    {
        TabularModel model = DeepSea.Model(size, RandomKey.FromSeed((ulong)size));
        TabularSolution solution = new ValueIteration { Discount = 1, Tolerance = 1e-14 }.Solve(model);
        Promises.Close(0.99, solution.Values[0], 1e-12, 0, "the best return");

        // Random play finds the treasure with probability 2^-N and pays for N / 2 moves on average.
        Promises.Close(Math.Pow(2, -size) - 0.005, ToyTextTests.SuccessWithin(model, solution.Policy, size, exploration: 1), 0, 1e-13, "the return of random play");
        EvaluationResult played = solution.Policy.Evaluate(DeepSea.Create(3, size, RandomKey.FromSeed((ulong)size)), 6, RandomKey.FromSeed(1));
        Assert.All(played.Returns, value => Promises.Close(0.99, value, 1e-12, 0, "a played return"));
        Assert.All(played.Lengths, length => Assert.Equal(size, length));
    }

    [Fact]
    public void Deep_sea_in_wind_is_worth_what_its_recursion_says()
    {
        const int Size = 8;
        TabularSolution solution = new ValueIteration { Discount = 1, Tolerance = 1e-14 }.Solve(DeepSea.Model(Size, default, isWindy: true));

        // On the diagonal everything must succeed; off it nothing is left to gain and going left is free.
        double value = 1 - (0.01 / Size);
        for (int row = Size - 2; row >= 0; row--)
            value = ((1 - (1.0 / Size)) * value) - (0.01 / Size);
        Promises.Close(value, solution.Values[0], 1e-12, 0, "the best return");
    }

    [Fact]
    public void The_meaning_of_actions_varies_over_cells_and_mappings()
    {
        int[] right = [.. Enumerable.Range(0, 400).Select(state => DeepSea.RightAction(RandomKey.FromSeed(1), state))];
        Assert.InRange(right.Sum(), 200 - 40, 200 + 40);
        Assert.NotEqual(right, Enumerable.Range(0, 400).Select(state => DeepSea.RightAction(RandomKey.FromSeed(2), state)));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeepSea.Model(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeepSea.Model(5, default, false, -1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(3, 32)]
    public void Remembering_the_bits_earns_1_and_guessing_0(int length, int bits)
    {
        const int Count = 400;
        var environment = new MemoryChain(Count, length, bits);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);
        float[][] seen = new float[Count][];
        int[] actions = new int[Count];
        double total = 0;
        int ones = 0;
        for (int t = 0; t < 6 * length; t++)
        {
            bool first = t % length == 0, last = t % length == length - 1;
            for (int i = 0; i < Count; i++)
            {
                float[] observation = buffers.Observation(i).ToArray();
                Assert.Equal(1 - ((float)(t % length) / length), observation[0]);
                Assert.Equal(first, observation.Skip(2).All(bit => bit is 1 or -1));
                Assert.True(first || observation.Skip(2).All(bit => bit == 0));
                Assert.True(last || observation[1] == 0);
                seen[i] = first ? observation : seen[i];
                ones += first && observation[2] == 1 ? 1 : 0;

                // Even episodes from memory, odd ones always 1.
                actions[i] = t / length % 2 == 1 || (last && seen[i][2 + (int)observation[1]] == 1) ? 1 : 0;
            }

            environment.Step(actions, buffers);
            Assert.All(buffers.Terminated, terminated => Assert.Equal(last, terminated));
            if (last && t / length % 2 == 0)
                Assert.All(buffers.Rewards, reward => Assert.Equal(1, reward));
            else if (!last)
                Assert.All(buffers.Rewards, reward => Assert.Equal(0, reward));
            else
                total += buffers.Rewards.Sum();
        }

        // Four deviations of a sum of 1200 signs, and of 2400 fair bits.
        Assert.InRange(total, -139, 139);
        Assert.InRange(ones, 1200 - 98, 1200 + 98);
    }

    [Fact]
    public void The_umbrella_decides_the_last_reward_only()
    {
        const int Count = 1000, Length = 8;
        var environment = new UmbrellaChain(Count, Length, 33);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(4), buffers);
        int[] actions = new int[Count];
        double noise = 0, careless = 0, distracted = 0;
        for (int t = 0; t < 4 * Length; t++)
        {
            bool informed = t / Length % 2 == 0, last = t % Length == Length - 1;
            for (int i = 0; i < Count; i++)
            {
                // Later actions are noise: they must not matter.
                actions[i] = t % Length > 0 ? (i + t) % 2 : informed ? (int)buffers.Observation(i)[0] : i % 2;
                distracted += buffers.Observation(i)[^1];
            }

            float[] before = buffers.Observations.ToArray();
            environment.Step(actions, buffers);
            for (int i = 0; i < Count; i++)
            {
                ReadOnlySpan<float> after = last ? buffers.FinalObservation(i) : buffers.Observation(i);
                Assert.Equal(before[i * 36], after[0]);
                Assert.Equal(t % Length == 0 ? actions[i] : before[(i * 36) + 1], after[1]);
                Assert.Equal(last, buffers.Terminated[i]);
                if (last)
                    Assert.Equal(after[0] == after[1] ? 1 : -1, buffers.Rewards[i]);
            }

            if (!last)
                noise += buffers.Rewards.Sum();
            else if (informed)
                Assert.All(buffers.Rewards, reward => Assert.Equal(1, reward));
            else
                careless += buffers.Rewards.Sum();
        }

        // Four deviations of sums of 28000 and 2000 signs and of 32000 fair bits.
        Assert.InRange(noise, -670, 670);
        Assert.InRange(careless, -179, 179);
        Assert.InRange(distracted, 16_000 - 358, 16_000 + 358);
    }

    [Fact]
    public void Sizes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryChain(1, 5, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryChain(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UmbrellaChain(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UmbrellaChain(1, 1, -1));
    }
}
