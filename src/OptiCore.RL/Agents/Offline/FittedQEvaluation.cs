using System.Globalization;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Fitted Q evaluation: what a policy is worth, from data of other policies and without playing it. Q is fitted to r + gamma Q_target(s', a') with a' the policy's, again and again with targets that follow, and the policy's value is
/// the mean of Q(s_0, a_0) over initial states.
/// </summary>
/// <remarks>
/// <para>H. Le, C. Voloshin, Y. Yue (2019), "Batch policy learning under constraints", algorithm 3. Regressions aren't done to their end one after another: the target follows slowly, or is copied every so many updates. The standard error is a
/// bootstrap over episodes, as in B. Hao, X. Ji, Y. Duan, H. Lu, C. Szepesvari, M. Wang (2021), "Bootstrapping fitted Q-evaluation for off-policy inference": it sees the chance of the data and of learning, not that the networks can't
/// say what is true, nor that the data don't have what the policy does. Where policy and data differ much, values may diverge, as all that are learnt off policy with networks: an estimate beyond what rewards allow says so, and a larger batch,
/// a smaller <see cref="TargetRate"/> and a larger network helped where it was seen.</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space, and one-step samples. An update costs one batch forward through two networks and backward through one, and asks the policy for a batch of actions.</para>
/// </remarks>
[Algorithm("FQE", "Offline", "H. Le, C. Voloshin, Y. Yue (2019), Batch policy learning under constraints", Capabilities = "Box observations, any actions; evaluates a policy from data")]
public sealed record FittedQEvaluation
{
    /// <summary>The layers of the network before its head. Default: two layers of 64 rectifiers.</summary>
    public Module Torso { get; init => field = Require.NotNull(value, nameof(Torso)); } = RL.Torso.Relu(64, 64);

    /// <summary>
    /// The number of updates. What they follow of the targets, <see cref="Updates"/> x <see cref="TargetRate"/> / <see cref="TargetInterval"/>, must be several times 1 / (1 - gamma): of the value 1 - gamma^that is learnt. Default: 20,000,
    /// enough for gamma = 0.99.
    /// </summary>
    public int Updates { get; init => field = Require.Positive(value); } = 20_000;

    /// <summary>The transitions of an update. Default: 256.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>The updates between two moves of the target network. Default: 1.</summary>
    public int TargetInterval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How far the target network moves, of (0, 1]; 1 copies. Default: 0.02.</summary>
    public double TargetRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetRate), value, "TargetRate must lie in (0, 1]."); } = 0.02;

    /// <summary>How many bootstrap resamples of the data's episodes and of the initial states the standard error is from, each learnt anew; 0 for none, 1 isn't enough. Default: 0.</summary>
    public int Resamples { get; init => field = value is 0 or > 1 ? value : throw new ArgumentOutOfRangeException(nameof(Resamples), value, "Resamples must be 0 or at least 2."); }

    /// <summary>Turns gradients of the loss into steps. Default: Adam with rate 1e-3.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 1e-3 };

    /// <summary>Estimates the discounted return of a policy.</summary>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="policy">The policy.</param>
    /// <param name="data">Transitions, and the discount.</param>
    /// <param name="actionSpace">Where actions come from.</param>
    /// <param name="initialObservations">Where episodes begin, one row each; a policy that draws its actions is asked once for each row.</param>
    /// <param name="key">All randomness.</param>
    /// <param name="workers">Who does parts of an update, or resamples, at the same time; results are the same for any number. Default: this thread.</param>
    /// <exception cref="ArgumentException">There are no data or no initial observations, lengths differ, or samples of the data have several steps.</exception>
    /// <exception cref="ArithmeticException">The parameters are no longer finite.</exception>
    public PolicyValueEstimate Evaluate<TAction>(
        IPolicy<float, TAction> policy, ReplayBuffer<float, TAction> data, Space<TAction> actionSpace, ReadOnlySpan<float> initialObservations, RandomKey key, IWorkers? workers = null) where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(actionSpace);
        if (data.Count == 0)
            throw new ArgumentException("There are no transitions to learn from.", nameof(data));
        if (data.ActionLength != actionSpace.Length)
            throw new ArgumentException($"The data hold actions of {data.ActionLength} elements; those of {actionSpace} have {actionSpace.Length}.", nameof(data));
        if (data.Options.Steps > 1)
            throw new ArgumentException($"Samples of the data cover {data.Options.Steps} steps, but only the first action of a sample may be another's than the policy's: give them one step.", nameof(data));
        if (initialObservations.IsEmpty || initialObservations.Length % data.ObservationLength != 0)
        {
            throw new ArgumentException(
                $"The initial observations have {initialObservations.Length} elements, expected a positive multiple of the {data.ObservationLength} of an observation.", nameof(initialObservations));
        }

        float[] initial = initialObservations.ToArray();
        int[][] episodes = EpisodesOf(data);
        double[] values = new double[1 + Resamples];
        IWorkers inside = Resamples == 0 ? workers ?? Workers.Serial : Workers.Serial;
        (Resamples == 0 ? Workers.Serial : workers ?? Workers.Serial).ForEach(
            values.Length, member => values[member] = new Fit<TAction>(this, policy, data, actionSpace, key.Fold(member), inside).Run(Slots(data, episodes, key, member), initial, resampled: member > 0));
        double deviation = double.NaN;
        if (Resamples > 0 && episodes.Length > 1)
            deviation = Statistics.StandardError(values.AsSpan(1)) * Math.Sqrt(Resamples);
        return new PolicyValueEstimate { Value = values[0], StandardError = deviation, Resampled = values[1..] };
    }

    /// <summary>The slots of each episode.</summary>
    private static int[][] EpisodesOf<TAction>(ReplayBuffer<float, TAction> data) where TAction : unmanaged
    {
        bool[] follows = new bool[data.Count];
        for (int slot = 0; slot < follows.Length; slot++)
        {
            if (data.Successor(slot) is >= 0 and int next)
                follows[next] = true;
        }

        var episodes = new List<int[]>();
        var episode = new List<int>();
        for (int first = 0; first < follows.Length; first++)
        {
            if (follows[first])
                continue;
            episode.Clear();
            for (int slot = first; slot >= 0; slot = data.Successor(slot))
                episode.Add(slot);
            episodes.Add([.. episode]);
        }

        return [.. episodes];
    }

    private static int[] Slots<TAction>(ReplayBuffer<float, TAction> data, int[][] episodes, RandomKey key, int member) where TAction : unmanaged
    {
        var slots = new List<int>(data.Count);
        RandomStream stream = key.Fold(member).Fold("episodes").Stream();
        for (int i = 0; i < episodes.Length; i++)
            slots.AddRange(member == 0 ? episodes[i] : episodes[Draw.Below(ref stream, episodes.Length)]);
        return [.. slots];
    }

    private sealed class Fit<TAction> where TAction : unmanaged
    {
        private const int BatchInput = 2, NextActionInput = 8;

        private readonly FittedQEvaluation _options;
        private readonly IPolicy<float, TAction> _policy;
        private readonly ReplayBuffer<float, TAction> _data;
        private readonly RandomKey _key;
        private readonly ActionTensors<TAction> _encoding;
        private readonly ActionCritics<TAction> _critic;
        private readonly LearnedNetwork _network;
        private readonly ReplayBatch<float, TAction> _batch;
        private readonly BatchFeed<TAction> _feed;
        private readonly ShardedProgram _loss;
        private readonly TAction[] _nextActions;
        private readonly float[] _nextTensor;

        public Fit(FittedQEvaluation options, IPolicy<float, TAction> policy, ReplayBuffer<float, TAction> data, Space<TAction> actionSpace, RandomKey key, IWorkers workers)
        {
            (_options, _policy, _data, _key) = (options, policy, data, key);
            _encoding = new ActionTensors<TAction>(actionSpace);
            _critic = new ActionCritics<TAction>(options.Torso, 1, data.ObservationLength, actionSpace);
            _network = new LearnedNetwork(_critic.Network, options.Optimizer, key.Fold("parameters"));
            _batch = new ReplayBatch<float, TAction>(options.BatchSize, data.ObservationLength, data.ActionLength);
            int shards = ShardedProgram.ShardsFor(options.BatchSize), rows = options.BatchSize / shards;
            _feed = new BatchFeed<TAction>(_batch, _encoding, rows, BatchInput);
            _nextActions = new TAction[_batch.Actions.Length];
            _nextTensor = new float[_batch.Actions.Length];
            _loss = new ShardedProgram(Compile(rows), shards, workers);
            _loss.Bind(0, _network.Parameters);
            _loss.Bind(1, _network.Target);
        }

        public double Run(int[] slots, float[] initial, bool resampled)
        {
            Action<int, Replay<float>> fill = Fill;
            for (int update = 0; update < _options.Updates; update++)
            {
                RandomKey key = _key.Fold("updates").Fold(update);
                RandomStream stream = key.Stream();
                foreach (ref int slot in _batch.Slots.AsSpan())
                    slot = slots[stream.NextInt32(slots.Length)];
                _data.Gather(_batch);
                _policy.Act(_batch.NextObservations, key.Fold("policy"), _nextActions);
                _encoding.Encode(_nextActions, _nextTensor);
                _loss.Run(fill);
                _network.Step(_loss);
                if ((update + 1) % _options.TargetInterval == 0)
                    _network.Follow(_options.TargetRate);
            }

            if (!_network.IsFinite)
                throw new ArithmeticException("The parameters of the values are no longer finite: lower the learning rate.");
            return MeanValue(initial, resampled);
        }

        private void Fill(int shard, Replay<float> replay)
        {
            _feed.Fill(shard, replay);
            Span<float> actions = replay.Input(NextActionInput);
            _nextTensor.AsSpan(shard * actions.Length, actions.Length).CopyTo(actions);
        }

        private Computation<float> Compile(int rows)
        {
            Variable p = Variable.Input("parameters", [_network.Length]), target = Variable.Input("target parameters", [_network.Length]);
            Variable nextActions = Variable.Input("next actions", [rows, _encoding.Length]);
            (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = _feed.Inputs;
            Variable goal = StopGradient(ExpandAxis(rewards, -1) + (ExpandAxis(discounts, -1) * _critic.Apply(target, next, nextActions)));
            Variable loss = 0.5 / _options.BatchSize * Sum(Square(_critic.Apply(p, x, actions) - goal));
            return Computation.Compile<float>([p, target, x, actions, rewards, next, discounts, weights, nextActions], Derivative.Gradient(loss, p));
        }

        /// <summary>By the target network, whose parameters are a mean over the last updates.</summary>
        private double MeanValue(float[] initial, bool resampled)
        {
            int inputs = _data.ObservationLength, length = _encoding.Length, rows = initial.Length / inputs;
            var actions = new TAction[rows * length];
            _policy.Act(initial, _key.Fold("initial actions"), actions);
            float[] tensor = new float[actions.Length], joined = new float[rows * (inputs + length)], values = new float[rows];
            _encoding.Encode(actions, tensor);
            for (int i = 0; i < rows; i++)
            {
                initial.AsSpan(i * inputs, inputs).CopyTo(joined.AsSpan(i * (inputs + length)));
                tensor.AsSpan(i * length, length).CopyTo(joined.AsSpan((i * (inputs + length)) + inputs));
            }

            var program = new RowProgram(
                count =>
                {
                    Variable x = Variable.Input("observations and actions", [count, inputs + length]), p = Variable.Input("parameters", [_network.Length]);
                    return Computation.Compile<float>([x, p], _critic.Apply(p, Slice(x, -1, 0, inputs), Slice(x, -1, inputs, length)));
                },
                _network.Target);
            program.Run(joined, rows, values);
            RandomStream stream = _key.Fold("initial").Stream();
            double sum = 0;
            for (int i = 0; i < rows; i++)
                sum += values[resampled ? Draw.Below(ref stream, rows) : i];
            return sum / rows;
        }
    }
}

/// <summary>What a policy is worth, estimated from data.</summary>
public sealed record PolicyValueEstimate
{
    /// <summary>The estimate of the mean discounted return.</summary>
    public required double Value { get; init; }

    /// <summary>The deviation of the resampled estimates; NaN without resamples or with a single episode.</summary>
    public required double StandardError { get; init; }

    /// <summary>The estimate of each bootstrap resample.</summary>
    public required IReadOnlyList<double> Resampled { get; init; }

    /// <summary>Estimate and standard error in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:g6} +- {StandardError:g3}");
}
