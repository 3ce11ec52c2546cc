namespace OptiCore.Dynamics.Tests.Jumps;

/// <summary>The conformance table of jump simulators, and what they are tested on.</summary>
public static class JumpMethods
{
    private static readonly Dictionary<string, IJumpMethod> Rows = new()
    {
        [nameof(GillespieDirect)] = new GillespieDirect(),
        [nameof(NextReaction)] = new NextReaction(),
        [nameof(TauLeaping)] = new TauLeaping(),
    };

    public static IEnumerable<string> Names => Rows.Keys;

    public static TheoryData<string> All => [.. Rows.Keys];

    public static TheoryData<string> Exact => [nameof(GillespieDirect), nameof(NextReaction)];

    public static IJumpMethod Of(string name) => Rows[name];

    /// <summary>A two-stage model of gene expression with dimerisation.</summary>
    public static ReactionNetwork Genes { get; } = ReactionNetwork.Parse("""
        0 -> mRNA @ 20          # transcription
        mRNA -> mRNA + P @ 10
        mRNA -> 0 @ 1
        P -> 0 @ 0.1
        2 P -> D @ 0.0005
        D -> 2 P @ 0.02
        """);
}
