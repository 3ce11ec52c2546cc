using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The state of an element-wise rule or chain, and the one loop over memory. Slots are rows of one array.
/// </summary>
internal sealed unsafe class LaneState<T, TLane> : RuleState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TLane : struct, ILane<T>
{
    /// <summary>Rows are padded to whole registers of the widest kind, 64 bytes, so that one layout serves every machine.</summary>
    private const int RowAlignment = 64;

    /// <summary>
    /// What is added between rows, 17 cache lines, so that the rows of a vector whose length is a power of two don't lie at the same offset of every page: the loads of one
    /// row would wait for the stores of another, and all rows would compete for the same sets of the cache.
    /// </summary>
    private const int RowSkew = 17 * 64;

    /// <summary>
    /// The elements of one piece of parallel work: a multiple of every register's width. Large enough to hide the cost of handing it out
    /// (tens of microseconds of work), small enough to share a vector of a million among sixteen cores.
    /// </summary>
    private const int PieceLength = 1 << 16;

    private readonly ILaneSource<T, TLane> _rule;
    private readonly T[] _slots;
    private readonly int _origin;
    private readonly double[] _scalars;
    private readonly int _stride;
    private readonly Action<int> _stepPiece;
    private readonly Action<int> _transformPiece;

    // The arguments of the pass in progress, for the pieces that other threads do.
    private TLane _lane;
    private T* _parameters;
    private T* _update;

    public LaneState(ILaneSource<T, TLane> rule, ParameterLayout layout)
        : base(layout)
    {
        _rule = rule;
        SlotCount = rule.SlotCount;
        _scalars = new double[rule.ScalarCount];
        int step = RowAlignment / sizeof(T);
        _stride = ((Length + step - 1) / step * step) + (Length * sizeof(T) >= RowSkew ? RowSkew / sizeof(T) : 0);

        // Rows begin on cache lines, which needs an array that doesn't move: a register that straddles two lines is loaded and stored twice.
        _slots = GC.AllocateArray<T>(checked((_stride * SlotCount) + step), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_slots));
        _origin = (int)((RowAlignment - (address % RowAlignment)) % RowAlignment) / sizeof(T);
        for (int slot = 0; slot < SlotCount; slot++)
            _slots.AsSpan(_origin + (slot * _stride), _stride).Fill(T.CreateTruncating(rule.InitialValue(slot)));
        _stepPiece = StepPiece;
        _transformPiece = TransformPiece;
    }

    /// <inheritdoc/>
    public override int SlotCount { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<T> Slot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, SlotCount);
        return Row(slot);
    }

    /// <inheritdoc/>
    public override bool UsesCurvature => _rule.CurvatureSlot >= 0;

    /// <inheritdoc/>
    public override ReadOnlySpan<T> EvaluationPoint(ReadOnlySpan<T> parameters) => _rule.EvaluationSlot >= 0 && Steps > 0 ? Row(_rule.EvaluationSlot) : parameters;

    /// <inheritdoc/>
    protected override void ReportCurvatureCore(ReadOnlySpan<T> estimate) =>
        Elements.Average(Row(_rule.CurvatureSlot), T.CreateTruncating(_rule.CurvatureMemory), T.CreateTruncating(1 - _rule.CurvatureMemory), estimate);

    /// <inheritdoc/>
    protected override void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
    {
        TLane lane = Prepare(gradient, workers);
        if (workers.Count == 1 || Length <= PieceLength)
        {
            Run<Subtracted>(in lane, ref MemoryMarshal.GetReference(gradient), ref MemoryMarshal.GetReference(parameters), 0, Length);
            return;
        }

        fixed (T* x = parameters, g = gradient)
            InParallel(lane, x, g, _stepPiece, workers);
    }

    /// <inheritdoc/>
    protected override void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers)
    {
        TLane lane = Prepare(update, workers);
        if (workers.Count == 1 || Length <= PieceLength)
        {
            Run<Kept>(in lane, ref MemoryMarshal.GetReference(update), ref MemoryMarshal.GetReference(parameters), 0, Length);
            return;
        }

        fixed (T* x = parameters, u = update)
            InParallel(lane, x, u, _transformPiece, workers);
    }

    /// <inheritdoc/>
    protected override void PersistCore(StateArchive archive)
    {
        // The padding is left out: what it holds depends on the width of the machine's registers.
        archive.Expect(SlotCount, "slots");
        archive.Transfer<double>(_scalars);
        for (int slot = 0; slot < SlotCount; slot++)
            archive.Transfer(Row(slot));
    }

    /// <summary>A slot that the rule's own state writes, between passes.</summary>
    internal Span<T> Row(int slot) => _slots.AsSpan(_origin + (slot * _stride), Length);

    private TLane Prepare(ReadOnlySpan<T> update, IWorkers workers) => _rule.Prepare(new StepContext<T>
    {
        Step = Steps,
        RateScale = RateScale,
        UpdateNorm = _rule.NeedsUpdateNorm ? Reduce.Norm(update, workers) : T.NaN,
        Scalars = _scalars,
    });

    private void InParallel(in TLane lane, T* parameters, T* update, Action<int> piece, IWorkers workers)
    {
        _lane = lane;
        _parameters = parameters;
        _update = update;
        workers.ForEach((Length + PieceLength - 1) / PieceLength, piece);
        _parameters = _update = null;
    }

    private void StepPiece(int piece) =>
        Run<Subtracted>(in _lane, ref *_update, ref *_parameters, piece * PieceLength, Math.Min(PieceLength, Length - (piece * PieceLength)));

    private void TransformPiece(int piece) =>
        Run<Kept>(in _lane, ref *_update, ref *_parameters, piece * PieceLength, Math.Min(PieceLength, Length - (piece * PieceLength)));

    private void Run<TOutcome>(in TLane lane, ref readonly T update, ref readonly T parameters, int from, int count)
        where TOutcome : struct, IOutcome
    {
        var pass = new Pass<TOutcome>(
            in lane,
            ref Unsafe.Add(ref Unsafe.AsRef(in update), from),
            ref Unsafe.Add(ref Unsafe.AsRef(in parameters), from),
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), _origin + from),
            _stride * (nint)sizeof(T),
            count);
        LanePass.Run<T, Pass<TOutcome>>(ref pass);
    }

    /// <summary>The loop: loads parameters and update of a register of elements, applies the lane, stores the outcome.</summary>
    private readonly ref struct Pass<TOutcome> : ILanePass<T>
        where TOutcome : struct, IOutcome
    {
        private readonly ref readonly TLane _lane;
        private readonly ref T _update;
        private readonly ref T _parameters;
        private readonly ref T _slots;
        private readonly nint _strideBytes;
        private readonly int _count;

        public Pass(ref readonly TLane lane, ref T update, ref T parameters, ref T slots, nint strideBytes, int count)
        {
            _lane = ref lane;
            _update = ref update;
            _parameters = ref parameters;
            _slots = ref slots;
            _strideBytes = strideBytes;
            _count = count;
        }

        public void Run<TLanes>() where TLanes : struct, ILanes<TLanes, T>
        {
            // By reference: constants are spread over registers where they are loaded, which costs the arithmetic units nothing; from a copy in registers it would (measured: a tenth of the time).
            ref TLane lane = ref Unsafe.AsRef(in _lane);
            ref T u = ref _update;
            ref T x = ref _parameters;
            ref T slots = ref _slots;
            nint stride = _strideBytes;
            int count = _count;
            nint i = 0;
            for (; i <= count - TLanes.Count; i += TLanes.Count)
            {
                var parameter = TLanes.Load(ref x, (nuint)i);
                var cursor = new SlotCursor<TLanes>(ref Unsafe.As<T, TLanes>(ref Unsafe.Add(ref slots, i)), stride);
                TLanes result = lane.Apply(TLanes.Load(ref u, (nuint)i), parameter, ref cursor);
                TOutcome.Store(parameter, result, ref Unsafe.Add(ref x, i), ref Unsafe.Add(ref u, i));
            }

            if (i < count)
                Tail<TLanes>(ref Unsafe.Add(ref u, i), ref Unsafe.Add(ref x, i), ref Unsafe.Add(ref slots, i), (int)(count - i));
        }

        /// <summary>The elements after the last whole register, through registers filled up with zeros and the same lane: every element gets the same operations.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Tail<TLanes>(ref T update, ref T parameters, ref T slots, int count) where TLanes : struct, ILanes<TLanes, T>
        {
            TLanes u = default, x = default;
            ref T firstUpdate = ref Unsafe.As<TLanes, T>(ref u);
            ref T firstParameter = ref Unsafe.As<TLanes, T>(ref x);
            MemoryMarshal.CreateSpan(ref update, count).CopyTo(MemoryMarshal.CreateSpan(ref firstUpdate, count));
            MemoryMarshal.CreateSpan(ref parameters, count).CopyTo(MemoryMarshal.CreateSpan(ref firstParameter, count));
            var cursor = new SlotCursor<TLanes>(ref Unsafe.As<T, TLanes>(ref slots), _strideBytes);
            TLanes result = _lane.Apply(u, x, ref cursor);
            TOutcome.Store(x, result, ref firstParameter, ref firstUpdate);
            TOutcome.Copy(MemoryMarshal.CreateSpan(ref firstParameter, count), MemoryMarshal.CreateSpan(ref firstUpdate, count), ref parameters, ref update);
        }
    }

    /// <summary>Where the result of the lane goes; resolved by the compiler.</summary>
    private interface IOutcome
    {
        static abstract void Store<TLanes>(TLanes parameter, TLanes result, ref T parameters, ref T update) where TLanes : struct, ILanes<TLanes, T>;

        static abstract void Copy(ReadOnlySpan<T> x, ReadOnlySpan<T> u, ref T parameters, ref T update);
    }

    /// <summary>A step: the result is subtracted from the parameters; the gradient is only read.</summary>
    private readonly struct Subtracted : IOutcome
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TLanes>(TLanes parameter, TLanes result, ref T parameters, ref T update) where TLanes : struct, ILanes<TLanes, T> =>
            (parameter - result).Store(ref parameters, 0);

        public static void Copy(ReadOnlySpan<T> x, ReadOnlySpan<T> u, ref T parameters, ref T update) => x.CopyTo(MemoryMarshal.CreateSpan(ref parameters, x.Length));
    }

    /// <summary>A transformation: the result replaces the update; the parameters are only read.</summary>
    private readonly struct Kept : IOutcome
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TLanes>(TLanes parameter, TLanes result, ref T parameters, ref T update) where TLanes : struct, ILanes<TLanes, T> =>
            result.Store(ref update, 0);

        public static void Copy(ReadOnlySpan<T> x, ReadOnlySpan<T> u, ref T parameters, ref T update) => u.CopyTo(MemoryMarshal.CreateSpan(ref update, u.Length));
    }
}
