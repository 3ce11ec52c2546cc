using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The alternating direction method of multipliers for min 1/2 |r(x)|^2 + g(A x) with residuals r that are affine in x and g proximable: the lasso and its fused, group and total-variation forms,
/// least squares under convex constraints, low-rank and robust fits. With z = A x and the scaled dual u, each iteration solves a linear system for x, applies the operator of g for z and adds the
/// residual A x - z to u.
/// </summary>
/// <remarks>
/// <para>S. Boyd, N. Parikh, E. Chu, B. Peleato and J. Eckstein (2011), Distributed optimization and statistical learning via the alternating direction method of multipliers, Found. Trends Mach. Learn.
/// 3, 1-122: stopping by primal and dual residuals (section 3.3.1), residual balancing of the penalty rho by He, Yang and Wang (section 3.4.1), over-relaxation (section 3.4.3).</para>
/// <para>The residuals are evaluated with their Jacobian once, at the start; the matrix J'J + rho A'A is factored then (n^3/3) and whenever rho changes. An iteration costs 2 n^2 + 4 p n for p rows of A,
/// one operator, and one evaluation of the residuals, at z where A is the identity and else at x, which gives the value 1/2 |r|^2 + g of the run and tells residuals that aren't affine: those
/// end the run as Failed, for them see <see cref="DavisYin"/> or <see cref="Fista"/>. With the identity the iterate is z, which lies in the domain of g exactly.</para>
/// </remarks>
[Algorithm("ADMM", "Splitting", "Boyd, Parikh, Chu, Peleato, Eckstein (2011), Distributed optimization and statistical learning via the alternating direction method of multipliers", Capabilities = "affine residuals and Jacobian, proximal operator")]
public sealed record Admm : ISolver<double, IDifferentiableResidualFunction<double>>
{
    /// <summary>The function g. Default: 0.</summary>
    public IProximable Regularizer { get; init => field = Require.NotNull(value, nameof(Regularizer)); } = Prox.Zero;

    /// <summary>The map A, p x n, row-major; empty for the identity. Default: empty.</summary>
    /// <exception cref="ArgumentException">An element isn't finite.</exception>
    public ReadOnlyMemory<double> Map
    {
        get;
        init
        {
            Require.AllFinite(value.Span, nameof(Map));
            field = value.ToArray();
        }
    }

    /// <summary>The penalty rho, or the first if it is balanced. Default: 1.</summary>
    public double Penalty { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The factor alpha of over-relaxation, in (0, 2). Default: 1.6, within the range of 1.5 to 1.8 that the paper reports as better than 1.</summary>
    public double Relaxation { get; init => field = Require.InOpen(value, 0, 2); } = 1.6;

    /// <summary>
    /// How often the penalty may be doubled or halved because one residual is more than ten times the other; finite, because convergence is proved for a penalty that is fixed in the end. Default: 50.
    /// </summary>
    public int MaxBalancings { get; init => field = Require.NonNegative(value); } = 50;

    /// <summary>The absolute part of the tolerance of both residuals, for each element. Default: 1e-9.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>The relative part of the tolerance of both residuals. Default: 1e-8.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-8;

    /// <summary>Further criteria. Default: none.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The map or the regularizer has another size.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        if (Map.Length % start.Length != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Map)} has {Map.Length} elements, which is no multiple of the {start.Length} variables."), nameof(shape));
        Prox.RequireDimension(Regularizer, Map.IsEmpty ? start.Length : Map.Length / start.Length, nameof(Regularizer));
        return new State(this, new Query<double>(shape, Oracle.Residuals | Oracle.Jacobian), start);
    }

    private sealed class State : SolverState<double>
    {
        private const double ResidualRatio = 10;
        private const double PenaltyFactor = 2;
        private const double AffineTolerance = 1e-6;

        private readonly Admm _options;
        private readonly ProximalWorkspace _work = new();
        private readonly int _n, _m, _p;
        private readonly double[] _start, _residuals, _jacobian, _normal, _rightSide, _factor, _x, _z, _dual, _mapped, _relaxed, _before, _scratch, _predicted, _point;
        private double _value = double.NaN, _change = double.NaN, _stepNorm = double.NaN, _penalty, _primal = double.NaN, _dualResidual = double.NaN, _primalLimit, _dualLimit;
        private int _balancings;
        private bool _started, _singular, _notAffine;

        public State(Admm options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            (_n, _m) = (start.Length, query.Shape.ResidualCount);
            _p = options.Map.IsEmpty ? _n : options.Map.Length / _n;
            _start = start.ToArray();
            _point = start.ToArray();
            _residuals = new double[_m];
            _jacobian = new double[_m * _n];
            _normal = new double[_n * _n];
            _rightSide = new double[_n];
            _factor = new double[_n * _n];
            _x = start.ToArray();
            _z = new double[_p];
            _dual = new double[_p];
            _mapped = new double[_p];
            _relaxed = new double[_p];
            _before = new double[_p];
            _scratch = new double[Math.Max(_n, _p)];
            _predicted = new double[_m];
            _penalty = options.Penalty;
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _point;

        public override double Value => _value;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override double Objective(int index)
        {
            Span<double> mapped = _work.Numbers(0, _p);
            MapTo(Query.Point(index), mapped);
            return Query.Value(index) + _options.Regularizer.Value(mapped, _work.Nested(0));
        }

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.GradientTolerance => string.Create(
                CultureInfo.InvariantCulture, $"The primal residual, {_primal:g3}, and the dual residual, {_dualResidual:g3}, are within their tolerances of {_primalLimit:g3} and {_dualLimit:g3}."),
            StopReason.NoProgress when _notAffine => "The residuals are not affine: they differ from their linear model at the start.",
            StopReason.NoProgress when _singular => "The matrix J'J + rho A'A is singular: neither the residuals nor the map determine x.",
            _ => null,
        };

        public override Advance Tell()
        {
            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);
            if (!_started)
            {
                _started = true;
                TakeModel();
                return _singular ? Advance.Stop(StopReason.NoProgress) : Iterate(Advance.Continue);
            }

            double before = _value, square = 0, scale = 1 + Reduce.Norm<double>(_residuals);
            ReadOnlySpan<double> point = Query.Point(), residuals = Query.Residuals();
            Vectors.Subtract(point, _start, _scratch.AsSpan(0, _n));
            Blas.Gemv(false, _m, _n, 1, _jacobian, _n, _scratch.AsSpan(0, _n), 0, _predicted);
            for (int i = 0; i < _m; i++)
            {
                double error = residuals[i] - _residuals[i] - _predicted[i];
                square += error * error;
            }

            if (Math.Sqrt(square) > AffineTolerance * (scale + Reduce.Norm<double>(_predicted)))
            {
                _notAffine = true;
                return Advance.Stop(StopReason.NoProgress);
            }

            Vectors.Subtract(point, _point, _scratch.AsSpan(0, _n));
            _stepNorm = Reduce.Norm<double>(_scratch.AsSpan(0, _n)) / Math.Max(1, Reduce.Norm(point));
            point.CopyTo(_point);
            _value = Objective(0);
            _change = double.IsFinite(before) && double.IsFinite(_value) ? before - _value : double.NaN;
            if (_primal <= _primalLimit && _dualResidual <= _dualLimit)
                return Advance.Stop(StopReason.GradientTolerance, iterated: true);
            Balance();
            return _singular ? Advance.Stop(StopReason.NoProgress, iterated: true) : Iterate(Advance.Iteration);
        }

        /// <summary>J'J and J'(J x0 - r0), from the one Jacobian.</summary>
        private void TakeModel()
        {
            Query.Residuals().CopyTo(_residuals);
            Query.Jacobian.CopyTo(_jacobian);
            _value = Objective(0);
            Blas.Syrk<double>(Triangle.Lower, true, _n, _m, 1, _jacobian, _n, 0, _normal, _n);
            Blas.Gemv(false, _m, _n, 1, _jacobian, _n, _start, 0, _predicted);
            Vectors.Subtract(_predicted, _residuals, _predicted);
            Blas.Gemv(true, _m, _n, 1, _jacobian, _n, _predicted, 0, _rightSide);
            MapTo(_start, _z);
            Factor();
        }

        private void Factor()
        {
            _normal.CopyTo(_factor, 0);
            if (_options.Map.IsEmpty)
            {
                for (int i = 0; i < _n; i++)
                    _factor[(i * _n) + i] += _penalty;
            }
            else
            {
                Blas.Syrk(Triangle.Lower, true, _n, _p, _penalty, _options.Map.Span, _n, 1, _factor, _n);
            }

            _singular = !Cholesky.TryFactor<double>(_factor, _n);
        }

        private Advance Iterate(Advance done)
        {
            // (J'J + rho A'A) x = J'(J x0 - r0) + rho A'(z - u)
            Span<double> difference = _relaxed;
            Vectors.Subtract(_z, _dual, difference);
            MapBack(difference, _x);
            for (int i = 0; i < _n; i++)
                _x[i] = _rightSide[i] + (_penalty * _x[i]);
            Cholesky.Solve<double>(_factor, _n, _n, _x);
            MapTo(_x, _mapped);

            double alpha = _options.Relaxation;
            _z.CopyTo(_before, 0);
            for (int i = 0; i < _p; i++)
            {
                _relaxed[i] = (alpha * _mapped[i]) + ((1 - alpha) * _before[i]);
                _z[i] = _relaxed[i] + _dual[i];
            }

            if (!double.IsFinite(Reduce.MaxNorm<double>(_z)))
                return Advance.Stop(StopReason.NonFinite, done.IsIteration);
            _options.Regularizer.Apply(_z, 1 / _penalty, _z, _work.Nested(0));
            for (int i = 0; i < _p; i++)
                _dual[i] += _relaxed[i] - _z[i];
            Residuals();
            Query.Needs = Oracle.Residuals;
            (_options.Map.IsEmpty ? _z : _x).CopyTo(Query.Point());
            return done;
        }

        private void Residuals()
        {
            Span<double> scratch = _scratch;
            double primal = 0;
            for (int i = 0; i < _p; i++)
            {
                primal += (_mapped[i] - _z[i]) * (_mapped[i] - _z[i]);
                _before[i] = _z[i] - _before[i];
            }

            _primal = Math.Sqrt(primal);
            _primalLimit = (Math.Sqrt(_p) * _options.AbsoluteTolerance) + (_options.RelativeTolerance * Math.Max(Reduce.Norm<double>(_mapped), Reduce.Norm<double>(_z)));
            MapBack(_before, scratch);
            _dualResidual = _penalty * Reduce.Norm<double>(scratch[.._n]);
            MapBack(_dual, scratch);
            _dualLimit = (Math.Sqrt(_n) * _options.AbsoluteTolerance) + (_options.RelativeTolerance * _penalty * Reduce.Norm<double>(scratch[.._n]));
        }

        private void Balance()
        {
            if (_balancings >= _options.MaxBalancings)
                return;
            double factor = _primal > ResidualRatio * _dualResidual ? PenaltyFactor : _dualResidual > ResidualRatio * _primal ? 1 / PenaltyFactor : 1;
            if (factor == 1)
                return;
            _balancings++;
            _penalty *= factor;

            // The unscaled dual variable rho u stays.
            Vectors.Scale(1 / factor, _dual, _dual);
            Factor();
        }

        private void MapTo(ReadOnlySpan<double> x, Span<double> mapped)
        {
            if (_options.Map.IsEmpty)
                x.CopyTo(mapped);
            else
                Blas.Gemv(false, _p, _n, 1, _options.Map.Span, _n, x, 0, mapped[.._p]);
        }

        private void MapBack(ReadOnlySpan<double> v, Span<double> back)
        {
            if (_options.Map.IsEmpty)
                v.CopyTo(back);
            else
                Blas.Gemv(true, _p, _n, 1, _options.Map.Span, _n, v, 0, back[.._n]);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_residuals);
            archive.Transfer<double>(_jacobian);
            archive.Transfer<double>(_normal);
            archive.Transfer<double>(_rightSide);
            archive.Transfer<double>(_factor);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_z);
            archive.Transfer<double>(_dual);
            archive.Transfer<double>(_point);
            archive.Transfer(ref _value);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _penalty);
            archive.Transfer(ref _primal);
            archive.Transfer(ref _dualResidual);
            archive.Transfer(ref _primalLimit);
            archive.Transfer(ref _dualLimit);
            archive.Transfer(ref _balancings);
            archive.Transfer(ref _started);
            archive.Transfer(ref _singular);
            archive.Transfer(ref _notAffine);
        }
    }
}
