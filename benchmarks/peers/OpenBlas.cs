using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>What is called of Debian's libopenblas0-pthread. Row-major through CBLAS; LAPACK itself is column-major.</summary>
internal static unsafe partial class OpenBlas
{
    public const string Library = "libopenblas.so.0";
    public const int RowMajor = 101, NoTranspose = 111, Transpose = 112, Upper = 121, Lower = 122, NonUnit = 131, Unit = 132, Left = 141, Right = 142;

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "cblas_dgemm")]
    public static partial void Gemm(int order, int transposeA, int transposeB, int m, int n, int k, double alpha, double* a, int lda, double* b, int ldb, double beta, double* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    public static partial void Gemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_dgemv")]
    public static partial void Gemv(int order, int transpose, int m, int n, double alpha, double* a, int lda, double* x, int stepX, double beta, double* y, int stepY);

    [LibraryImport(Library, EntryPoint = "cblas_dger")]
    public static partial void Ger(int order, int m, int n, double alpha, double* x, int stepX, double* y, int stepY, double* a, int lda);

    [LibraryImport(Library, EntryPoint = "cblas_dsyrk")]
    public static partial void Syrk(int order, int triangle, int transpose, int n, int k, double alpha, double* a, int lda, double beta, double* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_dtrsm")]
    public static partial void Trsm(int order, int side, int triangle, int transpose, int diagonal, int m, int n, double alpha, double* a, int lda, double* b, int ldb);

    [LibraryImport(Library, EntryPoint = "cblas_dtrsv")]
    public static partial void Trsv(int order, int triangle, int transpose, int diagonal, int n, double* a, int lda, double* x, int step);

    [LibraryImport(Library, EntryPoint = "dposv_")]
    public static partial void Posv(in byte triangle, int* n, int* columns, double* a, int* lda, double* b, int* ldb, int* info);

    [LibraryImport(Library, EntryPoint = "dgesv_")]
    public static partial void Gesv(int* n, int* columns, double* a, int* lda, int* pivots, double* b, int* ldb, int* info);

    [LibraryImport(Library, EntryPoint = "cblas_sgemv")]
    public static partial void Gemv(int order, int transpose, int m, int n, float alpha, float* a, int lda, float* x, int stepX, float beta, float* y, int stepY);

    [LibraryImport(Library, EntryPoint = "cblas_sger")]
    public static partial void Ger(int order, int m, int n, float alpha, float* x, int stepX, float* y, int stepY, float* a, int lda);

    [LibraryImport(Library, EntryPoint = "cblas_ssyrk")]
    public static partial void Syrk(int order, int triangle, int transpose, int n, int k, float alpha, float* a, int lda, float beta, float* c, int ldc);

    [LibraryImport(Library, EntryPoint = "cblas_strsm")]
    public static partial void Trsm(int order, int side, int triangle, int transpose, int diagonal, int m, int n, float alpha, float* a, int lda, float* b, int ldb);

    [LibraryImport(Library, EntryPoint = "cblas_strsv")]
    public static partial void Trsv(int order, int triangle, int transpose, int diagonal, int n, float* a, int lda, float* x, int step);

    [LibraryImport(Library, EntryPoint = "sposv_")]
    public static partial void Posv(in byte triangle, int* n, int* columns, float* a, int* lda, float* b, int* ldb, int* info);

    [LibraryImport(Library, EntryPoint = "sgesv_")]
    public static partial void Gesv(int* n, int* columns, float* a, int* lda, int* pivots, float* b, int* ldb, int* info);
}
