using System.Globalization;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.RL;

/// <summary>
/// An ensemble of probabilistic networks that predict what a step does: network k says that the change of the observation, s' - s, and if wanted the reward are normal with independent elements of mean mu_k(s, a) and
/// variance exp(l_k(s, a)). The variances are the noise of the world, the networks' disagreement is what isn't known yet.
/// </summary>
/// <remarks>
/// <para>K. Chua, R. Calandra, R. McAllister, S. Levine (2018), "Deep reinforcement learning in a handful of trials using probabilistic dynamics models". Each network minimises the mean of
/// (mu - y)^2 exp(-l) + l over its own bootstrap sample of the data (drawn with replacement, anew for each fit), with the log-variance softly bounded on both sides by learnt bounds: l := max - softplus(max - l), l := min + softplus(l - min) (appendix A.1),
/// which a penalty draws together. Inputs are standardised by the data of the fit. So are targets, which the paper doesn't: elements in different units weigh the same then. Each network has bounds of its own. Parameters and the
/// optimizer go on from one fit to the next.</para>
/// <para>Stopping by an error on held-out transitions, with the best parameters of each network put back, follows M. Janner, J. Fu, M. Zhang, S. Levine (2019), "When to trust your model".</para>
/// <para>A pass through n transitions costs B forward and backward passes of n rows. Rows of a prediction are grouped by network; a row costs one pass of one network. For one thread at a time; nothing is allocated once
/// the largest number of rows and the replay memory have been seen.</para>
/// </remarks>
public sealed partial class DynamicsEnsemble : IPersistent
{
    private readonly DynamicsEnsembleOptions _options;
    private readonly RandomKey _key;
    private readonly LearnedNetwork _learned;
    private readonly Block<float>[] _members;
    private readonly RowProgram[] _predict;
    private readonly Action<int, Replay<float>> _fill;
    private readonly float[] _inputMean, _inputScale, _targetMean, _targetScale;
    private readonly double[] _errors, _bestErrors;
    private readonly float[] _best, _term = new float[1];
    private readonly int[] _starts;
    private readonly int _inputs, _outputs;
    private float[] _x = [], _y = [], _noise = [];
    private int[] _places = [];
    private int[] _order = [], _bootstrap = [];
    private ReplayBuffer<float, float>? _data;
    private ShardedProgram? _loss;
    private int _train, _batch;
    private long _fits;

    /// <summary>Writes the first parameters.</summary>
    /// <param name="options">How it looks and is fitted.</param>
    /// <param name="observationLength">The number of elements of an observation.</param>
    /// <param name="actionLength">The number of elements of an action.</param>
    /// <param name="key">The key of the first parameters.</param>
    public DynamicsEnsemble(DynamicsEnsembleOptions options, int observationLength, int actionLength, RandomKey key)
    {
        _options = Require.NotNull(options);
        _key = key;
        ObservationLength = Require.Positive(observationLength, nameof(observationLength));
        ActionLength = Require.Positive(actionLength, nameof(actionLength));
        (_inputs, _outputs) = (observationLength + actionLength, observationLength + (options.PredictsRewards ? 1 : 0));
        int members = options.Members;
        Variable sample = Variable.Input("inputs", [1, _inputs]);
        var network = new Network(scope => Operations.Stack(0, WriteAll(scope, sample, 1, isShared: true)));
        _learned = new LearnedNetwork(network, options.Optimizer, key);
        var member = new Network(scope => Write(scope, sample));
        var programs = new Dictionary<int, Computation<float>>();
        _members = new Block<float>[members];
        _predict = new RowProgram[members];
        for (int k = 0; k < members; k++)
        {
            _members[k] = new Block<float>(member.ParameterCount);
            _predict[k] = new RowProgram(Compile, _members[k]);
        }

        (_inputMean, _inputScale, _targetMean, _targetScale) = (new float[_inputs], new float[_inputs], new float[_outputs], new float[_outputs]);
        _inputScale.AsSpan().Fill(1);
        _targetScale.AsSpan().Fill(1);
        (_errors, _bestErrors, _starts) = (new double[members], new double[members], new int[members + 1]);
        _errors.AsSpan().Fill(double.NaN);
        _best = new float[network.ParameterCount];
        _fill = Fill;
        Share();

        Computation<float> Compile(int rows)
        {
            if (!programs.TryGetValue(rows, out Computation<float>? program))
            {
                Variable x = Variable.Input("inputs", [rows, _inputs]), p = Variable.Input("parameters", [member.ParameterCount]);
                programs.Add(rows, program = Computation.Compile<float>([x, p], Write(member.ScopeOf(p), x)));
            }

            return program;
        }
    }

    /// <summary>The number of networks.</summary>
    public int Members => _options.Members;

    /// <summary>The number of elements of an observation.</summary>
    public int ObservationLength { get; }

    /// <summary>The number of elements of an action.</summary>
    public int ActionLength { get; }

    /// <summary>The number of elements that are predicted: those of an observation, and the reward after them if it is.</summary>
    public int OutputLength => _outputs;

    /// <summary>Whether rewards are predicted.</summary>
    public bool PredictsRewards => _options.PredictsRewards;

    /// <summary>The number of fits so far.</summary>
    public long Fits => _fits;

    /// <summary>Each network's squared error of the last fit on what was held out, of standardised targets and averaged over their elements; NaN where nothing was. The smallest are the elite.</summary>
    public ReadOnlySpan<double> HoldoutErrors => _errors;

    /// <summary>Whether all parameters are numbers.</summary>
    public bool IsFinite => _learned.IsFinite;

    /// <summary>Fits all networks to all transitions of a memory.</summary>
    /// <param name="data">The transitions; nothing of it but states, actions, successors and rewards is looked at.</param>
    /// <param name="key">All randomness of this fit.</param>
    /// <exception cref="ArgumentException">There are fewer than two transitions, or they have other lengths.</exception>
    public DynamicsFit Fit(ReplayBuffer<float, float> data, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(data);
        int n = data.Count;
        if (n < 2)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The dynamics can't be learnt from {n} transitions."), nameof(data));
        Require.Length(data.ObservationLength, ObservationLength, nameof(data.ObservationLength));
        Require.Length(data.ActionLength, ActionLength, nameof(data.ActionLength));
        if (_order.Length < data.Capacity)
            (_order, _bootstrap) = (new int[data.Capacity], new int[checked(Members * data.Capacity)]);
        _data = data;
        ShardedProgram program = _loss ??= StartLoss();
        RandomStream stream = key.Fold("split").Stream();
        Draw.Permutation(ref stream, _order.AsSpan(0, n));
        int holdout = (int)Math.Min(Math.Min(_options.HoldoutFraction * n, _options.MaxHoldout), n - 1);
        _train = n - holdout;
        ReadOnlySpan<int> held = _order.AsSpan(0, holdout), train = _order.AsSpan(holdout, _train);
        Standardize(train);
        Resample(train, key.Fold("bootstrap"));
        if (holdout > 0)
        {
            Evaluate(held);
            _errors.CopyTo(_bestErrors, 0);
            _learned.Parameters.Span.CopyTo(_best);
        }

        int epochs = 0, stale = 0, batches = (_train + _options.BatchSize - 1) / _options.BatchSize;
        double loss = 0;
        while (epochs < _options.MaxEpochs && stale < _options.Patience)
        {
            Shuffle(key.Fold("order").Fold(epochs));
            loss = 0;
            for (_batch = 0; _batch < batches; _batch++)
            {
                program.Run(_fill);
                _learned.Step(program);
                program.Sum(1, _term);
                loss += _term[0] / ((double)batches * Members);
            }

            epochs++;
            if (holdout > 0)
            {
                Evaluate(held);
                stale = KeepBest() ? 0 : stale + 1;
            }
        }

        double error = double.NaN;
        if (holdout > 0)
        {
            _best.CopyTo(_learned.Parameters.Span);
            _bestErrors.CopyTo(_errors, 0);
            error = 0;
            foreach (double e in _errors)
                error += e / Members;
        }
        else
        {
            _errors.AsSpan().Fill(double.NaN);
        }

        Share();
        _data = null;
        _fits++;
        return new DynamicsFit(epochs, loss, error);
    }

    /// <summary>Predicts.</summary>
    /// <param name="observations">The states, one row each.</param>
    /// <param name="actions">The actions, one row each.</param>
    /// <param name="members">Which network to ask for each row.</param>
    /// <param name="means">Receives rows of <see cref="OutputLength"/>: the expected change of the observation, then the expected reward if rewards are predicted.</param>
    /// <param name="variances">Receives their variances.</param>
    public void Predict(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<int> members, Span<float> means, Span<float> variances)
    {
        int rows = members.Length;
        Require.Length(means.Length, rows * _outputs, nameof(means));
        Require.Length(variances.Length, rows * _outputs, nameof(variances));
        Forward(observations, actions, members);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> law = _y.AsSpan(_places[i] * 2 * _outputs, 2 * _outputs);
            for (int j = 0; j < _outputs; j++)
            {
                means[(i * _outputs) + j] = _targetMean[j] + (_targetScale[j] * law[j]);
                variances[(i * _outputs) + j] = MathF.Exp(law[_outputs + j]) * _targetScale[j] * _targetScale[j];
            }
        }
    }

    /// <summary>Draws a successor for each row. A row's result depends on the key, its place, its network and its inputs only.</summary>
    /// <param name="observations">The states, one row each.</param>
    /// <param name="actions">The actions, one row each.</param>
    /// <param name="members">Which network to ask for each row.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="nextObservations">Receives the successors; may be the memory of <paramref name="observations"/>.</param>
    /// <param name="rewards">Receives the rewards, if they are predicted; otherwise empty.</param>
    public void Sample(
        ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<int> members, RandomKey key, Span<float> nextObservations, Span<float> rewards)
    {
        int rows = members.Length, length = ObservationLength;
        Require.Length(nextObservations.Length, rows * length, nameof(nextObservations));
        Require.Length(rewards.Length, PredictsRewards ? rows : 0, nameof(rewards));
        Forward(observations, actions, members);
        Span<float> noise = _noise.AsSpan(0, rows * _outputs);
        RandomFill.Normal(key, noise);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> law = _y.AsSpan(_places[i] * 2 * _outputs, 2 * _outputs), z = noise.Slice(i * _outputs, _outputs);
            for (int j = 0; j < length; j++)
                nextObservations[(i * length) + j] = observations[(i * length) + j] + Draws(law, z, j);
            if (PredictsRewards)
                rewards[i] = Draws(law, z, length);
        }
    }

    /// <summary>Takes over the parameters and the standardisation of another ensemble of the same options and lengths, not its optimizer's state. Doesn't allocate.</summary>
    /// <param name="other">The other.</param>
    public void CopyFrom(DynamicsEnsemble other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other._learned.Parameters.Span.CopyTo(_learned.Parameters.Span);
        other._inputMean.CopyTo(_inputMean, 0);
        other._inputScale.CopyTo(_inputScale, 0);
        other._targetMean.CopyTo(_targetMean, 0);
        other._targetScale.CopyTo(_targetScale, 0);
        other._errors.CopyTo(_errors, 0);
        _fits = other._fits;
        Share();
    }

    /// <summary>An ensemble of the same options, parameters and standardisation.</summary>
    public DynamicsEnsemble Clone()
    {
        var clone = new DynamicsEnsemble(_options, ObservationLength, ActionLength, _key);
        clone.CopyFrom(this);
        return clone;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_learned);
        archive.Transfer<float>(_inputMean);
        archive.Transfer<float>(_inputScale);
        archive.Transfer<float>(_targetMean);
        archive.Transfer<float>(_targetScale);
        archive.Transfer<double>(_errors);
        archive.Transfer(ref _fits);
        if (archive.IsLoading)
            Share();
    }

    private float Draws(ReadOnlySpan<float> law, ReadOnlySpan<float> z, int j) => _targetMean[j] + (_targetScale[j] * (law[j] + (MathF.Exp(0.5f * law[_outputs + j]) * z[j])));

    /// <summary>Every network's mean and log-variance of standardised inputs, rows grouped by network: row i lies at _places[i].</summary>
    private void Forward(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<int> members)
    {
        int rows = members.Length;
        Require.Length(observations.Length, rows * ObservationLength, nameof(observations));
        Require.Length(actions.Length, rows * ActionLength, nameof(actions));
        EnsureRows(rows);
        _starts.AsSpan().Clear();
        foreach (int member in members)
            _starts[Checked(member) + 1]++;
        for (int k = 0; k < Members; k++)
            _starts[k + 1] += _starts[k];
        for (int i = 0; i < rows; i++)
        {
            int place = _places[i] = _starts[members[i]]++;
            WriteInput(observations.Slice(i * ObservationLength, ObservationLength), actions.Slice(i * ActionLength, ActionLength), _x.AsSpan(place * _inputs, _inputs));
        }

        // Each start has moved to the end of its group.
        for (int k = 0, first = 0; k < Members; first = _starts[k++])
        {
            int count = _starts[k] - first;
            if (count > 0)
                _predict[k].Run(_x.AsSpan(first * _inputs, count * _inputs), count, _y.AsSpan(first * 2 * _outputs, count * 2 * _outputs));
        }
    }

    private int Checked(int member) => (uint)member < (uint)Members
        ? member
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Network {member} was asked of {Members}."), nameof(member));

    private void EnsureRows(int rows)
    {
        if (_places.Length >= rows)
            return;
        (_places, _x, _y, _noise) = (new int[rows], new float[rows * _inputs], new float[rows * 2 * _outputs], new float[rows * _outputs]);
    }

    private void WriteInput(ReadOnlySpan<float> observation, ReadOnlySpan<float> action, Span<float> x)
    {
        for (int j = 0; j < observation.Length; j++)
            x[j] = (observation[j] - _inputMean[j]) / _inputScale[j];
        for (int j = observation.Length; j < x.Length; j++)
            x[j] = (action[j - observation.Length] - _inputMean[j]) / _inputScale[j];
    }

    private void WriteTarget(int slot, Span<float> y)
    {
        for (int j = 0; j < y.Length; j++)
            y[j] = (Target(slot, j) - _targetMean[j]) / _targetScale[j];
    }

    private float Input(int slot, int j) =>
        j < ObservationLength ? _data!.Observations[(slot * ObservationLength) + j] : _data!.Actions[(slot * ActionLength) + j - ObservationLength];

    private float Target(int slot, int j) => j == ObservationLength
        ? _data!.Rewards[slot]
        : _data!.NextObservations[(slot * ObservationLength) + j] - _data.Observations[(slot * ObservationLength) + j];

    /// <summary>Hands each network its parameters.</summary>
    private void Share()
    {
        for (int k = 0; k < Members; k++)
            _learned.Parameters.Span.Slice(k * _members[k].Length, _members[k].Length).CopyTo(_members[k].Span);
    }
}
