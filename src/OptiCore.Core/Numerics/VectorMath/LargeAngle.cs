namespace OptiCore.Numerics;

/// <summary>The remainder of large numbers after division by pi/2.</summary>
/// <remarks>
/// M. H. Payne, R. N. Hanek (1983), "Radian reduction for trigonometric functions": of the product of x with the binary digits of 2/pi only those are computed that reach below
/// multiples of 4 and leave 128 digits of the fraction, of which at most 62 vanish for any double. In integers of 64 bits, no tables and no shift by all bits, which devices do otherwise than the
/// processor, so that both run it.
/// </remarks>
internal static class LargeAngle
{
    /// <summary>x = q pi/2 + r + low with |r| of at most about pi/4, for |x| of at least 2^40; the bits of the result are q modulo 4. NaN where x is not finite.</summary>
    /// <typeparam name="S">A register of one lane.</typeparam>
    public static S Reduce<S>(S x, out S r, out S low) where S : struct, ILanes<S, double>
    {
        // |x| = m 2^e with e of -12 at least. Digit i of 2/pi weighs 2^-(i+1); times 2^e, those before digit e - 2 give multiples of 4 only, whatever m.
        long bits = S.FirstBits(x);
        ulong m = ((ulong)bits & 0x000FFFFFFFFFFFFF) | 0x0010000000000000;
        int from = ((int)(bits >> 52) & 0x7FF) - 1077;

        // The 256 digits from there on as a + b 2^-64 + c 2^-128 + d 2^-192.
        int word = from >> 6, shift = from & 63;
        ulong w0 = TwoOverPi(word), w1 = TwoOverPi(word + 1), w2 = TwoOverPi(word + 2), w3 = TwoOverPi(word + 3), w4 = TwoOverPi(word + 4);
        ulong a = Digits(w0, w1, shift), b = Digits(w1, w2, shift), c = Digits(w2, w3, shift), d = Digits(w3, w4, shift);

        // The product with m modulo 2^64, whose unit is 2^-62 quadrants times 2^64, in three words.
        ulong third = m * c, sum = third + High(m, d);
        ulong carry = High(m, c) + (sum < third ? 1ul : 0ul);
        third = sum;
        ulong second = m * b;
        sum = second + carry;
        ulong first = (m * a) + High(m, b) + (sum < second ? 1ul : 0ul);
        second = sum;

        // The two top bits are the quadrant, the rest is the fraction; from one half on the next quadrant is nearer.
        long q = (long)(first >> 62);
        first = (first << 2) | (second >> 62);
        second = (second << 2) | (third >> 62);
        bool above = (long)first < 0;
        if (above)
        {
            q++;
            second = 0 - second;
            first = 0 - first - (second != 0 ? 1ul : 0ul);
        }

        // The fraction's leading 53 digits, then the next: both conversions are exact but for the last digits, and so are the products with powers of two.
        int zeros = 0;
        if (first == 0)
        {
            zeros = 64;
            first = second;
            second = 0;
        }

        int more = LeadingZeros(first);
        zeros += more;
        first = Digits(first, second, more);
        second <<= more;
        S high = S.All((double)(long)(first >> 11)) * S.AllBits((1023L - 53 - zeros) << 52);
        S rest = S.All((double)(long)(((first << 42) | (second >> 22)) & 0x1FFFFFFFFFFFFF)) * S.AllBits((1023L - 106 - zeros) << 52);
        r = LaneSums.Product(high, S.All(TrigonometricLanes.HalfPi), out low);
        low = S.Fma(high, S.All(TrigonometricLanes.HalfPiMiddle), S.Fma(rest, S.All(TrigonometricLanes.HalfPi), low));

        // The remainder's sign is that of x, and the opposite where it is that to the next quadrant.
        S sign = LaneSums.SignOf(x) ^ S.AllBits(above ? long.MinValue : 0);
        S isFinite = S.Less(S.Abs(x), S.All(double.PositiveInfinity));
        r = S.Select(isFinite, r ^ sign, S.All(double.NaN));
        low = S.Select(isFinite, low ^ sign, S.All(double.NaN));
        return S.AllBits((bits < 0 ? -q : q) & 3);
    }

    /// <summary>64 bits of two words, from one of the first on.</summary>
    private static ulong Digits(ulong first, ulong second, int shift) => (first << shift) | ((second >> 1) >> (63 - shift));

    /// <summary>The upper half of the product.</summary>
    private static ulong High(ulong a, ulong b)
    {
        ulong a0 = a & uint.MaxValue, a1 = a >> 32, b0 = b & uint.MaxValue, b1 = b >> 32;
        ulong cross = a0 * b1, middle = (a1 * b0) + ((a0 * b0) >> 32) + (cross & uint.MaxValue);
        return (a1 * b1) + (cross >> 32) + (middle >> 32);
    }

    /// <summary>The number of zeros before the first one, of a number that isn't 0.</summary>
    private static int LeadingZeros(ulong a)
    {
        int zeros = 0;
        for (int step = 32; step > 0; step >>= 1)
        {
            if (a >> (64 - step) == 0)
            {
                zeros += step;
                a <<= step;
            }
        }

        return zeros;
    }

    /// <summary>The binary digits of 2/pi, 64 to a word; those before the first are zeros.</summary>
    private static ulong TwoOverPi(int word) => word switch
    {
        0 => 0xA2F9836E4E441529,
        1 => 0xFC2757D1F534DDC0,
        2 => 0xDB6295993C439041,
        3 => 0xFE5163ABDEBBC561,
        4 => 0xB7246E3A424DD2E0,
        5 => 0x06492EEA09D1921C,
        6 => 0xFE1DEB1CB129A73E,
        7 => 0xE88235F52EBB4484,
        8 => 0xE99C7026B45F7E41,
        9 => 0x3991D639835339F4,
        10 => 0x9C845F8BBDF9283B,
        11 => 0x1FF897FFDE05980F,
        12 => 0xEF2F118B5A0A6D1F,
        13 => 0x6D367ECF27CB09B7,
        14 => 0x4F463F669E5FEA2D,
        15 => 0x7527BAC7EBE5F17B,
        16 => 0x3D0739F78A5292EA,
        17 => 0x6BFB5FB11F8D5D08,
        18 => 0x56033046FC7B6BAB,
        19 => 0xF0CFBC209AF4361D,
        _ => 0,
    };
}
