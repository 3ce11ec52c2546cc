namespace OptiCore.RL;

/// <summary>
/// DAgger: clones an expert on the states that the clone itself comes to. In every iteration the clone plays, the expert says what it would have done in each state, what it said joins the data of all
/// iterations before, and a new clone is fitted to all of it. In the first iteration the expert plays.
/// </summary>
/// <remarks>
/// S. Ross, G. Gordon, J. A. Bagnell (2011), "A reduction of imitation learning and structured prediction to no-regret online learning", with beta_1 = 1 and beta_i = 0 after, the parameter-free choice of the paper; the
/// error of the best of its policies grows with the length of an episode only, not with its square. All are returned: evaluate them and take the best, which needn't be the last.
/// </remarks>
[Algorithm("DAgger", "Imitation", "S. Ross, G. Gordon, J. A. Bagnell (2011), A reduction of imitation learning and structured prediction to no-regret online learning", Capabilities = "Box observations, any actions; an expert who can be asked")]
public sealed record DatasetAggregation
{
    /// <summary>How clones are made. Default: <see cref="BehaviourCloning"/> as it is.</summary>
    public BehaviourCloning Cloning { get; init => field = Require.NotNull(value, nameof(Cloning)); } = new();

    /// <summary>The number of iterations. Default: 5.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The transitions that are played in an iteration, all environments together; rounded up to whole steps. Default: 2,000.</summary>
    public int StepsPerIteration { get; init => field = Require.Positive(value); } = 2_000;

    /// <summary>Learns from an expert.</summary>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="expert">Who is asked.</param>
    /// <param name="environment">Where is played; it is reset.</param>
    /// <param name="key">All randomness.</param>
    /// <param name="workers">Who does the parts of updates; results are the same for any number. Default: this thread.</param>
    /// <returns>The clone of each iteration.</returns>
    /// <exception cref="ArgumentException">The law doesn't fit the actions.</exception>
    public IReadOnlyList<NetworkPolicy<TAction>> Fit<TAction>(IPolicy<float, TAction> expert, IVectorEnvironment<float, TAction> environment, RandomKey key, IWorkers? workers = null) where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(expert);
        ArgumentNullException.ThrowIfNull(environment);
        int count = environment.Count, steps = (StepsPerIteration + count - 1) / count, inputs = environment.ObservationSpace.Length, length = environment.ActionSpace.Length;
        var data = new ReplayBuffer<float, TAction>(new ReplayOptions { Capacity = checked(Iterations * steps * count) }, inputs, length, count);
        var policies = new List<NetworkPolicy<TAction>>(Iterations);
        StepBuffers<float> buffers = environment.CreateBuffers();
        float[] seen = new float[count * inputs];
        var played = new TAction[count * length];
        var advised = new TAction[count * length];
        var adviser = new PolicyPlayer<float, TAction>(expert, count);
        environment.Reset(key.Fold("environment"), buffers);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            RandomKey iterationKey = key.Fold("iterations").Fold(iteration);
            for (int step = 0; step < steps; step++)
            {
                buffers.Observations.CopyTo(seen, 0);
                adviser.Act(seen, iterationKey.Fold("expert").Fold(step), advised);
                if (iteration > 0)
                    policies[^1].Act(seen, iterationKey.Fold("clone").Fold(step), played);
                environment.Step(iteration == 0 ? advised : played, buffers);
                adviser.Observe(buffers.Terminated, buffers.Truncated);
                data.Add(new Transition<float, TAction>
                {
                    Observations = seen,
                    Actions = advised,
                    Rewards = buffers.Rewards,
                    Terminated = buffers.Terminated,
                    Truncated = buffers.Truncated,
                    NextObservations = buffers.Observations,
                });
            }

            policies.Add(Cloning.Fit(data, environment.ActionSpace, iterationKey.Fold("clone"), workers).Policy);
        }

        return policies;
    }
}
