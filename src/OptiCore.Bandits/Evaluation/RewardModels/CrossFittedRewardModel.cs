namespace OptiCore.Bandits;

/// <summary>Predicts every decision by a model that was fitted to the others: decision i belongs to fold i mod F, and each fold is predicted by a model of the F - 1 others.</summary>
/// <remarks>
/// <para>V. Chernozhukov, D. Chetverikov, M. Demirer, E. Duflo, C. Hansen, W. Newey, J. Robins (2018), "Double/debiased machine learning for treatment and structural parameters". A model that has seen
/// a decision's reward predicts it too well, which biases doubly robust estimates; this removes the cause.</para>
/// <para>F fits, each to (F - 1) / F of the decisions.</para>
/// </remarks>
public sealed record CrossFittedRewardModel : IRewardModel
{
    /// <summary>The model.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public required IRewardModel Model { get; init => field = Require.NotNull(value); }

    /// <summary>The number F of folds, at least 2. Default: 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2.</exception>
    public int Folds { get; init => field = Require.AtLeast(value, 2); } = 5;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer decisions than folds.</exception>
    public IRewardPredictor Fit(DecisionLog log, TargetPolicy target)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(target);
        if (log.Count < Folds)
            throw new ArgumentException(FormattableString.Invariant($"log holds {log.Count} decisions, too few for {Folds} folds."), nameof(log));
        var predictors = new IRewardPredictor[Folds];
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] others = Members(log.Count, fold, inside: false);
            DecisionLog selected = log.Select(others);
            predictors[fold] = Model.Fit(selected, target.Select(selected, others));
        }

        return new Predictor(log, predictors);
    }

    private static int[] Members(int count, int fold, int folds, bool inside)
    {
        int[] members = new int[count];
        int size = 0;
        for (int i = 0; i < count; i++)
        {
            if ((i % folds == fold) == inside)
                members[size++] = i;
        }

        return members[..size];
    }

    private int[] Members(int count, int fold, bool inside) => Members(count, fold, Folds, inside);

    private sealed class Predictor(DecisionLog fitted, IRewardPredictor[] predictors) : IRewardPredictor
    {
        public void Predict(DecisionLog log, Span<double> predictions)
        {
            RewardModelArgument.Check(log, fitted.Shape, predictions);
            if (!ReferenceEquals(log, fitted))
                throw new ArgumentException("log isn't the one that was fitted: folds belong to its decisions.", nameof(log));
            int row = log.Shape.Positions * log.Shape.Actions;
            for (int fold = 0; fold < predictors.Length; fold++)
            {
                int[] members = Members(log.Count, fold, predictors.Length, inside: true);
                double[] predicted = new double[members.Length * row];
                predictors[fold].Predict(log.Select(members), predicted);
                for (int i = 0; i < members.Length; i++)
                    predicted.AsSpan(i * row, row).CopyTo(predictions.Slice(members[i] * row, row));
            }
        }
    }
}
