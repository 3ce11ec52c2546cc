namespace OptiCore.Neighbors;

/// <summary>How an <see cref="Hnsw{T}"/> compares vectors. Smaller is nearer.</summary>
public enum HnswMetric
{
    /// <summary>sum_j (x_j - y_j)^2.</summary>
    SquaredEuclidean,

    /// <summary>1 - x'y / (|x| |y|), of 0 to 2. Vectors are stored with length 1; zero vectors are refused.</summary>
    Cosine,

    /// <summary>-x'y, for the largest inner products. Not a metric: expect a lower recall, above all with vectors of very different lengths.</summary>
    InnerProduct,
}

/// <summary>How an <see cref="Hnsw{T}"/> chooses the links of a vector among the candidates it found.</summary>
public enum NeighborSelection
{
    /// <summary>
    /// A candidate is kept only if it is nearer to the vector than to every neighbour kept before it, so that links point into different directions
    /// and clusters stay connected (algorithm 4 of the paper).
    /// </summary>
    Diverse,

    /// <summary>The nearest candidates (algorithm 3). Builds faster; clusters may become unreachable.</summary>
    Nearest,
}

/// <summary>The configuration of an <see cref="Hnsw{T}"/>.</summary>
public sealed record HnswOptions
{
    /// <summary>How vectors are compared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public HnswMetric Metric { get; init => field = Require.Defined(value); } = HnswMetric.SquaredEuclidean;

    /// <summary>
    /// M: the links that a new vector gets on each layer, and the most a vector may have above layer 0, where it may have 2 M. 5 to 48; more for many
    /// dimensions and high recall. Memory grows in proportion.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2 or larger than 1024.</exception>
    public int Links { get; init => field = (int)Require.InClosed(value, 2, 1024); } = 16;

    /// <summary>efConstruction: the candidates among which links are chosen, at least <see cref="Links"/> to have a choice. Building time grows in proportion.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int ConstructionCandidates { get; init => field = Require.Positive(value); } = 200;

    /// <summary>How links are chosen.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public NeighborSelection Selection { get; init => field = Require.Defined(value); } = NeighborSelection.Diverse;

    /// <summary>keepPrunedConnections: whether places that the diverse selection leaves free are filled with the nearest rejected candidates.</summary>
    public bool KeepPruned { get; init; } = true;

    /// <summary>extendCandidates: whether the neighbours of candidates become candidates too. Only useful for extremely clustered vectors.</summary>
    public bool ExtendCandidates { get; init; }
}

/// <summary>What searches cost.</summary>
/// <param name="DistanceEvaluations">The number of distances that were computed.</param>
/// <param name="Expansions">The number of vectors whose links were followed.</param>
public readonly record struct HnswStatistics(long DistanceEvaluations, long Expansions)
{
    /// <summary>The costs of both.</summary>
    public static HnswStatistics operator +(HnswStatistics a, HnswStatistics b) =>
        new(a.DistanceEvaluations + b.DistanceEvaluations, a.Expansions + b.Expansions);

    /// <summary>The cost of both.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public static HnswStatistics Add(HnswStatistics a, HnswStatistics b) => a + b;
}
