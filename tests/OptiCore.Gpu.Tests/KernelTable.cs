using System.Reflection;

namespace OptiCore.Gpu.Tests;

/// <summary>The kernels of one family, with the types with which the library launches them.</summary>
internal interface IKernelRows
{
    /// <summary>The methods, generic ones with their arguments.</summary>
    static abstract IEnumerable<MethodInfo> Rows { get; }
}

/// <summary>All kernels.</summary>
internal static class KernelTable
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<MethodInfo> All { get; } = Collect();

    /// <summary>A kernel of a type, which may be generic, by name.</summary>
    public static MethodInfo Of(Type type, string name, params Type[] arguments)
    {
        MethodInfo method = type.GetMethod(name, Any) ?? throw new ArgumentException($"'{type.Name}' has no kernel '{name}'.");
        return arguments.Length == 0 ? method : method.MakeGenericMethod(arguments);
    }

    /// <summary>The marked methods of the library.</summary>
    public static IEnumerable<MethodInfo> Marked() =>
        typeof(GpuDevice).Assembly.GetTypes().SelectMany(type => type.GetMethods(Any)).Where(method => method.GetCustomAttribute<KernelAttribute>() is not null);

    private static List<MethodInfo> Collect()
    {
        var all = new List<MethodInfo>();
        foreach (Type type in typeof(KernelTable).Assembly.GetTypes())
        {
            if (type.IsClass && typeof(IKernelRows).IsAssignableFrom(type))
                all.AddRange((IEnumerable<MethodInfo>)type.GetProperty(nameof(IKernelRows.Rows))!.GetValue(null)!);
        }

        return all;
    }
}
