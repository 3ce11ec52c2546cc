namespace OptiCore.Bandits;

/// <summary>What arms have in common in a model of rewards over features.</summary>
public enum ModelSharing
{
    /// <summary>Each arm has a model of its own, and all see the same d features: the context has d numbers.</summary>
    Disjoint,

    /// <summary>Each arm has a model of its own and features of its own: the context has K d numbers, those of arm after arm.</summary>
    DisjointActions,

    /// <summary>One model serves all arms, which differ by their features: the context has K d numbers, those of arm after arm.</summary>
    Shared,
}
