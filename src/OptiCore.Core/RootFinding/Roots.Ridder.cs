namespace OptiCore.RootFinding;

public static partial class Roots
{
    /// <summary>
    /// Ridders' method: an exponential factor makes the values at the ends and the middle collinear; the zero of that line is the next point. Two
    /// evaluations per iteration, order 2, and the bracket at least halves. Ridders (1979), A new algorithm for computing a single root of a real
    /// continuous function.
    /// </summary>
    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    public static RootResult Ridders(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        Ridders(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Ridders(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult Ridders<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction
    {
        options ??= RootOptions.Default;
        if (AtEnds(ref f, a, b, out double fa, out double fb, out RootResult result))
            return result;
        int evaluations = 2;
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            double half = (0.5 * b) - (0.5 * a), middle = a + half, fm = f.Evaluate(middle);
            evaluations++;
            if (double.IsNaN(fm))
                return Best(a, fa, b, fb, iteration, evaluations, RootStatus.NotANumber);
            if (fm == 0)
                return new RootResult(middle, 0, iteration, evaluations, RootStatus.Converged);

            // half fm / sqrt(fm^2 - fa fb), scaled by a power of two so that nothing over- or underflows.
            double scale = Math.Max(Math.Abs(fm), Math.Max(Math.Abs(fa), Math.Abs(fb)));
            double shift = 0;
            if (double.IsFinite(scale))
            {
                int exponent = -Math.ILogB(scale);
                double u = Math.ScaleB(fm, exponent), root = Math.Sqrt((u * u) - (Math.ScaleB(fa, exponent) * Math.ScaleB(fb, exponent)));
                shift = root > 0 ? (fa > fb ? half : -half) * u / root : 0;
            }

            // The point stays half a tolerance inside, so that a root next to an end is enclosed from both sides at once.
            double x = middle + shift, least = 0.5 * options.At(middle);
            if (Math.Abs(half) <= least)
                x = middle;
            else if (Math.Abs(x - a) < least)
                x = a + Math.CopySign(least, half);
            else if (Math.Abs(b - x) < least)
                x = b - Math.CopySign(least, half);
            double fx = x == middle ? fm : f.Evaluate(x);
            evaluations += x == middle ? 0 : 1;
            if (double.IsNaN(fx))
                return Best(a, fa, b, fb, iteration, evaluations, RootStatus.NotANumber);
            if (fx == 0)
                return new RootResult(x, 0, iteration, evaluations, RootStatus.Converged);

            if (x != middle && SignsDiffer(fm, fx))
                (a, fa, b, fb) = (middle, fm, x, fx);
            else if (SignsDiffer(fa, fx))
                (b, fb) = (x, fx);
            else
                (a, fa) = (x, fx);
            if (Math.Abs(b - a) < options.At(x))
                return new RootResult(x, fx, iteration, evaluations, RootStatus.Converged);
        }

        return Best(a, fa, b, fb, options.MaxIterations, evaluations, RootStatus.IterationLimit);
    }
}
