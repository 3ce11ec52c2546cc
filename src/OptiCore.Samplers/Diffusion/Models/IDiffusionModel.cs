namespace OptiCore.Samplers;

/// <summary>A model of noisy samples: what it predicts for each row of a batch at one level of noise.</summary>
/// <remarks>
/// <para>The level has the time that a network is told and the coefficients alpha and sigma that a formula needs, so that a model needn't know the schedule, and is right on grids in other coordinates.</para>
/// <para>A row's answer must not depend on the other rows, to the bit: samplers divide batches. A model whose rows do depend on each other, such as a method of interacting particles, says false to
/// <see cref="IsConcurrent"/> and is always given the whole batch.</para>
/// </remarks>
public interface IDiffusionModel
{
    /// <summary>The number of elements of a sample.</summary>
    int Dimension { get; }

    /// <summary>What is predicted.</summary>
    Prediction Prediction { get; }

    /// <summary>True if parts of a batch may be evaluated at the same time from several threads.</summary>
    bool IsConcurrent { get; }

    /// <summary>Predicts.</summary>
    /// <param name="x">Samples, one row of <see cref="Dimension"/> elements after the other.</param>
    /// <param name="level">Their level.</param>
    /// <param name="output">Receives as many elements; doesn't overlap <paramref name="x"/>.</param>
    void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output);
}

/// <summary>A model as a delegate.</summary>
/// <param name="x">Samples, one row after the other.</param>
/// <param name="level">Their level.</param>
/// <param name="output">Receives the predictions.</param>
public delegate void DiffusionDelegate(ReadOnlySpan<double> x, NoiseLevel level, Span<double> output);

/// <summary>Models from delegates and from other models.</summary>
public static class DiffusionModel
{
    /// <summary>A model from a delegate.</summary>
    /// <param name="dimension">The number of elements of a sample.</param>
    /// <param name="prediction">What is predicted.</param>
    /// <param name="evaluate">Predicts.</param>
    /// <param name="isConcurrent">True if the delegate may be called from several threads with parts of a batch.</param>
    public static IDiffusionModel From(int dimension, Prediction prediction, DiffusionDelegate evaluate, bool isConcurrent = false) =>
        new Delegated(Require.Positive(dimension, nameof(dimension)), Require.Defined(prediction, nameof(prediction)), Require.NotNull(evaluate), isConcurrent);

    /// <summary>A model that predicts the same in another parametrisation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prediction">What is wanted.</param>
    public static IDiffusionModel Predicting(this IDiffusionModel model, Prediction prediction) =>
        Require.NotNull(model).Prediction == prediction ? model : new Converted(model, Require.Defined(prediction, nameof(prediction)));

    /// <summary>
    /// A model that was trained on one schedule, for samples of any other: x is brought to the coordinates of the schedule's level with the same sigma / alpha, and the model is told that level's time.
    /// </summary>
    /// <remarks>What it predicts must not depend on the coordinates: noise or data. Other models are converted to data.</remarks>
    /// <param name="model">The model.</param>
    /// <param name="trained">The schedule of its training.</param>
    public static IDiffusionModel Rescaled(this IDiffusionModel model, INoiseSchedule trained)
    {
        Require.NotNull(trained);
        return new OnSchedule(model.Prediction(), trained);
    }

    private static IDiffusionModel Prediction(this IDiffusionModel model) =>
        Require.NotNull(model).Prediction is Samplers.Prediction.Noise or Samplers.Prediction.Data ? model : model.Predicting(Samplers.Prediction.Data);

    private sealed class Delegated(int dimension, Prediction prediction, DiffusionDelegate evaluate, bool isConcurrent) : IDiffusionModel
    {
        public int Dimension => dimension;

        public Prediction Prediction => prediction;

        public bool IsConcurrent => isConcurrent;

        public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output) => evaluate(x, level, output);
    }

    private sealed class Converted(IDiffusionModel model, Prediction prediction) : IDiffusionModel
    {
        public int Dimension => model.Dimension;

        public Prediction Prediction => prediction;

        public bool IsConcurrent => model.IsConcurrent;

        public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
        {
            model.Evaluate(x, level, output);
            Predictions.Convert(model.Prediction, prediction, level, x, output);
        }
    }

    private sealed class OnSchedule(IDiffusionModel model, INoiseSchedule trained) : IDiffusionModel
    {
        public int Dimension => model.Dimension;

        public Prediction Prediction => model.Prediction;

        public bool IsConcurrent => model.IsConcurrent;

        public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
        {
            NoiseLevel own = trained.AtLambda(level.Lambda);
            using ScratchRows scaled = ScratchRows.Rent(x.Length);
            x.CopyTo(scaled.Span);
            LinearCombination.Scale(Math.Sqrt(((own.Alpha * own.Alpha) + (own.Sigma * own.Sigma)) / ((level.Alpha * level.Alpha) + (level.Sigma * level.Sigma))), scaled.Span);
            model.Evaluate(scaled.Span, own, output);
        }
    }
}
