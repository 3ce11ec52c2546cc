using System.Numerics;
using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The split-step Fourier method for the <see cref="NonlinearSchrodinger"/> equation: its parts are solved exactly in turn, the nonlinear one as a rotation by |psi|^2 h at each point, the linear one by
/// exp(-i k^2 h / 2) of each coefficient. Strang's composition N(h/2) L(h) N(h/2) has order 2; Yoshida's of three of them, with w = 1 / (2 - 2^(1/3)), order 4.
/// </summary>
/// <remarks>
/// Every part is unitary: the mass is conserved to rounding for any step. Two transforms for a Strang step, six for Yoshida's; adjacent half rotations are joined. A step above about pi over the largest k^2 / 2 may meet a
/// numerical instability (Weideman and Herbst 1986, Split-step methods for the solution of the nonlinear Schrödinger equation).
/// </remarks>
[Algorithm("Split-step Fourier method", "Partial differential equations", "G. Strang (1968), On the construction and comparison of difference schemes; R. H. Hardin, F. D. Tappert (1973), Applications of the split-step Fourier method; H. Yoshida (1990), Construction of higher order symplectic integrators")]
public sealed record SplitStepFourier
{
    /// <summary>The step h.</summary>
    public required double StepSize { get; init => field = Require.Positive(value); }

    /// <summary>The order, 2 or 4. Default: 2.</summary>
    public int Order
    {
        get;
        init => field = value is 2 or 4 ? value : throw new ArgumentOutOfRangeException(nameof(Order), value, FormattableString.Invariant($"{nameof(Order)} is {value} but must be 2 or 4."));
    } = 2;

    /// <summary>Allocates everything that steps need.</summary>
    /// <param name="equation">The equation.</param>
    /// <param name="time">The time to start from.</param>
    /// <param name="state">The state there, n finite pairs.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    public SpectralState Start(NonlinearSchrodinger equation, double time, ReadOnlySpan<double> state)
    {
        ArgumentNullException.ThrowIfNull(equation);
        return new State(this, equation, time, state);
    }

    private sealed class State : SpectralState
    {
        // The factors of the linear part of each substep, and the times of the rotations between them.
        private readonly Complex[][] _linear;
        private readonly double[] _rotations;
        private Complex[] _psi;
        private Complex[] _next;

        public State(SplitStepFourier options, NonlinearSchrodinger equation, double time, ReadOnlySpan<double> state)
            : base(equation, options.StepSize, time, state)
        {
            double w = 1 / (2 - Math.Cbrt(2)), h = options.StepSize;
            double[] substeps = options.Order == 2 ? [h] : [w * h, (1 - (2 * w)) * h, w * h];
            _linear = new Complex[substeps.Length][];
            _rotations = new double[substeps.Length + 1];
            for (int s = 0; s < substeps.Length; s++)
            {
                _rotations[s] += 0.5 * substeps[s];
                _rotations[s + 1] += 0.5 * substeps[s];
                _linear[s] = new Complex[equation.Modes];
                for (int k = 0; k < equation.Modes; k++)
                    _linear[s][k] = Complex.Exp(substeps[s] * equation.Linear(k));
            }

            _psi = new Complex[equation.Modes];
            _next = new Complex[equation.Modes];
            MemoryMarshal.Cast<double, Complex>(state).CopyTo(_psi);
        }

        public override void CopyTo(Span<double> state)
        {
            Require.Length(state.Length, Equation.Dimension, nameof(state));
            MemoryMarshal.Cast<Complex, double>(_psi).CopyTo(state);
        }

        private protected override bool TryStep()
        {
            _psi.CopyTo(_next, 0);
            Span<double> pairs = MemoryMarshal.Cast<Complex, double>(_next.AsSpan());
            Rotate(pairs, _rotations[0]);
            for (int s = 0; s < _linear.Length; s++)
            {
                Complex[] factors = _linear[s];
                Equation.Grid.ComplexTransform.Forward(pairs);
                for (int k = 0; k < _next.Length; k++)
                    _next[k] *= factors[k];
                Equation.Grid.ComplexTransform.Inverse(pairs);
                Rotate(pairs, _rotations[s + 1]);
            }

            if (!IsFinite(_next))
                return false;
            (_psi, _next) = (_next, _psi);
            return true;
        }

        private protected override void PersistState(StateArchive archive) => archive.Transfer<Complex>(_psi);

        private static void Rotate(Span<double> pairs, double time)
        {
            for (int i = 0; i < pairs.Length; i += 2)
            {
                double re = pairs[i], im = pairs[i + 1];
                (double sin, double cos) = Math.SinCos(time * ((re * re) + (im * im)));
                (pairs[i], pairs[i + 1]) = ((re * cos) - (im * sin), (re * sin) + (im * cos));
            }
        }
    }
}
