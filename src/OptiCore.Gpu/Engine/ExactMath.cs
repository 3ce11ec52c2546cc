using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace OptiCore.Gpu;

/// <summary>
/// Arithmetic that is rounded once and to nearest on every device, so that kernels give the bits of the processor: no product is joined with a sum unasked, no sum is reordered, division and square
/// root are exact to the last bit, numbers below the smallest normal one are kept.
/// </summary>
/// <remarks>
/// ILGPU writes <c>a * b + c</c> in a form that the driver's compiler fuses, and simplifies chains of constants. These methods are opaque to it: for CUDA each is one instruction with its rounding
/// named (<c>mul.rn.f32</c>), which is never fused (PTX ISA, section on rounding modifiers); for OpenCL, whose compilers may contract, a product is <c>fma(a, b, -0)</c>, which is the product rounded
/// once, zeros' signs included. On ILGPU's CPU accelerator they are what is written here.
/// </remarks>
public static class ExactMath
{
    // For OpenCL an argument stands between the pieces. A float's quotient and root may be wrong by 3 units in the last place there; rounded from those of doubles, which may not, they are right, as a
    // double has more than twice a float's digits.
    private static readonly (string Name, string Ptx, string[] OpenClSingle, string[] OpenClDouble)[] Operations =
    [
        (nameof(Add), "add.rn", ["", " + ", ""], ["", " + ", ""]),
        (nameof(Subtract), "sub.rn", ["", " - ", ""], ["", " - ", ""]),
        (nameof(Multiply), "mul.rn", ["fma(", ", ", ", -0.0f)"], ["fma(", ", ", ", -0.0)"]),
        (nameof(Divide), "div.rn", ["(float)((double)", " / (double)", ")"], ["", " / ", ""]),
        (nameof(Sqrt), "sqrt.rn", ["(float)sqrt((double)", ")"], ["sqrt(", ")"]),
        (nameof(FusedMultiplyAdd), "fma.rn", ["fma(", ", ", ", ", ")"], ["fma(", ", ", ", ", ")"]),
        (nameof(Less), "set.lt.u32", ["(uint)-(", " < ", ")"], ["(uint)-(", " < ", ")"]),
        (nameof(AreEqual), "set.eq.u32", ["(uint)-(", " == ", ")"], ["(uint)-(", " == ", ")"]),
    ];

    /// <summary>a + b.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    [IntrinsicImplementation]
    public static float Add(float a, float b) => a + b;

    /// <inheritdoc cref="Add(float, float)"/>
    [IntrinsicImplementation]
    public static double Add(double a, double b) => a + b;

    /// <summary>a - b.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    [IntrinsicImplementation]
    public static float Subtract(float a, float b) => a - b;

    /// <inheritdoc cref="Subtract(float, float)"/>
    [IntrinsicImplementation]
    public static double Subtract(double a, double b) => a - b;

    /// <summary>a b.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    [IntrinsicImplementation]
    public static float Multiply(float a, float b) => a * b;

    /// <inheritdoc cref="Multiply(float, float)"/>
    [IntrinsicImplementation]
    public static double Multiply(double a, double b) => a * b;

    /// <summary>a / b.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    [IntrinsicImplementation]
    public static float Divide(float a, float b) => a / b;

    /// <inheritdoc cref="Divide(float, float)"/>
    [IntrinsicImplementation]
    public static double Divide(double a, double b) => a / b;

    /// <summary>The square root of a; NaN below 0.</summary>
    /// <param name="a">The number.</param>
    [IntrinsicImplementation]
    public static float Sqrt(float a) => MathF.Sqrt(a);

    /// <inheritdoc cref="Sqrt(float)"/>
    [IntrinsicImplementation]
    public static double Sqrt(double a) => Math.Sqrt(a);

    /// <summary>a b + c with one rounding.</summary>
    /// <param name="a">The first factor.</param>
    /// <param name="b">The second factor.</param>
    /// <param name="c">The summand.</param>
    [IntrinsicImplementation]
    public static float FusedMultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <inheritdoc cref="FusedMultiplyAdd(float, float, float)"/>
    [IntrinsicImplementation]
    public static double FusedMultiplyAdd(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    /// <summary>All bits where a &lt; b, else none; none where either is NaN.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    /// <remarks>ILGPU puts constants of comparisons on the right and makes comparisons with NaN true in doing so; not of these.</remarks>
    [IntrinsicImplementation]
    public static uint Less(float a, float b) => a < b ? ~0u : 0;

    /// <inheritdoc cref="Less(float, float)"/>
    [IntrinsicImplementation]
    public static uint Less(double a, double b) => a < b ? ~0u : 0;

    /// <summary>All bits where a = b, else none; none where either is NaN.</summary>
    /// <param name="a">The first number.</param>
    /// <param name="b">The second number.</param>
    [IntrinsicImplementation]
    public static uint AreEqual(float a, float b) => a == b ? ~0u : 0;

    /// <inheritdoc cref="AreEqual(float, float)"/>
    [IntrinsicImplementation]
    public static uint AreEqual(double a, double b) => a == b ? ~0u : 0;

    /// <summary>Tells a context how each operation is written for CUDA and OpenCL.</summary>
    internal static void Register(Context context)
    {
        IntrinsicImplementationManager manager = context.GetIntrinsicManager();
        foreach ((string name, _, _, _) in Operations)
        {
            foreach (MethodInfo method in typeof(ExactMath).GetMember(name, MemberTypes.Method, BindingFlags.Public | BindingFlags.Static))
            {
                manager.RegisterMethod(method, new PTXIntrinsic(typeof(ExactMath), nameof(WritePtx), IntrinsicImplementationMode.GenerateCode));
                manager.RegisterMethod(method, new CLIntrinsic(typeof(ExactMath), nameof(WriteOpenCl), IntrinsicImplementationMode.GenerateCode));
            }
        }
    }

    private static int Find(Value value)
    {
        string name = ((MethodCall)value).Target.Source.Name;
        return Array.FindIndex(Operations, operation => operation.Name == name);
    }

    private static void WritePtx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var arguments = new PTXRegisterAllocator.PrimitiveRegister[value.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = generator.LoadPrimitive(value[i]);
        PTXRegisterAllocator.HardwareRegister result = generator.AllocateHardware(value);
        using PTXCodeGenerator.CommandEmitter command = generator.BeginCommand(Operations[Find(value)].Ptx + (value[0].BasicValueType == BasicValueType.Float32 ? ".f32" : ".f64"));
        command.AppendArgument(result);
        foreach (PTXRegisterAllocator.PrimitiveRegister argument in arguments)
            command.AppendArgument(argument);
    }

    private static void WriteOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        string[] pieces = value[0].BasicValueType == BasicValueType.Float32 ? Operations[Find(value)].OpenClSingle : Operations[Find(value)].OpenClDouble;
        var arguments = new VariableAllocator.Variable[value.Count];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = generator.Load(value[i]);
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(generator.Allocate(value));
        statement.AppendCommand(pieces[0]);

        // Constants that are whole are written as integers, for which OpenCL has no functions.
        string cast = value[0].BasicValueType == BasicValueType.Float32 ? "(float)" : "(double)";
        for (int i = 0; i < arguments.Length; i++)
        {
            statement.AppendCommand(cast);
            statement.Append(arguments[i]);
            statement.AppendCommand(pieces[i + 1]);
        }
    }
}
