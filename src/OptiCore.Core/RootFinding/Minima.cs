namespace OptiCore.RootFinding;

/// <summary>
/// Minima of a function of one real variable. For a maximum negate the function.
/// </summary>
/// <remarks>
/// All methods find a local minimum, and the only one of a unimodal function. <see cref="Bounded(Func{double, double}, double, double, MinimumOptions?)"/>
/// searches an interval, whose ends it never evaluates; <see cref="Brent(Func{double, double}, double, double, double, MinimumOptions?)"/> starts from three points;
/// <see cref="Bracket"/> finds these. A value NaN ends a search with <see cref="MinimumStatus.NotANumber"/>.
/// </remarks>
public static class Minima
{
    private const double Golden = 0.38196601125010515;

    // 64 times the square root of 2^-52.
    private const double Flat = 9.5367431640625e-7;

    /// <summary>
    /// Brent's method on an interval: parabolic interpolation through the three best points where it makes progress, golden section otherwise. About
    /// 10 to 15 evaluations for a smooth function. Brent (1973), Algorithms for minimization without derivatives, chapter 5 (localmin).
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="lower">The lower end of the interval.</param>
    /// <param name="upper">The upper end, above.</param>
    /// <param name="options">Tolerances and limit; the point is known to three times the tolerance. Default: <see cref="MinimumOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    /// <exception cref="ArgumentException">The interval is empty.</exception>
    public static MinimumResult Bounded(Func<double, double> f, double lower, double upper, MinimumOptions? options = null) =>
        Bounded(new DelegateFunction(Require.NotNull(f)), lower, upper, options);

    /// <inheritdoc cref="Bounded(Func{double, double}, double, double, MinimumOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static MinimumResult Bounded<TFunction>(TFunction f, double lower, double upper, MinimumOptions? options = null) where TFunction : struct, IScalarFunction
    {
        CheckInterval(lower, upper);
        double x = lower + (Golden * (upper - lower)), fx = f.Evaluate(x);
        return LocalMinimum(f, lower, x, fx, upper, 1, options ?? MinimumOptions.Default);
    }

    /// <summary>Brent's method from three points a, b, c with f(b) at most f(a) and f(c); otherwise as <see cref="Bounded(Func{double, double}, double, double, MinimumOptions?)"/>.</summary>
    /// <param name="f">The function.</param>
    /// <param name="a">One end.</param>
    /// <param name="b">The point between.</param>
    /// <param name="c">The other end.</param>
    /// <param name="options">Tolerances and limit. Default: <see cref="MinimumOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">b doesn't lie between a and c, or f(b) is above f(a) or f(c).</exception>
    public static MinimumResult Brent(Func<double, double> f, double a, double b, double c, MinimumOptions? options = null) =>
        Brent(new DelegateFunction(Require.NotNull(f)), a, b, c, options);

    /// <inheritdoc cref="Brent(Func{double, double}, double, double, double, MinimumOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static MinimumResult Brent<TFunction>(TFunction f, double a, double b, double c, MinimumOptions? options = null) where TFunction : struct, IScalarFunction
    {
        double fb = CheckTriple(ref f, ref a, b, ref c);
        return double.IsNaN(fb)
            ? new MinimumResult(b, fb, 0, 3, MinimumStatus.NotANumber)
            : LocalMinimum(f, a, b, fb, c, 3, options ?? MinimumOptions.Default);
    }

    /// <summary>
    /// Golden-section search from three points: the bracket shrinks by 0.618 with each evaluation, whatever the function. Kiefer (1953), Sequential
    /// minimax search for a maximum. Prefer Brent's method unless the function has kinks everywhere.
    /// </summary>
    /// <inheritdoc cref="Brent(Func{double, double}, double, double, double, MinimumOptions?)"/>
    public static MinimumResult GoldenSection(Func<double, double> f, double a, double b, double c, MinimumOptions? options = null) =>
        GoldenSection(new DelegateFunction(Require.NotNull(f)), a, b, c, options);

    /// <inheritdoc cref="GoldenSection(Func{double, double}, double, double, double, MinimumOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static MinimumResult GoldenSection<TFunction>(TFunction f, double a, double b, double c, MinimumOptions? options = null) where TFunction : struct, IScalarFunction
    {
        options ??= MinimumOptions.Default;
        double fb = CheckTriple(ref f, ref a, b, ref c);
        if (double.IsNaN(fb))
            return new MinimumResult(b, fb, 0, 3, MinimumStatus.NotANumber);
        // The better of two inner points x < y is kept; the larger part next to b is cut first.
        bool right = c - b > b - a;
        double x = right ? b : b - (Golden * (b - a)), y = right ? b + (Golden * (c - b)) : b;
        double fresh = f.Evaluate(right ? y : x), fx = right ? fb : fresh, fy = right ? fresh : fb;
        int evaluations = 4;
        for (int iteration = 1; ; iteration++)
        {
            (double best, double value) = fx < fy ? (x, fx) : (y, fy);
            if (double.IsNaN(fx) || double.IsNaN(fy))
                return new MinimumResult(double.IsNaN(fx) ? y : x, double.IsNaN(fx) ? fy : fx, iteration, evaluations, MinimumStatus.NotANumber);
            if (c - a <= 2 * options.At(best))
                return new MinimumResult(best, value, iteration, evaluations, MinimumStatus.Converged);
            if (iteration > options.MaxIterations)
                return new MinimumResult(best, value, options.MaxIterations, evaluations, MinimumStatus.IterationLimit);
            if (fx < fy)
            {
                (c, y, fy) = (y, x, fx);
                x = y - (Golden * (y - a));
                fx = f.Evaluate(x);
            }
            else
            {
                (a, x, fx) = (x, y, fy);
                y = x + (Golden * (c - x));
                fy = f.Evaluate(y);
            }

            evaluations++;
        }
    }

    /// <summary>
    /// Walks downhill from two points until the function rises: golden-section steps, or the minimum of the parabola through the last three points
    /// where that lies ahead.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="first">A point.</param>
    /// <param name="second">Another point.</param>
    /// <param name="maxSteps">The largest number of steps. Default: 100.</param>
    /// <returns>The three points; not found if the function falls all the way or is NaN.</returns>
    /// <exception cref="ArgumentException">Both points are the same.</exception>
    public static MinimumBracket Bracket(Func<double, double> f, double first, double second, int maxSteps = 100)
    {
        // Farther ahead than this many steps a parabola isn't believed.
        const double Grow = 1.618033988749895, Limit = 110;
        Require.NotNull(f);
        Require.Finite(first);
        Require.Finite(second);
        Require.Positive(maxSteps);
        if (first == second)
            throw new ArgumentException($"A direction needs two points, but both are {first:r}.", nameof(second));
        double a = first, b = second, fa = f(a), fb = f(b);
        if (fa < fb)
            (a, fa, b, fb) = (b, fb, a, fa);
        double c = b + (Grow * (b - a)), fc = f(c);
        int evaluations = 3;
        for (int step = 0; fc < fb && step < maxSteps && double.IsFinite(c); step++)
        {
            double r = (b - a) * (fb - fc), q = (b - c) * (fb - fa), u = b - ((((b - c) * q) - ((b - a) * r)) / (2 * (q - r)));
            double ahead = (u - c) / (c - b);
            if ((b - u) * (u - c) > 0)
            {
                double fu = f(u);
                evaluations++;
                if (fu < fc)
                    return new MinimumBracket(true, b, fb, u, fu, c, fc, evaluations);
                if (fu > fb)
                    return new MinimumBracket(true, a, fa, b, fb, u, fu, evaluations);
            }

            double next = ahead > 0 ? (ahead < Limit ? u : c + (Limit * (c - b))) : c + (Grow * (c - b));
            (a, fa, b, fb) = (b, fb, c, fc);
            c = next;
            fc = f(c);
            evaluations++;
        }

        bool found = fb <= fa && fb <= fc && (fb < fa || fb < fc) && double.IsFinite(c);
        return new MinimumBracket(found, a, fa, b, fb, c, fc, evaluations);
    }

    private static void CheckInterval(double lower, double upper)
    {
        Require.Finite(lower);
        Require.Finite(upper);
        if (!(lower < upper))
            throw new ArgumentException($"The interval [{lower:r}, {upper:r}] is empty.", nameof(upper));
    }

    private static double CheckTriple<TFunction>(ref TFunction f, ref double a, double b, ref double c) where TFunction : struct, IScalarFunction
    {
        Require.Finite(a);
        Require.Finite(b);
        Require.Finite(c);
        if (a > c)
            (a, c) = (c, a);
        if (!(a < b && b < c))
            throw new ArgumentException($"{b:r} doesn't lie between {a:r} and {c:r}.", nameof(b));
        double fa = f.Evaluate(a), fb = f.Evaluate(b), fc = f.Evaluate(c);
        if (fb > fa || fb > fc)
            throw new ArgumentException($"f({b:r}) = {fb:r} is above f({a:r}) = {fa:r} or f({c:r}) = {fc:r}; the point between must be the lowest.", nameof(b));
        return fb;
    }

    // Names as in Brent's chapter: x is the best point, w the second best, v the one that w replaced; d and e are the last two steps.
    private static MinimumResult LocalMinimum<TFunction>(TFunction f, double a, double x, double fx, double b, int evaluations, MinimumOptions options)
        where TFunction : struct, IScalarFunction
    {
        double w = x, v = x, fw = fx, fv = fx, d = 0, e = 0;
        if (double.IsNaN(fx))
            return new MinimumResult(x, fx, 0, evaluations, MinimumStatus.NotANumber);
        for (int iteration = 1; ; iteration++)
        {
            double middle = Roots.Midpoint(a, b), tolerance = options.At(x);
            if (Math.Abs(x - middle) <= (2 * tolerance) - (0.5 * (b - a)))
                return new MinimumResult(x, fx, iteration - 1, evaluations, MinimumStatus.Converged);
            if (iteration > options.MaxIterations)
                return new MinimumResult(x, fx, options.MaxIterations, evaluations, MinimumStatus.IterationLimit);
            double p = 0, q = 0, r = 0;
            if (Math.Abs(e) > tolerance)
            {
                r = (x - w) * (fx - fv);
                q = (x - v) * (fx - fw);
                p = ((x - v) * q) - ((x - w) * r);
                q = 2 * (q - r);
                (p, q) = q > 0 ? (-p, q) : (p, -q);
                (r, e) = (e, d);
            }

            if (Math.Abs(p) < Math.Abs(0.5 * q * r) && p > q * (a - x) && p < q * (b - x))
            {
                d = p / q;
                double inside = x + d;
                if (inside - a < 2 * tolerance || b - inside < 2 * tolerance)
                    d = x < middle ? tolerance : -tolerance;
            }
            else
            {
                e = (x < middle ? b : a) - x;
                d = Golden * e;
            }

            double u = x + (Math.Abs(d) >= tolerance ? d : d > 0 ? tolerance : -tolerance), fu = f.Evaluate(u);
            evaluations++;
            if (double.IsNaN(fu))
                return new MinimumResult(x, fx, iteration, evaluations, MinimumStatus.NotANumber);
            if (fu <= fx)
            {
                if (u < x)
                    b = x;
                else
                    a = x;
                (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
            }
            else
            {
                if (u < x)
                    a = u;
                else
                    b = u;
                if (fu <= fw || w == x)
                    (v, fv, w, fw) = (w, fw, u, fu);
                else if (fu <= fv || v == x || v == w)
                    (v, fv) = (u, fu);
            }

            // Three points close together whose values differ by rounding only: a tolerance below the square root of it can't be met, and what follows
            // would be a walk in noise.
            if (v != w && w != x && v != x && Math.Abs(fv - fx) <= 2 * Roots.Epsilon * Math.Abs(fx) && Math.Max(Math.Abs(v - x), Math.Abs(w - x)) <= Flat * Math.Abs(x))
                return new MinimumResult(x, fx, iteration, evaluations, MinimumStatus.Converged);
        }
    }
}
