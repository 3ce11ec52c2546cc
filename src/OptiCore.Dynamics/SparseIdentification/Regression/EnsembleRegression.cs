namespace OptiCore.Dynamics;

/// <summary>
/// Ensemble regression: the regression is done for many draws of rows with replacement, and of candidates without, if wanted; a candidate stays whose inclusion probability is large enough, with the
/// median of its coefficients where it was included.
/// </summary>
/// <remarks>
/// <para>The final coefficients may also be the least squares of all rows on the candidates that stay (<see cref="Refit"/>), which is what the paper calls thresholding by inclusion and what has the least variance.</para>
/// <para>Costs as many regressions as there are models. The draws depend on the key alone.</para>
/// <para>U. Fasel, J. N. Kutz, B. W. Brunton and S. L. Brunton (2022), Ensemble-SINDy: robust sparse model discovery in the low-data, high-noise limit, with active learning and
/// control, Proc. R. Soc. A 478.</para>
/// </remarks>
[Algorithm("Ensemble SINDy", "System identification", "Fasel, Kutz, Brunton, Brunton (2022), Ensemble-SINDy", Capabilities = "bagging, library bagging, inclusion probabilities")]
public sealed record EnsembleRegression : SparseRegression
{
    /// <summary>The regression of each model. Default: sequential thresholding.</summary>
    public SparseRegression Base { get; init => field = Require.NotNull(value, nameof(Base)); } = new SequentialThresholding();

    /// <summary>The number of models. Default: 100.</summary>
    public int Models { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The part of the candidates that each model may use, in (0, 1]. Default: 1, bagging of rows alone.</summary>
    public double LibraryPart { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The inclusion probability from which a candidate stays, in [0, 1]. Default: 0.6.</summary>
    public double Inclusion { get; init => field = Require.InClosed(value, 0, 1); } = 0.6;

    /// <summary>Whether the final coefficients are least squares on all rows instead of medians. Default: no.</summary>
    public bool Refit { get; init; }

    /// <inheritdoc/>
    public override SparseRegression WithThreshold(double threshold) => this with { Base = Base.WithThreshold(threshold) };

    /// <inheritdoc/>
    public override void Solve(in RegressionProblem problem, Span<double> coefficients)
    {
        int m = problem.Rows, n = problem.Count, chosen = Math.Max(1, (int)Math.Round(LibraryPart * n));
        double[] features = new double[m * chosen], targets = new double[m], small = new double[chosen], found = new double[Models * n];
        int[] offered = new int[n], included = new int[n], order = new int[n];
        for (int model = 0; model < Models; model++)
        {
            RandomKey key = problem.Key.Fold(model);
            RandomStream stream = key.Fold("rows").Stream();
            for (int j = 0; j < n; j++)
                order[j] = j;
            if (chosen < n)
                Randomness.RandomOrder.Permutation(key.Fold("candidates"), order);
            Span<int> columns = order.AsSpan(0, chosen);
            columns.Sort();
            for (int i = 0; i < m; i++)
            {
                int row = stream.NextInt32(m);
                targets[i] = problem.Targets[row];
                for (int j = 0; j < chosen; j++)
                    features[(i * chosen) + j] = problem.Features[(row * n) + columns[j]];
            }

            Base.Solve(new RegressionProblem { Features = features, Targets = targets, Key = key.Fold("regression") }, small);
            for (int j = 0; j < chosen; j++)
            {
                offered[columns[j]]++;
                found[(columns[j] * Models) + model] = small[j];
                if (small[j] != 0)
                    included[columns[j]]++;
            }
        }

        var active = new bool[n];
        var values = new double[Models];
        for (int j = 0; j < n; j++)
        {
            // Where a candidate was offered to no model, nothing is known of it.
            double probability = offered[j] == 0 ? 0 : (double)included[j] / offered[j];
            if (!problem.Inclusion.IsEmpty)
                problem.Inclusion[j] = probability;
            active[j] = included[j] > 0 && probability >= Inclusion;
            coefficients[j] = 0;
            if (!active[j])
                continue;
            int count = 0;
            for (int model = 0; model < Models; model++)
            {
                if (found[(j * Models) + model] != 0)
                    values[count++] = found[(j * Models) + model];
            }

            Span<double> sorted = values.AsSpan(0, count);
            sorted.Sort();
            coefficients[j] = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
        }

        if (Refit)
            new ReducedRegression(problem, false).Solve(active, 0, coefficients);
    }
}
