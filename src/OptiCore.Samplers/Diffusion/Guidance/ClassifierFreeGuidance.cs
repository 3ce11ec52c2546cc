namespace OptiCore.Samplers;

/// <summary>
/// Classifier-free guidance: m = m_u + scale (m_c - m_u) of a conditional and an unconditional model, which samples about in proportion to p(x) p(c | x)^scale. Scale 1 is the conditional model, 0 the unconditional.
/// </summary>
/// <remarks>
/// <para>The same in every parametrisation, since the weights add up to one. Outside of <see cref="LeastSigma"/> to <see cref="LargestSigma"/> the conditional model is used alone, which costs half and keeps diversity
/// (T. Kynkäänniemi et al., 2024). An evaluation costs one of each model.</para>
/// <para>J. Ho, T. Salimans (2022), "Classifier-free diffusion guidance". Large scales make noise-predicting solvers unstable; use <see cref="DpmSolver"/> or <see cref="UniPc"/> with data prediction.</para>
/// </remarks>
[Algorithm("Classifier-free guidance", "Diffusion guidance", "J. Ho, T. Salimans (2022), Classifier-free diffusion guidance")]
public sealed class ClassifierFreeGuidance : IDiffusionModel
{
    private readonly IDiffusionModel _conditional, _unconditional;

    /// <summary>Combines two models.</summary>
    /// <param name="conditional">The model under the condition.</param>
    /// <param name="unconditional">The model without; it is converted to the prediction of the first.</param>
    /// <param name="scale">The guidance scale.</param>
    /// <exception cref="ArgumentException">The models have different dimensions.</exception>
    public ClassifierFreeGuidance(IDiffusionModel conditional, IDiffusionModel unconditional, double scale)
    {
        _conditional = Require.NotNull(conditional);
        Require.Length(Require.NotNull(unconditional).Dimension, conditional.Dimension, nameof(unconditional));
        _unconditional = unconditional.Predicting(conditional.Prediction);
        Scale = Require.Finite(scale, nameof(scale));
    }

    /// <summary>The guidance scale.</summary>
    public double Scale { get; }

    /// <summary>The least sigma / alpha at which guidance acts. Default: 0.</summary>
    public double LeastSigma { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest sigma / alpha at which guidance acts. Default: no bound.</summary>
    public double LargestSigma { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(LargestSigma), value, $"LargestSigma is {value} but must be positive."); } = double.PositiveInfinity;

    /// <inheritdoc/>
    public int Dimension => _conditional.Dimension;

    /// <inheritdoc/>
    public Prediction Prediction => _conditional.Prediction;

    /// <inheritdoc/>
    public bool IsConcurrent => _conditional.IsConcurrent && _unconditional.IsConcurrent;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        _conditional.Evaluate(x, level, output);
        if (Scale == 1 || level.Ratio < LeastSigma || level.Ratio > LargestSigma)
            return;
        using ScratchRows other = ScratchRows.Rent(x.Length);
        _unconditional.Evaluate(x, level, other.Span);
        LinearCombination.Blend(Scale, output, 1 - Scale, other.Span);
    }
}
