using OptiCore.Persistence;

namespace OptiCore.RL.Games;

/// <summary>
/// A run of counterfactual regret minimisation: the regrets of every information set, and the average strategy, which tends to an equilibrium of a zero-sum game of two.
/// </summary>
/// <remarks>
/// An iteration is three sweeps over the tree's nodes for all players together, or three for each player in turn. Nothing is allocated by <see cref="Iterate"/>. There is no randomness: the same tree gives the same bits, and a saved and loaded
/// run goes on to identical bits.
/// </remarks>
public sealed class RegretMinimization : IPersistent
{
    private readonly GameTree _tree;
    private readonly bool _isPlus;
    private readonly bool _isAlternating;
    private readonly int _delay;
    private readonly double[] _regrets;
    private readonly double[] _sums;
    private readonly double[] _strategy;
    private readonly double[] _values;
    private readonly double[] _reach;
    private readonly double[] _change;
    private readonly double[] _ownReach;
    private long _iterations;

    internal RegretMinimization(GameTree tree, bool isPlus, bool isAlternating, int delay)
    {
        _tree = tree;
        _isPlus = isPlus;
        _isAlternating = isAlternating;
        _delay = delay;
        _regrets = new double[tree.StrategyLength];
        _sums = new double[tree.StrategyLength];
        _strategy = new double[tree.StrategyLength];
        _change = new double[tree.StrategyLength];
        _values = new double[tree.Nodes * tree.Players];
        _ownReach = new double[tree.InformationSets];

        // For each node one number for each player's part in leading there, and one for chance's.
        _reach = new double[tree.Nodes * (tree.Players + 1)];
        tree.Uniform(_strategy);
    }

    /// <summary>The game.</summary>
    public GameTree Tree => _tree;

    /// <summary>The number of iterations so far.</summary>
    public long Iterations => _iterations;

    /// <summary>The strategies that the next iteration starts with, by regret matching.</summary>
    public ReadOnlySpan<double> CurrentStrategy => _strategy;

    /// <summary>The cumulative counterfactual regrets, one for each pair of an information set and an action.</summary>
    public ReadOnlySpan<double> Regrets => _regrets;

    /// <summary>Runs some iterations.</summary>
    /// <param name="iterations">How many, at least 0.</param>
    public void Iterate(int iterations = 1)
    {
        Require.NonNegative(iterations, nameof(iterations));
        for (int i = 0; i < iterations; i++)
        {
            _iterations++;
            if (_isAlternating)
            {
                for (int player = 0; player < _tree.Players; player++)
                    Update(player);
            }
            else
            {
                Update(-1);
            }
        }
    }

    /// <summary>Writes the average strategy: the one whose exploitability vanishes. Equal probabilities where nothing has been averaged.</summary>
    /// <param name="strategy">Receives <see cref="GameTree.StrategyLength"/> probabilities.</param>
    public void AverageStrategy(Span<double> strategy)
    {
        Require.Length(strategy.Length, _sums.Length, nameof(strategy));
        for (int set = 0; set < _tree.InformationSets; set++)
            Normalise(_sums.AsSpan(_tree.RangeOf(set)), strategy[_tree.RangeOf(set)]);
    }

    /// <summary>The exploitability of the average strategy.</summary>
    public double Exploitability()
    {
        double[] strategy = new double[_sums.Length];
        AverageStrategy(strategy);
        return _tree.Exploitability(strategy);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_isPlus ? 1 : 0, "a floor under regrets (1) or none (0):");
        archive.Expect(_isAlternating ? 1 : 0, "players updated in turn (1) or together (0):");
        archive.Expect(_delay, "an averaging delay of");
        archive.Transfer(ref _iterations);
        archive.Transfer<double>(_regrets);
        archive.Transfer<double>(_sums);
        archive.Transfer<double>(_strategy);
    }

    /// <summary>One player's update, or all players' for -1.</summary>
    private void Update(int player)
    {
        _tree.Evaluate(_strategy, _values);
        SweepReach();
        _change.AsSpan().Clear();
        SweepRegrets(player);
        Average(player);
        for (int set = 0; set < _tree.InformationSets; set++)
        {
            if (player >= 0 && _tree.PlayerOf(set) != player)
                continue;
            Span<double> regrets = _regrets.AsSpan(_tree.RangeOf(set));
            ReadOnlySpan<double> change = _change.AsSpan(_tree.RangeOf(set));
            for (int k = 0; k < regrets.Length; k++)
                regrets[k] = _isPlus ? Math.Max(regrets[k] + change[k], 0) : regrets[k] + change[k];
            Normalise(regrets, _strategy.AsSpan(_tree.RangeOf(set)));
        }
    }

    private void SweepReach()
    {
        int width = _tree.Players + 1;
        _reach.AsSpan(0, width).Fill(1);
        for (int node = 0; node < _tree.Nodes; node++)
        {
            int mover = _tree.PlayerAt(node), first = _tree.FirstChild(node), count = _tree.Children(node);
            int column = mover < 0 ? _tree.Players : mover, set = _tree.SetAt(node);
            ReadOnlySpan<double> reach = _reach.AsSpan(node * width, width);
            for (int k = 0; k < count; k++)
            {
                Span<double> child = _reach.AsSpan((first + k) * width, width);
                reach.CopyTo(child);
                child[column] *= set < 0 ? _tree.ChanceOf(first + k) : _strategy[_tree.OffsetOf(set) + k];
            }
        }
    }

    /// <summary>Adds to every action of a set what it would have earned more than the strategy, weighed by how likely the others and chance lead there.</summary>
    private void SweepRegrets(int player)
    {
        int players = _tree.Players, width = players + 1;
        for (int node = 0; node < _tree.Nodes; node++)
        {
            int set = _tree.SetAt(node);
            if (set < 0)
                continue;
            int mover = _tree.PlayerAt(node), first = _tree.FirstChild(node), count = _tree.Children(node), offset = _tree.OffsetOf(set);
            ReadOnlySpan<double> reach = _reach.AsSpan(node * width, width);
            _ownReach[set] = reach[mover];
            if (player >= 0 && mover != player)
                continue;
            double others = 1;
            for (int j = 0; j < width; j++)
                others *= j == mover ? 1 : reach[j];
            double value = _values[(node * players) + mover];
            for (int k = 0; k < count; k++)
                _change[offset + k] += others * (_values[((first + k) * players) + mover] - value);
        }
    }

    /// <summary>Adds the strategies to the average, weighed by how likely the player itself leads to the set; in the second form that of the next player, and the later the more.</summary>
    private void Average(int player)
    {
        double weight = _isPlus ? Math.Max(_iterations - _delay, 0) : 1;
        for (int set = 0; set < _tree.InformationSets; set++)
        {
            // In a turn of player p, the next player's strategy is averaged: each of them once in an iteration.
            if (player >= 0 && _tree.PlayerOf(set) != (player + 1) % _tree.Players)
                continue;
            Span<double> sums = _sums.AsSpan(_tree.RangeOf(set));
            ReadOnlySpan<double> strategy = _strategy.AsSpan(_tree.RangeOf(set));
            for (int k = 0; k < sums.Length; k++)
                sums[k] += weight * _ownReach[set] * strategy[k];
        }
    }

    /// <summary>Probabilities in proportion to the positive part of numbers, equal ones where there is none.</summary>
    private static void Normalise(ReadOnlySpan<double> numbers, Span<double> probabilities)
    {
        double sum = 0;
        foreach (double number in numbers)
            sum += Math.Max(number, 0);
        for (int k = 0; k < numbers.Length; k++)
            probabilities[k] = sum > 0 ? Math.Max(numbers[k], 0) / sum : 1.0 / numbers.Length;
    }
}
