using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>What all lanes of a device share, for one number.</summary>
internal static class ScalarMath
{
    /// <summary>The larger number; NaN if either is NaN; of two zeros the positive one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b)
    {
        // Of equal numbers only zeros differ, in the sign, which the common bits leave out; NaN survives a sum.
        float larger = ExactMath.Less(b, a) != 0 ? a : b;
        larger = ExactMath.AreEqual(a, b) != 0 ? Interop.IntAsFloat(Interop.FloatAsInt(a) & Interop.FloatAsInt(b)) : larger;
        return (ExactMath.AreEqual(a, a) & ExactMath.AreEqual(b, b)) != 0 ? larger : ExactMath.Add(a, b);
    }

    /// <inheritdoc cref="Max(float, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(double a, double b)
    {
        double larger = ExactMath.Less(b, a) != 0 ? a : b;
        larger = ExactMath.AreEqual(a, b) != 0 ? Interop.IntAsFloat(Interop.FloatAsInt(a) & Interop.FloatAsInt(b)) : larger;
        return (ExactMath.AreEqual(a, a) & ExactMath.AreEqual(b, b)) != 0 ? larger : ExactMath.Add(a, b);
    }

    /// <summary>The result of a comparison as a double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Mask(uint bits) => Interop.IntAsFloat((ulong)(long)(int)bits);

    /// <summary>True if a comparison's result is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSet(float mask) => Interop.FloatAsInt(mask) != 0;

    /// <inheritdoc cref="IsSet(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSet(double mask) => Interop.FloatAsInt(mask) != 0;

    /// <summary>The bits of a where the mask's are set, of b elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Select(float mask, float a, float b)
    {
        uint bits = Interop.FloatAsInt(mask);
        return Interop.IntAsFloat((bits & Interop.FloatAsInt(a)) | (~bits & Interop.FloatAsInt(b)));
    }

    /// <inheritdoc cref="Select(float, float, float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Select(double mask, double a, double b)
    {
        ulong bits = Interop.FloatAsInt(mask);
        return Interop.IntAsFloat((bits & Interop.FloatAsInt(a)) | (~bits & Interop.FloatAsInt(b)));
    }
}

/// <summary>Members of lanes that read and write the processor's memory, which kernels don't do: they use views.</summary>
internal static class OnTheProcessor
{
    public static NotSupportedException Only() => new("Lanes of a device are loaded from views.");
}
