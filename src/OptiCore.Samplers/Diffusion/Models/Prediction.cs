namespace OptiCore.Samplers;

/// <summary>What a diffusion model answers for x = alpha x0 + sigma z. Each is an affine function of each other, given x.</summary>
public enum Prediction
{
    /// <summary>The noise, eps = E[z | x].</summary>
    Noise,

    /// <summary>The data, E[x0 | x]: a denoiser.</summary>
    Data,

    /// <summary>v = alpha eps - sigma x0 (T. Salimans, J. Ho, 2022).</summary>
    V,

    /// <summary>The score, the gradient of log p_t(x): -eps / sigma.</summary>
    Score,

    /// <summary>The velocity of the straight path between data and noise, eps - x0 (flow matching, rectified flow).</summary>
    Flow,
}

/// <summary>Conversions between what models predict.</summary>
public static class Predictions
{
    /// <summary>The coefficients of target = ofModel * model(x) + ofSample * x.</summary>
    /// <param name="from">What the model predicts.</param>
    /// <param name="to">What is wanted.</param>
    /// <param name="level">The level of x.</param>
    public static (double OfModel, double OfSample) Conversion(Prediction from, Prediction to, in NoiseLevel level)
    {
        Require.Defined(from, nameof(from));
        Require.Defined(to, nameof(to));
        if (from == to)
            return (1, 0);
        double a = level.Alpha, s = level.Sigma, square = (a * a) + (s * s);

        // Data and noise, each as (coefficient of the model, coefficient of x).
        ((double M, double X) data, (double M, double X) noise) = from switch
        {
            Prediction.Noise => ((-s / a, 1 / a), (1, 0)),
            Prediction.Data => ((1, 0), (-a / s, 1 / s)),
            Prediction.V => ((-s / square, a / square), (a / square, s / square)),
            Prediction.Score => ((s * s / a, 1 / a), (-s, 0)),
            _ => ((-s / (a + s), 1 / (a + s)), (a / (a + s), 1 / (a + s))),
        };
        return to switch
        {
            Prediction.Noise => noise,
            Prediction.Data => data,
            Prediction.V => ((a * noise.M) - (s * data.M), (a * noise.X) - (s * data.X)),
            Prediction.Score => (-noise.M / s, -noise.X / s),
            _ => (noise.M - data.M, noise.X - data.X),
        };
    }

    /// <summary>Replaces answers of a model by another prediction, in place.</summary>
    /// <param name="from">What <paramref name="values"/> are.</param>
    /// <param name="to">What they become.</param>
    /// <param name="level">The level of the samples.</param>
    /// <param name="x">The samples.</param>
    /// <param name="values">The answers for them.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Convert(Prediction from, Prediction to, in NoiseLevel level, ReadOnlySpan<double> x, Span<double> values)
    {
        Require.Length(values.Length, x.Length, nameof(values));
        (double ofModel, double ofSample) = Conversion(from, to, level);
        if (ofModel == 1 && ofSample == 0)
            return;
        if (ofSample == 0)
            LinearCombination.Scale(ofModel, values);
        else
            LinearCombination.Blend(ofModel, values, ofSample, x);
    }

    /// <summary>
    /// Fills a batch for the training of a model: x = alpha x0 + sigma z, and the target by whose mean square error the prediction is learned.
    /// </summary>
    /// <param name="prediction">What the model shall predict. The target of a score is -z / sigma.</param>
    /// <param name="levels">The level of each sample of the batch.</param>
    /// <param name="data">The data x0, one row after the other.</param>
    /// <param name="noise">Standard normal numbers z, as many.</param>
    /// <param name="x">Receives the noisy samples.</param>
    /// <param name="target">Receives the targets.</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    /// <remarks>P. Vincent (2011), "A connection between score matching and denoising autoencoders"; J. Ho et al. (2020).</remarks>
    public static void FillTraining(
        Prediction prediction, ReadOnlySpan<NoiseLevel> levels, ReadOnlySpan<double> data, ReadOnlySpan<double> noise, Span<double> x, Span<double> target)
    {
        Require.Defined(prediction, nameof(prediction));
        if (levels.IsEmpty || data.Length % levels.Length != 0)
            throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"data has {data.Length} elements, which is no multiple of the {levels.Length} levels."), nameof(data));
        Require.Length(noise.Length, data.Length, nameof(noise));
        Require.Length(x.Length, data.Length, nameof(x));
        Require.Length(target.Length, data.Length, nameof(target));
        int dimension = data.Length / levels.Length;
        for (int i = 0; i < data.Length; i++)
        {
            NoiseLevel level = levels[i / dimension];
            double clean = data[i], z = noise[i];
            x[i] = (level.Alpha * clean) + (level.Sigma * z);
            target[i] = prediction switch
            {
                Prediction.Noise => z,
                Prediction.Data => clean,
                Prediction.V => (level.Alpha * z) - (level.Sigma * clean),
                Prediction.Score => -z / level.Sigma,
                _ => z - clean,
            };
        }
    }
}
