using System.Runtime.InteropServices;
using FsCheck.Fluent;
using OptiCore.Devices;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>What can be said of cuBLAS where it can't run: that row-major products become the right column-major ones, and that nothing happens where it is missing.</summary>
public sealed class LinearAlgebraCuBlasTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    [Fact]
    public void A_row_major_product_is_the_column_major_one_of_its_exchanged_operands() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 6)
         from n in Gen.Choose(1, 6)
         from k in Gen.Choose(1, 6)
         from padding in Gen.Choose(0, 2)
         from transposes in Gen.Choose(0, 3)
         select (m, n, k, padding, transposes)).ToArbitrary(),
        shape =>
        {
            (int m, int n, int k, int padding, int transposes) = shape;
            bool transposeA = (transposes & 1) != 0, transposeB = (transposes & 2) != 0;
            int lda = (transposeA ? m : k) + padding, ldb = (transposeB ? k : n) + padding, ldc = n + padding;
            double[] a = LinearAlgebraCases.Random<double>((transposeA ? k : m) * lda, 1), b = LinearAlgebraCases.Random<double>((transposeB ? n : k) * ldb, 2), c = new double[m * ldc];
            var call = new ProductCall<double, double>
            {
                Count = 1,
                TransposeA = transposeA,
                TransposeB = transposeB,
                Rows = m,
                Columns = n,
                Depth = k,
                LeadingA = lda,
                LeadingB = ldb,
                LeadingC = ldc,
            };
            ColumnMajorProduct(ColumnMajor.Of(call), b, a, c);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (int p = 0; p < k; p++)
                        sum += a[transposeA ? (p * lda) + i : (i * lda) + p] * b[transposeB ? (j * ldb) + p : (p * ldb) + j];
                    Assert.Equal(sum, c[(i * ldc) + j], 1e-14);
                }
            }
        }));

    [Fact]
    public void A_missing_library_is_a_reason_not_a_crash()
    {
        (CuBlasLibrary? library, string? reason) = CuBlasLibrary.Load(["no-such-cublas.so.99", "nor-this.so"]);
        Assert.Null(library);
        Assert.Contains("no-such-cublas.so.99, nor-this.so", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_without_its_functions_is_a_reason_not_a_crash()
    {
        // Any library that is surely there and isn't cuBLAS.
        string other = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6";
        Assert.True(NativeLibrary.TryLoad(other, out _));
        (CuBlasLibrary? library, string? reason) = CuBlasLibrary.Load([other]);
        Assert.Null(library);
        Assert.Contains($"'{other}' isn't a cuBLAS", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_without_it_use_the_librarys_own_kernels_and_say_why()
    {
        GpuDevice device = fixture.Device;
        using var products = new MatrixProducts(device, method: MatrixMethod.CuBlas);
        if (!device.IsSimulated)
            return;
        Assert.Equal(MatrixMethod.Reproducible, products.Method);
        Assert.Contains("needs a CUDA device", products.WithoutCuBlas, StringComparison.Ordinal);
        using DeviceBuffer<float> a = device.Upload<float>([2]), b = device.Upload<float>([3]), c = device.Allocate<float>(1);
        products.Gemm(false, false, 1, 1, 1, 1f, device.View(a), 1, device.View(b), 1, 0, device.View(c), 1);
        Assert.Equal([6f], c.ToArray());
        using var own = new MatrixProducts(device);
        Assert.Null(own.WithoutCuBlas);
    }

    [Fact]
    public void Types_of_computation_round_only_when_allowed()
    {
        Assert.Equal(68, CuBlasCode.ComputeType(CuBlasCode.TypeOf<float>(), 12000, false));
        Assert.Equal(77, CuBlasCode.ComputeType(CuBlasCode.TypeOf<float>(), 12000, true));
        Assert.Equal(70, CuBlasCode.ComputeType(CuBlasCode.TypeOf<double>(), 12000, true));
        Assert.Equal(68, CuBlasCode.ComputeType(CuBlasCode.TypeOf<ILGPU.Half>(), 13000, true));
        Assert.Equal(68, CuBlasCode.ComputeType(CuBlasCode.TypeOf<BFloat16>(), 11000, false));

        // Version 10 takes the type of an element there.
        Assert.Equal(0, CuBlasCode.ComputeType(CuBlasCode.TypeOf<ILGPU.Half>(), 10200, true));
        Assert.Equal(1, CuBlasCode.ComputeType(CuBlasCode.TypeOf<double>(), 10200, false));
        Assert.Throws<NotSupportedException>(() => CuBlasCode.TypeOf<int>());
    }

    [Fact]
    public void A_failed_call_says_what_failed()
    {
        CuBlasLibrary.Check(0, "cublasCreate_v2");
        DeviceException failed = Assert.Throws<DeviceException>(() => CuBlasLibrary.Check(13, "cublasGemmEx"));
        Assert.Contains("cublasGemmEx", failed.Message, StringComparison.Ordinal);
        Assert.Contains("CUBLAS_STATUS_EXECUTION_FAILED", failed.Message, StringComparison.Ordinal);
        Assert.Throws<DeviceOutOfMemoryException>(() => CuBlasLibrary.Check(3, "cublasCreate_v2"));
        Assert.Contains("status 99", Assert.Throws<DeviceException>(() => CuBlasLibrary.Check(99, "x")).Message, StringComparison.Ordinal);
    }

    /// <summary>The definition of cublasGemmEx for alpha = 1 and beta = 0.</summary>
    private static void ColumnMajorProduct(ColumnMajor g, double[] first, double[] second, double[] result)
    {
        for (int column = 0; column < g.Columns; column++)
        {
            for (int row = 0; row < g.Rows; row++)
            {
                double sum = 0;
                for (int p = 0; p < g.Depth; p++)
                {
                    sum += first[g.TransposeFirst ? p + (row * g.LeadingFirst) : row + (p * g.LeadingFirst)]
                        * second[g.TransposeSecond ? column + (p * g.LeadingSecond) : p + (column * g.LeadingSecond)];
                }

                result[row + (column * g.LeadingResult)] = sum;
            }
        }
    }
}
