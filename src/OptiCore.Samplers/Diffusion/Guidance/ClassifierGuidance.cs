namespace OptiCore.Samplers;

/// <summary>
/// Classifier guidance: the score of the model plus scale times the gradient of log p(c | x) of a classifier of noisy samples; the noise prediction becomes eps - scale sigma grad log p(c | x).
/// </summary>
/// <remarks>P. Dhariwal, A. Nichol (2021), "Diffusion models beat GANs on image synthesis". Any differentiable reward or constraint of a noisy sample is guided by in the same way.</remarks>
[Algorithm("Classifier guidance", "Diffusion guidance", "P. Dhariwal, A. Nichol (2021), Diffusion models beat GANs on image synthesis")]
public sealed class ClassifierGuidance : IDiffusionModel
{
    private readonly IDiffusionModel _model;
    private readonly DiffusionDelegate _gradient;
    private readonly bool _isConcurrent;

    /// <summary>Guides a model.</summary>
    /// <param name="model">The model; it is converted to noise prediction.</param>
    /// <param name="gradient">Writes the gradient of log p(c | x) by x for each row of noisy samples.</param>
    /// <param name="scale">The guidance scale; 1 samples from p(x | c) if the classifier is exact.</param>
    /// <param name="isConcurrent">True if the gradient may be evaluated from several threads.</param>
    public ClassifierGuidance(IDiffusionModel model, DiffusionDelegate gradient, double scale = 1, bool isConcurrent = false)
    {
        _model = Require.NotNull(model).Predicting(Prediction.Noise);
        _gradient = Require.NotNull(gradient);
        Scale = Require.Finite(scale, nameof(scale));
        _isConcurrent = isConcurrent;
    }

    /// <summary>The guidance scale.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public int Dimension => _model.Dimension;

    /// <summary>Noise.</summary>
    public Prediction Prediction => Prediction.Noise;

    /// <inheritdoc/>
    public bool IsConcurrent => _isConcurrent && _model.IsConcurrent;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        _model.Evaluate(x, level, output);
        using ScratchRows gradient = ScratchRows.Rent(x.Length);
        _gradient(x, level, gradient.Span);
        LinearCombination.Blend(1, output, -Scale * level.Sigma, gradient.Span);
    }
}
