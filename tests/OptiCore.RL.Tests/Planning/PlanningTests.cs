using FsCheck.Fluent;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Planning;

/// <summary>Planning with a model, against the enumeration of all policies.</summary>
public class PlanningTests
{
    private const double Discount = 0.9;

    [Fact]
    public void Every_discounted_solver_finds_the_best_of_all_policies() => Forall.Check(Prop.ForAll(Models.Arbitrary(5), model =>
    {
        double[] expected = Models.BestByEnumeration(model, Discount);
        TabularSolution[] solutions =
        [
            new ValueIteration { Discount = Discount }.Solve(model),
            new PolicyIteration { Discount = Discount }.Solve(model),
            new ModifiedPolicyIteration { Discount = Discount, EvaluationSweeps = 0 }.Solve(model),
            new ModifiedPolicyIteration { Discount = Discount }.Solve(model),
        ];
        foreach (TabularSolution solution in solutions)
        {
            Assert.True(solution.Converged);
            Assert.True(solution.ErrorBound <= 1e-8);
            for (int state = 0; state < expected.Length; state++)
                Promises.Close(expected[state], solution.Values[state], 0, 1e-12 + solution.ErrorBound, $"V({state})");
            double[] played = Models.Evaluate(model, solution.Policy.Actions.ToArray(), Discount);
            for (int state = 0; state < expected.Length; state++)
                Promises.Close(expected[state], played[state], 0, 2e-7, $"the policy's value of {state}");
        }
    }));

    [Fact]
    public void The_bound_of_modified_policy_iteration_holds_and_is_not_idle() => Forall.Check(Prop.ForAll(Models.Arbitrary(6, 3, 0), Models.Arbitrary(6), (endless, ending) =>
    {
        foreach (TabularModel model in (TabularModel[])[endless, ending])
        {
            double[] expected = new PolicyIteration { Discount = 0.95 }.Solve(model).Values;
            foreach (double tolerance in (double[])[1, 0.1, 0.001])
            {
                TabularSolution rough = new ModifiedPolicyIteration { Discount = 0.95, EvaluationSweeps = 2, Tolerance = tolerance }.Solve(model);
                Assert.True(rough.Converged && rough.ErrorBound <= tolerance);
                double error = expected.Zip(rough.Values, (a, b) => Math.Abs(a - b)).Max();
                Assert.True(error <= rough.ErrorBound + 1e-11, $"error {error}, bound {rough.ErrorBound}");
            }
        }
    }));

    [Fact]
    public void The_bound_ends_the_sweeps_of_a_mixing_chain_long_before_the_values_stand_still()
    {
        TabularModel model = Models.Random(3, 20, 3, termination: 0, dense: true);
        TabularSolution modified = new ModifiedPolicyIteration { Discount = 0.999, EvaluationSweeps = 0, Tolerance = 1e-8 }.Solve(model);
        TabularSolution plain = new ValueIteration { Discount = 0.999, Tolerance = 1e-11 }.Solve(model);
        Assert.True(modified.Sweeps * 100 < plain.Sweeps, $"{modified.Sweeps} against {plain.Sweeps}");
        Promises.Close(plain.Values[0], modified.Values[0], 0, 2e-8, "V(0)");
    }

    [Fact]
    public void Policy_evaluation_satisfies_the_bellman_equation() => Forall.Check(Prop.ForAll(Models.Arbitrary(), Gen.Choose(0, 1 << 20).ToArbitrary(), (model, seed) =>
    {
        double[] policy = new double[model.States * model.Actions];
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Stream();
        for (int state = 0; state < model.States; state++)
        {
            for (int action = 0; action < model.Actions; action++)
                policy[(state * model.Actions) + action] = stream.NextOpenDouble();
            double sum = policy.AsSpan(state * model.Actions, model.Actions).ToArray().Sum();
            foreach (ref double p in policy.AsSpan(state * model.Actions, model.Actions))
                p /= sum;
        }

        double[] values = PolicyEvaluation.Values(model, policy, 1);
        for (int state = 0; state < model.States; state++)
        {
            double expected = 0;
            for (int action = 0; action < model.Actions; action++)
            {
                foreach (TabularOutcome outcome in model.Outcomes(state, action))
                    expected += policy[(state * model.Actions) + action] * outcome.Probability * (outcome.Reward + (outcome.Terminated ? 0 : values[outcome.NextState]));
            }

            Promises.Close(expected, values[state], 1e-12, 1e-12, $"V({state})");
        }
    }));

    [Fact]
    public void An_undiscounted_policy_that_never_ends_has_no_values()
    {
        TabularModel model = CliffWalking.Model();
        Assert.Throws<ArgumentException>(() => PolicyEvaluation.Values(model, new int[model.States], 1));
        int[] safe = [.. Enumerable.Range(0, model.States).Select(state => state % 12 == 11 ? 2 : state / 12 == 3 ? 0 : 1)];
        Assert.Equal(-13, PolicyEvaluation.Values(model, safe, 1)[36], 12);
    }

    [Fact]
    public void Backward_induction_is_the_best_of_all_plans_that_depend_on_the_step() => Forall.Check(Prop.ForAll(Models.Arbitrary(3, 2), model =>
    {
        FiniteHorizonSolution solution = new BackwardInduction { Horizon = 3, Discount = 0.8 }.Solve(model);
        int[][] policies = [.. Models.Policies(model).Select(p => p.ToArray())];
        double[] best = [.. Enumerable.Repeat(double.NegativeInfinity, model.States)];
        foreach (int[] first in policies)
        {
            foreach (int[] second in policies)
            {
                foreach (int[] third in policies)
                {
                    double[] values = Sweep(first, Sweep(second, Sweep(third, new double[model.States])));
                    best = [.. best.Zip(values, Math.Max)];
                }
            }
        }

        for (int state = 0; state < best.Length; state++)
            Promises.Close(best[state], solution.Values[0][state], 1e-14, 1e-14, $"V_0({state})");
        double[] played = new double[model.States];
        for (int step = 2; step >= 0; step--)
            played = Sweep(solution.Policies[step].Actions.ToArray(), played);
        Assert.Equal(best, played, (a, b) => Math.Abs(a - b) < 1e-13);

        double[] Sweep(int[] policy, double[] values)
        {
            double[] result = new double[model.States];
            for (int state = 0; state < result.Length; state++)
            {
                foreach (TabularOutcome outcome in model.Outcomes(state, policy[state]))
                    result[state] += outcome.Probability * (outcome.Reward + (outcome.Terminated ? 0 : 0.8 * values[outcome.NextState]));
            }

            return result;
        }
    }));

    [Fact]
    public void Relative_value_iteration_finds_the_best_stationary_average() => Forall.Check(Prop.ForAll(Models.Arbitrary(4, 3, 0.1, dense: true), model =>
    {
        AverageRewardSolution solution = new RelativeValueIteration().Solve(model);
        double best = Models.Policies(model).Max(policy => Average(model, policy));
        Assert.True(solution.Converged);
        Promises.Close(best, solution.AverageReward, 0, 1e-9, "average reward");
        Promises.Close(best, Average(model, solution.Policy.Actions.ToArray()), 0, 1e-8, "the policy's average reward");
        Assert.InRange(best, solution.LowerBound - 1e-11, solution.UpperBound + 1e-11);
        Assert.Equal(0, solution.Values[0]);

        // The differential values solve the optimality equation.
        for (int state = 0; state < model.States; state++)
            Promises.Close(solution.Values[state], solution.ActionValues.AsSpan(state * model.Actions, model.Actions).ToArray().Max(), 0, 1e-8, $"h({state})");
    }));

    [Fact]
    public void Damping_settles_a_periodic_chain()
    {
        TabularModel model = TabularModel.Create(2, 1, [1.0, 0.0], (state, _) => [new TabularOutcome(1, 1 - state, state, false)]);
        AverageRewardSolution damped = new RelativeValueIteration().Solve(model);
        Assert.True(damped.Converged);
        Assert.Equal(0.5, damped.AverageReward, 1e-10);
        Assert.Equal(0.5, damped.Values[1], 1e-9);
        Assert.False(new RelativeValueIteration { Damping = 1, MaxSweeps = 1000 }.Solve(model).Converged);
        Assert.Throws<ArgumentException>(() => new RelativeValueIteration { ReferenceState = 2 }.Solve(model));
    }

    [Fact]
    public void Limits_are_said()
    {
        TabularModel model = FrozenLake.Model(FrozenLake.Map4x4);
        Assert.False(new ModifiedPolicyIteration { MaxSweeps = 3 }.Solve(model).Converged);
        Assert.Equal(double.PositiveInfinity, new ModifiedPolicyIteration { MaxSweeps = 3 }.Solve(model).ErrorBound);
        TabularSolution one = new PolicyIteration { MaxPolicies = 1 }.Solve(model);
        Assert.False(one.Converged);
        double[] exact = new PolicyIteration().Solve(model).Values;
        double error = exact.Zip(one.Values, (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(error, 0.01, one.ErrorBound);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Equal(0, new PolicyIteration().Solve(model, source.Token).Sweeps);
        Assert.Equal(0, new ModifiedPolicyIteration().Solve(model, source.Token).Sweeps);
        Assert.Equal(0, new RelativeValueIteration().Solve(model, source.Token).Sweeps);
    }

    /// <summary>The average reward of a policy by its stationary distribution; an ended task begins anew.</summary>
    internal static double Average(TabularModel model, int[] policy)
    {
        double[] stationary = Stationary(model, policy);
        double sum = 0;
        for (int state = 0; state < stationary.Length; state++)
        {
            foreach (TabularOutcome outcome in model.Outcomes(state, policy[state]))
                sum += stationary[state] * outcome.Probability * outcome.Reward;
        }

        return sum;
    }

    internal static double[] Stationary(TabularModel model, int[] policy)
    {
        int n = model.States;
        double[,] a = new double[n, n + 1];
        for (int state = 0; state < n; state++)
        {
            a[state, state] -= 1;
            foreach (TabularOutcome outcome in model.Outcomes(state, policy[state]))
            {
                for (int next = 0; next < n; next++)
                    a[next, state] += outcome.Probability * (outcome.Terminated ? model.InitialProbabilities[next] : next == outcome.NextState ? 1 : 0);
            }
        }

        for (int state = 0; state < n; state++)
            a[n - 1, state] = 1;
        a[n - 1, n] = 1;
        return Models.Eliminate(a);
    }
}
