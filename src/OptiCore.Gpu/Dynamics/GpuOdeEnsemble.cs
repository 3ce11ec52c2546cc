using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Dynamics;
using OptiCore.Solving;

namespace OptiCore.Gpu;

/// <summary>What came out of the integrations of an ensemble, in the device's memory: element k of trajectory i at k count + i.</summary>
public sealed class GpuOdeResult : IDisposable
{
    private readonly GpuBuffer<double> _finalStates, _finalTimes, _states;
    private readonly GpuBuffer<int> _savedCounts, _reasons;
    private readonly GpuBuffer<long> _steps;
    private readonly double[] _times;

    internal GpuOdeResult(GpuDevice device, int count, int dimension, ReadOnlySpan<double> times)
    {
        Count = count;
        Dimension = dimension;
        _times = times.ToArray();
        _finalStates = device.Allocate<double>((long)dimension * count);
        _finalTimes = device.Allocate<double>(count);
        _states = device.Allocate<double>((long)times.Length * dimension * count);
        _states.Clear();
        _savedCounts = device.Allocate<int>(count);
        _reasons = device.Allocate<int>(count);
        _steps = device.Allocate<long>(2L * count);
    }

    /// <summary>The number of trajectories.</summary>
    public int Count { get; }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The times that were asked for.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>The state of each trajectory where it ended, n x count.</summary>
    public DeviceBuffer<double> FinalStates => _finalStates;

    /// <summary>The last time that each trajectory reached.</summary>
    public DeviceBuffer<double> FinalTimes => _finalTimes;

    /// <summary>The states at <see cref="Times"/>, times x n x count; 0 behind the last time that a trajectory reached.</summary>
    public DeviceBuffer<double> States => _states;

    /// <summary>How many of <see cref="Times"/> each trajectory reached.</summary>
    public DeviceBuffer<int> SavedCounts => _savedCounts;

    /// <summary>Why each trajectory ended: an <see cref="OdeStopReason"/>.</summary>
    public DeviceBuffer<int> Reasons => _reasons;

    /// <summary>The accepted steps of each trajectory, then the rejected ones.</summary>
    public DeviceBuffer<long> Steps => _steps;

    internal GpuBuffer<double> FinalStateBuffer => _finalStates;

    internal GpuBuffer<double> FinalTimeBuffer => _finalTimes;

    internal GpuBuffer<double> StateBuffer => _states;

    internal GpuBuffer<int> SavedCountBuffer => _savedCounts;

    internal GpuBuffer<int> ReasonBuffer => _reasons;

    internal GpuBuffer<long> StepBuffer => _steps;

    /// <summary>This result if every trajectory reached the end. Waits for the device.</summary>
    /// <exception cref="SolverException">One didn't; the message names the first and says why.</exception>
    public GpuOdeResult EnsureCompleted()
    {
        int[] reasons = _reasons.ToArray();
        for (int i = 0; i < reasons.Length; i++)
        {
            if (((OdeStopReason)reasons[i]).Status() != RunStatus.Completed)
                throw new SolverException(FormattableString.Invariant($"Trajectory {i} ended early: {(OdeStopReason)reasons[i]}."));
        }

        return this;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _finalStates.Dispose();
        _finalTimes.Dispose();
        _states.Dispose();
        _savedCounts.Dispose();
        _reasons.Dispose();
        _steps.Dispose();
    }
}

/// <summary>
/// Integrates many trajectories of one system on a device, one a thread, each with its own start, parameters and steps, by an explicit Runge-Kutta method of the processor's tableaux, with adaptive or fixed steps.
/// </summary>
/// <remarks>
/// <para>With a given first step, or fixed ones, the numbers are those of <see cref="OdeEnsemble"/>, bit for bit but for the sign of zeros, if the system's formula is: the same sums in the same order, the same controller. A first step
/// that is chosen takes a power from the library's functions here and from the runtime's there, whose last digits may differ, so that the results agree within the tolerance of the method.</para>
/// <para>One launch. Stages lie in registers: for many components (above six) or stages there are too few of them. A stage that isn't finite rejects its step even where its weight is 0. Trajectories of neighbouring threads should take
/// about as many steps, because a warp goes on until its last one ends.</para>
/// </remarks>
public static class GpuOdeEnsemble
{
    /// <summary>Solves an ensemble of initial value problems whose starts lie on the host.</summary>
    /// <typeparam name="TSystem">The system.</typeparam>
    /// <typeparam name="TState">The state, n elements.</typeparam>
    /// <typeparam name="TParameters">The parameters, m elements.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="method">The method: a tableau of at most six stages, besides the next step's first.</param>
    /// <param name="system">The right-hand side.</param>
    /// <param name="starts">The states at the start, count x n, row-major, finite.</param>
    /// <param name="parameters">The parameters: count x m, row-major, or m for all of them.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, only the ends are kept.</param>
    /// <exception cref="ArgumentException">Lengths don't agree, a number isn't finite, or the times aren't ordered inside the interval.</exception>
    /// <exception cref="InvalidOperationException">The tableau has no error estimate, and no fixed step is set.</exception>
    /// <exception cref="NotSupportedException">The tableau is too large for registers.</exception>
    public static GpuOdeResult Solve<TSystem, TState, TParameters>(
        GpuDevice device, ExplicitRungeKutta method, TSystem system, ReadOnlySpan<double> starts, ReadOnlySpan<double> parameters, (double Start, double End) span, ReadOnlySpan<double> saveAt = default)
        where TSystem : unmanaged, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters>
    {
        ArgumentNullException.ThrowIfNull(device);
        Require.AllFinite(starts, nameof(starts));
        using DeviceBuffer<double> from = device.Upload<double>(Columns(starts, TState.Length, nameof(starts))), values = device.Upload<double>(Columns(parameters, TParameters.Length, nameof(parameters)));
        return Solve<TSystem, TState, TParameters>(device, method, system, from, values, span, saveAt);
    }

    /// <summary>Solves an ensemble of initial value problems whose starts lie on the device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="method">The method: a tableau of at most six stages, besides the next step's first.</param>
    /// <param name="system">The right-hand side.</param>
    /// <param name="starts">The states at the start, n x count, finite.</param>
    /// <param name="parameters">The parameters: m x count, or m for all of them.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, only the ends are kept.</param>
    /// <inheritdoc cref="Solve{TSystem, TState, TParameters}(GpuDevice, ExplicitRungeKutta, TSystem, ReadOnlySpan{double}, ReadOnlySpan{double}, ValueTuple{double, double}, ReadOnlySpan{double})"/>
    public static GpuOdeResult Solve<TSystem, TState, TParameters>(
        GpuDevice device, ExplicitRungeKutta method, TSystem system, DeviceBuffer<double> starts, DeviceBuffer<double> parameters, (double Start, double End) span, ReadOnlySpan<double> saveAt = default)
        where TSystem : unmanaged, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters>
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(method);
        method.EnsureSteps();
        Require.Finite(span.Start, nameof(span));
        Require.Finite(span.End, nameof(span));
        Ode.CheckTimes(saveAt, span.Start, span.End);
        ArrayView<double> from = device.View(starts), values = device.View(parameters);
        int n = TState.Length, m = TParameters.Length, count = checked((int)(from.Length / n));
        if (from.Length % n != 0)
            throw new ArgumentException(FormattableString.Invariant($"starts has {from.Length} elements, not a multiple of the dimension {n}."), nameof(starts));
        if (values.Length != m && values.Length != (long)m * count)
            throw new ArgumentException(FormattableString.Invariant($"parameters has {values.Length} elements, neither {m} nor {(long)m * count}."), nameof(parameters));
        if (!method.AbsoluteTolerances.IsEmpty)
            Require.Length(method.AbsoluteTolerances.Length, n, nameof(OdeMethod.AbsoluteTolerances));

        var tableau = DeviceTableau.Of(method.Tableau);
        using DeviceBuffer<double> times = device.Upload(saveAt);
        var solve = device.Kernel<Action<
            AcceleratorStream, KernelConfig, TSystem, DeviceTableau, OdeSettings, TState, long, ArrayView<double>, ArrayView<double>, ArrayView<double>,
            ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<int>, ArrayView<long>>>(OdeKernels.Solve<TSystem, TState, TParameters>);
        var result = new GpuOdeResult(device, count, n, saveAt);
        solve(
            device.Native(null), device.Shape(count), system, tableau, Settings(method, span, n), Tolerances<TState>(method), count, from, values, device.View(times),
            result.FinalStateBuffer.View, result.FinalTimeBuffer.View, result.StateBuffer.View, result.SavedCountBuffer.View, result.ReasonBuffer.View, result.StepBuffer.View);
        return result;
    }

    private static OdeSettings Settings(ExplicitRungeKutta method, (double Start, double End) span, int dimension)
    {
        double retry = -0.5 / method.Tableau.ErrorOrder;
        return new OdeSettings
        {
            Start = span.Start,
            End = span.End,
            Direction = span.End >= span.Start ? 1 : -1,
            FirstStep = method.FixedStep ?? method.InitialStep ?? 0,
            MaxStep = method.MaxStep,
            MaxSteps = method.MaxSteps,
            Relative = method.RelativeTolerance,
            InverseDimension = 1.0 / dimension,
            Safety = method.Controller.Safety,
            MinFactor = method.Controller.MinFactor,
            MaxFactor = method.Controller.MaxFactor,
            Power1 = retry * method.Controller.Beta1,
            Power2 = retry * method.Controller.Beta2,
            Power3 = retry * method.Controller.Beta3,
            RetryPower = retry,
            ErrorExponent = 1.0 / method.Tableau.ErrorOrder,
            IsAdaptive = method.FixedStep is null ? 1 : 0,
        };
    }

    /// <summary>The absolute tolerances as a state, whose memory is its elements in order.</summary>
    private static unsafe TState Tolerances<TState>(OdeMethod method) where TState : unmanaged, IDeviceVector<TState>
    {
        TState tolerances = default;
        var elements = new Span<double>(&tolerances, TState.Length);
        if (method.AbsoluteTolerances.IsEmpty)
            elements.Fill(method.AbsoluteTolerance);
        else
            method.AbsoluteTolerances.Span.CopyTo(elements);
        return tolerances;
    }

    /// <summary>Rows of a matrix as its columns.</summary>
    private static double[] Columns(ReadOnlySpan<double> rows, int length, string name)
    {
        if (rows.Length % length != 0)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {rows.Length} elements, not a multiple of {length}."), name);
        int count = rows.Length / length;
        double[] columns = new double[rows.Length];
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < length; k++)
                columns[(k * count) + i] = rows[(i * length) + k];
        }

        return columns;
    }
}
