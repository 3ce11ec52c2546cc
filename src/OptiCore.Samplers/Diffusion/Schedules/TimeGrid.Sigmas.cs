using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>With which noise a grid ends.</summary>
public enum FinalNoise
{
    /// <summary>One more level without noise, at which the sample is the model's last estimate of the data.</summary>
    Zero,

    /// <summary>One more level with the least noise of the schedule.</summary>
    Least,

    /// <summary>No further level.</summary>
    None,
}

/// <summary>Where on a table the levels lie.</summary>
public enum DiscreteSpacing
{
    /// <summary>Multiples of a whole step, from 0 upwards: the last levels of the table may be left out.</summary>
    Leading,

    /// <summary>Steps down from the last time N, less 1: the end of the table is always met.</summary>
    Trailing,

    /// <summary>Equal distances between both ends of the table.</summary>
    Linspace,
}

public sealed partial class TimeGrid
{
    /// <summary>
    /// <paramref name="steps"/> levels of sigma / alpha with equal distances of their power 1/<paramref name="rho"/>, then the final level:
    /// sigma_i = (sigmaMax^(1/rho) + i/(n-1) (sigmaMin^(1/rho) - sigmaMax^(1/rho)))^rho.
    /// </summary>
    /// <remarks>T. Karras et al. (2022), equation 5.</remarks>
    /// <param name="schedule">The schedule, for example <see cref="SigmaSchedule"/>.</param>
    /// <param name="steps">The number of levels before the final one, which is the number of steps.</param>
    /// <param name="sigmaMin">The least positive ratio. Default: the schedule's.</param>
    /// <param name="sigmaMax">The largest ratio. Default: the schedule's.</param>
    /// <param name="rho">The exponent; 7 makes the errors of steps about equal.</param>
    /// <param name="final">How the grid ends.</param>
    public static TimeGrid Karras(INoiseSchedule schedule, int steps, double? sigmaMin = null, double? sigmaMax = null, double rho = 7, FinalNoise final = FinalNoise.Zero)
    {
        (double low, double high) = Range(schedule, sigmaMin, sigmaMax);
        double from = Math.Pow(high, 1 / Require.Positive(rho, nameof(rho))), to = Math.Pow(low, 1 / rho);
        var sigmas = new double[Require.Positive(steps, nameof(steps))];
        for (int i = 0; i < steps; i++)
            sigmas[i] = i == 0 ? high : i == steps - 1 ? low : Math.Pow(Between(from, to, i, steps - 1), rho);
        return Ended(schedule, sigmas, final);
    }

    /// <summary><paramref name="steps"/> levels of sigma / alpha with equal ratios, then the final level.</summary>
    /// <inheritdoc cref="Karras"/>
    public static TimeGrid Exponential(INoiseSchedule schedule, int steps, double? sigmaMin = null, double? sigmaMax = null, FinalNoise final = FinalNoise.Zero) =>
        PolyExponential(schedule, steps, sigmaMin, sigmaMax, 1, final);

    /// <summary><paramref name="steps"/> levels with log sigma_i = log sigmaMin + (1 - i/(n-1))^rho log(sigmaMax / sigmaMin), then the final level.</summary>
    /// <inheritdoc cref="Karras"/>
    /// <param name="schedule">The schedule, for example <see cref="SigmaSchedule"/>.</param>
    /// <param name="steps">The number of levels before the final one, which is the number of steps.</param>
    /// <param name="sigmaMin">The least positive ratio. Default: the schedule's.</param>
    /// <param name="sigmaMax">The largest ratio. Default: the schedule's.</param>
    /// <param name="rho">The exponent; 1 gives equal ratios, more puts levels closer together at the end.</param>
    /// <param name="final">How the grid ends.</param>
    public static TimeGrid PolyExponential(INoiseSchedule schedule, int steps, double? sigmaMin = null, double? sigmaMax = null, double rho = 1, FinalNoise final = FinalNoise.Zero)
    {
        (double low, double high) = Range(schedule, sigmaMin, sigmaMax);
        Require.Positive(rho, nameof(rho));
        double logLow = Math.Log(low), range = Math.Log(high) - logLow;
        var sigmas = new double[Require.Positive(steps, nameof(steps))];
        for (int i = 0; i < steps; i++)
            sigmas[i] = i == 0 ? high : i == steps - 1 ? low : Math.Exp(logLow + (Math.Pow(1 - ((double)i / (steps - 1)), rho) * range));
        return Ended(schedule, sigmas, final);
    }

    /// <summary>
    /// The ratios sigma / alpha = sqrt(exp(betaRange t^2/2 + betaMin t) - 1) of the linear variance-preserving process at <paramref name="steps"/> equally spaced times from 1 to <paramref name="end"/>,
    /// then the final level.
    /// </summary>
    /// <remarks>Y. Song et al. (2021), in the coordinates of T. Karras et al. (2022), table 1.</remarks>
    /// <param name="schedule">The schedule, for example <see cref="SigmaSchedule"/>.</param>
    /// <param name="steps">The number of levels before the final one, which is the number of steps.</param>
    /// <param name="betaRange">The difference of the rates at both ends.</param>
    /// <param name="betaMin">The rate at t = 0.</param>
    /// <param name="end">The last time.</param>
    /// <param name="final">How the grid ends.</param>
    public static TimeGrid VariancePreservingSigmas(INoiseSchedule schedule, int steps, double betaRange = 19.9, double betaMin = 0.1, double end = 1e-3, FinalNoise final = FinalNoise.Zero)
    {
        Require.NotNull(schedule);
        Require.NonNegative(betaRange, nameof(betaRange));
        Require.NonNegative(betaMin, nameof(betaMin));
        Require.InOpen(end, 0, 1, nameof(end));
        var sigmas = new double[Require.Positive(steps, nameof(steps))];
        for (int i = 0; i < steps; i++)
        {
            double t = steps == 1 ? 1 : Between(1, end, i, steps - 1);
            sigmas[i] = Math.Sqrt(Accurate.Expm1((betaRange * t * t / 2) + (betaMin * t)));
        }

        return Ended(schedule, sigmas, final);
    }

    /// <summary>Levels of a table of <paramref name="schedule"/>.Noisiest + 1 = N times, then the final level.</summary>
    /// <remarks>
    /// <para>The usual grids of published samplers: DDPM, DDIM and PNDM take whole times including 0; DPM-Solver, UniPC and DEIS take whole times of one step more and leave out the last (<paramref name="dropLast"/>);
    /// Euler, Heun and their family take fractional times (<paramref name="wholeTimes"/> false) of an <see cref="ExplodingView"/>.</para>
    /// <para>Consecutive levels are those between which solvers step, so that every level is the one where the step before it ended.</para>
    /// </remarks>
    /// <param name="schedule">A <see cref="TabulatedSchedule"/>, or a view of one.</param>
    /// <param name="steps">The number of levels before the final one.</param>
    /// <param name="spacing">Where the levels lie.</param>
    /// <param name="offset">What is added to every time of <see cref="DiscreteSpacing.Leading"/>.</param>
    /// <param name="dropLast">True to space steps + 1 levels and leave out the last of them.</param>
    /// <param name="wholeTimes">True to round times to whole numbers.</param>
    /// <param name="final">How the grid ends.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more steps than times, or a time lies outside of the table.</exception>
    public static TimeGrid Discrete(
        INoiseSchedule schedule, int steps, DiscreteSpacing spacing = DiscreteSpacing.Linspace, int offset = 0, bool dropLast = false, bool wholeTimes = true, FinalNoise final = FinalNoise.Zero)
    {
        Require.NotNull(schedule);
        Require.Positive(steps, nameof(steps));
        int count = (int)schedule.Noisiest + 1, nodes = spacing == DiscreteSpacing.Trailing || !dropLast ? steps : steps + 1;
        if (nodes > count)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, string.Create(CultureInfo.InvariantCulture, $"steps is {steps} but the table has {count} times."));
        var levels = new List<NoiseLevel>();
        for (int i = 0; i < steps; i++)
        {
            int fromEnd = nodes - 1 - i;
            double time = Require.Defined(spacing, nameof(spacing)) switch
            {
                DiscreteSpacing.Leading => (fromEnd * (count / nodes)) + offset,
                DiscreteSpacing.Trailing => Math.Round(count - (i * ((double)count / steps))) - 1,
                _ => nodes == 1 ? 0 : fromEnd * ((double)(count - 1) / (nodes - 1)),
            };
            levels.Add(schedule.At(wholeTimes ? Math.Round(time) : time));
        }

        if (final != FinalNoise.None)
            levels.Add(Last(schedule, Require.Defined(final, nameof(final))));
        return new TimeGrid(schedule, [.. levels]);
    }

    private static (double Low, double High) Range(INoiseSchedule schedule, double? sigmaMin, double? sigmaMax)
    {
        Require.NotNull(schedule);
        double low = sigmaMin ?? schedule.At(schedule.Cleanest).Ratio, high = sigmaMax ?? schedule.At(schedule.Noisiest).Ratio;
        Require.Positive(low, nameof(sigmaMin));
        return (low, high > low && double.IsFinite(high)
            ? high
            : throw new ArgumentOutOfRangeException(nameof(sigmaMax), high, string.Create(CultureInfo.InvariantCulture, $"sigmaMax is {high} but must be finite and above the least, {low}.")));
    }

    private static TimeGrid Ended(INoiseSchedule schedule, double[] sigmas, FinalNoise final)
    {
        var levels = new List<NoiseLevel>();
        foreach (double sigma in sigmas)
            levels.Add(schedule.AtLambda(-Math.Log(sigma)));
        if (Require.Defined(final, nameof(final)) != FinalNoise.None)
            levels.Add(Last(schedule, final));
        return new TimeGrid(schedule, [.. levels]);
    }

    private static NoiseLevel Last(INoiseSchedule schedule, FinalNoise final) => final == FinalNoise.Zero ? NoiseLevel.Clean : schedule.At(schedule.Cleanest);
}
