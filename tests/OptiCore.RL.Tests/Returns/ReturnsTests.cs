using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class ReturnsTests
{
    // Numbers of up to 10 in chains of up to 14 with discount 1: sums of up to 300, of which a float rounds 2e-5 off each time.
    private const double Absolute = 2e-4;

    [Fact]
    public void Discounted_returns_are_the_sums_of_their_definition() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] returns = new float[rollout.Length];
        Returns.Discounted(rollout.View(rollout.NextValues), returns);
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(NStep(rollout, e, int.MaxValue), returns[e], 1e-6, Absolute, $"entry {e}");
    }));

    [Fact]
    public void N_step_returns_are_the_sums_of_their_definition() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, Gen.Choose(1, 16).ToArbitrary(), (rollout, steps) =>
    {
        float[] returns = new float[rollout.Length];
        Returns.NStep(rollout.View(rollout.NextValues), steps, returns);
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(NStep(rollout, e, steps), returns[e], 1e-6, Absolute, $"entry {e}");
    }));

    [Fact]
    public void Lambda_returns_are_the_geometric_mean_of_n_step_returns() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] returns = new float[rollout.Length];
        Returns.Lambda(rollout.View(rollout.NextValues), rollout.Lambda, returns);
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(LambdaReturn(rollout, e, rollout.Lambda), returns[e], 1e-6, Absolute, $"entry {e}");
    }));

    [Fact]
    public void Generalised_advantages_are_the_sums_of_their_definition_and_lambda_returns_minus_values() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] advantages = new float[rollout.Length], targets = new float[rollout.Length];
        Returns.GeneralizedAdvantage(rollout.View(rollout.NextValues), rollout.Values, rollout.Lambda, advantages, targets);
        for (int e = 0; e < rollout.Length; e++)
        {
            double expected = 0, weight = 1;
            foreach (int k in rollout.Chain(e))
            {
                expected += weight * Difference(rollout, k);
                weight *= rollout.Discount * rollout.Lambda;
            }

            Promises.Close(expected, advantages[e], 1e-6, Absolute, $"entry {e}");
            Promises.Close(LambdaReturn(rollout, e, rollout.Lambda), targets[e], 1e-6, Absolute, $"target {e}");
        }
    }));

    [Fact]
    public void Lambda_0_looks_one_step_ahead_and_lambda_1_to_the_cut() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] next = rollout.NextValues, returns = new float[rollout.Length], expected = new float[rollout.Length];
        Returns.Lambda(rollout.View(next), 0, returns);
        Returns.NStep(rollout.View(next), 1, expected);
        Promises.SameBits(expected, returns, "lambda = 0");

        // With lambda = 1 the values inside a chain aren't read.
        for (int e = 0; e < rollout.Length; e++)
            next[e] = rollout.IsCut(e) ? next[e] : float.NaN;
        Returns.Lambda(rollout.View(next), 1, returns);
        Returns.Discounted(rollout.View(next), expected);
        Promises.SameBits(expected, returns, "lambda = 1");
        Assert.All(returns, r => Assert.True(float.IsFinite(r)));
    }));

    [Fact]
    public void V_trace_is_the_sum_of_its_definition() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, Gen.Elements(0.7, 1.0, 2.5).Two().ToArbitrary(), (rollout, clips) =>
    {
        (double rhoClip, double traceClip) = clips;
        float[] targets = new float[rollout.Length], advantages = new float[rollout.Length];
        Returns.VTrace(rollout.View(rollout.NextValues), rollout.Values, rollout.Ratios, targets, advantages, rollout.Lambda, rhoClip, traceClip, advantageClip: 1.5);
        for (int e = 0; e < rollout.Length; e++)
        {
            double expected = VTrace(rollout, e, rhoClip, traceClip), size = VTraceSize(rollout, e, rhoClip, traceClip);
            Promises.Close(expected, targets[e], 0, Absolute + (1e-6 * size), $"target {e}");
            double following = rollout.IsCut(e) ? rollout.Next(e) : VTrace(rollout, e + rollout.Count, rhoClip, traceClip);
            double advantage = Math.Min(1.5, Math.Exp(rollout.Ratios[e])) * (rollout.Rewards[e] + (rollout.Discount * following) - rollout.Values[e]);
            Promises.Close(advantage, advantages[e], 0, Absolute + (3e-6 * VTraceSize(rollout, rollout.IsCut(e) ? e : e + rollout.Count, rhoClip, traceClip)), $"advantage {e}");
        }
    }));

    [Fact]
    public void V_trace_on_policy_is_the_lambda_return() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] next = rollout.NextValues, targets = new float[rollout.Length], advantages = new float[rollout.Length];
        Returns.VTrace(rollout.View(next), rollout.Values, new float[rollout.Length], targets, advantages, rollout.Lambda);
        float[] onPolicy = new float[rollout.Length];
        Returns.Lambda(rollout.View(next), rollout.Lambda, onPolicy);
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(onPolicy[e], targets[e], 1e-6, Absolute, $"target {e}");
    }));

    [Fact]
    public void Off_policy_targets_are_the_sums_of_their_definition() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, Gen.Elements(Enum.GetValues<TraceCutting>()).ToArbitrary(), (rollout, kind) =>
    {
        // mu is what it takes to make the ratio; tree backup reads pi alone.
        float[] target = [.. rollout.Tails.Select(v => -MathF.Abs(v) / 5)];
        float[] behaviour = [.. target.Zip(rollout.Ratios, (p, r) => p - r)];
        float[] coefficients = new float[rollout.Length], targets = new float[rollout.Length];
        Returns.TraceCoefficients(kind, rollout.Lambda, target, behaviour, coefficients);
        double[] exact = [.. target.Zip(behaviour, (p, m) => rollout.Lambda * kind switch
        {
            TraceCutting.Retrace => Math.Min(1, Math.Exp((double)p - m)),
            TraceCutting.ImportanceSampling => Math.Exp((double)p - m),
            TraceCutting.TreeBackup => Math.Exp(p),
            _ => 1,
        })];
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(exact[e], coefficients[e], 1e-5, 1e-7, $"coefficient {e}");

        // The next values of a target policy that isn't the one behind the action values.
        float[] next = [.. Enumerable.Range(0, rollout.Length).Select(e => rollout.Terminated[e] ? float.NaN : rollout.Tails[e])];
        Returns.Retrace(rollout.View(next), rollout.Values, coefficients, targets);
        for (int e = 0; e < rollout.Length; e++)
        {
            double expected = rollout.Values[e], size = 0, weight = 1;
            foreach (int k in rollout.Chain(e))
            {
                weight *= k == e ? 1 : rollout.Discount * exact[k];
                double term = weight * (rollout.Rewards[k] + (rollout.Terminated[k] ? 0 : rollout.Discount * next[k]) - rollout.Values[k]);
                expected += term;
                size += Math.Abs(term);
            }

            Promises.Close(expected, targets[e], 0, Absolute + (1e-4 * size), $"{kind}, target {e}");
        }
    }));

    [Fact]
    public void Retrace_on_policy_with_lambda_1_is_the_discounted_return_where_every_action_is_worth_the_same() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        // Q = V for every action: the corrections telescope.
        float[] coefficients = new float[rollout.Length], targets = new float[rollout.Length], expected = new float[rollout.Length];
        Returns.TraceCoefficients(TraceCutting.Retrace, 1, rollout.Ratios, rollout.Ratios, coefficients);
        Assert.All(coefficients, c => Assert.Equal(1, c));
        Returns.Retrace(rollout.View(rollout.NextValues), rollout.Values, coefficients, targets);
        Returns.Discounted(rollout.View(rollout.NextValues), expected);
        for (int e = 0; e < rollout.Length; e++)
            Promises.Close(expected[e], targets[e], 1e-6, Absolute, $"target {e}");
    }));

    [Fact]
    public void Recorded_values_of_rlax_are_reproduced()
    {
        // rlax, multistep_test.py (Apache-2.0), the rows that have one discount; the zero of the second row is a termination.
        float[] values = [1, 4, -3, -2, -1], next = [4, -3, -2, -1, -1], rewards = [0, 0, 1, 0, -0.5f], advantages = new float[5];
        bool[] none = new bool[5];
        foreach ((double lambda, float[] expected) in ((double, float[])[])
        [
            (1, [-1.45118f, -4.4557f, 2.5396f, 0.5249f, -0.49f]),
            (0.7, [-0.676979f, -5.248167f, 2.4846f, 0.6704f, -0.49f]),
            (0.4, [0.56731f, -6.042f, 2.3431f, 0.815f, -0.49f]),
        ])
        {
            Returns.GeneralizedAdvantage(
                new Rollout { Count = 1, Discount = 0.99, Rewards = rewards, NextValues = next, Terminated = none, Truncated = none }, values, lambda, advantages);
            AssertClose(expected, advantages);
        }

        values = [-3, -2, -1, 0, 5];
        next = [-2, -1, 0, 5, -1];
        rewards = [0, 0, 0, 0, 1];
        foreach ((double lambda, float[] expected) in ((double, float[])[])[(1, [3, 2, 1, 0, -4.9f]), (0.7, [2.2899f, 1.73f, 1, 0, -4.9f]), (0.4, [1.725f, 1.46f, 1, 0, -4.9f])])
        {
            Returns.GeneralizedAdvantage(
                new Rollout { Count = 1, Discount = 0.9, Rewards = rewards, NextValues = next, Terminated = [false, false, false, true, false], Truncated = none }, values, lambda, advantages);
            AssertClose(expected, advantages);
        }

        static void AssertClose(float[] expected, float[] actual)
        {
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], actual[i], 0, 1.5e-3, $"advantage {i}");
        }
    }

    [Fact]
    public void Environments_do_not_see_each_other() => Forall.Check(Prop.ForAll(GeneratedRollout.Any, rollout =>
    {
        float[] together = new float[rollout.Length];
        Returns.GeneralizedAdvantage(rollout.View(rollout.NextValues), rollout.Values, rollout.Lambda, together);
        for (int i = 0; i < rollout.Count; i++)
        {
            T[] Own<T>(T[] all) => [.. all.Where((_, e) => e % rollout.Count == i)];
            GeneratedRollout own = rollout with
            {
                Count = 1,
                Rewards = Own(rollout.Rewards),
                Values = Own(rollout.Values),
                Terminated = Own(rollout.Terminated),
                Truncated = Own(rollout.Truncated),
                Tails = Own(rollout.Tails),
            };
            float[] alone = new float[own.Length];
            Returns.GeneralizedAdvantage(own.View(own.NextValues), own.Values, own.Lambda, alone);
            Promises.SameBits(alone, Own(together), $"environment {i}");
        }
    }));

    [Fact]
    public void Nothing_is_allocated()
    {
        float[] numbers = new float[96], other = new float[96], third = new float[96];
        bool[] flags = new bool[96];
        Promises.AllocatesNothing(
            () =>
            {
                var rollout = new Rollout { Count = 3, Discount = 0.9, Rewards = numbers, NextValues = numbers, Terminated = flags, Truncated = flags };
                Returns.NStep(rollout, 5, other);
                Returns.GeneralizedAdvantage(rollout, numbers, 0.9, other, third);
                Returns.VTrace(rollout, numbers, numbers, other, third);
                Returns.TraceCoefficients(TraceCutting.Retrace, 0.9, numbers, numbers, other);
                Returns.Retrace(rollout, numbers, other, third);
            },
            "returns");
    }

    [Fact]
    public void What_makes_no_sense_is_refused_by_name()
    {
        float[] six = new float[6], five = new float[5];
        bool[] flags = new bool[6];
        Rollout Make(int count = 2, double discount = 0.9, float[]? next = null, bool[]? terminated = null, bool[]? truncated = null) => new()
        {
            Count = count,
            Discount = discount,
            Rewards = six,
            NextValues = next ?? six,
            Terminated = terminated ?? flags,
            Truncated = truncated ?? flags,
        };
        Assert.Equal("Count", Assert.Throws<ArgumentOutOfRangeException>(() => Make(count: 0).Check()).ParamName);
        Assert.Equal("Rewards", Assert.Throws<ArgumentException>(() => Make(count: 4).Check()).ParamName);
        Assert.Equal("Discount", Assert.Throws<ArgumentOutOfRangeException>(() => Make(discount: double.NaN).Check()).ParamName);
        Assert.Equal("NextValues", Assert.Throws<ArgumentException>(() => Make(next: five).Check()).ParamName);
        Assert.Equal("Terminated", Assert.Throws<ArgumentException>(() => Make(terminated: new bool[7]).Check()).ParamName);
        Assert.Equal("Truncated", Assert.Throws<ArgumentException>(() => Make(truncated: new bool[7]).Check()).ParamName);
        Assert.Equal("returns", Assert.Throws<ArgumentException>(() => Returns.Discounted(Make(), five)).ParamName);
        Assert.Equal("steps", Assert.Throws<ArgumentOutOfRangeException>(() => Returns.NStep(Make(), 0, new float[6])).ParamName);
        Assert.Equal("lambda", Assert.Throws<ArgumentOutOfRangeException>(() => Returns.Lambda(Make(), 1.1, new float[6])).ParamName);
        Assert.Equal("values", Assert.Throws<ArgumentException>(() => Returns.GeneralizedAdvantage(Make(), five, 1, new float[6])).ParamName);
        Assert.Equal("targets", Assert.Throws<ArgumentException>(() => Returns.GeneralizedAdvantage(Make(), six, 1, new float[6], new float[5])).ParamName);
        Assert.Equal("rhoClip", Assert.Throws<ArgumentOutOfRangeException>(() => Returns.VTrace(Make(), six, six, new float[6], new float[6], rhoClip: 0)).ParamName);
        Assert.Equal("logRatios", Assert.Throws<ArgumentException>(() => Returns.VTrace(Make(), six, five, new float[6], new float[6])).ParamName);
        Assert.Equal("behaviourLogProbabilities", Assert.Throws<ArgumentException>(() => Returns.TraceCoefficients(TraceCutting.Retrace, 1, six, [], new float[6])).ParamName);
        Assert.Equal("kind", Assert.Throws<ArgumentOutOfRangeException>(() => Returns.TraceCoefficients((TraceCutting)9, 1, six, six, new float[6])).ParamName);
        Assert.Equal("coefficients", Assert.Throws<ArgumentException>(() => Returns.Retrace(Make(), six, five, new float[6])).ParamName);
        Returns.Discounted(new Rollout { Count = 2, Discount = 1, Rewards = [], NextValues = [], Terminated = [], Truncated = [] }, []);
    }

    private static double Difference(GeneratedRollout rollout, int e) => rollout.Rewards[e] + (rollout.Discount * rollout.Next(e)) - rollout.Values[e];

    private static double NStep(GeneratedRollout rollout, int entry, int steps)
    {
        List<int> chain = rollout.Chain(entry);
        double sum = 0, weight = 1;
        foreach (int k in chain.Take(steps))
        {
            sum += weight * rollout.Rewards[k];
            weight *= rollout.Discount;
        }

        return sum + (weight * rollout.Next(chain[Math.Min(steps, chain.Count) - 1]));
    }

    /// <summary>(1 - lambda) sum of lambda^{n-1} G^n over all n that stay inside the chain, and the rest of the weight on the longest.</summary>
    private static double LambdaReturn(GeneratedRollout rollout, int entry, double lambda)
    {
        int longest = rollout.Chain(entry).Count;
        double sum = 0, weight = 1;
        for (int n = 1; n < longest; n++)
        {
            sum += (1 - lambda) * weight * NStep(rollout, entry, n);
            weight *= lambda;
        }

        return sum + (weight * NStep(rollout, entry, longest));
    }

    private static double VTrace(GeneratedRollout rollout, int entry, double rhoClip, double traceClip) =>
        rollout.Values[entry] + VTraceTerms(rollout, entry, rhoClip, traceClip).Sum();

    private static double VTraceSize(GeneratedRollout rollout, int entry, double rhoClip, double traceClip) =>
        Math.Abs(rollout.Values[entry]) + VTraceTerms(rollout, entry, rhoClip, traceClip).Sum(Math.Abs);

    private static IEnumerable<double> VTraceTerms(GeneratedRollout rollout, int entry, double rhoClip, double traceClip)
    {
        double weight = 1;
        foreach (int k in rollout.Chain(entry))
        {
            double ratio = Math.Exp(rollout.Ratios[k]);
            yield return weight * Math.Min(rhoClip, ratio) * Difference(rollout, k);
            weight *= rollout.Discount * rollout.Lambda * Math.Min(traceClip, ratio);
        }
    }
}
