using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A memory whose transitions earn what a discriminator says when they are drawn. The discriminator learns before each batch, so that it keeps pace with who draws.</summary>
internal sealed class AdversarialReplay(IReplay<float, float> inner, Discriminator discriminator) : IReplay<float, float>
{
    public ReplayBuffer<float, float> Buffer => inner.Buffer;

    public void Add(in Transition<float, float> transition) => inner.Add(transition);

    public void Sample(RandomKey key, ReplayBatch<float, float> batch)
    {
        discriminator.Learn(key.Fold("discriminator"), inner);
        inner.Sample(key, batch);
        discriminator.Judge(batch.Observations, batch.Actions, batch.Rewards, []);
    }

    public void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors) => inner.UpdatePriorities(slots, errors);

    public void Persist(StateArchive archive)
    {
        archive.Transfer(inner);
        archive.Transfer(discriminator);
    }
}
