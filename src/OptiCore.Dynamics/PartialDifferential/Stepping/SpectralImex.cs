using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>Which pair of an implicit and an explicit Runge-Kutta method is taken.</summary>
public enum ImexScheme
{
    /// <summary>ARS(2,2,2): two stages, order 2, the implicit one L-stable.</summary>
    Ars222,

    /// <summary>ARS(2,3,3): order 3 with two implicit and three explicit stages, A-stable.</summary>
    Ars233,

    /// <summary>ARS(4,4,3): four stages, order 3, the implicit one L-stable.</summary>
    Ars443,
}

/// <summary>
/// Implicit-explicit Runge-Kutta methods for a <see cref="SpectralEquation"/>: each stage solves (1 - h a lambda[k]) c[k] = ..., a division, and takes the nonlinear part of the stages before.
/// </summary>
/// <remarks>
/// Damps what is stiff where exponential methods follow it exactly; cheaper coefficients, larger errors. For dispersive equations, whose lambda is imaginary, prefer <see cref="SpectralEtd4"/>.
/// Cost: one nonlinear part a stage.
/// </remarks>
[Algorithm("IMEX Runge-Kutta", "Partial differential equations", "U. M. Ascher, S. J. Ruuth, R. J. Spiteri (1997), Implicit-explicit Runge-Kutta methods for time-dependent partial differential equations")]
public sealed record SpectralImex
{
    /// <summary>The step h.</summary>
    public required double StepSize { get; init => field = Require.Positive(value); }

    /// <summary>The pair of methods. Default: ARS(4,4,3).</summary>
    public ImexScheme Scheme { get; init => field = Require.Defined(value); } = ImexScheme.Ars443;

    /// <summary>Allocates everything that steps need.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="time">The time to start from.</param>
    /// <param name="state">The state there, finite.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public SpectralState Start(SpectralEquation equation, double time, ReadOnlySpan<double> state)
    {
        ArgumentNullException.ThrowIfNull(equation);
        return new State(this, equation, time, state);
    }

    /// <summary>The coefficients: row i of each matrix belongs to stage i + 1, whose implicit diagonal is the last entry of its row.</summary>
    private static (double[][] Implicit, double[][] Explicit, double[] Weights, double[] ExplicitWeights) Table(ImexScheme scheme)
    {
        double gamma = scheme == ImexScheme.Ars222 ? 1 - (1 / Math.Sqrt(2)) : (3 + Math.Sqrt(3)) / 6, delta = 1 - (1 / (2 * gamma));
        return scheme switch
        {
            ImexScheme.Ars222 => ([[gamma], [1 - gamma, gamma]], [[gamma], [delta, 1 - delta]], [1 - gamma, gamma], [delta, 1 - delta, 0]),
            ImexScheme.Ars233 => ([[gamma], [1 - (2 * gamma), gamma]], [[gamma], [gamma - 1, 2 * (1 - gamma)]], [0.5, 0.5], [0, 0.5, 0.5]),
            _ => (
                [[0.5], [1.0 / 6, 0.5], [-0.5, 0.5, 0.5], [1.5, -1.5, 0.5, 0.5]],
                [[0.5], [11.0 / 18, 1.0 / 18], [5.0 / 6, -5.0 / 6, 0.5], [0.25, 1.75, 0.75, -1.75]],
                [1.5, -1.5, 0.5, 0.5],
                [0.25, 1.75, 0.75, -1.75, 0]),
        };
    }

    private sealed class State : SpectralState
    {
        private readonly double[][] _implicit;
        private readonly double[][] _explicit;
        private readonly double[] _weights;
        private readonly double[] _explicitWeights;
        private readonly Complex[] _lambda;
        private readonly Complex[][] _linear;
        private readonly Complex[][] _nonlinear;
        private readonly Complex[] _stage;
        private Complex[] _u;
        private Complex[] _next;

        public State(SpectralImex options, SpectralEquation equation, double time, ReadOnlySpan<double> state)
            : base(equation, options.StepSize, time, state)
        {
            (_implicit, _explicit, _weights, _explicitWeights) = Table(options.Scheme);
            int n = equation.Modes;
            _lambda = new Complex[n];
            for (int k = 0; k < n; k++)
                _lambda[k] = equation.Linear(k);
            _linear = new Complex[_implicit.Length][];
            _nonlinear = new Complex[_implicit.Length + 1][];
            for (int i = 0; i < _nonlinear.Length; i++)
            {
                _nonlinear[i] = new Complex[n];
                if (i < _linear.Length)
                    _linear[i] = new Complex[n];
            }

            (_u, _next, _stage) = (new Complex[n], new Complex[n], new Complex[n]);
            equation.ToSpectrum(state, _u);
        }

        public override void CopyTo(Span<double> state) => Equation.ToState(_u, state);

        private protected override bool TryStep()
        {
            double h = StepSize;
            Equation.Nonlinear(_u, _nonlinear[0]);
            for (int i = 0; i < _implicit.Length; i++)
            {
                ReadOnlySpan<double> a = _implicit[i], b = _explicit[i];
                for (int k = 0; k < _u.Length; k++)
                {
                    Complex sum = default;
                    for (int j = 0; j < i; j++)
                        sum += a[j] * _linear[j][k];
                    for (int j = 0; j <= i; j++)
                        sum += b[j] * _nonlinear[j][k];
                    _stage[k] = (_u[k] + (h * sum)) / (1 - (h * a[i] * _lambda[k]));
                    _linear[i][k] = _lambda[k] * _stage[k];
                }

                // The last stage's nonlinear part has a weight only where the explicit method has one stage more.
                if (_explicitWeights[i + 1] != 0 || i + 1 < _implicit.Length)
                    Equation.Nonlinear(_stage, _nonlinear[i + 1]);
            }

            // Where both methods end in their last stage, that one is the solution, without the rounding of h lambda times it.
            if (_explicitWeights[^1] == 0)
                _stage.CopyTo(_next, 0);
            else
                Combine(h);
            if (!IsFinite(_next))
                return false;
            (_u, _next) = (_next, _u);
            return true;
        }

        private void Combine(double h)
        {
            for (int k = 0; k < _u.Length; k++)
            {
                Complex sum = default;
                for (int j = 0; j < _weights.Length; j++)
                    sum += _weights[j] * _linear[j][k];
                for (int j = 0; j < _explicitWeights.Length; j++)
                    sum += _explicitWeights[j] * _nonlinear[j][k];
                _next[k] = _u[k] + (h * sum);
            }
        }

        private protected override void PersistState(StateArchive archive) => archive.Transfer<Complex>(_u);
    }
}
