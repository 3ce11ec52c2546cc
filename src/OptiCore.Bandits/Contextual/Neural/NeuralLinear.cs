using OptiCore.Differentiation;
using OptiCore.Distributions;
using OptiCore.Networks;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Neural-linear Thompson sampling: Bayesian linear regression of each arm's rewards on the last hidden layer of a network, which is trained again on all rewards after every
/// <see cref="TrainingInterval"/> of them. Draws each arm's value from its posterior and plays the largest.
/// </summary>
/// <remarks>
/// <para>C. Riquelme, G. Tucker, J. Snoek (2018), "Deep Bayesian bandits showdown", ICLR. With z the hidden layer and a constant 1, the prior sigma^2 ~ InverseGamma(a0, b0), theta ~ N(0, sigma^2 /
/// lambda I) gives A = lambda I + sum z z', m = A^-1 sum r z, a = a0 + n / 2, b = b0 + (sum r^2 - m' A m) / 2. Posteriors learn from every reward at once; the network, which has one output an arm, is
/// trained for <see cref="TrainingSteps"/> steps of Adam (D. P. Kingma, J. Ba, 2015, "Adam: a method for stochastic optimization") on batches drawn with replacement, for the squared error of the arm that
/// was played; then the posteriors are computed anew from all rewards in the new representation.</para>
/// <para>The values z' theta of arms are independent and follow Student's t laws, so that one draw an arm has the law of drawing variances and parameters, and the probabilities are exact, by
/// quadrature.</para>
/// <para>A choice costs a pass through the network and O(K h^2) for h hidden units; an update a pass and O(h^2); every training its steps and a pass for each reward so far, which are all kept: memory for
/// <see cref="Capacity"/> of them is taken at the start and doubled when it is full. Rewards and features should be of the order of 1. The number of arms is fixed, and states can't be merged: the network
/// depends on the order of rewards. For rewards that are nonlinear in features, and many; for few see <see cref="GpUcb"/>. Without a bound of regret.</para>
/// </remarks>
[Algorithm("Neural-linear", "Contextual, nonlinear", "C. Riquelme, G. Tucker, J. Snoek (2018), Deep Bayesian bandits showdown")]
public sealed record NeuralLinear : IContextualPolicy
{
    /// <summary>The number h of units of each hidden layer. Default: 50.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Width { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The number of hidden layers. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Layers { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number of rewards after which the network is trained again. Default: 50.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int TrainingInterval { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The number of steps of a training. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int TrainingSteps { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The number of rewards in a batch. Default: 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Batch { get; init => field = Require.Positive(value); } = 32;

    /// <summary>Adam's learning rate, positive. Default: 0.003.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double LearningRate { get; init => field = Require.Positive(value); } = 3e-3;

    /// <summary>The prior's precision lambda in units of the noise's, positive. Default: 0.25, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 0.25;

    /// <summary>The shape a0 of the noise variance's prior, positive. Default: 6, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorShape { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The scale b0 of the noise variance's prior, positive. Default: 6, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorScale { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The number of rewards for which memory is taken at the start. Default: 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Capacity { get; init => field = Require.Positive(value); } = 1000;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public NeuralLinearState Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>Neural-linear Thompson sampling at work.</summary>
public sealed class NeuralLinearState : ContextualState
{
    // The constants of Kingma and Ba.
    private const double FirstDecay = 0.9, SecondDecay = 0.999, Stabiliser = 1e-8;

    private const string OutputPart = "output", OutputWeights = OutputPart + ".weight";

    private readonly NeuralLinear _policy;
    private readonly Network _network;
    private readonly Replay<double> _representation, _gradient;
    private readonly double[] _parameters, _first, _second, _hidden;
    private readonly ArmArray<double> _models, _squares, _scratch;
    private readonly ArmArray<StudentT> _laws;
    private double[] _contexts, _rewards;
    private int[] _arms;
    private int _count;
    private long _steps;

    internal NeuralLinearState(NeuralLinear policy, int arms, int features, RandomKey key)
        : base(policy, arms, features, hasActionFeatures: false, key)
    {
        _policy = policy;
        int batch = policy.Batch;
        Variable shape = Variable.Input("x", [1, features]);
        _network = new Network(scope => Output(scope, Hidden(scope, shape), arms));
        int length = _network.ParameterCount;
        _parameters = new double[length];
        _first = new double[length];
        _second = new double[length];
        _hidden = new double[policy.Width + 1];
        _hidden[^1] = 1;

        Variable parameters = Variable.Input("parameters", [length]);
        _representation = Computation.Compile<double>([parameters, shape], Hidden(_network.ScopeOf(parameters), shape)).Start();
        Variable x = Variable.Input("contexts", [batch, features]), targets = Variable.Input("rewards", [batch, arms]), played = Variable.Input("played", [batch, arms]);
        Scope scope = _network.ScopeOf(parameters);
        Variable loss = Operations.Sum(played * Operations.Square(Output(scope, Hidden(scope, x), arms) - targets)) * (1.0 / batch);
        _gradient = Computation.Compile<double>([parameters, x, targets, played], Derivative.Gradient(loss, parameters)).Start();

        _models = PerArm<double>(RidgeModel.Length(policy.Width + 1));
        _squares = PerArm<double>();
        _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
        _laws = PerArm<StudentT>(isSaved: false);
        _contexts = new double[checked(policy.Capacity * features)];
        _rewards = new double[policy.Capacity];
        _arms = new int[policy.Capacity];
        Forget();
    }

    /// <inheritdoc/>
    public override bool CanChangeArms => false;

    /// <inheritdoc/>
    public override bool CanMerge => false;

    /// <summary>The inverse gamma posterior of the variance of an arm's noise: its shape a and scale b.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public (double Shape, double Scale) NoiseVariance(int arm)
    {
        RidgeModel model = Model(arm);
        double explained = RidgeModel.Dot(model.Coefficients, model.Moment);
        return (_policy.PriorShape + (0.5 * Pulls[arm]), _policy.PriorScale + (0.5 * Math.Max(0, _squares[arm] - explained)));
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        base.Persist(archive);
        archive.Transfer(ref _count);
        archive.Transfer(ref _steps);
        if (archive.IsLoading)
        {
            if (_count < 0 || _count > Array.MaxLength / Features)
                throw new CheckpointException("The saved number of rewards is impossible.");
            Reserve(_count);
        }

        archive.Transfer(_parameters.AsSpan());
        archive.Transfer(_first.AsSpan());
        archive.Transfer(_second.AsSpan());
        archive.Transfer(_contexts.AsSpan(0, _count * Features));
        archive.Transfer(_rewards.AsSpan(0, _count));
        archive.Transfer(_arms.AsSpan(0, _count));
        if (archive.IsLoading)
            _parameters.CopyTo(_representation.Input(0));
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        RandomStream stream = Key.Fold(round).Stream();
        ReadOnlySpan<double> z = Represent(context);
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
        {
            RidgeModel model = Model(arm);
            (double shape, double scale) = NoiseVariance(arm);
            double variance = scale / stream.NextGamma(shape);
            best.Offer(arm, model.Mean(z) + (Math.Sqrt(variance * model.Variance(z)) * stream.NextNormal()));
        }

        return best.Place;
    }

    /// <summary>Writes the probability of each arm to have the largest draw, by quadrature: 170 K evaluations of each arm's Student law.</summary>
    /// <param name="context">The context.</param>
    /// <param name="round">The round, which doesn't enter.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
    {
        ReadOnlySpan<double> z = Represent(context);
        for (int arm = 0; arm < Arms; arm++)
        {
            RidgeModel model = Model(arm);
            (double shape, double scale) = NoiseVariance(arm);
            _laws[arm] = new StudentT(2 * shape, model.Mean(z), Math.Sqrt(scale / shape * model.Variance(z)));
        }

        BestArm.Probabilities<StudentT>(_laws.Span, _scratch.Span, probabilities);
    }

    /// <summary>Writes the posterior means.</summary>
    /// <param name="context">The context.</param>
    /// <param name="scores">Receives one mean an arm.</param>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        ReadOnlySpan<double> z = Represent(context);
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = Model(arm).Mean(z);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        Reserve(_count + 1);
        context.CopyTo(_contexts.AsSpan(_count * Features));
        _rewards[_count] = reward;
        _arms[_count++] = arm;
        if (_count % _policy.TrainingInterval != 0)
        {
            Condition(context, arm, reward);
            return;
        }

        Train();
        ResetPosteriors();
        for (int i = 0; i < _count; i++)
            Condition(_contexts.AsSpan(i * Features, Features), _arms[i], _rewards[i]);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        _count = 0;
        _steps = 0;
        Array.Clear(_first);
        Array.Clear(_second);
        Array.Clear(_parameters);

        // Glorot's uniform law for hidden weights and zeros for biases, as the modules have them, written here without allocation; zeros for the outputs too, so that arms are alike.
        IReadOnlyList<NamedTensor> tensors = _network.Parameters;
        RandomKey key = Key.Fold("network");
        for (int i = 0; i < tensors.Count; i++)
        {
            Shape shape = tensors[i].Shape;
            if (shape.Rank != 2 || tensors[i].Name == OutputWeights)
                continue;
            double bound = Math.Sqrt(6.0 / (shape[0] + shape[1]));
            RandomStream stream = key.Fold(i).Stream();
            foreach (ref double w in _parameters.AsSpan(tensors[i].Offset, shape[0] * shape[1]))
                w = bound * ((2 * stream.NextDouble()) - 1);
        }

        _parameters.CopyTo(_representation.Input(0));
        ResetPosteriors();
    }

    private static Variable Output(Scope scope, Variable hidden, int arms) => new Linear(arms).Apply(scope.Part(OutputPart), hidden);

    private Variable Hidden(Scope scope, Variable x)
    {
        for (int i = 0; i < _policy.Layers; i++)
            x = Operations.Relu(new Linear(_policy.Width).Apply(scope.Part(i == 0 ? "layer0" : $"layer{i}"), x));
        return x;
    }

    private RidgeModel Model(int arm) => new(_models.Of(arm), _policy.Width + 1, _policy.Regularization);

    /// <summary>The last hidden layer and 1.</summary>
    private ReadOnlySpan<double> Represent(ReadOnlySpan<double> context)
    {
        context.CopyTo(_representation.Input(1));
        _representation.Run();
        _representation.Output(0).CopyTo(_hidden);
        return _hidden;
    }

    private void Condition(ReadOnlySpan<double> context, int arm, double reward)
    {
        Model(arm).Add(Represent(context), reward);
        _squares[arm] += reward * reward;
    }

    private void ResetPosteriors()
    {
        _squares.Span.Clear();
        for (int arm = 0; arm < Arms; arm++)
            Model(arm).Reset();
    }

    private void Train()
    {
        RandomStream stream = Key.Fold("training").Fold(_count).Stream();
        for (int step = 0; step < _policy.TrainingSteps; step++)
        {
            Span<double> contexts = _gradient.Input(1), targets = _gradient.Input(2), played = _gradient.Input(3);
            targets.Clear();
            played.Clear();
            for (int i = 0; i < _policy.Batch; i++)
            {
                int row = stream.NextInt32(_count);
                _contexts.AsSpan(row * Features, Features).CopyTo(contexts[(i * Features)..]);
                targets[(i * Arms) + _arms[row]] = _rewards[row];
                played[(i * Arms) + _arms[row]] = 1;
            }

            _parameters.CopyTo(_gradient.Input(0));
            _gradient.Run();
            Step(_gradient.Output(0));
        }

        _parameters.CopyTo(_representation.Input(0));
    }

    /// <summary>Adam.</summary>
    private void Step(ReadOnlySpan<double> gradient)
    {
        _steps++;
        double firstCorrection = 1 - Math.Pow(FirstDecay, _steps), secondCorrection = 1 - Math.Pow(SecondDecay, _steps);
        for (int i = 0; i < _parameters.Length; i++)
        {
            _first[i] += (1 - FirstDecay) * (gradient[i] - _first[i]);
            _second[i] += (1 - SecondDecay) * ((gradient[i] * gradient[i]) - _second[i]);
            _parameters[i] -= _policy.LearningRate * (_first[i] / firstCorrection) / (Math.Sqrt(_second[i] / secondCorrection) + Stabiliser);
        }
    }

    private void Reserve(int count)
    {
        if (count <= _rewards.Length)
            return;
        int capacity = (int)Math.Max(count, Math.Min(2L * _rewards.Length, Array.MaxLength / Features));
        Array.Resize(ref _rewards, capacity);
        Array.Resize(ref _arms, capacity);
        Array.Resize(ref _contexts, checked(capacity * Features));
    }
}
