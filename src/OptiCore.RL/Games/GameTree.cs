using System.Globalization;

namespace OptiCore.RL.Games;

/// <summary>
/// A whole game, unrolled into flat arrays: the form in which solvers work. Nodes are numbered level by level, so that parents come before children and the children of a node are consecutive; sweeps over the game are loops over the
/// nodes. Immutable.
/// </summary>
public sealed class GameTree
{
    private readonly int[] _player;
    private readonly int[] _firstChild;
    private readonly int[] _childCount;
    private readonly int[] _set;
    private readonly double[] _chance;
    private readonly double[] _returns;
    private readonly int[] _setOffset;
    private readonly int[] _setPlayer;
    private readonly int[] _setActions;
    private readonly ulong[] _setKey;
    private readonly int[] _setDepth;
    private readonly int[][] _setNodes;
    private readonly Dictionary<(int Player, ulong Key), int> _setOf;

    private GameTree(
        int players, int[] player, int[] firstChild, int[] childCount, int[] set, double[] chance, double[] returns, Dictionary<(int Player, ulong Key), int> setOf, List<InformationSet> sets)
    {
        Players = players;
        _player = player;
        _firstChild = firstChild;
        _childCount = childCount;
        _set = set;
        _chance = chance;
        _returns = returns;
        _setOf = setOf;
        _setPlayer = new int[sets.Count];
        _setKey = new ulong[sets.Count];
        _setDepth = new int[sets.Count];
        _setOffset = new int[sets.Count + 1];
        _setNodes = new int[sets.Count][];
        foreach (((int owner, ulong key), int index) in setOf)
            (_setPlayer[index], _setKey[index]) = (owner, key);
        var actions = new List<int>();
        for (int index = 0; index < sets.Count; index++)
        {
            actions.AddRange(sets[index].Actions);
            _setOffset[index + 1] = actions.Count;
            _setNodes[index] = [.. sets[index].Nodes];
            _setDepth[index] = sets[index].Depth;
        }

        _setActions = [.. actions];
    }

    /// <summary>The number of players.</summary>
    public int Players { get; }

    /// <summary>The number of nodes.</summary>
    public int Nodes => _player.Length;

    /// <summary>The number of information sets.</summary>
    public int InformationSets => _setPlayer.Length;

    /// <summary>The number of pairs of an information set and a legal action: the length of a strategy.</summary>
    public int StrategyLength => _setActions.Length;

    /// <summary>Unrolls a game.</summary>
    /// <typeparam name="TState">The state of the game.</typeparam>
    /// <param name="game">The game.</param>
    /// <param name="maxNodes">The largest number of nodes. Default: ten million.</param>
    /// <exception cref="ArgumentException">
    /// The game has more nodes, chance's probabilities don't add up to 1 within 1e-9, states with the same information have different actions, or a player forgets what it knew.
    /// </exception>
    public static GameTree Create<TState>(IExtensiveGame<TState> game, int maxNodes = 10_000_000) where TState : unmanaged
    {
        ArgumentNullException.ThrowIfNull(game);
        return new Builder<TState>(game, maxNodes).Build();
    }

    /// <summary>The index of an information set, or -1 when there is none.</summary>
    /// <param name="player">The player whose it is.</param>
    /// <param name="key">Its key.</param>
    public int IndexOf(int player, ulong key) => _setOf.TryGetValue((player, key), out int index) ? index : -1;

    /// <summary>The player of an information set.</summary>
    /// <param name="set">The information set.</param>
    public int PlayerOf(int set) => _setPlayer[set];

    /// <summary>The key of an information set.</summary>
    /// <param name="set">The information set.</param>
    public ulong KeyOf(int set) => _setKey[set];

    /// <summary>The legal actions of an information set.</summary>
    /// <param name="set">The information set.</param>
    public ReadOnlySpan<int> ActionsOf(int set) => _setActions.AsSpan(_setOffset[set].._setOffset[set + 1]);

    /// <summary>Where the probabilities of an information set are in a strategy.</summary>
    /// <param name="set">The information set.</param>
    public Range RangeOf(int set) => _setOffset[set].._setOffset[set + 1];

    /// <summary>Fills a strategy with equal probabilities.</summary>
    /// <param name="strategy">Receives <see cref="StrategyLength"/> probabilities.</param>
    public void Uniform(Span<double> strategy)
    {
        Require.Length(strategy.Length, StrategyLength, nameof(strategy));
        for (int set = 0; set < InformationSets; set++)
            strategy[RangeOf(set)].Fill(1.0 / ActionsOf(set).Length);
    }

    /// <summary>The expected return of each player. Costs a few operations for each node.</summary>
    /// <param name="strategy">The probabilities of all players' actions, <see cref="StrategyLength"/> of them.</param>
    public double[] ExpectedReturns(ReadOnlySpan<double> strategy)
    {
        Require.Length(strategy.Length, StrategyLength, nameof(strategy));
        double[] values = new double[Nodes * Players];
        Evaluate(strategy, values);
        return values[..Players];
    }

    /// <summary>The best response of a player to the strategies of the others, and what it earns. Costs a few operations for each node.</summary>
    /// <param name="strategy">The probabilities of all players' actions; the player's own aren't used.</param>
    /// <param name="player">The player.</param>
    /// <param name="response">Receives a strategy in which the player's actions are a best response (the first one among equals) and the others' are as given; empty when only the value is of interest.</param>
    /// <returns>The largest expected return of the player.</returns>
    public double BestResponse(ReadOnlySpan<double> strategy, int player, Span<double> response = default)
    {
        Require.Length(strategy.Length, StrategyLength, nameof(strategy));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)player, (uint)Players, nameof(player));
        if (!response.IsEmpty)
        {
            Require.Length(response.Length, StrategyLength, nameof(response));
            strategy.CopyTo(response);
        }

        // How likely chance and the others lead to each node.
        double[] reach = new double[Nodes], values = new double[Nodes];
        reach[0] = 1;
        for (int node = 0; node < Nodes; node++)
        {
            int first = _firstChild[node], count = Children(node);
            for (int k = 0; k < count; k++)
            {
                double p = _player[node] == GameTurn.Chance ? _chance[first + k] : _player[node] == player ? 1 : strategy[_setOffset[_set[node]] + k];
                reach[first + k] = reach[node] * p;
            }
        }

        // A set is decided when all sets that may follow it are: the player's last decisions first. Nodes of sets that aren't decided yet count 0, and nothing looks at them.
        int[] choice = new int[InformationSets];
        Array.Fill(choice, -1);
        int depth = -1;
        for (int set = 0; set < choice.Length; set++)
            depth = _setPlayer[set] == player ? Math.Max(depth, _setDepth[set]) : depth;
        for (; depth >= 0; depth--)
        {
            Respond(choice, player, reach, values);
            for (int set = 0; set < choice.Length; set++)
            {
                if (_setPlayer[set] == player && _setDepth[set] == depth)
                    choice[set] = Choose(set, values);
            }
        }

        Respond(choice, player, reach, values);
        for (int set = 0; set < choice.Length && !response.IsEmpty; set++)
        {
            if (choice[set] >= 0)
            {
                response[RangeOf(set)].Clear();
                response[_setOffset[set] + choice[set]] = 1;
            }
        }

        return values[0];
    }

    /// <summary>
    /// What the players could gain by answering best, summed over the players and divided by their number: 0 in an equilibrium and only there. In a zero-sum game of two it is the mean of the best responses' returns.
    /// </summary>
    /// <param name="strategy">The probabilities of all players' actions.</param>
    public double Exploitability(ReadOnlySpan<double> strategy)
    {
        double[] returns = ExpectedReturns(strategy);
        double gain = 0;
        for (int player = 0; player < Players; player++)
            gain += BestResponse(strategy, player) - returns[player];
        return gain / Players;
    }

    internal int PlayerAt(int node) => _player[node];

    internal int FirstChild(int node) => _firstChild[node];

    internal int SetAt(int node) => _set[node];

    internal double ChanceOf(int node) => _chance[node];

    internal int OffsetOf(int set) => _setOffset[set];

    internal int Children(int node) => _childCount[node];

    /// <summary>The expected returns of all players from every node on: node-major, <see cref="Players"/> numbers each.</summary>
    internal void Evaluate(ReadOnlySpan<double> strategy, Span<double> values)
    {
        for (int node = Nodes - 1; node >= 0; node--)
        {
            Span<double> value = values.Slice(node * Players, Players);
            int count = Children(node);
            if (count == 0)
            {
                _returns.AsSpan(node * Players, Players).CopyTo(value);
                continue;
            }

            value.Clear();
            int first = _firstChild[node];
            for (int k = 0; k < count; k++)
            {
                double p = _player[node] == GameTurn.Chance ? _chance[first + k] : strategy[_setOffset[_set[node]] + k];
                ReadOnlySpan<double> child = values.Slice((first + k) * Players, Players);
                for (int j = 0; j < value.Length; j++)
                    value[j] += p * child[j];
            }
        }
    }

    /// <summary>What the player's choices earn from every node on, weighed by how likely chance and the others lead there.</summary>
    private void Respond(int[] choice, int player, double[] reach, double[] values)
    {
        for (int node = Nodes - 1; node >= 0; node--)
        {
            int first = _firstChild[node], count = Children(node);
            double value = 0;
            if (count == 0)
                value = reach[node] * _returns[(node * Players) + player];
            else if (_player[node] == player)
                value = choice[_set[node]] < 0 ? 0 : values[first + choice[_set[node]]];
            else
            {
                for (int k = 0; k < count; k++)
                    value += values[first + k];
            }

            values[node] = value;
        }
    }

    private int Choose(int set, double[] values)
    {
        int best = 0, count = _setOffset[set + 1] - _setOffset[set];
        double bestValue = double.NegativeInfinity;
        for (int k = 0; k < count; k++)
        {
            double sum = 0;
            foreach (int node in _setNodes[set])
                sum += values[_firstChild[node] + k];
            if (sum > bestValue)
                (best, bestValue) = (k, sum);
        }

        return best;
    }

    /// <summary>What is known of an information set while the game is unrolled: its actions, its nodes, the player's decision before it and the number of those.</summary>
    private sealed record InformationSet(int[] Actions, int LastDecision, int Depth)
    {
        public List<int> Nodes { get; } = [];
    }

    private sealed class Builder<TState>(IExtensiveGame<TState> game, int maxNodes) where TState : unmanaged
    {
        private readonly List<TState> _states = [game.Initial];
        private readonly List<int> _player = [], _firstChild = [], _childCount = [], _set = [];
        private readonly List<double> _chance = [1], _returns = [];
        private readonly Dictionary<(int Player, ulong Key), int> _setOf = [];
        private readonly List<InformationSet> _sets = [];

        // For each node and player the player's last decision on the way to it, by which perfect recall is checked.
        private readonly List<int> _lastDecision = [];

        public GameTree Build()
        {
            int players = Require.Positive(game.Players, nameof(game.Players));
            int[] actions = new int[game.MaxActions];
            double[] probabilities = new double[game.MaxActions], returns = new double[players];
            for (int j = 0; j < players; j++)
                _lastDecision.Add(-1);
            for (int node = 0; node < _states.Count; node++)
            {
                TState state = _states[node];
                int player = game.PlayerToMove(state), count = player == GameTurn.Over ? 0 : game.LegalActions(state, actions);
                _player.Add(player);
                _firstChild.Add(_states.Count);
                _childCount.Add(count);
                returns.AsSpan().Clear();
                if (player == GameTurn.Over)
                    game.Returns(state, returns);
                else if (count < 1)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Node {node} has no legal action, but the game isn't over there."), nameof(game));
                _returns.AddRange(returns);
                _set.Add(player >= 0 ? FindSet(node, player, game.InformationKey(state), actions.AsSpan(0, count)) : -1);
                if (player == GameTurn.Chance)
                    ReadChance(node, state, count, probabilities);
                if (count > maxNodes - _states.Count)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The game has more than {maxNodes} nodes."), nameof(game));
                for (int k = 0; k < count; k++)
                {
                    _states.Add(game.Next(state, actions[k]));
                    _chance.Add(player == GameTurn.Chance ? probabilities[k] : 1);
                    for (int j = 0; j < players; j++)
                        _lastDecision.Add(j == player ? (_set[node] * game.MaxActions) + k : _lastDecision[(node * players) + j]);
                }
            }

            return new GameTree(players, [.. _player], [.. _firstChild], [.. _childCount], [.. _set], [.. _chance], [.. _returns], _setOf, _sets);
        }

        private void ReadChance(int node, in TState state, int count, double[] probabilities)
        {
            game.ChanceProbabilities(state, probabilities);
            double sum = 0;
            for (int k = 0; k < count; k++)
                sum += probabilities[k] >= 0 ? probabilities[k] : double.NaN;
            if (!(Math.Abs(sum - 1) <= 1e-9))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The probabilities of chance in node {node} must be at least 0 and add up to 1; their sum is {sum}."));
        }

        private int FindSet(int node, int player, ulong key, ReadOnlySpan<int> actions)
        {
            int decision = _lastDecision[(node * game.Players) + player];
            if (!_setOf.TryGetValue((player, key), out int set))
            {
                set = _sets.Count;
                _setOf.Add((player, key), set);
                _sets.Add(new InformationSet(actions.ToArray(), decision, decision < 0 ? 0 : _sets[decision / game.MaxActions].Depth + 1));
            }
            else if (!actions.SequenceEqual(_sets[set].Actions))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Player {player} has different actions in states with the same information, key {key}."));
            }
            else if (_sets[set].LastDecision != decision)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Player {player} has forgotten what it did before, key {key}: the game has no perfect recall."));
            }

            _sets[set].Nodes.Add(node);
            return set;
        }
    }
}
