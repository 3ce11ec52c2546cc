using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>The discriminator of adversarial imitation: its network, its loss, and the rewards that it gives.</summary>
internal sealed class Discriminator : IPersistent
{
    private readonly Gail _options;
    private readonly SquashedGaussianActions _bounds;
    private readonly int _inputs;
    private readonly LearnedNetwork _network;
    private readonly ReplayBatch<float, float> _demonstrated;
    private readonly ReplayBatch<float, float> _replayed;
    private readonly ShardedProgram _loss;
    private readonly RowProgram _judge;
    private readonly UpdateClock _clock;
    private readonly KeyVariable _draws = KeyVariable.Input("draws");
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _terms = new float[4];
    private readonly float[] _pairs;
    private readonly float[] _judged = new float[2 * RowProgram.BlockRows];
    private readonly int _rows;
    private RandomKey _key;

    public Discriminator(Gail options, SquashedGaussianActions bounds, int inputs, RandomKey key, IWorkers workers)
    {
        (_options, _bounds, _inputs) = (options, bounds, inputs);
        int length = inputs + bounds.ActionLength;
        Variable sample = Variable.Input("pairs", [1, length]);
        _network = new LearnedNetwork(new Network(scope => Write(scope, sample)), options.Optimizer, key);
        _demonstrated = new ReplayBatch<float, float>(options.BatchSize, inputs, bounds.ActionLength);
        _replayed = new ReplayBatch<float, float>(options.BatchSize, inputs, bounds.ActionLength);
        int shards = ShardedProgram.ShardsFor(options.BatchSize);
        _rows = options.BatchSize / shards;
        _loss = new ShardedProgram(CompileLoss(), shards, workers);
        _loss.Bind(0, _network.Parameters);
        _judge = new RowProgram(CompileJudge, _network.Parameters);
        _pairs = new float[RowProgram.BlockRows * length];
        _clock = new UpdateClock(1, options.DiscriminatorUpdates);
        _fill = Fill;
    }

    /// <summary>The loss, the penalty without its factor, and the mean probabilities of demonstrated and of replayed pairs, of the last update.</summary>
    public ReadOnlySpan<float> Terms => _terms;

    public bool IsFinite => _network.IsFinite;

    /// <summary>Takes the updates that one update of the learner makes due.</summary>
    public void Learn(RandomKey key, IReplay<float, float> memory)
    {
        _clock.Advance(1);
        while (_clock.Take())
        {
            _key = key.Fold(_clock.Updates);
            _options.Demonstrations.Sample(_key.Fold("demonstrations"), _demonstrated);
            memory.Sample(_key.Fold("replay"), _replayed);
            _loss.Run(_fill);
            _network.Step(_loss);
            _loss.Sum(1, _terms);
        }
    }

    /// <summary>The rewards of pairs, with the norms of their gradients if there is room for them.</summary>
    public void Judge(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, Span<float> rewards, Span<float> slopes)
    {
        int length = _bounds.ActionLength, width = _inputs + length;
        Require.Length(observations.Length, rewards.Length * _inputs, nameof(observations));
        Require.Length(actions.Length, rewards.Length * length, nameof(actions));
        for (int done = 0; done < rewards.Length; done += RowProgram.BlockRows)
        {
            int rows = Math.Min(rewards.Length - done, RowProgram.BlockRows);
            for (int i = 0; i < rows; i++)
            {
                observations.Slice((done + i) * _inputs, _inputs).CopyTo(_pairs.AsSpan(i * width));
                actions.Slice((done + i) * length, length).CopyTo(_pairs.AsSpan((i * width) + _inputs));
            }

            _judge.Run(_pairs.AsSpan(0, rows * width), rows, _judged.AsSpan(0, 2 * rows));
            for (int i = 0; i < rows; i++)
            {
                rewards[done + i] = _judged[2 * i];
                if (!slopes.IsEmpty)
                    slopes[done + i] = _judged[(2 * i) + 1];
            }
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Expect(_options.Demonstrations.Count, "a number of demonstrations of");
        archive.Transfer(_network);
        archive.Transfer(_clock);
        archive.Transfer<float>(_terms);
    }

    private void Fill(int shard, Replay<float> replay)
    {
        int first = shard * _rows, length = _bounds.ActionLength;
        _demonstrated.Observations.AsSpan(first * _inputs, _rows * _inputs).CopyTo(replay.Input(1));
        _demonstrated.Actions.AsSpan(first * length, _rows * length).CopyTo(replay.Input(2));
        _replayed.Observations.AsSpan(first * _inputs, _rows * _inputs).CopyTo(replay.Input(3));
        _replayed.Actions.AsSpan(first * length, _rows * length).CopyTo(replay.Input(4));
        if (_options.PenaltyScale > 0)
            replay.SetKey(_draws, _key.Fold("points").Fold(shard));
    }

    /// <summary>Scores f, [rows].</summary>
    private Variable Write(Scope scope, Variable pairs) =>
        Reshape(new Linear(1).Apply(scope.Part("score"), _options.Discriminator.Apply(scope.Part("torso"), pairs)), [pairs.Shape[0]]);

    private Variable Score(Variable parameters, Variable pairs) => Write(_network.Network.ScopeOf(parameters), pairs);

    private Variable Pairs(Variable observations, Variable actions) => Concatenate(-1, observations, _bounds.Normalize(actions));

    private Computation<float> CompileLoss()
    {
        int length = _bounds.ActionLength;
        Variable p = Variable.Input("parameters", [_network.Length]);
        Variable shown = Variable.Input("demonstrated observations", [_rows, _inputs]), shownActions = Variable.Input("demonstrated actions", [_rows, length]);
        Variable seen = Variable.Input("replayed observations", [_rows, _inputs]), seenActions = Variable.Input("replayed actions", [_rows, length]);
        Variable demonstrated = Pairs(shown, shownActions), replayed = Pairs(seen, seenActions);
        Variable demonstratedScores = Score(p, demonstrated), replayedScores = Score(p, replayed);

        // -log D = softplus(-f), -log(1 - D) = softplus(f).
        double share = 1.0 / _options.BatchSize;
        Variable loss = share * (Sum(Softplus(-demonstratedScores)) + Sum(Softplus(replayedScores))), penalty = 0;
        if (_options.PenaltyScale > 0)
        {
            Variable points = _options.Points switch
            {
                PenaltyPoints.Interpolated => Between(demonstrated, replayed),
                PenaltyPoints.AroundDemonstrations => demonstrated + (_options.Perturbation * RandomNormal(_draws, demonstrated.Shape)),
                _ => replayed + (_options.Perturbation * RandomNormal(_draws, replayed.Shape)),
            };
            penalty = share * Sum(GradientPenalty.Of(GradientPenalty.Norms(Score(p, points), points), _options.SlopeBound, _options.IsOneSided));
            loss += _options.PenaltyScale * penalty;
        }

        Variable report = Stack(0, loss, penalty, share * Sum(Sigmoid(demonstratedScores)), share * Sum(Sigmoid(replayedScores)));
        return Computation.Compile<float>([p, shown, shownActions, seen, seenActions], Derivative.Gradient(loss, p), report);
    }

    private Variable Between(Variable demonstrated, Variable replayed)
    {
        Variable u = RandomUniform(_draws, [_rows, 1]);
        return (u * demonstrated) + ((1 - u) * replayed);
    }

    /// <summary>Pairs as they are stored to [rows, 2] of rewards and the norms of their gradients, before pessimism.</summary>
    private Computation<float> CompileJudge(int rows)
    {
        int length = _bounds.ActionLength;
        Variable x = Variable.Input("pairs", [rows, _inputs + length]), p = Variable.Input("parameters", [_network.Length]);
        Variable points = Pairs(Slice(x, -1, 0, _inputs), Slice(x, -1, _inputs, length)), score = Score(p, points);
        Variable reward = _options.Reward switch
        {
            AdversarialReward.NonNegative => Softplus(score),
            AdversarialReward.LogOdds => score,
            _ => -Softplus(-score),
        };
        Variable slope = GradientPenalty.Norms(reward, points);
        Variable trusted = _options.Pessimism > 0 ? reward * Exp(-_options.Pessimism * GradientPenalty.Of(slope, _options.SlopeBound, isOneSided: true)) : reward;
        return Computation.Compile<float>([x, p], Stack(1, trusted, slope));
    }
}
