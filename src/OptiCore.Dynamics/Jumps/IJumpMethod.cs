namespace OptiCore.Dynamics;

/// <summary>A simulator of jump processes; it holds no run.</summary>
public interface IJumpMethod
{
    /// <summary>Allocates everything that a run needs. Nothing happens yet.</summary>
    /// <param name="network">The reactions.</param>
    /// <param name="time">Where the run starts.</param>
    /// <param name="counts">The numbers of molecules there, one for each species, at least 0.</param>
    /// <param name="end">Where it ends, not before the start.</param>
    /// <param name="key">The key of the run.</param>
    /// <exception cref="ArgumentException">A length differs, a count is negative, or a time isn't finite or in order.</exception>
    JumpState Start(ReactionNetwork network, double time, ReadOnlySpan<long> counts, double end, RandomKey key);
}
