using System.Globalization;
using System.Numerics;
using System.Text;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// What a mode decomposition found: x(t) = Re sum_j b_j phi_j exp(w_j t) with modes phi, amplitudes b and exponents w = log(lambda) / step, and the linear map that advances any state.
/// </summary>
public sealed class DynamicModes : IForecaster
{
    private readonly Complex[] _values;
    private readonly Complex[] _exponents;
    private readonly Complex[] _modes;
    private readonly Complex[] _amplitudes;
    private readonly double[] _basis;
    private readonly double[] _forward;
    private readonly double[] _input;
    private readonly double[] _singularValues;
    private readonly int _width;

    internal DynamicModes(
        int dimension, int delays, double step, Complex[] values, Complex[] modes, Complex[] amplitudes, double[] basis, double[] forward, double[] input, int inputs, double[] singularValues,
        Complex[]? exponents = null)
    {
        (Dimension, Delays, Step, InputDimension, _width) = (dimension, delays, step, inputs, dimension * delays);
        (_values, _modes, _amplitudes, _basis, _forward, _input, _singularValues) = (values, modes, amplitudes, basis, forward, input, singularValues);
        _exponents = exponents ?? Array.ConvertAll(values, value => value == Complex.Zero ? new Complex(double.NegativeInfinity, 0) : Complex.Log(value) / step);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>The number d of states that the map sees.</summary>
    public int Delays { get; }

    /// <summary>The number p of inputs; 0 without.</summary>
    public int InputDimension { get; }

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <inheritdoc/>
    public int Memory => Delays;

    /// <summary>The rank r, the number of modes.</summary>
    public int Rank => _values.Length;

    /// <summary>The eigenvalues lambda of the map over one step.</summary>
    public ReadOnlySpan<Complex> Eigenvalues => _values;

    /// <summary>The exponents w = log(lambda) / step; minus infinity for an eigenvalue 0.</summary>
    public ReadOnlySpan<Complex> Exponents => _exponents;

    /// <summary>The amplitudes b.</summary>
    public ReadOnlySpan<Complex> Amplitudes => _amplitudes;

    /// <summary>The singular values of the data from which the rank was chosen.</summary>
    public ReadOnlySpan<double> SingularValues => _singularValues;

    /// <summary>The transposed matrix B' of the inputs' effects, p x n d, row-major; empty without inputs.</summary>
    public ReadOnlySpan<double> InputRows => _input;

    /// <summary>A mode, n d elements; the newest state's part comes first.</summary>
    /// <param name="j">Its number, from 0.</param>
    public ReadOnlySpan<Complex> Mode(int j) => _modes.AsSpan(j * _width, _width);

    /// <summary>The frequency of a mode in cycles per unit of time, Im w / (2 pi).</summary>
    /// <param name="j">Its number, from 0.</param>
    public double Frequency(int j) => _exponents[j].Imaginary / (2 * Math.PI);

    /// <summary>The growth rate of a mode, Re w; negative for decay.</summary>
    /// <param name="j">Its number, from 0.</param>
    public double GrowthRate(int j) => _exponents[j].Real;

    /// <summary>The fitted series at a time, Re sum_j b_j phi_j exp(w_j t).</summary>
    /// <param name="time">The time after the first fitted state (the first delay vector, with delays).</param>
    /// <param name="state">Receives the state, n elements.</param>
    public void Reconstruct(double time, Span<double> state)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        state.Clear();
        for (int j = 0; j < Rank; j++)
        {
            Complex factor = _values[j] == Complex.Zero ? time == 0 ? _amplitudes[j] : Complex.Zero : _amplitudes[j] * Complex.Exp(_exponents[j] * time);
            for (int i = 0; i < state.Length; i++)
                state[i] += (factor * _modes[(j * _width) + i]).Real;
        }
    }

    /// <summary>One step of the map, A x + B u. About 4 n d r operations.</summary>
    /// <param name="state">The state, n d elements: with delays the newest one first.</param>
    /// <param name="next">Receives the next one, n d elements; apart from the state.</param>
    /// <param name="input">The inputs, p elements; empty for zero.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public void Advance(ReadOnlySpan<double> state, Span<double> next, ReadOnlySpan<double> input = default)
    {
        Require.Length(state.Length, _width, nameof(state));
        Require.Length(next.Length, _width, nameof(next));
        if (!input.IsEmpty)
            Require.Length(input.Length, InputDimension, nameof(input));
        next.Clear();
        for (int k = 0; k < Rank; k++)
            AddScaled(Reduce.Dot<double>(_basis.AsSpan(k * _width, _width), state), _forward.AsSpan(k * _width, _width), next);
        for (int k = 0; k < input.Length; k++)
            AddScaled(input[k], _input.AsSpan(k * _width, _width), next);
    }

    /// <inheritdoc/>
    /// <remarks>Inputs are zero.</remarks>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        ForecastArguments.Check(this, history, forecast);
        Forecast(history, [], forecast);
    }

    /// <summary>Predicts the states after a history under given inputs.</summary>
    /// <param name="history">The last states, at least <see cref="Memory"/> rows of n, the newest last.</param>
    /// <param name="inputs">The inputs of each predicted step, h x p; empty for zero.</param>
    /// <param name="forecast">Receives h rows of n.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public void Forecast(ReadOnlySpan<double> history, ReadOnlySpan<double> inputs, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        if (!inputs.IsEmpty)
            Require.Length(inputs.Length, steps * InputDimension, nameof(inputs));
        Span<double> scratch = 2 * _width <= FeatureLibrary.StackLimit ? stackalloc double[2 * _width] : new double[2 * _width];
        Span<double> state = scratch[.._width], next = scratch[_width..];
        for (int d = 0; d < Delays; d++)
            history.Slice(history.Length - ((d + 1) * n), n).CopyTo(state[(d * n)..]);
        for (int step = 0; step < steps; step++)
        {
            Advance(state, next, inputs.IsEmpty ? [] : inputs.Slice(step * InputDimension, InputDimension));

            // What the map says of states that are already known is replaced by them.
            state[..^n].CopyTo(next[n..]);
            next.CopyTo(state);
            next[..n].CopyTo(forecast[(step * n)..]);
        }
    }

    /// <summary>One line for each mode: eigenvalue, frequency, growth rate, amplitude times norm.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Rank} modes of {Dimension} variables{(Delays > 1 ? $" with {Delays} delays" : "")}, step {Step:g6}");
        for (int j = 0; j < Rank; j++)
        {
            double norm = 0;
            foreach (Complex value in Mode(j))
                norm += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
            text.AppendLine();
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {_values[j].Real:f6} {(_values[j].Imaginary < 0 ? '-' : '+')} {Math.Abs(_values[j].Imaginary):f6}i  frequency {Frequency(j):g6}  growth {GrowthRate(j):g6}  size {Complex.Abs(_amplitudes[j]) * Math.Sqrt(norm):g4}");
        }

        return text.ToString();
    }

    private static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] += a * x[i];
    }
}
