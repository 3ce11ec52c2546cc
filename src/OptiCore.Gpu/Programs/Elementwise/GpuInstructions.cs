using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Makes types of instructions.</summary>
internal static class GpuInstructions
{
    private static readonly Type[] SlotTypes = Named("Slot", 32), PlaceTypes = Named("Place", 64);

    /// <summary>The number of registers.</summary>
    public static int SlotCount => SlotTypes.Length;

    /// <summary>The number of places.</summary>
    public static int PlaceCount => PlaceTypes.Length;

    /// <summary>A register.</summary>
    public static Type Slot(int index) => SlotTypes[index];

    /// <summary>A place.</summary>
    public static Type Place(int index) => PlaceTypes[index];

    /// <summary>The instruction of a function, a row of the tables of element-wise operations.</summary>
    /// <param name="function">The row.</param>
    /// <param name="slots">The registers: of the result, then of the arguments.</param>
    public static Type Of(Type function, ReadOnlySpan<Type> slots)
    {
        if (typeof(IBinary).IsAssignableFrom(function))
            return typeof(Join<,,,>).MakeGenericType(function, slots[0], slots[1], slots[2]);
        var lanes = (Type)function.GetProperty(nameof(IUnary.InLanes))!.GetValue(null)!;
        if (typeof(ILaneFunction2).IsAssignableFrom(lanes))
            return typeof(Map2<,,,>).MakeGenericType(lanes, slots[0], slots[1], slots[2]);
        Type kind = typeof(ILaneExpression).IsAssignableFrom(lanes) ? typeof(Express<,,>) : typeof(IFloatFunction).IsAssignableFrom(lanes) ? typeof(MapFloats<,,>) : typeof(Map<,,>);
        return kind.MakeGenericType(lanes, slots[0], slots[1]);
    }

    /// <summary>All instructions, one after the other, as one. Joined as a tree, because the depth of a type costs more than its size.</summary>
    public static Type Sequence(ReadOnlySpan<Type> instructions) => instructions.Length == 1
        ? instructions[0]
        : typeof(Then<,>).MakeGenericType(Sequence(instructions[..(instructions.Length / 2)]), Sequence(instructions[(instructions.Length / 2)..]));

    private static Type[] Named(string name, int count)
    {
        var types = new Type[count];
        for (int i = 0; i < count; i++)
            types[i] = typeof(GpuInstructions).Assembly.GetType($"OptiCore.Gpu.{name}{i}", throwOnError: true)!;
        return types;
    }
}
