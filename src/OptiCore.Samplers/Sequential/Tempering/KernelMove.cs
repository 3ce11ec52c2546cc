namespace OptiCore.Samplers;

/// <summary>
/// Moves by one of the package's Markov kernels: Hamiltonian Monte Carlo by default. For kernels with a step size and a metric the step size is the scale, tuned to <see cref="TargetAcceptance"/> from stage to stage, and the metric is the covariance of the particles
/// in the metric's form.
/// </summary>
/// <remarks>A. Buchholz, N. Chopin, P. E. Jacob (2021), Adaptive tuning of Hamiltonian Monte Carlo within sequential Monte Carlo.</remarks>
public sealed record KernelMove : ITemperedMove<IDifferentiableTemperedTarget>
{
    /// <summary>The kernel; its adaptation isn't used. Default: HMC with trajectories of length pi / 2.</summary>
    public ISampler<IDifferentiableFunction<double>> Kernel { get; init => field = Require.NotNull(value); } = new Hmc();

    /// <inheritdoc/>
    public double TargetAcceptance { get; init => field = Require.InOpen(value, 0, 1); } = 0.8;

    /// <inheritdoc/>
    public double InitialScale(int dimension) => 0.5 * Math.Pow(dimension, -0.25);

    /// <inheritdoc/>
    public TemperedMover Start(IDifferentiableTemperedTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var density = new TemperedDensity(target);
        return new Mover(target, density, Kernel.Start(density));
    }

    /// <summary>log p_0 + lambda log L as a function to sample.</summary>
    private sealed class TemperedDensity(IDifferentiableTemperedTarget target) : IDifferentiableFunction<double>
    {
        private readonly double[] _gradient = new double[target.Dimension];

        public double Exponent { get; set; }

        public int Dimension => target.Dimension;

        public double Value(ReadOnlySpan<double> x) => target.Parts(x, out double factor) + (Exponent * factor);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double value = target.PartsAndGradients(x, out double factor, gradient, _gradient);
            if (!double.IsFinite(value) || Exponent == 0)
                return value;
            value += Exponent * factor;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += Exponent * _gradient[i];
            return value;
        }
    }

    private sealed class Mover(IDifferentiableTemperedTarget target, TemperedDensity density, SamplerState kernel) : TemperedMover
    {
        private readonly double[] _inverse = new double[target.Dimension * target.Dimension];
        private readonly bool _isMetricFixed = (kernel as ITunableKernel)?.Metric.StartEstimator() is null;

        public override void Prepare(double exponent, double scale, ReadOnlySpan<double> root)
        {
            int n = target.Dimension;
            density.Exponent = exponent;
            if (kernel is not ITunableKernel tunable)
                return;
            tunable.StepSize = scale;
            MetricState metric = tunable.Metric;
            if (_isMetricFixed)
                return;
            bool dense = metric.Inverse.Length == n * n && n > 1;
            Span<double> inverse = _inverse.AsSpan(0, dense ? n * n : n);
            for (int i = 0; i < n; i++)
            {
                for (int j = dense ? 0 : i; j < (dense ? n : i + 1); j++)
                {
                    double sum = 0;
                    for (int k = 0; k <= Math.Min(i, j); k++)
                        sum += root[(i * n) + k] * root[(j * n) + k];
                    inverse[dense ? (i * n) + j : i] = sum;
                }
            }

            metric.SetInverse(inverse);
        }

        public override double Move(TemperedParticle particle, RandomKey key)
        {
            if (!kernel.MoveTo(particle.Point))
                return 0;
            DrawStatistics statistics = kernel.Draw(key);
            double reference = target.Parts(kernel.Position, out double factor);
            if (double.IsFinite(reference) && !double.IsNaN(factor))
                particle.Replace(kernel.Position, reference, factor);
            return statistics.AcceptStatistic;
        }
    }
}
