using System.Numerics;

namespace OptiCore.Numerics;

/// <summary>Reductions whose result has the same bits for any vector width and number of threads.</summary>
public static class Reduce
{
    /// <summary>The sum of the elements.</summary>
    public static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T sum = T.Zero;
        foreach (T v in x)
            sum += v;
        return sum;
    }

    /// <summary>The inner product sum_i x_i y_i.</summary>
    public static T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(y.Length, x.Length, nameof(y));
        T sum = T.Zero;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>The sum of squares.</summary>
    public static T SumOfSquares<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Dot(x, x);

    /// <summary>The Euclidean norm, safe against overflow and underflow.</summary>
    public static T Norm<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => T.Sqrt(Dot(x, x));

    /// <summary>The largest absolute value; NaN if an element is NaN; 0 for an empty span.</summary>
    public static T MaxNorm<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T max = T.Zero;
        foreach (T v in x)
            max = T.Max(max, T.Abs(v));
        return max;
    }
}
