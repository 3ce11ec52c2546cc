using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A memory whose transitions earn what a model of preferences says; while exploring, the logarithm of the distance of a state to its neighbours instead. What the environment paid is kept beside, for the teacher.</summary>
internal sealed class PreferenceReplay(IReplay<float, float> inner, PreferenceModelState model, int neighbours, double offset) : IReplay<float, float>
{
    private readonly float[] _predicted = new float[inner.Buffer.Capacity];
    private readonly RunningMoments _scale = new(1);
    private bool _rewardsEntropy = true;

    public ReplayBuffer<float, float> Buffer => inner.Buffer;

    /// <summary>Ends exploring: from now on the model rewards.</summary>
    public void FollowModel() => _rewardsEntropy = false;

    /// <summary>Gives all transitions the rewards of the model of now.</summary>
    public void Relabel() => model.Rewards(Buffer.Observations, Buffer.Actions, _predicted.AsSpan(0, Buffer.Count));

    public void Add(in Transition<float, float> transition)
    {
        long before = Buffer.Added;
        inner.Add(transition);

        // A step of all environments fills neighbouring slots.
        int steps = (int)Math.Min(Buffer.Added - before, Buffer.Capacity), environments = Buffer.Environments;
        for (long first = Buffer.Added - steps; first < Buffer.Added; first += environments)
        {
            int slot = (int)(first % Buffer.Capacity);
            model.Rewards(
                Buffer.Observations.Slice(slot * Buffer.ObservationLength, environments * Buffer.ObservationLength),
                Buffer.Actions.Slice(slot * Buffer.ActionLength, environments * Buffer.ActionLength),
                _predicted.AsSpan(slot, environments));
        }
    }

    public void Sample(RandomKey key, ReplayBatch<float, float> batch)
    {
        inner.Sample(key, batch);
        if (_rewardsEntropy)
        {
            ParticleEntropy.Distances(batch.Observations, Buffer.Observations, Buffer.ObservationLength, neighbours, batch.Rewards);
            for (int b = 0; b < batch.Size; b++)
                batch.Rewards[b] = (float)Math.Log(batch.Rewards[b] + offset);
            _scale.Update(batch.Rewards);
            double deviation = Math.Max(Math.Sqrt(_scale.Variances[0]), 1e-6);
            for (int b = 0; b < batch.Size; b++)
                batch.Rewards[b] = (float)(batch.Rewards[b] / deviation);
            return;
        }

        for (int b = 0; b < batch.Size; b++)
            batch.Rewards[b] = _predicted[batch.Slots[b]];
    }

    public void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors) => inner.UpdatePriorities(slots, errors);

    public void Persist(StateArchive archive)
    {
        archive.Transfer(inner);
        archive.Transfer(_predicted.AsSpan(0, Buffer.Count));
        archive.Transfer(_scale);
        archive.Transfer(ref _rewardsEntropy);
    }
}
