namespace OptiCore.Bandits;

/// <summary>A configured policy: an immutable, validated record. It holds no run, so one instance serves many threads; what is learnt lives in the <see cref="PolicyState"/> that it starts.</summary>
public interface IPolicy
{
    /// <summary>The rewards that the policy accepts.</summary>
    RewardRange Rewards { get; }
}
