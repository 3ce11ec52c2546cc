namespace OptiCore.Integration;

public static partial class Quadrature
{
    /// <summary>
    /// The integral over any interval, finite or infinite, of an integrand that may be singular at the ends: adaptive bisection with Gauss-Kronrod rules,
    /// and extrapolation of the sequence of bisections by the epsilon algorithm.
    /// </summary>
    /// <remarks>
    /// <para>An infinite interval is mapped to (0, 1] by x = a + (1 - t) / t; the whole line is folded at 0, which costs two evaluations per point: move the
    /// bulk of the integrand there. A smooth integrand on a finite interval costs 21 evaluations. Ends are never evaluated.</para>
    /// <para>Piessens, de Doncker, Überhuber and Kahaner (1983), QUADPACK: a subroutine package for automatic integration (QAGS, QAGI, QAGP).</para>
    /// </remarks>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end; may be infinite.</param>
    /// <param name="b">The upper end; may be infinite.</param>
    /// <param name="options">Tolerances, limit and rule. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end is NaN.</exception>
    public static QuadratureResult Integrate(Func<double, double> f, double a, double b, QuadratureOptions? options = null) =>
        Integrate(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Integrate(Func{double, double}, double, double, QuadratureOptions?)"/>
    public static QuadratureResult Integrate(BatchIntegrand f, double a, double b, QuadratureOptions? options = null) =>
        IntegrateAny(new WholeBatchIntegrand(Require.NotNull(f)), a, b, options ?? QuadratureOptions.Default);

    /// <inheritdoc cref="Integrate(Func{double, double}, double, double, QuadratureOptions?)"/>
    /// <typeparam name="TFunction">The integrand's type.</typeparam>
    public static QuadratureResult Integrate<TFunction>(TFunction f, double a, double b, QuadratureOptions? options = null) where TFunction : struct, IScalarFunction =>
        IntegrateAny(new PointwiseIntegrand<TFunction>(f), a, b, options ?? QuadratureOptions.Default);

    /// <summary>The integral over a finite interval with singularities, kinks or jumps at known points inside.</summary>
    /// <inheritdoc cref="Integrate(Func{double, double}, double, double, QuadratureOptions?)"/>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end, finite.</param>
    /// <param name="b">The upper end, finite.</param>
    /// <param name="breakPoints">The points, in any order; those at the ends or outside are of no effect.</param>
    /// <param name="options">Tolerances, limit and rule. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static QuadratureResult Integrate(Func<double, double> f, double a, double b, ReadOnlySpan<double> breakPoints, QuadratureOptions? options = null)
    {
        Require.Finite(a);
        Require.Finite(b);
        if (a > b)
            return Integrate(f, b, a, breakPoints, options).Negate();
        double[] inside = [a, .. breakPoints, b];
        int count = 1;
        inside.AsSpan().Sort();
        foreach (double point in inside)
        {
            if (point > inside[count - 1] && point > a && point <= b)
                inside[count++] = point;
            else if (point <= a)
                inside[0] = a;
        }

        return Extrapolated(new PointwiseIntegrand<DelegateFunction>(new DelegateFunction(Require.NotNull(f))), inside.AsSpan(0, count), KronrodRule.Points21, options ?? QuadratureOptions.Default);
    }

    private static QuadratureResult IntegrateAny<TIntegrand>(TIntegrand f, double a, double b, QuadratureOptions options) where TIntegrand : struct, IIntegrand
    {
        CheckEnds(a, b);
        if (a == b)
            return new QuadratureResult(0, 0, 0, 0, QuadratureStatus.Converged);
        if (a > b)
            return IntegrateAny(f, b, a, options).Negate();
        ReadOnlySpan<double> unit = [0, 1];
        if (double.IsFinite(a) && double.IsFinite(b))
            return Extrapolated(f, [a, b], KronrodRule.Points21, options);
        if (double.IsFinite(a))
            return Extrapolated(new HalfLineIntegrand<TIntegrand>(f, a, 1), unit, KronrodRule.Points15, options);
        return double.IsFinite(b)
            ? Extrapolated(new HalfLineIntegrand<TIntegrand>(f, b, -1), unit, KronrodRule.Points15, options)
            : Extrapolated(new WholeLineIntegrand<TIntegrand>(f), unit, KronrodRule.Points15, options);
    }

    private static QuadratureResult Extrapolated<TIntegrand>(TIntegrand f, ReadOnlySpan<double> points, KronrodRule usual, QuadratureOptions options)
        where TIntegrand : struct, IIntegrand
    {
        if (points.Length < 2)
            return new QuadratureResult(0, 0, 0, 0, QuadratureStatus.Converged);
        KronrodRule rule = options.Rule ?? usual;
        var panels = new PanelList(options.MaxSubintervals + points.Length);
        double sum = 0, error = 0, absolute = 0;
        bool unresolved = false;
        for (int i = 0; i + 1 < points.Length; i++)
        {
            KronrodPanel panel = KronrodPanel.Of(ref f, points[i], points[i + 1], 0, rule, out double size, out double variation);
            panels.Add(panel);
            sum += panel.Value;
            error += panel.Error;
            absolute += size;
            // Equality of error and variation says that the rules saw nothing but noise.
            unresolved |= panel.Error == variation && panel.Error != 0;
        }

        long cost = (long)rule * f.Cost, evaluations = cost * panels.Count;
        QuadratureStatus? first = !double.IsFinite(sum) ? QuadratureStatus.NotFinite
            : error <= options.Bound(sum) && !unresolved ? QuadratureStatus.Converged
            : error <= 100 * Epsilon * absolute ? QuadratureStatus.Roundoff
            : panels.Count >= options.MaxSubintervals ? QuadratureStatus.LimitReached : null;
        if (first is { } status)
        {
            panels.Dispose();
            return new QuadratureResult(sum, first == QuadratureStatus.NotFinite ? double.PositiveInfinity : error, evaluations, points.Length - 1, status);
        }

        var search = new ExtrapolatedBisection<TIntegrand>(f, panels, rule, options, sum, error, absolute, evaluations);
        QuadratureResult result = search.Run();
        search.Dispose();
        return result;
    }
}
