using System.Collections;
using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The noise levels through which a sampler goes, from the noisiest to the cleanest: N steps between N + 1 levels. A value; which rule made it doesn't matter to a solver.
/// </summary>
/// <remarks>
/// <para>In continuous time: <see cref="Uniform"/>, <see cref="Quadratic"/>, <see cref="LogSnr(INoiseSchedule, int, double?, double?)"/>. In sigma: <see cref="Karras"/>, <see cref="Exponential"/>,
/// <see cref="PolyExponential"/>, <see cref="VariancePreservingSigmas"/>. On a table: <see cref="Discrete"/>. Others by <see cref="FromTimes"/>, <see cref="FromSigmas"/> and <see cref="FromLevels"/>.</para>
/// <para>The levels must have strictly falling sigma / alpha, but that two neighbours may be equal (a step of length 0, as discrete samplers make at the end). Only the last may be without noise.</para>
/// </remarks>
public sealed partial class TimeGrid : IReadOnlyList<NoiseLevel>
{
    private readonly NoiseLevel[] _levels;

    private TimeGrid(INoiseSchedule schedule, NoiseLevel[] levels)
    {
        Schedule = Require.NotNull(schedule);
        if (levels.Length < 2)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The grid has {levels.Length} levels; a step needs two."), nameof(levels));
        for (int i = 0; i < levels.Length; i++)
        {
            (double time, double alpha, double sigma) = levels[i];
            bool isLast = i == levels.Length - 1;
            if (!double.IsFinite(time) || !(alpha >= 0 && double.IsFinite(alpha)) || !(sigma >= 0 && double.IsFinite(sigma)) || alpha + sigma == 0 || (sigma == 0 && !isLast))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"levels[{i}] is {levels[i]}; time, alpha and sigma must be finite, and sigma positive before the last."), nameof(levels));
            if (i > 0 && levels[i].Ratio > levels[i - 1].Ratio)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"levels[{i}] has sigma / alpha = {levels[i].Ratio}, more than the level before it with {levels[i - 1].Ratio}; noise must fall."), nameof(levels));
        }

        _levels = levels;
    }

    /// <summary>The schedule that says what lies between the levels, for solvers that look there.</summary>
    public INoiseSchedule Schedule { get; }

    /// <summary>The number N of steps.</summary>
    public int Steps => _levels.Length - 1;

    /// <summary>The number N + 1 of levels.</summary>
    public int Count => _levels.Length;

    /// <summary>The level at which sampling begins.</summary>
    public NoiseLevel Start => _levels[0];

    /// <summary>The level at which sampling ends.</summary>
    public NoiseLevel End => _levels[^1];

    /// <summary>The levels.</summary>
    public ReadOnlySpan<NoiseLevel> Levels => _levels;

    /// <summary>The i-th level.</summary>
    /// <param name="index">From 0 to N.</param>
    public NoiseLevel this[int index] => _levels[index];

    /// <summary>A grid of given levels.</summary>
    /// <param name="schedule">What lies between them.</param>
    /// <param name="levels">At least two. Copied.</param>
    /// <exception cref="ArgumentException">The noise doesn't fall, or a number isn't finite.</exception>
    public static TimeGrid FromLevels(INoiseSchedule schedule, params ReadOnlySpan<NoiseLevel> levels) => new(schedule, levels.ToArray());

    /// <summary>A grid of given times.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="times">At least two times, falling.</param>
    /// <exception cref="ArgumentException">The noise doesn't fall.</exception>
    public static TimeGrid FromTimes(INoiseSchedule schedule, params ReadOnlySpan<double> times)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var levels = new NoiseLevel[times.Length];
        for (int i = 0; i < levels.Length; i++)
            levels[i] = schedule.At(times[i]);
        return new TimeGrid(schedule, levels);
    }

    /// <summary>A grid of given ratios sigma / alpha.</summary>
    /// <param name="schedule">The schedule, whose level with that ratio is taken.</param>
    /// <param name="sigmas">At least two ratios, falling; the last may be 0.</param>
    /// <exception cref="ArgumentException">The noise doesn't fall.</exception>
    public static TimeGrid FromSigmas(INoiseSchedule schedule, params ReadOnlySpan<double> sigmas)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        var levels = new NoiseLevel[sigmas.Length];
        for (int i = 0; i < levels.Length; i++)
            levels[i] = sigmas[i] == 0 ? NoiseLevel.Clean : schedule.AtLambda(-Math.Log(sigmas[i]));
        return new TimeGrid(schedule, levels);
    }

    /// <summary>Equal steps in time ("time_uniform").</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="start">The first time. Default: the schedule's noisiest.</param>
    /// <param name="end">The last time. Default: the schedule's cleanest.</param>
    public static TimeGrid Uniform(INoiseSchedule schedule, int steps, double? start = null, double? end = null) => Power(schedule, steps, 1, start, end);

    /// <summary>Equal steps in the square root of time ("time_quadratic").</summary>
    /// <inheritdoc cref="Uniform"/>
    public static TimeGrid Quadratic(INoiseSchedule schedule, int steps, double? start = null, double? end = null) => Power(schedule, steps, 2, start, end);

    /// <summary>Equal steps in t^(1/<paramref name="exponent"/>), which lie the closer at the end the larger the exponent.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="exponent">The exponent, positive.</param>
    /// <param name="start">The first time, not negative. Default: the schedule's noisiest.</param>
    /// <param name="end">The last time, not negative. Default: the schedule's cleanest.</param>
    public static TimeGrid Power(INoiseSchedule schedule, int steps, double exponent, double? start = null, double? end = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        Require.Positive(steps, nameof(steps));
        Require.Positive(exponent, nameof(exponent));
        double first = start ?? schedule.Noisiest, last = end ?? schedule.Cleanest;
        double from = Math.Pow(first, 1 / exponent), to = Math.Pow(last, 1 / exponent);
        var levels = new NoiseLevel[steps + 1];
        for (int i = 0; i <= steps; i++)
            levels[i] = schedule.At(i == 0 ? first : i == steps ? last : Math.Pow(Between(from, to, i, steps), exponent));
        return new TimeGrid(schedule, levels);
    }

    /// <summary>Equal steps in lambda = log(alpha / sigma) ("logSNR"). The times of both ends must have finite lambda.</summary>
    /// <inheritdoc cref="Uniform"/>
    public static TimeGrid LogSnr(INoiseSchedule schedule, int steps, double? start = null, double? end = null)
    {
        var groups = new int[Require.Positive(steps, nameof(steps))];
        Array.Fill(groups, 1);
        return LogSnr(schedule, groups, start, end);
    }

    /// <summary>Groups of equal width in lambda, each divided into so many equal steps: the grid of <see cref="DpmSolverSingleStep"/>, whose steps take a group each.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="groups">The number of steps of each group, for example <see cref="DpmSolverSingleStep.Groups"/>.</param>
    /// <param name="start">The first time. Default: the schedule's noisiest.</param>
    /// <param name="end">The last time. Default: the schedule's cleanest.</param>
    public static TimeGrid LogSnr(INoiseSchedule schedule, ReadOnlySpan<int> groups, double? start = null, double? end = null)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        NoiseLevel first = schedule.At(start ?? schedule.Noisiest), last = schedule.At(end ?? schedule.Cleanest);
        double from = Require.Finite(first.Lambda, nameof(start)), to = Require.Finite(last.Lambda, nameof(end));
        var levels = new List<NoiseLevel> { first };
        for (int g = 0; g < groups.Length; g++)
        {
            double left = Between(from, to, g, groups.Length), right = Between(from, to, g + 1, groups.Length);
            for (int i = 1; i <= Require.Positive(groups[g], nameof(groups)); i++)
                levels.Add(g == groups.Length - 1 && i == groups[g] ? last : schedule.AtLambda(Between(left, right, i, groups[g])));
        }

        return new TimeGrid(schedule, [.. levels]);
    }

    /// <summary>This grid with one more level.</summary>
    /// <param name="level">The level, with less noise than the last.</param>
    public TimeGrid Append(NoiseLevel level) => new(Schedule, [.. _levels, level]);

    /// <summary>This grid with every step divided into parts of equal width in lambda, by levels of the schedule; a step to a level without noise is left whole.</summary>
    /// <param name="parts">The number of parts of each step.</param>
    public TimeGrid Refined(int parts)
    {
        Require.Positive(parts, nameof(parts));
        var levels = new List<NoiseLevel> { Start };
        for (int i = 0; i < Steps; i++)
        {
            double from = _levels[i].Lambda, to = _levels[i + 1].Lambda;
            if (double.IsFinite(from) && double.IsFinite(to))
            {
                for (int part = 1; part < parts; part++)
                    levels.Add(Schedule.AtLambda(Between(from, to, part, parts)));
            }

            levels.Add(_levels[i + 1]);
        }

        return new TimeGrid(Schedule, [.. levels]);
    }

    /// <summary>This grid with times rounded to whole numbers, for models that know no others; the noise stays.</summary>
    public TimeGrid WithWholeTimes()
    {
        var levels = new NoiseLevel[_levels.Length];
        for (int i = 0; i < levels.Length; i++)
            levels[i] = _levels[i] with { Time = Math.Round(_levels[i].Time) };
        return new TimeGrid(Schedule, levels);
    }

    /// <summary>The levels, one after the other.</summary>
    public IEnumerator<NoiseLevel> GetEnumerator() => ((IEnumerable<NoiseLevel>)_levels).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _levels.GetEnumerator();

    /// <summary>The number of steps and both ends.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Steps} steps from {Start} to {End}");

    /// <summary>Checks that a saved state has this grid.</summary>
    internal void Expect(StateArchive archive)
    {
        archive.Expect(_levels.Length, "a number of noise levels of");
        foreach (NoiseLevel level in _levels)
        {
            archive.Expect(level.Alpha, "a noise level with alpha");
            archive.Expect(level.Sigma, "a noise level with sigma");
            archive.Expect(level.Time, "a noise level at time");
        }
    }

    private static double Between(double from, double to, int i, int count) => from + ((to - from) * i / count);
}
