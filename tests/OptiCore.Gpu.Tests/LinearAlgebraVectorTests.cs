using System.Numerics;
using OptiCore.Devices;
using OptiCore.LinearAlgebra;

namespace OptiCore.Gpu.Tests;

/// <summary>Products of matrices and vectors on a device against the processor's.</summary>
public sealed class LinearAlgebraVectorTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    private GpuDevice Device => fixture.Device;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 7)]
    [InlineData(19, 16)]
    [InlineData(3, 31)]
    [InlineData(9, 150)]
    [InlineData(128, 3)]
    public void They_have_the_bits_of_the_processor(int m, int n)
    {
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            using var products = new MatrixProducts(Device);
            foreach ((double alpha, double beta) in ((double, double)[])[(1, 0), (-0.5, 1), (2, -0.75)])
            {
                T al = T.CreateChecked(alpha), be = T.CreateChecked(beta);
                foreach (bool transpose in (bool[])[false, true])
                {
                    int lda = n + (transpose ? 0 : 3);
                    T[] a = LinearAlgebraCases.Random<T>(m * lda, 1), x = LinearAlgebraCases.Random<T>(transpose ? m : n, 2), expected = LinearAlgebraCases.Random<T>(transpose ? n : m, 3);
                    using DeviceBuffer<T> matrix = Device.Upload<T>(a), vector = Device.Upload<T>(x), result = Device.Upload<T>(expected);
                    products.Gemv(transpose, m, n, al, Device.View(matrix), lda, Device.View(vector), be, Device.View(result));
                    Blas.Gemv<T>(transpose, m, n, al, a, lda, x, be, expected);
                    LinearAlgebraCases.Same<T>(expected, result.ToArray(), $"{m} x {n}, {transpose}, {alpha}, {beta}");
                }
            }
        }
    }

    [Fact]
    public void A_tall_transposed_product_adds_its_blocks_in_order()
    {
        const int M = 300, N = 5, Block = VectorProductKernels.RowBlock;
        using var products = new MatrixProducts(Device);
        double[] a = LinearAlgebraCases.Random<double>(M * N, 1), x = LinearAlgebraCases.Random<double>(M, 2), y = LinearAlgebraCases.Random<double>(N, 3), expected = [.. y], whole = [.. y];
        using DeviceBuffer<double> matrix = Device.Upload<double>(a), vector = Device.Upload<double>(x), result = Device.Upload<double>(y);
        products.Gemv(true, M, N, 1.5, Device.View(matrix), N, Device.View(vector), 0.5, Device.View(result));

        // The definition, block by block on the processor.
        for (int from = 0; from < M; from += Block)
        {
            int rows = Math.Min(Block, M - from);
            double[] sum = new double[N];
            Blas.Gemv<double>(true, rows, N, 1.5, a.AsSpan(from * N, rows * N), N, x.AsSpan(from, rows), from == 0 ? 0.5 : 0, from == 0 ? expected : sum);
            for (int j = 0; j < N; j++)
                expected[j] += sum[j];
        }

        LinearAlgebraCases.Same<double>(expected, result.ToArray(), "blocks");
        Blas.Gemv<double>(true, M, N, 1.5, a, N, x, 0.5, whole);
        for (int j = 0; j < N; j++)
            Assert.Equal(whole[j], expected[j], 1e-12);
    }

    [Theory]
    [InlineData(4, 8, 8)]
    [InlineData(5, 7, 9)]
    [InlineData(3, 1, 1)]
    public void Rank_one_updates_have_the_bits_of_the_processor(int m, int n, int lda)
    {
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            using var products = new MatrixProducts(Device);
            T[] x = LinearAlgebraCases.Random<T>(m, 1), y = LinearAlgebraCases.Random<T>(n, 2), expected = LinearAlgebraCases.Random<T>(m * lda, 3);
            using DeviceBuffer<T> left = Device.Upload<T>(x), right = Device.Upload<T>(y), matrix = Device.Upload<T>(expected);
            products.Ger(m, n, T.CreateChecked(-1.25), Device.View(left), Device.View(right), Device.View(matrix), lda);
            Blas.Ger<T>(m, n, T.CreateChecked(-1.25), x, y, expected, lda);
            LinearAlgebraCases.Same<T>(expected, matrix.ToArray(), $"{m} x {n}");
        }
    }

    [Fact]
    public void Empty_products_scale_and_mistakes_are_named()
    {
        using var products = new MatrixProducts(Device);
        using DeviceBuffer<float> nothing = Device.Allocate<float>(0), two = Device.Upload<float>([2, 3]), six = Device.Upload<float>([1, 2, 3, 4, 5, 6]), nan = Device.Upload<float>([float.NaN, float.NaN, float.NaN]);
        products.Gemv(false, 2, 0, 1f, Device.View(nothing), 1, Device.View(nothing), 2, Device.View(two));
        Assert.Equal([4f, 6], two.ToArray());
        products.Gemv(false, 2, 3, 0f, Device.View(six), 3, Device.View(nan), 0.5f, Device.View(two));
        Assert.Equal([2f, 3], two.ToArray());
        products.Gemv(true, 0, 2, 1f, Device.View(nothing), 2, Device.View(nothing), 0, Device.View(two));
        Assert.Equal([0f, 0], two.ToArray());
        products.Ger(2, 3, 0f, Device.View(two), Device.View(nan), Device.View(six), 3);
        Assert.Equal([1f, 2, 3, 4, 5, 6], six.ToArray());
        products.Ger(2, 3, 1f, Device.View(two), Device.View(nan), Device.View(six), 3);
        Assert.All(six.ToArray(), value => Assert.True(float.IsNaN(value)));

        Assert.Equal("x", Assert.Throws<ArgumentException>(() => products.Gemv(false, 2, 3, 1f, Device.View(six), 3, Device.View(two), 0, Device.View(two))).ParamName);
        Assert.Equal("y", Assert.Throws<ArgumentException>(() => products.Gemv(false, 2, 2, 1f, Device.View(six), 3, Device.View(two), 0, Device.View(two))).ParamName);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => products.Ger(2, 3, 1f, Device.View(six).SubView(0, 2), Device.View(nan), Device.View(six), 3)).ParamName);
        Assert.Equal("lda", Assert.Throws<ArgumentException>(() => products.Ger(2, 3, 1f, Device.View(two), Device.View(nan), Device.View(six), 2)).ParamName);
    }
}
