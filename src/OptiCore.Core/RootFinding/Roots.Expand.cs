namespace OptiCore.RootFinding;

/// <summary>An interval with the values at its ends, or the last one tried.</summary>
/// <param name="Found">Whether f changes its sign on it.</param>
/// <param name="A">The lower end.</param>
/// <param name="ValueA">f there.</param>
/// <param name="B">The upper end.</param>
/// <param name="ValueB">f there.</param>
/// <param name="Evaluations">The evaluations done.</param>
public readonly record struct RootBracket(bool Found, double A, double ValueA, double B, double ValueB, int Evaluations);

public static partial class Roots
{
    /// <summary>
    /// Looks for a bracket: the end with the smaller |f| is moved outward by <paramref name="growth"/> times the width, again and again, until the
    /// signs differ. Finds one for every monotone function; a function with an even number of roots between the points may have to be scanned.
    /// </summary>
    /// <remarks>When an end moves, the old end becomes the other one if that still encloses the sign change, so the result is the last stretch only.</remarks>
    /// <param name="f">The function.</param>
    /// <param name="a">One end of the first interval.</param>
    /// <param name="b">The other end, another point.</param>
    /// <param name="growth">How much of the width is added; positive. Default: 1.6.</param>
    /// <param name="lowest">No point below this is tried. Default: none.</param>
    /// <param name="highest">No point above this is tried. Default: none.</param>
    /// <param name="maxSteps">The largest number of moves. Default: 60.</param>
    /// <returns>The bracket; not found when the limits are reached, or f is NaN at an end.</returns>
    /// <exception cref="ArgumentException">The interval is empty or lies outside of the limits.</exception>
    public static RootBracket Expand(
        Func<double, double> f, double a, double b, double growth = 1.6, double lowest = double.NegativeInfinity, double highest = double.PositiveInfinity, int maxSteps = 60)
    {
        Require.NotNull(f);
        Require.Finite(a);
        Require.Finite(b);
        Require.Positive(growth);
        Require.Positive(maxSteps);
        if (a == b)
            throw new ArgumentException($"The interval [{a:r}, {b:r}] is empty; two points are needed.", nameof(b));
        if (a > b)
            (a, b) = (b, a);
        if (!(a >= lowest && b <= highest))
            throw new ArgumentException($"[{a:r}, {b:r}] lies outside of [{lowest:r}, {highest:r}].", nameof(a));
        double fa = f(a), fb = f(b);
        int evaluations = 2;
        for (int step = 0; ; step++)
        {
            if (double.IsNaN(fa) || double.IsNaN(fb))
                return new RootBracket(false, a, fa, b, fb, evaluations);
            if (fa == 0 || fb == 0 || SignsDiffer(fa, fb))
                return new RootBracket(true, a, fa, b, fb, evaluations);
            double width = b - a;
            bool left = Math.Abs(fa) < Math.Abs(fb);
            if (a <= lowest)
                left = false;
            else if (b >= highest)
                left = true;
            if (step == maxSteps || (a <= lowest && b >= highest))
                return new RootBracket(false, a, fa, b, fb, evaluations);
            double next = left ? Math.Max(lowest, a - (growth * width)) : Math.Min(highest, b + (growth * width));
            next = Math.Clamp(next, -double.MaxValue, double.MaxValue);
            double value = f(next);
            evaluations++;
            bool changes = SignsDiffer(value, left ? fa : fb);
            if (left)
            {
                if (changes)
                    (b, fb) = (a, fa);
                (a, fa) = (next, value);
            }
            else
            {
                if (changes)
                    (a, fa) = (b, fb);
                (b, fb) = (next, value);
            }
        }
    }
}
