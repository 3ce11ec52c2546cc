using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using OptiCore.Randomness;

namespace OptiCore.Gpu;

/// <summary>The product of two 32-bit words as one instruction, <c>mul.wide.u32</c>, where ILGPU would widen both factors and multiply 64 by 64 bits, which takes several.</summary>
internal readonly struct WideProduct : IWideProduct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(uint a, uint b) => Multiply(a, b);

    /// <summary>a b with all 64 bits.</summary>
    [IntrinsicImplementation]
    public static ulong Multiply(uint a, uint b) => Math.BigMul(a, b);

    /// <summary>Tells a context how the product is written for CUDA and OpenCL.</summary>
    public static void Register(Context context)
    {
        MethodInfo method = typeof(WideProduct).GetMethod(nameof(Multiply))!;
        context.GetIntrinsicManager().RegisterMethod(method, new PTXIntrinsic(typeof(WideProduct), nameof(WritePtx), IntrinsicImplementationMode.GenerateCode));
        context.GetIntrinsicManager().RegisterMethod(method, new CLIntrinsic(typeof(WideProduct), nameof(WriteOpenCl), IntrinsicImplementationMode.GenerateCode));
    }

    private static void WritePtx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        PTXRegisterAllocator.HardwareRegister a = generator.EnsureHardwareRegister(generator.LoadPrimitive(value[0]));
        PTXRegisterAllocator.PrimitiveRegister b = generator.LoadPrimitive(value[1]);
        PTXRegisterAllocator.HardwareRegister result = generator.AllocateHardware(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand("mul.wide.u32");
        command.AppendArgument(result);
        command.AppendArgument(a);
        command.AppendArgument(b);
    }

    private static void WriteOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        VariableAllocator.Variable a = generator.Load(value[0]), b = generator.Load(value[1]);
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(generator.Allocate(value));
        statement.AppendCommand("(ulong)(uint)");
        statement.Append(a);
        statement.AppendCommand(" * (ulong)(uint)");
        statement.Append(b);
    }
}
