namespace OptiCore.RL;

/// <summary>What a visit does to the eligibility trace of its pair. Traces of other pairs decay by gamma lambda at each step.</summary>
public enum EligibilityTraceKind
{
    /// <summary>The trace grows by one: repeated visits add up (R. S. Sutton (1988), "Learning to predict by the methods of temporal differences").</summary>
    Accumulating,

    /// <summary>The trace becomes one, however often the pair was visited (S. P. Singh, R. S. Sutton (1996), "Reinforcement learning with replacing eligibility traces").</summary>
    Replacing,

    /// <summary>
    /// The trace becomes alpha + (1 - alpha) times what it would have decayed to, and the update corrects for what changed since the last step: the true online method, which equals the forward view at every
    /// step (H. van Seijen, A. R. Mahmood, P. M. Pilarski, M. C. Machado, R. S. Sutton (2016), "True online temporal-difference learning").
    /// </summary>
    Dutch,
}
