using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class LocalPowerSvdTests
{
    private const int Nodes = 8, RowsPerNode = 600, Columns = 20, Rank = 3;

    private static readonly Lazy<(ReadOnlyMemory<double>[] Parts, double[] Basis, double[] Values)> Problem = new(Make);

    // Rows with one covariance, whose eigenvalues decay slowly, spread over nodes: the parts differ by sampling only.
    private static (ReadOnlyMemory<double>[] Parts, double[] Basis, double[] Values) Make()
    {
        double[] a = TestMatrices.Random(Nodes * RowsPerNode, Columns, 1);
        var rotation = new Svd<double>(Columns, Columns);
        Assert.True(rotation.Factor(TestMatrices.Random(Columns, Columns, 2)));
        for (int i = 0; i < a.Length; i++)
            a[i] *= i % Columns < Rank ? 1.2 - (0.05 * (i % Columns)) : 1 - (0.02 * (i % Columns));
        a = Product<double>(a, rotation.RightRows, Nodes * RowsPerNode, Columns, Columns);
        var svd = new Svd<double>(Nodes * RowsPerNode, Columns);
        Assert.True(svd.Factor(a));
        ReadOnlyMemory<double>[] parts = [.. Enumerable.Range(0, Nodes).Select(i => (ReadOnlyMemory<double>)a.AsMemory(i * RowsPerNode * Columns, RowsPerNode * Columns))];
        return (parts, svd.RightRows[..(Rank * Columns)].ToArray(), svd.Values[..Rank].ToArray());
    }

    /// <summary>The sine of the largest principal angle after each communication.</summary>
    private static double[] Errors(LocalPowerOptions options, int communications, IWorkers? workers = null)
    {
        var local = new LocalPowerSvd(Problem.Value.Parts, Columns, RandomKey.FromSeed(3), options with { Rank = Rank }, workers);
        var subspaces = new Subspaces<double>(Rank, Columns);
        double[] angles = new double[Rank], errors = new double[communications];
        for (int i = 0; i < communications; i++)
        {
            local.Round();
            Assert.True(subspaces.PrincipalAngles(Problem.Value.Basis, local.RightRows, angles));
            errors[i] = Math.Sin(angles[^1]);
        }

        Assert.Equal(communications, local.Communications);
        return errors;
    }

    private static int RoundsTo(double error, double[] errors) => Array.FindIndex(errors, e => e < error) + 1;

    [Fact]
    public void LocalStepsSaveCommunications()
    {
        double[] single = Errors(new() { LocalSteps = 1 }, 120), four = Errors(new() { LocalSteps = 4, HalveEvery = 0 }, 60), eight = Errors(new() { LocalSteps = 8, HalveEvery = 0 }, 60);
        int rounds = RoundsTo(0.1, single);
        Assert.True(rounds > 8, $"{rounds} rounds");
        int withFour = RoundsTo(0.1, four), withEight = RoundsTo(0.1, eight);
        Assert.True(withFour > 0 && withFour * 3 <= rounds, $"{withFour} rounds with four local steps, {rounds} with one");
        Assert.True(withEight > 0 && withEight * 5 <= rounds, $"{withEight} rounds with eight local steps, {rounds} with one");

        // Without decay the error stays where the differences between the parts put it.
        Assert.True(four[^1] > 1e-6 && Math.Abs(four[^1] - four[40]) < 1e-3 * four[^1], $"plateau {four[40]:g3}, {four[^1]:g3}");
    }

    [Theory]
    [InlineData(BasisAlignment.Procrustes)]
    [InlineData(BasisAlignment.Signs)]
    public void DecayingStepsReachFullAccuracy(BasisAlignment alignment)
    {
        double[] errors = Errors(new() { LocalSteps = 8, HalveEvery = 5, Alignment = alignment }, 200);
        Assert.True(errors[^1] < 1e-10, $"{errors[^1]:g3}");
    }

    [Fact]
    public void WithoutAlignmentTheAverageIsWorse()
    {
        double[] aligned = Errors(new() { LocalSteps = 8, HalveEvery = 0 }, 30), plain = Errors(new() { LocalSteps = 8, HalveEvery = 0, Alignment = BasisAlignment.None }, 30);
        Assert.True(plain[^1] > 3 * aligned[^1], $"{plain[^1]:g3} without, {aligned[^1]:g3} with alignment");
    }

    [Fact]
    public void WorkersDontChangeTheBits()
    {
        double[] serial = Errors(new(), 12), threads = Errors(new(), 12, Workers.Threads(3));
        Promises.SameBits(serial, threads, "errors");
    }

    [Fact]
    public void RitzGivesTheSingularValues()
    {
        var local = new LocalPowerSvd(Problem.Value.Parts, Columns, RandomKey.FromSeed(3), new() { Rank = Rank, LocalSteps = 8, HalveEvery = 5 });
        for (int i = 0; i < 200; i++)
            local.Round();
        Assert.True(local.Ritz());
        Close(Problem.Value.Values, local.Values, 1e-13, "values");
        for (int j = 0; j < Rank; j++)
        {
            double cosine = Math.Abs(Enumerable.Range(j * Columns, Columns).Sum(i => local.RightRows[i] * Problem.Value.Basis[i]));
            Promises.Close(1, cosine, 0, 1e-12, $"vector {j}");
        }
    }

    [Fact]
    public void RoundsAllocateNothing()
    {
        double[] a = TestMatrices.Random(60, 6, 1);
        var local = new LocalPowerSvd([a.AsMemory(0, 180), a.AsMemory(180)], 6, RandomKey.FromSeed(1), new() { Rank = 2, HalveEvery = 0 });
        Promises.AllocatesNothing(local.Round, "Round", 60, 10);
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>(() => new LocalPowerSvd([], 5, RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentException>(() => new LocalPowerSvd([new double[7]], 5, RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalPowerSvd([new double[8]], 4, RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalPowerOptions { LocalSteps = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalPowerOptions { HalveEvery = -1 });
    }
}
