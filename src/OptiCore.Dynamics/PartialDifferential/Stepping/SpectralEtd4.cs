using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// Exponential time differencing of order 4: the linear part of a <see cref="SpectralEquation"/> is solved exactly, and the other integrated against it by a Runge-Kutta scheme of four stages. The step is limited by the
/// nonlinear part alone.
/// </summary>
/// <remarks>
/// The coefficients are sums of the functions of <see cref="PhiFunctions"/>, which don't cancel for small z = h lambda as the formulas of Cox and Matthews do; Kassam and Trefethen took means over circles for the same reason. Cost:
/// four nonlinear parts a
/// step. Stability is best for parabolic equations; for dispersive ones the step may be limited.
/// </remarks>
[Algorithm("ETDRK4", "Partial differential equations", "S. M. Cox, P. C. Matthews (2002), Exponential time differencing for stiff systems; A.-K. Kassam, L. N. Trefethen (2005), Fourth-order time-stepping for stiff PDEs")]
public sealed record SpectralEtd4
{
    /// <summary>The step h.</summary>
    public required double StepSize { get; init => field = Require.Positive(value); }

    /// <summary>Computes the coefficients and allocates everything that steps need.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="time">The time to start from.</param>
    /// <param name="state">The state there, finite.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public SpectralState Start(SpectralEquation equation, double time, ReadOnlySpan<double> state)
    {
        ArgumentNullException.ThrowIfNull(equation);
        return new State(this, equation, time, state);
    }

    private sealed class State : SpectralState
    {
        private readonly Complex[] _full;
        private readonly Complex[] _half;
        private readonly Complex[] _q;
        private readonly Complex[] _f1;
        private readonly Complex[] _f2;
        private readonly Complex[] _f3;
        private readonly Complex[] _a;
        private readonly Complex[] _b;
        private readonly Complex[] _nu;
        private readonly Complex[] _na;
        private readonly Complex[] _nb;
        private readonly Complex[] _nc;
        private Complex[] _u;
        private Complex[] _next;

        public State(SpectralEtd4 options, SpectralEquation equation, double time, ReadOnlySpan<double> state)
            : base(equation, options.StepSize, time, state)
        {
            int n = equation.Modes;
            double h = options.StepSize;
            (_full, _half, _q, _f1, _f2, _f3) = (new Complex[n], new Complex[n], new Complex[n], new Complex[n], new Complex[n], new Complex[n]);
            (_a, _b, _nu, _na, _nb, _nc) = (new Complex[n], new Complex[n], new Complex[n], new Complex[n], new Complex[n], new Complex[n]);
            (_u, _next) = (new Complex[n], new Complex[n]);
            equation.ToSpectrum(state, _u);
            Span<Complex> phi = stackalloc Complex[4];
            for (int k = 0; k < n; k++)
            {
                Complex z = h * equation.Linear(k);
                PhiFunctions.Evaluate(0.5 * z, phi[..2]);
                (_half[k], _q[k]) = (phi[0], 0.5 * h * phi[1]);
                PhiFunctions.Evaluate(z, phi);
                _full[k] = phi[0];
                _f1[k] = h * (phi[1] - (3 * phi[2]) + (4 * phi[3]));
                _f2[k] = h * (phi[2] - (2 * phi[3]));
                _f3[k] = h * ((4 * phi[3]) - phi[2]);
            }
        }

        public override void CopyTo(Span<double> state) => Equation.ToState(_u, state);

        private protected override bool TryStep()
        {
            int n = _u.Length;
            Equation.Nonlinear(_u, _nu);
            for (int k = 0; k < n; k++)
                _a[k] = (_half[k] * _u[k]) + (_q[k] * _nu[k]);
            Equation.Nonlinear(_a, _na);
            for (int k = 0; k < n; k++)
                _b[k] = (_half[k] * _u[k]) + (_q[k] * _na[k]);
            Equation.Nonlinear(_b, _nb);
            for (int k = 0; k < n; k++)
                _b[k] = (_half[k] * _a[k]) + (_q[k] * ((2 * _nb[k]) - _nu[k]));
            Equation.Nonlinear(_b, _nc);
            for (int k = 0; k < n; k++)
                _next[k] = (_full[k] * _u[k]) + (_f1[k] * _nu[k]) + (2 * (_f2[k] * (_na[k] + _nb[k]))) + (_f3[k] * _nc[k]);
            if (!IsFinite(_next))
                return false;
            (_u, _next) = (_next, _u);
            return true;
        }

        private protected override void PersistState(StateArchive archive) => archive.Transfer<Complex>(_u);
    }
}
