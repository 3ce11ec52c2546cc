using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured rule that tunes a kernel during warm-up. It watches the kernel from outside and is gone afterwards: draws that are kept come from a
/// kernel that doesn't change, which is what makes them exact.
/// </summary>
public interface IAdaptation
{
    /// <summary>Allocates what the tuning of one chain needs.</summary>
    /// <param name="kernel">The chain's kernel.</param>
    /// <param name="warmUp">The number of transitions to tune in, at least 1.</param>
    /// <exception cref="ArgumentException">The kernel doesn't offer what the rule tunes.</exception>
    AdaptationState Start(SamplerState kernel, int warmUp);
}

/// <summary>The tuning of one chain. Every method may be called again after an exception of the density, with the same arguments.</summary>
public abstract class AdaptationState : IPersistent
{
    /// <summary>Called before each transition of the warm-up.</summary>
    /// <param name="key">Randomness for trial steps.</param>
    public abstract void BeforeDraw(RandomKey key);

    /// <summary>Called after each transition of the warm-up.</summary>
    /// <param name="iteration">The transition's number, from 0.</param>
    /// <param name="statistics">What happened in it.</param>
    public abstract void AfterDraw(int iteration, in DrawStatistics statistics);

    /// <summary>Called once after the last transition of the warm-up: the kernel is left as it shall stay.</summary>
    public abstract void Finish();

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
