namespace OptiCore.RootFinding;

public static partial class Roots
{
    /// <summary>
    /// Brent's method: inverse quadratic interpolation through the last three points or the secant, where they shrink the bracket fast enough, and
    /// bisection otherwise. About 8 to 12 evaluations for a simple root to full precision. Brent (1973), Algorithms for minimization without
    /// derivatives, chapter 4.
    /// </summary>
    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    public static RootResult Brent(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        Brent(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Brent(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult Brent<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction =>
        DekkerBrent(f, a, b, hyperbolic: false, options ?? RootOptions.Default);

    /// <summary>
    /// Brent's method with hyperbolic in place of inverse quadratic interpolation: the next point is the zero of (x - r) / (p x + q) through the last
    /// three. Bus and Dekker (1975), Two efficient algorithms with guaranteed convergence for finding a zero of a function.
    /// </summary>
    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    public static RootResult BrentHyperbolic(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        BrentHyperbolic(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="BrentHyperbolic(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult BrentHyperbolic<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction =>
        DekkerBrent(f, a, b, hyperbolic: true, options ?? RootOptions.Default);

    // Names as in Brent's chapter: b is the best point, a the one before, c the other end of the bracket; d and e are the last two steps.
    private static RootResult DekkerBrent<TFunction>(TFunction f, double a, double b, bool hyperbolic, RootOptions options)
        where TFunction : struct, IScalarFunction
    {
        if (AtEnds(ref f, a, b, out double fa, out double fb, out RootResult result))
            return result;
        double c = a, fc = fa, d = b - a, e = d;
        for (int iteration = 1; ; iteration++)
        {
            if (!SignsDiffer(fb, fc))
            {
                (c, fc) = (a, fa);
                d = e = b - a;
            }

            if (Math.Abs(fc) < Math.Abs(fb))
            {
                (a, fa) = (b, fb);
                (b, fb) = (c, fc);
                (c, fc) = (a, fa);
            }

            double tolerance = 0.5 * options.At(b), m = 0.5 * (c - b);
            if (fb == 0 || Math.Abs(m) < tolerance)
                return new RootResult(b, fb, iteration, iteration + 1, RootStatus.Converged);
            if (iteration > options.MaxIterations)
                return new RootResult(b, fb, options.MaxIterations, iteration + 1, RootStatus.IterationLimit);

            double step = double.NaN;
            if (Math.Abs(e) > tolerance && Math.Abs(fb) < Math.Abs(fa))
                step = Interpolate(a, fa, b, fb, c, fc, hyperbolic);
            // Brent's two conditions: well inside the bracket, and less than half of the step before the last. Also false for NaN.
            if (2 * Math.Abs(step) < Math.Min(Math.Abs(e), (3 * Math.Abs(m)) - tolerance))
                (e, d) = (d, step);
            else
                e = d = m;

            (a, fa) = (b, fb);
            b += Math.Abs(d) > tolerance ? d : m > 0 ? tolerance : -tolerance;
            fb = f.Evaluate(b);
            if (double.IsNaN(fb))
                return Best(a, fa, c, fc, iteration, iteration + 2, RootStatus.NotANumber);
        }
    }

    private static double Interpolate(double a, double fa, double b, double fb, double c, double fc, bool hyperbolic)
    {
        // Near a multiple root products of values may underflow; what isn't finite then is replaced by a bisection.
        if (a == c)
            return -fb * (b - a) / (fb - fa);
        double slopeA = (fa - fb) / (a - b), slopeC = (fc - fb) / (c - b);
        return hyperbolic
            ? -fb * (fc - fa) / ((fc * slopeA) - (fa * slopeC))
            : -fb * ((fc * slopeC) - (fa * slopeA)) / (slopeC * slopeA * (fc - fa));
    }
}
