using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using OptiCore.Devices;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using Half = System.Half;

namespace OptiCore.Gpu.Tests;

/// <summary>Matrix products on a device against the processor's, bit for bit.</summary>
public sealed class LinearAlgebraProductTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    private static readonly (double Alpha, double Beta)[] Factors = [(1, 0), (-0.5, 1), (2, -0.75)];

    private GpuDevice Device => fixture.Device;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(32, 32, 8)]
    [InlineData(7, 33, 19)]
    [InlineData(5, 3, 300)]
    public void Products_have_the_bits_of_the_processor(int m, int n, int k)
    {
        using var products = new MatrixProducts(Device);
        Check<float>();
        Check<double>();

        void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            for (int transposes = 0; transposes < 4; transposes++)
            {
                (double alpha, double beta) = Factors[transposes % Factors.Length];
                Compare<T>(products, (transposes & 1) != 0, (transposes & 2) != 0, m, n, k, alpha, beta, padding: transposes);
            }
        }
    }

    [Theory]
    [InlineData(0, 130, 129, 20)]
    [InlineData(1, 128, 132, 260)]
    public void Large_tiles_have_the_bits_of_the_processor(int transposes, int m, int n, int k)
    {
        using var products = new MatrixProducts(Device) { Plan = new(ProductTile.Large, false) };
        Compare<float>(products, (transposes & 1) != 0, (transposes & 1) != 0, m, n, k, 0.75, 1.5, padding: 0);
    }

    [Fact]
    public void Tiles_of_middle_size_have_the_bits_of_the_processor()
    {
        using var products = new MatrixProducts(Device) { Plan = new(ProductTile.Medium, false) };
        Compare<double>(products, false, true, 66, 20, 37, 0.75, 1.5, padding: 0);
        Compare<float>(products, true, false, 20, 68, 272, 1, 0, padding: 4);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(700)]
    [InlineData(1285)]
    public void Sums_in_pieces_have_the_bits_of_sums_in_one(int k)
    {
        using var products = new MatrixProducts(Device) { Plan = new(ProductTile.Small, true) };
        Compare<float>(products, false, false, 3, 9, k, -1.25, 0.5, padding: 1);
        Compare<double>(products, true, true, 4, 5, k, 1, 0, padding: 0);
    }

    [Fact]
    public void The_plan_doesnt_change_a_bit() => Check.One(Forall.Config.WithMaxTest(6), Prop.ForAll(Shapes, shape =>
    {
        (int m, int n, int k) = shape;
        float[] first = Multiply(new(ProductTile.Small, false)), split = Multiply(new(ProductTile.Small, true)), medium = Multiply(new(ProductTile.Medium, false));
        LinearAlgebraCases.Same<float>(first, split, "split");
        LinearAlgebraCases.Same<float>(first, medium, "medium");

        float[] Multiply(ProductPlan plan)
        {
            using var products = new MatrixProducts(Device) { Plan = plan };
            using DeviceBuffer<float> a = Device.Upload<float>(LinearAlgebraCases.Random<float>(m * k, 1)), b = Device.Upload<float>(LinearAlgebraCases.Random<float>(k * n, 2)), c = Device.Allocate<float>(m * n);
            products.Gemm(false, false, m, n, k, 1.5f, Device.View(a), k, Device.View(b), n, 0, Device.View(c), n);
            return c.ToArray();
        }
    }));

    [Fact]
    public void The_transpose_of_a_product_is_the_product_of_the_transposes() => Check.One(Forall.Config.WithMaxTest(10), Prop.ForAll(Shapes, shape =>
    {
        // Each element has the same terms in the same order, so that even the bits are those.
        (int m, int n, int k) = shape;
        using var products = new MatrixProducts(Device);
        using DeviceBuffer<double> a = Device.Upload<double>(LinearAlgebraCases.Random<double>(m * k, 3)), b = Device.Upload<double>(LinearAlgebraCases.Random<double>(k * n, 4));
        using DeviceBuffer<double> c = Device.Allocate<double>(m * n), transposed = Device.Allocate<double>(m * n);
        products.Gemm(false, false, m, n, k, 2, Device.View(a), k, Device.View(b), n, 0, Device.View(c), n);
        products.Gemm(true, true, n, m, k, 2, Device.View(b), n, Device.View(a), k, 0, Device.View(transposed), m);
        double[] x = c.ToArray(), y = transposed.ToArray();
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                Assert.Equal(x[(i * n) + j], y[(j * m) + i]);
        }
    }));

    [Fact]
    public void Factors_of_a_power_of_two_scale_the_result_exactly() => Check.One(Forall.Config.WithMaxTest(8), Prop.ForAll(Shapes, shape =>
    {
        (int m, int n, int k) = shape;
        float[] start = LinearAlgebraCases.Random<float>(m * n, 3);
        float[] once = Multiply(0.75f, -0.3f), fourfold = Multiply(3, -1.2f);
        for (int i = 0; i < once.Length; i++)
            Assert.Equal(4 * once[i], fourfold[i]);

        float[] Multiply(float alpha, float beta)
        {
            using var products = new MatrixProducts(Device);
            using DeviceBuffer<float> a = Device.Upload<float>(LinearAlgebraCases.Random<float>(m * k, 1)), b = Device.Upload<float>(LinearAlgebraCases.Random<float>(k * n, 2)), c = Device.Upload<float>(start);
            products.Gemm(true, false, m, n, k, alpha, Device.View(a), m, Device.View(b), n, beta, Device.View(c), n);
            return c.ToArray();
        }
    }));

    [Fact]
    public void A_batch_is_its_products_one_after_the_other() => Check.One(Forall.Config.WithMaxTest(6), Prop.ForAll(Shapes, shape =>
    {
        (int m, int n, int k) = shape;
        k %= 40;
        k++;
        const int Count = 3;
        using var products = new MatrixProducts(Device);
        float[] one = LinearAlgebraCases.Random<float>(m * k, 5), many = LinearAlgebraCases.Random<float>(Count * k * n, 6), start = LinearAlgebraCases.Random<float>(Count * m * n, 7);
        using DeviceBuffer<float> a = Device.Upload<float>(one), b = Device.Upload<float>(many), c = Device.Upload<float>(start), loop = Device.Upload<float>(start);
        products.GemmBatched(Count, false, false, m, n, k, 0.5f, Device.View(a), k, 0, Device.View(b), n, k * n, 2, Device.View(c), n, m * n);
        for (int i = 0; i < Count; i++)
            products.Gemm(false, false, m, n, k, 0.5f, Device.View(a), k, Device.View(b).SubView(i * k * n, k * n), n, 2, Device.View(loop).SubView(i * m * n, m * n), n);
        LinearAlgebraCases.Same<float>(loop.ToArray(), c.ToArray(), "batch");
        float[] expected = [.. start];
        Blas.GemmBatched(Count, false, false, m, n, k, 0.5f, one, k, 0, many, n, k * n, 2, expected, n, m * n);
        LinearAlgebraCases.Same<float>(expected, c.ToArray(), "processor");
    }));

    [Fact]
    public void Numbers_of_16_bits_are_widened_exactly()
    {
        const int M = 6, N = 9, K = 21;
        float[] x = LinearAlgebraCases.Random<float>(M * K, 8), y = LinearAlgebraCases.Random<float>(K * N, 9);
        x[3] = 6e-8f;
        y[4] = 60000;
        using var products = new MatrixProducts(Device);
        using DeviceBuffer<float> c = Device.Allocate<float>(M * N);

        Half[] halves = Array.ConvertAll(x, value => (Half)value), otherHalves = Array.ConvertAll(y, value => (Half)value);
        using (DeviceBuffer<Half> a = Device.Upload<Half>(halves), b = Device.Upload<Half>(otherHalves))
            products.Gemm(false, true, M, N, K, 1.5f, Device.View(a), K, Device.View(b), K, 0, Device.View(c), N);
        Expect(Array.ConvertAll(x, value => (float)(Half)value), Array.ConvertAll(y, value => (float)(Half)value));

        using (DeviceBuffer<BFloat16> a = Device.Upload<BFloat16>(Array.ConvertAll(x, BFloat16.FromSingle)), b = Device.Upload<BFloat16>(Array.ConvertAll(y, BFloat16.FromSingle)))
            products.Gemm(false, true, M, N, K, 1.5f, Device.View(a), K, Device.View(b), K, 0, Device.View(c), N);
        Expect(Array.ConvertAll(x, value => BFloat16.FromSingle(value).ToSingle()), Array.ConvertAll(y, value => BFloat16.FromSingle(value).ToSingle()));

        void Expect(float[] a, float[] b)
        {
            var expected = new float[M * N];
            Blas.Gemm(false, true, M, N, K, 1.5f, a, K, b, K, 0, expected, N);
            LinearAlgebraCases.Same<float>(expected, c.ToArray(), "widened");
        }
    }

    [Fact]
    public void A_number_of_16_bits_is_the_nearest_with_ties_to_even()
    {
        Assert.Equal(1f, BFloat16.FromSingle(1f + 0.00390625f).ToSingle());
        Assert.Equal(1.015625f, BFloat16.FromSingle(1f + (3 * 0.00390625f)).ToSingle());
        Assert.Equal(1.0078125f, BFloat16.FromSingle(1.0039064f).ToSingle());
        Assert.Equal(float.PositiveInfinity, BFloat16.FromSingle(float.MaxValue).ToSingle());
        Assert.Equal(float.NegativeInfinity, BFloat16.FromSingle(float.NegativeInfinity).ToSingle());
        Assert.True(float.IsNaN(BFloat16.FromSingle(BitConverter.UInt32BitsToSingle(0x7F800001)).ToSingle()));
        Assert.Equal(0x8000, BFloat16.FromSingle(-0f).Bits);
    }

    [Fact]
    public void A_NaN_reaches_its_row_or_column_and_no_other_element()
    {
        const int M = 5, N = 6, K = 11;
        float[] x = LinearAlgebraCases.Random<float>(M * K, 1), y = LinearAlgebraCases.Random<float>(K * N, 2);
        x[(2 * K) + 7] = float.NaN;
        y[(10 * N) + 3] = float.PositiveInfinity;
        using var products = new MatrixProducts(Device);
        using DeviceBuffer<float> a = Device.Upload<float>(x), b = Device.Upload<float>(y), c = Device.Upload<float>(Enumerable.Repeat(float.NaN, M * N).ToArray());
        products.Gemm(false, false, M, N, K, 1, Device.View(a), K, Device.View(b), N, 0, Device.View(c), N);
        float[] result = c.ToArray();
        for (int i = 0; i < M; i++)
        {
            for (int j = 0; j < N; j++)
            {
                if (i == 2)
                    Assert.True(float.IsNaN(result[(i * N) + j]));
                else if (j == 3)
                    Assert.True(float.IsInfinity(result[(i * N) + j]));
                else
                    Assert.True(float.IsFinite(result[(i * N) + j]));
            }
        }
    }

    [Fact]
    public void Empty_products_scale_and_a_factor_of_0_leaves_operands_unread()
    {
        using var products = new MatrixProducts(Device);
        float[] start = [1, 2, 3, 4, 5, 6];
        using DeviceBuffer<float> nothing = Device.Allocate<float>(0), nan = Device.Upload<float>([float.NaN, float.NaN]), c = Device.Upload<float>(start);
        products.Gemm(false, false, 2, 2, 0, 1, Device.View(nothing), 1, Device.View(nothing), 2, 3, Device.View(c), 3);
        Assert.Equal([3f, 6, 3, 12, 15, 6], c.ToArray());
        products.Gemm(false, false, 2, 2, 1, 0, Device.View(nan), 1, Device.View(nan), 2, 1, Device.View(c), 3);
        Assert.Equal([3f, 6, 3, 12, 15, 6], c.ToArray());
        products.Gemm(false, false, 0, 2, 1, 1, Device.View(nothing), 1, Device.View(nan), 2, 0, Device.View(c), 3);
        Assert.Equal([3f, 6, 3, 12, 15, 6], c.ToArray());
        products.GemmBatched(0, false, false, 2, 2, 1, 1, Device.View(nothing), 1, 0, Device.View(nothing), 2, 0, 0, Device.View(nothing), 2, 0);
        products.Gemm(false, false, 2, 2, 0, 1, Device.View(nothing), 1, Device.View(nothing), 2, 0, Device.View(c), 3);
        Assert.Equal([0f, 0, 3, 0, 0, 6], c.ToArray());
    }

    [Fact]
    public void Four_elements_are_read_at_once_where_their_address_allows_it()
    {
        using DeviceBuffer<float> single = Device.Allocate<float>(64);
        using DeviceBuffer<double> twice = Device.Allocate<double>(64);
        Assert.True(ViewArgument.IsAligned(Device.View(single), 1, 3, 8));
        Assert.True(ViewArgument.IsAligned(Device.View(twice), 2, 4, 8));
        Assert.True(ViewArgument.IsAligned(Device.View(single).SubView(4, 8), 1, 0, 4));
        Assert.False(ViewArgument.IsAligned(Device.View(single).SubView(2, 8), 1, 0, 4));
        Assert.False(ViewArgument.IsAligned(Device.View(single), 2, 3, 8));
        Assert.False(ViewArgument.IsAligned(Device.View(single), 1, 0, 6));

        // One such product among others that aren't.
        using var products = new MatrixProducts(Device);
        Compare<float>(products, false, false, 9, 12, 16, 1, 1, padding: 0);
        Compare<double>(products, true, false, 12, 12, 16, 1, 1, padding: 4);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        using var products = new MatrixProducts(Device);
        using var other = GpuDevices.Simulate();
        using DeviceBuffer<float> six = Device.Allocate<float>(6), four = Device.Allocate<float>(4), foreign = other.Allocate<float>(6);
        ArrayView<float> a = Device.View(six), c = Device.View(four);

        Assert.Equal("m", Assert.Throws<ArgumentOutOfRangeException>(() => products.Gemm(false, false, -1, 2, 3, 1, a, 3, a, 2, 0, c, 2)).ParamName);
        Assert.Equal("lda", Assert.Throws<ArgumentException>(() => products.Gemm(false, false, 2, 2, 3, 1, a, 2, a, 2, 0, c, 2)).ParamName);
        ArgumentException small = Assert.Throws<ArgumentException>(() => products.Gemm(false, false, 2, 2, 4, 1, a, 4, a, 2, 0, c, 2));
        Assert.Equal("a", small.ParamName);
        Assert.Contains("a has 6 elements, a 2 x 4 matrix with leading dimension 4 needs 8", small.Message, StringComparison.Ordinal);
        Assert.Equal("c", Assert.Throws<ArgumentException>(() => products.Gemm(false, false, 2, 2, 3, 1, a, 3, a, 2, 0, a, 2)).ParamName);
        Assert.Equal("b", Assert.Throws<ArgumentException>(() => products.Gemm(false, false, 2, 2, 3, 1, a, 3, other.View(foreign), 2, 0, c, 2)).ParamName);
        Assert.Equal("strideC", Assert.Throws<ArgumentException>(() => products.GemmBatched(2, false, false, 1, 2, 3, 1, a, 3, 3, a, 2, 0, 0, c, 2, 1)).ParamName);
        Assert.Equal("strideA", Assert.Throws<ArgumentOutOfRangeException>(() => products.GemmBatched(2, false, false, 1, 2, 3, 1, a, 3, -3, a, 2, 0, 0, c, 2, 2)).ParamName);
        ArrayView<Half> halves = default;
        Assert.Throws<NotSupportedException>(() => products.Gemm(false, false, 0, 0, 0, Half.One, halves, 1, halves, 1, Half.One, halves, 1));

        // Two parts of one matrix may interleave.
        products.Gemm(false, false, 2, 1, 1, 1, a, 3, a.SubView(1, 1), 3, 0, a.SubView(2, 4), 3);
    }

    private static Arbitrary<(int M, int N, int K)> Shapes { get; } = (
        from m in Gen.Choose(1, 40)
        from n in Gen.Choose(1, 40)
        from k in Gen.Choose(1, 600)
        select (m, n, k)).ToArbitrary();

    private void Compare<T>(MatrixProducts products, bool transposeA, bool transposeB, int m, int n, int k, double alpha, double beta, int padding)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T al = T.CreateChecked(alpha), be = T.CreateChecked(beta);
        int rowsA = transposeA ? k : m, lda = (transposeA ? m : k) + padding, rowsB = transposeB ? n : k, ldb = (transposeB ? k : n) + padding, ldc = n + padding;
        T[] a = LinearAlgebraCases.Random<T>(rowsA * lda, 1), b = LinearAlgebraCases.Random<T>(rowsB * ldb, 2), expected = LinearAlgebraCases.Random<T>(m * ldc, 3);
        using DeviceBuffer<T> x = Device.Upload<T>(a), y = Device.Upload<T>(b), z = Device.Upload<T>(expected);
        products.Gemm(transposeA, transposeB, m, n, k, al, Device.View(x), lda, Device.View(y), ldb, be, Device.View(z), ldc);
        Blas.Gemm<T>(transposeA, transposeB, m, n, k, al, a, lda, b, ldb, be, expected, ldc);
        LinearAlgebraCases.Same<T>(expected, z.ToArray(), $"{typeof(T).Name} {m} x {n} x {k}, {transposeA}, {transposeB}");
    }
}
