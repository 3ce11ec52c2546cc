using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A sampling rule for the best of K arms with normal rewards within a small budget T that is learnt, not derived: every arm once, then arms drawn with probabilities that a small network makes of the statistics so far; the largest
/// mean is recommended.
/// </summary>
/// <remarks>
/// <para>The network sees each arm through eight numbers (plays, precision, mean, lead over the best other arm in units of its standard error, whether it leads, time left) that move neither when all rewards are shifted nor when they are
/// scaled with the noise, and is the same for every arm: permuting arms permutes probabilities. It is trained by the policy gradient (R. J. Williams, 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement
/// learning") with the leave-one-out mean of an instance's episodes as baseline, and Adam.</para>
/// <para>A batch costs N E T K passes of the network, N instances with E episodes each. <see cref="RobustExplorationTraining"/> chooses the instances.</para>
/// </remarks>
public sealed record LearnedExploration
{
    /// <summary>The number K of arms, at least 2. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2.</exception>
    public int Arms { get; init => field = Require.AtLeast(value, 2); } = 10;

    /// <summary>The number T of rewards, more than K (checked at the start). Default: 20.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Budget { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The standard deviation s of a reward. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The width of the two hidden layers. Default: 16.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Width { get; init => field = Require.Positive(value); } = 16;

    /// <summary>Adam's learning rate. Default: 0.01.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double LearningRate { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The number N of instances of a batch. Default: 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Instances { get; init => field = Require.Positive(value); } = 32;

    /// <summary>The number E of episodes of each, at least 2. Default: 16.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2.</exception>
    public int Episodes { get; init => field = Require.AtLeast(value, 2); } = 16;

    /// <summary>A rule with random parameters.</summary>
    /// <param name="key">The randomness of the parameters.</param>
    /// <exception cref="InvalidOperationException">The budget isn't larger than the number of arms.</exception>
    public LearnedExplorationState Start(RandomKey key)
    {
        if (Budget <= Arms)
            throw new InvalidOperationException($"Budget is {Budget} but must be more than the number of arms, {Arms}.");
        return new LearnedExplorationState(this, key);
    }
}

/// <summary>A rule that is being learnt. Neither playing nor learning allocates.</summary>
public sealed class LearnedExplorationState : IPersistent
{
    private const int Features = 8;

    private readonly LearnedExploration _options;
    private readonly Replay<float> _forward, _gradient;
    private readonly RuleState<float> _adam;
    private readonly float[] _parameters;
    private readonly double[] _sums, _probabilities, _batch, _losses;
    private readonly int[] _counts;
    private readonly RandomStream[] _streams;

    internal LearnedExplorationState(LearnedExploration options, RandomKey key)
    {
        _options = options;
        int k = options.Arms, plays = options.Budget - k, episodes = options.Instances * options.Episodes;
        var module = new Mlp { Hidden = [options.Width, options.Width], Outputs = 1 };
        var network = new Network(module, [episodes * k, Features]);
        _parameters = new float[network.ParameterCount];
        network.Initialize<float>(key, _parameters);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [episodes * k, Features]);
        _forward = Computation.Compile<float>([p, x], Operations.Reshape(network.Apply(p, x), [episodes, k])).Start();

        // The gradient of sum advantage ln p(played arm) over all plays of all episodes.
        var all = new Network(module, [plays * episodes * k, Features]);
        Variable every = Variable.Input("x", [plays * episodes * k, Features]), played = Variable.Input("played", [plays * episodes, k]);
        Variable loss = Operations.Sum(played * Operations.LogSoftmax(Operations.Reshape(all.Apply(p, every), [plays * episodes, k])));
        _gradient = Computation.Compile<float>([p, every, played], Derivative.Gradient(loss, p)).Start();
        _adam = new Adam { LearningRate = options.LearningRate }.Start<float>(ParameterLayout.Vector(network.ParameterCount));
        _sums = new double[episodes * k];
        _counts = new int[episodes * k];
        _probabilities = new double[k];
        _batch = new double[options.Instances * k];
        _losses = new double[episodes];
        _streams = new RandomStream[episodes];
    }

    /// <summary>The parameters of the network.</summary>
    public Span<float> Parameters => _parameters;

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(_parameters);
        _adam.Persist(archive);
    }

    /// <summary>Takes over the parameters of another rule; Adam begins again only where the state is new.</summary>
    /// <param name="other">A rule with as many parameters.</param>
    /// <exception cref="ArgumentException">The numbers of parameters differ.</exception>
    public void CopyFrom(LearnedExplorationState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Require.Length(other._parameters.Length, _parameters.Length, nameof(other));
        other._parameters.CopyTo(_parameters, 0);
    }

    /// <summary>The probabilities with which the arms are played next.</summary>
    /// <param name="counts">The number of rewards of each arm, at least 1.</param>
    /// <param name="sums">The sum of the rewards of each arm.</param>
    /// <param name="probabilities">Receives one number an arm.</param>
    /// <exception cref="ArgumentException">A length is wrong, or an arm has no reward.</exception>
    public void Probabilities(ReadOnlySpan<int> counts, ReadOnlySpan<double> sums, Span<double> probabilities)
    {
        int k = _options.Arms;
        Require.Length(counts.Length, k, nameof(counts));
        Require.Length(sums.Length, k, nameof(sums));
        Require.Length(probabilities.Length, k, nameof(probabilities));
        foreach (int count in counts)
        {
            if (count < 1)
                throw new ArgumentException("counts holds an arm without rewards; each is played once first.", nameof(counts));
        }

        Describe(counts, sums, _forward.Input(1)[..(k * Features)]);
        _parameters.CopyTo(_forward.Input(0));
        _forward.Run();
        Softmax(_forward.Output(0)[..k], probabilities);
    }

    /// <summary>Plays episodes and writes how often each instance's recommendation is wrong.</summary>
    /// <param name="means">The means of any number of instances, K numbers each.</param>
    /// <param name="batches">How many times <see cref="LearnedExploration.Episodes"/> episodes each instance gets.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="errors">Receives the share of wrong recommendations of each instance.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no batches.</exception>
    public void Evaluate(ReadOnlySpan<double> means, int batches, RandomKey key, Span<double> errors)
    {
        int k = _options.Arms, n = _options.Instances;
        Require.Length(means.Length, checked(errors.Length * k), nameof(means));
        Require.Positive(batches, nameof(batches));
        errors.Clear();
        for (int first = 0; first < errors.Length; first += n)
        {
            // The last batch is filled up with its own first instance.
            for (int i = 0; i < n; i++)
                means.Slice((first + i < errors.Length ? first + i : first) * k, k).CopyTo(_batch.AsSpan(i * k, k));
            for (int batch = 0; batch < batches; batch++)
            {
                Play(_batch, key.Fold(first).Fold(batch), isLearning: false);
                for (int e = 0; e < _losses.Length; e++)
                {
                    int instance = first + (e / _options.Episodes);
                    if (instance < errors.Length)
                        errors[instance] += _losses[e] / (batches * (double)_options.Episodes);
                }
            }
        }
    }

    /// <summary>Plays one batch, and takes one step of Adam down the gradient of sum_i w_i P(wrong on instance i).</summary>
    /// <param name="means">The means of N instances, K numbers each.</param>
    /// <param name="weights">The weight w_i of each, at least 0.</param>
    /// <param name="key">The randomness of the batch.</param>
    /// <param name="errors">Receives the share of wrong recommendations of each instance.</param>
    /// <param name="slopes">Receives an estimate of the derivative of P(wrong) with respect to each mean: what an adversary follows.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Learn(ReadOnlySpan<double> means, ReadOnlySpan<double> weights, RandomKey key, Span<double> errors, Span<double> slopes)
    {
        int k = _options.Arms, n = _options.Instances, each = _options.Episodes, plays = _options.Budget - k, episodes = n * each;
        Require.Length(means.Length, n * k, nameof(means));
        Require.Length(weights.Length, n, nameof(weights));
        Require.Length(errors.Length, n, nameof(errors));
        Require.Length(slopes.Length, n * k, nameof(slopes));
        Play(means, key, isLearning: true);
        slopes.Clear();
        Span<float> played = _gradient.Input(2);
        double variance = _options.NoiseScale * _options.NoiseScale;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int e = i * each; e < (i + 1) * each; e++)
                sum += _losses[e];
            errors[i] = sum / each;
            for (int e = i * each; e < (i + 1) * each; e++)
            {
                double advantage = _losses[e] - ((sum - _losses[e]) / (each - 1));
                for (int arm = 0; arm < k; arm++)
                    slopes[(i * k) + arm] += advantage * (_sums[(e * k) + arm] - (_counts[(e * k) + arm] * means[(i * k) + arm])) / (each * variance);
                float factor = (float)(weights[i] * advantage / each);
                for (int t = 0; t < plays; t++)
                {
                    Span<float> row = played.Slice(((t * episodes) + e) * k, k);
                    for (int arm = 0; arm < k; arm++)
                        row[arm] *= factor;
                }
            }
        }

        _parameters.CopyTo(_gradient.Input(0));
        _gradient.Run();
        _adam.Step(_parameters, _gradient.Output(0));
    }

    /// <summary>Plays E episodes of each of N instances; leaves statistics and losses, and where learning, every input of the network and a one at each played arm.</summary>
    private void Play(ReadOnlySpan<double> means, RandomKey key, bool isLearning)
    {
        int k = _options.Arms, plays = _options.Budget - k, episodes = _losses.Length;
        for (int e = 0; e < episodes; e++)
        {
            _streams[e] = key.Fold(e).Stream();
            ReadOnlySpan<double> instance = means.Slice(e / _options.Episodes * k, k);
            for (int arm = 0; arm < k; arm++)
            {
                _counts[(e * k) + arm] = 1;
                _sums[(e * k) + arm] = instance[arm] + (_options.NoiseScale * _streams[e].NextNormal());
            }
        }

        if (isLearning)
            _gradient.Input(2).Clear();
        _parameters.CopyTo(_forward.Input(0));
        for (int t = 0; t < plays; t++)
        {
            Span<float> inputs = _forward.Input(1);
            for (int e = 0; e < episodes; e++)
                Describe(_counts.AsSpan(e * k, k), _sums.AsSpan(e * k, k), inputs.Slice(e * k * Features, k * Features));
            if (isLearning)
                inputs.CopyTo(_gradient.Input(1)[(t * inputs.Length)..]);
            _forward.Run();
            ReadOnlySpan<float> logits = _forward.Output(0);
            for (int e = 0; e < episodes; e++)
            {
                Softmax(logits.Slice(e * k, k), _probabilities);
                double u = _streams[e].NextDouble();
                int chosen = 0;
                while (chosen < k - 1 && (u -= _probabilities[chosen]) >= 0)
                    chosen++;
                _counts[(e * k) + chosen]++;
                _sums[(e * k) + chosen] += means[(e / _options.Episodes * k) + chosen] + (_options.NoiseScale * _streams[e].NextNormal());
                if (isLearning)
                    _gradient.Input(2)[(((t * episodes) + e) * k) + chosen] = 1;
            }
        }

        for (int e = 0; e < episodes; e++)
        {
            ReadOnlySpan<double> instance = means.Slice(e / _options.Episodes * k, k);
            int recommended = 0, best = 0;
            for (int arm = 1; arm < k; arm++)
            {
                best = instance[arm] > instance[best] ? arm : best;
                recommended = _sums[(e * k) + arm] * _counts[(e * k) + recommended] > _sums[(e * k) + recommended] * _counts[(e * k) + arm] ? arm : recommended;
            }

            _losses[e] = instance[recommended] < instance[best] ? 1 : 0;
        }
    }

    private void Describe(ReadOnlySpan<int> counts, ReadOnlySpan<double> sums, Span<float> features)
    {
        int k = counts.Length, first = -1, second = -1, total = 0;
        double average = 0;
        for (int arm = 0; arm < k; arm++)
        {
            double mean = sums[arm] / counts[arm];
            average += mean / k;
            total += counts[arm];
            if (first < 0 || mean > sums[first] / counts[first])
                (first, second) = (arm, first);
            else if (second < 0 || mean > sums[second] / counts[second])
                second = arm;
        }

        for (int arm = 0; arm < k; arm++)
        {
            int rival = arm == first ? second : first;
            double lead = ((sums[arm] / counts[arm]) - (sums[rival] / counts[rival])) / _options.NoiseScale, error = Math.Sqrt((1.0 / counts[arm]) + (1.0 / counts[rival]));
            Span<float> row = features.Slice(arm * Features, Features);
            row[0] = (float)(counts[arm] * (double)k / _options.Budget);
            row[1] = (float)(1 / Math.Sqrt(counts[arm]));
            row[2] = (float)(0.5 * ((sums[arm] / counts[arm]) - average) / _options.NoiseScale);
            row[3] = (float)(0.5 * lead);
            row[4] = (float)(0.5 * lead / error);
            row[5] = arm == first ? 1 : 0;
            row[6] = arm == second ? 1 : 0;
            row[7] = (float)(1 - (total / (double)_options.Budget));
        }
    }

    private static void Softmax(ReadOnlySpan<float> logits, Span<double> probabilities)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            most = Math.Max(most, logit);
        for (int arm = 0; arm < logits.Length; arm++)
            sum += probabilities[arm] = Math.Exp(logits[arm] - most);
        for (int arm = 0; arm < logits.Length; arm++)
            probabilities[arm] /= sum;
    }
}
