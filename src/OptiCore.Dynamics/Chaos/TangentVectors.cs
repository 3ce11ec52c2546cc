namespace OptiCore.Dynamics;

/// <summary>What is done with tangent vectors, k rows of n elements.</summary>
internal static class TangentVectors
{
    /// <summary>Writes orthonormal vectors that lie in no special direction: unit vectors, all a little mixed.</summary>
    public static void Fill(Span<double> vectors, int n, Span<double> logLengths)
    {
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = (i / n == i % n ? 1 : 0) + (0.1 * Math.Cos(1 + (7 * (i / n)) + (3 * (i % n))));
        Orthonormalize(vectors, n, logLengths);
    }

    /// <summary>
    /// V = R Q by Gram and Schmidt, row after row and each twice, which is as orthogonal as Householder's: the rows become orthonormal, and the logarithms of R's diagonal are written.
    /// </summary>
    public static void Orthonormalize(Span<double> vectors, int n, Span<double> logLengths)
    {
        for (int i = 0; i < logLengths.Length; i++)
        {
            Span<double> v = vectors.Slice(i * n, n);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<double> q = vectors.Slice(j * n, n);
                    double projection = Dot(q, v);
                    for (int a = 0; a < n; a++)
                        v[a] -= projection * q[a];
                }
            }

            logLengths[i] = Normalize(v);
        }
    }

    /// <summary>Scales a vector to length 1 and returns the logarithm of its length; minus infinity and no change where that is 0.</summary>
    public static double Normalize(Span<double> v)
    {
        double length = Math.Sqrt(Dot(v, v));
        if (length > 0)
        {
            for (int a = 0; a < v.Length; a++)
                v[a] /= length;
        }

        return Math.Log(length);
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>result = J v for each row v.</summary>
    public static void Multiply(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> vectors, int n, Span<double> result)
    {
        for (int at = 0; at < vectors.Length; at += n)
        {
            ReadOnlySpan<double> v = vectors.Slice(at, n);
            for (int i = 0; i < n; i++)
                result[at + i] = Dot(jacobian.Slice(i * n, n), v);
        }
    }
}
