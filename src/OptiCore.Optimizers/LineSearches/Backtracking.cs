using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Backtracking with interpolation: shortens the first step until f(x + t d) &lt;= R + c t f'(x; d), the condition of L. Armijo (1966), Minimization of functions
/// having Lipschitz continuous first partial derivatives, Pacific J. Math. 16, 1-3, where R is f(x) or a nonmonotone <see cref="Reference"/>.
/// </summary>
/// <remarks>
/// <para>The next step minimises the parabola through phi(0), phi'(0), phi(t), from the second on the cubic through the last two trials as well, and lies between
/// <see cref="ShortestCut"/> and <see cref="LongestCut"/> of the step before: algorithm A6.3.1 of J. E. Dennis, R. B. Schnabel (1983), Numerical methods for unconstrained
/// optimization and nonlinear equations.</para>
/// <para>One value and gradient a trial. It doesn't look for longer steps: for methods whose first step is good, Newton's and spectral gradients. A
/// quasi-Newton update wants a curvature condition: <see cref="MoreThuente"/>.</para>
/// <para>Where values agree to within rounding the slopes decide, by the first of the approximate Wolfe conditions of W. W. Hager and H. Zhang (2005):
/// phi'(t) &lt;= (2 c - 1) phi'(0).</para>
/// </remarks>
public sealed record Backtracking : ILineSearch
{
    /// <summary>c: the share of the decrease that the slope promises which must be met. Default: 1e-4.</summary>
    public double SufficientDecrease { get; init => field = Require.InOpen(value, 0, 0.5); } = 1e-4;

    /// <summary>The least share of a step that the next one is. Default: 0.1.</summary>
    public double ShortestCut { get; init => field = Require.InOpen(value, 0, 1); } = 0.1;

    /// <summary>The largest share of a step that the next one is; equal to <see cref="ShortestCut"/> for a constant factor without interpolation. Default: 0.5.</summary>
    public double LongestCut { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The number of trials after which the search fails. Default: 60.</summary>
    public int MaxEvaluations { get; init => field = Require.Positive(value); } = 60;

    /// <summary>What a step must be lower than. Default: the iterate's value.</summary>
    public IReferenceValue Reference { get; init => field = Require.NotNull(value, nameof(Reference)); } = new CurrentValue();

    /// <summary>The relative change of the value that may be rounding. Default: 1e-10; 0 switches the test by slopes off.</summary>
    public double ValuePrecision { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1e-10;

    /// <inheritdoc/>
    public LineSearchState Start() => new State(this);

    private sealed class State(Backtracking options) : LineSearchState
    {
        private readonly ReferenceValueState _reference = options.Reference.Start();
        private double _value0, _slope0, _ceiling, _earlierStep, _earlierValue;
        private int _evaluations;

        public override void Begin(double value, double slope, double step, double maximumStep)
        {
            (_value0, _slope0, _ceiling) = (value, slope, _reference.At(value));
            (_earlierStep, _earlierValue, _evaluations) = (0, double.NaN, 0);
            Step = Math.Min(step, maximumStep);
        }

        public override LineSearchOutcome Tell(double value, double slope)
        {
            _evaluations++;
            if (double.IsFinite(value) && IsLowEnough(value, slope))
            {
                _reference.Accept(value);
                return LineSearchOutcome.Accepted;
            }

            double shortest = options.ShortestCut * Step, longest = Math.Max(options.ShortestCut, options.LongestCut) * Step;
            double next = double.IsFinite(value) ? Math.Clamp(Interpolate(value), shortest, longest) : shortest;
            (_earlierStep, _earlierValue) = double.IsFinite(value) ? (Step, value) : (0, double.NaN);
            if (_evaluations >= options.MaxEvaluations || next == Step || next == 0)
                return LineSearchOutcome.Failed;
            Step = next;
            return LineSearchOutcome.Continue;
        }

        private bool IsLowEnough(double value, double slope)
        {
            if (value <= _ceiling + (options.SufficientDecrease * Step * _slope0))
                return true;
            return options.ValuePrecision > 0 && value <= _ceiling + (options.ValuePrecision * Math.Abs(_ceiling)) && slope <= ((2 * options.SufficientDecrease) - 1) * _slope0;
        }

        /// <summary>The minimiser of the parabola or, with two trials, of the cubic; NaN becomes the longest cut.</summary>
        private double Interpolate(double value)
        {
            double t = Step, excess = value - _value0 - (_slope0 * t);
            double quadratic = -_slope0 * t * t / (2 * excess);
            if (!(_earlierStep > 0))
                return Longest(quadratic);
            double u = _earlierStep, earlier = _earlierValue - _value0 - (_slope0 * u);
            double a = ((excess / (t * t)) - (earlier / (u * u))) / (t - u);
            double b = ((earlier * t / (u * u)) - (excess * u / (t * t))) / (t - u);
            double discriminant = (b * b) - (3 * a * _slope0);
            double cubic = a == 0 ? -_slope0 / (2 * b) : b <= 0 ? (-b + Math.Sqrt(discriminant)) / (3 * a) : -_slope0 / (b + Math.Sqrt(discriminant));
            return Longest(cubic);
        }

        // A clamp lets NaN pass.
        private static double Longest(double step) => step > 0 ? step : double.MaxValue;

        public override void Persist(StateArchive archive)
        {
            double step = Step;
            archive.Transfer(ref step);
            Step = step;
            archive.Transfer(_reference);
            archive.Transfer(ref _value0);
            archive.Transfer(ref _slope0);
            archive.Transfer(ref _ceiling);
            archive.Transfer(ref _earlierStep);
            archive.Transfer(ref _earlierValue);
            archive.Transfer(ref _evaluations);
        }
    }
}
