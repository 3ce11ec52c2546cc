using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>A function of rare arguments that takes more than the operations of lanes, such as products of long integers, and so one lane at a time.</summary>
internal interface IOneLane
{
    /// <summary>f(x).</summary>
    /// <typeparam name="S">A register of one lane.</typeparam>
    static abstract S Of<S>(S x) where S : struct, ILanes<S, double>;
}

/// <summary><see cref="ILanes{TSelf, T}.OneByOne"/> for the processor's registers.</summary>
internal static class OneByOne
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static L Of<TFunction, L>(L x, L usual, L result)
        where TFunction : struct, IOneLane
        where L : struct, IVectorLanes<L, double>
    {
        Span<double> buffer = stackalloc double[3 * L.Count];
        x.Store(ref buffer[0], 0);
        usual.Store(ref buffer[L.Count], 0);
        result.Store(ref buffer[2 * L.Count], 0);
        for (int i = 0; i < L.Count; i++)
        {
            if (BitConverter.DoubleToInt64Bits(buffer[L.Count + i]) == 0)
                buffer[(2 * L.Count) + i] = TFunction.Of(new Lanes1<double>(buffer[i])).Value;
        }

        return L.Load(ref buffer[2 * L.Count], 0);
    }
}
