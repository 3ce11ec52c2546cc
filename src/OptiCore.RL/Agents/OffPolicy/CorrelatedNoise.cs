using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Noise of an Ornstein-Uhlenbeck process for each element of each environment's action, x &lt;- rho x + sqrt(1 - rho^2) sigma N(0, 1), in units of half the range of an action. Episodes begin without.
/// </summary>
/// <remarks>G. E. Uhlenbeck, L. S. Ornstein (1930), "On the theory of the Brownian motion"; this is its exact transition over a step.</remarks>
internal sealed class CorrelatedNoise(Box box, int count, double deviation, double correlation, RandomKey key) : IPersistent
{
    private readonly float[] _noise = new float[count * box.Length];
    private readonly double _fresh = deviation * Math.Sqrt(1 - (correlation * correlation));
    private long _steps;

    public void Add(Span<float> actions)
    {
        RandomStream stream = key.Fold(_steps++).Stream();
        for (int i = 0; i < actions.Length; i++)
        {
            int element = i % box.Length;
            (float low, float high) = (box.Low[element], box.High[element]);
            _noise[i] = (float)((correlation * _noise[i]) + (_fresh * stream.NextNormal()));
            actions[i] = Math.Clamp(actions[i] + (0.5f * (high - low) * _noise[i]), low, high);
        }
    }

    public void Forget(ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated)
    {
        for (int i = 0; i < terminated.Length; i++)
        {
            if (terminated[i] || truncated[i])
                _noise.AsSpan(i * box.Length, box.Length).Clear();
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<float>(_noise);
        archive.Transfer(ref _steps);
    }
}
