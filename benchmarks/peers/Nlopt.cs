using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>What is called of Debian's libnlopt0.</summary>
internal static unsafe partial class Nlopt
{
    public const string Library = "libnlopt.so.0";

    [LibraryImport(Library, EntryPoint = "nlopt_algorithm_from_string", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Algorithm(string name);

    [LibraryImport(Library, EntryPoint = "nlopt_create")]
    public static partial nint Create(int algorithm, uint n);

    [LibraryImport(Library, EntryPoint = "nlopt_destroy")]
    public static partial void Destroy(nint optimizer);

    [LibraryImport(Library, EntryPoint = "nlopt_set_min_objective")]
    public static partial int SetObjective(nint optimizer, delegate* unmanaged[Cdecl]<uint, double*, double*, void*, double> function, void* data);

    [LibraryImport(Library, EntryPoint = "nlopt_set_maxeval")]
    public static partial int SetMaxEvaluations(nint optimizer, int count);

    [LibraryImport(Library, EntryPoint = "nlopt_set_vector_storage")]
    public static partial int SetMemory(nint optimizer, uint pairs);

    [LibraryImport(Library, EntryPoint = "nlopt_optimize")]
    public static partial int Optimize(nint optimizer, double* x, double* value);
}
