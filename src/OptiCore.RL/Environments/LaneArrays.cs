using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.RL.Environments;

/// <summary>What the environments that step several at a time share: one number of each environment in one array, read as vectors.</summary>
/// <remarks>
/// Arrays are padded to a multiple of the widest vector, so that there is no remainder loop. What a lane computes depends on that lane alone, and nothing is fused, so that
/// all vector widths give the same bits; what the padding holds is never seen.
/// </remarks>
internal static class LaneArrays
{
    /// <summary>The number of environments that pass through all stages of a step before the next ones: their intermediate results stay in the first-level cache.</summary>
    public const int Chunk = 128;

    private const int Padding = 8;

    /// <summary>An array with room for the given number of environments.</summary>
    public static double[] Create(int count) => new double[checked(count + Padding - 1) / Padding * Padding];

    /// <summary>An array with room for the intermediate results of a chunk.</summary>
    public static double[] CreateScratch(int count) => Create(Math.Min(count, Chunk));

    /// <summary>The part of an array that a chunk with the given first environment covers, padding included.</summary>
    public static Span<double> ChunkOf(double[] values, int first) => values.AsSpan(first, Math.Min(Chunk, values.Length - first));

    /// <summary>A whole number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<Vector<double>> Vectors(Span<double> values) => MemoryMarshal.Cast<double, Vector<double>>(values);

    /// <summary>Each lane within [low, high]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Clamp(Vector<double> x, Vector<double> low, Vector<double> high)
    {
        x = Vector.ConditionalSelect(Vector.GreaterThan(x, high), high, x);
        return Vector.ConditionalSelect(Vector.LessThan(x, low), low, x);
    }
}
