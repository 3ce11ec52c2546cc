using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The standard form of a 2 x 2 block of a real Schur matrix.</summary>
internal static class StandardForm
{
    /// <summary>
    /// Overwrites (a, b; c, d) by an orthogonally similar block with c = 0, or with a = d and b c &lt; 0, and returns the rotation: the first new row is cosine times the
    /// first plus sine times the second.
    /// </summary>
    /// <remarks>Bai and Demmel (1993), On swapping diagonal blocks in real Schur form; Golub and Van Loan (2013), Matrix computations, section 7.4.</remarks>
    public static (T Cosine, T Sine) Rotation<T>(ref T a, ref T b, ref T c, ref T d) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T two = T.One + T.One, epsilon = SpectralKernels.Epsilon<T>();
        if (c == T.Zero)
            return (T.One, T.Zero);
        if (b == T.Zero)
        {
            (a, d) = (d, a);
            (b, c) = (-c, T.Zero);
            return (T.Zero, T.One);
        }

        if (a - d == T.Zero && T.IsNegative(b) != T.IsNegative(c))
            return (T.One, T.Zero);
        T difference = a - d, p = difference / two;
        T high = T.Max(T.Abs(b), T.Abs(c)), low = T.Min(T.Abs(b), T.Abs(c)) * (T.IsNegative(b) == T.IsNegative(c) ? T.One : -T.One);
        T scale = T.Max(T.Abs(p), high), z = (p / scale * p) + (high / scale * low);
        if (z >= (two + two) * epsilon)
        {
            // Two real eigenvalues, well apart.
            z = p + T.CopySign(T.Sqrt(scale) * T.Sqrt(z), p);
            a = d + z;
            d -= high / z * low;
            T norm = T.Hypot(c, z), cosine = z / norm, sine = c / norm;
            b -= c;
            c = T.Zero;
            return (cosine, sine);
        }
        else
        {
            // A complex pair, or nearly equal real ones: make the diagonal equal first.
            T sum = b + c, norm = T.Hypot(sum, difference);
            T cosine = T.Sqrt((T.One + (T.Abs(sum) / norm)) / two), sine = -(p / (norm * cosine)) * T.CopySign(T.One, sum);
            T aa = (a * cosine) + (b * sine), bb = (b * cosine) - (a * sine), cc = (c * cosine) + (d * sine), dd = (d * cosine) - (c * sine);
            a = (aa * cosine) + (cc * sine);
            b = (bb * cosine) + (dd * sine);
            c = (cc * cosine) - (aa * sine);
            d = (dd * cosine) - (bb * sine);
            T mean = (a + d) / two;
            a = d = mean;
            if (c == T.Zero)
                return (cosine, sine);
            if (b == T.Zero)
            {
                (b, c) = (-c, T.Zero);
                return (-sine, cosine);
            }

            if (T.IsNegative(b) != T.IsNegative(c))
                return (cosine, sine);
            T rootB = T.Sqrt(T.Abs(b)), rootC = T.Sqrt(T.Abs(c)), shift = T.CopySign(rootB * rootC, c), inverse = T.One / T.Sqrt(T.Abs(b + c));
            a = mean + shift;
            d = mean - shift;
            b -= c;
            c = T.Zero;
            T cosine2 = rootB * inverse, sine2 = rootC * inverse;
            return ((cosine * cosine2) - (sine * sine2), (cosine * sine2) + (sine * cosine2));
        }
    }
}
