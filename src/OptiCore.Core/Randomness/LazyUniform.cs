using System.Runtime.CompilerServices;

namespace OptiCore.Randomness;

/// <summary>
/// A uniform number of (0, 1) with 64 bits, the lower half of which are read only when a comparison depends on them, which is once in
/// 2^32 comparisons with a fixed number: half the random words of rejection tests, and nothing lost.
/// </summary>
public ref struct LazyUniform
{
    private const double Scale = 1.0 / (1UL << 32);

    private readonly uint _high;
    private double _value;

    /// <summary>Reads the upper half.</summary>
    /// <param name="stream">The stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LazyUniform(ref RandomStream stream) => _high = stream.NextUInt32();

    /// <summary>Whether the number is at least a bound.</summary>
    /// <param name="bound">The bound.</param>
    /// <param name="stream">The stream.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAtLeast(double bound, ref RandomStream stream)
    {
        double low = _high * Scale;
        return low >= bound || (low + Scale > bound && Value(ref stream) >= bound);
    }

    /// <summary>The number; reads the lower half at the first call.</summary>
    /// <param name="stream">The stream.</param>
    public double Value(ref RandomStream stream)
    {
        // 0 is no value of the open interval: it marks that the lower half hasn't been read.
        if (_value == 0)
            _value = (_high + ((stream.NextUInt32() + 0.5) * Scale)) * Scale;
        return _value;
    }
}
