using System.Runtime.InteropServices;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>NVIDIA's library of matrix products as it is installed, and the functions of it that are called.</summary>
/// <remarks>Names, values and signatures after cublas_api.h and library_types.h of CUDA 10 to 13.</remarks>
internal sealed unsafe class CuBlasLibrary
{
    private static readonly Lazy<(CuBlasLibrary? Library, string? Reason)> Installed = new(static () => Load(Names));

    private CuBlasLibrary(nint library)
    {
        Create = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cublasDestroy_v2");
        GetVersion = (delegate* unmanaged<nint, int*, int>)NativeLibrary.GetExport(library, "cublasGetVersion_v2");
        SetStream = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        SetMathMode = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "cublasSetMathMode");
        Gemm = (delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, void*, int, int, void*, void*, int, int, int, int, int>)NativeLibrary.GetExport(library, "cublasGemmEx");
        GemmStridedBatched = (delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, long, void*, int, int, long, void*, void*, int, int, long, int, int, int, int>)
            NativeLibrary.GetExport(library, "cublasGemmStridedBatchedEx");
    }

    /// <summary>cublasCreate_v2(handle).</summary>
    public delegate* unmanaged<nint*, int> Create { get; }

    /// <summary>cublasDestroy_v2(handle).</summary>
    public delegate* unmanaged<nint, int> Destroy { get; }

    /// <summary>cublasGetVersion_v2(handle, version).</summary>
    public delegate* unmanaged<nint, int*, int> GetVersion { get; }

    /// <summary>cublasSetStream_v2(handle, stream).</summary>
    public delegate* unmanaged<nint, nint, int> SetStream { get; }

    /// <summary>cublasSetMathMode(handle, mode).</summary>
    public delegate* unmanaged<nint, int, int> SetMathMode { get; }

    /// <summary>cublasGemmEx(handle, transa, transb, m, n, k, alpha, A, Atype, lda, B, Btype, ldb, beta, C, Ctype, ldc, computeType, algo).</summary>
    public delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, void*, int, int, void*, void*, int, int, int, int, int> Gemm { get; }

    /// <summary>cublasGemmStridedBatchedEx(handle, transa, transb, m, n, k, alpha, A, Atype, lda, strideA, B, Btype, ldb, strideB, beta, C, Ctype, ldc, strideC, batchCount, computeType, algo).</summary>
    public delegate* unmanaged<nint, int, int, int, int, int, void*, void*, int, int, long, void*, int, int, long, void*, void*, int, int, long, int, int, int, int> GemmStridedBatched { get; }

    /// <summary>The file names under which versions 13 to 10 are installed, the newest first.</summary>
    internal static string[] Names => OperatingSystem.IsWindows()
        ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll", "cublas64_10.dll"]
        : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so.10"];

    /// <summary>The library, or null and the reason.</summary>
    public static CuBlasLibrary? Find(out string? reason)
    {
        (CuBlasLibrary? library, reason) = Installed.Value;
        return library;
    }

    /// <summary>Loads the first of some files that is there.</summary>
    internal static (CuBlasLibrary? Library, string? Reason) Load(ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
                continue;
            try
            {
                return (new CuBlasLibrary(library), null);
            }
            catch (EntryPointNotFoundException e)
            {
                NativeLibrary.Free(library);
                return (null, $"'{name}' isn't a cuBLAS of version 10 or later: {e.Message}");
            }
        }

        return (null, $"cuBLAS isn't installed: none of {string.Join(", ", names!)} was found. It comes with NVIDIA's CUDA toolkit.");
    }

    /// <summary>Throws unless a call went well.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">What was called.</param>
    public static void Check(int status, string call)
    {
        if (status == CuBlasCode.Success)
            return;
        string meaning = CuBlasCode.Meaning(status);
        throw status == CuBlasCode.AllocFailed
            ? new DeviceOutOfMemoryException($"{call} of cuBLAS failed: {meaning}.")
            : new DeviceException($"{call} of cuBLAS failed: {meaning}.");
    }
}
