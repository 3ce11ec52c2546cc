using OptiCore.Dynamics;

namespace OptiCore.Problems;

/// <summary>
/// A drug in one compartment, one_comp_mm_elim_abs: first-order absorption and Michaelis-Menten elimination, C' = (D k_a / V) exp(-k_a t) - (V_m / V) C / (K_m + C), C(t0) = 0, with observations
/// C_hat[n] ~ LogNormal(log C(t[n]), sigma) and half-Cauchy(0, 1) priors on k_a, K_m, V_m and sigma.
/// </summary>
/// <remarks>
/// Solved together with its derivatives by the logarithms of the three rates by Tsitouras' method. The concentration falls to small values where its logarithm counts, so the absolute tolerance
/// is a hundredth of the relative one.
/// </remarks>
public sealed class MichaelisMentenPosterior : ConstrainedLogDensity
{
    private const int Rates = 3;

    private readonly double[] _logs;
    private readonly double _start, _constant;
    private readonly ObservedOde<Compartment> _equation;

    /// <summary>Creates the density.</summary>
    /// <param name="dose">The dose D.</param>
    /// <param name="volume">The volume V.</param>
    /// <param name="start">The time t0 of the dose.</param>
    /// <param name="times">The times t[n], increasing, after t0.</param>
    /// <param name="concentrations">The observed concentrations C_hat[n].</param>
    /// <param name="tolerance">The relative tolerance of the integration.</param>
    /// <exception cref="ArgumentException">Lengths don't fit, times don't increase, or a concentration isn't positive.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Dose, volume or tolerance aren't positive.</exception>
    public MichaelisMentenPosterior(double dose, double volume, double start, ReadOnlySpan<double> times, ReadOnlySpan<double> concentrations, double tolerance = 1e-7)
        : base(new ParameterSpace().Positive("k_a").Positive("K_m").Positive("V_m").Positive("sigma"))
    {
        Require.Length(concentrations.Length, times.Length, nameof(concentrations));
        double input = Require.Positive(dose) / Require.Positive(volume), inverseVolume = 1 / volume;
        _start = Require.Finite(start);
        _logs = Observations.Logarithms(concentrations, nameof(concentrations));
        foreach (double log in _logs)
            _constant -= log;
        var method = new ExplicitRungeKutta { Tableau = Tsitouras.Tableau, RelativeTolerance = Require.Positive(tolerance), AbsoluteTolerance = 0.01 * tolerance };
        _equation = new ObservedOde<Compartment>(() => new Compartment(input, inverseVolume), method, Observations.Times(times, start));
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        gradient.Clear();
        ObservedOde<Compartment>.Run run = _equation.Rent();
        x[..Rates].CopyTo(run.System.Parameters);
        double value = run.TrySolve(_start) ? LogDensity(run, x, gradient) : double.NegativeInfinity;
        _equation.Return(run);
        return value;
    }

    private double LogDensity(ObservedOde<Compartment>.Run run, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sigma = x[Rates], precision = 1 / (sigma * sigma), squares = 0;
        int count = _equation.Count;
        for (int n = 0; n < count; n++)
        {
            ReadOnlySpan<double> state = run.At(n);
            double rest = _logs[n] - Math.Log(state[0]), pull = precision * rest / state[0];
            squares += rest * rest;
            for (int d = 0; d < Rates; d++)
                gradient[d] += pull * state[1 + d];
        }

        for (int d = 0; d < Rates; d++)
            gradient[d] /= x[d];
        gradient[Rates] = ((precision * squares) - count) / sigma;
        double value = _constant - (count * Math.Log(sigma)) - (0.5 * precision * squares);
        for (int d = 0; d <= Rates; d++)
        {
            double excess = x[d] * x[d];
            value -= SpecialFunctions.LogOnePlus(excess);
            gradient[d] -= 2 * x[d] / (1 + excess);
        }

        return value;
    }

    /// <summary>The concentration, and its derivatives by the logarithms of k_a, K_m and V_m.</summary>
    private sealed class Compartment(double input, double inverseVolume) : IOdeSystem
    {
        public double[] Parameters { get; } = new double[Rates];

        public int Dimension => 1 + Rates;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            double ka = Parameters[0], km = Parameters[1], vm = Parameters[2] * inverseVolume, c = y[0];
            double absorbed = input * ka * Math.Exp(-ka * t), inverse = 1 / (km + c), eliminated = vm * c * inverse, saturation = km * inverse;
            double slope = -vm * saturation * inverse;
            dy[0] = absorbed - eliminated;
            dy[1] = (slope * y[1]) + (absorbed * (1 - (ka * t)));
            dy[2] = (slope * y[2]) + (eliminated * saturation);
            dy[3] = (slope * y[3]) - eliminated;
        }
    }
}
