using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace OptiCore.Gpu.Tests;

public sealed class PtxTests
{
    private static readonly KernelCompiler Compiler = new(
        _ => { },
        context => new PTXBackend(context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null!));

    public static TheoryData<int> Kernels => [.. Enumerable.Range(0, KernelTable.All.Count)];

    /// <summary>The PTX of a kernel. With the environment variable OPTICORE_PTX it is also written to that folder, for an assembler, under its number in the table.</summary>
    internal static string Compile(MethodInfo kernel)
    {
        lock (Compiler)
        {
            string ptx = ((PTXCompiledKernel)Compiler.Compile(kernel)).PTXAssembly;
            if (Environment.GetEnvironmentVariable("OPTICORE_PTX") is { Length: > 0 } folder)
                File.WriteAllText(Path.Combine(folder, $"{kernel.DeclaringType!.Name}.{kernel.Name}.{KernelTable.All.ToList().IndexOf(kernel)}.ptx"), $"// {string.Join(", ", kernel.GetGenericArguments().Select(type => type.ToString()))}\n{ptx}");
            return ptx;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_kernel_compiles_for_CUDA_and_calls_nothing_that_is_not_there(int kernel)
    {
        string ptx = Compile(KernelTable.All[kernel]);

        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".extern .func", ptx, StringComparison.Ordinal);

        // ILGPU folds a condition that becomes 1 or 0 and then a floating-point number to the bits of the integer: written 1.0 : 0.0 it doesn't.
        Assert.DoesNotMatch("selp[^;]*(0d0000000000000001|0f00000001)", ptx);

        // Hardware's approximations, of which nothing states the error for all arguments.
        foreach (string approximate in (string[])["ex2.approx", "lg2.approx", "sin.approx", "cos.approx", "tanh.approx", "rcp.approx", "rsqrt.approx", "sqrt.approx", "div.full", "div.approx"])
            Assert.DoesNotContain(approximate, ptx, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_marked_kernel_is_in_the_table()
    {
        HashSet<MethodInfo> known = [.. KernelTable.All.Select(method => method.IsGenericMethod ? method.GetGenericMethodDefinition() : method)];
        string[] missing = [.. KernelTable.Marked().Where(method => !known.Contains(method.IsGenericMethod ? method.GetGenericMethodDefinition() : method)).Select(method => $"{method.DeclaringType!.Name}.{method.Name}")];

        Assert.Empty(missing);
    }
}
