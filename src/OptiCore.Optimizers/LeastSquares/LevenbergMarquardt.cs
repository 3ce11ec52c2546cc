using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The Levenberg-Marquardt method for nonlinear least squares, min 1/2 |r(x)|^2, in the trust-region form of MINPACK: each step minimises the linear
/// model |r + J p| in an ellipsoid |D p| &lt;= Delta, found from the QR factorization of J with column pivoting; D holds the largest column norms seen, so
/// that the method doesn't depend on the parameters' scales.
/// </summary>
/// <remarks>
/// <para>J. J. Moré (1978), The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630, 105-116.
/// <see cref="GeodesicAcceleration"/>: M. K. Transtrum and J. P. Sethna (2012), Improvements to the Levenberg-Marquardt algorithm for nonlinear
/// least-squares minimization, arXiv:1201.5885.</para>
/// <para>A trial costs one evaluation of the residuals, a successful one a Jacobian and 2 m n^2 operations as well; after a step that didn't shrink the region both are asked for at once, so that the
/// residuals aren't computed twice. An iteration is a successful step.
/// Residuals or a Jacobian that aren't finite reject the trial and shrink the region. Jacobians of any rank and m &lt; n are allowed.</para>
/// <para>The run converges by the three tests of MINPACK (<see cref="ValueTolerance"/>, <see cref="StepTolerance"/>, <see cref="OrthogonalityTolerance"/>).
/// When a region has shrunk to nothing by rejected trials, that counts as convergence only if the largest cosine is below 1e-6 or the undamped linear
/// model promises next to nothing, a relative reduction of 1e-4 or a step of half of the digits; else the Jacobian doesn't fit the residuals, and the run ends as Failed with
/// <see cref="StopReason.NoProgress"/>. Standard deviations of a fit: <see cref="LeastSquaresFit"/>.</para>
/// <para>The last digits: sums of squares can be compared to half of the digits of a minimum only. Where an undamped step changes the sum by less than 1e-10,
/// relatively, it is taken as long as each shortens, by a tenth or more, the projection of the residuals onto the range of J (an addition to the paper).</para>
/// <para>For general functions prefer <see cref="Lbfgs"/>.</para>
/// </remarks>
[Algorithm("Levenberg-Marquardt", "Least squares", "Moré (1978), The Levenberg-Marquardt algorithm: implementation and theory", Capabilities = "residuals and Jacobian")]
public sealed record LevenbergMarquardt : ISolver<double, IDifferentiableResidualFunction<double>>
{
    /// <summary>Converged when actual and predicted relative reduction of the sum of squares are at most this (MINPACK's ftol). Default: 1e-15.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-15;

    /// <summary>Converged when Delta is at most this times |D x| (MINPACK's xtol). Default: 1e-12.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Converged when the cosine of the angle between r and any column of J is at most this (MINPACK's gtol). Default: 1e-15.</summary>
    public double OrthogonalityTolerance { get; init => field = Require.NonNegative(value); } = 1e-15;

    /// <summary>The first Delta as a multiple of |D x|, or its value where x is 0 (MINPACK's factor). Default: 100.</summary>
    public double InitialRegion { get; init => field = Require.Positive(value); } = 100;

    /// <summary>
    /// Adds the second-order correction of a geodesic to each step, for one more evaluation of the residuals: fewer iterations in curved valleys.
    /// Default: off.
    /// </summary>
    public bool GeodesicAcceleration { get; init; }

    /// <summary>The correction is used when 2 |D a| &lt;= alpha |D p|. Default: 0.75, after Transtrum and Sethna.</summary>
    public double AccelerationLimit { get; init => field = Require.Positive(value); } = 0.75;

    /// <summary>Further criteria, tested after each successful step; the gradient is J^T r. Default: an exact zero of the gradient only.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) =>
        new State(this, new Query<double>(shape, Oracle.Residuals | Oracle.Jacobian), start);

    private enum Phase
    {
        /// <summary>Asked: residuals and Jacobian at the start.</summary>
        Start = 0,

        /// <summary>Asked: residuals a little along the step, for its acceleration.</summary>
        Probe = 1,

        /// <summary>Asked: residuals at the trial point.</summary>
        Trial = 2,

        /// <summary>Asked: the Jacobian at a trial point that is good enough.</summary>
        Jacobian = 3,
    }

    private sealed class State : SolverState<double>
    {
        private const double MachineEpsilon = 2.220446049250313e-16;
        private const double SquareRootOfEpsilon = 1.4901161193847656e-8;
        private const double SmallestRegion = 1e-300;

        // A relative reduction of the sum of squares below this is lost in the rounding of small residuals: measured on NIST's Lanczos1, whose residuals
        // of 1e-13 are differences of numbers near 1.
        private const double NegligiblePromise = 1e-4;

        // A relative change of the sum of squares below this may be rounding alone.
        private const double Unmeasurable = 1e-10;
        private const int MaxPolishes = 100;

        // After a step of which more than this part came true the region doesn't shrink, and the next step is likely to be taken.
        private const double ShrinkingRatio = 0.25;

        // Comparing sums of squares finds a minimum to half of the digits; some more are lost to the condition of J.
        private const double NegligibleCosine = 1e-6;

        // How far along the step the second derivative is probed (Transtrum and Sethna use 0.1).
        private const double ProbeLength = 0.1;

        private readonly LevenbergMarquardt _options;
        private readonly TrustRegionStep _model;
        private readonly double[] _x, _residuals, _scale, _step, _acceleration, _work;
        private Phase _phase;
        private double _value = double.NaN, _norm, _gradientNorm = double.NaN, _cosine, _xNorm, _region, _damping, _stepLength;
        private double _valueChange = double.NaN, _stepNorm = double.NaN;
        private StopReason _verdict;
        private double _promise;
        private int _polishes;
        private bool _first = true, _polishing, _trusted;

        public State(LevenbergMarquardt options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = query.Dimension, m = query.Shape.ResidualCount;
            _options = options;
            _model = new TrustRegionStep(m, n);
            _x = start.ToArray();
            _residuals = new double[m];
            _scale = new double[n];
            _step = new double[n];
            _acceleration = new double[n];
            _work = new double[m];
            start.CopyTo(query.Point());
            query.Needs = Oracle.Residuals | Oracle.Jacobian;
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _gradientNorm;

        public override double ValueChange => _valueChange;

        public override double StepNorm => _stepNorm;

        public override string? Describe(StopReason reason)
        {
            CultureInfo c = CultureInfo.InvariantCulture;
            return reason switch
            {
                StopReason.GradientTolerance when _cosine <= _options.OrthogonalityTolerance =>
                    string.Create(c, $"The residuals are orthogonal to the columns of the Jacobian: the largest cosine, {_cosine:g3}, is within the tolerance of {_options.OrthogonalityTolerance:g3}."),
                StopReason.ValueTolerance => string.Create(c, $"The actual and the predicted relative reduction of the sum of squares are within the tolerance of {_options.ValueTolerance:g3}."),
                StopReason.StepTolerance => string.Create(c, $"The trust region, relative to the point, is within the tolerance of {_options.StepTolerance:g3}."),
                StopReason.NoProgress => string.Create(c, $"No step along the Jacobian's directions lowers the sum of squares, though the residuals are not orthogonal to its columns (largest cosine {_cosine:g3}): the Jacobian may not match the residuals, or the precision is exhausted."),
                _ => null,
            };
        }

        public override Advance Tell() => _phase switch
        {
            Phase.Start => TakeStart(),
            Phase.Probe => TakeProbe(),
            Phase.Trial => TakeTrial(),
            _ => TakeJacobian(),
        };

        private Advance TakeStart()
        {
            TakeModel();
            ReadOnlySpan<double> columnNorms = _model.ColumnNorms;
            for (int j = 0; j < _scale.Length; j++)
                _scale[j] = columnNorms[j] == 0 ? 1 : columnNorms[j];
            _xNorm = ScaledNorm(_x);
            _region = _options.InitialRegion * (_xNorm == 0 ? 1 : _xNorm);
            return Stationary() ? Advance.Stop(StopReason.GradientTolerance) : Propose(Advance.Continue);
        }

        /// <summary>Makes the point of the query, whose Jacobian is known, the iterate.</summary>
        private void TakeModel()
        {
            Query.Point().CopyTo(_x);
            Query.Residuals().CopyTo(_residuals);
            _value = Query.Value();
            _norm = Math.Sqrt(2 * _value);
            _model.Factor(Query.Jacobian, _residuals);
            _gradientNorm = _model.GradientNorm;
            _cosine = _norm == 0 ? 0 : _model.LargestProjection / _norm;
            _promise = _norm == 0 ? 0 : _model.PromisedNorm / _norm;
        }

        private bool Stationary() => _cosine <= _options.OrthogonalityTolerance;

        /// <summary>The step of the current region; asks for its trial or, first, for the probe of its acceleration.</summary>
        private Advance Propose(Advance done)
        {
            _damping = _model.Solve(_scale, _region, _damping, _step);
            _stepLength = ScaledNorm(_step);
            if (_first)
                _region = Math.Min(_region, _stepLength);

            // The second differences of very short steps are rounding.
            bool accelerate = _options.GeodesicAcceleration && _promise * _promise > Unmeasurable;
            _phase = accelerate ? Phase.Probe : Phase.Trial;

            // A polishing step is taken by its Jacobian alone.
            bool atOnce = !accelerate && ((_polishing && _damping == 0) || (_trusted && done.IsIteration));
            Query.Needs = atOnce ? Oracle.Residuals | Oracle.Jacobian : Oracle.Residuals;
            Vectors.AddScaled(_x, accelerate ? ProbeLength : 1, _step, Query.Point());
            return done;
        }

        private Advance TakeProbe()
        {
            Span<double> point = Query.Point();
            _phase = Phase.Trial;
            Vectors.AddScaled(_x, 1, _step, point);
            if (!Query.IsFinite())
                return Advance.Continue;

            // r_pp = 2/h ((r(x + h p) - r(x)) / h - J p); the acceleration a is the damped solution of J a = -r_pp.
            _model.Image(_step, _work);
            ReadOnlySpan<double> probe = Query.Residuals();
            for (int i = 0; i < _work.Length; i++)
                _work[i] = -2 / ProbeLength * (((probe[i] - _residuals[i]) / ProbeLength) - _work[i]);
            _model.SolveDamped(_scale, _damping, _work, _acceleration);
            if (2 * ScaledNorm(_acceleration) <= _options.AccelerationLimit * _stepLength)
                Vectors.AddScaled(point, 0.5, _acceleration, point);
            return Advance.Continue;
        }

        private Advance TakeTrial()
        {
            // Reductions relative to |r|^2: the actual one, and the one that the model and its damping predict.
            double trialNorm = Query.IsFinite() ? Math.Sqrt(2 * Query.Value()) : double.PositiveInfinity;
            double actual = 0.1 * trialNorm < _norm ? 1 - (trialNorm / _norm * (trialNorm / _norm)) : -1;
            double linear = _model.ImageNorm(_step) / _norm, damped = Math.Sqrt(_damping) * _stepLength / _norm;
            double predicted = (linear * linear) + (2 * damped * damped), slope = -((linear * linear) + (damped * damped));
            double ratio = predicted == 0 ? 0 : actual / predicted;

            // Too small a change for the sum of squares to tell: the Jacobian decides whether the undamped step came nearer.
            _polishing = _damping == 0 && _polishes < MaxPolishes && predicted <= Unmeasurable && Math.Abs(actual) <= Unmeasurable;

            if (_polishing)
            {
                // The ratio is rounding here and must not shrink the region: the step that follows is undamped as well.
                _region = _stepLength / 0.5;
            }
            else if (ratio <= ShrinkingRatio)
            {
                double shrink = actual >= 0 ? 0.5 : 0.5 * slope / (slope + (0.5 * actual));
                if (0.1 * trialNorm >= _norm || !(shrink >= 0.1))
                    shrink = 0.1;
                _region = shrink * Math.Min(_region, _stepLength / 0.1);
                _damping /= shrink;
            }
            else if (_damping == 0 || ratio >= 0.75)
            {
                _region = _stepLength / 0.5;
                _damping *= 0.5;
            }

            _trusted = ratio > ShrinkingRatio;
            bool success = ratio >= 1e-4;
            bool smallReduction = Math.Abs(actual) <= _options.ValueTolerance && predicted <= _options.ValueTolerance && ratio <= 2;
            bool smallRegion = _region <= _options.StepTolerance * (success ? ScaledNorm(Query.Point()) : _xNorm);
            _verdict = smallReduction ? StopReason.ValueTolerance : smallRegion ? StopReason.StepTolerance : StopReason.None;
            if (success || _polishing)
            {
                // The trial becomes the iterate if its Jacobian is finite.
                _first = false;
                _phase = Phase.Jacobian;
                if ((Query.Needs & Oracle.Jacobian) != 0)
                    return TakeJacobian();
                Query.Needs = Oracle.Residuals | Oracle.Jacobian;
                return Advance.Continue;
            }

            if (_verdict != StopReason.None)
                return Advance.Stop(IsAtMinimum() ? _verdict : StopReason.NoProgress);
            return _region > MachineEpsilon * _xNorm && _region > SmallestRegion ? Propose(Advance.Continue) : Advance.Stop(StopReason.NoProgress);
        }

        private Advance TakeJacobian()
        {
            if (!Query.IsFinite())
            {
                _region = 0.25 * Math.Min(_region, _stepLength);
                return _region > MachineEpsilon * _xNorm && _region > SmallestRegion ? Propose(Advance.Continue) : Advance.Stop(StopReason.NonFinite);
            }

            double before = _promise;
            Vectors.Subtract(Query.Point(), _x, _step);
            _valueChange = _value - Query.Value();
            TakeModel();
            _stepNorm = Reduce.Norm<double>(_step) / Math.Max(1, Reduce.Norm<double>(_x));
            ReadOnlySpan<double> columnNorms = _model.ColumnNorms;
            for (int j = 0; j < _scale.Length; j++)
                _scale[j] = Math.Max(_scale[j], columnNorms[j]);
            _xNorm = ScaledNorm(_x);
            if (Stationary())
                return Advance.Stop(StopReason.GradientTolerance, iterated: true);
            if (_polishing && _promise <= 0.9 * before)
            {
                _polishes++;
                return Propose(Advance.Iteration);
            }

            if (_polishing)
                _polishes = MaxPolishes;
            return _verdict != StopReason.None ? Advance.Stop(_verdict, iterated: true) : Propose(Advance.Iteration);
        }

        /// <summary>
        /// Whether trials that were all rejected mean that the minimum is reached: the model itself promises next to nothing, or its undamped step is
        /// shorter than what rounding leaves of a minimum. If not, the model is wrong.
        /// </summary>
        private bool IsAtMinimum()
        {
            if (_cosine <= NegligibleCosine || _promise * _promise <= NegligiblePromise)
                return true;
            _model.Solve(_scale, double.PositiveInfinity, 0, _step);
            return ScaledNorm(_step) <= SquareRootOfEpsilon * _xNorm;
        }

        private double ScaledNorm(ReadOnlySpan<double> v)
        {
            double sum = 0;
            for (int j = 0; j < v.Length; j++)
            {
                double w = _scale[j] * v[j];
                sum += w * w;
            }

            return Math.Sqrt(sum);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_model);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_residuals);
            archive.Transfer<double>(_scale);
            archive.Transfer<double>(_step);
            archive.Transfer<double>(_acceleration);
            archive.Transfer<double>(_work);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _verdict);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _gradientNorm);
            archive.Transfer(ref _cosine);
            archive.Transfer(ref _xNorm);
            archive.Transfer(ref _region);
            archive.Transfer(ref _damping);
            archive.Transfer(ref _stepLength);
            archive.Transfer(ref _valueChange);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _promise);
            archive.Transfer(ref _polishes);
            archive.Transfer(ref _first);
            archive.Transfer(ref _polishing);
            archive.Transfer(ref _trusted);
        }
    }
}
