using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A memory of what happened and one of what was imagined: batches are of both, in fixed shares; of the real one alone until something was imagined.</summary>
internal sealed class ImaginedReplay : IReplay<float, float>
{
    private readonly ReplayBatch<float, float> _real;
    private readonly ReplayBatch<float, float>? _imagined;

    public ImaginedReplay(ReplayBuffer<float, float> real, ReplayBuffer<float, float> imagined, int batchSize, double realShare)
    {
        (Buffer, Imagined) = (real, imagined);
        int fromReal = (int)Math.Round(realShare * batchSize);
        _real = new ReplayBatch<float, float>(Math.Max(fromReal, 1), real.ObservationLength, real.ActionLength);
        RealRows = fromReal;
        _imagined = fromReal < batchSize ? new ReplayBatch<float, float>(batchSize - fromReal, real.ObservationLength, real.ActionLength) : null;
    }

    public ReplayBuffer<float, float> Buffer { get; }

    public ReplayBuffer<float, float> Imagined { get; }

    /// <summary>The real transitions of a batch.</summary>
    public int RealRows { get; }

    public void Add(in Transition<float, float> transition) => Buffer.Add(transition);

    public void Sample(RandomKey key, ReplayBatch<float, float> batch)
    {
        if (_imagined is null || Imagined.Count == 0)
        {
            Buffer.Sample(key, batch);
            return;
        }

        if (RealRows > 0)
        {
            Buffer.Sample(key.Fold("real"), _real);
            Copy(_real, batch, 0);
        }

        Imagined.Sample(key.Fold("imagined"), _imagined);
        Copy(_imagined, batch, RealRows);
        batch.Slots.AsSpan(RealRows).Fill(-1);
    }

    public void UpdatePriorities(ReadOnlySpan<int> slots, ReadOnlySpan<float> errors) => Require.Length(errors.Length, slots.Length, nameof(errors));

    public void Persist(StateArchive archive)
    {
        archive.Transfer(Buffer);
        archive.Transfer(Imagined);
    }

    private static void Copy(ReplayBatch<float, float> from, ReplayBatch<float, float> to, int row)
    {
        from.Observations.CopyTo(to.Observations, row * from.ObservationLength);
        from.Actions.CopyTo(to.Actions, row * from.ActionLength);
        from.Rewards.CopyTo(to.Rewards, row);
        from.NextObservations.CopyTo(to.NextObservations, row * from.ObservationLength);
        from.Discounts.CopyTo(to.Discounts, row);
        from.Weights.CopyTo(to.Weights, row);
        from.Slots.CopyTo(to.Slots, row);
    }
}
