using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>What a fit came to.</summary>
/// <param name="Loss">The mean cross-entropy of the last epoch over members and preferences, in nats.</param>
/// <param name="Accuracy">The share of preferences that members predicted in it, equal ones not counted; NaN where all are equal.</param>
/// <param name="Epochs">The number of epochs.</param>
public readonly record struct PreferenceFit(double Loss, double Accuracy, int Epochs);

/// <summary>The ensemble of rewards and the preferences that it was told.</summary>
public sealed class PreferenceModelState : IPersistent
{
    private const int PartPairs = 32;

    private readonly PreferenceModel _options;
    private readonly int _width;
    private readonly int _actionLength;
    private readonly int _segment;
    private readonly int _rows;
    private readonly LearnedNetwork _network;
    private readonly ShardedProgram _loss;
    private readonly RowProgram _rewards;
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _pairs;
    private readonly float[] _targets;
    private readonly int[] _order;
    private readonly float[] _terms = new float[2];
    private readonly float[] _block;
    private readonly float[] _blockRewards;
    private readonly double[] _firstReturns;
    private readonly double[] _probabilities;
    private long _added;
    private int _first;
    private int _size;

    internal PreferenceModelState(PreferenceModel options, int observationLength, int actionLength, RandomKey key, IWorkers workers)
    {
        _options = options;
        _actionLength = actionLength;
        _width = observationLength + actionLength;
        _segment = checked(options.SegmentLength * _width);
        Variable sample = Variable.Input("pairs", [1, _width]);
        _network = new LearnedNetwork(new Network(scope => Stack(1, Members(scope, _ => sample))), options.Optimizer, key);
        int shards = options.BatchSize % PartPairs == 0 ? options.BatchSize / PartPairs : 1;
        _rows = options.BatchSize / shards;
        _loss = new ShardedProgram(CompileLoss(), shards, workers);
        _loss.Bind(0, _network.Parameters);
        _rewards = new RowProgram(CompileRewards, _network.Parameters);
        _fill = Fill;
        _pairs = new float[checked(options.Capacity * 2 * _segment)];
        _targets = new float[options.Capacity];
        _order = new int[checked(options.Members * options.Capacity)];
        _block = new float[RowProgram.BlockRows * _width];
        _blockRewards = new float[RowProgram.BlockRows * options.Members];
        _firstReturns = new double[options.Members];
        _probabilities = new double[options.Members];
    }

    /// <summary>The number of preferences that are remembered.</summary>
    public int Count => (int)Math.Min(_added, _options.Capacity);

    /// <summary>The number of preferences that were ever told.</summary>
    public long Added => _added;

    /// <summary>Whether all parameters are numbers.</summary>
    public bool IsFinite => _network.IsFinite;

    /// <summary>Remembers a preference; the oldest goes when there is no room. Doesn't allocate.</summary>
    /// <param name="first">The first segment.</param>
    /// <param name="second">The second segment.</param>
    /// <param name="preference">What the teacher said; nothing is remembered of a question that was skipped.</param>
    /// <exception cref="ArgumentException">A segment has the wrong length.</exception>
    public void Add(in TrajectorySegment first, in TrajectorySegment second, Preference preference)
    {
        Require.Defined(preference, nameof(preference));
        Check(first);
        Check(second);
        if (preference == Preference.Skipped)
            return;
        int place = (int)(_added % _options.Capacity);
        Write(first, _pairs.AsSpan(2 * place * _segment, _segment));
        Write(second, _pairs.AsSpan(((2 * place) + 1) * _segment, _segment));
        _targets[place] = preference switch { Preference.First => 0, Preference.Second => 1, _ => 0.5f };
        _added++;
    }

    /// <summary>Fits the ensemble to all preferences that are remembered. Doesn't allocate after warm-up.</summary>
    /// <param name="key">The randomness of the orders.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public PreferenceFit Fit(RandomKey key)
    {
        int count = Count, members = _options.Members, decided = 0;
        if (count == 0)
            throw new InvalidOperationException("There are no preferences to learn from.");
        for (int i = 0; i < count; i++)
            decided += _targets[i] == 0.5f ? 0 : 1;
        for (int epoch = 1; ; epoch++)
        {
            for (int m = 0; m < members; m++)
            {
                RandomStream stream = key.Fold(epoch).Fold(m).Stream();
                Draw.Permutation(ref stream, _order.AsSpan(m * count, count));
            }

            double loss = 0, correct = 0;
            for (_first = 0; _first < count; _first += _size)
            {
                _size = Math.Min(_options.BatchSize, count - _first);
                _loss.Run(_fill);
                _network.Step(_loss);
                _loss.Sum(1, _terms);
                loss += _terms[0] * _size;
                correct += _terms[1];
            }

            double accuracy = decided > 0 ? correct / ((double)decided * members) : double.NaN;
            if (epoch == _options.MaxEpochs || accuracy >= _options.TargetAccuracy)
                return new PreferenceFit(loss / ((double)count * members), accuracy, epoch);
        }
    }

    /// <summary>The mean reward of the members, for each pair.</summary>
    /// <param name="observations">Observations, one row each.</param>
    /// <param name="actions">Actions, one row each.</param>
    /// <param name="rewards">Receives the rewards.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void Rewards(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, Span<float> rewards)
    {
        int inputs = _width - _actionLength, members = _options.Members;
        Require.Length(observations.Length, rewards.Length * inputs, nameof(observations));
        Require.Length(actions.Length, rewards.Length * _actionLength, nameof(actions));
        for (int done = 0; done < rewards.Length; done += RowProgram.BlockRows)
        {
            int rows = Math.Min(rewards.Length - done, RowProgram.BlockRows);
            Run(observations.Slice(done * inputs, rows * inputs), actions.Slice(done * _actionLength, rows * _actionLength), rows);
            for (int i = 0; i < rows; i++)
            {
                float sum = 0;
                for (int m = 0; m < members; m++)
                    sum += _blockRewards[(i * members) + m];
                rewards[done + i] = sum / members;
            }
        }
    }

    /// <summary>Each member's probability that the second of two segments is preferred.</summary>
    /// <param name="first">The first segment.</param>
    /// <param name="second">The second segment.</param>
    /// <param name="probabilities">Receives as many numbers as there are members.</param>
    /// <exception cref="ArgumentException">A segment or the span has the wrong length.</exception>
    public void Probabilities(in TrajectorySegment first, in TrajectorySegment second, Span<double> probabilities)
    {
        Require.Length(probabilities.Length, _options.Members, nameof(probabilities));
        Check(first);
        Check(second);
        Returns(first, _firstReturns);
        Returns(second, probabilities);
        for (int m = 0; m < probabilities.Length; m++)
            probabilities[m] = 1 / (1 + Math.Exp(_firstReturns[m] - probabilities[m]));
    }

    /// <summary>How much a question is worth asking: 0 for <see cref="QueryChoice.Uniform"/>, otherwise the number that questions are chosen by.</summary>
    /// <param name="choice">How questions are chosen.</param>
    /// <param name="first">The first segment.</param>
    /// <param name="second">The second segment.</param>
    /// <exception cref="ArgumentException">A segment has the wrong length.</exception>
    public double Interest(QueryChoice choice, in TrajectorySegment first, in TrajectorySegment second)
    {
        if (Require.Defined(choice, nameof(choice)) == QueryChoice.Uniform)
            return 0;
        Probabilities(first, second, _probabilities);
        double sum = 0, squares = 0, entropy = 0;
        foreach (double p in _probabilities)
        {
            sum += p;
            entropy -= (p > 0 ? p * Math.Log(p) : 0) + (p < 1 ? (1 - p) * Math.Log(1 - p) : 0);
        }

        double mean = sum / _probabilities.Length;
        foreach (double p in _probabilities)
            squares += (p - mean) * (p - mean);
        return choice == QueryChoice.Disagreement ? Math.Sqrt(squares / _probabilities.Length) : entropy / _probabilities.Length;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(_options.Capacity, "room for preferences of");
        archive.Expect(_segment, "segments of");
        archive.Transfer(ref _added);
        if (_added < 0)
            throw new CheckpointException("The saved preferences have a negative number.");
        archive.Transfer(_network);
        archive.Transfer(_pairs.AsSpan(0, Count * 2 * _segment));
        archive.Transfer(_targets.AsSpan(0, Count));
    }

    private void Check(in TrajectorySegment segment)
    {
        Require.Length(segment.Observations.Length, _options.SegmentLength * (_width - _actionLength), nameof(segment.Observations));
        Require.Length(segment.Actions.Length, _options.SegmentLength * _actionLength, nameof(segment.Actions));
    }

    private void Write(in TrajectorySegment segment, Span<float> rows) => Join(segment.Observations, segment.Actions, _options.SegmentLength, rows);

    private void Join(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, int rows, Span<float> joined)
    {
        int inputs = _width - _actionLength;
        for (int i = 0; i < rows; i++)
        {
            observations.Slice(i * inputs, inputs).CopyTo(joined[(i * _width)..]);
            actions.Slice(i * _actionLength, _actionLength).CopyTo(joined[((i * _width) + inputs)..]);
        }
    }

    /// <summary>The members' rewards of at most a block of rows, to the block.</summary>
    private void Run(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, int rows)
    {
        Join(observations, actions, rows, _block);
        _rewards.Run(_block.AsSpan(0, rows * _width), rows, _blockRewards.AsSpan(0, rows * _options.Members));
    }

    private void Returns(in TrajectorySegment segment, Span<double> returns)
    {
        returns.Clear();
        int inputs = _width - _actionLength;
        for (int done = 0; done < _options.SegmentLength; done += RowProgram.BlockRows)
        {
            int rows = Math.Min(_options.SegmentLength - done, RowProgram.BlockRows);
            Run(segment.Observations.Slice(done * inputs, rows * inputs), segment.Actions.Slice(done * _actionLength, rows * _actionLength), rows);
            for (int i = 0; i < rows * returns.Length; i++)
                returns[i % returns.Length] += _blockRewards[i];
        }
    }

    /// <summary>Writes the pairs of each member for a part of the batch; what is beyond the batch counts nothing.</summary>
    private void Fill(int shard, Replay<float> replay)
    {
        Span<float> pairs = replay.Input(1), targets = replay.Input(2), weights = replay.Input(3);
        int count = Count;
        for (int m = 0; m < _options.Members; m++)
        {
            for (int i = 0; i < _rows; i++)
            {
                int place = (shard * _rows) + i, to = (m * _rows) + i;
                bool isThere = place < _size;
                int pair = _order[(m * count) + _first + (isThere ? place : 0)];
                _pairs.AsSpan(2 * pair * _segment, 2 * _segment).CopyTo(pairs[(2 * to * _segment)..]);
                targets[to] = _targets[pair];
                weights[to] = isThere ? 1f / _size : 0;
            }
        }
    }

    /// <summary>The members' rewards of their inputs, each [rows].</summary>
    private Variable[] Members(Scope scope, Func<int, Variable> inputs)
    {
        var rewards = new Variable[_options.Members];
        for (int m = 0; m < rewards.Length; m++)
        {
            Scope part = scope.Part($"member{m}");
            Variable x = inputs(m);
            rewards[m] = Tanh(Reshape(new Linear(1).Apply(part.Part("reward"), _options.Torso.Apply(part.Part("torso"), x)), [x.Shape[0]]));
        }

        return rewards;
    }

    private Computation<float> CompileRewards(int rows)
    {
        Variable x = Variable.Input("pairs", [rows, _width]), p = Variable.Input("parameters", [_network.Length]);
        return Computation.Compile<float>([x, p], Stack(1, Members(_network.Network.ScopeOf(p), _ => x)));
    }

    /// <summary>The gradient of a part's share of the loss, summed over members, and [loss, number of preferences that were predicted].</summary>
    private Computation<float> CompileLoss()
    {
        int members = _options.Members, steps = _options.SegmentLength, memberRows = _rows * 2 * steps;
        Variable p = Variable.Input("parameters", [_network.Length]), x = Variable.Input("pairs", [members * memberRows, _width]);
        Variable targets = Variable.Input("targets", [members, _rows]), weights = Variable.Input("weights", [members, _rows]);
        Variable[] rewards = Members(_network.Network.ScopeOf(p), m => Slice(x, 0, m * memberRows, memberRows));
        Variable returns = Sum(Reshape(Stack(0, rewards), [members, _rows, 2, steps]), -1);
        Variable advantage = Reshape(Slice(returns, -1, 1, 1) - Slice(returns, -1, 0, 1), [members, _rows]);

        // -y log P - (1 - y) log(1 - P) with P the logistic function of the advantage.
        Variable loss = Sum(weights * (Softplus(advantage) - (targets * advantage)));
        Variable predicted = Sum((weights > 0) * (((targets > 0.5) * (advantage > 0)) + ((targets < 0.5) * (advantage < 0))));
        return Computation.Compile<float>([p, x, targets, weights], Derivative.Gradient(loss, p), Stack(0, loss, predicted));
    }
}
