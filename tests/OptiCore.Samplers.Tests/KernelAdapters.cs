namespace OptiCore.Samplers.Tests;

/// <summary>Elliptical slice sampling of any density: a prior N(0, 9 I), and the rest of the density as the likelihood.</summary>
internal sealed record OnGaussianPrior(EllipticalSlice Inner) : ISampler<IDifferentiableFunction<double>>
{
    private const double PriorVariance = 9;

    public IAdaptation? Adaptation => Inner.Adaptation;

    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        int n = target.Dimension;
        double[] covariance = new double[n * n];
        for (int i = 0; i < n; i++)
            covariance[(i * n) + i] = PriorVariance;
        return Inner.Start(new GaussianPriorDensity(new double[n], covariance, Function.BlackBox(n, x =>
        {
            double squares = 0;
            foreach (double v in x)
                squares += v * v;
            return target.Value(x) + (0.5 * squares / PriorVariance);
        })));
    }
}

/// <summary>A stochastic-gradient kernel on any density, divided into terms that differ: <see cref="SplitDensity"/>.</summary>
internal sealed record OverTerms(ISampler<IFiniteSumFunction<double>> Inner) : ISampler<IDifferentiableFunction<double>>
{
    public IAdaptation? Adaptation => Inner.Adaptation;

    public SamplerState Start(IDifferentiableFunction<double> target) => Inner.Start(new SplitDensity(target, 20, 0.1));
}

/// <summary>log p(x) as the sum of m terms log p(x) / m + a_i sum(x), where the a_i are evenly spaced and sum to zero.</summary>
internal sealed class SplitDensity(IDifferentiableFunction<double> density, int count, double spread) : IFiniteSumFunction<double>
{
    public int Dimension => density.Dimension;

    public int TermCount => count;

    public double Value(ReadOnlySpan<double> x) => density.Value(x) / count;

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double value = density.ValueAndGradient(x, gradient);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] /= count;
        return value / count;
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, ReadOnlySpan<int> terms, Span<double> gradient)
    {
        double value = ValueAndGradient(x, gradient), slope = 0, sum = 0;
        foreach (int i in terms)
            slope += Slope(i) / terms.Length;
        foreach (double v in x)
            sum += v;
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] += slope;
        return value + (slope * sum);
    }

    /// <summary>a_i.</summary>
    public double Slope(int i) => spread * (i - (0.5 * (count - 1))) / count;
}

/// <summary>Gibbs sampling of any density: the blocks follow from the number of coordinates.</summary>
internal sealed record InBlocks(ScanOrder Scan, Func<int, IReadOnlyList<GibbsBlock>> Blocks) : ISampler<IDifferentiableFunction<double>>
{
    public Gibbs Published => new() { Blocks = Blocks(2), Scan = Scan };

    public IAdaptation? Adaptation => Published.Adaptation;

    public SamplerState Start(IDifferentiableFunction<double> target) => (Published with { Blocks = Blocks(target.Dimension) }).Start(target);
}
