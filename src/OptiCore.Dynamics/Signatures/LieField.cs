using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// The vector fields f_1, ..., f_d of a controlled differential equation with their Lie brackets [f, g] = (Dg) f - (Df) g over the Lyndon words up to a depth: what a step of the log-ODE method flows along. Not for
/// several threads at once.
/// </summary>
public abstract class LieField
{
    private protected LieField(int stateDimension, int controlDimension, int depth)
    {
        StateDimension = Require.Positive(stateDimension, nameof(stateDimension));
        ControlDimension = Require.Positive(controlDimension, nameof(controlDimension));
        Basis = new LogSignature(controlDimension, depth);
    }

    /// <summary>The number n of state variables.</summary>
    public int StateDimension { get; }

    /// <summary>The dimension d of the control.</summary>
    public int ControlDimension { get; }

    /// <summary>The Lyndon basis whose brackets the fields are made for.</summary>
    public LogSignature Basis { get; }

    /// <summary>Vector fields written as an expression. Their brackets are derived from it and compiled once, so that a step replays one program without allocating.</summary>
    /// <param name="field">From the state, a vector of n, to f(z), an n x d matrix.</param>
    /// <param name="stateDimension">The number n of state variables.</param>
    /// <param name="controlDimension">The dimension d of the control.</param>
    /// <param name="depth">The number of levels, at least 1.</param>
    /// <param name="method">Solves the equation of a step. Default: Dormand and Prince with tolerances of 1e-9 and 1e-12.</param>
    /// <exception cref="ArgumentException">The expression has another shape, or a number isn't positive.</exception>
    public static LieField Trace(Func<Variable, Variable> field, int stateDimension, int controlDimension, int depth, ExplicitRungeKutta? method = null) =>
        new TracedField(Require.NotNull(field), stateDimension, controlDimension, depth, method ?? new ExplicitRungeKutta { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-12 });

    /// <summary>Linear vector fields f_i(z) = A_i z. Brackets are commutators, and a step is a matrix exponential: exact for the log-signature it is given.</summary>
    /// <param name="matrices">A_1, ..., A_d one after the other, each n x n, row-major.</param>
    /// <param name="stateDimension">The number n of state variables.</param>
    /// <param name="depth">The number of levels, at least 1.</param>
    /// <exception cref="ArgumentException">The length isn't a positive multiple of n^2, or a number isn't finite or positive.</exception>
    public static LieField Linear(ReadOnlySpan<double> matrices, int stateDimension, int depth)
    {
        int square = checked(Require.Positive(stateDimension, nameof(stateDimension)) * stateDimension);
        if (matrices.IsEmpty || matrices.Length % square != 0)
            throw new ArgumentException(FormattableString.Invariant($"matrices has {matrices.Length} elements, expected a positive multiple of n^2 = {square}."), nameof(matrices));
        Require.AllFinite(matrices, nameof(matrices));
        return new LinearField(matrices, stateDimension, matrices.Length / square, depth);
    }

    /// <summary>Moves a state along sum of λ_w f_[w] for the time 1.</summary>
    /// <param name="logSignature">The coordinates λ, one for each word of the <see cref="Basis"/>.</param>
    /// <param name="state">The state, n elements; is replaced where the end is reached.</param>
    /// <returns><see cref="OdeStopReason.ReachedEnd"/>, or why it wasn't.</returns>
    /// <exception cref="ArgumentException">A length differs.</exception>
    public abstract OdeStopReason Flow(ReadOnlySpan<double> logSignature, Span<double> state);

    private sealed class TracedField : LieField, IOdeSystem
    {
        private readonly Replay<double> _replay;
        private readonly OdeState _run;

        public TracedField(Func<Variable, Variable> field, int stateDimension, int controlDimension, int depth, ExplicitRungeKutta method)
            : base(stateDimension, controlDimension, depth)
        {
            Variable z = Variable.Input("state", [stateDimension]), weights = Variable.Input("logSignature", [Basis.Length]);
            Variable fields = field(z);
            Shape expected = [stateDimension, controlDimension];
            if (fields.Shape != expected)
                throw new ArgumentException($"field has the shape {fields.Shape}, expected {expected}.", nameof(field));
            LyndonBasis basis = Basis.Basis;
            var brackets = new Variable[Basis.Length];
            Variable sum = 0;
            for (int w = 0; w < brackets.Length; w++)
            {
                if (basis.Left[w] < 0)
                {
                    brackets[w] = Operations.Reshape(Operations.Slice(fields, 1, basis.Words[w][0], 1), [stateDimension]);
                }
                else
                {
                    Variable f = brackets[basis.Left[w]], g = brackets[basis.Right[w]];
                    brackets[w] = Derivative.JacobianVector(g, z, f) - Derivative.JacobianVector(f, z, g);
                }

                sum += Operations.Slice(weights, 0, w, 1) * brackets[w];
            }

            _replay = Computation.Compile<double>([z, weights], sum).Start();
            _run = method.Start(this, 0, new double[stateDimension], 1);
        }

        int IOdeSystem.Dimension => StateDimension;

        void IOdeSystem.Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _replay.Run(y, dy);

        public override OdeStopReason Flow(ReadOnlySpan<double> logSignature, Span<double> state)
        {
            Require.Length(logSignature.Length, Basis.Length, nameof(logSignature));
            logSignature.CopyTo(_replay.Input(1));
            _run.Restart(0, state);
            while (_run.Step())
            {
            }

            if (_run.Reason.Status() == RunStatus.Completed)
                _run.State.CopyTo(state);
            return _run.Reason;
        }
    }

    private sealed class LinearField : LieField
    {
        private readonly double[] _brackets;
        private readonly double[] _generator;
        private readonly double[] _trial;
        private readonly MatrixExponential<double> _exponential;

        public LinearField(ReadOnlySpan<double> matrices, int stateDimension, int controlDimension, int depth)
            : base(stateDimension, controlDimension, depth)
        {
            int n = stateDimension, square = n * n;
            LyndonBasis basis = Basis.Basis;
            _brackets = new double[checked(Basis.Length * square)];
            _generator = new double[square];
            _trial = new double[n];
            _exponential = new MatrixExponential<double>(n);
            for (int w = 0; w < Basis.Length; w++)
            {
                Span<double> bracket = _brackets.AsSpan(w * square, square);
                if (basis.Left[w] < 0)
                {
                    matrices.Slice(basis.Words[w][0] * square, square).CopyTo(bracket);
                    continue;
                }

                // For f = A z and g = B z the bracket (Dg) f - (Df) g is (B A - A B) z.
                ReadOnlySpan<double> a = _brackets.AsSpan(basis.Left[w] * square, square), b = _brackets.AsSpan(basis.Right[w] * square, square);
                Blas.Multiply(b, a, bracket, n, n, n);
                Blas.Multiply(a, b, _generator, n, n, n);
                for (int i = 0; i < square; i++)
                    bracket[i] -= _generator[i];
            }
        }

        public override OdeStopReason Flow(ReadOnlySpan<double> logSignature, Span<double> state)
        {
            Require.Length(logSignature.Length, Basis.Length, nameof(logSignature));
            Require.Length(state.Length, StateDimension, nameof(state));
            int n = StateDimension;
            _generator.AsSpan().Clear();
            for (int w = 0; w < logSignature.Length; w++)
            {
                for (int i = 0; i < _generator.Length; i++)
                    _generator[i] += logSignature[w] * _brackets[(w * _generator.Length) + i];
            }

            if (!SdeWork.AllFinite(_generator))
                return OdeStopReason.NonFinite;
            _exponential.Compute(_generator, _generator);
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < n; j++)
                    sum += _generator[(i * n) + j] * state[j];
                _trial[i] = sum;
            }

            if (!SdeWork.AllFinite(_trial))
                return OdeStopReason.NonFinite;
            _trial.CopyTo(state);
            return OdeStopReason.ReachedEnd;
        }
    }
}
