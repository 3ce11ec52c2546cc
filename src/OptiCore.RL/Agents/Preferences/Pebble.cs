namespace OptiCore.RL;

/// <summary>
/// PEBBLE: learns what a teacher wants from comparisons of behaviour. First explores without any reward, for the particle entropy of the states that it visits; then asks about pairs of segments from time to time, refits a <see cref="PreferenceModel"/> to all
/// answers, gives all replayed transitions the rewards that the model has come to, and learns from them with <see cref="Sac"/>.
/// </summary>
/// <remarks>
/// <para>K. Lee, L. Smith, P. Abbeel (2021), "PEBBLE: feedback-efficient interactive reinforcement learning via relabeling experience and unsupervised pre-training". Exploring, the reward of a transition is log(||s - s_k|| + c) / sigma, with the k-th nearest
/// neighbour s_k of s among all states that are remembered, computed when it is drawn, and the running deviation sigma of these numbers; the authors' program leaves out the logarithm.</para>
/// <para>After <see cref="Sac.LearningStarts"/> uniform and <see cref="PretrainingSteps"/> exploring transitions come the first questions, which are chosen uniformly since the model knows nothing; the learner keeps the policy that explores and begins all
/// else anew (critics, temperature, the optimizers' moments; the authors' program: the critics), and is updated <see cref="UpdatesAfterReset"/> times. From there on it asks again every <see cref="QueryInterval"/> transitions until
/// <see cref="MaxQueries"/> are used up; questions that the teacher skips count. Segments come from single episodes, uniformly from the latest <see cref="QueryWindow"/> transitions; where no episode is as long as a segment, nothing is asked and rewards are
/// those of a model that knows nothing.</para>
/// <para>The rewards of the environment go to the teacher only. Needs <see cref="Box"/> observations and bounded <see cref="Box"/> actions. An update costs one of SAC, and while exploring batch size times transitions distances more; a session costs a fit and
/// one pass of the model over all transitions that are remembered.</para>
/// </remarks>
[Algorithm("PEBBLE", "Preferences", "K. Lee, L. Smith, P. Abbeel (2021), PEBBLE: feedback-efficient interactive reinforcement learning via relabeling experience and unsupervised pre-training", Capabilities = "Box observations, bounded box actions; off-policy, from a teacher's comparisons")]
public sealed record Pebble : IAgent<float, float>
{
    /// <summary>Who is asked.</summary>
    public required IPreferenceTeacher Teacher { get; init => field = Require.NotNull(value, nameof(Teacher)); }

    /// <summary>Who learns; its replay options are the memory's, one step. Default: <see cref="Sac"/> as it is.</summary>
    public Sac Learner { get; init => field = Require.NotNull(value, nameof(Learner)); } = new();

    /// <summary>What rewards are learnt with. Default: <see cref="PreferenceModel"/> as it is.</summary>
    public PreferenceModel Rewards { get; init => field = Require.NotNull(value, nameof(Rewards)); } = new();

    /// <summary>The exploring transitions before the first questions, besides the uniform ones. Default: 9,000.</summary>
    public int PretrainingSteps { get; init => field = Require.NonNegative(value); } = 9_000;

    /// <summary>k: which neighbour the entropy is estimated with. Default: 5.</summary>
    public int Neighbours { get; init => field = value is >= 1 and <= ParticleEntropy.MaxNeighbours ? value : throw new ArgumentOutOfRangeException(nameof(Neighbours), value, $"Neighbours must be at least 1 and at most {ParticleEntropy.MaxNeighbours}."); } = 5;

    /// <summary>c: what is added to distances before their logarithm; positive. Default: 1.</summary>
    public double EntropyOffset { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The transitions between sessions of questions. Default: 5,000.</summary>
    public int QueryInterval { get; init => field = Require.Positive(value); } = 5_000;

    /// <summary>The questions of a session. Default: 50.</summary>
    public int QueriesPerSession { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The questions of the whole run. Default: 500.</summary>
    public int MaxQueries { get; init => field = Require.Positive(value); } = 500;

    /// <summary>How questions are chosen after the first session. Default: by disagreement.</summary>
    public QueryChoice Query { get; init => field = Require.Defined(value); } = QueryChoice.Disagreement;

    /// <summary>The pairs that one question is chosen from. Default: 10.</summary>
    public int CandidatesPerQuery { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The latest transitions that questions are about. Default: 100,000.</summary>
    public int QueryWindow { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>The learner's updates right after the first session, before it plays on. Default: 100.</summary>
    public int UpdatesAfterReset { get; init => field = Require.NonNegative(value); } = 100;

    /// <summary>Whether a new model gives new rewards to all transitions, not just to those that come. Default: yes.</summary>
    public bool RelabelsReplay { get; init; } = true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The actions aren't a bounded box, or a memory of several steps was asked for.</exception>
    public AgentState<float, float> Start(AgentSetup<float, float> setup)
    {
        IReplay<float, float> memory = setup.Memory ?? new ReplayBuffer<float, float>(Learner.Replay, setup.ObservationSpace.Length, setup.ActionSpace.Length, setup.Count);
        return memory.Buffer.Options.Steps == 1
            ? new PebbleState(this, setup, memory)
            : throw new ArgumentException($"Rewards change while they are remembered, so that samples cover 1 step, not {memory.Buffer.Options.Steps}.", nameof(setup));
    }
}
