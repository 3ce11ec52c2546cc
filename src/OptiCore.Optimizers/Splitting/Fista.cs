using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>When the momentum of <see cref="Fista"/> begins anew.</summary>
public enum FistaRestart
{
    /// <summary>Never: the method of the paper.</summary>
    None = 0,

    /// <summary>When the objective rises.</summary>
    Function = 1,

    /// <summary>When the momentum points uphill: (y - x_new).(x_new - x) &gt; 0.</summary>
    Gradient = 2,
}

/// <summary>
/// The fast iterative shrinkage-thresholding algorithm for f(x) + g(x), f smooth and convex, g proximable: a proximal gradient step from a point extrapolated along the last move,
/// y = x + (m - 1)/m_new (x - x_before) with m_new = (1 + sqrt(1 + 4 m^2)) / 2. The objective falls like 1/k^2, the best rate of first-order methods, where
/// <see cref="ProximalGradient"/> has 1/k.
/// </summary>
/// <remarks>
/// <para>A. Beck and M. Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear inverse problems, SIAM J. Imaging Sci. 2, 183-202; <see cref="Monotone"/>: the same authors
/// (2009), Fast gradient-based algorithms for constrained total variation image denoising and deblurring problems, IEEE Trans. Image Process. 18, 2419-2434; <see cref="Restart"/>:
/// B. O'Donoghue and E. Candes (2015), Adaptive restart for accelerated gradient schemes, Found. Comput. Math. 15, 715-732, which gives linear convergence near strongly convex
/// minima without knowing their condition.</para>
/// <para>An iteration costs a gradient at the extrapolated point, a value for each trial of a step, and one proximal operator a trial. Steps only shrink, as the rate demands, but for the first iteration
/// and the first after a restart, which double them as long as the test holds (our choice, so that no constant need be known). Values of runs are f + g;
/// <see cref="SolverState{T}.GradientNorm"/> is the largest element of the gradient mapping (y - x_new) / t. Where f isn't finite at an extrapolated point, the momentum is dropped.</para>
/// </remarks>
[Algorithm("FISTA", "Splitting", "Beck, Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Capabilities = "gradient, proximal operator")]
public sealed record Fista : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The function g. Default: 0.</summary>
    public IProximable Regularizer { get; init => field = Require.NotNull(value, nameof(Regularizer)); } = Prox.Zero;

    /// <summary>The first step t that is tried. Default: 1.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What a step is multiplied by when its trial fails, in (0, 1). Default: 0.5.</summary>
    public double Shrink { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>When the momentum begins anew. Default: by the gradient scheme.</summary>
    public FistaRestart Restart { get; init => field = Require.Defined(value); } = FistaRestart.Gradient;

    /// <summary>Keeps the better of the old and the new point as the iterate (MFISTA), so that the objective never rises. Default: off.</summary>
    public bool Monotone { get; init; }

    /// <summary>When an iterate is good enough. Default: no element of the gradient mapping larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Prox.RequireDimension(Regularizer, start.Length, nameof(Regularizer));
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State : SolverState<double>
    {
        private readonly Fista _options;
        private readonly ProximalWorkspace _work = new();
        private readonly double[] _x, _y, _gradient, _trial, _accepted, _difference;
        private double _smooth, _value = double.NaN, _norm = double.NaN, _change = double.NaN, _stepNorm = double.NaN;
        private double _step, _momentum = 1, _acceptedSmooth;
        private bool _started, _asksGradient = true, _growing = true, _hasAccepted, _plain = true;

        public State(Fista options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _x = start.ToArray();
            _y = start.ToArray();
            _gradient = new double[n];
            _trial = new double[n];
            _accepted = new double[n];
            _difference = new double[n];
            _step = options.InitialStep;
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _norm;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override double Objective(int index) => Query.Value(index) + _options.Regularizer.Value(Query.Point(index), _work);

        public override string? Describe(StopReason reason) => CompositeStop.Describe(reason, _norm, _options.Stopping);

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                _value = Objective(0);
            }

            return _asksGradient ? TakeGradient() : TakeValue();
        }

        private Advance TakeGradient()
        {
            if (!Query.IsFinite())
            {
                // Beyond the domain: back to the iterate without momentum. Nothing is left to do if it has no gradient either.
                if (_plain)
                    return Advance.Stop(StopReason.NonFinite);
                BeginAnew();
                return AskGradient(Advance.Continue);
            }

            Query.Gradient().CopyTo(_gradient);
            _smooth = Query.Value();
            _hasAccepted = false;
            return Propose();
        }

        private Advance Propose()
        {
            Vectors.AddScaled(_y, -_step, _gradient, _trial);
            if (!double.IsFinite(Reduce.MaxNorm<double>(_trial)))
                return _hasAccepted ? Accept() : CompositeStop.NotFinite(Advance.Continue);
            _options.Regularizer.Apply(_trial, _step, _trial, _work);
            Vectors.Subtract(_y, _trial, _difference);
            if (Reduce.MaxNorm<double>(_difference) == 0)
            {
                // With momentum, a step that moves nothing only says that y is its own image; the iterate moves there.
                if (_hasAccepted || !_plain)
                    return TakeFixedPoint();
                return Advance.Stop(CompositeStop.Stall(_x, _step, _options.Stopping.GradientTolerance, out _norm));
            }

            _asksGradient = false;
            Query.Needs = Oracle.Value;
            _trial.CopyTo(Query.Point());
            return Advance.Continue;
        }

        private Advance TakeFixedPoint()
        {
            if (_hasAccepted)
                return Accept();
            BeginAnew();
            return AskGradient(Advance.Continue);
        }

        private Advance TakeValue()
        {
            Vectors.Subtract(_y, _trial, _difference);
            bool holds = Query.IsFinite() && CompositeStop.IsMajorized(_smooth, _gradient, Query.Value(), [], _difference, _step);
            if (holds && (!_growing || _step > 1e12 * _options.InitialStep || !CompositeStop.IsMeasurable(_smooth, _difference, _step)))
            {
                Keep();
                return Accept();
            }

            if (holds)
            {
                Keep();
                _step *= 2;
                return Propose();
            }

            _growing = false;
            if (_hasAccepted)
            {
                _step *= 0.5;
                return Accept();
            }

            _step *= _options.Shrink;
            return Propose();
        }

        private void Keep()
        {
            _trial.CopyTo(_accepted, 0);
            _acceptedSmooth = Query.Value();
            _hasAccepted = true;
        }

        private Advance Accept()
        {
            _growing = false;
            _accepted.CopyTo(_trial, 0);
            double objective = _acceptedSmooth + _options.Regularizer.Value(_trial, _work), uphill = 0, square = 0;
            _norm = 0;
            for (int i = 0; i < _x.Length; i++)
            {
                double back = _y[i] - _trial[i], move = _trial[i] - _x[i];
                _norm = Math.Max(_norm, Math.Abs(back) / _step);
                uphill += back * move;
                square += move * move;
            }

            // A rise within rounding is none: else the monotone form would stay at one point for ever.
            bool rises = objective > _value + (1e-14 * Math.Abs(_value));
            bool restart = (_options.Restart == FistaRestart.Function && rises) || (_options.Restart == FistaRestart.Gradient && uphill > 0);
            bool stay = _options.Monotone && rises;
            double next = 0.5 * (1 + Math.Sqrt(1 + (4 * _momentum * _momentum)));
            double toTrial = stay ? _momentum / next : 0, along = stay ? 0 : (_momentum - 1) / next;
            for (int i = 0; i < _x.Length; i++)
            {
                double x = stay ? _x[i] : _trial[i];
                _y[i] = x + (toTrial * (_trial[i] - x)) + (along * (x - _x[i]));
                _x[i] = x;
            }

            _change = stay ? double.NaN : _value - objective;
            _stepNorm = stay ? double.NaN : Math.Sqrt(square) / Math.Max(1, Reduce.Norm<double>(_x));
            if (!stay)
                _value = objective;
            _momentum = next;
            _plain = !stay && along == 0;
            if (restart)
                BeginAnew();
            return AskGradient(Advance.Iteration);
        }

        private void BeginAnew()
        {
            _x.CopyTo(_y, 0);
            _momentum = 1;
            _plain = true;
            _growing = true;
        }

        private Advance AskGradient(Advance done)
        {
            _asksGradient = true;
            Query.Needs = Oracle.Value | Oracle.Gradient;
            _y.CopyTo(Query.Point());
            return done;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_y);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_trial);
            archive.Transfer<double>(_accepted);
            archive.Transfer(ref _smooth);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _step);
            archive.Transfer(ref _momentum);
            archive.Transfer(ref _acceptedSmooth);
            archive.Transfer(ref _started);
            archive.Transfer(ref _asksGradient);
            archive.Transfer(ref _growing);
            archive.Transfer(ref _hasAccepted);
            archive.Transfer(ref _plain);
        }
    }
}
