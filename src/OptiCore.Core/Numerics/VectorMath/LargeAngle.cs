namespace OptiCore.Numerics;

/// <summary>The remainder of large numbers after division by pi/2.</summary>
/// <remarks>
/// M. H. Payne, R. N. Hanek (1983), "Radian reduction for trigonometric functions": of the product of x with the binary digits of 2/pi only those are computed that reach below
/// multiples of 4 and leave 128 digits of the fraction, of which at most 62 vanish for any double.
/// </remarks>
internal static class LargeAngle
{
    /// <summary>The first 1280 binary digits of 2/pi.</summary>
    private static ReadOnlySpan<ulong> TwoOverPi =>
    [
        0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
        0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4,
        0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D,
        0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
    ];

    /// <summary>x = q pi/2 + r + low with |r| of at most about pi/4, for |x| of at least 2^40; q modulo 4 is returned. NaN where x is not finite.</summary>
    public static long Reduce(double x, out double r, out double low)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int field = (int)(bits >> 52) & 0x7FF;
        if (field == 0x7FF)
        {
            r = low = double.NaN;
            return 0;
        }

        // |x| = m 2^e with e of -13 at least. Digit i of 2/pi weighs 2^-(i+1); times 2^e, those before digit e - 2 give multiples of 4 only, whatever m.
        ulong m = ((ulong)bits & 0x000FFFFFFFFFFFFF) | 0x0010000000000000;
        int e = field - 1075;
        int from = e - 2;
        ulong a = Digits(from), b = Digits(from + 64), c = Digits(from + 128), d = Digits(from + 192);

        // m (a + b 2^-64 + c 2^-128 + d 2^-192) modulo 2^64, whose unit is 2^-62 quadrants times 2^64.
        UInt128 bm = Math.BigMul(m, b), cm = Math.BigMul(m, c), dm = Math.BigMul(m, d);
        UInt128 lower = cm + (dm >> 64);
        UInt128 upper = ((UInt128)(m * a) << 64) + bm + (lower >> 64);
        ulong tail = (ulong)lower;

        // The two top bits are the quadrant, the rest is the fraction; from one half on the next quadrant is nearer.
        long q = (long)(upper >> 126);
        UInt128 fraction = (upper << 2) | (tail >> 62);
        bool above = (fraction >> 127) != 0;
        if (above)
        {
            q++;
            fraction = UInt128.Zero - fraction;
        }

        // The fraction's leading 53 digits, then the next: both conversions are exact but for the last digits.
        int zeros = (int)UInt128.LeadingZeroCount(fraction);
        UInt128 normal = fraction << zeros;
        double high = Math.ScaleB((double)(ulong)(normal >> 75), -53 - zeros);
        double rest = Math.ScaleB((double)(ulong)((normal >> 22) & 0x1FFFFFFFFFFFFF), -106 - zeros);
        r = high * TrigonometricLanes.HalfPi;
        low = Math.FusedMultiplyAdd(high, TrigonometricLanes.HalfPi, -r);
        low = Math.FusedMultiplyAdd(high, TrigonometricLanes.HalfPiMiddle, Math.FusedMultiplyAdd(rest, TrigonometricLanes.HalfPi, low));
        if (above ^ (bits < 0))
        {
            r = -r;
            low = -low;
        }

        return bits < 0 ? -q & 3 : q & 3;
    }

    /// <summary>The 64 digits from the given one on; those before the first are zeros.</summary>
    private static ulong Digits(int from)
    {
        int word = from >> 6, shift = from & 63;
        ulong first = word >= 0 ? TwoOverPi[word] : 0;
        ulong second = word + 1 >= 0 ? TwoOverPi[word + 1] : 0;
        return shift == 0 ? first : (first << shift) | (second >> (64 - shift));
    }
}
