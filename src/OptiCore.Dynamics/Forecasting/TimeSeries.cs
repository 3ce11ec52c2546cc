using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>
/// States observed at equal distances of time, in one or more uninterrupted pieces, with the inputs (controls) that acted, if any:
/// <code>
/// TimeSeries data = TimeSeries.From(Ode.Solve(new ExplicitRungeKutta(), lorenz, (0, 20), [-8, 8, 27], saveAt: times));
/// </code>
/// </summary>
public sealed class TimeSeries
{
    private readonly double[] _states;
    private readonly double[] _inputs;
    private readonly int[] _starts;

    /// <summary>Makes a series of one piece.</summary>
    /// <param name="states">The states, m x n, row-major, finite, in the order of time.</param>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="step">The time between two states. Default: 1.</param>
    /// <param name="inputs">The inputs, m x p, row-major: row k acts from state k to state k + 1. Empty for none.</param>
    /// <param name="inputDimension">The number p of inputs.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    public TimeSeries(ReadOnlySpan<double> states, int dimension, double step = 1, ReadOnlySpan<double> inputs = default, int inputDimension = 0)
        : this(Checked(states, dimension, nameof(states)), dimension, step, inputs.ToArray(), inputDimension, [0, states.Length / dimension])
    {
        Require.NonNegative(inputDimension, nameof(inputDimension));
        Require.Length(inputs.Length, Count * inputDimension, nameof(inputs));
        Require.AllFinite(inputs, nameof(inputs));
    }

    private TimeSeries(double[] states, int dimension, double step, double[] inputs, int inputDimension, int[] starts)
    {
        Dimension = dimension;
        Step = Require.Positive(step, nameof(step));
        InputDimension = inputDimension;
        (_states, _inputs, _starts) = (states, inputs, starts);
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The number p of inputs; 0 without.</summary>
    public int InputDimension { get; }

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <summary>The number m of states in all pieces.</summary>
    public int Count => _starts[^1];

    /// <summary>The number of uninterrupted pieces.</summary>
    public int Pieces => _starts.Length - 1;

    /// <summary>The number of pairs of a state and its successor.</summary>
    public int PairCount => Count - Pieces;

    /// <summary>All states, m x n, row-major.</summary>
    public ReadOnlySpan<double> States => _states;

    /// <summary>All inputs, m x p, row-major; empty without.</summary>
    public ReadOnlySpan<double> Inputs => _inputs;

    /// <summary>One state.</summary>
    /// <param name="index">Its number among all, from 0.</param>
    public ReadOnlySpan<double> this[int index] => _states.AsSpan(index * Dimension, Dimension);

    /// <summary>Where a piece begins and how long it is.</summary>
    /// <param name="piece">Its number, from 0.</param>
    public (int Start, int Count) Piece(int piece) => (_starts[piece], _starts[piece + 1] - _starts[piece]);

    /// <summary>The input that acts from one state on.</summary>
    /// <param name="index">The state's number.</param>
    public ReadOnlySpan<double> Input(int index) => _inputs.AsSpan(index * InputDimension, InputDimension);

    /// <summary>The saved states of an integration, whose times must be equally spaced.</summary>
    /// <param name="result">The integration's result, with at least two saved states.</param>
    /// <exception cref="ArgumentException">There are too few states, or the times aren't equally spaced to a millionth of their distance.</exception>
    public static TimeSeries From(OdeResult result)
    {
        Require.NotNull(result);
        double[] t = result.Times;
        if (t.Length < 2)
            throw new ArgumentException($"{t.Length} states are saved: a series needs at least two.", nameof(result));
        double step = (t[^1] - t[0]) / (t.Length - 1);
        for (int i = 1; i < t.Length; i++)
        {
            if (!(step > 0) || Math.Abs(t[i] - t[i - 1] - step) > 1e-6 * step)
            {
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"The time step before t = {t[i]} is {t[i] - t[i - 1]}, on average it is {step}: save at equally spaced, increasing times."), nameof(result));
            }
        }

        return new TimeSeries(result.States, result.Dimension, step);
    }

    /// <summary>Pairs of a state and its successor, each a piece of its own: what samples of a map or a flow are.</summary>
    /// <param name="states">The states, m x n, row-major.</param>
    /// <param name="successors">The states one step later, m x n.</param>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="step">The time between the two. Default: 1.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    public static TimeSeries FromPairs(ReadOnlySpan<double> states, ReadOnlySpan<double> successors, int dimension, double step = 1)
    {
        double[] first = Checked(states, dimension, nameof(states)), second = Checked(successors, dimension, nameof(successors));
        Require.Length(second.Length, first.Length, nameof(successors));
        int m = first.Length / dimension;
        var all = new double[2 * first.Length];
        var starts = new int[m + 1];
        for (int i = 0; i < m; i++)
        {
            first.AsSpan(i * dimension, dimension).CopyTo(all.AsSpan(2 * i * dimension));
            second.AsSpan(i * dimension, dimension).CopyTo(all.AsSpan(((2 * i) + 1) * dimension));
            starts[i + 1] = 2 * (i + 1);
        }

        return new TimeSeries(all, dimension, step, [], 0, starts);
    }

    /// <summary>Several series as the pieces of one.</summary>
    /// <param name="series">The series, at least one, of equal dimensions and steps.</param>
    /// <exception cref="ArgumentException">There is none, or they differ in dimension, inputs or step.</exception>
    public static TimeSeries Join(params ReadOnlySpan<TimeSeries> series)
    {
        if (series.IsEmpty)
            throw new ArgumentException("There must be at least one series.", nameof(series));
        TimeSeries first = Require.NotNull(series[0], nameof(series));
        var states = new List<double>();
        var inputs = new List<double>();
        var starts = new List<int> { 0 };
        foreach (TimeSeries one in series)
        {
            if (one.Dimension != first.Dimension || one.InputDimension != first.InputDimension || one.Step != first.Step)
            {
                throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A series of dimension {one.Dimension} with {one.InputDimension} inputs and step {one.Step} can't be joined to one of {first.Dimension}, {first.InputDimension} and {first.Step}."),
                    nameof(series));
            }

            for (int piece = 0; piece < one.Pieces; piece++)
                starts.Add(starts[^1] + one.Piece(piece).Count);
            states.AddRange(one._states);
            inputs.AddRange(one._inputs);
        }

        return new TimeSeries([.. states], first.Dimension, first.Step, [.. inputs], first.InputDimension, [.. starts]);
    }

    /// <summary>A part of a series of one piece.</summary>
    /// <param name="start">The first state.</param>
    /// <param name="count">The number of states.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part lies outside.</exception>
    /// <exception cref="InvalidOperationException">The series has several pieces.</exception>
    public TimeSeries Slice(int start, int count)
    {
        if (Pieces != 1)
            throw new InvalidOperationException($"The series has {Pieces} pieces: a part is taken of one.");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Count);
        return new TimeSeries(
            _states.AsSpan(start * Dimension, count * Dimension), Dimension, Step, _inputs.AsSpan(start * InputDimension, count * InputDimension), InputDimension);
    }

    /// <summary>
    /// The series of delay vectors (x_k, x_(k-lag), ..., x_(k-(d-1)lag)), the newest state first, of dimension n d. Each piece loses its first (d - 1) lag states; pieces that are shorter vanish.
    /// </summary>
    /// <param name="delays">The number d of states in a vector, at least 1; 1 gives the series itself.</param>
    /// <param name="lag">The number of steps between them, at least 1.</param>
    /// <exception cref="ArgumentException">No piece is long enough.</exception>
    public TimeSeries Delayed(int delays, int lag = 1)
    {
        Require.Positive(delays, nameof(delays));
        Require.Positive(lag, nameof(lag));
        if (delays == 1)
            return this;
        int lost = (delays - 1) * lag, n = Dimension, kept = 0;
        var starts = new List<int> { 0 };
        for (int piece = 0; piece < Pieces; piece++)
        {
            if (Piece(piece).Count > lost)
                starts.Add(kept += Piece(piece).Count - lost);
        }

        if (kept == 0)
            throw new ArgumentException($"No piece has more than {lost} states, which {delays} delays of {lag} steps need.", nameof(delays));
        var states = new double[kept * n * delays];
        var inputs = new double[kept * InputDimension];
        int row = 0;
        for (int piece = 0; piece < Pieces; piece++)
        {
            (int start, int count) = Piece(piece);
            for (int i = start + lost; i < start + count; i++, row++)
            {
                for (int d = 0; d < delays; d++)
                    this[i - (d * lag)].CopyTo(states.AsSpan(((row * delays) + d) * n));
                Input(i).CopyTo(inputs.AsSpan(row * InputDimension));
            }
        }

        return new TimeSeries(states, n * delays, Step, inputs, InputDimension, [.. starts]);
    }

    /// <summary>The pairs of states and successors: X and Y, both PairCount x n, and the inputs U that acted, PairCount x p.</summary>
    internal (double[] X, double[] Y, double[] U) Pairs()
    {
        var x = new double[PairCount * Dimension];
        var y = new double[PairCount * Dimension];
        var u = new double[PairCount * InputDimension];
        int row = 0;
        for (int piece = 0; piece < Pieces; piece++)
        {
            (int start, int count) = Piece(piece);
            int pairs = count - 1;
            _states.AsSpan(start * Dimension, pairs * Dimension).CopyTo(x.AsSpan(row * Dimension));
            _states.AsSpan((start + 1) * Dimension, pairs * Dimension).CopyTo(y.AsSpan(row * Dimension));
            _inputs.AsSpan(start * InputDimension, pairs * InputDimension).CopyTo(u.AsSpan(row * InputDimension));
            row += pairs;
        }

        return (x, y, u);
    }

    private static double[] Checked(ReadOnlySpan<double> states, int dimension, string name)
    {
        Require.Positive(dimension, nameof(dimension));
        Require.Length(states.Length, states.Length / dimension * dimension, name);
        if (states.IsEmpty)
            throw new ArgumentException("There must be at least one state.", name);
        Require.AllFinite(states, name);
        return states.ToArray();
    }
}
