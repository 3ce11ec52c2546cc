using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The line search of W. W. Hager and H. Zhang (2005), A new conjugate gradient method with guaranteed descent and an efficient line search, SIAM J. Optim. 16,
/// 170-192: brackets a minimum by slopes and narrows by double secant steps, until the Wolfe or the approximate Wolfe conditions hold.
/// </summary>
/// <remarks>
/// <para>Wolfe: phi(t) - phi(0) &lt;= delta t phi'(0) and phi'(t) &gt;= sigma phi'(0). Approximate: (2 delta - 1) phi'(0) &gt;= phi'(t) &gt;= sigma phi'(0) where
/// phi(t) &lt;= phi(0) + epsilon |phi(0)|, which stay meaningful when values agree to half of their digits; so that gradients become as small as the arithmetic allows,
/// where a test by values ends at the root of the precision.</para>
/// <para>The search of CG_DESCENT; the cure for slow final digits in any method. Costs one value and gradient a trial, at times one more than
/// <see cref="MoreThuente"/>. A step where the function isn't finite counts as too long.</para>
/// </remarks>
public sealed record HagerZhang : ILineSearch
{
    /// <summary>delta: the share of the decrease that the slope promises which must be met. Default: 0.1.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 0.5); } = 0.1;

    /// <summary>sigma: the share of the first slope that may be left; at least <see cref="SufficientDecrease"/>. Default: 0.9.</summary>
    public double Curvature { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>epsilon: the relative rise of the value that the approximate conditions allow. Default: 1e-6.</summary>
    public double ValuePrecision { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1e-6;

    /// <summary>theta: where an interval whose upper end is too high is divided. Default: 0.5.</summary>
    public double Division { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>gamma: the share of the interval that a double secant step may leave; else it is halved. Default: 0.66.</summary>
    public double RequiredShrinking { get; init => field = Require.InOpen(value, 0, 1); } = 0.66;

    /// <summary>rho: the growth of steps until a minimum is bracketed. Default: 5.</summary>
    public double Expansion { get; init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Expansion), value, $"{nameof(Expansion)} is {value} but must be larger than 1 and finite."); } = 5;

    /// <summary>The number of trials after which the search ends with the best step. Default: 50.</summary>
    public int MaxEvaluations { get; init => field = Require.Positive(value); } = 50;

    /// <inheritdoc/>
    public LineSearchState Start() => new State(this);

    private enum Phase
    {
        Bracket,
        FirstSecant,
        SecondSecant,
        Halving,
        Finishing,
    }

    private sealed class State(HagerZhang options) : LineSearchState
    {
        private double _value0, _slope0, _ceiling, _maximum, _secant;

        // [_a, _b] is the interval, [_roundA, _roundB] the one at the beginning of the round, [_low, _high] the one that U3 divides.
        private Trial _a, _b, _roundA, _roundB, _low, _high, _best;
        private Phase _phase;
        private bool _dividing;
        private int _evaluations;

        public override void Begin(double value, double slope, double step, double maximumStep)
        {
            (_value0, _slope0, _maximum) = (value, slope, maximumStep);
            _ceiling = value + (options.ValuePrecision * Math.Abs(value));
            _a = _b = _roundA = _roundB = _low = _high = _best = new Trial(0, value, slope);
            (_phase, _dividing, _evaluations) = (Phase.Bracket, false, 0);
            Step = Math.Min(step, maximumStep);
        }

        public override LineSearchOutcome Tell(double value, double slope)
        {
            _evaluations++;
            bool finite = double.IsFinite(value) && double.IsFinite(slope);

            // Not finite: higher than anything, and falling, so that the interval below is divided.
            Trial trial = finite ? new(Step, value, slope) : new(Step, double.PositiveInfinity, double.NegativeInfinity);
            if (finite && MeetsConditions(trial))
                return LineSearchOutcome.Accepted;
            if (_phase == Phase.Finishing)
                return finite && IsLower(value) ? LineSearchOutcome.Accepted : LineSearchOutcome.Failed;
            if (finite && value < _best.Value)
                _best = trial;
            if (_evaluations >= options.MaxEvaluations)
                return Finish();
            if (_dividing)
                return Divide(trial);
            return _phase == Phase.Bracket ? Bracket(trial) : Update(trial);
        }

        private bool MeetsConditions(Trial t)
        {
            if (t.Slope < options.Curvature * _slope0)
                return false;
            return t.Value <= _value0 + (options.SufficientDecrease * t.Step * _slope0)
                || (options.ValuePrecision > 0 && t.Value <= _ceiling && t.Slope <= ((2 * options.SufficientDecrease) - 1) * _slope0);
        }

        /// <summary>Steps B1 to B3.</summary>
        private LineSearchOutcome Bracket(Trial c)
        {
            if (c.Slope >= 0)
            {
                _b = c;
                return Round();
            }

            if (c.Value > _ceiling)
            {
                // The paper divides [0, c]; the last low step, which is as good as 0, makes it shorter.
                return BeginDivision(_a, c);
            }

            _a = c;
            if (c.Step >= _maximum)
                return IsLower(c.Value) ? LineSearchOutcome.Accepted : LineSearchOutcome.Failed;
            return Try(Math.Min(options.Expansion * c.Step, _maximum));
        }

        /// <summary>Steps U1 to U3 for a trial within the interval.</summary>
        private LineSearchOutcome Update(Trial c)
        {
            if (c.Slope >= 0)
                _b = c;
            else if (c.Value <= _ceiling)
                _a = c;
            else
                return BeginDivision(_a, c);
            return AfterUpdate();
        }

        private LineSearchOutcome BeginDivision(Trial low, Trial high)
        {
            (_dividing, _low, _high) = (true, low, high);
            return Try(((1 - options.Division) * low.Step) + (options.Division * high.Step));
        }

        /// <summary>Step U3: the lower part holds a step with a slope that isn't negative.</summary>
        private LineSearchOutcome Divide(Trial d)
        {
            if (d.Slope >= 0)
            {
                (_dividing, _a, _b) = (false, _low, d);
                return _phase == Phase.Bracket ? Round() : AfterUpdate();
            }

            if (d.Value <= _ceiling)
                _low = d;
            else
                _high = d;
            return Try(((1 - options.Division) * _low.Step) + (options.Division * _high.Step));
        }

        /// <summary>Step L1: the first secant step of a round.</summary>
        private LineSearchOutcome Round()
        {
            (_roundA, _roundB) = (_a, _b);
            _phase = Phase.FirstSecant;
            _secant = Secant(_a, _b);
            return IsInside(_secant) ? Try(_secant) : AfterSecants();
        }

        private LineSearchOutcome AfterUpdate()
        {
            switch (_phase)
            {
                case Phase.FirstSecant:
                    // Steps S2 to S4: the side on which the secant's step became an end is extrapolated from its old end.
                    double second = _b.Step == _secant ? Secant(_roundB, _b) : _a.Step == _secant ? Secant(_roundA, _a) : double.NaN;
                    _phase = Phase.SecondSecant;
                    return IsInside(second) ? Try(second) : AfterSecants();
                case Phase.SecondSecant:
                    return AfterSecants();
                default:
                    return Round();
            }
        }

        /// <summary>Step L2.</summary>
        private LineSearchOutcome AfterSecants()
        {
            if (_b.Step - _a.Step <= options.RequiredShrinking * (_roundB.Step - _roundA.Step))
                return Round();
            _phase = Phase.Halving;
            return Try(0.5 * (_a.Step + _b.Step));
        }

        private LineSearchOutcome Try(double step)
        {
            bool collapsed = _phase != Phase.Bracket && _b.Step - _a.Step <= 1e-15 * _b.Step;
            if (_dividing)
                collapsed = _high.Step - _low.Step <= 1e-15 * _high.Step;
            if (collapsed || !(step > 0) || step == Step)
                return Finish();
            Step = step;
            return LineSearchOutcome.Continue;
        }

        /// <summary>Asks for the best step once more, so that point and gradient at hand are its own.</summary>
        private LineSearchOutcome Finish()
        {
            if (_best.Step == 0 || !IsLower(_best.Value))
                return LineSearchOutcome.Failed;
            if (_best.Step == Step)
                return LineSearchOutcome.Accepted;
            _phase = Phase.Finishing;
            Step = _best.Step;
            return LineSearchOutcome.Continue;
        }

        private bool IsInside(double step) => step > _a.Step && step < _b.Step;

        private bool IsLower(double value) => _value0 - value > 4 * 2.220446049250313e-16 * Math.Abs(_value0);

        private static double Secant(Trial a, Trial b) => ((a.Step * b.Slope) - (b.Step * a.Slope)) / (b.Slope - a.Slope);

        public override void Persist(StateArchive archive)
        {
            double step = Step;
            archive.Transfer(ref step);
            Step = step;
            archive.Transfer(ref _value0);
            archive.Transfer(ref _slope0);
            archive.Transfer(ref _ceiling);
            archive.Transfer(ref _maximum);
            archive.Transfer(ref _secant);
            archive.Transfer(ref _a);
            archive.Transfer(ref _b);
            archive.Transfer(ref _roundA);
            archive.Transfer(ref _roundB);
            archive.Transfer(ref _low);
            archive.Transfer(ref _high);
            archive.Transfer(ref _best);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _dividing);
            archive.Transfer(ref _evaluations);
        }

        private readonly record struct Trial(double Step, double Value, double Slope);
    }
}
