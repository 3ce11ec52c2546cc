using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

public class NistStrdTests
{
    public static TheoryData<string> Names => [.. NistStrd.Names];

    [Fact]
    public void EmbeddedSetsAreTheReferenceFiles()
    {
        string[] files = [.. Directory.GetFiles(Reference.PathOf("nist-strd"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];
        Assert.Equal(files, NistStrd.Names.Order());
        foreach (string name in files)
        {
            using Stream embedded = typeof(NistStrd).Assembly.GetManifestResourceStream($"OptiCore.Problems.Nist.{name}.json")!;
            using var copy = new MemoryStream();
            embedded.CopyTo(copy);
            Assert.Equal(File.ReadAllBytes(Reference.PathOf($"nist-strd/{name}.json")), copy.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CertifiedParametersHaveTheCertifiedSumOfSquares(string name)
    {
        NistProblem problem = NistStrd.Load(name);
        double[] r = new double[problem.Residuals.ResidualCount];
        problem.Residuals.Residuals(problem.Certified, r);
        double sum = r.Sum(v => v * v);

        // Lanczos1's certified value is below what the 11 printed digits of the parameters can reproduce.
        if (name == "Lanczos1")
            Assert.True(sum <= 1e-20, $"{sum}");
        else
            Promises.Close(problem.ResidualSumOfSquares, sum, 1e-10, 0, name);
        Assert.Equal(problem.DegreesOfFreedom, problem.Residuals.ResidualCount - problem.Residuals.Dimension);
        Assert.Equal(11, problem.Digits(problem.Certified));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void JacobiansAgreeWithDifferences(string name)
    {
        NistProblem problem = NistStrd.Load(name);
        GradientCheck.Jacobian(problem.Residuals, problem.Certified, 1e-5, $"{name}, certified");
        GradientCheck.Jacobian(problem.Residuals, problem.Start2, 1e-5, $"{name}, second start");
    }

    [Fact]
    public void AnUnknownSetIsRefusedByName() =>
        Assert.Contains("'Nonsense'", Assert.Throws<ArgumentException>(() => NistStrd.Load("Nonsense")).Message);

    [Fact]
    public void DigitsCountTheWorstParameter()
    {
        NistProblem problem = NistStrd.Load("Misra1a");
        double[] estimate = [.. problem.Certified];
        estimate[1] *= 1 + 1e-4;
        Assert.Equal(4, problem.Digits(estimate), 6);
        Assert.Equal(0, problem.Digits([double.NaN, 1]));
    }
}
