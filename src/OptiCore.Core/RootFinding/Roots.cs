using System.Globalization;
using System.Runtime.CompilerServices;

namespace OptiCore.RootFinding;

/// <summary>
/// Roots of a function of one real variable: f(x) = 0.
/// </summary>
/// <remarks>
/// <para>The methods with a bracket [a, b], on which f changes its sign, always converge for a continuous f (towards a pole otherwise) and never
/// evaluate outside. <see cref="Brent(Func{double, double}, double, double, RootOptions?)"/> is the first choice;
/// <see cref="Toms748(Func{double, double}, double, double, RootOptions?)"/> and
/// <see cref="Chandrupatla(Func{double, double}, double, double, RootOptions?)"/> need fewer evaluations on smooth functions and on flat or
/// multiple roots; bisection is the yardstick. The open methods (Newton, Halley, secant) start from one point and may fail, which the status says;
/// give them a bracket where there is one.</para>
/// <para>All count every evaluation. A method with a bracket throws <see cref="ArgumentException"/> when the signs at the ends agree; a value NaN ends
/// the search with <see cref="RootStatus.NotANumber"/>; infinite values are only signs. Nothing is allocated by the overloads for structs.</para>
/// </remarks>
public static partial class Roots
{
    /// <summary>The distance from 1 to the next double, 2^-52.</summary>
    internal const double Epsilon = 2.220446049250313e-16;

    /// <summary>The midpoint, without overflow.</summary>
    internal static double Midpoint(double a, double b) => Math.Sign(a) * Math.Sign(b) > 0 ? a + (0.5 * (b - a)) : 0.5 * (a + b);

    /// <summary>Evaluates both ends; true when the search is over before it began.</summary>
    private static bool AtEnds<TFunction>(ref TFunction f, double a, double b, out double fa, out double fb, out RootResult result)
        where TFunction : IScalarFunction
    {
        Require.Finite(a, nameof(a));
        Require.Finite(b, nameof(b));
        fa = f.Evaluate(a);
        fb = f.Evaluate(b);
        result = default;
        if (double.IsNaN(fa) || double.IsNaN(fb))
            result = double.IsNaN(fa) ? new RootResult(b, fb, 0, 2, RootStatus.NotANumber) : new RootResult(a, fa, 0, 2, RootStatus.NotANumber);
        else if (fa == 0)
            result = new RootResult(a, fa, 0, 2, RootStatus.Converged);
        else if (fb == 0)
            result = new RootResult(b, fb, 0, 2, RootStatus.Converged);
        else if (fa > 0 == fb > 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"f({a:r}) = {fa:r} and f({b:r}) = {fb:r} have the same sign; a bracket needs two signs."), nameof(b));
        else
            return false;
        return true;
    }

    /// <summary>Whether two values that aren't zero have different signs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool SignsDiffer(double u, double v) => u < 0 != v < 0;

    /// <summary>
    /// Bisection: halves the bracket until its half is below the tolerance. One evaluation and one bit per iteration, whatever the function.
    /// </summary>
    /// <param name="f">The function.</param>
    /// <param name="a">One end of the bracket.</param>
    /// <param name="b">The other end.</param>
    /// <param name="options">Tolerances and limit; default <see cref="RootOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">f has the same sign at both ends.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static RootResult Bisection(Func<double, double> f, double a, double b, RootOptions? options = null) =>
        Bisection(new DelegateFunction(Require.NotNull(f)), a, b, options);

    /// <inheritdoc cref="Bisection(Func{double, double}, double, double, RootOptions?)"/>
    /// <typeparam name="TFunction">The function's type.</typeparam>
    public static RootResult Bisection<TFunction>(TFunction f, double a, double b, RootOptions? options = null) where TFunction : struct, IScalarFunction
    {
        options ??= RootOptions.Default;
        if (AtEnds(ref f, a, b, out double fa, out double fb, out RootResult result))
            return result;
        for (int iteration = 1; iteration <= options.MaxIterations; iteration++)
        {
            double middle = Midpoint(a, b), value = f.Evaluate(middle);
            if (double.IsNaN(value))
                return Best(a, fa, b, fb, iteration, iteration + 2, RootStatus.NotANumber);
            double half = Math.Max(Math.Abs(b - middle), Math.Abs(middle - a));
            if (SignsDiffer(fa, value))
                (b, fb) = (middle, value);
            else
                (a, fa) = (middle, value);
            if (value == 0 || half < options.At(middle))
                return new RootResult(middle, value, iteration, iteration + 2, RootStatus.Converged);
        }

        return Best(a, fa, b, fb, options.MaxIterations, options.MaxIterations + 2, RootStatus.IterationLimit);
    }

    private static RootResult Best(double a, double fa, double b, double fb, int iterations, int evaluations, RootStatus status) =>
        Math.Abs(fa) < Math.Abs(fb) ? new RootResult(a, fa, iterations, evaluations, status) : new RootResult(b, fb, iterations, evaluations, status);
}
