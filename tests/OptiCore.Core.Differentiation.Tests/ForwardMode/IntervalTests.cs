using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Elementary;
using Interval = OptiCore.Differentiation.Interval;

namespace OptiCore.Core.Tests.Differentiation;

public class IntervalTests
{
    private const double Infinity = double.PositiveInfinity;

    private static readonly double[] Special = [0, 1, -1, 0.5, -0.5, 2, -2, 3, double.Epsilon, -double.Epsilon, 1e-300, -1e-300, 1e300, -1e300, double.MaxValue, double.MinValue, Math.PI / 2, Math.PI, -Math.PI, 1e16];

    /// <summary>Numbers of every size, often special ones.</summary>
    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Elements(Special),
        from u in Gen.Choose(-1_000_000, 1_000_000) select u / 1e5,
        from u in Gen.Choose(-1_000_000, 1_000_000) from e in Gen.Choose(-1000, 980) select Math.ScaleB(u / 1e6, e));

    /// <summary>Intervals with three members each: points, short and long ones, half lines and the whole line.</summary>
    private static readonly Gen<(Interval Set, double[] Members)> Sets =
        from a in Number
        from b in Number
        from c in Number
        from kind in Gen.Choose(0, 5)
        select kind switch
        {
            0 => (Interval.Point(a), [a, a, a]),
            1 => (Interval.Create(a, Math.BitIncrement(Math.BitIncrement(Math.Min(a, 1e308)) is var next && next < a ? a : next)), [a, a, a]),
            2 => (Interval.Create(Math.Min(a, b), Infinity), new[] { a, b, Math.Max(Math.Min(a, b), c) }),
            3 => (Interval.Create(-Infinity, Math.Max(a, b)), [a, b, Math.Min(Math.Max(a, b), c)]),
            4 => (Interval.Entire, [a, b, c]),
            _ => (Interval.Create(Math.Min(a, b), Math.Max(a, b)), [a, b, Math.Clamp(c, Math.Min(a, b), Math.Max(a, b))]),
        };

    /// <summary>
    /// Functions of one argument on doubles and on intervals. NaN where there is no value; and for the cube root, whose double can be further off than its interval is wide.
    /// </summary>
    private static readonly (string Name, Func<double, double> Plain, Func<Interval, Interval> Set)[] Functions =
    [
        ("negative", x => -x, x => -x),
        ("square", x => x * x, Interval.Square),
        ("sq", x => x * x, Sq),
        ("sqrt", Math.Sqrt, Sqrt),
        ("abs", Math.Abs, Abs),
        ("exp", Math.Exp, Exp),
        ("expm1", Expm1, Expm1),
        ("exp2", double.Exp2, Interval.Exp2),
        ("exp10", double.Exp10, Interval.Exp10),
        ("log", Math.Log, Log),
        ("log2", Math.Log2, Interval.Log2),
        ("log10", Math.Log10, Interval.Log10),
        ("log1p", Log1p, Log1p),
        ("sin", Math.Sin, Sin),
        ("cos", Math.Cos, Cos),
        ("tan", Math.Tan, Tan),
        ("asin", Math.Asin, Interval.Asin),
        ("acos", Math.Acos, Interval.Acos),
        ("atan", Math.Atan, Atan),
        ("sinh", Math.Sinh, Interval.Sinh),
        ("cosh", Math.Cosh, Interval.Cosh),
        ("tanh", Math.Tanh, Tanh),
        ("asinh", Math.Asinh, Interval.Asinh),
        ("acosh", Math.Acosh, Interval.Acosh),
        ("atanh", Math.Atanh, Interval.Atanh),
        ("cbrt", _ => double.NaN, Interval.Cbrt),
        ("x^3", x => Math.Pow(x, 3), x => Pow(x, 3)),
        ("x^-2", x => x == 0 ? double.NaN : Math.Pow(x, -2), x => Pow(x, -2)),
        ("x^-3", x => x == 0 ? double.NaN : Math.Pow(x, -3), x => Pow(x, -3)),
        ("x^2.5", x => Math.Pow(x, 2.5), x => Pow(x, 2.5)),
        ("x^-0.5", x => x == 0 ? double.NaN : Math.Pow(x, -0.5), x => Pow(x, -0.5)),
        ("sigmoid", Sigmoid, Sigmoid),
        ("softplus", SoftPlus, SoftPlus),
    ];

    private static readonly (string Name, Func<double, double, double> Plain, Func<Interval, Interval, Interval> Set)[] Pairs =
    [
        ("x + y", (x, y) => x + y, (x, y) => x + y),
        ("x - y", (x, y) => x - y, (x, y) => x - y),
        ("x y", (x, y) => x * y, (x, y) => x * y),
        ("x / y", (x, y) => y == 0 ? double.NaN : x / y, (x, y) => x / y),
        ("pow", (x, y) => x < 0 || (x == 0 && y < 0) ? double.NaN : Math.Pow(x, y), Pow),
        ("hypot", double.Hypot, Interval.Hypot),
        ("atan2", Math.Atan2, Atan2),
        ("max", Math.Max, Max),
        ("min", Math.Min, Min),
    ];

    public static TheoryData<string> FunctionNames => [.. Functions.Select(f => f.Name)];

    public static TheoryData<string> PairNames => [.. Pairs.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(FunctionNames))]
    public void ValuesOfMembersLieInTheValueOfTheSetAndSubsetsInside(string name)
    {
        (string _, Func<double, double> plain, Func<Interval, Interval> set) = Functions.Single(f => f.Name == name);
        Assert.True(set(Interval.Empty).IsEmpty);
        Forall.Check(Prop.ForAll(Sets.ToArbitrary(), x =>
        {
            Interval range = set(x.Set);
            foreach (double member in x.Members)
            {
                Holds(range, plain(member), $"{name}({x.Set}) of {member:r}");
                Assert.True(range.Contains(set(member)), $"{name}({member:r}) = {set(member)} not in {name}({x.Set}) = {range}");
            }

            Interval part = Interval.Create(x.Members.Min(), x.Members.Max());
            Assert.True(range.Contains(set(part)), $"{name}({part}) = {set(part)} not in {name}({x.Set}) = {range}");
        }));
    }

    [Theory]
    [MemberData(nameof(PairNames))]
    public void ValuesOfPairsLieInTheValueOfTheSetsAndSubsetsInside(string name)
    {
        (string _, Func<double, double, double> plain, Func<Interval, Interval, Interval> set) = Pairs.Single(f => f.Name == name);
        Assert.True(set(Interval.Empty, 1).IsEmpty && set(1, Interval.Empty).IsEmpty);
        Forall.Check(Prop.ForAll(Sets.ToArbitrary(), Sets.ToArbitrary(), (x, y) =>
        {
            Interval range = set(x.Set, y.Set);
            foreach (double left in x.Members)
            {
                foreach (double right in y.Members)
                {
                    Holds(range, plain(left, right), $"{name} of {x.Set}, {y.Set} at {left:r}, {right:r}");

                    // A whole exponent has negative bases too, which no set of exponents has.
                    if (name != "pow" || left >= 0)
                        Assert.True(range.Contains(set(left, right)), $"{name} of {left:r}, {right:r} is {set(left, right)}, not in {range} of {x.Set}, {y.Set}");
                }
            }
        }));
    }

    [Fact]
    public void RationalOperationsHoldTheExactResultAndAreTight()
    {
        // Exact rational arithmetic with big integers: a bound holds it, and no tighter double does.
        Gen<double> moderate = from u in Gen.Choose(int.MinValue, int.MaxValue) from w in Gen.Choose(1, int.MaxValue) from e in Gen.Choose(-300, 300) select Math.ScaleB(((double)u * w) + 1, e);
        Forall.Check(Prop.ForAll(moderate.ToArbitrary(), moderate.ToArbitrary(), (x, y) =>
        {
            (BigInteger a, BigInteger b) = (Exact(x), Exact(y));
            Tight((Interval)x + y, v => Exact(v).CompareTo(a + b), $"{x:r} + {y:r}");
            Tight((Interval)x - y, v => Exact(v).CompareTo(a - b), $"{x:r} - {y:r}");
            Tight((Interval)x * y, v => (Exact(v) << 1100).CompareTo(a * b), $"{x:r} * {y:r}");
            if (y != 0)
                Tight((Interval)x / y, v => (Exact(v) * b).CompareTo(a << 1100) * Math.Sign(y), $"{x:r} / {y:r}");
            Tight(Interval.Square(x), v => (Exact(v) << 1100).CompareTo(a * a), $"{x:r}^2");
            Tight(Interval.Sqrt(Math.Abs(x)), v => BigInteger.Pow(Exact(v), 2).CompareTo(BigInteger.Abs(a) << 1100), $"sqrt {x:r}");
        }));

        // The double times 2^1100, a whole number.
        static BigInteger Exact(double x)
        {
            long bits = BitConverter.DoubleToInt64Bits(x);
            int exponent = (int)((bits >> 52) & 0x7FF);
            BigInteger fraction = exponent == 0 ? bits & 0xFFFFFFFFFFFFF : (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
            return (bits < 0 ? -fraction : fraction) << (1100 - 1074 + Math.Max(exponent, 1) - 1);
        }

        static void Tight(Interval actual, Func<double, int> comparedWithExact, string what)
        {
            Assert.True(comparedWithExact(actual.Low) <= 0 && comparedWithExact(actual.High) >= 0, $"{what} isn't in {actual}");
            Assert.True(actual.IsPoint ? comparedWithExact(actual.Low) == 0 : actual.High == Math.BitIncrement(actual.Low), $"{what}: {actual} is wider than two neighbours");
            Assert.True(actual.IsPoint || (comparedWithExact(actual.Low) < 0 && comparedWithExact(actual.High) > 0), $"{what} is a bound of {actual}, which is no point");
        }
    }

    [Fact]
    public void FunctionsHoldTheRealValueAndAreSharp()
    {
        // The neighbouring doubles of the real value by mpmath: a bound that leaves it out, by however little, fails; and so does one further off than documented.
        int rows = 0;
        foreach (System.Text.Json.JsonElement row in Reference.Json("intervals/functions.json").EnumerateArray())
        {
            string name = row[0].GetString()!;
            double x = Read(row[1]), below = Read(row[2]), above = Read(row[3]);
            (Interval actual, int steps) = name switch
            {
                "exp" => (Exp<Interval>(x), 9),

                // A product of sinh and exp: up to 13 doubles each way of either factor's own size, which in the product may be twice as many.
                "expm1" => (Expm1<Interval>(x), 54),
                "exp2" => (Interval.Exp2(x), 9),
                "exp10" => (Interval.Exp10(x), 9),
                "log" => (Log<Interval>(x), 9),
                "log2" => (Interval.Log2(x), 17),
                "log10" => (Interval.Log10(x), 17),
                "log1p" => (Log1p<Interval>(x), 40),
                "sin" => (Sin<Interval>(x), 9),
                "cos" => (Cos<Interval>(x), 9),
                "tan" => (Tan<Interval>(x), 9),
                "asin" => (Interval.Asin(x), 9),
                "acos" => (Interval.Acos(x), 9),
                "atan" => (Atan<Interval>(x), 9),
                "sinh" => (Interval.Sinh(x), 17),
                "cosh" => (Interval.Cosh(x), 17),
                "tanh" => (Tanh<Interval>(x), 17),
                "asinh" => (Interval.Asinh(x), 17),
                "acosh" => (Interval.Acosh(x), 17),
                "atanh" => (Interval.Atanh(x), 17),
                "sqrt" => (Interval.Sqrt(x), 1),
                "cbrt" => (Interval.Cbrt(x), 6),
                "root7" => (Interval.RootN(x, 7), 8),
                "cube" => (Pow<Interval>(x, 3), 5),
                "power100" => (Pow<Interval>(x, 100), 9),
                "power-3" => (Pow<Interval>(x, -3), 9),
                "power2.5" => (Pow<Interval>(x, 2.5), 9),
                "sinpi" => (Interval.SinPi(x), 17),
                "cospi" => (Interval.CosPi(x), 17),
                _ => throw new InvalidOperationException(name),
            };
            Assert.True(actual.Low <= below && actual.High >= above, $"{name}({x:r}) lies in [{below:r}, {above:r}], not surely in {actual}");
            if (double.IsNormal(actual.Low) && double.IsNormal(actual.High) && double.IsNormal(below))
                Assert.True(BitConverter.DoubleToInt64Bits(Math.Abs(actual.High)) - BitConverter.DoubleToInt64Bits(Math.Abs(actual.Low)) is var width && Math.Abs(width) <= steps, $"{name}({x:r}) = {actual} is {width} doubles wide, more than {steps}");
            rows++;
        }

        Assert.True(rows > 700);

        static double Read(System.Text.Json.JsonElement element) => element.GetString() switch
        {
            "inf" => Infinity,
            "-inf" => -Infinity,
            { } text => double.Parse(text, CultureInfo.InvariantCulture),
            null => throw new FormatException("null is not a number."),
        };
    }

    [Fact]
    public void DivisionsFollowTheStandard()
    {
        Interval one = 1, two = Interval.Create(1, 2);
        Same(Interval.Create(0.5, Infinity), one / Interval.Create(0, 2));
        Same(Interval.Create(-Infinity, -0.5), one / Interval.Create(-2, 0));
        Same(Interval.Create(-Infinity, -0.5), -one / Interval.Create(0, 2));
        Same(Interval.Entire, two / Interval.Create(-1, 1));
        Same(Interval.Entire, Interval.Create(-1, 1) / Interval.Create(0, 1));
        Same(Interval.Create(0, Infinity), Interval.Create(0, 1) / Interval.Create(0, 1));
        Same(Interval.Empty, two / 0);
        Same(Interval.Empty, (Interval)0 / 0);
        Same(0, 0 / Interval.Create(-1, 1));
        Same(Interval.Create(0, 1), one / Interval.Create(1, Infinity));
        Same(0, 0 * Interval.Entire);
        Same(Interval.Create(0.25, 2), two / Interval.Create(1, 4));
        Same(Interval.Create(-Infinity, -0.25), one / Interval.Create(-4, 0));
    }

    [Fact]
    public void FunctionsFollowTheStandardAtTheEdgesOfTheirDomains()
    {
        Interval unit = Interval.Create(-1, 1);
        Same(Interval.Create(0, 2), Sqrt(Interval.Create(-1, 4)));
        Same(Interval.Empty, Sqrt(Interval.Create(-2, -1)));
        Same(Interval.Create(-Infinity, 0), Log(Interval.Create(-3, 1)));
        Same(Interval.Empty, Log(Interval.Create(-3, 0)));
        Same(Interval.Create(1, Infinity), Exp(Interval.Create(0, Infinity)));
        Same(Interval.Create(0, 1), Exp(Interval.Create(-Infinity, 0)));
        Same(unit, Sin(Interval.Create(0, 7)));
        Same(unit, Cos(Interval.Entire));
        Assert.Equal(1, Sin(Interval.Create(1, 2)).High);
        Assert.Equal(-1, Cos(Interval.Create(3, 4)).Low);
        Assert.True(Sin(Interval.Create(1, 2)).Low > 0.84 && Cos(Interval.Create(-0.5, 0.25)) is { High: 1, Low: > 0.87 });
        Same(Interval.Entire, Tan(Interval.Create(1, 2)));
        Same(Interval.Empty, Interval.Asin(Interval.Create(2, 3)));
        Same(Interval.Empty, Interval.Atanh(1));
        Same(Interval.Create(0, Infinity), Interval.Atanh(Interval.Create(0, 1)));
        Same(Interval.Empty, Interval.Acosh(Interval.Create(-1, 0.5)));
        Same(Interval.Create(1, 9), Pow(Interval.Create(1, 3), 2));
        Same(Interval.Create(0, 9), Pow(Interval.Create(-3, 2), 2));
        Same(Interval.Create(-27, 8), Pow(Interval.Create(-3, 2), 3));
        Same(Interval.Create(0.25, Infinity), Pow(Interval.Create(-2, 1), -2));
        Same(Interval.Entire, Pow(Interval.Create(-2, 1), -1));
        Same(Interval.Empty, Pow<Interval>(0, -1));
        Same(1, Pow(Interval.Create(-2, 1), 0));
        Same(Interval.Empty, Pow(Interval.Create(-2, -1), 0.5));
        Same(Interval.Create(0, Infinity), Pow(Interval.Create(0, Infinity), Interval.Create(-1, 1)));
        Same(Interval.Create(-2, 3), Interval.Cbrt(Interval.Create(-8, 27)));
        Same(5, Interval.Hypot(3, 4));
        Same(unit, Interval.SinPi(Interval.Create(0.5, 1.5)));
        Same(Interval.Create(0, 1), Interval.SinPi(Interval.Create(0, 1)));
        Same(0, Interval.SinPi(1e15));
        Same(-1, Interval.CosPi(3));
        Same(Interval.Empty, Interval.TanPi(0.5));
        Assert.True(Atan2(Interval.Create(-1, 1), Interval.Create(-2, -1)).Contains(Interval.Create(-Math.PI, Math.PI)));
        Assert.True(Atan2(Interval.Create(0, 1), Interval.Create(-2, -1)) is { Low: > 2.3 and < 2.4, High: > 3.14 });
        Assert.True(Interval.Pi.Low < Interval.Pi.High && Sin(Interval.Pi).Contains(0));
    }

    [Fact]
    public void SetsHaveMiddlesWidthsAndParts()
    {
        Interval x = Interval.Create(-1, 3);
        Assert.Equal((4, 1, 2, 3, 0), (x.Width, x.Midpoint, x.Radius, x.Magnitude, x.Mignitude));
        Assert.Equal((0, double.MaxValue, double.MinValue), (Interval.Entire.Midpoint, Interval.Create(1, Infinity).Midpoint, Interval.Create(-Infinity, 1).Midpoint));
        Assert.Equal(double.MaxValue, Interval.Point(double.MaxValue).Midpoint);
        Assert.True(double.IsNaN(Interval.Empty.Width) && double.IsNaN(Interval.Empty.Midpoint) && double.IsNaN(Interval.Empty.Mignitude));
        Same(Interval.Create(0, 3), Interval.Intersect(x, Interval.Create(0, 9)));
        Same(Interval.Empty, Interval.Intersect(x, Interval.Create(4, 9)));
        Same(Interval.Create(-1, 9), Interval.Hull(x, Interval.Create(4, 9)));
        Same(x, Interval.Hull(Interval.Empty, x));
        Assert.True(x.Contains(Interval.Empty) && x.Contains(0) && !x.Contains(double.NaN) && !Interval.Entire.Contains(Infinity) && !Interval.Empty.Contains(0.0));
        Same(Interval.Create(-1, 1), Interval.Sign(x));
        Assert.Equal(0, Interval.Create(-0.0, 1).Low);
        Assert.Equal(0, default(Interval).High);
        foreach ((double low, double high) in ((double, double)[])[(1, 0), (double.NaN, 1), (1, double.NaN), (Infinity, Infinity), (-Infinity, -Infinity)])
            Assert.Throws<ArgumentException>(() => Interval.Create(low, high));
    }

    [Fact]
    public void ComparisonsThatDependOnTheMembersThrow()
    {
        Interval low = Interval.Create(0, 1), high = Interval.Create(2, 3), middle = Interval.Create(0.5, 2.5), touching = Interval.Create(1, 2);
        Assert.True(low < high && high > low && low <= touching && low != high && !(high < low) && !(low >= high));
        Assert.False(touching < low);
        Assert.Throws<InvalidOperationException>(() => low < middle);
        Assert.Throws<InvalidOperationException>(() => low < touching || low > middle);
        Assert.Throws<InvalidOperationException>(() => low == middle);
        Assert.Throws<InvalidOperationException>(() => Math.Sign(1) == 1 && low != middle);
        Assert.True((Interval)2 == 2.0);
        Assert.False(Interval.Empty < low || Interval.Empty >= low || Interval.Empty == low);
        Assert.True(low.Equals(Interval.Create(0, 1)) && !low.Equals(middle) && Interval.Empty.Equals(Interval.Empty));
    }

    [Fact]
    public void FormulasBoundTheirRangeAndTheirDerivatives()
    {
        Forall.Check(Prop.ForAll(Gen.Choose(0, 1_000_000).ArrayOf(9).ToArbitrary(), u =>
        {
            double[] centre = [.. u.Take(3).Select(k => (k / 2.5e5) - 2)], radius = [.. u.Skip(3).Take(3).Select(k => k / 2e6)], at = [.. u.Skip(6).Select(k => (k / 5e5) - 1)];
            var box = new Interval[3];
            var duals = new Dual<Interval>[3];
            var point = new double[3];
            for (int i = 0; i < 3; i++)
            {
                box[i] = Interval.Create(centre[i] - radius[i], centre[i] + radius[i]);
                point[i] = Math.Clamp(centre[i] + (at[i] * radius[i]), box[i].Low, box[i].High);
            }

            Interval range = Rough(box);
            Assert.True(range.Contains(Rough(point)), $"{Rough(point):r} isn't in {range}");
            for (int i = 0; i < 3; i++)
            {
                var plain = new Dual<double>[3];
                for (int j = 0; j < 3; j++)
                {
                    duals[j] = new(box[j], i == j ? 1 : 0);
                    plain[j] = new(point[j], i == j ? 1 : 0);
                }

                Dual<Interval> bounds = Rough(duals);
                Assert.True(bounds.Value.Contains(Rough(point)), $"{Rough(point):r} isn't in {bounds.Value}");
                Assert.True(bounds.Derivative.Contains(Rough(plain).Derivative), $"{Rough(plain).Derivative:r} isn't in {bounds.Derivative}");
            }
        }));

        // Every function that branches on plain numbers, over boxes that hold both branches.
        static T Rough<T>(T[] x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
                ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool> =>
            Max(x[0], x[1] * x[2]) + (Abs(x[0] - x[1]) * Sigmoid(x[2])) + SoftPlus(x[0]) - Min(Sin(x[1]), Tanh(x[2])) + Expm1(x[0]) + Log1p(Sq(x[1]))
                + T.Hypot(x[0], x[2]) + Pow(x[2], T.CreateChecked(3)) + Atan2(x[1], Exp(x[0])) + (Tan(x[0] / T.CreateChecked(4)) * T.Cosh(x[1]));
    }

    [Fact]
    public void TextsAndOtherNumbersAreEnclosed()
    {
        Same(Interval.Create(1, 2), Interval.Parse("[1, 2]"));
        Same(Interval.Entire, Interval.Parse("[-Infinity, Infinity]"));
        Same(Interval.Entire, Interval.Parse(" [entire] "));
        Same(Interval.Empty, Interval.Parse("[Empty]"));
        Assert.True(Interval.Parse("0.1") is var tenth && tenth.Low < 0.1 && tenth.High > 0.1);
        foreach (string text in (string[])["", "[2, 1]", "[1", "[1, x]", "NaN", "Infinity", "[Infinity, Infinity]"])
        {
            Assert.False(Interval.TryParse(text, out _), text);
            Assert.Throws<FormatException>(() => Interval.Parse(text));
        }

        Forall.Check(Prop.ForAll(Sets.ToArbitrary(), x => Assert.True(Interval.Parse(x.Set.ToString()).Contains(x.Set))));
        Same(3, From<Interval, int>(3));
        Assert.True(From<Interval, decimal>(0.1m) is { IsPoint: false, Width: < 1e-16 });
        Assert.True(From<Interval, long>(long.MaxValue).High >= Math.ScaleB(1, 63));
        Assert.Equal(2.5, From<double, Interval>(2.5));
        Assert.Throws<OverflowException>(() => From<double, Interval>(Interval.Create(0, 1)));

        static TTo From<TTo, TFrom>(TFrom x) where TTo : INumberBase<TTo> where TFrom : INumberBase<TFrom> => TTo.CreateChecked(x);
    }

    /// <summary>Asserts that a rounded value lies in a set that holds the real one, whose rounding errors may differ by a few units; NaN says that there is no value.</summary>
    private static void Holds(Interval range, double value, string what)
    {
        if (double.IsNaN(value))
            return;

        // Where the double overflowed, the real value is a large number; poles have no value.
        if (double.IsInfinity(value))
            Assert.True(range.IsEmpty || (value > 0 ? double.IsPositiveInfinity(range.High) : double.IsNegativeInfinity(range.Low)), $"{what}: {value} isn't in {range}");
        else
            Assert.True(range.Contains(value), $"{what}: {value:r} isn't in {range}");
    }

    private static void Same(Interval expected, Interval actual) => Assert.True(expected.Equals(actual), $"{actual}, expected {expected}");
}
