using System.Globalization;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.RL;

/// <content>Learning from data.</content>
public static partial class Train
{
    private static readonly string[] OfflineColumns = ["updates", "evaluation", "length", "updates per second"];

    /// <summary>
    /// Teaches an agent from a data set, to which nothing is added: <c>Train.Offline(new Iql(), data, observationSpace, actionSpace, 20_000)</c>. Writes a line for every point of the curve, and keeps the policy of the highest evaluation.
    /// </summary>
    /// <remarks>
    /// Steps of the result and of its curve are updates. The curve has a point every <see cref="TrainingOptions.CurveInterval"/> of them and after the last; its returns are those of the evaluations (<see cref="TrainSettings{TObservation, TAction}.Evaluation"/>), NaN without. Learning ends early
    /// when one reaches <see cref="TrainingOptions.TargetReturn"/>. The options of the data count, discount and steps included, not those of the agent. To choose a policy by evaluations uses the environment; what one can say without is
    /// <see cref="FittedQEvaluation"/>.
    /// </remarks>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="agent">An agent that learns from a memory: <see cref="Td3Bc"/>, <see cref="Iql"/>, <see cref="Cql"/>, and those that learn from their own past, such as <see cref="Dqn"/> and <see cref="Sac"/>.</param>
    /// <param name="data">The transitions.</param>
    /// <param name="observationSpace">Where observations come from.</param>
    /// <param name="actionSpace">Where actions come from.</param>
    /// <param name="updates">The number of updates.</param>
    /// <param name="settings">Randomness, logging, evaluation, workers; by default as <see cref="TrainSettings{TObservation, TAction}"/> says.</param>
    /// <param name="cancellationToken">Ends learning with what was reached; never throws.</param>
    /// <exception cref="ArgumentException">The agent doesn't learn from a memory or can't handle the spaces, the data are of other lengths, or there are none.</exception>
    public static TrainReport<float, TAction> Offline<TAction>(
        IAgent<float, TAction> agent, IReplay<float, TAction> data, Space<float> observationSpace, Space<TAction> actionSpace, int updates, TrainSettings<float, TAction>? settings = null,
        CancellationToken cancellationToken = default)
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        Require.Positive(updates, nameof(updates));
        settings ??= new TrainSettings<float, TAction>();
        if (data.Buffer.Count == 0)
            throw new ArgumentException("The data set is empty.", nameof(data));
        if (data.Buffer.ObservationLength != observationSpace.Length || data.Buffer.ActionLength != actionSpace.Length)
        {
            throw new ArgumentException(
                $"The data hold observations of {data.Buffer.ObservationLength} and actions of {data.Buffer.ActionLength} elements; those of {observationSpace} and {actionSpace} have {observationSpace.Length} and {actionSpace.Length}.", nameof(data));
        }

        var setup = new AgentSetup<float, TAction>(observationSpace, actionSpace, 1, settings.Key.Fold("agent")) { Memory = data, Workers = settings.Training.Workers };
        if (agent.Start(setup) is not ReplayAgentState<TAction> state)
            throw new ArgumentException($"{agent.GetType().Name} doesn't learn from a memory of transitions, so it can't learn from data.", nameof(agent));
        var run = new OfflineRun<TAction>(state, settings);
        TrainingResult<float, TAction> result = run.Learn(updates, cancellationToken);
        settings.Table?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Status}: best evaluation {result.BestMeanReturn:g6} after {result.Steps} updates. {result.Message}"));
        return new TrainReport<float, TAction>(agent.GetType().Name, result, run.Log, OfflineColumns.Length, result.BestPolicy);
    }

    /// <summary>A learner, its curve and the best of its policies.</summary>
    private sealed class OfflineRun<TAction> where TAction : unmanaged
    {
        private readonly ReplayAgentState<TAction> _state;
        private readonly TrainSettings<float, TAction> _settings;
        private readonly IVectorEnvironment<float, TAction>? _evaluation;
        private readonly List<LearningPoint> _curve = [];
        private IPolicy<float, TAction>? _bestPolicy;
        private double _best = double.NaN;
        private long _time;
        private int _done;

        public OfflineRun(ReplayAgentState<TAction> state, TrainSettings<float, TAction> settings)
        {
            (_state, _settings) = (state, settings);
            _evaluation = settings.Evaluation?.Invoke();
            Log = new ReportTable([.. OfflineColumns, .. state.MetricNames]);
            _time = settings.Clock.GetTimestamp();
            if (settings.Table is { } writer)
                TrainLog.WriteHeader(writer, Log);
        }

        public ReportTable Log { get; }

        public TrainingResult<float, TAction> Learn(int updates, CancellationToken cancellationToken)
        {
            long interval = _settings.Training.CurveInterval;
            for (long point = Math.Min(interval, updates); _done < updates; point = Math.Min(point + interval, updates))
            {
                int start = _done;
                while (_done < point)
                {
                    if (cancellationToken.IsCancellationRequested)
                        return Result(RunStatus.Stopped, StopReason.Cancelled, "Cancellation was requested.");
                    if (_state.Learn(1) == AgentAdvance.Diverged)
                        return Result(RunStatus.Failed, StopReason.NonFinite, string.Create(CultureInfo.InvariantCulture, $"The agent's parameters were no longer finite after {_done + 1} updates."));
                    _done++;
                }

                double score = AddPoint(_done - start);
                if (score >= _settings.Training.TargetReturn)
                    return Result(RunStatus.Completed, StopReason.TargetReached, string.Create(CultureInfo.InvariantCulture, $"The evaluation reached {_settings.Training.TargetReturn:g6}."));
            }

            return Result(RunStatus.Completed, StopReason.None, "All updates were done.");
        }

        private double AddPoint(int updates)
        {
            double rate = updates / _settings.Clock.GetElapsedTime(_time).TotalSeconds, score = double.NaN, length = double.NaN;
            if (_evaluation is not null)
            {
                // Every evaluation plays the same episodes, so that policies are compared and not luck.
                IPolicy<float, TAction> policy = _state.CurrentPolicy();
                EvaluationResult played = policy.Evaluate(_evaluation, _settings.EvaluationEpisodes, _settings.Key.Fold("evaluation"));
                (score, length) = (played.MeanReturn, (double)Total(played.Lengths) / played.Lengths.Length);
                if (!(score <= _best))
                    (_best, _bestPolicy) = (score, policy);
            }

            _curve.Add(new LearningPoint(_done, 0, score, length));
            var row = new List<object?> { _done, score, length, rate };
            foreach (double metric in _state.Metrics)
                row.Add(metric);
            Log.Add([.. row]);
            if (_settings.Table is { } writer)
                TrainLog.WriteRow(writer, row);
            _time = _settings.Clock.GetTimestamp();
            return score;
        }

        private static long Total(int[] lengths)
        {
            long total = 0;
            foreach (int length in lengths)
                total += length;
            return total;
        }

        private TrainingResult<float, TAction> Result(RunStatus status, StopReason reason, string message)
        {
            IPolicy<float, TAction> last = _state.CurrentPolicy();
            return new TrainingResult<float, TAction>
            {
                Status = status,
                Reason = reason,
                Message = message,
                Steps = _done,
                Episodes = 0,
                Curve = [.. _curve],
                BestMeanReturn = _best,
                BestPolicy = _bestPolicy ?? last,
                LastPolicy = last,
            };
        }
    }
}
