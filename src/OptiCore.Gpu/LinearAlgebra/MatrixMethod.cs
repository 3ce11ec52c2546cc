namespace OptiCore.Gpu;

/// <summary>Who computes matrix products on a device.</summary>
public enum MatrixMethod
{
    /// <summary>The library's own kernels: the bits of <c>Blas.Gemm</c>, on every device.</summary>
    Reproducible,

    /// <summary>
    /// cuBLAS where it is installed, in the elements' full precision: faster, most of all for double and half, but the sums are ordered otherwise, so that results differ in the last digits, also
    /// between GPUs and versions. Elsewhere the library's own kernels.
    /// </summary>
    CuBlas,

    /// <summary>Like <see cref="CuBlas"/>, but products of floats may round their factors to 11 bits (TF32), for the tensor cores: relative errors of 1e-3.</summary>
    CuBlasTensorFloat32,
}
