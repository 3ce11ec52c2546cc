using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The proximal gradient method (forward-backward splitting, ISTA) for f(x) + g(x) with f smooth and g proximable: x_new = prox_{t g}(x - t grad f(x)). The step t is found by backtracking,
/// so that no Lipschitz constant is needed, and may grow again from iteration to iteration.
/// </summary>
/// <remarks>
/// <para>A. Beck and M. Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear inverse problems, SIAM J. Imaging Sci. 2, 183-202 (the step rule); P. Combettes and V. Wajs
/// (2005), Signal recovery by proximal forward-backward splitting. Where values agree to ten digits, their difference is mostly rounding, and the curvature test is made with gradients instead:
/// (grad f(x_new) - grad f(x)).s &lt;= |s|^2 / t (S. Becker, E. Candes and M. Grant (2011), Templates for convex cone problems, section 5.3).</para>
/// <para>A trial costs one value and gradient and one proximal operator. For convex f the objective falls like 1/k, linearly where it is strongly convex; for nonconvex f limit points are
/// stationary. Values of runs are f + g. <see cref="SolverState{T}.GradientNorm"/> is the largest element of the gradient mapping (x - x_new) / t. A trial that isn't finite shortens the step.</para>
/// <para>Prefer <see cref="Fista"/> for convex problems of poor condition, <see cref="SpectralProjectedGradient"/> for constraints with a projection.</para>
/// </remarks>
[Algorithm("Proximal gradient", "Splitting", "Beck, Teboulle (2009), A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Capabilities = "gradient, proximal operator")]
public sealed record ProximalGradient : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The function g. Default: 0.</summary>
    public IProximable Regularizer { get; init => field = Require.NotNull(value, nameof(Regularizer)); } = Prox.Zero;

    /// <summary>The first step t that is tried; the first iteration doubles it as long as the test holds. Default: 1.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What a step is multiplied by when its trial fails, in (0, 1). Default: 0.5.</summary>
    public double Shrink { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>What the step is multiplied by before each iteration, at least 1; 1 keeps steps from growing, as in the paper. Default: 1.1.</summary>
    public double Growth { get; init => field = Require.InHalfOpen(value, 1, double.PositiveInfinity); } = 1.1;

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
        private readonly ProximalGradient _options;
        private readonly ProximalWorkspace _work = new();
        private readonly double[] _x, _gradient, _difference;
        private double _smooth, _value = double.NaN, _norm = double.NaN, _change = double.NaN, _stepNorm = double.NaN, _step;
        private bool _started, _shrunk;

        public State(ProximalGradient options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _x = start.ToArray();
            _gradient = new double[start.Length];
            _difference = new double[start.Length];
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
                Take();
                return Propose(Advance.Continue);
            }

            if (!Query.IsFinite() || !IsMajorized())
            {
                _shrunk = true;
                _step *= _options.Shrink;
                return Propose(Advance.Continue);
            }

            _norm = Reduce.MaxNorm<double>(_difference) / _step;
            double before = _value, length = Reduce.Norm<double>(_difference);
            Take();
            _change = before - _value;
            _stepNorm = length / Math.Max(1, Reduce.Norm<double>(_x));
            _step *= _shrunk ? _options.Growth : 2;
            return Propose(Advance.Iteration);
        }

        private void Take()
        {
            Query.Point().CopyTo(_x);
            Query.Gradient().CopyTo(_gradient);
            _smooth = Query.Value();
            _value = Objective(0);
        }

        private Advance Propose(Advance done)
        {
            Span<double> trial = Query.Point();
            Vectors.AddScaled(_x, -_step, _gradient, trial);
            if (!double.IsFinite(Reduce.MaxNorm<double>(trial)))
                return CompositeStop.NotFinite(done);
            _options.Regularizer.Apply(trial, _step, trial, _work);
            Vectors.Subtract(_x, trial, _difference);

            return Reduce.MaxNorm<double>(_difference) != 0
                ? done
                : Advance.Stop(CompositeStop.Stall(_x, _step, _options.Stopping.GradientTolerance, out _norm), done.IsIteration);
        }

        private bool IsMajorized() => CompositeStop.IsMajorized(_smooth, _gradient, Query.Value(), Query.Gradient(), _difference, _step);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_difference);
            archive.Transfer(ref _smooth);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _step);
            archive.Transfer(ref _started);
            archive.Transfer(ref _shrunk);
        }
    }
}
