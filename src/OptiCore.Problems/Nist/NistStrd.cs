namespace OptiCore.Problems;

/// <summary>The 18 embedded sets of the NIST Statistical Reference Datasets for nonlinear regression.</summary>
/// <remarks>Usual demands: six digits or more from the second start for every set, and from the first for the lower and average levels.</remarks>
public static class NistStrd
{
    private static readonly string[] SetNames =
    [
        "Misra1a", "Chwirut2", "Lanczos3", "Gauss1", "DanWood",
        "Misra1c", "Misra1d", "Nelson", "Hahn1", "Roszman1", "MGH17", "Lanczos1", "Gauss3",
        "MGH09", "Eckerle4", "Bennett5", "BoxBOD", "Rat42",
    ];

    /// <summary>The names of the sets, the easier ones first.</summary>
    public static IReadOnlyList<string> Names => SetNames;

    /// <summary>Reads all sets.</summary>
    public static IReadOnlyList<NistProblem> LoadAll()
    {
        var all = new NistProblem[SetNames.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = Load(SetNames[i]);
        return all;
    }

    /// <summary>Reads one set.</summary>
    /// <param name="name">Its name, for example "Misra1a".</param>
    /// <exception cref="ArgumentException">There is no set of this name.</exception>
    public static NistProblem Load(string name)
    {
        using Stream stream = typeof(NistStrd).Assembly.GetManifestResourceStream($"OptiCore.Problems.Nist.{name}.json")
            ?? throw new ArgumentException($"There is no NIST set '{name}'; there are {string.Join(", ", SetNames)}.", nameof(name));
        return NistProblem.Read(stream);
    }
}
