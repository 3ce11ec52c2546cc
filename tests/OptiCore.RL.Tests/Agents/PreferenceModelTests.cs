using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>Rewards from comparisons, teachers, and the entropy of particles.</summary>
public class PreferenceModelTests
{
    private const int Steps = 4;

    private static readonly PreferenceModel Small = new()
    {
        Torso = Torso.Tanh(32),
        SegmentLength = Steps,
        Capacity = 600,
        BatchSize = 64,
        MaxEpochs = 60,
        TargetAccuracy = 1,
        Optimizer = new Adam { LearningRate = 3e-3 },
    };

    [Fact]
    public void Known_rewards_are_recovered_up_to_a_shift()
    {
        // r = 0.6 sin(2 s) + 0.3 a, with answers of Bradley and Terry: the scale is determined, the shift isn't.
        PreferenceModelState model = Small.Start(1, 1, RandomKey.FromSeed(1));
        var teacher = new ScriptedTeacher { Rationality = 1 };
        for (int i = 0; i < 600; i++)
            Ask(model, teacher, RandomKey.FromSeed(2).Fold(i));
        PreferenceFit fit = model.Fit(RandomKey.FromSeed(3));
        Assert.InRange(fit.Accuracy, 0.6, 0.9);
        Assert.InRange(fit.Loss, 0.3, Math.Log(2));

        float[] states = new float[200], actions = new float[200], learnt = new float[200];
        double[] known = new double[200];
        RandomStream stream = RandomKey.FromSeed(4).Stream();
        for (int i = 0; i < 200; i++)
        {
            (states[i], actions[i]) = ((float)((2 * stream.NextDouble()) - 1), (float)((2 * stream.NextDouble()) - 1));
            known[i] = Known(states[i], actions[i]);
        }

        model.Rewards(states, actions, learnt);
        (double covariance, double knownVariance, double learntVariance) = (0, 0, 0);
        double knownMean = known.Average(), learntMean = learnt.Average(r => (double)r);
        for (int i = 0; i < 200; i++)
        {
            covariance += (known[i] - knownMean) * (learnt[i] - learntMean);
            knownVariance += Math.Pow(known[i] - knownMean, 2);
            learntVariance += Math.Pow(learnt[i] - learntMean, 2);
        }

        Assert.InRange(covariance / Math.Sqrt(knownVariance * learntVariance), 0.95, 1);
        Assert.InRange(covariance / knownVariance, 0.7, 1.4);
    }

    [Fact]
    public void Equal_preferences_make_rewards_equal()
    {
        PreferenceModelState model = (Small with { MaxEpochs = 100 }).Start(1, 1, RandomKey.FromSeed(1));
        for (int i = 0; i < 300; i++)
            Ask(model, new ScriptedTeacher { EqualWithin = 100 }, RandomKey.FromSeed(2).Fold(i));
        PreferenceFit fit = model.Fit(RandomKey.FromSeed(3));
        Assert.Equal(double.NaN, fit.Accuracy);
        Promises.Close(Math.Log(2), fit.Loss, 1e-3, 0, "the loss of a coin");
        float[] rewards = new float[2];
        model.Rewards([-0.8f, 0.8f], [-0.8f, 0.8f], rewards);
        Assert.InRange(Math.Abs(rewards[1] - rewards[0]), 0, 0.05);
    }

    [Fact]
    public void Skipped_questions_teach_nothing_and_the_oldest_answers_go_first()
    {
        PreferenceModelState model = (Small with { Capacity = 2 }).Start(1, 1, RandomKey.FromSeed(1));
        Ask(model, new ScriptedTeacher { SkipsBelow = 100 }, RandomKey.FromSeed(2));
        Assert.Equal(0, model.Count);
        Assert.Throws<InvalidOperationException>(() => model.Fit(default));
        for (int i = 0; i < 5; i++)
            Ask(model, new ScriptedTeacher(), RandomKey.FromSeed(i == 4 ? 7u : 3));
        Assert.Equal(2, model.Count);
        Assert.Equal(5, model.Added);
    }

    [Fact]
    public void Interest_is_the_spread_and_the_entropy_of_the_members_probabilities()
    {
        PreferenceModelState model = Small.Start(1, 1, RandomKey.FromSeed(5));
        (float[] first, float[] second) = ([0.9f, 0.5f, -0.3f, 0.1f], [-0.9f, -0.2f, 0.6f, -0.7f]);
        double[] p = new double[3];
        model.Probabilities(View(first, first), View(second, second), p);
        double mean = p.Average();
        Promises.Close(Math.Sqrt(p.Average(x => (x - mean) * (x - mean))), model.Interest(QueryChoice.Disagreement, View(first, first), View(second, second)), 1e-12, 0, "spread");
        Promises.Close(p.Average(x => -(x * Math.Log(x)) - ((1 - x) * Math.Log(1 - x))), model.Interest(QueryChoice.Entropy, View(first, first), View(second, second)), 1e-12, 0, "entropy");
        Assert.Equal(0, model.Interest(QueryChoice.Uniform, View(first, first), View(second, second)));

        // The other way round, and of one segment against itself.
        double[] other = new double[3];
        model.Probabilities(View(second, second), View(first, first), other);
        for (int m = 0; m < 3; m++)
            Promises.Close(1 - p[m], other[m], 1e-12, 0, "the opposite");
        model.Probabilities(View(first, first), View(first, first), other);
        Assert.Equal([0.5, 0.5, 0.5], other);
    }

    [Fact]
    public void A_fit_has_the_same_bits_for_any_number_of_workers_allocates_nothing_and_resumes()
    {
        PreferenceModelState serial = Small.Start(1, 1, RandomKey.FromSeed(1)), parallel = Small.Start(1, 1, RandomKey.FromSeed(1), Workers.Threads(3));
        for (int i = 0; i < 150; i++)
        {
            Ask(serial, new ScriptedTeacher(), RandomKey.FromSeed(2).Fold(i));
            Ask(parallel, new ScriptedTeacher(), RandomKey.FromSeed(2).Fold(i));
        }

        Assert.Equal(serial.Fit(RandomKey.FromSeed(3)), parallel.Fit(RandomKey.FromSeed(3)));
        Assert.Equal(StateArchive.Save(serial), StateArchive.Save(parallel));
        PreferenceModelState resumed = Small.Start(1, 1, RandomKey.FromSeed(9));
        StateArchive.Load(resumed, StateArchive.Save(serial));
        Assert.Equal(serial.Fit(RandomKey.FromSeed(4)), resumed.Fit(RandomKey.FromSeed(4)));
        Assert.Equal(StateArchive.Save(serial), StateArchive.Save(resumed));
        PreferenceModelState small = (Small with { MaxEpochs = 2 }).Start(1, 1, RandomKey.FromSeed(1));
        for (int i = 0; i < 40; i++)
            Ask(small, new ScriptedTeacher(), RandomKey.FromSeed(2).Fold(i));
        Promises.AllocatesNothing(() => small.Fit(RandomKey.FromSeed(3)), "a fit", warmUp: 50, measured: 10);
    }

    [Theory, InlineData(0.5), InlineData(2.0)]
    public void A_teacher_errs_as_often_as_it_is_told(double rationality)
    {
        // Returns 1 and 2: the second is preferred with the logistic probability of beta, a quarter of the answers turned round.
        var teacher = new ScriptedTeacher { Rationality = rationality, MistakeProbability = 0.25 };
        double p = 1 / (1 + Math.Exp(-rationality)), expected = (0.75 * p) + (0.25 * (1 - p));
        int second = 0;
        for (int i = 0; i < 10_000; i++)
            second += teacher.Compare(Paid(1, 0), Paid(0, 2), RandomKey.FromSeed(1).Fold(i)) == Preference.Second ? 1 : 0;
        Promises.Close(expected, second / 10_000.0, 0, 0.02, "the share of second answers");
    }

    [Fact]
    public void A_teacher_forgets_skips_and_holds_for_equal()
    {
        var teacher = new ScriptedTeacher();
        Assert.Equal(Preference.First, teacher.Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Equal(Preference.Second, teacher.Compare(Paid(1, 0), Paid(0, 2), default));
        Assert.Equal(Preference.Equal, teacher.Compare(Paid(1, 1), Paid(0, 2), default));
        Assert.Equal(Preference.Second, (teacher with { Memory = 0.5 }).Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Equal(Preference.Skipped, (teacher with { SkipsBelow = 3 }).Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Equal(Preference.First, (teacher with { SkipsBelow = 2.5 }).Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Equal(Preference.Equal, (teacher with { EqualWithin = 1 }).Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Equal(Preference.Second, (teacher with { MistakeProbability = 1 }).Compare(Paid(3, 0), Paid(0, 2), default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScriptedTeacher { Rationality = 0 });
    }

    [Fact]
    public void The_distance_to_the_nearest_others_is_that_of_sorting_all()
    {
        const int Count = 60, Length = 3;
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        float[] points = new float[Count * Length], distances = new float[Count];
        foreach (ref float element in points.AsSpan())
            element = (float)stream.NextNormal();
        points.AsSpan(0, Length).CopyTo(points.AsSpan(5 * Length));
        foreach (int k in (int[])[1, 5, 59, 64])
        {
            ParticleEntropy.Distances(points, points, Length, k, distances);
            for (int i = 0; i < Count; i++)
            {
                double[] all = [.. Enumerable.Range(0, Count).Where(j => j != i).Select(j => Math.Sqrt(Enumerable.Range(0, Length).Sum(e => Math.Pow(points[(i * Length) + e] - points[(j * Length) + e], 2)))).Order()];
                Promises.Close(all[Math.Min(k, Count - 1) - 1], distances[i], 1e-5, 1e-6, $"neighbour {k} of {i}");
            }
        }

        Assert.Throws<ArgumentException>(() => ParticleEntropy.Distances(points, [], Length, 1, distances));
        Assert.Throws<ArgumentOutOfRangeException>(() => ParticleEntropy.Distances(points, points, Length, 65, distances));
        Promises.AllocatesNothing(() => ParticleEntropy.Distances(points, points, Length, 5, distances), "distances");
    }

    private static double Known(float state, float action) => (0.6 * Math.Sin(2 * state)) + (0.3 * action);

    /// <summary>Asks about two random segments.</summary>
    private static void Ask(PreferenceModelState model, ScriptedTeacher teacher, RandomKey key)
    {
        RandomStream stream = key.Stream();
        float[][] drawn = [new float[Steps], new float[Steps], new float[Steps], new float[Steps]];
        float[] first = new float[Steps], second = new float[Steps];
        foreach (float[] numbers in drawn)
        {
            foreach (ref float number in numbers.AsSpan())
                number = (float)((2 * stream.NextDouble()) - 1);
        }

        for (int t = 0; t < Steps; t++)
            (first[t], second[t]) = ((float)Known(drawn[0][t], drawn[1][t]), (float)Known(drawn[2][t], drawn[3][t]));
        var one = new TrajectorySegment { Observations = drawn[0], Actions = drawn[1], Rewards = first };
        var other = new TrajectorySegment { Observations = drawn[2], Actions = drawn[3], Rewards = second };
        model.Add(one, other, teacher.Compare(one, other, key.Fold("answer")));
    }

    private static TrajectorySegment View(float[] observations, float[] actions) => new() { Observations = observations, Actions = actions, Rewards = new float[observations.Length] };

    private static TrajectorySegment Paid(params float[] rewards) => new() { Observations = new float[rewards.Length], Actions = new float[rewards.Length], Rewards = rewards };
}
