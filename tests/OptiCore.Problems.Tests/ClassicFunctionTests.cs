using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class ClassicFunctionTests
{
    private static readonly TestFunction<IDifferentiableFunction<double>>[] Functions =
    [
        ClassicFunctions.Sphere(3), ClassicFunctions.Rastrigin(4), ClassicFunctions.Ackley(3), ClassicFunctions.Griewank(4),
        ClassicFunctions.StyblinskiTang(3), ClassicFunctions.Himmelblau(), ClassicFunctions.Booth(),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Functions.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void GradientsAgreeWithDifferencesAnywhere(int row)
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[row];
        int n = problem.Function.Dimension;
        GradientCheck.Gradient(problem.Function, problem.Start, 1e-7, problem.Name);
        Prop.ForAll(Points(n), x => GradientCheck.Gradient(problem.Function, x, 1e-7, problem.Name)).Check(Forall.Config);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void KnownMinimaAreStationaryWithTheirKnownValue(int row)
    {
        TestFunction<IDifferentiableFunction<double>> problem = Functions[row];
        foreach (KnownMinimum minimum in problem.Minima)
        {
            var gradient = new double[problem.Function.Dimension];
            Promises.Close(minimum.Value, problem.Function.ValueAndGradient(minimum.Point!, gradient), 1e-14, 1e-14, problem.Name);
            Assert.All(gradient, g => Assert.True(Math.Abs(g) < 1e-12, $"{problem.Name}: gradient component {g}."));
        }
    }

    private static readonly TestFunction<IDifferentiableFunction<double>>[] Boxed =
    [
        ClassicFunctions.Branin(), ClassicFunctions.GoldsteinPrice(), ClassicFunctions.SixHumpCamel(), ClassicFunctions.Hartmann3(), ClassicFunctions.Hartmann6(),
        ClassicFunctions.Shekel(5), ClassicFunctions.Shekel(7), ClassicFunctions.Shekel(10), ClassicFunctions.Shubert(), ClassicFunctions.Schwefel(3),
    ];

    public static TheoryData<int> BoxedRows => [.. Enumerable.Range(0, Boxed.Length)];

    /// <summary>Minima of 40-digit arithmetic, rounded; the tolerances are those of rounding the point (curvature times an ulp) and of cancellation in the formula.</summary>
    [Theory]
    [MemberData(nameof(BoxedRows))]
    public void FunctionsInBoxesHaveRightDerivativesAndMinima(int row)
    {
        TestFunction<IDifferentiableFunction<double>> problem = Boxed[row];
        int n = problem.Function.Dimension;
        Assert.True(problem.Box!.Contain<double>(problem.Start));
        GradientCheck.Gradient(problem.Function, problem.Start, 1e-6, problem.Name);
        RandomStream stream = RandomKey.FromSeed(78).Fold(row).Stream();
        double[] x = new double[n], gradient = new double[n];
        for (int trial = 0; trial < 50; trial++)
        {
            for (int i = 0; i < n; i++)
                x[i] = problem.Box.Lower(i) + (stream.NextDouble() * (problem.Box.Upper(i) - problem.Box.Lower(i)));
            GradientCheck.Gradient(problem.Function, x, 1e-6, problem.Name);
            Assert.True(problem.Function.Value(x) > problem.Minima[0].Value);
        }

        foreach (KnownMinimum minimum in problem.Minima)
        {
            Promises.Close(minimum.Value, problem.Function.ValueAndGradient(minimum.Point!, gradient), 1e-13, 2e-13, problem.Name);
            Assert.All(gradient, g => Assert.True(Math.Abs(g) < 1e-10, $"{problem.Name}: gradient component {g}."));
        }
    }

    [Fact]
    public void ShekelRefusesOtherNumbersOfTerms() => Assert.Equal("terms", Assert.Throws<ArgumentOutOfRangeException>(() => ClassicFunctions.Shekel(6)).ParamName);

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void RosenbrockHasRightDerivativesAnywhere(int n)
    {
        var f = new Rosenbrock(n);
        Assert.Equal(0, f.Value(Enumerable.Repeat(1.0, n).ToArray()));
        Prop.ForAll(Points(n), Points(n), (x, v) =>
        {
            GradientCheck.Gradient(f, x, 1e-7, "Rosenbrock");
            GradientCheck.HessianProduct(f, x, v, 1e-6, "Rosenbrock");
        }).Check(Forall.Config);
    }

    [Fact]
    public void RotatedQuadraticHasItsSpectrum()
    {
        double[] spectrum = Quadratic<double>.LogSpectrum(6, 1e3), center = [1, -2, 3, 0, 5, -1];
        var f = new Quadratic<double>(spectrum, center, RandomKey.FromSeed(4));
        Assert.Equal(0, f.Value(center));

        // Trace and the trace of the square don't change under a rotation; that it is one shows in the eigenvectors not being axes.
        double trace = 0, square = 0, offDiagonal = 0;
        for (int j = 0; j < 6; j++)
        {
            double[] e = new double[6], column = new double[6];
            e[j] = 1;
            f.HessianProduct(center, e, column);
            trace += column[j];
            square += column.Sum(c => c * c);
            offDiagonal = Math.Max(offDiagonal, column.Where((_, i) => i != j).Max(Math.Abs));
        }

        Promises.Close(spectrum.Sum(), trace, 1e-13, 0, "trace");
        Promises.Close(spectrum.Sum(l => l * l), square, 1e-13, 0, "trace of the square");
        Assert.True(offDiagonal > 1);
        Prop.ForAll(Points(6), Points(6), (x, v) =>
        {
            GradientCheck.Gradient(f, x, 1e-7, "Quadratic");
            GradientCheck.HessianProduct(f, x, v, 1e-6, "Quadratic");
        }).Check(Forall.Config);
    }

    [Fact]
    public void LogisticRegressionHasRightDerivativesAndStaysFiniteForHugeMargins()
    {
        LogisticRegression<double> f = Small();
        Prop.ForAll(Points(3), Points(3), (w, v) =>
        {
            GradientCheck.Gradient(f, w, 1e-7, "LogisticRegression");
            GradientCheck.HessianProduct(f, w, v, 1e-6, "LogisticRegression");
        }).Check(Forall.Config);

        // Closed form: at w = 0 every term is log 2.
        Promises.Close(Math.Log(2), f.Value([0, 0, 0]), 1e-15, 0, "value at 0");
        double[] gradient = new double[3];
        Assert.True(double.IsFinite(f.ValueAndGradient([1e6, -1e6, 1e6], gradient)));
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
    }

    [Fact]
    public void MeanOverAllTermsIsTheWholeSum()
    {
        LogisticRegression<double> f = Small();
        double[] w = [0.3, -0.2, 0.7], whole = new double[3], parts = new double[3];
        Assert.Equal(f.ValueAndGradient(w, whole), f.ValueAndGradient(w, [0, 1, 2, 3], parts), 15);
        Assert.Equal(whole, parts);
        double sum = 0;
        for (int i = 0; i < 4; i++)
            sum += f.ValueAndGradient(w, [i], parts) / 4;
        Assert.Equal(f.Value(w), sum, 14);
    }

    [Fact]
    public void LogisticRegressionRefusesDataThatDoNotFit()
    {
        Assert.Throws<ArgumentException>(() => new LogisticRegression<double>([1, 2, 3], [1, -1], 0));
        Assert.Throws<ArgumentException>(() => new LogisticRegression<double>([], [], 0));
        Assert.Throws<ArgumentException>(() => new LogisticRegression<double>([1, double.NaN], [1, -1], 0));
        Assert.Contains("labels[1] is 0", Assert.Throws<ArgumentException>(() => new LogisticRegression<double>([1, 2], [1, 0], 0)).Message);
        Assert.Equal("lambda", Assert.Throws<ArgumentOutOfRangeException>(() => new LogisticRegression<double>([1, 2], [1, -1], -1)).ParamName);
    }

    private static LogisticRegression<double> Small() => new([1, 0.5, -1, 1, 2, 0.3, 1, -1.5, 0.2, 1, 0.1, 1.1], [1, -1, 1, -1], 0.01);

    private static Arbitrary<double[]> Points(int n) =>
        Gen.Choose(-3000, 3000).Select(i => i / 1000.0).ArrayOf(n).ToArbitrary();
}
