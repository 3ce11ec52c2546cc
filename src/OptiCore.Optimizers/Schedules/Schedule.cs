using System.Runtime.CompilerServices;

namespace OptiCore.Optimizers;

/// <summary>
/// A learning rate over time, as an immutable value: a pure function of the step's number, so that a run that is resumed needs no schedule's state.
/// A number converts to the constant schedule.
/// </summary>
/// <remarks>
/// Composed with <see cref="WithWarmUp"/>, <see cref="Then"/> and multiplication. For rates that follow a metric instead, see <see cref="ReduceOnPlateau"/>. Own schedules
/// derive from this record.
/// </remarks>
public abstract record Schedule
{
    /// <summary>The rate at a step.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Evaluate(step);
    }

    /// <summary>The same rate at every step.</summary>
    /// <param name="rate">The rate, at least 0.</param>
    public static Schedule Constant(double rate) => new ConstantSchedule(Require.NonNegative(rate, nameof(rate)));

    /// <summary>Multiplied by a factor after every so many steps: rate factor^floor(k / every).</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="every">The number of steps between two changes.</param>
    /// <param name="factor">The factor.</param>
    public static Schedule StepDecay(double rate, long every, double factor = 0.1) => new StepDecay { Rate = rate, Every = every, Factor = factor };

    /// <summary>Multiplied by a factor at each milestone.</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="milestones">The steps, in any order; one that occurs twice counts twice.</param>
    public static Schedule MultiStep(double rate, double factor, params ReadOnlySpan<long> milestones) => new MultiStepDecay(milestones) { Rate = rate, Factor = factor };

    /// <summary>Multiplied by a factor at every step: rate factor^k.</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="factor">The factor.</param>
    public static Schedule Exponential(double rate, double factor) => new StepDecay { Rate = rate, Every = 1, Factor = factor };

    /// <summary>Half a cosine wave from a rate to another over a number of steps.</summary>
    /// <param name="rate">The rate at step 0.</param>
    /// <param name="steps">The steps until the final rate.</param>
    /// <param name="final">The final rate.</param>
    /// <param name="periodic">False: stays at the final rate. True: goes back up and down again, as PyTorch's CosineAnnealingLR.</param>
    public static Schedule Cosine(double rate, long steps, double final = 0, bool periodic = false) =>
        new CosineDecay { Rate = rate, Steps = steps, Final = final, Periodic = periodic };

    /// <summary>Half cosine waves that begin again, each longer than the last by a factor.</summary>
    /// <param name="rate">The rate at the beginning of each period.</param>
    /// <param name="period">The steps of the first period.</param>
    /// <param name="growth">The factor of the period.</param>
    /// <param name="final">The rate that each period approaches.</param>
    public static Schedule CosineRestarts(double rate, long period, int growth = 1, double final = 0) =>
        new CosineRestarts { Rate = rate, Period = period, Growth = growth, Final = final };

    /// <summary>A straight line from a rate to another, then constant.</summary>
    /// <param name="rate">The rate at step 0.</param>
    /// <param name="final">The rate from step <paramref name="steps"/> on.</param>
    /// <param name="steps">The steps between them.</param>
    public static Schedule Linear(double rate, double final, long steps) => new PolynomialDecay { Rate = rate, Final = final, Steps = steps, Power = 1 };

    /// <summary>final + (rate - final) (1 - k / steps)^power, then constant.</summary>
    /// <param name="rate">The rate at step 0.</param>
    /// <param name="steps">The steps until the final rate.</param>
    /// <param name="power">The power.</param>
    /// <param name="final">The final rate.</param>
    public static Schedule Polynomial(double rate, long steps, double power = 1, double final = 0) =>
        new PolynomialDecay { Rate = rate, Steps = steps, Power = power, Final = final };

    /// <summary>A linear warm-up, then the inverse root of the step: peak min(t / warmUp, sqrt(warmUp / t)) at t = k + 1.</summary>
    /// <param name="peak">The rate at the end of the warm-up.</param>
    /// <param name="warmUp">The steps of the warm-up.</param>
    public static Schedule InverseSquareRoot(double peak, long warmUp) => new InverseSquareRoot { Peak = peak, WarmUp = warmUp };

    /// <summary>A linear warm-up, a constant stretch, and a linear decay at the end, of a length that can be decided late.</summary>
    /// <param name="rate">The rate of the stretch.</param>
    /// <param name="warmUp">The steps of the warm-up.</param>
    /// <param name="stable">The steps of the stretch.</param>
    /// <param name="decay">The steps of the decay.</param>
    /// <param name="final">The rate after it.</param>
    /// <remarks>Hu et al. (2024), MiniCPM: unveiling the potential of small language models with scalable training strategies.</remarks>
    public static Schedule WarmUpStableDecay(double rate, long warmUp, long stable, long decay, double final = 0) =>
        Constant(rate).Then(Linear(rate, final, decay), after: stable).WithWarmUp(warmUp);

    /// <summary>
    /// Goes before this schedule: a line from <paramref name="from"/> to this schedule's first rate, reached after the given number of steps; this schedule begins after it. At
    /// step k &lt; steps the rate is from + (At(0) - from) (k + 1) / steps, which isn't 0 at the first step.
    /// </summary>
    /// <param name="steps">The steps of the warm-up, at least 1.</param>
    /// <param name="from">Where the line begins.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1, or the first rate negative or not finite.</exception>
    public Schedule WithWarmUp(long steps, double from = 0) => new WarmUp(this) { Steps = steps, From = from };

    /// <summary>This schedule up to a step, another one from there, which begins at its own step 0.</summary>
    /// <param name="next">The schedule that follows.</param>
    /// <param name="after">The number of steps of this schedule.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    public Schedule Then(Schedule next, long after) => new ScheduleSequence(this, next) { After = after };

    /// <summary>The product of two schedules, or of a schedule and a number, at every step.</summary>
    /// <param name="left">One schedule.</param>
    /// <param name="right">The other schedule.</param>
    public static Schedule operator *(Schedule left, Schedule right) => new ScheduleProduct(Valid(left, nameof(left)), Valid(right, nameof(right)));

    /// <summary>The constant schedule.</summary>
    /// <param name="rate">The rate; the member that takes it checks that it is at least 0 and finite.</param>
    public static implicit operator Schedule(double rate) => new ConstantSchedule(rate);

    /// <summary>Accepts a schedule for a member, which the exception names.</summary>
    /// <param name="value">The schedule.</param>
    /// <param name="name">The member.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It is a number that is negative or not finite.</exception>
    public static Schedule Valid(Schedule value, [CallerMemberName] string name = "")
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value is ConstantSchedule constant)
            _ = Require.NonNegative(constant.Rate, name);
        return value;
    }

    /// <summary>The rate at a step that isn't negative. Must depend on nothing else.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    protected abstract double Evaluate(long step);

    private sealed record ConstantSchedule(double Rate) : Schedule
    {
        protected override double Evaluate(long step) => Rate;
    }
}
