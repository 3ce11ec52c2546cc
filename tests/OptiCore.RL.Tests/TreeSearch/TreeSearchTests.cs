using OptiCore.Persistence;
using OptiCore.RL.Games;
using OptiCore.RL.Planning;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Tree searches against exact values: value iteration, regularised dynamic programming and minimax.</summary>
public class TreeSearchTests
{
    private const double Tau = 0.3;
    private static readonly LineGame TicTacToe = new(3, 3, 3);

    public static TheoryData<string> Names { get; } = ["UCT", "PUCT", "MENTS", "RENTS", "RENTS from priors", "TENTS"];

    [Theory, MemberData(nameof(Names))]
    public void The_best_first_action_of_a_stochastic_world_is_found(string name)
    {
        // Random worlds of two layers, three actions, two outcomes each; rewards in the last layer only, so that looking ahead is needed.
        int right = 0;
        double error = 0;
        for (ulong seed = 0; seed < 8; seed++)
        {
            TabularModel model = Layered(seed, layers: 2, width: 4, actions: 3);
            TabularSolution solution = new ValueIteration { Discount = 1, Tolerance = 1e-14 }.Solve(model);
            TreeSearch<int> search = Start(name, new TabularSimulator(model), temperature: 0.02, exploration: 2, limits: new TreeSearchLimits { MaxNodes = 2000 });
            search.Begin(0, RandomKey.FromSeed(seed));
            search.Simulate(6000);
            double best = solution.Values[0], chosen = solution.ActionValues[search.BestAction];
            right += best - chosen < 0.05 ? 1 : 0;
            error = Math.Max(error, Math.Abs(search.RootAction(search.BestAction).Value - best));
        }

        Assert.Equal(8, right);
        Assert.InRange(error, 0, 0.08);
    }

    [Theory]
    [InlineData("MENTS")]
    [InlineData("RENTS from priors")]
    [InlineData("TENTS")]
    public void The_root_of_a_regularised_search_has_the_regularised_value(string name)
    {
        // A complete tree of depth 3 with 4 actions and rewards at its leaves: after every leaf was seen, nothing is left to chance.
        double[] leaves = new double[64];
        RandomStream stream = RandomKey.FromSeed(5).Stream();
        foreach (ref double leaf in leaves.AsSpan())
            leaf = stream.NextDouble();
        TreeSearch<TreeState> search = Start(name, new RewardTree(4, 3, leaves), Tau, exploration: 2);
        search.Begin(default, RandomKey.FromSeed(6));
        search.Simulate(20_000);
        Assert.Equal(1 + 4 + 16 + 64, search.Nodes);
        Promises.Close(Exact(name, leaves, 4), search.Value, 1e-12, 0, "the root's value");
        double[] policy = new double[4];
        search.RootPolicy(policy);
        Promises.Close(1, policy.Sum(), 1e-14, 0, "the policy's sum");
    }

    [Theory]
    [InlineData("MENTS")]
    [InlineData("RENTS from priors")]
    [InlineData("TENTS")]
    public void With_chance_the_root_tends_to_the_regularised_value(string name)
    {
        for (ulong seed = 0; seed < 3; seed++)
        {
            TabularModel model = Layered(seed, layers: 2, width: 4, actions: 3);
            TreeSearch<int> search = Start(name, new TabularSimulator(model), Tau, exploration: 3, limits: new TreeSearchLimits { MaxNodes = 2000 });
            search.Begin(0, RandomKey.FromSeed(seed));
            search.Simulate(20_000);
            Promises.Close(Soft(0), search.Value, 0, 0.01, "the root's value");

            double Soft(int state)
            {
                double[] q = new double[3];
                for (int action = 0; action < 3; action++)
                {
                    foreach (TabularOutcome outcome in model.Outcomes(state, action))
                        q[action] += outcome.Probability * (outcome.Reward + (outcome.Terminated ? 0 : Soft(outcome.NextState)));
                }

                return Exact(name, q, 3);
            }
        }
    }

    [Fact]
    public void The_sparse_value_is_the_maximum_that_defines_it()
    {
        // One node of three actions: max over the simplex of p'q + tau (1 - |p|^2) / 2, searched on a grid.
        foreach (double[] q in (double[][])[[0.1, 0.5, 0.3], [1, 0.2, 0.95], [0, 0, 0], [2, 0, -1]])
        {
            TreeSearch<TreeState> search = Start("TENTS", new RewardTree(3, 1, q), Tau, exploration: 5);
            search.Begin(default, RandomKey.FromSeed(1));
            search.Simulate(300);
            double[] policy = new double[3];
            search.RootPolicy(policy);
            double best = double.NegativeInfinity, atPolicy = Objective(q, policy);
            const int Grid = 400;
            for (int i = 0; i <= Grid; i++)
            {
                for (int j = 0; j <= Grid - i; j++)
                    best = Math.Max(best, Objective(q, [(double)i / Grid, (double)j / Grid, (double)(Grid - i - j) / Grid]));
            }

            Assert.True(search.Value >= best - 1e-12);
            Promises.Close(best, search.Value, 0, 1e-5, "the value");
            Promises.Close(atPolicy, search.Value, 1e-12, 1e-15, "the value at the policy");
        }

        static double Objective(double[] q, double[] p) =>
            (p[0] * q[0]) + (p[1] * q[1]) + (p[2] * q[2]) + (Tau * (1 - (p[0] * p[0]) - (p[1] * p[1]) - (p[2] * p[2])) / 2);
    }

    [Fact]
    public void Uct_follows_its_formula()
    {
        // Two actions that earn 0.6 and 0.5 for certain: each once, then by hand.
        TreeSearch<TreeState> search = new Uct { Exploration = 1 }.Start(new RewardTree(2, 1, [0.6, 0.5]));
        search.Begin(default, RandomKey.FromSeed(1));
        int[] visits = [0, 0];
        for (int n = 0; n < 200; n++)
        {
            int expected = n < 2 ? n : 0.6 + Math.Sqrt(Math.Log(n) / visits[0]) >= 0.5 + Math.Sqrt(Math.Log(n) / visits[1]) ? 0 : 1;
            visits[expected]++;
            search.Simulate(1);
            Assert.Equal((visits[0], visits[1]), (search.RootAction(0).Visits, search.RootAction(1).Visits));
        }

        Promises.Close(((0.6 * visits[0]) + (0.5 * visits[1])) / 200, search.Value, 1e-12, 0, "the root's value");
        Assert.Equal(0, search.BestAction);
    }

    [Fact]
    public void Puct_follows_its_formula_and_its_priors()
    {
        TreeSearch<TreeState> search = new Puct { Exploration = 2, ExplorationBase = 50 }.Start(new RewardTree(2, 1, [0.6, 0.5]), new Priors(0.2, 0.8));
        search.Begin(default, RandomKey.FromSeed(1));
        int[] visits = [0, 0];
        double[] rewards = [0.6, 0.5], priors = [0.2, 0.8], scores = new double[2];
        for (int n = 0; n < 300; n++)
        {
            double c = Math.Log((1 + n + 50) / 50.0) + 2;
            for (int a = 0; a < 2; a++)
                scores[a] = (visits[a] == 0 ? 0 : rewards[a]) + (c * priors[a] * Math.Sqrt(n) / (1 + visits[a]));
            visits[scores[1] > scores[0] ? 1 : 0]++;
            search.Simulate(1);
            Assert.Equal((visits[0], visits[1]), (search.RootAction(0).Visits, search.RootAction(1).Visits));
        }
    }

    [Fact]
    public void Noise_at_the_root_keeps_priors_a_distribution()
    {
        TreeSearch<LineGameState> search = new Puct { RootNoise = 0.25, RootNoiseConcentration = 0.3 }.Start(TicTacToe);
        search.Begin(default, RandomKey.FromSeed(1));
        double[] first = [.. Enumerable.Range(0, 9).Select(a => search.RootAction(a).Prior)];
        Promises.Close(1, first.Sum(), 1e-14, 0, "the sum");
        Assert.All(first, p => Assert.True(p >= (0.75 / 9) - 1e-15));
        Assert.True(first.Max() > first.Min() + 0.01);
        search.Begin(default, RandomKey.FromSeed(2));
        Assert.NotEqual(first, Enumerable.Range(0, 9).Select(a => search.RootAction(a).Prior));
    }

    [Theory, MemberData(nameof(Names))]
    public void Winning_and_saving_moves_are_found(string name)
    {
        // Player 0 has two in the top row; it wins at 2. Player 1 to move in the same position must go there.
        TreeSearch<LineGameState> search = Start(name, TicTacToe, 0.05);
        search.Begin(new LineGameState(0b000_000_011, 0b000_110_000), RandomKey.FromSeed(1));
        search.Simulate(1000);
        Assert.Equal(2, search.BestAction);
        Assert.True(search.RootAction(0).Value > 0.9);
        search.Begin(new LineGameState(0b100_000_011, 0b000_010_000 | 0b001_000_000), RandomKey.FromSeed(1));
        search.Simulate(1500);
        Assert.Equal(2, search.BestAction);
    }

    [Theory, MemberData(nameof(Names))]
    public void Chosen_moves_keep_the_minimax_value_of_small_boards(string name)
    {
        var minimax = new Minimax(new LineGame(4, 4, 3, hasGravity: true));
        Assert.Equal(1, minimax.Value(default));
        var draw = new Minimax(TicTacToe);
        Assert.Equal(0, draw.Value(default));
        int right = 0, positions = 0;
        foreach (Minimax game in (Minimax[])[minimax, draw])
        {
            RandomStream stream = RandomKey.FromSeed(9).Stream();
            TreeSearch<LineGameState> search = Start(name, game.Game, 0.05, limits: new TreeSearchLimits { MaxNodes = 4000 });
            for (int k = 0; k < 12; k++)
            {
                LineGameState state = game.RandomPosition(4, ref stream);
                search.Begin(state, RandomKey.FromSeed((ulong)k));
                search.Simulate(3000);
                LineGameState next = state;
                StepOutcome outcome = game.Game.Step(ref next, search.BestAction);
                double value = outcome.Terminated ? outcome.Reward : game.Value(next);
                right += value == game.Value(state) ? 1 : 0;
                positions++;
            }
        }

        Assert.InRange(right, positions - 1, positions);
    }

    [Fact]
    public void A_full_tree_is_searched_on_and_depth_is_limited()
    {
        TreeSearch<LineGameState> search = new Uct { Limits = new TreeSearchLimits { MaxNodes = 50, MaxDepth = 2 } }.Start(TicTacToe);
        search.Begin(new LineGameState(0b000_000_011, 0b000_110_000), RandomKey.FromSeed(1));
        search.Simulate(500);
        Assert.True(search.Nodes <= 50);
        Assert.Equal(2, search.BestAction);
        TreeSearch<LineGameState> regularised = new Ments { Limits = new TreeSearchLimits { MaxNodes = 3 } }.Start(TicTacToe);
        regularised.Begin(new LineGameState(0b000_000_011, 0b000_110_000), RandomKey.FromSeed(1));
        regularised.Simulate(500);
        Assert.Equal(3, regularised.Nodes);
        Assert.Equal(2, regularised.BestAction);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_simulation_allocates_nothing_and_a_saved_search_goes_on_to_identical_bits(string name)
    {
        TreeSearch<LineGameState> whole = Small(), first = Small(), second = Small();
        whole.Begin(default, RandomKey.FromSeed(4));
        first.Begin(default, RandomKey.FromSeed(4));
        whole.Simulate(500);
        first.Simulate(200);
        StateArchive.Load(second, StateArchive.Save(first));
        second.Simulate(300);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(second));
        Promises.AllocatesNothing(
            () =>
            {
                whole.Begin(default, RandomKey.FromSeed(5));
                whole.Simulate(20);
            },
            name);

        TreeSearch<LineGameState> Small() => Start(name, TicTacToe, 0.1, limits: new TreeSearchLimits { MaxNodes = 300 });
    }

    [Fact]
    public void Mistakes_are_named()
    {
        TreeSearch<LineGameState> search = new Uct().Start(TicTacToe);
        Assert.Contains("Begin", Assert.Throws<InvalidOperationException>(() => search.Simulate(1)).Message, StringComparison.Ordinal);
        search.Begin(default, RandomKey.FromSeed(1));
        Assert.Contains("Simulate", Assert.Throws<InvalidOperationException>(() => search.BestAction).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => search.RootAction(9));
        Assert.Equal("Exploration", Assert.Throws<ArgumentOutOfRangeException>(() => new Uct { Exploration = -1 }).ParamName);
        Assert.Equal("RootNoise", Assert.Throws<ArgumentOutOfRangeException>(() => new Puct { RootNoise = 2 }).ParamName);
        Assert.Equal("Temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new Ments { Temperature = 0 }).ParamName);
        Assert.Equal("Reference", Assert.Throws<ArgumentOutOfRangeException>(() => new Rents { Reference = (RelativeEntropyReference)7 }).ParamName);
        Assert.Equal("Temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new Tents { Temperature = double.NaN }).ParamName);
        Assert.Equal("MaxNodes", Assert.Throws<ArgumentOutOfRangeException>(() => new TreeSearchLimits { MaxNodes = 1 }).ParamName);
        Assert.Equal("Discount", Assert.Throws<ArgumentOutOfRangeException>(() => new TreeSearchLimits { Discount = 0 }).ParamName);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => new LineGame(8, 9, 4)).ParamName);
        Assert.Equal("length", Assert.Throws<ArgumentOutOfRangeException>(() => new LineGame(3, 3, 4)).ParamName);
        LineGameState taken = new(1, 0);
        Assert.Throws<ArgumentException>(() => TicTacToe.Step(ref taken, 0));
    }

    [Fact]
    public void Rewards_on_the_way_are_discounted()
    {
        // A corridor that earns 1 a step for three steps: 1 + 0.5 + 0.25.
        TabularModel model = TabularModel.Create(3, 1, [1.0, 0, 0], (state, _) => [new TabularOutcome(1, Math.Min(state + 1, 2), 1, state == 2)]);
        foreach (string name in Names.Select(row => row.Data))
        {
            TreeSearch<int> search = Start(name, new TabularSimulator(model), 0.1, limits: new TreeSearchLimits { Discount = 0.5 });
            search.Begin(0, RandomKey.FromSeed(1));
            search.Simulate(20);
            Promises.Close(1.75, search.Value, 1e-12, 0, name);
            Promises.Close(1.75, search.RootAction(0).Value, 1e-12, 0, name);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Noisy_rewards_are_averaged_and_make_no_new_nodes(string name)
    {
        // A state and an end: 0.5 plus normal noise.
        TreeSearch<TreeState> search = Start(name, new RewardTree(1, 1, [0.5], noise: 0.2), 0.1);
        search.Begin(default, RandomKey.FromSeed(1));
        search.Simulate(4000);
        Assert.Equal(2, search.Nodes);
        Promises.Close(0.5, search.Value, 0, 4 * 0.2 / Math.Sqrt(4000), "the mean");
    }

    [Fact]
    public void With_many_actions_the_sparse_search_is_nearest_to_the_value()
    {
        // Trees of 16 actions and depth 3: every edge has a uniform value, a leaf the sum on its way, scaled to [0, 1], seen with noise of deviation 0.05. The synthetic trees of Dam et al. (2021), their temperature and exploration.
        const int Trees = 10;
        double[] errors = new double[4], regrets = new double[4];
        for (ulong tree = 0; tree < Trees; tree++)
        {
            RandomStream stream = RandomKey.FromSeed(tree).Stream();
            double[] level = [0];
            for (int depth = 0; depth < 3; depth++)
            {
                double[] next = new double[16 * level.Length];
                for (int i = 0; i < next.Length; i++)
                    next[i] = level[i / 16] + stream.NextDouble();
                level = next;
            }

            double low = level.Min(), high = level.Max();
            double[] leaves = [.. level.Select(x => (x - low) / (high - low))];
            var simulator = new RewardTree(16, 3, leaves, noise: 0.05);
            TreeSearch<TreeState>[] searches =
            [
                new Tents { Temperature = 0.08 }.Start(simulator),
                new Ments { Temperature = 0.08 }.Start(simulator),
                new Rents { Temperature = 0.08 }.Start(simulator),
                new Uct { Exploration = 0.1 * Math.Sqrt(2) }.Start(simulator),
            ];
            for (int k = 0; k < searches.Length; k++)
            {
                searches[k].Begin(default, RandomKey.FromSeed(100 + tree));
                searches[k].Simulate(1000);
                errors[k] += Math.Abs(searches[k].Value - 1) / Trees;
                regrets[k] += (1 - leaves.AsSpan(256 * searches[k].BestAction, 256).ToArray().Max()) / Trees;
            }
        }

        Assert.All(errors[1..], error => Assert.True(errors[0] < 0.7 * error));
        Assert.InRange(errors[0], 0, 0.05);
        Assert.InRange(regrets[0], 0, regrets[3]);
    }

    private static TreeSearch<TState> Start<TState>(string name, ISimulator<TState> simulator, double temperature, double exploration = 0.1, TreeSearchLimits? limits = null)
        where TState : unmanaged, IEquatable<TState>
    {
        limits ??= new TreeSearchLimits();
        return name switch
        {
            "UCT" => new Uct { Limits = limits }.Start(simulator),
            "PUCT" => new Puct { Limits = limits }.Start(simulator),
            "MENTS" => new Ments { Limits = limits, Temperature = temperature, Exploration = exploration }.Start(simulator),
            "RENTS" => new Rents { Limits = limits, Temperature = temperature, Exploration = exploration }.Start(simulator),
            "RENTS from priors" => new Rents { Limits = limits, Temperature = temperature, Exploration = exploration, Reference = RelativeEntropyReference.Prior }.Start(simulator),
            _ => new Tents { Limits = limits, Temperature = temperature, Exploration = exploration }.Start(simulator),
        };
    }

    /// <summary>The regularised value of a complete tree, level by level, by formulas of their own.</summary>
    private static double Exact(string name, double[] leaves, int actions)
    {
        double[] level = leaves;
        while (level.Length > 1)
        {
            double[] above = new double[level.Length / actions];
            for (int node = 0; node < above.Length; node++)
            {
                double[] q = level[(node * actions)..((node + 1) * actions)];
                above[node] = name switch
                {
                    "MENTS" => Tau * Math.Log(q.Sum(x => Math.Exp(x / Tau))),
                    "TENTS" => Sparse(q),
                    _ => Tau * Math.Log(q.Average(x => Math.Exp(x / Tau))),
                };
            }

            level = above;
        }

        return level[0];

        static double Sparse(double[] q)
        {
            // The threshold by bisection: sum max(q / tau - t, 0) = 1.
            double low = (q.Max() / Tau) - 1, high = q.Max() / Tau;
            for (int k = 0; k < 200; k++)
            {
                double t = (low + high) / 2;
                (low, high) = q.Sum(x => Math.Max((x / Tau) - t, 0)) > 1 ? (t, high) : (low, t);
            }

            return Tau * (0.5 + q.Where(x => x / Tau > low).Sum(x => ((x / Tau * (x / Tau)) - (low * low)) / 2));
        }
    }

    private static TabularModel Layered(ulong seed, int layers, int width, int actions)
    {
        RandomStream stream = RandomKey.FromSeed(seed).Fold("layers").Stream();
        int states = 1 + (layers * width);
        double[] initial = new double[states];
        initial[0] = 1;
        return TabularModel.Create(states, actions, initial, (state, _) =>
        {
            int layer = state == 0 ? 0 : 1 + ((state - 1) / width);
            double p = stream.NextDouble();
            if (layer == layers)
                return [new TabularOutcome(1, state, stream.NextDouble(), true)];
            int first = stream.NextInt32(width), second = (first + 1 + stream.NextInt32(width - 1)) % width;
            return [new TabularOutcome(p, 1 + (layer * width) + first, 0, false), new TabularOutcome(1 - p, 1 + (layer * width) + second, 0, false)];
        });
    }

    private readonly record struct TreeState(int Depth, int Index);

    /// <summary>A complete tree with rewards at its leaves.</summary>
    private sealed class RewardTree(int actions, int depth, double[] leaves, double noise = 0) : ISimulator<TreeState>
    {
        public int MaxActions => actions;

        public int PlayerToMove(in TreeState state) => 0;

        public int LegalActions(in TreeState state, Span<int> legal)
        {
            for (int a = 0; a < actions; a++)
                legal[a] = a;
            return actions;
        }

        public StepOutcome Step(ref TreeState state, int action, ref RandomStream stream)
        {
            state = new TreeState(state.Depth + 1, (state.Index * actions) + action);
            return state.Depth == depth ? new StepOutcome(leaves[state.Index] + (noise * stream.NextNormal()), true) : new StepOutcome(0);
        }
    }

    private sealed class Priors(params double[] priors) : ILeafEvaluator<TreeState>
    {
        public double Evaluate(in TreeState state, ReadOnlySpan<int> actions, Span<double> written, ref RandomStream stream)
        {
            priors.CopyTo(written);
            return 0;
        }
    }

    /// <summary>Exact values of all positions, remembered.</summary>
    private sealed class Minimax(LineGame game)
    {
        private readonly Dictionary<LineGameState, double> _known = [];

        public LineGame Game => game;

        public double Value(LineGameState state)
        {
            if (_known.TryGetValue(state, out double known))
                return known;
            int[] actions = new int[game.MaxActions];
            int count = game.LegalActions(state, actions), sign = game.PlayerToMove(state) == 0 ? 1 : -1;
            double best = -2;
            for (int a = 0; a < count && best < 1; a++)
            {
                LineGameState next = state;
                StepOutcome outcome = game.Step(ref next, actions[a]);
                best = Math.Max(best, sign * (outcome.Terminated ? outcome.Reward : Value(next)));
            }

            return _known[state] = sign * best;
        }

        public LineGameState RandomPosition(int moves, ref RandomStream stream)
        {
            int[] actions = new int[game.MaxActions];
            while (true)
            {
                LineGameState state = default;
                bool over = false;
                for (int move = 0; move < moves && !over; move++)
                    over = game.Step(ref state, actions[stream.NextInt32(game.LegalActions(state, actions))]).Terminated;
                if (!over)
                    return state;
            }
        }
    }
}
