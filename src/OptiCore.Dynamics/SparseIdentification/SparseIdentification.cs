namespace OptiCore.Dynamics;

/// <summary>
/// Sparse identification of nonlinear dynamics (SINDy): a system of equations x' = Xi psi(x, u), or x_k+1 = Xi psi(x_k, u_k), with few terms of a library each, from a series.
/// <code>
/// SparseModel model = new SparseIdentification { Library = new MonomialFeatures { Degree = 2 } }.Fit(data);
/// Console.WriteLine(model);                                     // x' = -10 x + 10 y ...
/// OdeResult ahead = Ode.Solve(new ExplicitRungeKutta(), model, (0, 5), data[^1]);
/// </code>
/// </summary>
/// <remarks>
/// <para>Derivatives come from <see cref="Derivatives"/>, or are avoided by <see cref="Weak"/>, which is far less sensitive to noise. Each equation is one <see cref="Regression"/>.</para>
/// <para>Coefficients have the units of the data: for variables of very different sizes scale the data, or let the regression normalise candidates.</para>
/// <para>Cost: 2 m N^2 operations for each equation with m rows and N candidates, apart from an ensemble.</para>
/// <para>S. L. Brunton, J. L. Proctor and J. N. Kutz (2016), Discovering governing equations from data by sparse identification of nonlinear dynamical systems, PNAS 113, 3932-3937; with
/// inputs: the same authors (2016), Sparse identification of nonlinear dynamics with control.</para>
/// </remarks>
[Algorithm(
    "Sparse identification of nonlinear dynamics", "System identification", "Brunton, Proctor, Kutz (2016), Discovering governing equations from data by sparse identification of nonlinear dynamical systems",
    Capabilities = "inputs, weak form, ensembles, selection by AICc, discrete time")]
public sealed record SparseIdentification
{
    /// <summary>The candidates, functions of the state and, behind it, the inputs. Default: monomials to degree 2.</summary>
    public FeatureLibrary Library { get; init => field = Require.NotNull(value, nameof(Library)); } = new MonomialFeatures();

    /// <summary>The regression. Default: sequential thresholding at 0.1.</summary>
    public SparseRegression Regression { get; init => field = Require.NotNull(value, nameof(Regression)); } = new SequentialThresholding();

    /// <summary>How derivatives are estimated. Default: central differences of order 4.</summary>
    public DerivativeEstimate Derivatives { get; init => field = Require.NotNull(value, nameof(Derivatives)); } = new FiniteDifferences();

    /// <summary>The weak form, which integrates against test functions instead of differentiating; null for none. Default: none.</summary>
    public WeakForm? Weak { get; init; }

    /// <summary>Whether the model is a map from a state to the next one instead of a differential equation. Default: no.</summary>
    public bool IsDiscrete { get; init; }

    /// <summary>The randomness of ensembles.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Finds the equations.</summary>
    /// <param name="data">The series.</param>
    /// <param name="variables">The names of state variables and inputs, n + p; empty for x, y, z (or x0, x1, ...) and u (or u0, ...).</param>
    /// <exception cref="ArgumentException">A piece is too short, candidates aren't finite at a state, or the number of names is wrong.</exception>
    public SparseModel Fit(TimeSeries data, ReadOnlySpan<string> variables = default) => Fit(Prepare(data), data, Names(data, variables), Regression);

    /// <summary>
    /// Finds the equations at each of a number of thresholds and compares them by the corrected information criterion of Akaike, m log(RSS / m) + 2 k + 2 k (k + 1) / (m - k - 1), summed over equations,
    /// with m rows and k terms.
    /// </summary>
    /// <param name="data">The series.</param>
    /// <param name="thresholds">The thresholds.</param>
    /// <param name="variables">The names of state variables and inputs; empty for the usual ones.</param>
    /// <returns>One candidate for each threshold, in their order; see <see cref="SparseCandidate.Best"/>.</returns>
    /// <remarks>N. M. Mangan, J. N. Kutz, S. L. Brunton and J. L. Proctor (2017), Model selection for dynamical systems via sparse regression and information criteria, Proc. R. Soc. A 473. Rows of a densely
    /// sampled noisy series aren't independent, which the criterion takes them to be: it is then too generous with terms.</remarks>
    /// <exception cref="ArgumentException">There is no threshold, or as for <see cref="Fit(TimeSeries, ReadOnlySpan{string})"/>.</exception>
    public SparseCandidate[] Select(TimeSeries data, ReadOnlySpan<double> thresholds, ReadOnlySpan<string> variables = default)
    {
        if (thresholds.IsEmpty)
            throw new ArgumentException("There must be at least one threshold.", nameof(thresholds));
        Rows rows = Prepare(data);
        string[] names = Names(data, variables);
        var candidates = new SparseCandidate[thresholds.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            SparseModel model = Fit(rows, data, names, Regression.WithThreshold(thresholds[i]));
            candidates[i] = new SparseCandidate(thresholds[i], model, rows.InformationCriterion(model));
        }

        return candidates;
    }

    private SparseModel Fit(Rows rows, TimeSeries data, string[] names, SparseRegression regression)
    {
        int n = data.Dimension, count = rows.Count, m = rows.Targets[0].Length;
        double[] coefficients = new double[n * count], inclusion = new double[n * count];
        if (m < 1)
            throw new ArgumentException("The series gives no row for the regression.", nameof(data));
        for (int i = 0; i < n; i++)
        {
            var problem = new RegressionProblem
            {
                Features = rows.Features,
                Targets = rows.Targets[i],
                Key = Key.Fold(i),
                Inclusion = inclusion.AsSpan(i * count, count),
            };
            regression.Solve(problem, coefficients.AsSpan(i * count, count));
        }

        return new SparseModel(Library, coefficients, inclusion, names, n, data.InputDimension, data.Step, IsDiscrete);
    }

    private static string[] Names(TimeSeries data, ReadOnlySpan<string> variables)
    {
        int n = data.Dimension, p = data.InputDimension;
        if (!variables.IsEmpty)
        {
            Require.Length(variables.Length, n + p, nameof(variables));
            return variables.ToArray();
        }

        var names = new string[n + p];
        for (int i = 0; i < names.Length; i++)
            names[i] = i >= n ? p == 1 ? "u" : FormattableString.Invariant($"u{i - n}") : n <= 3 ? "xyz"[i].ToString() : FormattableString.Invariant($"x{i}");
        return names;
    }

    /// <summary>The rows of all regressions.</summary>
    private Rows Prepare(TimeSeries data)
    {
        Require.NotNull(data);
        if (IsDiscrete && Weak is not null)
            throw new InvalidOperationException("The weak form is one of differential equations; a discrete model has none.");
        int n = data.Dimension, p = data.InputDimension, count = Library.Count(n + p);
        var features = new List<double>();
        var targets = new List<double>[n];
        for (int i = 0; i < n; i++)
            targets[i] = [];
        for (int piece = 0; piece < data.Pieces; piece++)
        {
            (int start, int m) = data.Piece(piece);
            double[] points = new double[m * (n + p)], column = new double[m], smoothed = new double[m], slope = new double[m], slopes = new double[m * n];
            for (int i = 0; i < n; i++)
            {
                for (int k = 0; k < m; k++)
                    column[k] = data[start + k][i];
                if (IsDiscrete || Weak is not null)
                    column.CopyTo(smoothed, 0);
                else
                    Derivatives.Estimate(column, data.Step, smoothed, slope);
                for (int k = 0; k < m; k++)
                {
                    points[(k * (n + p)) + i] = smoothed[k];
                    slopes[(k * n) + i] = slope[k];
                }
            }

            for (int k = 0; k < m; k++)
                data.Input(start + k).CopyTo(points.AsSpan((k * (n + p)) + n));
            double[] matrix = Library.Matrix(points, n + p);
            Require.AllFinite<double>(matrix, nameof(data));
            if (Weak is not null)
            {
                Weak.AddRows(data, start, m, matrix, count, features, targets);
                continue;
            }

            int used = IsDiscrete ? m - 1 : m;
            features.AddRange(matrix.AsSpan(0, used * count));
            for (int i = 0; i < n; i++)
            {
                for (int k = 0; k < used; k++)
                    targets[i].Add(IsDiscrete ? data[start + k + 1][i] : slopes[(k * n) + i]);
            }
        }

        return new Rows([.. features], Array.ConvertAll(targets, target => target.ToArray()), count);
    }

    /// <summary>The candidates' values and one right side for each equation.</summary>
    private sealed record Rows(double[] Features, double[][] Targets, int Count)
    {
        public double InformationCriterion(SparseModel model)
        {
            double sum = 0;
            for (int i = 0; i < Targets.Length; i++)
            {
                ReadOnlySpan<double> c = model.Coefficients.Slice(i * Count, Count);
                int m = Targets[i].Length, k = 0;
                foreach (double one in c)
                    k += one != 0 ? 1 : 0;
                double rest = 0, size = 0;
                for (int row = 0; row < m; row++)
                {
                    double difference = Targets[i][row] - Numerics.Reduce.Dot(Features.AsSpan(row * Count, Count), c);
                    rest += difference * difference;
                    size += Targets[i][row] * Targets[i][row];
                }

                // Below the rounding of the data nothing distinguishes models but their terms.
                rest = Math.Max(rest, 1e-24 * size);
                sum += (m * Math.Log(rest / m)) + (2 * k) + (m - k - 1 > 0 ? 2.0 * k * (k + 1) / (m - k - 1) : double.PositiveInfinity);
            }

            return sum;
        }
    }
}

/// <summary>A model that was found at one threshold.</summary>
/// <param name="Threshold">The threshold.</param>
/// <param name="Model">The model.</param>
/// <param name="Criterion">The corrected information criterion; smaller is better.</param>
public sealed record SparseCandidate(double Threshold, SparseModel Model, double Criterion)
{
    /// <summary>The candidate with the smallest criterion, the first of equals.</summary>
    /// <param name="candidates">The candidates, at least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static SparseCandidate Best(ReadOnlySpan<SparseCandidate> candidates)
    {
        if (candidates.IsEmpty)
            throw new ArgumentException("There must be at least one candidate.", nameof(candidates));
        SparseCandidate best = candidates[0];
        foreach (SparseCandidate candidate in candidates)
        {
            if (candidate.Criterion < best.Criterion)
                best = candidate;
        }

        return best;
    }
}
