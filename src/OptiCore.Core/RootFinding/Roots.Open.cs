namespace OptiCore.RootFinding;

public static partial class Roots
{
    /// <summary>
    /// Newton's method, x' = x - f(x) / f'(x), from one point: quadratic convergence to a simple root, linear to a multiple one, none at all from
    /// a bad start.
    /// </summary>
    /// <remarks>
    /// <para>Converged when a step is at most the tolerance or f is exactly zero. Safeguard: a step to a point where f isn't finite is halved, up to 60
    /// times. There is no other one: with a bracket at hand use
    /// <see cref="Newton(Func{double, double}, Func{double, double}, double, double, RootOptions?)"/>, which can't diverge.</para>
    /// </remarks>
    /// <param name="f">The function.</param>
    /// <param name="derivative">Its derivative f'.</param>
    /// <param name="start">The first point.</param>
    /// <param name="options">Tolerances and limit; default <see cref="RootOptions.Default"/>.</param>
    /// <returns>The root; <see cref="RootStatus.Stalled"/> where the derivative is zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The start isn't finite.</exception>
    public static RootResult Newton(Func<double, double> f, Func<double, double> derivative, double start, RootOptions? options = null) =>
        FromPoint(Require.NotNull(f), Require.NotNull(derivative), null, start, options);

    /// <summary>
    /// Halley's method, Newton's step divided by 1 - f f'' / (2 f'^2): cubic convergence to a simple root, three evaluations per iteration. The
    /// divisor is used where it lies in (0, 2), Newton's step elsewhere; the safeguard is that of Newton's method.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="derivative">Its derivative f'.</param>
    /// <param name="second">Its second derivative f''.</param>
    /// <param name="start">The first point.</param>
    /// <param name="options">Tolerances and limit; default <see cref="RootOptions.Default"/>.</param>
    /// <returns>The root; <see cref="RootStatus.Stalled"/> where the derivative is zero.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The start isn't finite.</exception>
    public static RootResult Halley(Func<double, double> f, Func<double, double> derivative, Func<double, double> second, double start, RootOptions? options = null) =>
        FromPoint(Require.NotNull(f), Require.NotNull(derivative), Require.NotNull(second), start, options);

    private static RootResult FromPoint(Func<double, double> f, Func<double, double> derivative, Func<double, double>? second, double x, RootOptions? options)
    {
        options ??= RootOptions.Default;
        Require.Finite(x, "start");
        double value = f(x);
        int evaluations = 1;
        if (!double.IsFinite(value))
            return new RootResult(x, value, 0, evaluations, RootStatus.NotANumber);
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            if (value == 0)
                return new RootResult(x, value, iteration - 1, evaluations, RootStatus.Converged);
            double slope = derivative(x);
            evaluations++;
            if (double.IsNaN(slope))
                return new RootResult(x, value, iteration, evaluations, RootStatus.NotANumber);
            if (slope == 0)
                return new RootResult(x, value, iteration, evaluations, RootStatus.Stalled);
            double step = value / slope;
            if (second is not null)
            {
                double bend = 0.5 * step * (second(x) / slope);
                evaluations++;
                if (Math.Abs(bend) < 1)
                    step /= 1 - bend;
            }

            // A step below the tolerance ends the search without another evaluation: the value told is that of the point before.
            double next = x - step;
            if (Math.Abs(next - x) <= options.At(next))
                return new RootResult(next, value, iteration, evaluations, RootStatus.Converged);
            double nextValue = f(next);
            evaluations++;
            for (int halving = 0; !double.IsFinite(nextValue) && halving < 60; halving++)
            {
                step *= 0.5;
                next = x - step;
                nextValue = f(next);
                evaluations++;
            }

            if (!double.IsFinite(nextValue))
                return new RootResult(x, value, iteration, evaluations, RootStatus.NotANumber);
            (x, value) = (next, nextValue);
        }

        return new RootResult(x, value, options.MaxIterations, evaluations, RootStatus.IterationLimit);
    }

    /// <summary>
    /// Newton's method inside a bracket: a step that would leave the bracket, or that doesn't halve the step before the last, is replaced by a
    /// bisection. Always converges for a continuous f.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="derivative">Its derivative f'.</param>
    /// <param name="a">One end of the bracket.</param>
    /// <param name="b">The other end.</param>
    /// <param name="options">Tolerances and limit; default <see cref="RootOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">f has the same sign at both ends.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static RootResult Newton(Func<double, double> f, Func<double, double> derivative, double a, double b, RootOptions? options = null)
    {
        options ??= RootOptions.Default;
        var function = new DelegateFunction(Require.NotNull(f));
        Require.NotNull(derivative);
        if (AtEnds(ref function, a, b, out double fa, out double fb, out RootResult result))
            return result;
        double x = Midpoint(a, b), last = Math.Abs(b - a), beforeLast = last;
        int evaluations = 2;
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            double value = f(x), slope = derivative(x);
            evaluations += 2;
            if (double.IsNaN(value))
                return Best(a, fa, b, fb, iteration, evaluations, RootStatus.NotANumber);
            if (value == 0)
                return new RootResult(x, value, iteration, evaluations, RootStatus.Converged);
            if (SignsDiffer(fa, value))
                (b, fb) = (x, value);
            else
                (a, fa) = (x, value);

            double next = x - (value / slope);
            bool inside = next > Math.Min(a, b) && next < Math.Max(a, b);
            if (!inside || Math.Abs(next - x) > 0.5 * beforeLast)
                next = Midpoint(a, b);
            beforeLast = last;
            last = Math.Abs(next - x);
            if (last <= options.At(next) || Math.Abs(b - a) < options.At(next))
                return new RootResult(next, value, iteration, evaluations, RootStatus.Converged);
            x = next;
        }

        return Best(a, fa, b, fb, options.MaxIterations, evaluations, RootStatus.IterationLimit);
    }

    /// <summary>
    /// The secant method from two points: order 1.618 with one evaluation per iteration and no derivative. Not safeguarded but for points where f
    /// isn't finite, where the step is halved as in Newton's method; with a bracket use Brent's method.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="first">The first point.</param>
    /// <param name="second">The second point, another one.</param>
    /// <param name="options">Tolerances and limit; default <see cref="RootOptions.Default"/>.</param>
    /// <returns>The root; <see cref="RootStatus.Stalled"/> where both values are equal.</returns>
    /// <exception cref="ArgumentException">Both points are the same.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A point isn't finite.</exception>
    public static RootResult Secant(Func<double, double> f, double first, double second, RootOptions? options = null)
    {
        options ??= RootOptions.Default;
        Require.NotNull(f);
        Require.Finite(first);
        Require.Finite(second);
        if (first == second)
            throw new ArgumentException($"The secant needs two points, but both are {first:r}.", nameof(second));
        double p = first, q = second, fp = f(p), fq = f(q);
        int evaluations = 2;
        if (!double.IsFinite(fp) || !double.IsFinite(fq))
            return new RootResult(q, fq, 0, evaluations, RootStatus.NotANumber);
        // q is the point from which the step is made: the better one of the first two, the newest afterwards.
        if (Math.Abs(fp) < Math.Abs(fq))
            (p, fp, q, fq) = (q, fq, p, fp);
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            if (fq == 0)
                return new RootResult(q, fq, iteration - 1, evaluations, RootStatus.Converged);
            if (fq == fp)
                return new RootResult(q, fq, iteration, evaluations, RootStatus.Stalled);
            // The smaller value is divided by the larger one, so that the quotient can't overflow.
            double ratio = Math.Abs(fq) <= Math.Abs(fp) ? fq / fp : fp / fq;
            double step = Math.Abs(fq) <= Math.Abs(fp) ? (p - q) * (ratio / (1 - ratio)) : (q - p) / (1 - ratio);
            double next = q - step;
            if (Math.Abs(next - q) <= options.At(next))
                return new RootResult(next, fq, iteration, evaluations, RootStatus.Converged);
            double value = f(next);
            evaluations++;
            for (int halving = 0; !double.IsFinite(value) && halving < 60; halving++)
            {
                next = q + (0.5 * (next - q));
                value = f(next);
                evaluations++;
            }

            if (!double.IsFinite(value))
                return new RootResult(q, fq, iteration, evaluations, RootStatus.NotANumber);
            (p, fp, q, fq) = (q, fq, next, value);
        }

        return new RootResult(q, fq, options.MaxIterations, evaluations, RootStatus.IterationLimit);
    }

    /// <summary>The secant method from one point: the second one is x + 1e-4 (x + sign x).</summary>
    /// <inheritdoc cref="Newton(Func{double, double}, Func{double, double}, double, RootOptions?)"/>
    public static RootResult Secant(Func<double, double> f, double start, RootOptions? options = null)
    {
        Require.Finite(start);
        return Secant(f, start, (start * (1 + 1e-4)) + (start >= 0 ? 1e-4 : -1e-4), options);
    }
}
