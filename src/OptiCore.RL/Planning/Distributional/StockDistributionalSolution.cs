using System.Globalization;

namespace OptiCore.RL;

/// <summary>A plan that depends on the state and on the stock, with the distribution of the return that it leads to.</summary>
public sealed class StockDistributionalSolution
{
    private readonly StockDistributionalIteration _options;
    private readonly int _states;
    private readonly double[] _values;
    private readonly int[] _actions;
    private readonly double[] _laws;

    internal StockDistributionalSolution(StockDistributionalIteration options, bool converged, int sweeps, int states, double[] values, int[] actions, double[] laws)
    {
        _options = options;
        Converged = converged;
        Sweeps = sweeps;
        _states = states;
        _values = values;
        _actions = actions;
        _laws = laws;
    }

    /// <summary>Whether the tolerance was reached.</summary>
    public bool Converged { get; }

    /// <summary>The number of sweeps that chose actions.</summary>
    public int Sweeps { get; }

    /// <summary>The best action at a state and a stock: that of the nearest stock of the grid.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stock">The stock.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public int Action(int state, double stock)
    {
        (int index, double weight) = Locate(state, stock);
        return _actions[index + (weight > 0.5 ? 1 : 0)];
    }

    /// <summary>The stock after a reward: (c + r) / gamma. An episode begins with the first stock that was chosen for it.</summary>
    /// <param name="stock">The stock before.</param>
    /// <param name="reward">The reward.</param>
    public double NextStock(double stock, double reward) => (stock + reward) / _options.Discount;

    /// <summary>The expected utility of stock plus return, interpolated between the stocks of the grid.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stock">The stock.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public double Value(int state, double stock)
    {
        (int index, double weight) = Locate(state, stock);
        return ((1 - weight) * _values[index]) + (weight * _values[index + 1]);
    }

    /// <summary>Writes the probabilities of the returns of the grid at the nearest stock of the grid.</summary>
    /// <param name="state">The state.</param>
    /// <param name="stock">The stock.</param>
    /// <param name="probabilities">Receives one probability for each of <see cref="StockDistributionalIteration.Returns"/>.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public void Distribution(int state, double stock, Span<double> probabilities)
    {
        Require.Length(probabilities.Length, _options.Returns.Points, nameof(probabilities));
        (int index, double weight) = Locate(state, stock);
        _laws.AsSpan((index + (weight > 0.5 ? 1 : 0)) * probabilities.Length, probabilities.Length).CopyTo(probabilities);
    }

    /// <summary>
    /// The highest conditional value at risk from a state, the mean of the worst part tau of returns, max_c (E min(c + G, 0) / tau - c), and the stock c to begin with: minus the tau-quantile of the return
    /// (R. T. Rockafellar, S. Uryasev (2000), "Optimization of conditional value-at-risk").
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="level">The part tau of (0, 1].</param>
    /// <returns>The first stock and the value, the smallest such stock of the grid.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state, or the level is outside (0, 1].</exception>
    /// <exception cref="InvalidOperationException">The plan is for another utility than <see cref="StockUtility.LowerTail"/>.</exception>
    public (double Stock, double Value) ConditionalValueAtRisk(int state, double level)
    {
        Require.InOpenClosed(level, 0, 1, nameof(level));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)_states, nameof(state));
        if (!_options.Utility.Equals(StockUtility.LowerTail))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The conditional value at risk needs a plan for {nameof(StockUtility)}.{nameof(StockUtility.LowerTail)}, not for {_options.Utility}."));
        (double stock, double value) = (0, double.NegativeInfinity);
        for (int k = 0; k < _options.Stocks.Points; k++)
        {
            double candidate = (_values[(state * _options.Stocks.Points) + k] / level) - _options.Stocks[k];
            if (candidate > value)
                (stock, value) = (_options.Stocks[k], candidate);
        }

        return (stock, value);
    }

    private (int Index, double Weight) Locate(int state, double stock)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)_states, nameof(state));
        (int index, double weight) = _options.Stocks.Locate(stock);
        return ((state * _options.Stocks.Points) + index, weight);
    }
}
