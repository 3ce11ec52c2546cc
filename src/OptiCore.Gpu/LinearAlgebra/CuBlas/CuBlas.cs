using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>cuBLAS on one stream of a CUDA device.</summary>
/// <remarks>Its handle belongs to the device's context, which is made current in the calling thread before each call.</remarks>
internal sealed unsafe class CuBlas : IDisposable
{
    private readonly GpuDevice _device;
    private readonly CuBlasLibrary _library;
    private readonly int _version;
    private nint _handle;

    private CuBlas(GpuDevice device, CuBlasLibrary library, nint stream)
    {
        _device = device;
        _library = library;
        nint handle;
        device.Accelerator.Bind();
        CuBlasLibrary.Check(library.Create(&handle), "cublasCreate_v2");
        _handle = handle;
        try
        {
            int version;
            CuBlasLibrary.Check(library.GetVersion(handle, &version), "cublasGetVersion_v2");
            _version = version;
            CuBlasLibrary.Check(library.SetStream(handle, stream), "cublasSetStream_v2");
            CuBlasLibrary.Check(library.SetMathMode(handle, CuBlasCode.DefaultMath), "cublasSetMathMode");
        }
        catch (DeviceException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>cuBLAS on a stream, or null and the reason why not.</summary>
    public static CuBlas? TryCreate(GpuDevice device, AcceleratorStream stream, out string? reason)
    {
        if (stream is not CudaStream cuda)
        {
            reason = $"cuBLAS needs a CUDA device, which '{device.Name}' isn't.";
            return null;
        }

        if (CuBlasLibrary.Find(out reason) is not { } library)
            return null;
        try
        {
            return new CuBlas(device, library, cuda.StreamPtr);
        }
        catch (DeviceException e)
        {
            reason = e.Message;
            return null;
        }
    }

    /// <summary>Puts products that aren't empty on the stream.</summary>
    /// <param name="call">The products.</param>
    /// <param name="mayRound">Whether factors in float may be rounded to 11 bits.</param>
    public void Run<S, T>(in ProductCall<S, T> call, bool mayRound)
        where S : unmanaged
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        var g = ColumnMajor.Of(call);
        int transposeFirst = g.TransposeFirst ? CuBlasCode.Transposed : CuBlasCode.AsStored, transposeSecond = g.TransposeSecond ? CuBlasCode.Transposed : CuBlasCode.AsStored;
        int element = CuBlasCode.TypeOf<S>(), result = CuBlasCode.TypeOf<T>(), compute = CuBlasCode.ComputeType(element, _version, mayRound);
        void* first = (void*)call.B.LoadEffectiveAddressAsPtr(), second = (void*)call.A.LoadEffectiveAddressAsPtr(), c = (void*)call.C.LoadEffectiveAddressAsPtr();
        T alpha = call.Alpha, beta = call.Beta;
        _device.Accelerator.Bind();
        if (call.Count == 1)
        {
            int status = _library.Gemm(
                _handle, transposeFirst, transposeSecond, g.Rows, g.Columns, g.Depth, &alpha, first, element, g.LeadingFirst, second, element, g.LeadingSecond,
                &beta, c, result, g.LeadingResult, compute, CuBlasCode.DefaultAlgorithm);
            CuBlasLibrary.Check(status, "cublasGemmEx");
        }
        else
        {
            int status = _library.GemmStridedBatched(
                _handle, transposeFirst, transposeSecond, g.Rows, g.Columns, g.Depth, &alpha, first, element, g.LeadingFirst, call.StrideB, second, element, g.LeadingSecond, call.StrideA,
                &beta, c, result, g.LeadingResult, call.StrideC, call.Count, compute, CuBlasCode.DefaultAlgorithm);
            CuBlasLibrary.Check(status, "cublasGemmStridedBatchedEx");
        }
    }

    public void Dispose()
    {
        if (_handle == 0)
            return;
        nint handle = _handle;
        _handle = 0;

        // With the device its context went, and with that the handle.
        if (_device.Accelerator.IsDisposed)
            return;
        _device.Accelerator.Bind();
        _ = _library.Destroy(handle);
    }
}
