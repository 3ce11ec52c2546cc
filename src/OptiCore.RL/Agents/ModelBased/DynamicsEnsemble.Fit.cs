using System.Globalization;
using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <content>The loss, and what a fit does with the data.</content>
public sealed partial class DynamicsEnsemble
{
    private void Standardize(ReadOnlySpan<int> slots)
    {
        for (int j = 0; j < _inputs; j++)
            (_inputMean[j], _inputScale[j]) = Moments(slots, j, isInput: true);
        for (int j = 0; j < _outputs; j++)
            (_targetMean[j], _targetScale[j]) = Moments(slots, j, isInput: false);
    }

    /// <summary>What doesn't vary isn't scaled.</summary>
    private (float Mean, float Scale) Moments(ReadOnlySpan<int> slots, int j, bool isInput)
    {
        double mean = 0, squares = 0;
        foreach (int slot in slots)
            mean += isInput ? Input(slot, j) : Target(slot, j);
        mean /= slots.Length;
        foreach (int slot in slots)
        {
            double d = (isInput ? Input(slot, j) : Target(slot, j)) - mean;
            squares += d * d;
        }

        double deviation = Math.Sqrt(squares / slots.Length);
        return ((float)mean, deviation > 1e-6 * Math.Max(Math.Abs(mean), 1e-6) ? (float)deviation : 1);
    }

    private void Resample(ReadOnlySpan<int> slots, RandomKey key)
    {
        for (int k = 0; k < Members; k++)
        {
            RandomStream stream = key.Fold(k).Stream();
            foreach (ref int slot in _bootstrap.AsSpan(k * _train, _train))
                slot = slots[stream.NextInt32(slots.Length)];
        }
    }

    private void Shuffle(RandomKey key)
    {
        for (int k = 0; k < Members; k++)
        {
            RandomStream stream = key.Fold(k).Stream();
            Span<int> slots = _bootstrap.AsSpan(k * _train, _train);
            for (int i = slots.Length - 1; i > 0; i--)
            {
                int other = stream.NextInt32(i + 1);
                (slots[i], slots[other]) = (slots[other], slots[i]);
            }
        }
    }

    /// <summary>A batch of each network; the last of a pass is filled up from its beginning.</summary>
    private void Fill(int shard, Replay<float> replay)
    {
        int rows = _options.BatchSize;
        Span<float> x = replay.Input(1), y = replay.Input(2);
        for (int row = 0; row < Members * rows; row++)
        {
            (int k, int i) = Math.DivRem(row, rows);
            int slot = _bootstrap[(k * _train) + (int)((((long)_batch * rows) + i) % _train)];
            WriteInput(_data!.Observations.Slice(slot * ObservationLength, ObservationLength), _data.Actions.Slice(slot * ActionLength, ActionLength), x.Slice(row * _inputs, _inputs));
            WriteTarget(slot, y.Slice(row * _outputs, _outputs));
        }
    }

    private void Evaluate(ReadOnlySpan<int> slots)
    {
        Share();
        EnsureRows(slots.Length);
        for (int i = 0; i < slots.Length; i++)
        {
            WriteInput(
                _data!.Observations.Slice(slots[i] * ObservationLength, ObservationLength), _data.Actions.Slice(slots[i] * ActionLength, ActionLength), _x.AsSpan(i * _inputs, _inputs));
        }

        for (int k = 0; k < Members; k++)
        {
            _predict[k].Run(_x.AsSpan(0, slots.Length * _inputs), slots.Length, _y.AsSpan(0, slots.Length * 2 * _outputs));
            double sum = 0;
            for (int i = 0; i < slots.Length; i++)
            {
                WriteTarget(slots[i], _noise.AsSpan(0, _outputs));
                for (int j = 0; j < _outputs; j++)
                {
                    double d = _y[(i * 2 * _outputs) + j] - _noise[j];
                    sum += d * d;
                }
            }

            _errors[k] = sum / ((double)slots.Length * _outputs);
        }
    }

    private bool KeepBest()
    {
        bool improved = false;
        int length = _members[0].Length;
        for (int k = 0; k < Members; k++)
        {
            if (!(_bestErrors[k] - _errors[k] > _options.LeastImprovement * _bestErrors[k]))
                continue;
            improved = true;
            _bestErrors[k] = _errors[k];
            _members[k].Span.CopyTo(_best.AsSpan(k * length));
        }

        return improved;
    }

    /// <summary>Means and log-variances, [rows, 2 outputs].</summary>
    private Variable Write(Scope scope, Variable x)
    {
        Variable y = new Linear(2 * _outputs).Apply(scope.Part("head"), _options.Torso.Apply(scope.Part("torso"), x));
        Variable most = scope.Parameter("maxLogVariance", [_outputs], Initializer.Value(0.5)), least = scope.Parameter("minLogVariance", [_outputs], Initializer.Value(-10));
        if (scope.IsTraining)
            scope.Penalize(_options.BoundsPenalty * (Sum(most) - Sum(least)));
        Variable log = most - Softplus(most - Slice(y, -1, _outputs, _outputs));
        return Concatenate(-1, Slice(y, -1, 0, _outputs), least + Softplus(log - least));
    }

    private Variable[] WriteAll(Scope scope, Variable x, int rows, bool isShared)
    {
        var laws = new Variable[_options.Members];
        for (int k = 0; k < laws.Length; k++)
            laws[k] = Write(scope.Part(string.Create(CultureInfo.InvariantCulture, $"member{k}")), isShared ? x : Slice(x, 0, k * rows, rows));
        return laws;
    }

    /// <summary>Compiled when first fitted: what only predicts, as policies do, needs none.</summary>
    private ShardedProgram StartLoss()
    {
        var program = new ShardedProgram(CompileLoss(_learned.Network), 1, Workers.Serial);
        program.Bind(0, _learned.Parameters);
        return program;
    }

    private Computation<float> CompileLoss(Network network)
    {
        int rows = _options.BatchSize;
        Variable p = Variable.Input("parameters", [network.ParameterCount]);
        Variable x = Variable.Input("inputs", [Members * rows, _inputs]), y = Variable.Input("targets", [Members * rows, _outputs]);
        Scope scope = network.ScopeOf(p, isTraining: true);
        Variable[] laws = WriteAll(scope, x, rows, isShared: false);
        Variable likelihood = Variable.Constant(0);
        for (int k = 0; k < laws.Length; k++)
        {
            Variable mean = Slice(laws[k], -1, 0, _outputs), log = Slice(laws[k], -1, _outputs, _outputs);
            likelihood += Mean((Square(mean - Slice(y, 0, k * rows, rows)) * Exp(-log)) + log);
        }

        Variable loss = likelihood + scope.Penalty;
        if (_options.WeightDecay > 0)
        {
            float[] weights = new float[network.ParameterCount];
            foreach (NamedTensor tensor in network.Parameters)
            {
                if (tensor.Shape.Rank > 1)
                    weights.AsSpan(tensor.Offset, tensor.Shape.ElementCount).Fill(1);
            }

            loss += 0.5 * _options.WeightDecay * Sum(Variable.Constant<float>(weights, [weights.Length]) * Square(p));
        }

        return Computation.Compile<float>([p, x, y], Derivative.Gradient(loss, p), likelihood);
    }
}
