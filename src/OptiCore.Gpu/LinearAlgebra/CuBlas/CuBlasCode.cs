using System.Globalization;

namespace OptiCore.Gpu;

/// <summary>The numbers that cuBLAS takes and returns, after cublas_api.h and library_types.h.</summary>
internal static class CuBlasCode
{
    /// <summary>CUBLAS_STATUS_SUCCESS.</summary>
    public const int Success = 0;

    /// <summary>CUBLAS_STATUS_ALLOC_FAILED.</summary>
    public const int AllocFailed = 3;

    /// <summary>CUBLAS_OP_N.</summary>
    public const int AsStored = 0;

    /// <summary>CUBLAS_OP_T.</summary>
    public const int Transposed = 1;

    /// <summary>CUDA_R_32F.</summary>
    public const int Single = 0;

    /// <summary>CUDA_R_64F.</summary>
    public const int Double = 1;

    /// <summary>CUDA_R_16F.</summary>
    public const int Half = 2;

    /// <summary>CUDA_R_16BF.</summary>
    public const int BFloat16 = 14;

    /// <summary>CUBLAS_COMPUTE_32F: products and sums in float; from version 11 on.</summary>
    public const int ComputeSingle = 68;

    /// <summary>CUBLAS_COMPUTE_64F.</summary>
    public const int ComputeDouble = 70;

    /// <summary>CUBLAS_COMPUTE_32F_FAST_TF32: factors rounded to 11 bits.</summary>
    public const int ComputeTensorFloat32 = 77;

    /// <summary>CUBLAS_DEFAULT_MATH.</summary>
    public const int DefaultMath = 0;

    /// <summary>CUBLAS_GEMM_DEFAULT.</summary>
    public const int DefaultAlgorithm = -1;

    /// <summary>The version from which on the type of the computation is one of <c>CUBLAS_COMPUTE</c>; before, it is the type of an element.</summary>
    public const int ComputeTypesFrom = 11000;

    /// <summary>The name and meaning of a status.</summary>
    public static string Meaning(int status) => status switch
    {
        Success => "CUBLAS_STATUS_SUCCESS",
        1 => "CUBLAS_STATUS_NOT_INITIALIZED, the library couldn't be started, which happens when the driver is too old for it or the device has no memory left",
        AllocFailed => "CUBLAS_STATUS_ALLOC_FAILED, there is no memory left",
        7 => "CUBLAS_STATUS_INVALID_VALUE, an argument isn't allowed",
        8 => "CUBLAS_STATUS_ARCH_MISMATCH, the device can't do this",
        11 => "CUBLAS_STATUS_MAPPING_ERROR, the device's memory couldn't be reached",
        13 => "CUBLAS_STATUS_EXECUTION_FAILED, the work failed on the device",
        14 => "CUBLAS_STATUS_INTERNAL_ERROR, an operation inside the library failed",
        15 => "CUBLAS_STATUS_NOT_SUPPORTED, this version can't do this on this device",
        16 => "CUBLAS_STATUS_LICENSE_ERROR, the licence couldn't be checked",
        _ => "status " + status.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The type of an element.</summary>
    /// <exception cref="NotSupportedException">cuBLAS has no such type.</exception>
    public static int TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? Single
        : typeof(T) == typeof(double) ? Double
        : typeof(T) == typeof(ILGPU.Half) ? Half
        : typeof(T) == typeof(BFloat16) ? BFloat16
        : throw new NotSupportedException($"cuBLAS isn't called for elements of {typeof(T).Name}.");

    /// <summary>How a product is computed.</summary>
    /// <param name="element">The type of A and B.</param>
    /// <param name="version">The version of the library, as it gives it.</param>
    /// <param name="mayRound">Whether factors in float may be rounded.</param>
    public static int ComputeType(int element, int version, bool mayRound)
    {
        if (version < ComputeTypesFrom)
            return element == Double ? Double : Single;
        return element == Double ? ComputeDouble : element == Single && mayRound ? ComputeTensorFloat32 : ComputeSingle;
    }
}
