using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>The laws of composition, for random chains.</summary>
public class CompositionTests
{
    private static readonly string[] Parts = [.. Rules.All.Keys.Where(n => n is not ("clip between" or "not element-wise" or "clip, AdamW, schedule"))];

    [Fact]
    public void AChainIsItsRulesOneAfterTheOther() => Forall.Check(Prop.ForAll(Chains(4).ToArbitrary(), names =>
    {
        const int Length = 43;
        double[] chained = Rules.Parameters(Length), separate = Rules.Parameters(Length);
        IUpdateRule chain = Part(names[0]);
        foreach (string name in names.Skip(1))
            chain = Fuse(chain, Part(name));
        RuleState<double> state = chain.Start<double>(Length);
        RuleState<double>[] parts = [.. names.Select(n => Part(n).Start<double>(Length))];
        for (int k = 0; k < 3; k++)
        {
            double[] u = Rules.Gradient(Length, k);
            state.Step(chained, u);
            foreach (RuleState<double> part in parts)
                part.Transform(u, separate);
            for (int i = 0; i < Length; i++)
                separate[i] -= u[i];
        }

        Promises.SameBits(separate, chained, string.Join(" > ", names));
    }));

    [Fact]
    public void CompositionIsAssociative() => Forall.Check(Prop.ForAll(Gen.ArrayOf(Gen.Elements(Parts), 3).ToArbitrary(), names =>
    {
        const int Length = 29;
        IUpdateRule a = Part(names[0]), b = Part(names[1]), c = Part(names[2]);
        float[][] results = [.. new[] { Fuse(Fuse(a, b), c), Fuse(a, Fuse(b, c)), a.Then(b.Then(c)), a.Then(b).Then(c) }.Select(rule =>
        {
            float[] x = [.. Rules.Parameters(Length).Select(v => (float)v)];
            RuleState<float> state = rule.Start<float>(Length);
            for (int k = 0; k < 3; k++)
                state.Step(x, [.. Rules.Gradient(Length, k).Select(v => (float)v)]);
            return x;
        })];
        for (int i = 1; i < results.Length; i++)
            Promises.SameBits(results[0], results[i], string.Join(" > ", names));
    }));

    [Fact]
    public void AChainOfElementWiseRulesIsOnePass()
    {
        var leading = new ClipByNorm(1).Then(new AdamW()).Then(new AddDecayedWeights(0.1));
        Assert.True(leading.IsOnePass);
        Assert.IsType<LaneState<float, LanePair<float, LanePair<float, ScaleLane<float>, AdamLane<float>>, AddDecayedWeightsLane<float>>>>(leading.Start<float>(4));
        Assert.False(new AdamW().Then(new ClipByNorm(1)).IsOnePass);
        Assert.False(new AdamW().Then(new ClipByNorm(1).Then(new AdamW())).IsOnePass);
    }

    [Fact]
    public void AdamWIsPutTogetherFromPrimitives()
    {
        double[] x = Rules.Parameters(33), y = Rules.Parameters(33);
        Schedule rate = Schedule.Cosine(0.1, steps: 30);
        RuleState<double> whole = new AdamW { LearningRate = rate, WeightDecay = 0.1 }.Start<double>(33);
        RuleState<double> parts = new ScaleByAdam().Then(new AddDecayedWeights(0.1)).Then(new ScaleBySchedule(rate)).Start<double>(33);
        for (int k = 0; k < 40; k++)
        {
            whole.Step(x, Rules.Gradient(33, k));
            parts.Step(y, Rules.Gradient(33, k));
        }

        for (int i = 0; i < x.Length; i++)
            Promises.Close(x[i], y[i], 1e-13, 1e-13, $"x[{i}]");
    }

    [Fact]
    public void ClippingLimitsTheNormAndKeepsTheDirection() => Forall.Check(Prop.ForAll(Gen.Choose(1, 100).ToArbitrary(), Gen.Choose(1, 400).ToArbitrary(), (length, percent) =>
    {
        double limit = percent / 100.0;
        double[] g = Rules.Gradient(length, percent), u = [.. g];
        new ClipByNorm(limit).Start<double>(length).Transform(u, u);
        double norm = Math.Sqrt(g.Sum(v => v * v)), clipped = Math.Sqrt(u.Sum(v => v * v));
        if (norm < limit)
            Promises.SameBits(g, u, "within the limit");
        else
            Promises.Close(limit, clipped, 1e-14 * length, 0, "norm");
        for (int i = 0; i < length; i++)
            Promises.Close(g[i] / norm, u[i] / clipped, 1e-13, 0, $"direction[{i}]");
    }));

    private static IUpdateRule Part(string name) => Rules.All[name];

    /// <summary>Composes with the static types of the rules, as written code does.</summary>
    private static IUpdateRule Fuse(IUpdateRule first, IUpdateRule second) => UpdateRules.Then((dynamic)first, (dynamic)second);

    private static Gen<string[]> Chains(int longest) =>
        from length in Gen.Choose(1, longest)
        from names in Gen.ArrayOf(Gen.Elements(Parts), length)
        select names;
}
