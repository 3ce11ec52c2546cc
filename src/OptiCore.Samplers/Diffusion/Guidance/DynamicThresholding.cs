namespace OptiCore.Samplers;

/// <summary>
/// Dynamic thresholding of predicted data: with s the <see cref="Percentile"/> of the magnitudes of a sample's elements, but at least <see cref="Bound"/>, the elements are clipped to [-s, s] and, where s is larger
/// than the bound, brought back to it by the factor bound / s. Static thresholding (clipping at the bound) is percentile 0.
/// </summary>
/// <remarks>
/// <para>C. Saharia et al. (2022), "Photorealistic text-to-image diffusion models with deep language understanding", section 2.3. For data within known bounds under strong guidance. The result is a model that predicts
/// data; solvers with noise prediction get the noise that belongs to the corrected data. Quantiles between two order statistics are interpolated linearly.</para>
/// <para><see cref="LargestThreshold"/> keeps s from growing beyond it before the division: with 1 (a choice of some libraries) thresholding is mere clipping.</para>
/// </remarks>
[Algorithm("Dynamic thresholding", "Diffusion guidance", "C. Saharia et al. (2022), Photorealistic text-to-image diffusion models with deep language understanding: section 2.3")]
public sealed class DynamicThresholding : IDiffusionModel
{
    private readonly IDiffusionModel _model;

    /// <summary>Thresholds what a model predicts of the data.</summary>
    /// <param name="model">The model.</param>
    public DynamicThresholding(IDiffusionModel model) => _model = Require.NotNull(model).Predicting(Prediction.Data);

    /// <summary>The share of elements whose magnitude isn't above s. Default: 0.995.</summary>
    public double Percentile { get; init => field = Require.InClosed(value, 0, 1); } = 0.995;

    /// <summary>The bound of the data. Default: 1.</summary>
    public double Bound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest s. Default: no bound.</summary>
    public double LargestThreshold { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(LargestThreshold), value, $"LargestThreshold is {value} but must be positive."); } = double.PositiveInfinity;

    /// <inheritdoc/>
    public int Dimension => _model.Dimension;

    /// <summary>Data.</summary>
    public Prediction Prediction => Prediction.Data;

    /// <inheritdoc/>
    public bool IsConcurrent => _model.IsConcurrent;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        _model.Evaluate(x, level, output);
        using ScratchRows sorted = ScratchRows.Rent(Dimension);
        for (int row = 0; row < output.Length; row += Dimension)
        {
            Span<double> values = output.Slice(row, Dimension);
            for (int i = 0; i < values.Length; i++)
                sorted.Span[i] = Math.Abs(values[i]);
            sorted.Span.Sort();
            double at = Percentile * (Dimension - 1);
            int below = (int)at;
            double quantile = sorted.Span[below] + ((at - below) * (sorted.Span[Math.Min(below + 1, Dimension - 1)] - sorted.Span[below]));

            // A NaN stays one: the run ends as failed instead of going on with made-up numbers.
            double s = Math.Min(Math.Max(quantile, Bound), Math.Max(LargestThreshold, Bound));
            if (double.IsNaN(s))
                continue;
            for (int i = 0; i < values.Length; i++)
                values[i] = double.IsNaN(values[i]) ? double.NaN : Math.Clamp(values[i], -s, s) * (Bound / s);
        }
    }
}
