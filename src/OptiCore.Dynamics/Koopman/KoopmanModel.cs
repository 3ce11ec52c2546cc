using System.Globalization;
using System.Numerics;
using System.Text;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// A finite-dimensional Koopman operator: eigenvalues with residuals, eigenfunctions phi_j, modes c_j with x = sum_j c_j phi_j(x) as nearly as the dictionary allows, pseudospectra and predictions.
/// </summary>
public sealed class KoopmanModel : IForecaster
{
    private readonly double[] _lift;
    private readonly double[] _map;
    private readonly double[] _rest;
    private readonly double[] _state;
    private readonly double[] _singularValues;
    private readonly Complex[] _values;
    private readonly Complex[] _vectors;
    private readonly double[] _residuals;
    private readonly Complex[] _modes;

    internal KoopmanModel(FeatureLibrary library, int dimension, double step, double[] lift, double[] map, double[] rest, double[] state, double[] singularValues)
    {
        (Library, Dimension, Step) = (library, dimension, step);
        (_lift, _map, _rest, _state, _singularValues) = (lift, map, rest, state, singularValues);
        int r = Rank = state.Length / dimension;
        FeatureCount = lift.Length / r;
        if (!ComplexSystem.TryEigen(map, r, out _values, out _vectors))
            throw new InvalidOperationException("The eigenvalues of the operator weren't found.");
        _residuals = new double[r];
        for (int j = 0; j < r; j++)
        {
            double sum = 0;
            for (int i = 0; i < r; i++)
            {
                Complex part = Complex.Zero;
                for (int k = i; k < r; k++)
                    part += _rest[(i * r) + k] * _vectors[(k * r) + j];
                sum += (part.Real * part.Real) + (part.Imaginary * part.Imaginary);
            }

            _residuals[j] = Math.Sqrt(sum);
        }

        // phi = W'q, hence x = S'q = S'W'^-1 phi: the modes solve W C = S.
        _modes = ComplexSystem.LeastSquares(_vectors, r, r, Array.ConvertAll(state, value => new Complex(value, 0)), dimension);
    }

    /// <summary>The dictionary.</summary>
    public FeatureLibrary Library { get; }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>The number N of functions of the dictionary.</summary>
    public int FeatureCount { get; }

    /// <summary>The number r of orthonormal observables, at most N.</summary>
    public int Rank { get; }

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <inheritdoc/>
    public int Memory => 1;

    /// <summary>
    /// Every how many steps a forecast goes back to the state and lifts it again; 0 for never. A dictionary whose span isn't invariant leaves the manifold of lifted states, and 1 is then the
    /// nonlinear one-step map. Default: 0.
    /// </summary>
    public int ReencodeEvery { get; init => field = Require.NonNegative(value); }

    /// <summary>The eigenvalues lambda.</summary>
    public ReadOnlySpan<Complex> Eigenvalues => _values;

    /// <summary>The residuals |U phi - lambda phi| / |phi| of the eigenpairs, in L^2 of the data's weights.</summary>
    public ReadOnlySpan<double> Residuals => _residuals;

    /// <summary>The operator on the orthonormal observables, r x r, row-major: q after one step is q'K.</summary>
    public ReadOnlySpan<double> Map => _map;

    /// <summary>The singular values of the weighted dictionary matrix.</summary>
    public ReadOnlySpan<double> SingularValues => _singularValues;

    /// <summary>The numbers of the eigenpairs whose residual is at most a tolerance: those that can be trusted.</summary>
    /// <param name="tolerance">The largest residual.</param>
    public int[] Accepted(double tolerance)
    {
        Require.NonNegative(tolerance, nameof(tolerance));
        var accepted = new List<int>();
        for (int j = 0; j < Rank; j++)
        {
            if (_residuals[j] <= tolerance)
                accepted.Add(j);
        }

        return [.. accepted];
    }

    /// <summary>The value of an eigenfunction at a state; eigenfunctions have norm 1 in L^2 of the data's weights.</summary>
    /// <param name="j">Its number, from 0.</param>
    /// <param name="state">The state, n elements.</param>
    public Complex Eigenfunction(int j, ReadOnlySpan<double> state)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Rank);
        var q = new double[Rank];
        Observe(state, q);
        Complex sum = Complex.Zero;
        for (int k = 0; k < Rank; k++)
            sum += _vectors[(k * Rank) + j] * q[k];
        return sum;
    }

    /// <summary>The mode of an eigenfunction: how it contributes to the state, n elements.</summary>
    /// <param name="j">Its number, from 0.</param>
    public ReadOnlySpan<Complex> Mode(int j) => _modes.AsSpan(j * Dimension, Dimension);

    /// <summary>
    /// The smallest residual of any observable in the span for a number z, min |U g - z g| / |g|: z lies in the approximate point epsilon-pseudospectrum when it is below epsilon.
    /// About 50 r^3 operations.
    /// </summary>
    /// <param name="z">The number.</param>
    public double SmallestResidual(Complex z)
    {
        int r = Rank;
        var svd = new Svd<double>(4 * r, 2 * r, SingularVectors.None);
        return SmallestResidual(z, new double[8 * r * r], svd);
    }

    /// <summary>As <see cref="SmallestResidual(Complex)"/> for many numbers, such as a grid.</summary>
    /// <param name="z">The numbers.</param>
    /// <param name="residuals">Receives the residuals.</param>
    /// <param name="workers">Who computes them; null for the calling thread. The bits are the same.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Pseudospectrum(ReadOnlySpan<Complex> z, Span<double> residuals, IWorkers? workers = null)
    {
        Require.Length(residuals.Length, z.Length, nameof(residuals));
        Complex[] points = z.ToArray();
        var results = new double[points.Length];
        int pieces = Math.Min(points.Length, 4 * (workers?.Count ?? 1)), r = Rank;
        if (pieces == 0)
            return;
        (workers ?? Workers.Serial).ForEach(
            pieces,
            piece =>
            {
                var svd = new Svd<double>(4 * r, 2 * r, SingularVectors.None);
                var matrix = new double[8 * r * r];
                for (int i = piece; i < points.Length; i += pieces)
                    results[i] = SmallestResidual(points[i], matrix, svd);
            },
            CancellationToken.None);
        results.CopyTo(residuals);
    }

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, r = Rank, steps = ForecastArguments.Check(this, history, forecast);
        double[] q = new double[r], next = new double[r], features = new double[FeatureCount];
        Observe(history[^n..], q, features);
        for (int step = 0; step < steps; step++)
        {
            Span<double> state = forecast.Slice(step * n, n);
            Blas.Gemv(true, r, r, 1.0, _map, r, q, 0.0, next);
            (q, next) = (next, q);
            Blas.Gemv(true, r, n, 1.0, _state, n, q, 0.0, state);
            if (ReencodeEvery > 0 && (step + 1) % ReencodeEvery == 0)
                Observe(state, q, features);
        }
    }

    /// <summary>A copy whose forecasts go back to the state every so many steps.</summary>
    /// <param name="steps">The number of steps; 0 for never.</param>
    public KoopmanModel WithReencoding(int steps) => new(Library, Dimension, Step, _lift, _map, _rest, _state, _singularValues) { ReencodeEvery = steps };

    /// <summary>One line for each eigenpair, the smallest residual first.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Rank} observables of {Dimension} variables, step {Step:g6}");
        int[] order = new int[Rank];
        for (int j = 0; j < order.Length; j++)
            order[j] = j;
        Array.Sort((double[])_residuals.Clone(), order);
        foreach (int j in order)
        {
            text.AppendLine();
            text.Append(CultureInfo.InvariantCulture, $"  {_values[j].Real:f6} {(_values[j].Imaginary < 0 ? '-' : '+')} {Math.Abs(_values[j].Imaginary):f6}i  residual {_residuals[j]:g3}");
        }

        return text.ToString();
    }

    private void Observe(ReadOnlySpan<double> state, Span<double> q) => Observe(state, q, new double[FeatureCount]);

    private void Observe(ReadOnlySpan<double> state, Span<double> q, Span<double> features)
    {
        Require.Length(state.Length, Dimension, nameof(state));
        Library.Evaluate(state, features);
        Blas.Gemv(false, Rank, FeatureCount, 1.0, _lift, FeatureCount, features, 0.0, q);
    }

    private double SmallestResidual(Complex z, double[] matrix, Svd<double> svd)
    {
        // [K - z; T] with complex z as a real matrix of twice the size; singular values come twice.
        int r = Rank, width = 2 * r;
        Array.Clear(matrix);
        for (int i = 0; i < r; i++)
        {
            for (int j = 0; j < r; j++)
            {
                matrix[(i * width) + j] = matrix[((r + i) * width) + r + j] = _map[(i * r) + j] - (i == j ? z.Real : 0);
                matrix[(((2 * r) + i) * width) + j] = matrix[(((3 * r) + i) * width) + r + j] = _rest[(i * r) + j];
            }

            matrix[(i * width) + r + i] = z.Imaginary;
            matrix[((r + i) * width) + i] = -z.Imaginary;
        }

        return svd.Factor(matrix) ? svd.Values[^1] : double.NaN;
    }
}
