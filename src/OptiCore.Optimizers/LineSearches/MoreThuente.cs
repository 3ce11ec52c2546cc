using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The line search of J. J. Moré and D. J. Thuente (1994), Line search algorithms with guaranteed sufficient decrease, ACM TOMS 20, 286-307:
/// safeguarded cubic and quadratic interpolation for a step that meets the strong Wolfe conditions
/// phi(t) &lt;= phi(0) + mu t phi'(0) and |phi'(t)| &lt;= eta |phi'(0)|.
/// </summary>
/// <remarks>
/// <para>Each trial costs one value and gradient. With a good first step most searches need one.</para>
/// <para>Two additions to the paper. A step where the function isn't finite is never approached again: the search goes back a quarter of the way to the
/// best step so far. And where values agree to within rounding, so that their differences mean nothing, the slopes decide: a step is accepted by the
/// approximate Wolfe conditions (2 mu - 1) phi'(0) &gt;= phi'(t) &gt;= eta phi'(0) of W. W. Hager and H. Zhang (2005), A new conjugate gradient method with
/// guaranteed descent and an efficient line search, SIAM J. Optim. 16, 170-192.</para>
/// <para>When the interval of uncertainty has become too small or <see cref="MaxEvaluations"/> is reached, the best step is evaluated once more and accepted
/// if it has sufficient decrease; else the search fails.</para>
/// </remarks>
public sealed record MoreThuente : ILineSearch
{
    /// <summary>mu: the share of the decrease that the slope promises which must be met. Default: 1e-4.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 0.5); } = 1e-4;

    /// <summary>
    /// eta: the slope may have at most this share of its first size. Default: 0.9, right for quasi-Newton methods; nonlinear conjugate gradients want 0.1.
    /// </summary>
    public double Curvature { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The relative length of the interval of uncertainty at which the search ends. Default: 1e-15.</summary>
    public double IntervalTolerance { get; init => field = Require.NonNegative(value); } = 1e-15;

    /// <summary>The number of trials after which the search ends with the best step. Default: 20.</summary>
    public int MaxEvaluations { get; init => field = Require.Positive(value); } = 20;

    /// <inheritdoc/>
    public LineSearchState Start() => new State(this);

    private sealed class State(MoreThuente options) : LineSearchState
    {
        // Values that differ by less than this, relatively, can't be told apart: some ten roundings of a sum.
        private const double ValuePrecision = 64 * 2.220446049250313e-16;

        // Section 3 of the paper: extrapolation beyond the last step, and the required shrinking of the interval.
        private const double ExtrapolateLeast = 1.1, ExtrapolateMost = 4, RequiredShrinking = 0.66;

        private const double BackFromNonFinite = 0.25;

        private double _value0, _slope0, _maximum, _ceiling;
        private double _lower, _upper, _width, _previousWidth;
        private Trial _best, _other;
        private bool _bracketed, _firstStage, _finishing;
        private int _evaluations;

        public override void Begin(double value, double slope, double step, double maximumStep)
        {
            (_value0, _slope0, _maximum, _ceiling) = (value, slope, maximumStep, double.PositiveInfinity);
            _best = _other = new Trial(0, value, slope);
            (_bracketed, _firstStage, _finishing, _evaluations) = (false, true, false, 0);
            _width = maximumStep;
            _previousWidth = 2 * maximumStep;
            Step = Math.Min(step, maximumStep);
            _lower = 0;
            _upper = Step * (1 + ExtrapolateMost);
        }

        public override LineSearchOutcome Tell(double value, double slope)
        {
            _evaluations++;
            if (!double.IsFinite(value) || !double.IsFinite(slope))
                return RetreatFromNonFinite();

            double promised = options.SufficientDecrease * _slope0, decrease = _value0 + (Step * promised);
            bool sufficient = value <= decrease;
            if (sufficient && Math.Abs(slope) <= -options.Curvature * _slope0)
                return LineSearchOutcome.Accepted;
            if (value <= _value0 + (ValuePrecision * Math.Abs(_value0)) && slope <= ((2 * options.SufficientDecrease) - 1) * _slope0 && slope >= options.Curvature * _slope0)
                return LineSearchOutcome.Accepted;
            if (sufficient && slope <= promised && Step >= _maximum)
                return LineSearchOutcome.Accepted;
            if (_finishing)
                return sufficient ? LineSearchOutcome.Accepted : LineSearchOutcome.Failed;
            if (_evaluations >= options.MaxEvaluations)
                return sufficient && value <= _best.Value ? LineSearchOutcome.Accepted : Finish();

            if (_firstStage && sufficient && slope >= 0)
                _firstStage = false;

            // In the first stage the auxiliary function psi(t) = phi(t) - phi(0) - mu t phi'(0) guides, as long as no step has a lower phi with psi <= 0.
            double guide = _firstStage && value <= _best.Value && !sufficient ? promised : 0;
            double next = Narrow(new Trial(Step, value, slope), guide);
            return Propose(next);
        }

        /// <summary>The new interval of uncertainty and the next step: the four cases of section 4, for phi or, with a guide, psi.</summary>
        private double Narrow(Trial trial, double guide)
        {
            Trial x = _best.Tilt(guide), y = _other.Tilt(guide), t = trial.Tilt(guide);
            bool turned = t.Slope * Math.Sign(x.Slope) < 0;
            double next;
            if (t.Value > x.Value)
            {
                // Case 1: a higher value; a minimum is bracketed. The cubic's step if it is closer to the best, else the mean of it and the quadratic's.
                double cubic = x.Step + (Cubic(x, t, out _) * (t.Step - x.Step));
                double quadratic = x.Step + (x.Slope / (((x.Value - t.Value) / (t.Step - x.Step)) + x.Slope) / 2 * (t.Step - x.Step));
                next = Math.Abs(cubic - x.Step) < Math.Abs(quadratic - x.Step) ? cubic : cubic + ((quadratic - cubic) / 2);
                _bracketed = true;
            }
            else if (turned)
            {
                // Case 2: a lower value and the slope turned; bracketed as well. The step further from the trial of cubic and secant.
                double cubic = t.Step + (Cubic(t, x, out _) * (x.Step - t.Step));
                double secant = t.Step + (t.Slope / (t.Slope - x.Slope) * (x.Step - t.Step));
                next = Math.Abs(cubic - t.Step) > Math.Abs(secant - t.Step) ? cubic : secant;
                _bracketed = true;
            }
            else if (Math.Abs(t.Slope) < Math.Abs(x.Slope))
            {
                // Case 3: a lower value, the same sign, a flatter slope. The cubic counts only if it tends to infinity along the search or has its minimum beyond.
                double r = Cubic(t, x, out double root);
                double cubic = r < 0 && root != 0 ? t.Step + (r * (x.Step - t.Step)) : t.Step > x.Step ? _upper : _lower;
                double secant = t.Step + (t.Slope / (t.Slope - x.Slope) * (x.Step - t.Step));
                bool cubicIsCloser = Math.Abs(cubic - t.Step) < Math.Abs(secant - t.Step);
                if (_bracketed)
                {
                    next = cubicIsCloser ? cubic : secant;
                    double limit = t.Step + (RequiredShrinking * (y.Step - t.Step));
                    next = t.Step > x.Step ? Math.Min(limit, next) : Math.Max(limit, next);
                }
                else
                {
                    next = Math.Clamp(cubicIsCloser ? secant : cubic, _lower, _upper);
                }
            }
            else
            {
                // Case 4: a lower value, the same sign, no flatter: further on, as far as allowed.
                next = _bracketed ? t.Step + (Cubic(t, y, out _) * (y.Step - t.Step)) : t.Step > x.Step ? _upper : _lower;
            }

            if (t.Value > x.Value)
            {
                _other = trial;
            }
            else
            {
                if (turned)
                    _other = _best;
                _best = trial;
            }

            return next;
        }

        /// <summary>Safeguards the next step, or ends the search where the interval has collapsed.</summary>
        private LineSearchOutcome Propose(double next)
        {
            if (_bracketed)
            {
                double width = Math.Abs(_other.Step - _best.Step);
                if (width >= RequiredShrinking * _previousWidth)
                    next = _best.Step + (0.5 * (_other.Step - _best.Step));
                _previousWidth = _width;
                _width = width;
                _lower = Math.Min(_best.Step, _other.Step);
                _upper = Math.Max(_best.Step, _other.Step);
            }
            else
            {
                _lower = next + (ExtrapolateLeast * (next - _best.Step));
                _upper = next + (ExtrapolateMost * (next - _best.Step));
            }

            next = Math.Clamp(next, 0, _maximum);
            if (next >= _ceiling)
                next = _best.Step + (0.5 * (_ceiling - _best.Step));
            bool collapsed = _bracketed && (next <= _lower || next >= _upper || _upper - _lower <= options.IntervalTolerance * _upper);
            if (collapsed || !double.IsFinite(next) || next == _best.Step || next == Step)
                return Finish();
            Step = next;
            return LineSearchOutcome.Continue;
        }

        private LineSearchOutcome RetreatFromNonFinite()
        {
            if (_finishing)
                return LineSearchOutcome.Failed;
            _ceiling = Math.Min(_ceiling, Step);
            double next = _best.Step + (BackFromNonFinite * (Step - _best.Step));
            if (_evaluations >= options.MaxEvaluations || next == _best.Step)
                return Finish();
            Step = next;
            _upper = Math.Min(_upper, _ceiling);
            return LineSearchOutcome.Continue;
        }

        /// <summary>Asks for the best step once more, so that point and gradient at hand are its own.</summary>
        private LineSearchOutcome Finish()
        {
            if (_best.Step == 0)
                return LineSearchOutcome.Failed;
            _finishing = true;
            Step = _best.Step;
            return LineSearchOutcome.Continue;
        }

        /// <summary>The minimiser of the cubic through values and slopes at a and b, as a share of the way from a to b; the discriminant's root tells whether it has one.</summary>
        private static double Cubic(Trial a, Trial b, out double root)
        {
            double theta = (3 * (a.Value - b.Value) / (b.Step - a.Step)) + a.Slope + b.Slope;
            double scale = Math.Max(Math.Abs(theta), Math.Max(Math.Abs(a.Slope), Math.Abs(b.Slope)));
            root = scale * Math.Sqrt(Math.Max(0, (theta / scale * (theta / scale)) - (a.Slope / scale * (b.Slope / scale))));
            if (b.Step < a.Step)
                root = -root;
            return (root - a.Slope + theta) / (root - a.Slope + root + b.Slope);
        }

        public override void Persist(StateArchive archive)
        {
            double step = Step;
            archive.Transfer(ref step);
            Step = step;
            archive.Transfer(ref _value0);
            archive.Transfer(ref _slope0);
            archive.Transfer(ref _maximum);
            archive.Transfer(ref _ceiling);
            archive.Transfer(ref _lower);
            archive.Transfer(ref _upper);
            archive.Transfer(ref _width);
            archive.Transfer(ref _previousWidth);
            archive.Transfer(ref _best);
            archive.Transfer(ref _other);
            archive.Transfer(ref _bracketed);
            archive.Transfer(ref _firstStage);
            archive.Transfer(ref _finishing);
            archive.Transfer(ref _evaluations);
        }

        private readonly record struct Trial(double Step, double Value, double Slope)
        {
            /// <summary>This trial of psi instead of phi, up to a constant.</summary>
            public Trial Tilt(double slope) => new(Step, Value - (Step * slope), Slope - slope);
        }
    }
}
