namespace OptiCore.RL;

/// <summary>Collects data sets.</summary>
public static class Collection
{
    /// <summary>Plays with a policy and stores what happens: data to learn from, or to evaluate another policy with.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="policy">The policy.</param>
    /// <param name="environment">Where it plays; it is reset. What still runs in the end is cut off: its last transitions count as truncated.</param>
    /// <param name="transitions">The number of transitions, rounded up to whole steps of all environments.</param>
    /// <param name="key">All randomness: <c>key.Fold("environment")</c> and <c>key.Fold("policy").Fold(step)</c>.</param>
    /// <param name="discount">The discount gamma of the data, of [0, 1].</param>
    /// <param name="steps">The steps of a sample.</param>
    public static ReplayBuffer<TObservation, TAction> Collect<TObservation, TAction>(
        this IPolicy<TObservation, TAction> policy, IVectorEnvironment<TObservation, TAction> environment, int transitions, RandomKey key, double discount = 0.99, int steps = 1)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(environment);
        Require.Positive(transitions, nameof(transitions));
        int count = environment.Count, length = environment.ObservationSpace.Length, rows = checked((transitions + count - 1) / count * count);
        var data = new ReplayBuffer<TObservation, TAction>(new ReplayOptions { Capacity = rows, Discount = discount, Steps = steps }, length, environment.ActionSpace.Length, count);
        StepBuffers<TObservation> buffers = environment.CreateBuffers();
        TObservation[] seen = new TObservation[count * length], next = new TObservation[count * length];
        var actions = new TAction[count * environment.ActionSpace.Length];
        RandomKey policyKey = key.Fold("policy");
        environment.Reset(key.Fold("environment"), buffers);
        for (int step = 0; data.Count < rows; step++)
        {
            buffers.Observations.CopyTo(seen, 0);
            policy.Act(seen, policyKey.Fold(step), actions);
            environment.Step(actions, buffers);
            buffers.Observations.CopyTo(next, 0);
            for (int i = 0; i < count; i++)
            {
                if (buffers.Terminated[i] || buffers.Truncated[i])
                    buffers.FinalObservation(i).CopyTo(next.AsSpan(i * length));
            }

            data.Add(new Transition<TObservation, TAction>
            {
                Observations = seen,
                Actions = actions,
                Rewards = buffers.Rewards,
                Terminated = buffers.Terminated,
                Truncated = buffers.Truncated,
                NextObservations = next,
            });
        }

        data.CutEpisodes();
        return data;
    }
}
