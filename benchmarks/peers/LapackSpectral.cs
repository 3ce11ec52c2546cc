using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>The spectral drivers of LAPACK inside OpenBLAS: Fortran, column-major, everything by reference, with workspace queries.</summary>
internal static unsafe partial class LapackSpectral
{
    [LibraryImport(OpenBlas.Library, EntryPoint = "dsyevd_")]
    public static partial void SymmetricEigen(byte* vectors, byte* triangle, int* n, double* a, int* lda, double* w, double* work, int* lwork, int* iwork, int* liwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "ssyevd_")]
    public static partial void SymmetricEigen(byte* vectors, byte* triangle, int* n, float* a, int* lda, float* w, float* work, int* lwork, int* iwork, int* liwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dgesdd_")]
    public static partial void Svd(byte* job, int* m, int* n, double* a, int* lda, double* s, double* u, int* ldu, double* vt, int* ldvt, double* work, int* lwork, int* iwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "sgesdd_")]
    public static partial void Svd(byte* job, int* m, int* n, float* a, int* lda, float* s, float* u, int* ldu, float* vt, int* ldvt, float* work, int* lwork, int* iwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dgeev_")]
    public static partial void GeneralEigen(byte* left, byte* right, int* n, double* a, int* lda, double* wr, double* wi, double* vl, int* ldvl, double* vr, int* ldvr, double* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "sgeev_")]
    public static partial void GeneralEigen(byte* left, byte* right, int* n, float* a, int* lda, float* wr, float* wi, float* vl, int* ldvl, float* vr, int* ldvr, float* work, int* lwork, int* info);
}
