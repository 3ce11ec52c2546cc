using System.Runtime.InteropServices;

namespace OptiCore.Peers;

/// <summary>What is called of Debian's libsundials-dev: CVODE with dense Newton iterations for stiff problems and fixed-point iterations for others, error weights from one absolute tolerance.</summary>
internal static unsafe partial class Cvode
{
    private const string Library = "libsundials_cvode.so", Vectors = "libsundials_nvecserial.so", Matrices = "libsundials_sunmatrixdense.so";
    private const string Linear = "libsundials_sunlinsoldense.so", FixedPoint = "libsundials_sunnonlinsolfixedpoint.so";

    /// <summary>Integrates from t0 to t1 and writes the state at t1 over y.</summary>
    public static void Solve(
        bool isStiff,
        delegate* unmanaged[Cdecl]<double, nint, nint, void*, int> function,
        delegate* unmanaged[Cdecl]<double, nint, nint, nint, void*, nint, nint, nint, int> jacobian,
        double t0,
        double t1,
        double relative,
        double absolute,
        Span<double> y)
    {
        fixed (double* data = y)
        {
            Check(CreateContext(null, out nint context));
            nint state = MakeVector(y.Length, data, context), memory = Create(isStiff ? 2 : 1, context), matrix = 0, solver = 0;
            Check(Init(memory, function, t0, state));
            Check(Tolerances(memory, relative, absolute));
            Check(SetMaxSteps(memory, 1_000_000));
            if (isStiff)
            {
                matrix = DenseMatrix(y.Length, y.Length, context);
                solver = DenseSolver(state, matrix, context);
                Check(SetLinearSolver(memory, solver, matrix));
                Check(SetJacobian(memory, jacobian));
            }
            else
            {
                solver = FixedPointSolver(state, 0, context);
                Check(SetNonlinearSolver(memory, solver));
            }

            double reached;
            Check(SetStopTime(memory, t1));
            Check(Run(memory, t1, state, &reached, 1));
            Free(&memory);
            if (isStiff)
            {
                FreeLinear(solver);
                FreeMatrix(matrix);
            }
            else
                FreeNonlinear(solver);
            FreeVector(state);
            FreeContext(&context);
        }
    }

    [LibraryImport(Vectors, EntryPoint = "N_VGetArrayPointer")]
    public static partial double* Data(nint vector);

    [LibraryImport(Matrices, EntryPoint = "SUNDenseMatrix_Data")]
    public static partial double* MatrixData(nint matrix);

    private static void Check(int code)
    {
        if (code < 0)
            throw new InvalidOperationException($"CVODE failed with {code}.");
    }

    [LibraryImport(Library, EntryPoint = "SUNContext_Create")]
    private static partial int CreateContext(void* communicator, out nint context);

    [LibraryImport(Library, EntryPoint = "SUNContext_Free")]
    private static partial int FreeContext(nint* context);

    [LibraryImport(Vectors, EntryPoint = "N_VMake_Serial")]
    private static partial nint MakeVector(long length, double* data, nint context);

    [LibraryImport(Vectors, EntryPoint = "N_VDestroy")]
    private static partial void FreeVector(nint vector);

    [LibraryImport(Library, EntryPoint = "CVodeCreate")]
    private static partial nint Create(int family, nint context);

    [LibraryImport(Library, EntryPoint = "CVodeInit")]
    private static partial int Init(nint memory, delegate* unmanaged[Cdecl]<double, nint, nint, void*, int> function, double t0, nint y0);

    [LibraryImport(Library, EntryPoint = "CVodeSStolerances")]
    private static partial int Tolerances(nint memory, double relative, double absolute);

    [LibraryImport(Library, EntryPoint = "CVodeSetMaxNumSteps")]
    private static partial int SetMaxSteps(nint memory, long count);

    [LibraryImport(Library, EntryPoint = "CVodeSetStopTime")]
    private static partial int SetStopTime(nint memory, double time);

    [LibraryImport(Matrices, EntryPoint = "SUNDenseMatrix")]
    private static partial nint DenseMatrix(long rows, long columns, nint context);

    [LibraryImport(Matrices, EntryPoint = "SUNMatDestroy")]
    private static partial void FreeMatrix(nint matrix);

    [LibraryImport(Linear, EntryPoint = "SUNLinSol_Dense")]
    private static partial nint DenseSolver(nint y, nint matrix, nint context);

    [LibraryImport(Linear, EntryPoint = "SUNLinSolFree")]
    private static partial int FreeLinear(nint solver);

    [LibraryImport(FixedPoint, EntryPoint = "SUNNonlinSol_FixedPoint")]
    private static partial nint FixedPointSolver(nint y, int acceleration, nint context);

    [LibraryImport(FixedPoint, EntryPoint = "SUNNonlinSolFree")]
    private static partial int FreeNonlinear(nint solver);

    [LibraryImport(Library, EntryPoint = "CVodeSetLinearSolver")]
    private static partial int SetLinearSolver(nint memory, nint solver, nint matrix);

    [LibraryImport(Library, EntryPoint = "CVodeSetNonlinearSolver")]
    private static partial int SetNonlinearSolver(nint memory, nint solver);

    [LibraryImport(Library, EntryPoint = "CVodeSetJacFn")]
    private static partial int SetJacobian(nint memory, delegate* unmanaged[Cdecl]<double, nint, nint, nint, void*, nint, nint, nint, int> jacobian);

    [LibraryImport(Library, EntryPoint = "CVode")]
    private static partial int Run(nint memory, double until, nint y, double* reached, int task);

    [LibraryImport(Library, EntryPoint = "CVodeFree")]
    private static partial void Free(nint* memory);
}
