using OptiCore.Dynamics;

namespace OptiCore.Problems;

/// <summary>
/// Predator and prey, lotka_volterra: z1' = (theta[1] - theta[2] z2) z1, z2' = (-theta[3] + theta[4] z1) z2 with z(0) = z_init, and observations y[n,k] ~ LogNormal(log z_k(t[n]), sigma[k]) at times
/// t[n] and y_init at 0. theta[1], theta[3] ~ N(1, sd 1/2), theta[2], theta[4] ~ N(0.05, sd 0.05), z_init ~ LogNormal(log 10, 1), sigma ~ LogNormal(-1, 1), all positive.
/// </summary>
/// <remarks>
/// Solved together with its derivatives by the logarithms of theta and z_init, 14 equations, by Tsitouras' method at a tolerance of 1e-6: the log density is exact to about 1e-5.
/// B. Carpenter (2018), Predator-prey population dynamics: the Lotka-Volterra model in Stan.
/// </remarks>
public sealed class LotkaVolterraPosterior : ConstrainedLogDensity
{
    private const int Rates = 4, Populations = 2, Directions = Rates + Populations;
    private const double RateScale = 0.5, RateMean = 1, EncounterScale = 0.05, EncounterMean = 0.05;

    private readonly double[] _logStarts, _logs;
    private readonly ObservedOde<Population> _equation;
    private readonly double _constant;

    /// <summary>Creates the density.</summary>
    /// <param name="times">The times t[n], increasing, after 0.</param>
    /// <param name="starts">The observed populations at time 0, prey and predator.</param>
    /// <param name="observations">The observed populations y[n,k], N x 2.</param>
    /// <param name="tolerance">The relative and absolute tolerance of the integration.</param>
    /// <exception cref="ArgumentException">Lengths don't fit, times don't increase, or a population isn't positive.</exception>
    public LotkaVolterraPosterior(ReadOnlySpan<double> times, ReadOnlySpan<double> starts, ReadOnlySpan<double> observations, double tolerance = 1e-6)
        : base(new ParameterSpace().Positive("theta", Rates).Positive("z_init", Populations).Positive("sigma", Populations))
    {
        Require.Length(starts.Length, Populations, nameof(starts));
        Require.Length(observations.Length, Populations * times.Length, nameof(observations));
        _logStarts = Observations.Logarithms(starts, nameof(starts));
        _logs = Observations.Logarithms(observations, nameof(observations));
        foreach (double log in (ReadOnlySpan<double>)[.. _logStarts, .. _logs])
            _constant -= log;
        var method = new ExplicitRungeKutta { Tableau = Tsitouras.Tableau, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance };
        _equation = new ObservedOde<Population>(() => new Population(), method, Observations.Times(times, 0));
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        gradient.Clear();
        ObservedOde<Population>.Run run = _equation.Rent();
        x[..Rates].CopyTo(run.System.Theta);
        run.Start.AsSpan().Clear();
        for (int k = 0; k < Populations; k++)
        {
            run.Start[k] = x[Rates + k];
            run.Start[Populations + (Populations * (Rates + k)) + k] = x[Rates + k];
        }

        double value = run.TrySolve(0) ? LogDensity(run, x, gradient) : double.NegativeInfinity;
        _equation.Return(run);
        return value;
    }

    private double LogDensity(ObservedOde<Population>.Run run, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double value = _constant;
        Span<double> byLog = stackalloc double[Directions];
        byLog.Clear();
        for (int k = 0; k < Populations; k++)
        {
            double sigma = x[Rates + Populations + k], precision = 1 / (sigma * sigma);
            double first = _logStarts[k] - Math.Log(x[Rates + k]), squares = first * first;
            byLog[Rates + k] += precision * first;
            for (int n = 0; n < _equation.Count; n++)
            {
                ReadOnlySpan<double> z = run.At(n);
                double rest = _logs[(n * Populations) + k] - Math.Log(z[k]), pull = precision * rest / z[k];
                squares += rest * rest;
                for (int d = 0; d < Directions; d++)
                    byLog[d] += pull * z[Populations + (Populations * d) + k];
            }

            int count = _equation.Count + 1;
            double logSigma = Math.Log(sigma), logStart = Math.Log(x[Rates + k] / 10);
            value -= (count * logSigma) + (0.5 * precision * squares);
            value -= logSigma + (0.5 * (logSigma + 1) * (logSigma + 1)) + Math.Log(x[Rates + k]) + (0.5 * logStart * logStart);
            gradient[Rates + Populations + k] = ((precision * squares) - count - 2 - logSigma) / sigma;
            byLog[Rates + k] -= 1 + logStart;
        }

        for (int d = 0; d < Directions; d++)
            gradient[d] = byLog[d] / x[d];
        for (int r = 0; r < Rates; r++)
        {
            double mean = r % 2 == 0 ? RateMean : EncounterMean, scale = r % 2 == 0 ? RateScale : EncounterScale, z = (x[r] - mean) / scale;
            value -= 0.5 * z * z;
            gradient[r] -= z / scale;
        }

        return value;
    }

    /// <summary>The populations, and behind them their derivatives by the logarithms of the four rates and of both starts, two numbers each.</summary>
    private sealed class Population : IOdeSystem
    {
        public double[] Theta { get; } = new double[Rates];

        public int Dimension => Populations * (1 + Directions);

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            double t1 = Theta[0], t2 = Theta[1], t3 = Theta[2], t4 = Theta[3], z1 = y[0], z2 = y[1];
            double growth = t1 - (t2 * z2), decline = (t4 * z1) - t3, j12 = -t2 * z1, j21 = t4 * z2;
            dy[0] = growth * z1;
            dy[1] = decline * z2;
            for (int d = Populations; d < 14; d += Populations)
            {
                double s1 = y[d], s2 = y[d + 1];
                dy[d] = (growth * s1) + (j12 * s2);
                dy[d + 1] = (j21 * s1) + (decline * s2);
            }

            dy[2] += t1 * z1;
            dy[4] += j12 * z2;
            dy[7] -= t3 * z2;
            dy[9] += j21 * z1;
        }
    }
}
