using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>A loop over elements that is written once for every register's width; usually a <c>ref struct</c> that refers to the elements.</summary>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
public interface ILanePass<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Runs over the elements.</summary>
    /// <typeparam name="TLanes">The register.</typeparam>
    void Run<TLanes>() where TLanes : struct, ILanes<TLanes, T>;
}

/// <summary>Runs loops over elements with the registers of this processor.</summary>
public static class LanePass
{
    /// <summary>Runs a loop with the widest registers there are: 512 bits with AVX-512F, two of 256 bits at a time on every other processor with vectors, one element elsewhere.</summary>
    /// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TPass">The loop.</typeparam>
    /// <param name="pass">The loop.</param>
    public static void Run<T, TPass>(ref TPass pass)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TPass : struct, ILanePass<T>, allows ref struct
    {
        if (Avx512F.IsSupported)
            pass.Run<Lanes512<T>>();
        else if (Vector128.IsHardwareAccelerated)
            pass.Run<TwoLanes<Lanes256<T>, T>>();
        else
            pass.Run<Lanes1<T>>();
    }
}
