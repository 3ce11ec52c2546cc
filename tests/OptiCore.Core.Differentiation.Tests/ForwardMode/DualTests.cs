using System.Numerics;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Differentiation;

public class DualTests
{
    /// <summary>One function of one variable, on every kind of number, with its derivative by hand.</summary>
    private sealed record Operation(string Name, Func<double, double> Plain, Func<Dual<double>, Dual<double>> First, Func<Dual4, Dual4> Four, Func<Dual<Dual<double>>, Dual<Dual<double>>> Second, Func<double, double> Slope, double Low, double High);

    private static readonly Operation[] Operations =
    [
        new("x^2", x => Sq(x), x => Sq(x), x => Sq(x), x => Sq(x), x => 2 * x, -5, 5),
        new("1/x", x => 1 / x, x => 1 / x, x => 1 / x, x => Reciprocal(x), x => -1 / (x * x), 0.2, 5),
        new("sqrt", Sqrt, Sqrt, Sqrt, Sqrt, x => 0.5 / Math.Sqrt(x), 0.1, 9),
        new("cbrt", Root<double>, Root<Dual<double>>, Root<Dual4>, Root<Dual<Dual<double>>>, x => 1 / (3 * Math.Pow(Math.Cbrt(x), 2)), 0.1, 9),
        new("rootn", x => double.RootN(x, 4), x => FourthRoot(x), x => FourthRoot(x), x => FourthRoot(x), x => 0.25 * Math.Pow(x, -0.75), 0.1, 9),
        new("exp", Exp, Exp, Exp, Exp, Math.Exp, -5, 5),
        new("expm1", Expm1, Expm1, Expm1, Expm1, Math.Exp, -2, 2),
        new("exp2", double.Exp2, x => PowerOfTwo(x), x => PowerOfTwo(x), x => PowerOfTwo(x), x => Math.Pow(2, x) * Math.Log(2), -5, 5),
        new("exp10", double.Exp10, x => PowerOfTen(x), x => PowerOfTen(x), x => PowerOfTen(x), x => Math.Pow(10, x) * Math.Log(10), -2, 2),
        new("log", Log, Log, Log, Log, x => 1 / x, 0.1, 9),
        new("log2", double.Log2, x => BinaryLog(x), x => BinaryLog(x), x => BinaryLog(x), x => 1 / (x * Math.Log(2)), 0.1, 9),
        new("log10", double.Log10, x => DecimalLog(x), x => DecimalLog(x), x => DecimalLog(x), x => 1 / (x * Math.Log(10)), 0.1, 9),
        new("log1p", Log1p, Log1p, Log1p, Log1p, x => 1 / (1 + x), -0.8, 3),
        new("sin", Sin, Sin, Sin, Sin, Math.Cos, -6, 6),
        new("cos", Cos, Cos, Cos, Cos, x => -Math.Sin(x), -6, 6),
        new("tan", Tan, Tan, Tan, Tan, x => 1 / Math.Pow(Math.Cos(x), 2), -1.2, 1.2),
        new("sinpi", double.SinPi, x => HalfTurns(x), x => HalfTurns(x), x => HalfTurns(x), x => Math.PI * Math.Cos(Math.PI * x), -2, 2),
        new("asin", double.Asin, x => ArcSine(x), x => ArcSine(x), x => ArcSine(x), x => 1 / Math.Sqrt(1 - (x * x)), -0.9, 0.9),
        new("acos", double.Acos, x => ArcCosine(x), x => ArcCosine(x), x => ArcCosine(x), x => -1 / Math.Sqrt(1 - (x * x)), -0.9, 0.9),
        new("atan", Atan, Atan, Atan, Atan, x => 1 / (1 + (x * x)), -5, 5),
        new("sinh", double.Sinh, x => HyperbolicSine(x), x => HyperbolicSine(x), x => HyperbolicSine(x), Math.Cosh, -3, 3),
        new("cosh", double.Cosh, x => HyperbolicCosine(x), x => HyperbolicCosine(x), x => HyperbolicCosine(x), Math.Sinh, -3, 3),
        new("tanh", Tanh, Tanh, Tanh, Tanh, x => 1 / Math.Pow(Math.Cosh(x), 2), -3, 3),
        new("asinh", double.Asinh, x => AreaSine(x), x => AreaSine(x), x => AreaSine(x), x => 1 / Math.Sqrt(1 + (x * x)), -5, 5),
        new("acosh", double.Acosh, x => AreaCosine(x), x => AreaCosine(x), x => AreaCosine(x), x => 1 / Math.Sqrt((x * x) - 1), 1.2, 5),
        new("atanh", double.Atanh, x => AreaTangent(x), x => AreaTangent(x), x => AreaTangent(x), x => 1 / (1 - (x * x)), -0.8, 0.8),
        new("abs", Abs, Abs, Abs, Abs, x => Math.Sign(x), 0.1, 5),
        new("sigmoid", Sigmoid, Sigmoid, Sigmoid, Sigmoid, x => 1 / (2 + Math.Exp(x) + Math.Exp(-x)), -6, 6),
        new("softplus", SoftPlus, SoftPlus, SoftPlus, SoftPlus, x => 1 / (1 + Math.Exp(-x)), -6, 6),
        new("x^2.5", x => Math.Pow(x, 2.5), x => Pow<Dual<double>>(x, 2.5), x => Pow<Dual4>(x, 2.5), x => ToTwoAndAHalf(x), x => 2.5 * Math.Pow(x, 1.5), 0.1, 5),
        new("x^x", x => Pow(x, x), x => Pow(x, x), x => Pow(x, x), x => Pow(x, x), x => Math.Pow(x, x) * (Math.Log(x) + 1), 0.1, 3),
    ];

    public static TheoryData<string> Names => [.. Operations.Select(o => o.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryOperationHasItsDerivativeOnEveryKindOfDualNumber(string name)
    {
        Operation operation = Operations.Single(o => o.Name == name);
        Forall.Check(Prop.ForAll(
            (from u in Gen.Choose(0, 1_000_000) select operation.Low + ((operation.High - operation.Low) * u / 1e6)).ToArbitrary(),
            x =>
            {
                double value = operation.Plain(x), slope = operation.Slope(x);
                Dual<double> first = operation.First(Dual<double>.Variable(x));
                Promises.Close(value, first.Value, 1e-15, 1e-16, $"{name}({x})");
                Promises.Close(slope, first.Derivative, 2e-13, 1e-14, $"{name}'({x})");

                // Each direction is scaled by its own factor.
                Dual4 four = operation.Four(new Dual4(x, System.Runtime.Intrinsics.Vector256.Create(1.0, -2, 0, 0.5)));
                Promises.Close(value, four.Value, 1e-15, 1e-16, $"{name}({x})");
                for (int i = 0; i < 4; i++)
                    Promises.Close(((double[])[1, -2, 0, 0.5])[i] * slope, four.Derivatives[i], 2e-13, 1e-14, $"{name}'({x}), direction {i}");

                // The nested one repeats the first derivative and matches differences of the slope.
                Dual<Dual<double>> second = operation.Second(new(Dual<double>.Variable(x), 1.0));
                Promises.Close(slope, second.Value.Derivative, 2e-13, 1e-14, $"{name}'({x}), nested");
                Promises.Close(slope, second.Derivative.Value, 2e-13, 1e-14, $"{name}'({x}), nested");
                double h = 1e-5 * Math.Min(1, x == 0 ? 1 : Math.Abs(x));
                Promises.Close((operation.Slope(x + h) - operation.Slope(x - h)) / (2 * h), second.Derivative.Derivative, 1e-5, 1e-5, $"{name}''({x})");
            }));
    }

    [Fact]
    public void OperationsOfTwoArgumentsFollowTheirPartialDerivatives()
    {
        (string Name, Func<Dual4, Dual4, Dual4> Function, Func<double, double, double> Plain, Func<double, double, (double X, double Y)> Slopes)[] operations =
        [
            ("x + y", (x, y) => x + y, (x, y) => x + y, (_, _) => (1, 1)),
            ("x - y", (x, y) => x - y, (x, y) => x - y, (_, _) => (1, -1)),
            ("x y", (x, y) => x * y, (x, y) => x * y, (x, y) => (y, x)),
            ("x / y", (x, y) => x / y, (x, y) => x / y, (x, y) => (1 / y, -x / (y * y))),
            ("pow", Pow, Math.Pow, (x, y) => (y * Math.Pow(x, y - 1), Math.Pow(x, y) * Math.Log(x))),
            ("hypot", Length, double.Hypot, (x, y) => (x / double.Hypot(x, y), y / double.Hypot(x, y))),
            ("atan2", Atan2, (y, x) => Math.Atan2(y, x), (y, x) => (x / ((x * x) + (y * y)), -y / ((x * x) + (y * y)))),
            ("max", Max, Math.Max, (x, y) => x > y ? (1, 0) : (0, 1)),
            ("min", Min, Math.Min, (x, y) => x < y ? (1, 0) : (0, 1)),
        ];
        foreach ((string name, Func<Dual4, Dual4, Dual4> function, Func<double, double, double> plain, Func<double, double, (double, double)> slopes) in operations)
        {
            foreach (double x in (double[])[0.3, 1.7, 4])
            {
                foreach (double y in (double[])[0.4, 1.1, 2.9])
                {
                    Dual4 result = function(Dual4.Variable(x, 0), Dual4.Variable(y, 3));
                    (double byX, double byY) = slopes(x, y);
                    Promises.Close(plain(x, y), result.Value, 1e-15, 0, $"{name} at {x}, {y}");
                    Promises.Close(byX, result.Derivatives[0], 1e-14, 0, $"{name} by x at {x}, {y}");
                    Promises.Close(byY, result.Derivatives[3], 1e-14, 0, $"{name} by y at {x}, {y}");
                    Assert.Equal((0, 0), (result.Derivatives[1], result.Derivatives[2]));
                }
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, -1)]
    [InlineData(-1, 1)]
    [InlineData(-1, -1)]
    [InlineData(2, -0.5)]
    [InlineData(-0.5, -2)]
    [InlineData(0, -1)]
    [InlineData(-1, 0)]
    public void TheAngleIsRightInEveryQuadrant(double y, double x)
    {
        Dual4 angle = Atan2(Dual4.Variable(y, 0), Dual4.Variable(x, 1));
        Promises.Close(Math.Atan2(y, x), angle.Value, 1e-15, 0, "angle");
        Promises.Close(x / ((x * x) + (y * y)), angle.Derivatives[0], 1e-14, 1e-16, "by y");
        Promises.Close(-y / ((x * x) + (y * y)), angle.Derivatives[1], 1e-14, 1e-16, "by x");
    }

    [Fact]
    public void EdgesFollowTheDocumentedRules()
    {
        Dual<double> zero = Dual<double>.Variable(0), constant = 0.0, nan = Dual<double>.Variable(double.NaN);
        Assert.Equal((0, double.PositiveInfinity), Parts(Sqrt(zero)));
        Assert.Equal((0, 0), Parts(Sqrt(constant)));
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), Parts(Log(zero)));
        Assert.Equal((double.NegativeInfinity, 0), Parts(Log(constant)));
        Assert.Equal((0, 0), Parts(Abs(zero)));
        Assert.Equal((double.PositiveInfinity, double.NegativeInfinity), Parts(1 / zero));
        Assert.Equal((0, 0), Parts(Length(zero, zero)));

        // Powers of 0: x^0 is constant, x^1 has slope 1, x^2 slope 0, x^0.5 an infinite one; a varying exponent adds nothing for positive exponents.
        Assert.Equal((1, 0), Parts(Pow<Dual<double>>(zero, 0.0)));
        Assert.Equal((0, 1), Parts(Pow<Dual<double>>(zero, 1.0)));
        Assert.Equal((0, 0), Parts(Pow<Dual<double>>(zero, 2.0)));
        Assert.Equal((0, double.PositiveInfinity), Parts(Pow<Dual<double>>(zero, 0.5)));
        Assert.Equal((0, 0), Parts(Pow(constant, Dual<double>.Variable(2))));
        Assert.Equal((9, -6), Parts(Pow<Dual<double>>(Dual<double>.Variable(-3), 2.0)));

        // Ties have the mean of both derivatives, in either order.
        Dual<double> slow = new(1, 2), fast = new(1, 6);
        Assert.Equal((1, 4), Parts(Max(slow, fast)));
        Assert.Equal((1, 4), Parts(Max(fast, slow)));
        Assert.Equal((1, 4), Parts(Min(slow, fast)));

        foreach (Dual<double> result in (Dual<double>[])[Sqrt(nan), Exp(nan), Abs(nan), Max(nan, zero), Max(zero, nan), Min(zero, nan), nan * constant, Pow(nan, slow), Sigmoid(nan), SoftPlus(nan), Expm1(nan), Log1p(nan)])
            Assert.True(double.IsNaN(result.Value));
        Assert.True(slow == fast && slow <= fast && !(slow < fast) && !slow.Equals(fast));
        Assert.True(double.IsNaN(Atan2(zero, zero).Value));
        Assert.Equal(Math.PI, Atan2(0.0, -1.0));
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(-1e-17)]
    [InlineData(3e-9)]
    [InlineData(-0.4999)]
    [InlineData(0.75)]
    [InlineData(40)]
    public void SmallAndLargeArgumentsKeepTheirDigits(double x)
    {
        // Six terms of the series are exact to the last digit for small arguments.
        double series = x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4 * (1 + (x / 5 * (1 + (x / 6))))))))));
        if (Math.Abs(x) < 1e-2)
            Promises.Close(series, Expm1(x), 5e-16, 0, "expm1");
        Promises.Close(x, Log1p(Expm1(x)), 1e-15 * Math.Max(1, 1 / (1 + Math.Min(0, x))), 0, "log1p(expm1)");
        Promises.Close(x, Expm1(Log1p(x)), 1e-15 * Math.Max(1, Math.Log(1 + Math.Abs(x))) * 4, 0, "expm1(log1p)");
    }

    [Fact]
    public void LogisticFunctionsDoNotOverflow()
    {
        foreach (double x in (double[])[-1e4, -745, -40, 0, 40, 745, 1e4])
        {
            Dual<double> sigmoid = Sigmoid(Dual<double>.Variable(x)), soft = SoftPlus(Dual<double>.Variable(x));
            Assert.InRange(sigmoid.Value, 0, 1);
            Assert.InRange(sigmoid.Derivative, 0, 0.25);
            Promises.Close(sigmoid.Value, soft.Derivative, 1e-14, 1e-300, $"softplus'({x})");
            Promises.Close(x > 0 ? x : 0, soft.Value, 1e-15, Math.Log(2) * Math.Exp(-Math.Abs(x)) * 1.5, $"softplus({x})");
        }

        Promises.Close(Math.Exp(-40), SoftPlus(-40.0), 1e-15, 0, "softplus(-40)");
    }

    [Fact]
    public void GenericCodeConvertsAndFormats()
    {
        Assert.Equal(2.5, Half<Dual4>(5).Value);
        Assert.Equal(2.5, Half<Dual<Dual<double>>>(5).Value.Value);
        Assert.Equal("(2; 3)", new Dual<double>(2, 3).ToString());
        Assert.Equal("(1; 0, 1, 0, 0)", Dual4.Variable(1, 1).ToString());
        Assert.Equal(3.25, double.CreateChecked(Dual4.Constant(3.25)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dual4.Variable(1, 4));

        static T Half<T>(int x) where T : INumberBase<T> => T.CreateChecked(x) / T.CreateChecked(2);
    }

    private static (double, double) Parts(Dual<double> x) => (x.Value, x.Derivative);

    private static Dual<Dual<double>> Reciprocal(Dual<Dual<double>> x) => Unit<Dual<Dual<double>>>() / x;

    private static Dual<Dual<double>> ToTwoAndAHalf(Dual<Dual<double>> x) => Pow(x, new Dual<Dual<double>>(2.5, 0.0));

    private static T Unit<T>() where T : INumberBase<T> => T.One;

    private static T Root<T>(T x) where T : IRootFunctions<T> => T.Cbrt(x);

    private static T FourthRoot<T>(T x) where T : IRootFunctions<T> => T.RootN(x, 4);

    private static T Length<T>(T x, T y) where T : IRootFunctions<T> => T.Hypot(x, y);

    private static T PowerOfTwo<T>(T x) where T : IExponentialFunctions<T> => T.Exp2(x);

    private static T PowerOfTen<T>(T x) where T : IExponentialFunctions<T> => T.Exp10(x);

    private static T BinaryLog<T>(T x) where T : ILogarithmicFunctions<T> => T.Log2(x);

    private static T DecimalLog<T>(T x) where T : ILogarithmicFunctions<T> => T.Log10(x);

    private static T HalfTurns<T>(T x) where T : ITrigonometricFunctions<T> => T.SinPi(x);

    private static T ArcSine<T>(T x) where T : ITrigonometricFunctions<T> => T.Asin(x);

    private static T ArcCosine<T>(T x) where T : ITrigonometricFunctions<T> => T.Acos(x);

    private static T HyperbolicSine<T>(T x) where T : IHyperbolicFunctions<T> => T.Sinh(x);

    private static T HyperbolicCosine<T>(T x) where T : IHyperbolicFunctions<T> => T.Cosh(x);

    private static T AreaSine<T>(T x) where T : IHyperbolicFunctions<T> => T.Asinh(x);

    private static T AreaCosine<T>(T x) where T : IHyperbolicFunctions<T> => T.Acosh(x);

    private static T AreaTangent<T>(T x) where T : IHyperbolicFunctions<T> => T.Atanh(x);
}
