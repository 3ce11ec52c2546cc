namespace OptiCore.Bandits;

/// <summary>
/// A configured policy for the multi-armed bandit, without contexts: what is learnt lives in the <see cref="BanditState"/> that <see cref="Start"/> makes.
/// </summary>
/// <remarks>
/// A new policy is one file: a record with its options that implements this interface. An index policy supplies an <see cref="IIndex"/>
/// and starts an <see cref="IndexState{TIndex}"/>; any other derives from <see cref="BanditState"/>.
/// </remarks>
public interface IBanditPolicy : IPolicy
{
    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="key">The randomness of this run; deterministic policies don't look at it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    BanditState Start(int arms, RandomKey key);
}
