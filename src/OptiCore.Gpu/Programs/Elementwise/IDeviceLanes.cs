using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>What the registers of device threads add to those of the processor: the library's functions of one and two numbers, with the bits that its loops give.</summary>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element.</typeparam>
internal interface IDeviceLanes<TSelf, T> : IVectorLanes<TSelf, T>
    where TSelf : unmanaged, IDeviceLanes<TSelf, T>
    where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
{
    /// <summary>f(x): for floats computed in doubles and rounded once.</summary>
    static abstract TSelf Map<TFunction>(TSelf x) where TFunction : unmanaged, ILaneFunction;

    /// <summary>f(x): for floats in floats where they are usual, else in doubles.</summary>
    static abstract TSelf MapFloats<TFunction>(TSelf x) where TFunction : unmanaged, IFloatFunction;

    /// <summary>f(x, y): for floats computed in doubles and rounded once.</summary>
    static abstract TSelf Map2<TFunction>(TSelf x, TSelf y) where TFunction : unmanaged, ILaneFunction2;
}
