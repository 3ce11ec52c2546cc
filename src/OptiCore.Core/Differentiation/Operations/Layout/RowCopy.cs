using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>Copies of rows of tensors.</summary>
internal static unsafe class RowCopy
{
    // Elements of a row up to which a loop over registers beats the runtime's copy.
    private const int Short = 64;

    /// <summary>Copies a row; a short one, such as a head's part of the features or a gate of a cell, is over before a call for any length has begun.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<T>(T* source, T* target, int n) where T : unmanaged
    {
        int i = 0;
        if (n > Short)
        {
            new ReadOnlySpan<T>(source, n).CopyTo(new Span<T>(target, n));
            return;
        }

        for (; i <= n - Vector<T>.Count; i += Vector<T>.Count)
            Vector.Store(Vector.Load(source + i), target + i);
        for (; i < n; i++)
            target[i] = source[i];
    }
}
