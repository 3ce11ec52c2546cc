using OptiCore.Interpolation;

namespace OptiCore.Core.Tests.Analysis;

public class AutoKnotsTests
{
    // The projected surface density of the profile of Navarro, Frenk and White, in units of 2 rho r_s; its value at 1 is 1/3.
    private static double SurfaceDensity(double x)
    {
        double t = x - 1;
        if (Math.Abs(t) < 1e-3)
            return (1.0 / 3) - (0.4 * t) + (13.0 / 35 * t * t) - (20.0 / 63 * t * t * t);
        double g = x < 1
            ? Math.Atanh(Math.Sqrt((1 - x) / (1 + x))) * 2 / Math.Sqrt(1 - (x * x))
            : Math.Atan(Math.Sqrt((x - 1) / (1 + x))) * 2 / Math.Sqrt((x * x) - 1);
        return (1 - g) / ((x * x) - 1);
    }

    private sealed record Curve(Func<double, double> F, double A, double B, double Scale, double Uniform);

    // Uniform: the knots that a uniform spline of the same accuracy may need fewer of. Where the function needs its knots everywhere (sine) halving in
    // powers of two can't beat the best uniform number, only come within this factor.
    private static readonly Dictionary<string, Curve> Curves = new()
    {
        ["exp"] = new(Math.Exp, -5, 5, 148, 1),
        ["sin"] = new(Math.Sin, 0, 2 * Math.PI, 1, 2.5),
        ["Runge"] = new(x => 1 / (1 + (25 * x * x)), -1, 1, 1, 1),
        ["peak on a plateau"] = new(x => 1 + Math.Exp(-(x - 0.3) * (x - 0.3) / (2 * 0.01 * 0.01)), -1, 1, 0, 1),
        ["NFW"] = new(SurfaceDensity, 0.01, 10, 0, 1),
    };

    public static TheoryData<string, double> Cases
    {
        get
        {
            var data = new TheoryData<string, double>();
            foreach (string name in Curves.Keys)
            {
                foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8, 1e-10 })
                    data.Add(name, tolerance);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MeetsTheToleranceWithFewerEvaluationsThanUniformKnots(string name, double tolerance)
    {
        Curve curve = Curves[name];
        int calls = 0;
        AutoKnotsResult result = new AutoKnots { RelativeTolerance = tolerance, Scale = curve.Scale, InitialKnots = name.StartsWith("peak", StringComparison.Ordinal) ? 16 : 6 }.Fit(
            x =>
            {
                calls++;
                return curve.F(x);
            },
            curve.A,
            curve.B);
        Assert.True(result.Converged);
        Assert.Equal(calls, result.Evaluations);
        Assert.Equal(calls, result.Spline.Breaks.Length);
        double error = Error(result.Spline, curve);
        Assert.True(error <= 5 * tolerance, $"{name}: error {error:g3} at tolerance {tolerance}");

        int uniform = (int)Math.Ceiling(calls / curve.Uniform) - 1;
        double[] x = [.. Enumerable.Range(0, uniform).Select(i => curve.A + ((curve.B - curve.A) * i / (uniform - 1)))], y = [.. x.Select(curve.F)];
        double theirs = Error(Spline.Cubic(x, y), curve);
        Assert.True(theirs > error, $"{name} at {tolerance}: {calls} evaluations give {error:g3}, {uniform} uniform ones {theirs:g3}");
    }

    [Fact]
    public void ALimitOfKnotsIsKeptAndTold()
    {
        AutoKnotsResult result = new AutoKnots { MaxKnots = 50, RelativeTolerance = 1e-12 }.Fit(Math.Exp, 0, 10);
        Assert.False(result.Converged);
        Assert.InRange(result.Evaluations, 30, 50);
        ArithmeticException error = Assert.Throws<ArithmeticException>(() => new AutoKnots().Fit(x => 1 / x, 0, 1));
        Assert.Contains("f(0)", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new AutoKnots().Fit(Math.Exp, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AutoKnots { Passes = 0 });
    }

    [Fact]
    public void OnePassMayMissWhatTwoFind()
    {
        // A bump between the points of the first test: symmetric places agree with the plateau by accident.
        double F(double x) => 1 + Math.Exp(-(x - 0.05) * (x - 0.05) / (2 * 0.005 * 0.005));
        double missed = Error(new AutoKnots { Passes = 1, RelativeTolerance = 1e-6 }.Fit(F, -1, 1).Spline, new Curve(F, -1, 1, 0, 1));
        double found = Error(new AutoKnots { Passes = 4, RelativeTolerance = 1e-6 }.Fit(F, -1, 1).Spline, new Curve(F, -1, 1, 0, 1));
        Assert.True(missed > 0.1, $"{missed}");
        Assert.True(found < 5e-6, $"{found}");
    }

    private static double Error(PiecewisePolynomial spline, Curve curve)
    {
        double worst = 0;
        for (int i = 0; i < 20011; i++)
        {
            double x = curve.A + ((curve.B - curve.A) * (i + 0.37) / 20011.5), value = curve.F(x);
            worst = Math.Max(worst, Math.Abs(spline.Value(x) - value) / (Math.Abs(value) + curve.Scale));
        }

        return worst;
    }
}
