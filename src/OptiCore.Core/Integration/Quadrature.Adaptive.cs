namespace OptiCore.Integration;

public static partial class Quadrature
{
    /// <summary>
    /// The integral over a finite interval by globally adaptive bisection with a pair of Gauss and Kronrod rules: the subinterval with the largest error
    /// estimate is halved until the sum of the estimates is within the tolerance. No extrapolation: for smooth, peaked or oscillating integrands.
    /// </summary>
    /// <remarks>Piessens, de Doncker, Überhuber and Kahaner (1983), QUADPACK: a subroutine package for automatic integration (QAG).</remarks>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end, finite.</param>
    /// <param name="b">The upper end, finite.</param>
    /// <param name="options">Tolerances, limit and rule. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static QuadratureResult Adaptive(Func<double, double> f, double a, double b, QuadratureOptions? options = null) =>
        Adaptive(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Adaptive(Func{double, double}, double, double, QuadratureOptions?)"/>
    public static QuadratureResult Adaptive(BatchIntegrand f, double a, double b, QuadratureOptions? options = null) =>
        AdaptiveCore(new WholeBatchIntegrand(Require.NotNull(f)), Require.Finite(a), Require.Finite(b), options ?? QuadratureOptions.Default);

    /// <inheritdoc cref="Adaptive(Func{double, double}, double, double, QuadratureOptions?)"/>
    /// <typeparam name="TFunction">The integrand's type.</typeparam>
    public static QuadratureResult Adaptive<TFunction>(TFunction f, double a, double b, QuadratureOptions? options = null) where TFunction : struct, IScalarFunction =>
        AdaptiveCore(new PointwiseIntegrand<TFunction>(f), Require.Finite(a), Require.Finite(b), options ?? QuadratureOptions.Default);

    private static QuadratureResult AdaptiveCore<TIntegrand>(TIntegrand f, double a, double b, QuadratureOptions options) where TIntegrand : struct, IIntegrand
    {
        KronrodRule rule = options.Rule ?? KronrodRule.Points21;
        long cost = (long)rule * f.Cost;
        if (a == b)
            return new QuadratureResult(0, 0, 0, 0, QuadratureStatus.Converged);
        KronrodPanel first = KronrodPanel.Of(ref f, a, b, 0, rule, out double absolute, out double variation);
        double sum = first.Value, error = first.Error;
        if (!double.IsFinite(sum))
            return new QuadratureResult(sum, double.PositiveInfinity, cost, 1, QuadratureStatus.NotFinite);
        if (error <= options.Bound(sum) && (error != variation || error == 0))
            return new QuadratureResult(sum, error, cost, 1, QuadratureStatus.Converged);
        if (error <= 50 * Epsilon * absolute)
            return new QuadratureResult(sum, error, cost, 1, QuadratureStatus.Roundoff);

        var panels = new PanelList(options.MaxSubintervals);
        panels.Add(first);
        int unchanged = 0, worse = 0;
        long evaluations = cost;
        QuadratureStatus status = QuadratureStatus.LimitReached;
        while (panels.Count < options.MaxSubintervals)
        {
            KronrodPanel old = panels.Take(0);
            double middle = (0.5 * old.A) + (0.5 * old.B);
            KronrodPanel left = KronrodPanel.Of(ref f, old.A, middle, old.Level + 1, rule, out _, out double variationLeft);
            KronrodPanel right = KronrodPanel.Of(ref f, middle, old.B, old.Level + 1, rule, out _, out double variationRight);
            evaluations += 2 * cost;
            double value = left.Value + right.Value, both = left.Error + right.Error;
            panels.Add(left);
            panels.Add(right);
            sum += value - old.Value;
            error += both - old.Error;
            if (!double.IsFinite(value))
            {
                status = QuadratureStatus.NotFinite;
                break;
            }

            if (variationLeft != left.Error && variationRight != right.Error)
            {
                if (Math.Abs(old.Value - value) <= 1e-5 * Math.Abs(value) && both >= 0.99 * old.Error)
                    unchanged++;
                if (panels.Count > 10 && both > old.Error)
                    worse++;
            }

            if (error <= options.Bound(sum))
            {
                status = QuadratureStatus.Converged;
                break;
            }

            if (unchanged >= 6 || worse >= 20)
            {
                status = QuadratureStatus.Roundoff;
                break;
            }

            if (TooNarrow(left.A, middle, right.B))
            {
                status = QuadratureStatus.Divergent;
                break;
            }
        }

        var result = new QuadratureResult(panels.Sum(), error, evaluations, panels.Count, status);
        panels.Dispose();
        return result;
    }

    /// <summary>Whether halving once more leaves no doubles between.</summary>
    private static bool TooNarrow(double a, double middle, double b) =>
        Math.Max(Math.Abs(a), Math.Abs(b)) <= (1 + (100 * Epsilon)) * (Math.Abs(middle) + (1000 * Tiny));
}
