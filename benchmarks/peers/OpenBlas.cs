using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>What is called of Debian's libopenblas0-pthread. Row-major through CBLAS; LAPACK itself is column-major.</summary>
internal static unsafe partial class OpenBlas
{
    public const string Library = "libopenblas.so.0";
    public const int RowMajor = 101, NoTranspose = 111, Transpose = 112;

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "cblas_dgemm")]
    public static partial void Gemm(int order, int transposeA, int transposeB, int m, int n, int k, double alpha, double* a, int lda, double* b, int ldb, double beta, double* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    public static partial void Gemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
