using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Makes a multi-start of any solver: <c>MultiStart.Over(new LbfgsB { Bounds = box })</c>.</summary>
public static class MultiStart
{
    /// <summary>A multi-start over a solver; what that needs of the function, this needs.</summary>
    /// <typeparam name="TFunction">What the solver needs of the function.</typeparam>
    /// <param name="solver">The solver.</param>
    public static MultiStart<TFunction> Over<TFunction>(ISolver<double, TFunction> solver) where TFunction : IProblem<double> => new(solver);
}

/// <summary>
/// Runs any solver from several points side by side and keeps the best: for functions with several minima whose derivatives a local solver uses well. All runs ask together, so that the
/// workers of the run evaluate them at once, and the result has the same bits for any number of workers.
/// </summary>
/// <typeparam name="TFunction">What the solver needs of the function.</typeparam>
/// <param name="Solver">The solver.</param>
/// <remarks>
/// <para>The first run starts at the given point, the others at points of a Sobol sequence, scrambled by the run's key, in <see cref="StartBox"/>, or in the solver's bounds where these are finite. A. H. G. Rinnooy Kan and
/// G. T. Timmer (1987), Stochastic global optimization methods, Math. Program. 39, 27-78, part I, on multistart: each start finds the minimum whose basin it lies in, so m starts miss a basin of the part
/// q of the box with probability (1 - q)^m.</para>
/// <para>An iteration is one answer to every run that still goes on and asks for the same kind of values; Jacobians, Hessians and Hessian products are asked for one run at a time. A run ends by its own
/// criteria (<see cref="ISolver{T, TFunction}.Stopping"/>), the whole when all have ended: converged when the best of them did. With constraints, the best is the one of the smallest value among those that satisfy
/// them, else the one of the smallest violation.</para>
/// </remarks>
[Algorithm("Multi-start", "Random search", "Rinnooy Kan, Timmer (1987), Stochastic global optimization methods, part I", Capabilities = "wraps any solver")]
public sealed record MultiStart<TFunction>(ISolver<double, TFunction> Solver) : ISolver<double, TFunction>, IBoundedSolver
    where TFunction : IProblem<double>
{
    /// <summary>The solver.</summary>
    public ISolver<double, TFunction> Solver { get; init => field = Require.NotNull(value, nameof(Solver)); } = Require.NotNull(Solver);

    /// <summary>The number of runs. Default: 16.</summary>
    public int Starts { get; init => field = Require.Positive(value); } = 16;

    /// <summary>Where the runs start; finite. Default: null, the solver's bounds.</summary>
    public Bounds? StartBox { get; init => field = value is null or { AreFinite: true } ? value : throw new ArgumentOutOfRangeException(nameof(StartBox), value, $"{nameof(StartBox)} must be finite."); }

    /// <inheritdoc/>
    public Bounds? Bounds => (Solver as IBoundedSolver)?.Bounds;

    /// <summary>None: each run ends by its own.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are several starts, but neither a box for them nor finite bounds.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        int n = shape.Dimension;
        double[] points = new double[Starts * n];
        if (Starts > 1)
        {
            Box box = Box.Finite(StartBox ?? Bounds, n, "Multi-start with several starts");
            new Sobol(n, key.Fold("starts")).Fill(points);
            for (int i = 0; i < points.Length; i++)
                points[i] = Math.Clamp(box.Lower[i % n] + ((box.Upper[i % n] - box.Lower[i % n]) * points[i]), box.Lower[i % n], box.Upper[i % n]);
            Bounds?.CopyTo<double>(box.Lower, box.Upper);
            for (int i = 0; Bounds is not null && i < points.Length; i++)
                points[i] = Math.Clamp(points[i], box.Lower[i % n], box.Upper[i % n]);
        }

        start.CopyTo(points);
        var runs = new SolverState<double>[Starts];
        for (int i = 0; i < Starts; i++)
            runs[i] = Solver.Start(shape, points.AsSpan(i * n, n), key.Fold(i));
        return new MultiStartState(runs, Solver.Stopping, shape);
    }
}

/// <summary>The runs of a multi-start, which share the questions.</summary>
internal sealed class MultiStartState : SolverState<double>
{
    private readonly SolverState<double>[] _runs;
    private readonly StoppingRules _stopping;
    private readonly StopReason[] _reasons;
    private readonly bool[] _asked, _started;
    private readonly bool _oneByOne;
    private int _best;

    public MultiStartState(SolverState<double>[] runs, StoppingRules stopping, ProblemShape shape)
        : base(new Query<double>(shape, runs[0].Query.EverNeeds, Capacity(runs)))
    {
        _runs = runs;
        _oneByOne = IsOneByOne(runs);
        _stopping = stopping;
        _reasons = new StopReason[runs.Length];
        _asked = new bool[runs.Length];
        _started = new bool[runs.Length];
        Gather();
    }

    public override ReadOnlySpan<double> Point => _runs[_best].Point;

    public override double Value => _runs[_best].Value;

    public override double GradientNorm => _runs[_best].GradientNorm;

    public override double ConstraintViolation => _runs[_best].ConstraintViolation;

    public override ReadOnlySpan<double> Multipliers => _runs[_best].Multipliers;

    public override ReadOnlySpan<double> BoundMultipliers => _runs[_best].BoundMultipliers;

    public override string? Describe(StopReason reason) => _runs[_best].Describe(reason);

    public override Advance Tell()
    {
        int at = 0;
        bool iterated = false;
        for (int i = 0; i < _runs.Length; i++)
        {
            if (!_asked[i])
                continue;
            SolverState<double> run = _runs[i];
            Scatter(run.Query, at);
            at += run.Query.Count;
            run.Query.Complete();
            bool lost = !_started[i] && run.Query.Count == 1 && !run.Query.IsFinite();
            Advance advance = lost ? Advance.Stop(StopReason.NonFiniteStart) : run.Tell();
            StopReason reason = advance.Reason;
            if (reason == StopReason.None && (!_started[i] || advance.IsIteration) && !(run.ConstraintViolation > _stopping.FeasibilityTolerance))
                reason = _stopping.Check(run.GradientNorm, _started[i] ? run.ValueChange : double.NaN, run.Value, _started[i] ? run.StepNorm : double.NaN);
            _started[i] = true;
            _reasons[i] = reason;
            iterated = true;
        }

        FindBest();
        if (Gather())
            return iterated ? Advance.Iteration : Advance.Continue;
        return Advance.Stop(_reasons[_best], iterated: true);
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(ref _best);
        archive.Transfer<StopReason>(_reasons);
        archive.Transfer<bool>(_asked);
        archive.Transfer<bool>(_started);
        foreach (SolverState<double> run in _runs)
        {
            archive.Transfer(run.Query);
            archive.Transfer(run);
        }
    }

    /// <summary>Jacobians and Hessians are asked for one point at a time.</summary>
    private static bool IsOneByOne(SolverState<double>[] runs) => (runs[0].Query.EverNeeds & (Oracle.Jacobian | Oracle.ConstraintJacobian | Oracle.LagrangianHessian)) != 0;

    private static int Capacity(SolverState<double>[] runs)
    {
        if (IsOneByOne(runs))
            return 1;
        int capacity = 0;
        foreach (SolverState<double> run in runs)
            capacity = checked(capacity + run.Query.Capacity);
        return capacity;
    }

    /// <summary>The best iterate; of equal ones the one that ended well, then the first.</summary>
    private void FindBest()
    {
        for (int i = 0; i < _runs.Length; i++)
        {
            double value = _runs[i].Value, best = _runs[_best].Value;
            double excess = Math.Max(0, _runs[i].ConstraintViolation - _stopping.FeasibilityTolerance), bestExcess = Math.Max(0, _runs[_best].ConstraintViolation - _stopping.FeasibilityTolerance);
            bool better = (double.IsNaN(best) && !double.IsNaN(value)) || (excess == bestExcess ? value < best : excess < bestExcess);
            bool surer = value == best && excess == bestExcess && _reasons[i].Status() == SolverStatus.Converged && _reasons[_best].Status() != SolverStatus.Converged;
            if (better || surer)
                _best = i;
        }
    }

    /// <summary>Puts the questions of the runs that go on and want the same into one. False when no run goes on.</summary>
    private bool Gather()
    {
        int first = Array.IndexOf(_reasons, StopReason.None);
        _asked.AsSpan().Clear();
        if (first < 0)
            return false;
        Oracle needs = _runs[first].Query.Needs;

        // There is one direction and one Jacobian for all points of a question.
        bool alone = (needs & Oracle.HessianProduct) != 0 || _oneByOne;
        int count = 0;
        for (int i = first; i < (alone ? first + 1 : _runs.Length); i++)
        {
            _asked[i] = _reasons[i] == StopReason.None && _runs[i].Query.Needs == needs;
            count += _asked[i] ? _runs[i].Query.Count : 0;
        }

        Query.Needs = needs;
        Query.EnsureCapacity(count);
        Query.Count = count;
        int at = 0;
        for (int i = 0; i < _runs.Length; i++)
        {
            if (!_asked[i])
                continue;
            Query<double> from = _runs[i].Query;
            from.Points.CopyTo(Query.Points[(at * Query.Dimension)..]);
            at += from.Count;
        }

        if ((needs & Oracle.HessianProduct) != 0)
            _runs[first].Query.Direction.CopyTo(Query.Direction);
        if ((needs & Oracle.LagrangianHessian) != 0)
            _runs[first].Query.Multipliers.CopyTo(Query.Multipliers);
        return true;
    }

    /// <summary>Hands a run its part of the answer.</summary>
    private void Scatter(Query<double> to, int at)
    {
        for (int i = 0; i < to.Count; i++)
        {
            to.Value(i) = Query.Value(at + i);
            if ((to.Needs & Oracle.Gradient) != 0)
                Query.Gradient(at + i).CopyTo(to.Gradient(i));
            if ((to.Needs & (Oracle.Residuals | Oracle.Jacobian)) != 0)
                Query.Residuals(at + i).CopyTo(to.Residuals(i));
            if ((to.Needs & (Oracle.Constraints | Oracle.ConstraintJacobian)) != 0)
                Query.Constraints(at + i).CopyTo(to.Constraints(i));
        }

        if ((to.Needs & Oracle.Jacobian) != 0)
            Query.Jacobian.CopyTo(to.Jacobian);
        if ((to.Needs & Oracle.HessianProduct) != 0)
            Query.HessianProduct.CopyTo(to.HessianProduct);
        if ((to.Needs & Oracle.ConstraintJacobian) != 0)
            Query.ConstraintJacobian.CopyTo(to.ConstraintJacobian);
        if ((to.Needs & Oracle.LagrangianHessian) != 0)
            Query.LagrangianHessian.CopyTo(to.LagrangianHessian);
    }
}
