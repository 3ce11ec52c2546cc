using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>LAPACK as OpenBLAS carries it: Fortran, column-major, everything by pointer. Lengths of character arguments are left out, which its ABI allows for one character.</summary>
internal static unsafe partial class Lapack
{
    [LibraryImport(OpenBlas.Library, EntryPoint = "dpotrf_")]
    public static partial void Potrf(byte* triangle, int* n, double* a, int* lda, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "spotrf_")]
    public static partial void Potrf(byte* triangle, int* n, float* a, int* lda, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dgetrf_")]
    public static partial void Getrf(int* m, int* n, double* a, int* lda, int* pivots, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "sgetrf_")]
    public static partial void Getrf(int* m, int* n, float* a, int* lda, int* pivots, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dgeqrf_")]
    public static partial void Geqrf(int* m, int* n, double* a, int* lda, double* tau, double* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "sgeqrf_")]
    public static partial void Geqrf(int* m, int* n, float* a, int* lda, float* tau, float* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dgeqp3_")]
    public static partial void Geqp3(int* m, int* n, double* a, int* lda, int* permutation, double* tau, double* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "sgeqp3_")]
    public static partial void Geqp3(int* m, int* n, float* a, int* lda, int* permutation, float* tau, float* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "dsytrf_")]
    public static partial void Sytrf(byte* triangle, int* n, double* a, int* lda, int* pivots, double* work, int* lwork, int* info);

    [LibraryImport(OpenBlas.Library, EntryPoint = "ssytrf_")]
    public static partial void Sytrf(byte* triangle, int* n, float* a, int* lda, int* pivots, float* work, int* lwork, int* info);
}
