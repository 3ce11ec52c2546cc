using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;
using static OptiCore.SpecialFunctions;

namespace OptiCore.Core.Tests.Statistics;

/// <summary>Laws that tie the functions to each other, at arguments drawn over many orders of magnitude.</summary>
public class IdentityTests
{
    // 10^(k/1000)
    private static Gen<double> Magnitude(double low, double high) => Gen.Choose((int)(low * 1000), (int)(high * 1000)).Select(k => Math.Pow(10, k / 1000.0));

    private static Gen<double> Uniform(double low, double high) => Gen.Choose(0, 1 << 30).Select(k => low + ((high - low) * ((k + 0.5) / (1 << 30))));

    private static void Law<T>(Gen<T> arguments, Func<T, bool> law) => FsCheck.Check.One(Forall.Config.WithMaxTest(1000), Prop.ForAll(arguments.ToArbitrary(), law));

    private static bool Near(double a, double b, double relative) => Math.Abs(a - b) <= relative * Math.Max(Math.Abs(a), Math.Abs(b));

    [Fact]
    public void GammaGrowsByItsArgument() =>
        Law(Uniform(0.5, 170), x => Near(Gamma(x + 1), x * Gamma(x), 1E-13));

    [Fact]
    public void GammaReflects() =>
        Law(Uniform(-20, 20), x => Near(Gamma(x) * Gamma(1 - x) * Math.Sin(Math.PI * (x - Math.Round(x))) * (Math.Round(x) % 2 == 0 ? 1 : -1), Math.PI, 1E-12));

    [Fact]
    public void LogGammaIsTheLogarithmWithItsSign() =>
        Law(Uniform(-20, 100), x => Near(LogGammaSign(x) * Math.Exp(LogGamma(x)), Gamma(x), 1E-12));

    [Fact]
    public void DigammaAndPolygammaStepByPowers() =>
        Law(
            from n in Gen.Choose(0, 8) from x in Uniform(0.3, 40) select (n, x),
            v => Math.Abs(Polygamma(v.n, v.x + 1) - Polygamma(v.n, v.x) - ((v.n % 2 == 0 ? 1 : -1) * Factorial(v.n) * Math.Pow(v.x, -v.n - 1))) <= 1E-13 * (1 + Math.Abs(Polygamma(v.n, v.x))));

    [Fact]
    public void IncompleteGammasAddToOneAndAreInverted() =>
        Law(
            from a in Magnitude(-2, 6) from p in Uniform(0, 1) select (a, p),
            v =>
            {
                double x = GammaPInv(v.a, v.p);

                // What the rounding of x moves the probability by: x times the density, at most about sqrt(a / 2 pi).
                double tolerance = 2E-14 + (1E-15 * Math.Sqrt(v.a));
                return x < 1E-300 || (Near(GammaP(v.a, x), v.p, tolerance / Math.Min(1, v.p)) && Math.Abs(GammaP(v.a, x) + GammaQ(v.a, x) - 1) < 1E-15);
            });

    [Fact]
    public void IncompleteGammaStepsInItsParameter() =>
        Law(
            from a in Magnitude(-1, 4) from z in Uniform(-3, 3) select (a, x: a * Math.Exp(z / Math.Sqrt(a + 0.1))),
            v => Near(GammaP(v.a + 1, v.x) + Math.Exp((v.a * Math.Log(v.x)) - v.x - LogGamma(v.a + 1)), GammaP(v.a, v.x), 1E-10));

    [Fact]
    public void IncompleteBetaReflectsAndIsInverted() =>
        Law(
            from a in Magnitude(-1.5, 5) from b in Magnitude(-1.5, 5) from p in Uniform(0, 1) select (a, b, p),
            v =>
            {
                double x = BetaIncInv(v.a, v.b, v.p);
                if (x is < 1E-300 or > 0.999)
                    return true;
                double tolerance = 2E-14 + (2E-15 * Math.Sqrt(v.a + v.b) / Math.Sqrt(1 - x));
                return Math.Abs(BetaInc(v.a, v.b, x) - v.p) <= tolerance && BetaInc(v.a, v.b, x) + BetaIncComplement(v.a, v.b, x) is > 1 - 1E-15 and < 1 + 1E-15;
            });

    [Fact]
    public void BetaIsSymmetricAndAddsUp() =>
        Law(
            from a in Magnitude(-2, 2) from b in Magnitude(-2, 2) select (a, b),
            v => Near(Beta(v.a, v.b), Beta(v.b, v.a), 1E-14) && Near(Beta(v.a + 1, v.b) + Beta(v.a, v.b + 1), Beta(v.a, v.b), 2E-13)
                && Near(Math.Exp(LogBeta(v.a, v.b)), Beta(v.a, v.b), 1E-13));

    [Fact]
    public void BinomialsFollowPascal() =>
        Law(
            from n in Gen.Choose(1, 200) from k in Gen.Choose(0, 200) where k < n select (n, k),
            v => Near(Binomial(v.n, v.k) + Binomial(v.n, v.k + 1), Binomial(v.n + 1, v.k + 1), 1E-14)
                && Near(LogBinomial(v.n, v.k), Math.Log(Binomial(v.n, v.k)), 1E-13));

    [Fact]
    public void QuantilesInvertDistributionFunctions() =>
        Law(Magnitude(-300, -0.31), p => Near(NormalCdf(NormalQuantile(p)), p, 1E-15 * (2 + (-3 * Math.Log(p)))) && Near(Erfc(ErfcInv(p)), p, 1E-15 * (2 + (-3 * Math.Log(p))))
            && Near(NormalLogCdf(NormalLogQuantile(Math.Log(p))), Math.Log(p), 1E-14));

    [Fact]
    public void ErrorFunctionsAddToOne() =>
        Law(Uniform(-6, 6), x => Math.Abs(Erf(x) + Erfc(x) - 1) < 1E-15 && Near(Erfcx(x) * Math.Exp(-x * x), Erfc(x), 1E-13));

    [Fact]
    public void BesselFunctionsHaveTheirWronskians() =>
        Law(
            from n in Gen.Choose(0, 30) from x in Magnitude(-1, 3) select (n, x),
            v =>
            {
                double first = BesselJ(v.n + 1, v.x) * BesselY(v.n, v.x), second = BesselJ(v.n, v.x) * BesselY(v.n + 1, v.x);
                return double.IsInfinity(second) || Math.Abs(first - second - (2 / (Math.PI * v.x))) <= 2E-12 * (2 / (Math.PI * v.x));
            });

    [Fact]
    public void ModifiedBesselFunctionsHaveTheirWronskian() =>
        Law(
            from order in Uniform(0, 100) from x in Magnitude(-1, 3) select (order, x),
            v => Near(
                Math.Exp(LogBesselI(v.order, v.x) + LogBesselK(v.order + 1, v.x)) + Math.Exp(LogBesselI(v.order + 1, v.x) + LogBesselK(v.order, v.x)), 1 / v.x, 1E-12)
                && Near(BesselIRatio(v.order, v.x), Math.Exp(LogBesselI(v.order + 1, v.x) - LogBesselI(v.order, v.x)), 1E-12));

    [Fact]
    public void OrdersZeroAndOneAgreeWithRealOrders() =>
        Law(Magnitude(-2, 2), x => Near(BesselI(0, x), BesselI0(x), 1E-13) && Near(BesselI(1, x), BesselI1(x), 1E-13) && Near(BesselK(0, x), BesselK0(x), 1E-13)
            && Near(BesselK(1, x), BesselK1(x), 1E-13) && Near(BesselIScaled(1, x), BesselI1Scaled(x), 1E-13));

    [Fact]
    public void LambertBranchesSolveTheirEquation() =>
        Law(Uniform(-0.36, -0.01), x => Near(LambertW(x) * Math.Exp(LambertW(x)), x, 1E-14) && Near(LambertWMinusOne(x) * Math.Exp(LambertWMinusOne(x)), x, 1E-14)
            && LambertW(x) > -1 && LambertWMinusOne(x) < -1);

    [Fact]
    public void HurwitzZetaLosesItsFirstTerm() =>
        Law(
            from s in Uniform(1.1, 30) from q in Magnitude(-1, 3) select (s, q),
            v => Near(HurwitzZeta(v.s, v.q + 1) + Math.Pow(v.q, -v.s), HurwitzZeta(v.s, v.q), 1E-13));

    [Fact]
    public void LogSumExpShiftsAndSoftmaxSumsToOne() =>
        Law(
            from x in Uniform(-700, 700).ArrayOf(7) from shift in Uniform(-500, 500) select (x, shift),
            v =>
            {
                double[] shifted = [.. v.x.Select(t => t + v.shift)], soft = new double[7];
                Softmax(v.x, soft);
                return Math.Abs(LogSumExp(shifted) - LogSumExp(v.x) - v.shift) < 1E-11 && Math.Abs(soft.Sum() - 1) < 1E-15 * 7;
            });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(5, 120)]
    [InlineData(20, 2432902008176640000.0)]
    [InlineData(171, double.PositiveInfinity)]
    public void FactorialsAreExact(int n, double expected) => Assert.Equal(expected, Factorial(n));

    [Fact]
    public void DoubleFactorialsMultiplyToFactorials()
    {
        for (int n = 0; n < 150; n++)
            Promises.Close(Factorial(n + 1), DoubleFactorial(n) * DoubleFactorial(n + 1), 1E-15, 0, $"{n}!");
        Assert.Throws<ArgumentOutOfRangeException>(() => Factorial(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DoubleFactorial(-2));
    }

    [Fact]
    public void MultivariateGammaIsAProduct()
    {
        Promises.Close(LogGamma(4.2), LogMultivariateGamma(1, 4.2), 1E-15, 0, "p = 1");
        Promises.Close((0.5 * Math.Log(Math.PI)) + LogGamma(4.2) + LogGamma(3.7), LogMultivariateGamma(2, 4.2), 1E-15, 0, "p = 2");
        Promises.Close(Digamma(4.2) + Digamma(3.7) + Digamma(3.2), MultivariateDigamma(3, 4.2), 1E-15, 0, "digamma, p = 3");
        Assert.Equal(double.NaN, LogMultivariateGamma(3, 1));
    }

    [Fact]
    public void NotANumberStaysAndOutsideOfTheDomainIsNotANumber()
    {
        foreach ((string name, Func<double[], double> function) in FunctionTable.All)
        {
            double[] arguments = [double.NaN, double.NaN, double.NaN];
            if (name is "polygamma" or "jn" or "yn")
                arguments[0] = 2;
            Assert.True(double.IsNaN(function(arguments)), name);
        }

        foreach (double value in new[] { GammaP(-1, 1), GammaP(1, -1), GammaP(0, 0), BetaInc(-1, 1, 0.5), BetaInc(1, 1, 1.5), ErfInv(1.1), ErfcInv(-0.1), NormalQuantile(1.1),
            NormalLogQuantile(0.1), BesselY0(-1), BesselK1(-1), Logit(1.5), LambertW(-0.4), LambertWMinusOne(0.1), LambertWMinusOne(-0.4), HurwitzZeta(0.5, 1), HurwitzZeta(2.5, -0.5),
            Gamma(-3), Digamma(-3), LogOneMinusExp(1), EllipticK(1.1), ExponentialIntegralE1(-1), LogBesselI(-1, 1), LogBesselK(1, -1), Binomial(-1, 2) })
            Assert.True(double.IsNaN(value));
    }

    [Fact]
    public void PolesAndLimitsAreInfinitiesAndBounds()
    {
        const double Infinity = double.PositiveInfinity;
        Assert.Equal(
            [Infinity, -Infinity, Infinity, Infinity, Infinity, -Infinity, Infinity, -Infinity, -Infinity, Infinity, Infinity, -Infinity],
            [Gamma(0.0), Gamma(-0.0), LogGamma(-3), LogGamma(-Infinity), Trigamma(-2), NormalQuantile(0), ErfInv(1), ErfcInv(2), BesselY0(0), BesselK0(0), Zeta(1), LambertWMinusOne(-0.0)]);
        Assert.Equal(
            [0.0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1],
            [GammaP(2, 0), GammaP(2, Infinity), BetaInc(2, 3, 0), BetaInc(2, 3, 1), NormalCdf(-Infinity), NormalCdf(Infinity), Expit(-Infinity), Erf(Infinity), Erfc(Infinity), BesselJ0(Infinity), BesselK1(Infinity), Zeta(Infinity)]);
    }

    [Fact]
    public void NothingAllocates() => Promises.AllocatesNothing(
        () =>
        {
            double sum = BetaIncInv(40, 50, 0.3) + BetaInc(3, 4, 0.3) + GammaPInv(30, 0.3) + GammaQ(0.5, 2) + Polygamma(5, -2.5) + LogBesselI(2.5, 40) + HurwitzZeta(3, 2);
            GC.KeepAlive(null);
            if (double.IsNaN(sum))
                throw new InvalidOperationException("A result is not a number.");
        },
        "The special functions");
}
