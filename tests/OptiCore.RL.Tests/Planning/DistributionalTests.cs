using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Planning;

/// <summary>Planning for distributions of returns, against the enumeration of all policies that depend on the whole history.</summary>
public class DistributionalTests
{
    private const int Depth = 3;

    public static TheoryData<double> Levels { get; } = [0.1, 0.25, 0.5, 0.8, 1.0];

    [Theory, MemberData(nameof(Levels))]
    public void The_conditional_value_at_risk_is_the_best_of_all_histories(double level) => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        TabularModel model = Episodic((ulong)seed);
        StockDistributionalSolution solution = Exact(StockUtility.LowerTail).Solve(model);
        Assert.True(solution.Converged);
        double best = Laws(model, 0, 1).Max(law => Tail(law, level));
        (double stock, double value) = solution.ConditionalValueAtRisk(0, level);
        Promises.Close(best, value, 0, 1e-9, "the best conditional value at risk");

        // The plan keeps its promise when it is played from that stock.
        Promises.Close(best, Tail(Play(model, solution, 0, stock, 1), level), 0, 1e-9, "what the plan attains");

        // At level 1 it is the mean, which classical dynamic programming finds.
        if (level == 1)
            Promises.Close(new BackwardInduction { Horizon = Depth }.Solve(model).Values[0][0], value, 0, 1e-9, "mean");
    }));

    [Fact]
    public void Every_utility_is_the_best_of_all_histories_without_discounting() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Gen.Choose(-3, 3).ToArbitrary(), (seed, target) =>
    {
        TabularModel model = Episodic((ulong)seed);
        foreach (StockUtility utility in (StockUtility[])[StockUtility.Distance, StockUtility.From(x => x * x), StockUtility.From(x => Math.Min(Math.Max(x, -1), 2)), StockUtility.Expectation])
        {
            StockDistributionalSolution solution = Exact(utility).Solve(model);
            double best = Laws(model, 0, 1).Max(law => law.Sum(atom => atom.Mass * utility.Of(atom.Value - target)));
            Promises.Close(best, solution.Value(0, -target), 0, 1e-9, $"{utility}");
        }
    }));

    [Fact]
    public void The_law_of_the_return_is_that_of_playing_the_plan() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        TabularModel model = Episodic((ulong)seed);
        StockDistributionalIteration options = Exact(StockUtility.Distance);
        StockDistributionalSolution solution = options.Solve(model);
        double[] law = new double[options.Returns.Points];
        solution.Distribution(0, 2, law);
        foreach ((double value, double mass) in Play(model, solution, 0, 2, 1).GroupBy(a => a.Value).Select(g => (g.Key, g.Sum(a => a.Mass))))
            Promises.Close(mass, law[(int)Math.Round(value - options.Returns.Low)], 0, 1e-12, $"P(G = {value})");
        Assert.Equal(1, law.Sum(), 1e-12);
    }));

    [Fact]
    public void The_identity_is_value_iteration_at_every_stock() => FsCheck.Check.One(Forall.Config.WithMaxTest(10), Prop.ForAll(Models.Arbitrary(4, 3), model =>
    {
        double[] expected = new ValueIteration { Discount = 0.8 }.Solve(model).Values;
        foreach (int evaluations in (int[])[0, 5])
        {
            StockDistributionalSolution solution = new StockDistributionalIteration { Discount = 0.8, Utility = StockUtility.Expectation, Stocks = new(-2, 2, 5), Returns = new(-6, 6, 31), EvaluationSweeps = evaluations }.Solve(model);
            Assert.True(solution.Converged);
            for (int state = 0; state < expected.Length; state++)
            {
                foreach (double stock in (double[])[-2, 0, 1.3])
                    Promises.Close(stock + expected[state], solution.Value(state, stock), 0, 1e-8, $"V({state}) at stock {stock}");
            }
        }
    }));

    [Fact]
    public void With_a_discount_the_error_falls_with_the_grid() => FsCheck.Check.One(Forall.Config.WithMaxTest(4), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        const double Discount = 0.8, Level = 0.3;
        TabularModel model = Episodic((ulong)seed);
        double best = Laws(model, 0, Discount).Max(law => Tail(law, Level));
        foreach (int points in (int[])[41, 161, 641])
        {
            var options = new StockDistributionalIteration { Discount = Discount, Stocks = new(-20, 20, points), Returns = new(-8, 8, points) };
            double error = Math.Abs(best - options.Solve(model).ConditionalValueAtRisk(0, Level).Value);

            // The slope of min(x, 0) is between 0 and 1: mixing neighbours errs by a quarter of a spacing at most, for the stocks at two steps and for the returns at three, and the first stock is off by half a spacing.
            double bound = ((Discount + (Discount * Discount)) * options.Stocks.Spacing / 4) + ((1 + Discount + (Discount * Discount)) * options.Returns.Spacing / 4);
            bound = (bound / Level) + (((1 / Level) - 1) * options.Stocks.Spacing / 2);
            Assert.True(error <= bound, $"{points} points: error {error}, bound {bound}");
        }
    }));

    [Fact]
    public void Policy_iteration_and_value_iteration_agree() => FsCheck.Check.One(Forall.Config.WithMaxTest(5), Prop.ForAll(Models.Arbitrary(3, 2), model =>
    {
        var options = new StockDistributionalIteration { Discount = 0.7, Stocks = new(-6, 6, 25), Returns = new(-4, 4, 33) };
        StockDistributionalSolution values = options.Solve(model), policies = (options with { EvaluationSweeps = 30 }).Solve(model);
        Assert.True(values.Converged && policies.Converged && policies.Sweeps < values.Sweeps);
        for (int state = 0; state < model.States; state++)
        {
            for (double stock = -6; stock <= 6; stock += 0.5)
                Promises.Close(values.Value(state, stock), policies.Value(state, stock), 0, 1e-8, $"({state}, {stock})");
        }
    }));

    [Fact]
    public void A_plan_for_the_tail_forgoes_a_gamble_that_the_mean_takes()
    {
        // A sure 1 and then, by choice, nothing or an even bet of +4 or -3: the mean takes the bet, the worst half doesn't.
        TabularModel model = TabularModel.Create(2, 2, [1.0, 0.0], (state, action) => state == 0
            ? [new TabularOutcome(1, 1, 1, false)]
            : action == 0 ? [new TabularOutcome(1, 1, 0, true)] : [new TabularOutcome(0.5, 1, 4, true), new TabularOutcome(0.5, 1, -3, true)]);
        StockDistributionalSolution solution = Exact(StockUtility.LowerTail).Solve(model);
        (double stock, double value) = solution.ConditionalValueAtRisk(0, 0.5);
        Assert.Equal(1, value, 1e-12);
        Assert.Equal(0, solution.Action(1, solution.NextStock(stock, 1)));
        Assert.Equal(1.5, solution.ConditionalValueAtRisk(0, 1).Value, 1e-12);
        Assert.Equal(1, Exact(StockUtility.Expectation).Solve(model).Action(1, 0));
        Assert.Throws<InvalidOperationException>(() => Exact(StockUtility.Expectation).Solve(model).ConditionalValueAtRisk(0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => solution.Action(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UniformGrid(1, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new UniformGrid(0, 1, 1));
    }

    [Fact]
    public void Two_atoms_average_to_the_value_and_the_low_one_is_the_robust_value() => Forall.Check(Prop.ForAll(Models.Arbitrary(4, 2), Gen.Choose(1, 9).ToArbitrary(), (model, tenths) =>
    {
        double level = tenths / 10.0;
        int[] policy = new int[model.States];
        TwoAtomSolution atoms = new TwoAtomIteration { Discount = 0.8, Level = level }.Evaluate(model, policy);
        Assert.True(atoms.Converged);
        double[] expected = Models.Evaluate(model, policy, 0.8);
        for (int state = 0; state < model.States; state++)
        {
            Promises.Close(expected[state], (level * atoms.Low[state]) + ((1 - level) * atoms.High[state]), 0, 1e-9, $"V({state})");

            // The adversary may make each outcome 1 / level times as likely. Of all orders in which it may use that up, the worst.
            (double Value, double Mass)[] next = [.. model.Outcomes(state, 0).ToArray().SelectMany(o => o.Terminated
                ? new[] { (o.Reward, o.Probability) }
                : [(o.Reward + (0.8 * atoms.Low[o.NextState]), o.Probability * level), (o.Reward + (0.8 * atoms.High[o.NextState]), o.Probability * (1 - level))])];
            double worst = Orders(next.Length).Min(order =>
            {
                double left = 1, sum = 0;
                foreach (int k in order)
                {
                    double q = Math.Min(left, next[k].Mass / level);
                    sum += q * next[k].Value;
                    left -= q;
                }

                return sum;
            });
            Promises.Close(worst, atoms.Low[state], 0, 1e-8, $"the robust value of {state}");
            Assert.True(atoms.Low[state] <= atoms.High[state] + 1e-12);
        }
    }));

    [Fact]
    public void Safe_and_risky_break_ties_of_the_mean_only()
    {
        // Actions: a sure 1; 0 or 2; -5 or 6.8, of a lower mean. The risky one never takes the third.
        TabularModel model = TabularModel.Create(1, 3, [1.0], (_, action) => action switch
        {
            0 => [new TabularOutcome(1, 0, 1, true)],
            1 => [new TabularOutcome(0.5, 0, 0, true), new TabularOutcome(0.5, 0, 2, true)],
            _ => [new TabularOutcome(0.5, 0, -5, true), new TabularOutcome(0.5, 0, 6.8, true)],
        });
        TwoAtomSolution safe = new TwoAtomIteration().Solve(model), risky = new TwoAtomIteration { Preference = RiskPreference.Risky }.Solve(model);
        Assert.Equal((0, 1.0, 1.0), (safe.Actions[0], safe.Low[0], safe.High[0]));
        Assert.Equal((1, 0.0, 2.0), (risky.Actions[0], risky.Low[0], risky.High[0]));
    }

    private static StockDistributionalIteration Exact(StockUtility utility) => new() { Discount = 1, Utility = utility, Stocks = new(-12, 12, 25), Returns = new(-9, 9, 19) };

    /// <summary>Three steps through two states each, whole rewards of -2 to 3, two outcomes of even or uneven chances.</summary>
    private static TabularModel Episodic(ulong seed)
    {
        double[] initial = new double[2 * Depth];
        initial[0] = 1;
        return TabularModel.Create(2 * Depth, 2, initial, (state, action) =>
        {
            RandomStream stream = RandomKey.FromSeed(seed).Fold(state).Fold(action).Stream();
            double p = 0.1 * (1 + stream.NextInt32(9));
            bool last = state / 2 == Depth - 1;
            int next = last ? state : 2 * ((state / 2) + 1);
            return [new TabularOutcome(p, next, stream.NextInt32(-2, 4), last), new TabularOutcome(1 - p, last ? state : next + 1, stream.NextInt32(-2, 4), last)];
        });
    }

    /// <summary>The laws of the return of every policy that may depend on the whole history.</summary>
    private static List<(double Value, double Mass)[]> Laws(TabularModel model, int state, double discount)
    {
        var laws = new List<(double, double)[]>();
        for (int action = 0; action < model.Actions; action++)
        {
            List<(double Value, double Mass)[]> joined = [[]];
            foreach (TabularOutcome outcome in model.Outcomes(state, action))
            {
                List<(double Value, double Mass)[]> after = outcome.Terminated ? [[(0, 1)]] : Laws(model, outcome.NextState, discount);
                joined = [.. joined.SelectMany(before => after.Select(law => ((double, double)[])[.. before, .. law.Select(a => (outcome.Reward + (discount * a.Value), outcome.Probability * a.Mass))]))];
            }

            laws.AddRange(joined);
        }

        return laws;
    }

    private static List<(double Value, double Mass)> Play(TabularModel model, StockDistributionalSolution plan, int state, double stock, double discount)
    {
        var law = new List<(double, double)>();
        foreach (TabularOutcome outcome in model.Outcomes(state, plan.Action(state, stock)))
        {
            if (outcome.Terminated)
                law.Add((outcome.Reward, outcome.Probability));
            else
                law.AddRange(Play(model, plan, outcome.NextState, plan.NextStock(stock, outcome.Reward), discount).Select(a => (outcome.Reward + (discount * a.Value), outcome.Probability * a.Mass)));
        }

        return law;
    }

    /// <summary>The mean of the worst part of a law.</summary>
    private static double Tail(IEnumerable<(double Value, double Mass)> law, double level)
    {
        double left = level, sum = 0;
        foreach ((double value, double mass) in law.OrderBy(a => a.Value))
        {
            double part = Math.Min(mass, left);
            sum += part * value;
            left -= part;
        }

        return sum / level;
    }

    private static IEnumerable<int[]> Orders(int n) => n == 0
        ? [[]]
        : Orders(n - 1).SelectMany(order => Enumerable.Range(0, n).Select(at => (int[])[.. order[..at], n - 1, .. order[at..]]));
}
