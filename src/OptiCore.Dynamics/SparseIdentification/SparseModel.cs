using System.Globalization;
using System.Text;

namespace OptiCore.Dynamics;

/// <summary>
/// A system of identified equations, x' = Xi psi(x, u) or x_k+1 = Xi psi(x_k, u_k). It is printed by <see cref="ToString()"/>, integrated like any <see cref="IOdeSystem"/> (inputs are zero there, or given by
/// <see cref="WithInput"/>), and forecasts.
/// </summary>
public sealed class SparseModel : IOdeSystem, IForecaster
{
    private readonly double[] _coefficients;
    private readonly double[] _inclusion;
    private readonly string[] _variables;

    internal SparseModel(FeatureLibrary library, double[] coefficients, double[] inclusion, string[] variables, int dimension, int inputs, double step, bool isDiscrete)
    {
        (Library, _coefficients, _inclusion, _variables, Dimension, InputDimension, Step, IsDiscrete) = (library, coefficients, inclusion, variables, dimension, inputs, step, isDiscrete);
        FeatureCount = coefficients.Length / dimension;
    }

    /// <summary>The library of terms.</summary>
    public FeatureLibrary Library { get; }

    /// <summary>The number n of state variables and equations.</summary>
    public int Dimension { get; }

    /// <summary>The number p of inputs; 0 without.</summary>
    public int InputDimension { get; }

    /// <summary>The number N of terms in the library.</summary>
    public int FeatureCount { get; }

    /// <summary>The time between two states of the data, and of a forecast.</summary>
    public double Step { get; }

    /// <summary>Whether the equations give the next state instead of the derivative.</summary>
    public bool IsDiscrete { get; }

    /// <inheritdoc/>
    public int Memory => 1;

    /// <summary>How forecasts of differential equations are integrated. Default: Dormand and Prince with relative tolerance 1e-8.</summary>
    public ExplicitRungeKutta Integrator { get; init => field = Require.NotNull(value, nameof(Integrator)); } = new() { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = 1_000_000 };

    /// <summary>The coefficients Xi, n x N, row-major.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The inclusion probabilities of an ensemble, n x N; 1 and 0 for other regressions.</summary>
    public ReadOnlySpan<double> Inclusion => _inclusion;

    /// <summary>The names of state variables and inputs.</summary>
    public ReadOnlySpan<string> Variables => _variables;

    /// <summary>The number of terms that aren't zero in all equations.</summary>
    public int TermCount
    {
        get
        {
            int count = 0;
            foreach (double value in _coefficients)
                count += value != 0 ? 1 : 0;
            return count;
        }
    }

    /// <summary>The coefficient of a term in an equation.</summary>
    /// <param name="equation">The equation, from 0.</param>
    /// <param name="term">The term as it is printed, for example "x y" or "1".</param>
    /// <exception cref="ArgumentException">The library has no such term.</exception>
    public double Coefficient(int equation, string term)
    {
        int at = Array.IndexOf(Library.Names(_variables), term);
        return at >= 0 ? _coefficients[(equation * FeatureCount) + at] : throw new ArgumentException($"The library has no term '{term}'.", nameof(term));
    }

    /// <summary>The right-hand side Xi psi(x, u).</summary>
    /// <param name="state">The state, n elements.</param>
    /// <param name="input">The inputs, p elements; empty for zero.</param>
    /// <param name="result">Receives the derivative, or the next state; n elements.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <remarks>Allocates nothing for libraries of up to 512 functions.</remarks>
    public void Evaluate(ReadOnlySpan<double> state, ReadOnlySpan<double> input, Span<double> result)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        Require.Length(result.Length, Dimension, nameof(result));
        int all = Dimension + InputDimension, size = FeatureCount + (InputDimension > 0 ? all : 0);
        Span<double> scratch = size <= FeatureLibrary.StackLimit ? stackalloc double[size] : new double[size];
        Span<double> features = scratch[..FeatureCount];
        if (InputDimension == 0)
        {
            Library.Evaluate(state, features);
        }
        else
        {
            Span<double> point = scratch[FeatureCount..];
            state.CopyTo(point);
            point[Dimension..].Clear();
            if (!input.IsEmpty)
            {
                Require.Length(input.Length, InputDimension, nameof(input));
                input.CopyTo(point[Dimension..]);
            }

            Library.Evaluate(point, features);
        }

        for (int i = 0; i < result.Length; i++)
        {
            // Terms that are out don't count, even where they aren't finite.
            ReadOnlySpan<double> row = _coefficients.AsSpan(i * FeatureCount, FeatureCount);
            double sum = 0;
            for (int j = 0; j < row.Length; j++)
            {
                if (row[j] != 0)
                    sum += row[j] * features[j];
            }

            result[i] = sum;
        }
    }

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => Evaluate(y, [], dy);

    /// <summary>The system under an input that is a function of time.</summary>
    /// <param name="input">Writes the inputs at a time, p elements.</param>
    public IOdeSystem WithInput(Action<double, Span<double>> input)
    {
        Require.NotNull(input);
        var u = new double[InputDimension];
        return OdeSystem.From(Dimension, (t, y, dy) =>
        {
            input(t, u);
            Evaluate(y, u, dy);
        });
    }

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        if (steps == 0)
            return;
        if (IsDiscrete)
        {
            ReadOnlySpan<double> state = history[^n..];
            for (int k = 0; k < steps; k++)
            {
                Evaluate(state, [], forecast.Slice(k * n, n));
                state = forecast.Slice(k * n, n);
            }

            return;
        }

        OdeState run = Integrator.Start(this, 0, history[^n..], steps * Step, []);
        int next = 1;
        while (next <= steps && run.Step())
        {
            for (; next <= steps && next * Step <= run.Time; next++)
                run.Interpolate(next * Step, forecast.Slice((next - 1) * n, n));
        }

        forecast[((next - 1) * n)..].Fill(double.NaN);
    }

    /// <summary>The equations, with coefficients of four digits.</summary>
    public override string ToString() => ToString(4);

    /// <summary>The equations.</summary>
    /// <param name="digits">The significant digits of coefficients, from 1 to 17.</param>
    public string ToString(int digits)
    {
        Require.InClosed(digits, 1, 17, nameof(digits));
        string[] terms = Library.Names(_variables);
        string format = FormattableString.Invariant($"g{digits}");
        var text = new StringBuilder();
        for (int i = 0; i < Dimension; i++)
        {
            if (i > 0)
                text.AppendLine();
            text.Append(_variables[i]).Append(IsDiscrete ? "[k+1] =" : "' =");
            bool any = false;
            for (int j = 0; j < FeatureCount; j++)
            {
                double value = _coefficients[(i * FeatureCount) + j];
                if (value == 0)
                    continue;
                text.Append(any ? value < 0 ? " - " : " + " : value < 0 ? " -" : " ");
                string number = Math.Abs(value).ToString(format, CultureInfo.InvariantCulture);
                text.Append(terms[j] == "1" ? number : number == "1" ? terms[j] : number + " " + terms[j]);
                any = true;
            }

            if (!any)
                text.Append(" 0");
        }

        return text.ToString();
    }
}
