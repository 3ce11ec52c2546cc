using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Planning;

/// <summary>How large a tree may grow, and how returns are discounted.</summary>
public sealed record TreeSearchLimits
{
    /// <summary>The discount of (0, 1]. Default: 1.</summary>
    public double Discount { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The largest number of nodes. Memory is reserved for all of them; a full tree is searched on without growing. Default: 100,000.</summary>
    public int MaxNodes { get; init => field = Require.AtLeast(value, 2); } = 100_000;

    /// <summary>The largest number of actions from the root down; what lies deeper is left to the evaluator. Default: 200.</summary>
    public int MaxDepth { get; init => field = Require.Positive(value); } = 200;
}

/// <summary>
/// A Monte-Carlo tree search in progress. A simulation walks down the tree by the algorithm's formula, adds the first state that it doesn't know, has it evaluated, and takes what came of it back up to the root. Where a step is random, each
/// state that has followed an action is a node of its own, with the mean of the rewards.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
/// <remarks>
/// Values are those of player 0; at nodes of player 1 the formulas see them with the opposite sign. Everything is allocated by the start: <see cref="Simulate"/> allocates nothing. Simulation k draws from <c>key.Fold(k)</c>, so that a saved and
/// loaded search goes on to identical bits. A search is used by one thread at a time.
/// </remarks>
public sealed class TreeSearch<TState> : IPersistent where TState : unmanaged, IEquatable<TState>
{
    private readonly ISimulator<TState> _simulator;
    private readonly ILeafEvaluator<TState> _evaluator;
    private readonly TreeRule _rule;
    private readonly TreeSearchLimits _limits;
    private readonly double _rootNoise;
    private readonly double _rootNoiseShape;
    private readonly int _width;

    private readonly TreeNode<TState>[] _nodes;
    private readonly int[] _actions;
    private readonly int[] _edgeVisits;
    private readonly int[] _edgeChild;
    private readonly double[] _edgeSum;
    private readonly double[] _edgePrior;

    private readonly int[] _pathNodes;
    private readonly int[] _pathEdges;
    private readonly double[] _pathRewards;
    private readonly double[] _values;
    private readonly double[] _scratch;
    private readonly int[] _spareActions;
    private RandomKey _key;
    private int _count;
    private long _simulations;

    internal TreeSearch(
        ISimulator<TState> simulator, ILeafEvaluator<TState>? evaluator, TreeRule rule, TreeSearchLimits limits, double rootNoise = 0, double rootNoiseShape = 1)
    {
        _simulator = Require.NotNull(simulator);
        _rule = rule;
        _limits = limits;
        _evaluator = evaluator ?? new RandomRollout<TState>(simulator, limits.Discount);
        _rootNoise = rootNoise;
        _rootNoiseShape = rootNoiseShape;
        _width = Require.Positive(simulator.MaxActions, nameof(simulator.MaxActions));
        _nodes = new TreeNode<TState>[limits.MaxNodes];
        int edges = checked(limits.MaxNodes * _width);
        _actions = new int[edges];
        _edgeVisits = new int[edges];
        _edgeChild = new int[edges];
        _edgeSum = new double[edges];
        _edgePrior = new double[edges];
        _pathNodes = new int[limits.MaxDepth + 1];
        _pathEdges = new int[limits.MaxDepth];
        _pathRewards = new double[limits.MaxDepth];
        _values = new double[_width];
        _scratch = new double[_width];
        _spareActions = new int[_width];
    }

    /// <summary>The number of simulations from the root.</summary>
    public long Simulations => _simulations;

    /// <summary>The number of nodes of the tree.</summary>
    public int Nodes => _count;

    /// <summary>The number of legal actions of the root.</summary>
    public int ActionCount => Root.Actions;

    /// <summary>The value of the root for player 0: the mean return of the simulations, or the regularised value.</summary>
    public double Value => Root.Value;

    /// <summary>
    /// The action to play: the one taken most often, the better one among equals; with the regularised searches the one of the largest value among those that were taken.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was no simulation yet.</exception>
    public int BestAction
    {
        get
        {
            if (_simulations == 0)
                throw new InvalidOperationException("There was no simulation yet: call Simulate first.");
            int sign = Root.Player == 0 ? 1 : -1, best = -1;
            for (int a = 0; a < Root.Actions; a++)
            {
                if (_edgeVisits[a] == 0)
                    continue;
                int more = best < 0 ? 1 : _rule.IsRegularized ? 0 : _edgeVisits[a].CompareTo(_edgeVisits[best]);
                if (more > 0 || (more == 0 && sign * EdgeValue(0, a) > sign * EdgeValue(0, best)))
                    best = a;
            }

            return _actions[best];
        }
    }

    private ref TreeNode<TState> Root
    {
        get
        {
            if (_count == 0)
                throw new InvalidOperationException("The search has no root: call Begin(state, key) first.");
            return ref _nodes[0];
        }
    }

    /// <summary>Gives up the tree and begins a new one.</summary>
    /// <param name="root">The state to search from; not terminal.</param>
    /// <param name="key">The randomness of the search.</param>
    public void Begin(TState root, RandomKey key)
    {
        _key = key;
        _count = 0;
        _simulations = 0;
        AddNode(root, isTerminal: false, sibling: -1);
        RandomStream stream = key.Fold("root").Stream();
        double value = Expand(0, ref stream);
        if (_rule.IsRegularized)
            _nodes[0].Value = value;
        if (_rootNoise > 0)
            AddNoise(ref stream);
    }

    /// <summary>Runs some simulations.</summary>
    /// <param name="simulations">How many, at least 0.</param>
    /// <exception cref="InvalidOperationException">The search has no root.</exception>
    public void Simulate(int simulations)
    {
        Require.NonNegative(simulations, nameof(simulations));
        _ = Root;
        for (int k = 0; k < simulations; k++)
        {
            RandomStream stream = _key.Fold(_simulations++).Stream();
            Walk(ref stream);
        }
    }

    /// <summary>An action of the root with what the search knows of it.</summary>
    /// <param name="index">The action's place among the legal ones, 0 to <see cref="ActionCount"/> - 1.</param>
    /// <returns>The action, how often it was taken, its value for player 0 (NaN when it never was), and its prior.</returns>
    public (int Action, int Visits, double Value, double Prior) RootAction(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Root.Actions, nameof(index));
        return (_actions[index], _edgeVisits[index], _edgeVisits[index] == 0 ? double.NaN : EdgeValue(0, index), _edgePrior[index]);
    }

    /// <summary>The policy of the root: the share of the visits of each action, or the regularised policy. What a network is trained towards.</summary>
    /// <param name="policy">Receives <see cref="ActionCount"/> probabilities.</param>
    public void RootPolicy(Span<double> policy)
    {
        Require.Length(policy.Length, Root.Actions, nameof(policy));
        if (_rule.IsRegularized)
        {
            ReadValues(0);
            _rule.Regularized(_values.AsSpan(0, policy.Length), _edgeVisits.AsSpan(0, policy.Length), _edgePrior.AsSpan(0, policy.Length), policy);
            return;
        }

        double total = 0;
        for (int a = 0; a < policy.Length; a++)
            total += _edgeVisits[a];
        for (int a = 0; a < policy.Length; a++)
            policy[a] = total == 0 ? 1.0 / policy.Length : _edgeVisits[a] / total;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_nodes.Length, "a largest number of nodes of");
        archive.Expect(_width, "a number of actions of");
        archive.Transfer(ref _key);
        archive.Transfer(ref _simulations);
        archive.Transfer(ref _count);
        if ((uint)_count > (uint)_nodes.Length)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved search has {_count} nodes, more than the {_nodes.Length} that fit."));
        int edges = _count * _width;
        for (int node = 0; node < _count; node++)
            _nodes[node].Persist(archive);
        archive.Transfer(_actions.AsSpan(0, edges));
        archive.Transfer(_edgeVisits.AsSpan(0, edges));
        archive.Transfer(_edgeChild.AsSpan(0, edges));
        archive.Transfer(_edgeSum.AsSpan(0, edges));
        archive.Transfer(_edgePrior.AsSpan(0, edges));
    }

    /// <summary>One simulation: down to a new, terminal or deepest node, and back.</summary>
    private void Walk(ref RandomStream stream)
    {
        int node = 0, depth = 0;
        double leaf = 0;
        _pathNodes[0] = 0;
        while (true)
        {
            int edge = SelectEdge(node, ref stream);
            TState state = _nodes[node].State;
            StepOutcome outcome = _simulator.Step(ref state, _actions[edge], ref stream);
            int child = FindChild(edge, state, outcome.Terminated);
            bool isNew = child < 0;
            if (isNew && _count < _nodes.Length)
            {
                child = AddNode(state, outcome.Terminated, _edgeChild[edge]);
                _edgeChild[edge] = child;
            }

            _pathEdges[depth] = edge;
            _pathRewards[depth] = outcome.Reward;
            _pathNodes[++depth] = child;
            if (child >= 0)
                _nodes[child].AddReward(outcome.Reward);
            if (outcome.Terminated)
                break;
            if (child < 0)
            {
                // The tree is full: the state is evaluated but not kept.
                leaf = EvaluateOnly(state, ref stream);
                break;
            }

            if (isNew || depth == _limits.MaxDepth)
            {
                leaf = isNew ? Expand(child, ref stream) : EvaluateOnly(state, ref stream);
                break;
            }

            node = child;
        }

        if (_rule.IsRegularized)
            BackUpValues(depth, leaf);
        else
            BackUpReturns(depth, leaf);
    }

    /// <summary>Means of returns: every action of the path gets the discounted sum of what followed.</summary>
    private void BackUpReturns(int depth, double total)
    {
        if (_pathNodes[depth] >= 0)
            _nodes[_pathNodes[depth]].Add(total);
        for (int level = depth - 1; level >= 0; level--)
        {
            int edge = _pathEdges[level];
            total = _pathRewards[level] + (_limits.Discount * total);
            _edgeVisits[edge]++;
            _edgeSum[edge] += total;
            _nodes[_pathNodes[level]].Add(total);
        }
    }

    /// <summary>Regularised values: a leaf's is the mean of its evaluations, an action's the mean over what followed it, and a node's is a function of those of its actions.</summary>
    private void BackUpValues(int depth, double leaf)
    {
        int last = _pathNodes[depth];
        if (last >= 0)
            _nodes[last].Add(leaf);
        for (int level = depth - 1; level >= 0; level--)
        {
            int edge = _pathEdges[level], index = _pathNodes[level];
            _edgeVisits[edge]++;
            if (level == depth - 1 && last < 0)
                _edgeSum[edge] += _pathRewards[level] + (_limits.Discount * leaf);
            ref TreeNode<TState> node = ref _nodes[index];
            node.Visits++;
            ReadValues(index);
            int first = index * _width;
            double value = _rule.Regularized(_values.AsSpan(0, node.Actions), _edgeVisits.AsSpan(first, node.Actions), _edgePrior.AsSpan(first, node.Actions), _scratch.AsSpan(0, node.Actions));
            node.Value = node.Player == 0 ? value : -value;
        }
    }

    private int SelectEdge(int node, ref RandomStream stream)
    {
        int first = node * _width, count = _nodes[node].Actions;
        ReadValues(node);
        return first + _rule.Select(_values.AsSpan(0, count), _edgeVisits.AsSpan(first, count), _edgePrior.AsSpan(first, count), _scratch.AsSpan(0, count), ref stream);
    }

    /// <summary>The values of a node's actions from the view of its player.</summary>
    private void ReadValues(int node)
    {
        int first = node * _width, count = _nodes[node].Actions;
        double sign = _nodes[node].Player == 0 ? 1 : -1;
        for (int a = 0; a < count; a++)
            _values[a] = _edgeVisits[first + a] == 0 ? _rule.InitialValue : sign * EdgeValue(node, a);
    }

    private double EdgeValue(int node, int action)
    {
        int edge = (node * _width) + action;
        double sum = _edgeSum[edge];
        if (_rule.IsRegularized)
        {
            for (int child = _edgeChild[edge]; child >= 0; child = _nodes[child].Sibling)
                sum += _nodes[child].Visits * (_nodes[child].Reward + (_limits.Discount * _nodes[child].Value));
        }

        return sum / _edgeVisits[edge];
    }

    private int FindChild(int edge, TState state, bool isTerminal)
    {
        int child = _edgeChild[edge];
        while (child >= 0 && !(_nodes[child].IsTerminal == isTerminal && _nodes[child].State.Equals(state)))
            child = _nodes[child].Sibling;
        return child;
    }

    private int AddNode(TState state, bool isTerminal, int sibling)
    {
        int node = _count++, first = node * _width;
        _nodes[node] = new TreeNode<TState> { State = state, IsTerminal = isTerminal, Sibling = sibling };
        _edgeVisits.AsSpan(first, _width).Clear();
        _edgeSum.AsSpan(first, _width).Clear();
        _edgePrior.AsSpan(first, _width).Clear();
        _actions.AsSpan(first, _width).Clear();
        _edgeChild.AsSpan(first, _width).Fill(-1);
        return node;
    }

    private double Expand(int node, ref RandomStream stream)
    {
        ref TreeNode<TState> added = ref _nodes[node];
        int first = node * _width;
        added.Player = _simulator.PlayerToMove(added.State);
        added.Actions = _simulator.LegalActions(added.State, _actions.AsSpan(first, _width));
        return _evaluator.Evaluate(added.State, _actions.AsSpan(first, added.Actions), _edgePrior.AsSpan(first, added.Actions), ref stream);
    }

    private double EvaluateOnly(TState state, ref RandomStream stream)
    {
        int count = _simulator.LegalActions(state, _spareActions);
        return _evaluator.Evaluate(state, _spareActions.AsSpan(0, count), _scratch.AsSpan(0, count), ref stream);
    }

    /// <summary>Mixes the root's priors with a draw of the symmetric Dirichlet distribution.</summary>
    private void AddNoise(ref RandomStream stream)
    {
        int count = _nodes[0].Actions;
        double sum = 0;
        for (int a = 0; a < count; a++)
            sum += _scratch[a] = stream.NextGamma(_rootNoiseShape);
        for (int a = 0; a < count && sum > 0; a++)
            _edgePrior[a] = ((1 - _rootNoise) * _edgePrior[a]) + (_rootNoise * _scratch[a] / sum);
    }
}

/// <summary>A state of the tree. Its actions are entries of the search's arrays.</summary>
internal struct TreeNode<TState> where TState : unmanaged, IEquatable<TState>
{
    public TState State;
    public double Reward;
    public double Value;
    public int Visits;
    public int Player;
    public int Actions;
    public int Sibling;
    public bool IsTerminal;

    /// <summary>Takes the reward of the step that leads here into its mean, before the visit is counted.</summary>
    public void AddReward(double reward) => Reward += (reward - Reward) / (Visits + 1);

    /// <summary>Takes a return into the mean.</summary>
    public void Add(double total)
    {
        Visits++;
        Value += (total - Value) / Visits;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref State);
        archive.Transfer(ref Reward);
        archive.Transfer(ref Value);
        archive.Transfer(ref Visits);
        archive.Transfer(ref Player);
        archive.Transfer(ref Actions);
        archive.Transfer(ref Sibling);
        archive.Transfer(ref IsTerminal);
    }
}
