namespace OptiCore.RootFinding;

public static partial class Roots
{
    /// <summary>
    /// Chandrupatla's method: inverse quadratic interpolation exactly where the three points show that it is monotone inside the bracket, bisection
    /// elsewhere. Simpler than Brent's, with fewer evaluations on flat functions and multiple roots. Chandrupatla (1997), A new hybrid
    /// quadratic/bisection algorithm for finding the zero of a nonlinear function without using derivatives.
    /// </summary>
    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    public static RootResult Chandrupatla(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        Chandrupatla(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Chandrupatla(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult Chandrupatla<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction
    {
        options ??= RootOptions.Default;
        if (AtEnds(ref f, a, b, out double fa, out double fb, out RootResult result))
            return result;
        // x1 is the newest point, x2 the other end of the bracket, x3 the point that dropped out.
        double x1 = b, f1 = fb, x2 = a, f2 = fa, t = 0.5;
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            double x = t == 0.5 ? Midpoint(x1, x2) : x1 + (t * (x2 - x1));
            double value = f.Evaluate(x);
            if (double.IsNaN(value))
                return Best(x1, f1, x2, f2, iteration, iteration + 2, RootStatus.NotANumber);
            double x3, f3;
            if (SignsDiffer(value, f1))
                (x3, f3, x2, f2) = (x2, f2, x1, f1);
            else
                (x3, f3) = (x1, f1);
            (x1, f1) = (x, value);

            RootResult best = Best(x1, f1, x2, f2, iteration, iteration + 2, RootStatus.Converged);
            double width = Math.Abs(x2 - x1), tolerance = options.At(best.Root);
            if (value == 0 || width < tolerance)
                return value == 0 ? best with { Root = x, Value = value } : best;

            double xi = (x1 - x2) / (x3 - x2), phi = (f1 - f2) / (f3 - f2);
            t = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi
                ? (f1 / (f1 - f2) * (f3 / (f3 - f2))) - (f1 / (f3 - f1) * (f2 / (f2 - f3)) * ((x3 - x1) / (x2 - x1)))
                : 0.5;
            if (double.IsNaN(t))
                t = 0.5;
            double margin = Math.Min(0.5, 0.5 * tolerance / width);
            t = Math.Clamp(t, margin, 1 - margin);
        }

        return Best(x1, f1, x2, f2, options.MaxIterations, options.MaxIterations + 2, RootStatus.IterationLimit);
    }
}
