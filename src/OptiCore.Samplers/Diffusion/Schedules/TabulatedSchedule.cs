using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>
/// A variance-preserving process in discrete time: after step t of 0 to N - 1, alpha_bar(t) = product over s &lt;= t of (1 - beta_s), alpha = sqrt(alpha_bar), sigma = sqrt(1 - alpha_bar).
/// </summary>
/// <remarks>
/// <para>J. Ho, A. Jain, P. Abbeel (2020), "Denoising diffusion probabilistic models". Between whole times sigma / alpha is interpolated linearly in t; the inverse, the time of a lambda, is linear in
/// log(sigma / alpha), as is usual for models that are told fractional times. Both agree at whole times.</para>
/// <para><see cref="AtLambda"/> has exactly the lambda asked for; its time is clamped to the table.</para>
/// </remarks>
public sealed class TabulatedSchedule : INoiseSchedule
{
    private readonly double[] _alphaBar;
    private readonly double[] _ratio;
    private readonly double[] _logRatio;

    private TabulatedSchedule(double[] alphaBar)
    {
        _alphaBar = alphaBar;
        _ratio = new double[alphaBar.Length];
        _logRatio = new double[alphaBar.Length];
        for (int t = 0; t < alphaBar.Length; t++)
        {
            bool isBelow = alphaBar[t] is > 0 and < 1 && (t == 0 || alphaBar[t] < alphaBar[t - 1]);
            if (!isBelow)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"alphaBar[{t}] is {alphaBar[t]}; the table must fall strictly and stay between 0 and 1."), nameof(alphaBar));
            _ratio[t] = Math.Sqrt((1 - alphaBar[t]) / alphaBar[t]);
            _logRatio[t] = Math.Log(_ratio[t]);
        }
    }

    /// <summary>The number N of times.</summary>
    public int Count => _alphaBar.Length;

    /// <summary>The last time, N - 1.</summary>
    public double Noisiest => Count - 1;

    /// <summary>The first time, 0. Its sample still has the noise of one step.</summary>
    public double Cleanest => 0;

    /// <summary>The table of alpha_bar.</summary>
    public ReadOnlySpan<double> AlphaBar => _alphaBar;

    /// <summary>A table of betas that rise linearly from <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <param name="count">The number of times.</param>
    /// <param name="start">The first beta.</param>
    /// <param name="end">The last beta.</param>
    public static TabulatedSchedule Linear(int count = 1000, double start = 1e-4, double end = 0.02) => FromBetas(Ramp(count, start, end));

    /// <summary>A table of betas whose square roots rise linearly, as in latent diffusion (R. Rombach et al., 2022).</summary>
    /// <param name="count">The number of times.</param>
    /// <param name="start">The first beta.</param>
    /// <param name="end">The last beta.</param>
    public static TabulatedSchedule ScaledLinear(int count = 1000, double start = 0.00085, double end = 0.012)
    {
        double[] betas = Ramp(count, Math.Sqrt(Require.Positive(start, nameof(start))), Math.Sqrt(Require.Positive(end, nameof(end))));
        for (int i = 0; i < betas.Length; i++)
            betas[i] *= betas[i];
        return FromBetas(betas);
    }

    /// <summary>The table of the squared cosine of A. Nichol and P. Dhariwal (2021): beta_t = min(1 - f((t+1)/N) / f(t/N), <paramref name="largest"/>), f(u) = cos^2(pi/2 (u + 0.008) / 1.008).</summary>
    /// <param name="count">The number of times.</param>
    /// <param name="largest">The bound of the betas.</param>
    public static TabulatedSchedule SquaredCosine(int count = 1000, double largest = 0.999)
    {
        Require.Positive(count, nameof(count));
        Require.InOpen(largest, 0, 1, nameof(largest));
        var betas = new double[count];
        for (int t = 0; t < count; t++)
            betas[t] = Math.Min(1 - (F((t + 1.0) / count) / F((double)t / count)), largest);
        return FromBetas(betas);

        static double F(double u)
        {
            double c = Math.Cos((u + 0.008) / 1.008 * Math.PI / 2);
            return c * c;
        }
    }

    /// <summary>The table of given betas.</summary>
    /// <param name="betas">The variances of the steps, each between 0 and 1.</param>
    /// <exception cref="ArgumentException">There is none, or one lies outside.</exception>
    public static TabulatedSchedule FromBetas(ReadOnlySpan<double> betas)
    {
        if (betas.IsEmpty)
            throw new ArgumentException("There is no beta; at least one is needed.", nameof(betas));
        var table = new double[betas.Length];
        double product = 1;
        for (int i = 0; i < betas.Length; i++)
        {
            if (!(betas[i] > 0 && betas[i] < 1))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"betas[{i}] is {betas[i]} but must lie in (0, 1)."), nameof(betas));
            table[i] = product *= 1 - betas[i];
        }

        return new TabulatedSchedule(table);
    }

    /// <summary>The table of given alpha_bar.</summary>
    /// <param name="alphaBar">Strictly falling numbers between 0 and 1. Copied.</param>
    /// <exception cref="ArgumentException">They aren't.</exception>
    public static TabulatedSchedule FromAlphaBar(ReadOnlySpan<double> alphaBar) => alphaBar.IsEmpty
        ? throw new ArgumentException("The table is empty.", nameof(alphaBar))
        : new TabulatedSchedule(alphaBar.ToArray());

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside of [0, N - 1].</exception>
    public NoiseLevel At(double time)
    {
        Require.InClosed(time, 0, Count - 1, nameof(time));
        int below = Math.Min((int)time, Math.Max(Count - 2, 0));
        double fraction = time - below;
        if (fraction == 0 || fraction == 1)
        {
            double table = _alphaBar[below + (int)fraction];
            return new NoiseLevel(time, Math.Sqrt(table), Math.Sqrt(1 - table));
        }

        double ratio = _ratio[below] + (fraction * (_ratio[below + 1] - _ratio[below]));
        double alpha = 1 / Math.Sqrt(1 + (ratio * ratio));
        return new NoiseLevel(time, alpha, ratio * alpha);
    }

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda)
    {
        double log = -lambda;
        int at = Array.BinarySearch(_logRatio, log);
        double time;
        if (at >= 0)
        {
            time = at;
        }
        else
        {
            int above = ~at;
            time = above == 0 ? 0 : above == Count ? Count - 1 : above - 1 + ((log - _logRatio[above - 1]) / (_logRatio[above] - _logRatio[above - 1]));
        }

        return Accurate.VariancePreserving(time, lambda);
    }

    /// <summary>The derivatives of alpha and sigma by time; of the interpolation, to the right at whole times but the last.</summary>
    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time)
    {
        NoiseLevel level = At(time);
        int below = Math.Min((int)time, Math.Max(Count - 2, 0));
        double slope = Count == 1 ? 0 : _ratio[below + 1] - _ratio[below];

        // alpha = (1 + r^2)^(-1/2), sigma = r alpha.
        double cube = level.Alpha * level.Alpha * level.Alpha;
        return (-level.Ratio * cube * slope, cube * slope);
    }

    /// <summary>The size of the table.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{nameof(TabulatedSchedule)} of {Count} times, alpha_bar {_alphaBar[0]} to {_alphaBar[^1]}");

    private static double[] Ramp(int count, double start, double end)
    {
        Require.Positive(count, nameof(count));
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = count == 1 ? start : start + (i * ((end - start) / (count - 1)));
        if (count > 1)
            values[^1] = end;
        return values;
    }
}
