using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Core.Tests.Numerics;

/// <summary>The stated errors in ULP: double against fixed-point arithmetic of 192 bits, float against double.</summary>
public class LaneMathTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(99);

    [Fact]
    public void LogOfDoublesKeepsItsBoundInEveryBinadeAndNearOne()
    {
        double worst = 0;
        foreach (double x in Sweep(binadeFrom: -1074, binadeTo: 1023, perBinade: 6).Concat(NearOne()))
            worst = Math.Max(worst, Exact.Log(x).Ulps(Log(x)));
        Assert.InRange(worst, 0.5, LaneMath.LogUlp);

        Assert.Equal(double.NegativeInfinity, Log(0));
        Assert.Equal(double.NegativeInfinity, Log(-0.0));
        Assert.Equal(double.PositiveInfinity, Log(double.PositiveInfinity));
        Assert.Equal(double.NaN, Log(-1));
        Assert.Equal(double.NaN, Log(double.NegativeInfinity));
        Assert.Equal(double.NaN, Log(double.NaN));
        Assert.Equal(0, Log(1));

        static double Log(double x) => LaneMath.Log(new Lanes1<double>(x)).Value;

        static IEnumerable<double> NearOne()
        {
            for (int i = 1; i <= 2000; i++)
            {
                yield return 1 + (i * 2.220446049250313e-16);
                yield return 1 - (i * 1.1102230246251565e-16);
                yield return 0.70 + (i * 0.00036);
            }
        }
    }

    [Fact]
    public void ExpOfDoublesKeepsItsBoundFromSubnormalResultsToOverflow()
    {
        double worst = 0;
        double[] u = new double[6000];
        RandomFill.Uniform(Key, u);
        foreach (double x in u.Select(static v => -745.1 + (v * 1454.8)).Concat(Sweep(-1074, 8, 3)).Concat(Sweep(-1074, 8, 3).Select(static v => -v)))
            worst = Math.Max(worst, Exact.Exp(x).Ulps(Exp(x)));
        Assert.InRange(worst, 0.5, LaneMath.ExpUlp);

        Assert.Equal(1, Exp(0));
        Assert.Equal(double.PositiveInfinity, Exp(710));
        Assert.Equal(double.PositiveInfinity, Exp(1e300));
        Assert.Equal(double.PositiveInfinity, Exp(double.PositiveInfinity));
        Assert.Equal(double.Epsilon, Exp(-744.5));
        Assert.Equal(0, Exp(-746));
        Assert.Equal(0, Exp(-1e300));
        Assert.Equal(0, Exp(double.NegativeInfinity));
        Assert.Equal(double.NaN, Exp(double.NaN));

        static double Exp(double x) => LaneMath.Exp(new Lanes1<double>(x)).Value;
    }

    [Fact]
    public void SineAndCosineOfTurnsKeepTheirBound()
    {
        double worst = 0;
        double[] u = new double[6000];
        RandomFill.Uniform(Key, u);
        foreach (double x in u.Concat(Sweep(-300, 3, 8)).Concat(Sweep(-60, 3, 20).Select(static v => -v)).Concat(Enumerable.Range(0, 300).Select(static i => 0.25 - Math.ScaleB(1, -2 - (i % 53)))))
        {
            LaneMath.SinCosTurns(new Lanes1<double>(x), out Lanes1<double> sin, out Lanes1<double> cos);
            worst = Math.Max(worst, Exact.SinTurns(x).Ulps(sin.Value));
            worst = Math.Max(worst, Exact.CosTurns(x).Ulps(cos.Value));
        }

        Assert.InRange(worst, 0.5, LaneMath.SinCosUlp);
        double[] sines = [0, 1, 0, -1], cosines = [1, 0, -1, 0];
        for (int quarter = 0; quarter < 8; quarter++)
        {
            LaneMath.SinCosTurns(new Lanes1<double>(quarter / 4.0), out Lanes1<double> sin, out Lanes1<double> cos);
            Assert.Equal((sines[quarter % 4], cosines[quarter % 4]), (sin.Value + 0, cos.Value + 0));
            LaneMath.SinCosTurnsSingle(new Lanes1<float>(quarter / 4.0f), out Lanes1<float> sine, out Lanes1<float> cosine);
            Assert.Equal(((float)sines[quarter % 4], (float)cosines[quarter % 4]), (sine.Value + 0, cosine.Value + 0));
        }
    }

    /// <summary>Every 509th of all positive floats for the logarithm, of all floats for the exponential; Math's error of 1 ULP of double is 2e-9 ULP of float.</summary>
    [Fact]
    public void FloatsKeepTheirBoundsOverTheWholeLine()
    {
        double worstLog = 0, worstExp = 0, worstSinCos = 0;
        for (int bits = 1; bits is > 0 and < 0x7F800000; bits += 509)
        {
            float x = BitConverter.Int32BitsToSingle(bits);
            worstLog = Math.Max(worstLog, UlpsSingle(LaneMath.LogSingle(new Lanes1<float>(x)).Value, Math.Log(x)));
            if (x < 88.72f)
                worstExp = Math.Max(worstExp, UlpsSingle(LaneMath.ExpSingle(new Lanes1<float>(x)).Value, Math.Exp(x)));
            if (x < 104)
                worstExp = Math.Max(worstExp, UlpsSingle(LaneMath.ExpSingle(new Lanes1<float>(-x)).Value, Math.Exp(-(double)x)));
        }

        for (int bits = 0x3F000000; bits < 0x3FC00000; bits += 13)
        {
            float x = BitConverter.Int32BitsToSingle(bits);
            worstLog = Math.Max(worstLog, UlpsSingle(LaneMath.LogSingle(new Lanes1<float>(x)).Value, Math.Log(x)));
        }

        for (int i = 0; i < 1 << 20; i++)
        {
            float u = i / (float)(1 << 20);
            LaneMath.SinCosTurnsSingle(new Lanes1<float>(u), out Lanes1<float> sin, out Lanes1<float> cos);
            double reduced = u - (Math.Round(u * 4.0) / 4);
            (double s, double c) = Math.SinCos(2 * Math.PI * reduced);
            int quarter = (int)Math.Round(u * 4.0) & 3;
            (double exactSin, double exactCos) = quarter switch { 0 => (s, c), 1 => (c, -s), 2 => (-s, -c), _ => (-c, s) };
            worstSinCos = Math.Max(worstSinCos, Math.Max(UlpsSingle(sin.Value, exactSin), UlpsSingle(cos.Value, exactCos)));
        }

        Assert.InRange(worstLog, 0.5, LaneMath.LogSingleUlp);
        Assert.InRange(worstExp, 0.5, LaneMath.ExpSingleUlp);
        Assert.InRange(worstSinCos, 0.5, LaneMath.SinCosSingleUlp);
        Assert.Equal(float.NegativeInfinity, LaneMath.LogSingle(new Lanes1<float>(0)).Value);
        Assert.Equal(float.NaN, LaneMath.LogSingle(new Lanes1<float>(-1)).Value);
        Assert.Equal(float.NaN, LaneMath.LogSingle(new Lanes1<float>(float.NaN)).Value);
        Assert.Equal(float.PositiveInfinity, LaneMath.LogSingle(new Lanes1<float>(float.PositiveInfinity)).Value);
        Assert.Equal(float.PositiveInfinity, LaneMath.ExpSingle(new Lanes1<float>(89)).Value);
        Assert.Equal(float.PositiveInfinity, LaneMath.ExpSingle(new Lanes1<float>(float.PositiveInfinity)).Value);
        Assert.Equal(0, LaneMath.ExpSingle(new Lanes1<float>(-105)).Value);
        Assert.Equal(0, LaneMath.ExpSingle(new Lanes1<float>(float.NegativeInfinity)).Value);
        Assert.Equal(float.NaN, LaneMath.ExpSingle(new Lanes1<float>(float.NaN)).Value);
        Assert.Equal(1, LaneMath.ExpSingle(new Lanes1<float>(0)).Value);
    }

    private static double UlpsSingle(float computed, double exact)
    {
        if (exact == 0)
            return computed == 0 ? 0 : double.PositiveInfinity;
        int exponent = Math.Max(Math.ILogB(exact) - 23, -149);
        return Math.Abs(computed - exact) / Math.ScaleB(1, exponent);
    }

    /// <summary>Random mantissas in every binade, subnormals included.</summary>
    private static IEnumerable<double> Sweep(int binadeFrom, int binadeTo, int perBinade)
    {
        RandomStream stream = Key.Fold("sweep").Stream();
        for (int binade = binadeFrom; binade <= binadeTo; binade++)
        {
            for (int i = 0; i < perBinade; i++)
                yield return Math.ScaleB(1 + (i == 0 ? 0 : stream.NextDouble()), binade);
        }
    }

    /// <summary>A real number as Significand 2^(Exponent), by fixed-point series.</summary>
    private readonly record struct Exact(BigInteger Significand, int Exponent)
    {
        private const int Bits = 192;
        private static readonly BigInteger One = BigInteger.One << Bits;
        private static readonly BigInteger Ln2 = 2 * Atanh(One / 3);
        private static readonly BigInteger TwoPi = 8 * ((4 * ArcTangent(5)) - ArcTangent(239));

        public static Exact Log(double x)
        {
            (BigInteger m, int e) = Parts(x);
            int shift = (int)m.GetBitLength() - 1;
            // x = 2^k f with f of [0.75, 1.5).
            BigInteger f = m << (Bits - shift);
            int k = e + shift;
            if (f >= One * 3 / 2)
            {
                f >>= 1;
                k++;
            }

            return new Exact((2 * Atanh(((f - One) << Bits) / (f + One))) + (k * Ln2), -Bits);
        }

        public static Exact Exp(double x)
        {
            BigInteger value = Fixed(x);
            BigInteger k = BigInteger.Divide(value, Ln2);
            BigInteger r = value - (k * Ln2), sum = One, term = One;
            for (int i = 1; !term.IsZero && i < 80; i++)
            {
                term = (term * r / i) >> Bits;
                sum += term;
            }

            return new Exact(sum, (int)k - Bits);
        }

        public static Exact SinTurns(double u) => Trigonometric(u, 1);

        public static Exact CosTurns(double u) => Trigonometric(u, 0);

        /// <summary>The distance of a computed number in units in the last place of this one.</summary>
        public double Ulps(double computed)
        {
            if (Significand.IsZero)
                return computed == 0 ? 0 : double.PositiveInfinity;
            int unit = Math.Max((int)BigInteger.Abs(Significand).GetBitLength() - 1 + Exponent - 52, -1074);
            (BigInteger m, int e) = Parts(computed);
            return Math.Abs((double)(Shift(Significand, Exponent - unit + 30) - Shift(m, e - unit + 30))) / (1 << 30);
        }

        private static Exact Trigonometric(double u, int from)
        {
            // Tiny arguments keep their relative precision by being scaled up: sin(2 pi u) = 2 pi u there, far beyond double.
            if (Math.Abs(u) < 1e-18)
            {
                (BigInteger m, int e) = Parts(u);
                return from == 1 ? new Exact(m * TwoPi, e - Bits) : new Exact(One, -Bits);
            }

            u -= Math.Round(u);
            BigInteger angle = (Fixed(u) * TwoPi) >> Bits, square = (angle * angle) >> Bits;
            BigInteger term = from == 1 ? angle : One, sum = term;
            for (int i = from + 1; !term.IsZero && i < 100; i += 2)
            {
                term = -((term * square / (i * (i + 1))) >> Bits);
                sum += term;
            }

            // At multiples of a quarter the value is 0 or 1; the fixed-point error is not a value.
            return BigInteger.Abs(sum) < One >> 180 ? new Exact(0, 0) : new Exact(sum, -Bits);
        }

        private static BigInteger Atanh(BigInteger s)
        {
            BigInteger square = (s * s) >> Bits, power = s, sum = s;
            for (int i = 3; !power.IsZero && i < 300; i += 2)
            {
                power = (power * square) >> Bits;
                sum += power / i;
            }

            return sum;
        }

        private static BigInteger ArcTangent(int inverse)
        {
            BigInteger power = One / inverse, sum = power;
            for (int i = 3; !power.IsZero; i += 2)
            {
                power /= -(inverse * inverse);
                sum += power / i;
            }

            return sum;
        }

        private static BigInteger Fixed(double x)
        {
            (BigInteger m, int e) = Parts(x);
            return Shift(m, e + Bits);
        }

        private static BigInteger Shift(BigInteger value, int by) => by >= 0 ? value << by : value >> -by;

        private static (BigInteger Significand, int Exponent) Parts(double x)
        {
            long bits = BitConverter.DoubleToInt64Bits(x);
            int field = (int)(bits >> 52) & 0x7FF;
            long fraction = bits & 0xFFFFFFFFFFFFF;
            BigInteger m = field == 0 ? fraction : fraction | (1L << 52);
            return (bits < 0 ? -m : m, Math.Max(field, 1) - 1075);
        }
    }
}
