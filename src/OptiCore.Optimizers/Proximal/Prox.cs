using System.Globalization;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The table of proximal operators: convex functions g whose operator prox_{t g}(x) = argmin_u g(u) + |u - x|^2 / (2 t) has a closed form or a fast exact algorithm, and the rules that make
/// new ones of them. Each is an immutable value: <c>new Fista { Regularizer = Prox.L1(0.1) }</c>.
/// </summary>
/// <remarks>
/// <para>Unless said otherwise an operator costs O(n). Formulas: P. L. Combettes and J.-C. Pesquet (2011), Proximal splitting methods in signal processing; N. Parikh and S. Boyd (2014),
/// Proximal algorithms, Foundations and Trends in Optimization 1, 127-239; A. Beck (2017), First-order methods in optimization, chapter 6.</para>
/// </remarks>
public static partial class Prox
{
    /// <summary>g = 0: the operator is the identity.</summary>
    public static IProximable Zero { get; } = new ZeroFunction();

    /// <summary>
    /// Writes the operator of the conjugate g*(y) = sup_x x.y - g(x), by Moreau's decomposition: prox_{t g*}(x) = x - t prox_{g/t}(x/t).
    /// </summary>
    /// <param name="function">g.</param>
    /// <param name="x">The point, n finite elements.</param>
    /// <param name="step">The step t, positive.</param>
    /// <param name="result">Receives n elements; may be <paramref name="x"/> itself.</param>
    /// <param name="work">Scratch memory.</param>
    public static void ApplyConjugate(IProximable function, ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(work);
        Span<double> scaled = work.Numbers(0, x.Length);
        Vectors.Scale(1 / step, x, scaled);
        function.Apply(scaled, 1 / step, scaled, work.Nested(0));
        Vectors.AddScaled(x, -step, scaled, result);
    }

    /// <summary>Computes the Moreau envelope min_u g(u) + |u - x|^2 / (2 t), whose gradient is (x - prox_{t g}(x)) / t.</summary>
    /// <param name="function">g.</param>
    /// <param name="x">The point, n finite elements.</param>
    /// <param name="step">The step t, positive.</param>
    /// <param name="gradient">Receives the gradient of the envelope, n elements.</param>
    /// <param name="work">Scratch memory.</param>
    public static double Envelope(IProximable function, ReadOnlySpan<double> x, double step, Span<double> gradient, ProximalWorkspace work)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(work);
        Span<double> nearest = work.Numbers(0, x.Length);
        function.Apply(x, step, nearest, work.Nested(0));
        double value = function.Value(nearest, work.Nested(0));
        Vectors.Subtract(x, nearest, gradient);
        value += Reduce.SumOfSquares<double>(gradient[..x.Length]) / (2 * step);
        Vectors.Scale(1 / step, gradient[..x.Length], gradient);
        return value;
    }

    /// <summary>Refuses a function of another number of variables.</summary>
    internal static void RequireDimension(IProximable? function, int n, string member) => RequireDimension(function?.Dimension ?? 0, n, member);

    internal static void RequireDimension(int dimension, int n, string member)
    {
        if (dimension != 0 && dimension != n)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{member} is a function of {dimension} variables, the problem has {n}."), member);
    }

    /// <summary>sign(x) max(|x| - threshold, 0).</summary>
    private static double Shrink(double x, double threshold) => x > threshold ? x - threshold : x < -threshold ? x + threshold : 0;

    private sealed record ZeroFunction : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => 0;

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work) => x.CopyTo(result);
    }
}
