using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>
/// The roots of unity exp(-2 pi i k / n), each rounded once from about 100 bits, so that they are the same on all hardware and exact to half a unit in
/// the last place but for rare ties.
/// </summary>
/// <remarks>
/// k / n is reduced to the first octant in integers. A root is then the product of two from tables of about sqrt(n / 8) roots each; tables
/// and product are in double-double arithmetic (Dekker 1971), the tables by Taylor series. A recurrence would lose digits in proportion to n.
/// </remarks>
internal sealed class RootsOfUnity
{
    // 2 pi to 106 bits.
    private const double TwoPiHigh = 6.283185307179586, TwoPiLow = 2.4492935982947064e-16;

    private readonly long _n;
    private readonly int _shift;
    private readonly (Extended Cos, Extended Sin)[] _coarse;
    private readonly (Extended Cos, Extended Sin)[] _fine;

    public RootsOfUnity(long n)
    {
        _n = n;
        // In units of a turn / (8 n), the first octant is 0 to n.
        _shift = (BitOperations.Log2((ulong)n) + 1) / 2;
        _fine = new (Extended, Extended)[1 << _shift];
        _coarse = new (Extended, Extended)[(int)(n >> _shift) + 1];
        for (int i = 0; i < _fine.Length; i++)
            _fine[i] = Direct(i);
        for (int i = 0; i < _coarse.Length; i++)
            _coarse[i] = Direct((long)i << _shift);
    }

    /// <summary>cos(2 pi k / n) and -sin(2 pi k / n).</summary>
    public (double Re, double Im) this[long k]
    {
        get
        {
            k %= _n;
            if (k < 0)
                k += _n;

            // The angle is (8 k) / n octants: octant o, and the rest r / n of an octant.
            long o = 8 * k / _n, r = (8 * k) - (o * _n);
            (double c, double s) = (o & 1) == 0 ? FirstOctant(r) : Exchange(FirstOctant(_n - r));
            (c, s) = (o >> 1) switch
            {
                0 => (c, s),
                1 => (-s, c),
                2 => (-c, -s),
                _ => (s, -c),
            };
            return (c, -s);
        }
    }

    private static (double, double) Exchange((double A, double B) pair) => (pair.B, pair.A);

    /// <summary>cos and sin of (r / n) (pi / 4), 0 at most r at most n.</summary>
    private (double Cos, double Sin) FirstOctant(long r)
    {
        (Extended c1, Extended s1) = _coarse[r >> _shift];
        (Extended c2, Extended s2) = _fine[r & ((1 << _shift) - 1)];
        return (((c1 * c2) - (s1 * s2)).High, ((s1 * c2) + (c1 * s2)).High);
    }

    /// <summary>cos and sin of (r / n) (pi / 4) by their series; the angle is below 1.</summary>
    private (Extended Cos, Extended Sin) Direct(long r)
    {
        Extended x = new Extended(TwoPiHigh, TwoPiLow) * new Extended(r) / new Extended(8.0 * _n), square = x * x;
        Extended cos = new(0), sin = new(0);
        for (int i = 13; i >= 1; i--)
        {
            cos = (new Extended(1) - cos) * square / new Extended(2.0 * i * ((2 * i) - 1));
            sin = (new Extended(1) - sin) * square / new Extended(2.0 * i * ((2 * i) + 1));
        }

        return (new Extended(1) - cos, x * (new Extended(1) - sin));
    }

    /// <summary>The unevaluated sum of two doubles.</summary>
    private readonly struct Extended(double high, double low = 0)
    {
        public readonly double High = high;
        private readonly double _low = low;

        public static Extended operator +(Extended a, Extended b)
        {
            double sum = a.High + b.High, part = sum - a.High;
            double error = (a.High - (sum - part)) + (b.High - part);
            return Renormalized(sum, error + (a._low + b._low));
        }

        public static Extended operator -(Extended a, Extended b) => a + new Extended(-b.High, -b._low);

        public static Extended operator *(Extended a, Extended b)
        {
            double product = a.High * b.High;
            double error = Math.FusedMultiplyAdd(a.High, b.High, -product);
            return Renormalized(product, error + ((a.High * b._low) + (a._low * b.High)));
        }

        public static Extended operator /(Extended a, Extended b)
        {
            double quotient = a.High / b.High;
            Extended rest = a - (b * new Extended(quotient));
            return Renormalized(quotient, rest.High / b.High);
        }

        private static Extended Renormalized(double high, double low)
        {
            double sum = high + low;
            return new Extended(sum, low - (sum - high));
        }
    }
}
