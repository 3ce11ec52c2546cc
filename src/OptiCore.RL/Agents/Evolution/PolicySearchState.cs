using System.Globalization;
using System.Numerics.Tensors;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.RL;

/// <summary>
/// A search in the parameters of a policy: every environment plays one candidate of the minimiser's question for an episode and takes the next one; when all have been played the minimiser is told minus their mean
/// returns and asks again.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class PolicySearchState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    private const int Idle = -1;

    private readonly PolicySearchSettings _settings;
    private readonly SearchPolicy<TAction> _policy;
    private readonly SolverState<double> _solver;
    private readonly RunningMoments _moments;
    private readonly double[] _center;
    private readonly float[] _kept;
    private readonly int[] _jobs;
    private readonly double[] _laneReturns;
    private readonly int[] _laneSteps;
    private readonly double[] _metrics = new double[2];
    private readonly int _inputs;
    private double[] _returns;
    private int _next;
    private int _playing;
    private long _generations;
    private bool _isOver;

    internal PolicySearchState(PolicySearchSettings settings, SearchPolicy<TAction> policy, Func<ProblemShape, ReadOnlySpan<double>, RandomKey, SolverState<double>> start, AgentSetup<float, TAction> setup)
    {
        (_settings, _policy, _inputs) = (settings, policy, setup.ObservationSpace.Length);
        _center = new double[policy.Length - policy.Fixed];
        for (int i = 0; i < _center.Length; i++)
            _center[i] = policy.Answer.Span[policy.Fixed + i];
        _solver = start(new ProblemShape(_center.Length), _center, setup.Key.Fold("search"));
        _moments = new RunningMoments(_inputs);
        _kept = policy.Answer.Span.ToArray();
        _jobs = new int[setup.Count];
        _laneReturns = new double[setup.Count];
        _laneSteps = new int[setup.Count];
        _returns = new double[_solver.Query.Capacity];
        Begin();
    }

    /// <summary>The number of generations that were played.</summary>
    public long Generations => _generations;

    /// <summary>Whether the minimiser has ended by a criterion of its own. Nothing more is learnt then; every environment plays the policy that it ended with.</summary>
    public bool IsOver => _isOver;

    /// <summary>The parameters of the policy: where observations are normalised first their means and the inverses of their deviations, then what is searched.</summary>
    public ReadOnlySpan<float> Parameters => _policy.Answer.Span;

    /// <summary>The minimiser. It looks for the least of minus the mean return.</summary>
    public SolverState<double> Solver => _solver;

    /// <inheritdoc/>
    public override IReadOnlyList<string> MetricNames { get; } = ["mean return", "best return"];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Metrics => _metrics;

    /// <inheritdoc/>
    public override void Explore(ReadOnlySpan<float> observations, long steps, Span<TAction> actions) => _policy.Explore(observations, actions);

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, TAction> transition)
    {
        if (_isOver)
            return AgentAdvance.Continue;
        for (int i = 0; i < _jobs.Length; i++)
        {
            if (_jobs[i] == Idle)
                continue;
            if (_settings.NormalizesObservations)
                _moments.Update(transition.Observations.Slice(i * _inputs, _inputs));
            _laneReturns[i] += transition.Rewards[i];
            bool ended = transition.Terminated[i] || transition.Truncated[i];
            if (!ended && ++_laneSteps[i] < _settings.MaxEpisodeSteps)
                continue;
            _returns[_jobs[i] / _settings.Episodes] += _laneReturns[i];
            _playing--;
            if (ended)
                Deal(i);
            else
                _jobs[i] = Idle;
        }

        if (_playing > 0)
            return AgentAdvance.Continue;
        if (_next < _solver.Query.Count * _settings.Episodes)
            DealAll();
        else if (!Tell())
            return AgentAdvance.Diverged;
        return AgentAdvance.RestartEpisodes;
    }

    /// <inheritdoc/>
    public override void Act(ReadOnlySpan<float> observations, Span<TAction> actions) => _policy.Act(observations, actions);

    /// <inheritdoc/>
    public override void KeepPolicy() => _policy.Answer.Span.CopyTo(_kept);

    /// <inheritdoc/>
    public override IPolicy<float, TAction> CurrentPolicy() => _policy.Policy(_policy.Answer.Span);

    /// <inheritdoc/>
    public override IPolicy<float, TAction> KeptPolicy() => _policy.Policy(_kept);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_solver);
        archive.Transfer(_solver.Query);
        archive.Transfer(_moments);
        archive.Transfer<float>(_policy.Answer.Span);
        archive.Transfer<float>(_kept);
        archive.Transfer<int>(_jobs);
        archive.Transfer<double>(_laneReturns);
        archive.Transfer<int>(_laneSteps);
        archive.Transfer(ref _returns);
        archive.Transfer<double>(_metrics);
        archive.Transfer(ref _next);
        archive.Transfer(ref _playing);
        archive.Transfer(ref _generations);
        archive.Transfer(ref _isOver);
        if (!archive.IsLoading)
            return;
        for (int i = 0; i < _jobs.Length; i++)
        {
            if (_jobs[i] < Idle || _jobs[i] >= _solver.Query.Count * _settings.Episodes)
                throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved search plays episode {_jobs[i]} of {_solver.Query.Count * _settings.Episodes}, which can't be."));
            Assign(i);
        }
    }

    /// <summary>Tells the minimiser the returns; false if the parameters are no longer finite.</summary>
    private bool Tell()
    {
        Query<double> query = _solver.Query;
        double sum = 0, best = double.NegativeInfinity;
        for (int k = 0; k < query.Count; k++)
        {
            double mean = _returns[k] / _settings.Episodes;
            query.Value(k) = -mean;
            sum += mean;
            best = Math.Max(best, mean);
        }

        (_metrics[0], _metrics[1]) = (sum / query.Count, best);
        query.Complete();
        _generations++;
        _isOver = _solver.Tell().Reason != StopReason.None;
        if (_settings.NormalizesObservations)
            _policy.Normalize(_moments);
        Begin();
        return float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(_policy.Answer.Span));
    }

    /// <summary>Begins to play the question.</summary>
    private void Begin()
    {
        if (_isOver || !_settings.AnswersWithCenter)
            _solver.Point.CopyTo(_center);
        else
            Average();
        _policy.SetAnswer(_center);
        if (_returns.Length < _solver.Query.Capacity)
            Array.Resize(ref _returns, _solver.Query.Capacity);
        Array.Clear(_returns);
        _next = _isOver ? _solver.Query.Count * _settings.Episodes : 0;
        DealAll();
    }

    private void Average()
    {
        Query<double> query = _solver.Query;
        for (int j = 0; j < _center.Length; j++)
        {
            double sum = 0;
            for (int k = 0; k < query.Count; k++)
                sum += query.Points[(k * _center.Length) + j];
            _center[j] = sum / query.Count;
        }
    }

    private void DealAll()
    {
        _playing = 0;
        for (int i = 0; i < _jobs.Length; i++)
            Deal(i);
    }

    /// <summary>Gives an environment, whose episode begins, the next candidate; if there is none it plays on without being watched.</summary>
    private void Deal(int lane)
    {
        (_laneReturns[lane], _laneSteps[lane]) = (0, 0);
        bool isLeft = _next < _solver.Query.Count * _settings.Episodes;
        _jobs[lane] = isLeft ? _next++ : Idle;
        _playing += isLeft ? 1 : 0;
        Assign(lane);
    }

    private void Assign(int lane)
    {
        if (_jobs[lane] == Idle)
            _policy.Assign(lane);
        else
            _policy.Assign(lane, _solver.Query.Point(_jobs[lane] / _settings.Episodes));
    }
}

/// <summary>What searches in the parameters of a policy have in common.</summary>
/// <param name="Episodes">The episodes of a candidate.</param>
/// <param name="MaxEpisodeSteps">The longest part of an episode that counts.</param>
/// <param name="NormalizesObservations">Whether observations are normalised by their running moments.</param>
/// <param name="AnswersWithCenter">Whether the policy is the mean of the candidates, or the minimiser's own point.</param>
internal readonly record struct PolicySearchSettings(int Episodes, int MaxEpisodeSteps, bool NormalizesObservations, bool AnswersWithCenter);
