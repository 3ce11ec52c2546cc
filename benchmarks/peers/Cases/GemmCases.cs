using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>C = A B of square matrices.</summary>
internal static class GemmCases
{
    private static readonly int[] Sizes = [2, 4, 8, 12, 16, 32, 64, 128, 256, 512, 1024, 2048];

    public static IEnumerable<PeerCase> All =>
    [
        .. Sizes.Select(n => new PeerCase($"gemm double n={n}", "OpenBLAS", () => Double(n))),
        .. Sizes.Select(n => new PeerCase($"gemm float n={n}", "OpenBLAS", () => Single(n))),
    ];

    private static unsafe Contest Double(int n)
    {
        double[] a = new double[n * n], b = new double[n * n], c = new double[n * n], d = new double[n * n];
        RandomFill.Normal(RandomKey.FromSeed(1), a);
        RandomFill.Normal(RandomKey.FromSeed(2), b);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => Blas.Multiply<double>(a, b, c, n, n, n),
            new Native(() =>
            {
                fixed (double* pa = a, pb = b, pd = d)
                    OpenBlas.Gemm(OpenBlas.RowMajor, OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, n, n, 1, pa, n, pb, n, 0, pd, n);
            }));
    }

    private static unsafe Contest Single(int n)
    {
        float[] a = new float[n * n], b = new float[n * n], c = new float[n * n], d = new float[n * n];
        RandomFill.Normal(RandomKey.FromSeed(1), a);
        RandomFill.Normal(RandomKey.FromSeed(2), b);
        OpenBlas.SetThreads(1);
        return new Contest(
            () => Blas.Multiply<float>(a, b, c, n, n, n),
            new Native(() =>
            {
                fixed (float* pa = a, pb = b, pd = d)
                    OpenBlas.Gemm(OpenBlas.RowMajor, OpenBlas.NoTranspose, OpenBlas.NoTranspose, n, n, n, 1, pa, n, pb, n, 0, pd, n);
            }));
    }
}
