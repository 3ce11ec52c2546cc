using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// Independent normal coordinates of mean zero with standard deviations that grow evenly from the first to the last: log p(x) = -sum_i (x_i / s_i)^2 / 2. Moments are known, so that it checks and times samplers.
/// </summary>
/// <param name="dimension">The number n of coordinates, at least 1.</param>
/// <param name="first">The standard deviation of the first coordinate, positive.</param>
/// <param name="last">That of the last one.</param>
public readonly struct NormalChainDensity(int dimension, double first = 1, double last = 1) : IChainDensity
{
    /// <inheritdoc/>
    public int Dimension => dimension;

    /// <summary>The standard deviation of a coordinate.</summary>
    /// <param name="index">Its number, from 0.</param>
    public double StandardDeviation(int index) => first + ((last - first) * index / Math.Max(1, dimension - 1));

    /// <inheritdoc/>
    public T Evaluate<T, TPoint>(TPoint x)
        where T : struct, IReal<T>
        where TPoint : struct, IChainPoint<T>, allows ref struct
    {
        T sum = T.Constant(0), growth = T.Constant(last) - first;
        for (int i = 0; i < dimension; i++)
        {
            T deviation = first + (growth * i / (dimension > 1 ? dimension - 1 : 1));
            T standardised = x[i] / deviation;
            sum += standardised * standardised;
            x.SetGradient(i, -(standardised / deviation));
        }

        return -0.5 * sum;
    }
}

/// <summary>
/// Neal's funnel: v ~ N(0, s^2) and the other coordinates N(0, e^v) given v. log p(v, x) = -v^2 / (2 s^2) - (n - 1) v / 2 - e^-v sum x_i^2 / 2. No single step size suits its neck and its mouth.
/// </summary>
/// <remarks>Neal (2003), Slice sampling.</remarks>
/// <param name="dimension">The number n of coordinates, v among them, at least 2.</param>
/// <param name="scale">The standard deviation s of v; 3 in the paper.</param>
public readonly struct FunnelChainDensity(int dimension, double scale = 3) : IChainDensity
{
    /// <inheritdoc/>
    public int Dimension => dimension;

    /// <inheritdoc/>
    public T Evaluate<T, TPoint>(TPoint x)
        where T : struct, IReal<T>
        where TPoint : struct, IChainPoint<T>, allows ref struct
    {
        T v = x[0], precision = T.Exp(-v), squares = T.Constant(0), inverse = 1 / (T.Constant(scale) * scale);
        for (int i = 1; i < dimension; i++)
        {
            T xi = x[i];
            squares += xi * xi;
            x.SetGradient(i, -(precision * xi));
        }

        T spread = 0.5 * (precision * squares), half = T.Constant(0.5) * (dimension - 1);
        x.SetGradient(0, spread - half - (v * inverse));
        return (-0.5 * (v * v * inverse)) - (half * v) - spread;
    }
}

/// <summary>
/// The banana: x ~ N(0, 1) and y ~ N(b x^2, s^2) given x. log p(x, y) = -x^2 / 2 - (y - b x^2)^2 / (2 s^2).
/// </summary>
/// <remarks>After Haario, Saksman, Tamminen (2001), An adaptive Metropolis algorithm, whose test distribution is of this form.</remarks>
/// <param name="bend">b.</param>
/// <param name="scale">s, positive.</param>
public readonly struct BananaChainDensity(double bend, double scale) : IChainDensity
{
    /// <inheritdoc/>
    public int Dimension => 2;

    /// <inheritdoc/>
    public T Evaluate<T, TPoint>(TPoint x)
        where T : struct, IReal<T>
        where TPoint : struct, IChainPoint<T>, allows ref struct
    {
        T a = x[0], away = (x[1] - (bend * (a * a))) / scale, slope = away / scale;
        x.SetGradient(1, -slope);
        x.SetGradient(0, (2 * bend * (slope * a)) - a);
        return -0.5 * ((a * a) + (away * away));
    }
}
