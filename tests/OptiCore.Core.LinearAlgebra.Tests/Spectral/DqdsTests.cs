using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Core.Tests.LinearAlgebra.SpectralCheck;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public unsafe class DqdsTests
{
    // Sums of rounding errors over the rows; the constants of the analysis are about 4 n.
    private static double Tolerance<T>(int n) where T : unmanaged, IFloatingPointIeee754<T> => 4 * n * Epsilon<T>();

    [Fact]
    public void SmallSingularValuesMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("graded-svd/bidiagonal.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            double[] d = golden.Numbers("d"), e = golden.Numbers("e"), expected = golden.Numbers("singular_values");
            AssertRelative(expected, Values(d, e), Tolerance<double>(d.Length), id);
            count++;
        }

        Assert.True(count >= 10, $"{count} cases");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(17)]
    [InlineData(100)]
    [InlineData(501)]
    public void OnesHaveCosinesForSingularValues(int n)
    {
        // B'B has the eigenvalues 4 cos^2(k pi / (2n + 1)).
        double[] expected = [.. Enumerable.Range(1, n).Select(k => 2 * Math.Sin((n + 0.5 - k) * Math.PI / ((2 * n) + 1)))];
        AssertRelative(expected, Values(Ones<double>(n), Ones<double>(n - 1)), Tolerance<double>(n), $"double {n}");
        AssertRelative(expected, [.. Values(Ones<float>(n), Ones<float>(n - 1)).Select(v => (double)v)], Tolerance<float>(n), $"float {n}");
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-160)]
    [InlineData(1e160)]
    [InlineData(1e300)]
    public void ScalesDoNotMatter(double scale)
    {
        const int N = 40;
        double[] expected = [.. Enumerable.Range(1, N).Select(k => 2 * scale * Math.Sin((N + 0.5 - k) * Math.PI / ((2 * N) + 1)))];
        double[] d = [.. Ones<double>(N).Select(v => v * scale)], e = [.. Ones<double>(N - 1).Select(v => v * scale)];
        AssertRelative(expected, Values(d, e), Tolerance<double>(N), $"{scale}");
    }

    [Fact]
    public void DiagonalsAndZerosAreTheirOwnValues()
    {
        double[] d = [3, -1, 0, 1e-200, 5, -0.0, 2];
        Assert.Equal([5, 3, 2, 1, 1e-200, 0, 0], Values(d, new double[6]));
        Assert.Equal(new double[9], Values(new double[9], new double[8]));
        Assert.Empty(Values<double>([], []));

        // Nothing on the diagonal: the elements beside it, and a zero.
        AssertRelative([4, 3, 2, 1, 0], Values<double>(new double[5], [1, -4, 3, 2]), 1e-15, "beside");
        Assert.Equal([7], Values<double>([-7], []));
    }

    [Fact]
    public void ValuesAreThoseOfTheImplicitZeroShiftIteration()
    {
        Forall.Check(Prop.ForAll(Graded(30).ToArbitrary(), x => Agree<double>(x.N, x.Seed, x.Decades)));
        Forall.Check(Prop.ForAll(Graded(6).ToArbitrary(), x => Agree<float>(x.N, x.Seed, x.Decades)));
    }

    [Fact]
    public void SignsPowersOfTwoAndTheOrderOfRowsAreNothingToThem() => Forall.Check(Prop.ForAll(Graded(20).ToArbitrary(), x =>
    {
        (double[] d, double[] e) = Bidiagonal<double>(x.N, x.Seed, x.Decades);
        double[] values = Values(d, e);
        double[] negative = Values([.. d.Select((v, i) => i % 3 == 0 ? -v : v)], [.. e.Select((v, i) => i % 2 == 0 ? -v : v)]);
        double[] scaled = Values([.. d.Select(v => Math.ScaleB(v, 37))], [.. e.Select(v => Math.ScaleB(v, 37))]);

        // The transpose turned round.
        double[] turned = Values([.. d.Reverse()], [.. e.Reverse()]);
        return values.SequenceEqual(negative) && values.SequenceEqual(scaled.Select(v => Math.ScaleB(v, -37))) && Close(values, turned, 2 * Tolerance<double>(x.N));
    }));

    [Fact]
    public void AnIterationThatIsGivenUpLeavesItsInput()
    {
        double[] d = Ones<double>(9), e = Ones<double>(8), work = new double[Dqds.WorkLength(9)];
        fixed (double* pd = d, pe = e, pw = work)
            Assert.False(Dqds.Run(9, pd, pe, pw, 0));
        Assert.Equal(Ones<double>(9), d);
        Assert.Equal(Ones<double>(8), e);
    }

    [Fact]
    public void TheBitsAreThoseOfAllHardware()
    {
        (double[] d, double[] e) = Bidiagonal<double>(70, 5, 9);
        Hardware.SameBitsEverywhere<double>(Values(d, e), "double");
        (float[] f, float[] g) = Bidiagonal<float>(70, 5, 3);
        Hardware.SameBitsEverywhere<float>(Values(f, g), "float");
    }

    private static Gen<(int N, ulong Seed, int Decades)> Graded(int decades) =>
        from n in Gen.Choose(1, 60)
        from seed in Gen.Choose(0, int.MaxValue)
        from most in Gen.Choose(0, decades)
        select (n, (ulong)seed, most);

    /// <summary>Elements of either sign with magnitudes over some decades, some of them 0.</summary>
    private static (T[] D, T[] E) Bidiagonal<T>(int n, ulong seed, int decades) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] random = TestMatrices.Random(4, n, seed);
        T Element(int i, int j) => random[(i * n) + j] > 0.95 ? T.Zero : T.CreateTruncating(random[(i * n) + j] * Math.Pow(10, decades * random[((i + 1) * n) + j]));
        return ([.. Enumerable.Range(0, n).Select(j => Element(0, j))], [.. Enumerable.Range(0, n - 1).Select(j => Element(2, j))]);
    }

    private static bool Agree<T>(int n, ulong seed, int decades) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (T[] d, T[] e) = Bidiagonal<T>(n, seed, decades);
        T[] mine = Values(d, e), other = [.. d], beside = [.. e, T.Zero];
        fixed (T* pd = other, pe = beside)
            Assert.True(BidiagonalQr.Run(n, pd, pe, null, 0, 0, null, 0, 0));

        // Demmel and Kahan's tolerance is up to 100 eps for each of the elements that are neglected. Nearer to 0 quotients of squares aren't normal numbers any more.
        other.AsSpan().Sort();
        double floor = double.CreateChecked(mine[0]) * (typeof(T) == typeof(double) ? Math.ScaleB(1, -500) : Math.ScaleB(1, -60));
        return Close([.. other.Reverse().Select(double.CreateChecked)], [.. mine.Select(double.CreateChecked)], 100 * n * Epsilon<T>(), floor);
    }

    private static T[] Ones<T>(int n) where T : unmanaged, IFloatingPointIeee754<T> => [.. Enumerable.Repeat(T.One, n)];

    private static T[] Values<T>(T[] diagonal, T[] beside) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] d = [.. diagonal], e = [.. beside], work = new T[Dqds.WorkLength(d.Length)];

        // What another matrix left behind.
        work.AsSpan().Fill(T.NaN);
        fixed (T* pd = d, pe = e, pw = work)
            Assert.True(Dqds.Run(d.Length, pd, pe, pw));
        d.AsSpan().Sort();
        d.AsSpan().Reverse();
        return d;
    }

    private static bool Close(double[] expected, double[] actual, double relative, double absolute = 0) =>
        expected.Zip(actual, (x, y) => Math.Abs(x - y) <= (relative * x) + absolute).All(near => near) && expected.Length == actual.Length;

    private static void AssertRelative(double[] expected, double[] actual, double relative, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * expected[i], $"{what}: value {i} is {actual[i]:r}, expected {expected[i]:r}");
    }
}
