using System.Globalization;
using System.Text;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// Next-generation reservoir computing, a nonlinear vector autoregression: x_k+1 = x_k + W psi(x_k, x_(k-s), ..., x_(k-(d-1)s)) with a library psi of the delayed states, by ridge regression.
/// <code>
/// DelayRegression model = new NextGenerationReservoir { Delays = 2, Ridge = 2.5e-6 }.Fit(train);
/// model.Forecast(train.States, forecast);
/// </code>
/// </summary>
/// <remarks>
/// <para>Needs some hundred states where an <see cref="EchoStateNetwork"/> needs thousands, and has no random matrices; exact for polynomial maps when the library holds them. The library decides: the wrong one predicts
/// poorly (Y. Zhang and S. P. Cornelius 2023, Catch-22s of reservoir computing). Successive states of a finely sampled flow are nearly equal: from data without any noise a small ridge then gives weights
/// that cancel one another, and an unstable model; raise the ridge, or let delays lie further apart.</para>
/// <para>The regression minimises |Y - Psi W'|^2 + ridge |W|^2, by an orthogonal factorization of [Psi; sqrt(ridge) I], 2 (m + N) N^2 operations; the constant isn't penalised less than other functions.</para>
/// <para>D. J. Gauthier, E. Bollt, A. Griffith and W. A. S. Barbosa (2021), Next generation reservoir computing, Nature Communications 12, 5564.</para>
/// </remarks>
[Algorithm("Next-generation reservoir computing", "Forecasting", "Gauthier, Bollt, Griffith, Barbosa (2021), Next generation reservoir computing")]
public sealed record NextGenerationReservoir
{
    /// <summary>The number d of states that the library sees. Default: 2.</summary>
    public int Delays { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The number s of steps between them. Default: 1.</summary>
    public int Skip { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The functions of the n d delayed values, the newest state first. Default: monomials to degree 2.</summary>
    public FeatureLibrary Library { get; init => field = Require.NotNull(value, nameof(Library)); } = new MonomialFeatures();

    /// <summary>The ridge, at least 0. Default: 2.5e-6, as in the paper.</summary>
    public double Ridge { get; init => field = Require.NonNegative(value); } = 2.5e-6;

    /// <summary>Whether differences of states are predicted, as in the paper, or states. Default: differences.</summary>
    public bool PredictDifferences { get; init; } = true;

    /// <summary>Fits the weights.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">No piece is long enough, or the library isn't finite at a state.</exception>
    public DelayRegression Fit(TimeSeries data)
    {
        Require.NotNull(data);
        TimeSeries delayed = data.Delayed(Delays, Skip);
        int m = delayed.PairCount, n = data.Dimension, width = delayed.Dimension, count = Library.Count(width);
        if (m < 1)
            throw new ArgumentException($"The series has {data.Count} states in {data.Pieces} pieces: too few for {Delays} delays of {Skip} steps and a successor.", nameof(data));
        (double[] x, double[] y, _) = delayed.Pairs();
        int rows = m + (Ridge > 0 ? count : 0);
        double[] features = new double[rows * count], right = new double[rows], column = new double[count], weights = new double[n * count];
        Library.Matrix(x, width).CopyTo(features, 0);
        Require.AllFinite<double>(features, nameof(data));
        for (int j = 0; j < count && Ridge > 0; j++)
            features[((m + j) * count) + j] = Math.Sqrt(Ridge);
        var solver = new CompleteOrthogonal<double>(rows, count);
        solver.Factor(features);
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < m; k++)
                right[k] = y[(k * width) + i] - (PredictDifferences ? x[(k * width) + i] : 0);
            solver.Solve(right, column);
            column.CopyTo(weights, i * count);
        }

        return new DelayRegression(Library, weights, n, Delays, Skip, PredictDifferences);
    }
}

/// <summary>A map from delayed states to the next one, linear in functions of them.</summary>
public sealed class DelayRegression : IForecaster
{
    private readonly double[] _weights;

    internal DelayRegression(FeatureLibrary library, double[] weights, int dimension, int delays, int skip, bool differences)
    {
        (Library, _weights, Dimension, Delays, Skip, PredictsDifferences) = (library, weights, dimension, delays, skip, differences);
        FeatureCount = weights.Length / dimension;
    }

    /// <summary>The functions of the delayed values.</summary>
    public FeatureLibrary Library { get; }

    /// <summary>The number N of functions.</summary>
    public int FeatureCount { get; }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>The number d of states that the library sees.</summary>
    public int Delays { get; }

    /// <summary>The number s of steps between them.</summary>
    public int Skip { get; }

    /// <summary>Whether the map gives the difference to the newest state.</summary>
    public bool PredictsDifferences { get; }

    /// <inheritdoc/>
    public int Memory => ((Delays - 1) * Skip) + 1;

    /// <summary>The weights W, n x N, row-major.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, width = n * Delays, steps = ForecastArguments.Check(this, history, forecast), known = history.Length / n;
        double[] point = new double[width], features = new double[FeatureCount];
        for (int k = 0; k < steps; k++)
        {
            for (int d = 0; d < Delays; d++)
            {
                // Counted from the end of the history, where the forecast begins.
                int at = k - 1 - (d * Skip);
                ReadOnlySpan<double> state = at >= 0 ? forecast.Slice(at * n, n) : history.Slice((known + at) * n, n);
                state.CopyTo(point.AsSpan(d * n));
            }

            Library.Evaluate(point, features);
            Span<double> next = forecast.Slice(k * n, n);
            if (PredictsDifferences)
                point.AsSpan(0, n).CopyTo(next);
            Blas.Gemv(false, n, FeatureCount, 1.0, _weights, FeatureCount, features, PredictsDifferences ? 1.0 : 0.0, next);
        }
    }

    /// <summary>The equations, terms above a millionth of the largest.</summary>
    public override string ToString()
    {
        var variables = new string[Dimension * Delays];
        for (int i = 0; i < variables.Length; i++)
        {
            int lag = i / Dimension * Skip;
            variables[i] = string.Create(CultureInfo.InvariantCulture, $"x{i % Dimension}[k{(lag == 0 ? "" : "-" + lag.ToString(CultureInfo.InvariantCulture))}]");
        }

        string[] names = Library.Names(variables);
        double least = 1e-6 * Numerics.Reduce.MaxNorm<double>(_weights);
        var text = new StringBuilder();
        for (int i = 0; i < Dimension; i++)
        {
            if (i > 0)
                text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"x{i}[k+1] ={(PredictsDifferences ? $" x{i}[k]" : "")}");
            for (int j = 0; j < FeatureCount; j++)
            {
                double weight = _weights[(i * FeatureCount) + j];
                if (Math.Abs(weight) > least)
                    text.Append(CultureInfo.InvariantCulture, $" {(weight < 0 ? '-' : '+')} {Math.Abs(weight):g4}{(names[j] == "1" ? "" : " " + names[j])}");
            }
        }

        return text.ToString();
    }
}
