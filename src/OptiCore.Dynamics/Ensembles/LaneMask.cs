using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>A decision for each of eight lanes: all bits of the lane, or none.</summary>
/// <param name="low">Lanes 0 to 3.</param>
/// <param name="high">Lanes 4 to 7.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct LaneMask(Vector256<double> low, Vector256<double> high)
{
    private readonly Vector256<double> _low = low;
    private readonly Vector256<double> _high = high;

    /// <summary>One bit a lane, the first lane's the lowest.</summary>
    public uint Bits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _low.ExtractMostSignificantBits() | (_high.ExtractMostSignificantBits() << 4);
    }

    /// <summary>Where x &lt; y; nowhere where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneMask Less(Real8 x, Real8 y) => new(Vector256.LessThan(x.Low, y.Low), Vector256.LessThan(x.High, y.High));

    /// <summary>Where x &lt;= y; nowhere where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneMask LessOrEqual(Real8 x, Real8 y) => new(Vector256.LessThanOrEqual(x.Low, y.Low), Vector256.LessThanOrEqual(x.High, y.High));

    /// <summary>Where x = y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneMask Equal(Real8 x, Real8 y) => new(Vector256.Equals(x.Low, y.Low), Vector256.Equals(x.High, y.High));

    /// <summary>Where both hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneMask operator &(LaneMask a, LaneMask b) => new(a._low & b._low, a._high & b._high);

    /// <summary>Where either holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneMask operator |(LaneMask a, LaneMask b) => new(a._low | b._low, a._high | b._high);

    /// <summary>Where this holds and the other doesn't.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LaneMask ButNot(LaneMask other) => new(Vector256.AndNot(_low, other._low), Vector256.AndNot(_high, other._high));

    /// <summary>One number where it holds, another elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Real8 Select(Real8 then, Real8 otherwise) =>
        new(Vector256.ConditionalSelect(_low, then.Low, otherwise.Low), Vector256.ConditionalSelect(_high, then.High, otherwise.High));

    /// <summary>The number where it holds, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Real8 OrZero(Real8 x) => new(_low & x.Low, _high & x.High);
}
