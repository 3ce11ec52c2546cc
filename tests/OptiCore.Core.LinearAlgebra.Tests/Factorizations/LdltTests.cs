using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class LdltTests
{
    private static double[] Symmetric(int n, ulong seed, bool zeroDiagonal)
    {
        double[] a = TestMatrices.Random(n, n, seed);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                a[(j * n) + i] = a[(i * n) + j];
            if (zeroDiagonal)
                a[(i * n) + i] = 0;
        }

        return a;
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(9, true)]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(34, true)]
    [InlineData(77, false)]
    [InlineData(130, true)]
    public void FactorsReproduceIndefiniteMatrices(int n, bool zeroDiagonal)
    {
        Reproduces<double>(n, zeroDiagonal);
        Reproduces<float>(n, zeroDiagonal);
    }

    private static void Reproduces<T>(int n, bool zeroDiagonal) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] a = Symmetric(n, 3, zeroDiagonal), permuted = new double[n * n];
        T[] input = new T[n * n], l = new T[n * n], d = new T[n * n], x = new T[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                input[(i * n) + j] = j <= i ? T.CreateChecked(a[(i * n) + j]) : T.NaN;
        }

        var ldlt = new Ldlt<T>(n);
        ldlt.TryFactor(input);
        Assert.True(ldlt.TryFactor(input));
        ldlt.CopyL(l);
        ldlt.CopyD(d);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                permuted[(i * n) + j] = a[(ldlt.Permutation[i] * n) + ldlt.Permutation[j]];
        }

        double[] lower = Dense.ToDouble<T>(l), middle = Dense.ToDouble<T>(d);
        double[] product = Dense.Multiply(Dense.Multiply(lower, middle, n, n, n), Dense.Transpose(lower, n, n), n, n, n);
        Dense.AssertClose(permuted, product, 20 * n * Dense.Epsilon<T>(), $"P A P' {n} {typeof(T).Name}");

        // The residual of a solution, against the size of its terms.
        T[] b = TestMatrices.Random<T>(n, 1, 4);
        ldlt.Solve(b, x);
        double[] solution = Dense.ToDouble<T>(x), back = Dense.Multiply(a, solution, n, n, 1);
        double size = solution.Max(Math.Abs) * n;
        for (int i = 0; i < n; i++)
            Assert.True(Math.Abs(back[i] - double.CreateChecked(b[i])) <= 50 * n * Dense.Epsilon<T>() * (1 + size), $"{n} {typeof(T).Name} row {i}");
        Hardware.SameBitsEverywhere<T>(l, $"L {n} {zeroDiagonal} {typeof(T).Name}");
        Hardware.SameBitsEverywhere<T>(x, $"x {n} {zeroDiagonal} {typeof(T).Name}");
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(40, 7)]
    [InlineData(75, 75)]
    [InlineData(100, 31)]
    public void TheInertiaIsThatOfTheDiagonalOfACongruence(int n, int negative)
    {
        // B S B' with a well-conditioned B has the inertia of the signs S.
        double[] b = TestMatrices.Random(n, n, 5), a = new double[n * n];
        for (int i = 0; i < n; i++)
            b[(i * n) + i] += 4;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < n; k++)
                    a[(i * n) + j] += (k < negative ? -1 : 1) * b[(i * n) + k] * b[(j * n) + k];
            }
        }

        var ldlt = new Ldlt<double>(n);
        Assert.True(ldlt.TryFactor(a));
        Assert.Equal((n - negative, negative, 0), ldlt.Inertia);
        int[] permutation = new int[n];
        double[] lu = [.. a];
        Assert.True(Lu.TryFactor(lu, n, n, permutation));
        Promises.Close(Lu.LogDeterminant(lu, n, n, permutation, out int expected), ldlt.LogDeterminant(out int sign), 1e-11, 1e-11, "log determinant");
        Assert.Equal(expected, sign);
    }

    [Fact]
    public void SingularMatricesAreReported()
    {
        var ldlt = new Ldlt<double>(3);
        Assert.False(ldlt.TryFactor([1, 2, 3, 2, 4, 6, 3, 6, 9]));
        Assert.Equal((1, 0, 2), ldlt.Inertia);
        Assert.Equal(double.NegativeInfinity, ldlt.LogDeterminant(out int sign));
        Assert.Equal(0, sign);
        Assert.False(ldlt.TryFactor(new double[9]));
        Assert.Equal((0, 0, 3), ldlt.Inertia);
        Assert.False(ldlt.TryFactor([1, 0, 0, double.NaN, 1, 0, 0, 0, 1]));
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => ldlt.TryFactor(new double[8])).ParamName);
        Assert.Equal("order", Assert.Throws<ArgumentOutOfRangeException>(() => new Ldlt<double>(0)).ParamName);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        double[] a = Symmetric(60, 6, true), x = new double[60];
        var ldlt = new Ldlt<double>(60);
        Promises.AllocatesNothing(
            () =>
            {
                ldlt.TryFactor(a);
                ldlt.Solve(x, x);
                ldlt.LogDeterminant(out _);
            },
            "LDL'");
    }
}
