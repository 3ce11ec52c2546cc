using System.Buffers;

namespace OptiCore.Fourier;

/// <summary>Work memory from the shared pool for the duration of a call.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal readonly unsafe ref struct Workspace<T> : IDisposable where T : unmanaged
{
    private const int Alignment = 64;

    private readonly T[] _rented;

    public Workspace(int length) => _rented = ArrayPool<T>.Shared.Rent(length + (Alignment / sizeof(T)));

    public Span<T> Span => _rented;

    /// <summary>The first element at a cache line; the workspace is long enough for that.</summary>
    public static T* Align(T* pointer) => (T*)(((nuint)pointer + (Alignment - 1)) & ~(nuint)(Alignment - 1));

    public void Dispose() => ArrayPool<T>.Shared.Return(_rented);
}
