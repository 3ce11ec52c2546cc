using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Planning;

/// <summary>What multi-step off-policy methods converge to, and how fast.</summary>
public class MultiStepIterationTests
{
    [Fact]
    public void Cutting_traces_finds_the_optimum_from_a_fixed_behaviour() => Forall.Check(Prop.ForAll(Models.Arbitrary(5, 3), model =>
    {
        double[] expected = Models.SoftOptimum(model, 0.9, 0);
        MultiStepSolution solution = new MultiStepIteration { Discount = 0.9, Lambda = 1, Trace = MultiStepTrace.Cut, Tracking = 0 }.Solve(model, Uniform(model));
        Assert.True(solution.Converged);
        for (int pair = 0; pair < expected.Length; pair++)
            Promises.Close(expected[pair], solution.ActionValues[pair], 0, 1e-8, $"Q({pair})");
    }));

    [Fact]
    public void Pengs_fixed_point_with_a_uniform_behaviour_is_the_optimum_of_exploring_with_lambda() => Forall.Check(Prop.ForAll(Models.Arbitrary(5, 3), model =>
    {
        // lambda of a uniform choice and 1 - lambda of the greedy one: exploration with probability lambda.
        double[] expected = Models.SoftOptimum(model, 0.9, 0.4);
        MultiStepSolution solution = new MultiStepIteration { Discount = 0.9, Lambda = 0.4, Tracking = 0 }.Solve(model, Uniform(model));
        Assert.True(solution.Converged);
        for (int pair = 0; pair < expected.Length; pair++)
            Promises.Close(expected[pair], solution.ActionValues[pair], 0, 1e-8, $"Q({pair})");
    }));

    [Fact]
    public void Peng_reaches_the_optimum_when_the_behaviour_follows() => Forall.Check(Prop.ForAll(Models.Arbitrary(5, 3), model =>
    {
        double[] expected = Models.SoftOptimum(model, 0.9, 0);
        MultiStepSolution fixedBehaviour = new MultiStepIteration { Discount = 0.9, Lambda = 0.9, Tracking = 0 }.Solve(model, Uniform(model));
        MultiStepSolution tracking = new MultiStepIteration { Discount = 0.9, Lambda = 0.9, Tracking = 0.1 }.Solve(model, Uniform(model));
        for (int pair = 0; pair < expected.Length; pair++)
        {
            Promises.Close(expected[pair], tracking.ActionValues[pair], 0, 1e-7, $"Q({pair})");
            Assert.True(fixedBehaviour.ActionValues[pair] <= expected[pair] + 1e-8);
        }
    }));

    [Fact]
    public void Corrections_without_cutting_need_a_behaviour_near_the_greedy_one()
    {
        TabularModel model = Models.Random(5, 4, 2);
        double[] expected = Models.SoftOptimum(model, 0.9, 0);
        MultiStepSolution small = new MultiStepIteration { Discount = 0.9, Lambda = 0.1, Trace = MultiStepTrace.Uncorrected, Tracking = 0 }.Solve(model, Uniform(model));
        for (int pair = 0; pair < expected.Length; pair++)
            Promises.Close(expected[pair], small.ActionValues[pair], 0, 1e-8, $"Q({pair})");
    }

    [Fact]
    public void On_a_long_chain_peng_is_near_the_optimum_in_fewer_iterations_and_at_it_in_more()
    {
        // Thirty states in a row; one action goes right, the other one left; the right end pays 1.
        const int N = 30;
        double[] initial = new double[N];
        initial[0] = 1;
        TabularModel model = TabularModel.Create(N, 2, initial, (state, action) =>
            [action == 1 ? new TabularOutcome(1, Math.Max(state - 1, 0), 0, false) : new TabularOutcome(1, Math.Min(state + 1, N - 1), state == N - 1 ? 1 : 0, state == N - 1)]);
        double[] optimum = Models.SoftOptimum(model, 0.99, 0);

        // One step knows the value of the beginning after 30 iterations, and what going back is worth one later.
        Assert.Equal(N + 1, Needed(MultiStepTrace.Cut, 0, 0.5));
        int peng = Needed(MultiStepTrace.Peng, 0.9, 0.5), cut = Needed(MultiStepTrace.Cut, 0.9, 0.5);
        Assert.True(peng < cut && cut < N, $"Peng {peng}, cut {cut}");
        peng = Needed(MultiStepTrace.Peng, 0.9, 1e-4);
        cut = Needed(MultiStepTrace.Cut, 0.9, 1e-4);
        Assert.True(cut < peng, $"Peng {peng}, cut {cut}");

        int Needed(MultiStepTrace trace, double lambda, double error)
        {
            for (int iterations = 1; ; iterations++)
            {
                double[] q = new MultiStepIteration { Discount = 0.99, Lambda = lambda, Trace = trace, Tracking = 0.2, MaxIterations = iterations }.Solve(model, Uniform(model)).ActionValues;
                if (q.Zip(optimum, (a, b) => Math.Abs(a - b)).Max() < error)
                    return iterations;
            }
        }
    }

    [Fact]
    public void A_behaviour_that_is_no_distribution_is_refused()
    {
        TabularModel model = Models.Random(1, 3, 2);
        Assert.Throws<ArgumentException>(() => new MultiStepIteration().Solve(model, new double[6]));
        Assert.Throws<ArgumentException>(() => new MultiStepIteration().Solve(model, new double[5]));
    }

    private static double[] Uniform(TabularModel model) => [.. Enumerable.Repeat(1.0 / model.Actions, model.States * model.Actions)];
}
