using System.Globalization;
using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Solving;

/// <summary>
/// One run of an algorithm: it owns counts, limits, time, convergence tests, the best point, progress, cancellation and checkpoints.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <remarks>
/// Three ways to drive it, one implementation below them: <see cref="Complete"/> goes to the end; <see cref="Step"/> and <see cref="Iterate"/> do one
/// iteration at a time; <see cref="TryAsk"/> and <see cref="Tell"/> leave the evaluation to the caller. They can be mixed. A run that was stopped by a limit, by cancellation
/// or by an exception of the function goes on from exactly there. After the first iterations nothing is allocated.
/// A run is used by one thread at a time.
/// </remarks>
public sealed partial class SolverRun<T> : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SolverState<T> _state;
    private readonly StoppingRules _stopping;
    private readonly string _kind;
    private readonly string _method;
    private readonly string _configuration;
    private readonly T[] _best;
    private readonly Evaluator _evaluator = new();
    private RunOptions _options;
    private double _bestValue = double.NaN;
    private double _bestGradientNorm = double.NaN;
    private double _bestViolation = double.NaN;
    private EvaluationCounts _counts;
    private long _iterations;
    private long _answers;
    private StopReason _reason;
    private long _elapsedTicks;
    private long? _startedAt;
    private long? _reportedAt;
    private bool _announced;
    private bool _asked;
    private Exception? _exception;

    internal SolverRun(string kind, string method, string configuration, StoppingRules stopping, SolverState<T> state, RunOptions options)
    {
        _kind = kind;
        _method = method;
        _configuration = configuration;
        _stopping = stopping;
        _state = state;
        _options = options;
        _best = state.Point.ToArray();
    }

    /// <summary>The outcome so far.</summary>
    public SolverStatus Status => _reason.Status();

    /// <summary>Why the run ended, or <see cref="StopReason.None"/>.</summary>
    public StopReason Reason => _reason;

    /// <summary>The number of complete iterations.</summary>
    public long Iterations => _iterations;

    /// <summary>How often the problem was evaluated.</summary>
    public EvaluationCounts Evaluations => _counts;

    /// <summary>The current iterate.</summary>
    public ReadOnlySpan<T> Point => _state.Point;

    /// <summary>The best point so far, as <see cref="SolverResult{T}.Point"/> defines it; the starting point before there is one.</summary>
    public ReadOnlySpan<T> BestPoint => _best;

    /// <summary>The value at the best point; NaN before there is one.</summary>
    public double BestValue => _bestValue;

    /// <summary>The algorithm's state, for those who know which algorithm it is.</summary>
    public SolverState<T> State => _state;

    /// <summary>Where the run stands.</summary>
    public RunProgress Progress => new(_iterations, _counts.Points, _state.Value, _bestValue, _state.GradientNorm, _state.StepNorm, TimeSpan.FromTicks(_elapsedTicks), _state.ConstraintViolation);

    /// <summary>What came out so far. Copies the points.</summary>
    public SolverResult<T> Result => new()
    {
        Status = Status,
        Reason = _reason,
        Message = Sentence(),
        Method = _method,
        Point = [.. _best],
        Value = _bestValue,
        GradientNorm = _bestGradientNorm,
        ConstraintViolation = IsConstrained ? _bestViolation : 0,
        Multipliers = _state.Multipliers.ToArray(),
        BoundMultipliers = _state.BoundMultipliers.ToArray(),
        LastPoint = _state.Point.ToArray(),
        Iterations = _iterations,
        Evaluations = _counts,
        Elapsed = TimeSpan.FromTicks(_elapsedTicks),
        Exception = _exception,
    };

    /// <summary>Starts a run.</summary>
    /// <typeparam name="TFunction">What the algorithm needs of the problem.</typeparam>
    /// <param name="solver">The algorithm.</param>
    /// <param name="shape">The sizes of the problem.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="options">Limits and reports; default: <see cref="RunOptions"/> as it is.</param>
    /// <exception cref="ArgumentException">The starting point has the wrong length, an element that isn't finite or one outside the bounds; or the problem has constraints and the algorithm doesn't look at them.</exception>
    public static SolverRun<T> Start<TFunction>(ISolver<T, TFunction> solver, ProblemShape shape, ReadOnlySpan<T> start, RunOptions? options = null)
        where TFunction : IProblem<T>
    {
        ArgumentNullException.ThrowIfNull(solver);
        if (start.IsEmpty)
            throw new ArgumentException("The starting point is empty: a problem has at least one variable.", nameof(start));
        Require.Length(start.Length, shape.Dimension, nameof(start));
        Require.AllFinite(start, nameof(start));
        (solver as IBoundedSolver)?.Bounds?.RequireInside(start);
        options ??= new RunOptions();
        SolverState<T> state = solver.Start(shape, start, options.Key);
        if (shape.ConstraintCount > 0 && (state.Query.EverNeeds & (Oracle.Constraints | Oracle.ConstraintJacobian)) == 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The problem has {shape.ConstraintCount} constraints, which {solver.GetType().Name} doesn't look at."), nameof(shape));
        string configuration = string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(solver)} on {shape} of {typeof(T).Name} with key {options.Key}");
        return new SolverRun<T>(solver.GetType().FullName ?? solver.GetType().Name, NameOf(solver.GetType()), configuration, solver.Stopping, state, options);
    }

    /// <summary>Gives the run other limits, so that a run that reached one can go on.</summary>
    /// <param name="options">The options that hold from now on. The key must stay.</param>
    /// <exception cref="ArgumentException">The key differs.</exception>
    public void Extend(RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Key != _options.Key)
            throw new ArgumentException("A run keeps its random key.", nameof(options));
        Pause();
        _reportedAt = null;
        _options = options;
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="problem">The function, with the capabilities that the algorithm needs.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    public SolverResult<T> Complete(IProblem<T> problem, CancellationToken cancellationToken = default)
    {
        while (Step(problem, cancellationToken))
        {
        }

        return Result;
    }

    /// <summary>Enumerates the run, one element for each iteration. Leaving the loop leaves the run where it is.</summary>
    /// <param name="problem">The function, with the capabilities that the algorithm needs.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    public IEnumerable<RunProgress> Iterate(IProblem<T> problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Enumerate();

        IEnumerable<RunProgress> Enumerate()
        {
            bool running;
            do
            {
                long before = _iterations;
                running = Step(problem, cancellationToken);
                if (_iterations > before)
                    yield return Progress;
            }
            while (running);
        }
    }

    /// <summary>Does one iteration, or less if the run ends within it.</summary>
    /// <param name="problem">The function, with the capabilities that the algorithm needs.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <returns>True while the run goes on.</returns>
    public bool Step(IProblem<T> problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Dimension != 0 && problem.Dimension != _state.Query.Dimension)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The problem has {problem.Dimension} variables, the run has {_state.Query.Dimension}."), nameof(problem));
        if (_state.Query.Shape.ResidualCount > 0 && problem is IResidualFunction<T> residuals && residuals.ResidualCount != _state.Query.Shape.ResidualCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The problem has {residuals.ResidualCount} residuals, the run has {_state.Query.Shape.ResidualCount}."), nameof(problem));
        if (problem is IConstrainedFunction<T> constrained && constrained.ConstraintCount != _state.Query.Shape.ConstraintCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The problem has {constrained.ConstraintCount} constraints, the run has {_state.Query.Shape.ConstraintCount}."), nameof(problem));
        long target = _iterations + 1;
        while (TryAsk(out Query<T>? query, cancellationToken))
        {
            try
            {
                _evaluator.Answer(query, problem, _options.Workers);
            }
            catch (Exception exception) when (_options.CatchExceptions && exception is not OperationCanceledException)
            {
                Pause();
                _exception = exception;
                End(StopReason.FunctionThrew);
                return false;
            }
            catch
            {
                Pause();
                throw;
            }

            if (!Tell())
                return false;
            if (_iterations >= target)
                return true;
        }

        return false;
    }

    /// <summary>The pending question, unless the run is over or a limit says that it is.</summary>
    /// <param name="query">The question; answer it by filling its buffers and call <see cref="Tell"/>.</param>
    /// <param name="cancellationToken">Ends the run with the best point so far; never throws.</param>
    /// <returns>False when there is nothing to ask: see <see cref="Status"/>.</returns>
    public bool TryAsk([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Query<T>? query, CancellationToken cancellationToken = default)
    {
        query = null;
        if (Status is SolverStatus.Converged or SolverStatus.Failed && _reason != StopReason.FunctionThrew)
            return false;

        // Limits are looked at anew each time, so that a stopped run goes on once they allow it.
        StopReason limit = Limit(cancellationToken);
        if (limit != StopReason.None)
        {
            if (_reason != limit)
                End(limit);
            return false;
        }

        if (_reason != StopReason.None)
        {
            _reason = StopReason.None;
            _exception = null;
        }

        _startedAt ??= _options.Clock.GetTimestamp();
        if (!_announced && _answers == 0)
            RunTelemetry.Started(_options.Logger, _kind);
        _announced = true;
        _asked = true;
        query = _state.Query;
        return true;
    }

    /// <summary>Hands the answer of the pending question to the algorithm.</summary>
    /// <returns>True while the run goes on.</returns>
    /// <exception cref="InvalidOperationException">No question was asked since the last answer.</exception>
    public bool Tell()
    {
        if (_reason != StopReason.None)
            throw new InvalidOperationException($"The run has ended ({_reason}); ask before you tell.");
        if (!_asked)
            throw new InvalidOperationException("There is no open question: ask before you tell.");
        _asked = false;
        Query<T> query = _state.Query;
        query.Complete();
        _counts = _counts.Add(query.Needs, query.Count);
        RunTelemetry.Evaluated(query.Count);
        KeepBest(query);

        bool first = _answers++ == 0;
        Advance advance = first && !query.IsFinite() && query.Count == 1 ? Advance.Stop(StopReason.NonFiniteStart) : _state.Tell();
        if (advance.IsIteration)
            _iterations++;

        StopReason reason = advance.Reason;
        bool feasible = !(_state.ConstraintViolation > _stopping.FeasibilityTolerance);
        if (reason == StopReason.None && _bestValue <= _options.TargetValue && (!IsConstrained || _bestViolation <= _stopping.FeasibilityTolerance))
            reason = StopReason.TargetReached;
        if (reason == StopReason.None && feasible && first)
            reason = _stopping.Check(_state.GradientNorm, double.NaN, _state.Value, double.NaN);
        if (reason == StopReason.None && feasible && advance.IsIteration)
            reason = _stopping.Check(_state.GradientNorm, _state.ValueChange, _state.Value, _state.StepNorm);

        if (reason != StopReason.None)
            End(reason);
        else if (advance.IsIteration)
            Report(force: false);
        return _reason == StopReason.None;
    }

    /// <summary>Writes the run, the middle of an iteration included, so that another process can go on with it to identical bits.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    public void Save(Stream stream)
    {
        Pause();
        Checkpoint.Write(stream, _kind, _configuration, this);
    }

    /// <summary>Replaces this run, started with the same algorithm, sizes and key, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another algorithm, configuration or problem size; the run is unchanged.</exception>
    public void Load(Stream stream)
    {
        Checkpoint.Read(stream, _kind, _configuration, this);
        _startedAt = null;
        _reportedAt = null;
        _asked = false;
        _exception = null;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _counts);
        archive.Transfer(ref _iterations);
        archive.Transfer(ref _answers);
        archive.Transfer(ref _reason);
        archive.Transfer(ref _elapsedTicks);
        archive.Transfer(ref _bestValue);
        archive.Transfer(ref _bestGradientNorm);
        archive.Transfer(ref _bestViolation);
        archive.Transfer<T>(_best);
        archive.Transfer(_state.Query);
        archive.Transfer(_state);
    }

    private static string NameOf(Type type)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : type.Name[..tick];
    }

    private StopReason Limit(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return StopReason.Cancelled;
        if (_iterations >= _options.MaxIterations)
            return StopReason.MaxIterations;
        if (_counts.Points + _state.Query.Count > _options.MaxEvaluations)
            return StopReason.MaxEvaluations;
        if (_options.MaxTime != TimeSpan.MaxValue)
        {
            long now = _options.Clock.GetTimestamp();
            Pause(now);
            if (_elapsedTicks >= _options.MaxTime.Ticks)
                return StopReason.MaxTime;
            _startedAt = now;
        }

        return StopReason.None;
    }

    private void KeepBest(Query<T> query)
    {
        if ((query.Needs & (Oracle.Value | Oracle.Gradient | Oracle.Residuals | Oracle.Jacobian)) == 0)
            return;
        if (IsConstrained)
        {
            if ((query.Needs & (Oracle.Constraints | Oracle.ConstraintJacobian)) != 0)
                KeepBestFeasible(query);
            return;
        }

        int best = -1;
        double bestValue = _bestValue;
        for (int i = 0; i < query.Count; i++)
        {
            if (!query.IsFinite(i))
                continue;
            double value = _state.Objective(i);
            if (double.IsFinite(value) && !(value >= bestValue))
            {
                best = i;
                bestValue = value;
            }
        }

        if (best < 0)
            return;
        _bestValue = bestValue;
        query.Point(best).CopyTo(_best);
        _bestGradientNorm = (query.Needs & Oracle.Gradient) != 0 ? MaxNorm(query.Gradient(best)) : double.NaN;
    }

    /// <summary>Points that satisfy the constraints come before those that don't; among the former the value decides, among the latter the violation.</summary>
    private void KeepBestFeasible(Query<T> query)
    {
        for (int i = 0; i < query.Count; i++)
        {
            if (!query.IsFinite(i))
                continue;
            double value = query.Value(i), violation = query.Violation(i);
            bool feasible = violation <= _stopping.FeasibilityTolerance, bestFeasible = _bestViolation <= _stopping.FeasibilityTolerance;
            bool better = double.IsNaN(_bestValue)
                || (feasible && bestFeasible ? value < _bestValue : feasible || (!bestFeasible && (violation < _bestViolation || (violation == _bestViolation && value < _bestValue))));
            if (!better)
                continue;
            (_bestValue, _bestViolation, _bestGradientNorm) = (value, violation, double.NaN);
            query.Point(i).CopyTo(_best);
        }
    }

    private bool IsConstrained => _state.Query.Shape.ConstraintCount > 0;

    /// <summary>
    /// Values that agree to within rounding don't say which point is the better one; the convergence test does. With constraints, values of points that violate them within the tolerance aren't
    /// comparable at all: where the algorithm has converged, its iterate is the solution.
    /// </summary>
    private void PreferIterate()
    {
        if (IsConstrained)
        {
            if (_reason == StopReason.TargetReached)
                return;
            _state.Point.CopyTo(_best);
            (_bestValue, _bestViolation, _bestGradientNorm) = (_state.Value, _state.ConstraintViolation, _state.GradientNorm);
            return;
        }

        if (!double.IsNaN(_bestValue) && !(_state.Value - _bestValue <= 1e-10 * Math.Abs(_bestValue)))
            return;
        _state.Point.CopyTo(_best);
        _bestValue = _state.Value;
        _bestGradientNorm = _state.GradientNorm;
    }

    private static double MaxNorm(ReadOnlySpan<T> values) =>
        double.CreateTruncating(Reduce.MaxNorm(values));

    /// <summary>Adds the time since the clock was started to the elapsed time.</summary>
    private void Pause() => Pause(_options.Clock.GetTimestamp());

    private void Pause(long now)
    {
        if (_startedAt is { } since)
        {
            _elapsedTicks += _options.Clock.GetElapsedTime(since, now).Ticks;
            _startedAt = null;
        }
    }

    private void End(StopReason reason)
    {
        Pause();
        _reason = reason;
        if (Status == SolverStatus.Converged)
            PreferIterate();
        Report(force: true);
        if (_options.Logger is not null)
            RunTelemetry.Ended(_options.Logger, _kind, reason, _iterations, _counts.Points, _bestValue);
    }

    private void Report(bool force)
    {
        if (_options.Progress is null)
            return;
        long now = _options.Clock.GetTimestamp();
        if (!force && _reportedAt is { } last && _options.Clock.GetElapsedTime(last, now) < _options.ProgressInterval)
            return;
        _reportedAt = now;
        bool running = _startedAt is not null;
        Pause(now);
        if (running)
            _startedAt = now;
        _options.Progress.Report(Progress);
    }

    private string Sentence()
    {
        if (_state.Describe(_reason) is { } words)
            return words;
        CultureInfo c = CultureInfo.InvariantCulture;
        return _reason switch
        {
            StopReason.None => "The run goes on.",
            StopReason.GradientTolerance => string.Create(c, $"The largest gradient component, {_state.GradientNorm:g3}, is within the tolerance of {_stopping.GradientTolerance:g3}."),
            StopReason.ValueTolerance => string.Create(c, $"The last iteration changed the value by a relative amount within the tolerance of {_stopping.ValueTolerance:g3}."),
            StopReason.StepTolerance => string.Create(c, $"The last step was shorter, relative to the point, than the tolerance of {_stopping.StepTolerance:g3}."),
            StopReason.TargetReached => string.Create(c, $"The value {_bestValue:g6} reached the target {_options.TargetValue:g6}."),
            StopReason.MaxIterations => string.Create(c, $"The limit of {_options.MaxIterations} iterations was reached before convergence."),
            StopReason.MaxEvaluations => string.Create(c, $"The limit of {_options.MaxEvaluations} evaluations was reached before convergence."),
            StopReason.MaxTime => string.Create(c, $"The time limit of {_options.MaxTime} was reached before convergence."),
            StopReason.Cancelled => "The run was cancelled; the best point so far is kept.",
            StopReason.NonFiniteStart => string.Create(c, $"The function or its derivative is not finite at the starting point (value {_state.Query.Value()})."),
            StopReason.NonFinite => "The function or its derivative was not finite at every further point that was tried; the best point so far is kept.",
            StopReason.LineSearchFailed => string.Create(c, $"The line search found no acceptable step (gradient norm {_state.GradientNorm:g3}): the gradient may not match the function, or the precision is exhausted."),
            StopReason.NoProgress => "No further progress is possible in this precision, and no convergence criterion holds.",
            StopReason.FunctionThrew => $"The function threw {_exception?.GetType().Name ?? "an exception"}: {_exception?.Message}",
            StopReason.OptimalityTolerance => string.Create(c, $"The optimality conditions hold: gradient of the Lagrangian {_state.GradientNorm:g3}, largest violation of a constraint {_state.ConstraintViolation:g3}."),
            StopReason.Infeasible => string.Create(c, $"The constraints can't be satisfied near the point that was reached (largest violation {_state.ConstraintViolation:g3})."),
            StopReason.Unbounded => "The value falls without bound.",
            _ => throw new UnreachableReasonException(_reason),
        };
    }

    private sealed class UnreachableReasonException(StopReason reason) : InvalidOperationException($"There is no sentence for {reason}.");
}
