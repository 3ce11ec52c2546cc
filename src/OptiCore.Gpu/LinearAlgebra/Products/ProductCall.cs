using ILGPU;

namespace OptiCore.Gpu;

/// <summary>The checked arguments of products C = alpha op(A) op(B) + beta C, row-major.</summary>
/// <typeparam name="S">The element of A and B.</typeparam>
/// <typeparam name="T">The element of C, in which is computed.</typeparam>
internal struct ProductCall<S, T>
    where S : unmanaged
    where T : unmanaged
{
    public int Count;
    public bool TransposeA;
    public bool TransposeB;
    public int Rows;
    public int Columns;
    public int Depth;
    public T Alpha;
    public ArrayView<S> A;
    public int LeadingA;
    public long StrideA;
    public ArrayView<S> B;
    public int LeadingB;
    public long StrideB;
    public T Beta;
    public ArrayView<T> C;
    public int LeadingC;
    public long StrideC;
}
