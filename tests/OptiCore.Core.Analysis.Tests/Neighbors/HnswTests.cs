using System.Numerics;
using System.Runtime.InteropServices;
using OptiCore.Neighbors;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Neighbors;

public class HnswTests
{
    private const int Neighbors = 10;

    [Fact]
    public void RecallOfRandomVectorsIsHighAtAFewDistances()
    {
        const int Count = 10_000, Dimension = 16;
        (double recall, double evaluations) = Measure(
            Build(TestPoints.Normal<float>(Count, Dimension, 1), Dimension, new() { ConstructionCandidates = 100 }), TestPoints.Normal<float>(100, Dimension, 2), 100);
        Assert.True(recall >= 0.95, $"recall@10 {recall}");
        Assert.True(evaluations < Count / 5.0, $"{evaluations} distances for a query");
    }

    [Fact]
    public void RecallOfClusteredVectorsIsHighAtAFewDistances()
    {
        const int Count = 6000, Dimension = 64, Clusters = 60;
        (double recall, double evaluations) = Measure(
            Build(TestPoints.Clustered<double>(Count, Dimension, Clusters, 0.3, 3, 4), Dimension, new() { ConstructionCandidates = 100 }),
            TestPoints.Clustered<double>(100, Dimension, Clusters, 0.3, 3, 5),
            60);
        Assert.True(recall >= 0.95, $"recall@10 {recall}");
        Assert.True(evaluations < Count / 5.0, $"{evaluations} distances for a query");
    }

    [Fact]
    public void DistancesGrowLikeTheLogarithmOfTheNumberOfVectors()
    {
        const int Dimension = 8;
        double[] evaluations = new double[4];
        for (int i = 0; i < evaluations.Length; i++)
        {
            int count = 500 << (i * 4 / 3);
            (double recall, evaluations[i]) = Measure(
                Build(TestPoints.Normal<float>(count, Dimension, 6), Dimension, new() { Links = 8, ConstructionCandidates = 60 }), TestPoints.Normal<float>(100, Dimension, 7), 40);
            Assert.True(recall >= 0.95, $"recall@10 of {count} {recall}");
        }

        // From 500 to 8000 vectors log n grows by 1.45; sqrt n would grow by 4.
        Assert.True(evaluations[3] < 2 * evaluations[0], string.Join(", ", evaluations));
    }

    [Fact]
    public void DiverseLinksBeatNearestOnesInClusters()
    {
        const int Count = 4000, Dimension = 16, Clusters = 200;
        float[] vectors = TestPoints.Clustered<float>(Count, Dimension, Clusters, 0.05, 8, 9), queries = TestPoints.Clustered<float>(200, Dimension, Clusters, 0.05, 8, 10);
        var options = new HnswOptions { Links = 8, ConstructionCandidates = 60 };
        (double diverse, double budget) = Measure(Build(vectors, Dimension, options), queries, 20);
        Hnsw<float> simple = Build(vectors, Dimension, options with { Selection = NeighborSelection.Nearest });
        double nearest = 0, spent = 0;
        for (int candidates = 20; spent < budget && candidates <= Count; candidates += candidates / 4)
            (nearest, spent) = Measure(simple, queries, candidates);
        Assert.True(diverse >= 0.9 && diverse > nearest + 0.05, $"diverse {diverse} at {budget} distances, nearest {nearest} at {spent}");
    }

    [Theory]
    [InlineData(HnswMetric.SquaredEuclidean)]
    [InlineData(HnswMetric.Cosine)]
    [InlineData(HnswMetric.InnerProduct)]
    public void AsManyCandidatesAsVectorsGiveTheExactAnswer(HnswMetric metric)
    {
        const int Count = 600, Dimension = 12;
        double[] vectors = TestPoints.Normal<double>(Count, Dimension, 11), query = TestPoints.Normal<double>(1, Dimension, 12);
        Hnsw<double> index = Build(vectors, Dimension, new() { Metric = metric, Links = 8 });
        int[] indices = new int[Count];
        double[] distances = new double[Count];
        int found = index.CreateSearcher().Nearest(query, Count, indices, distances);

        // The graph of a metric is connected here; with inner products a few short vectors are nobody's neighbours.
        Assert.True(metric == HnswMetric.InnerProduct ? found >= 0.98 * Count : found == Count, $"{found} reached");
        HashSet<int> reached = [.. indices[..found]];
        (double Distance, int Index)[] sorted = [.. reached.Select(i => (Plain(vectors.AsSpan(i * Dimension, Dimension), query, metric), i)).Order()];
        Assert.Equal(sorted.Select(s => s.Index), indices[..found]);
        for (int i = 0; i < found; i++)
            Promises.Close(sorted[i].Distance, distances[i], 1e-13, 1e-13, $"{metric} {i}");
    }

    private static double Plain(ReadOnlySpan<double> x, ReadOnlySpan<double> y, HnswMetric metric)
    {
        double xy = 0, xx = 0, yy = 0, square = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
            square += (x[i] - y[i]) * (x[i] - y[i]);
        }

        return metric switch { HnswMetric.Cosine => 1 - (xy / Math.Sqrt(xx * yy)), HnswMetric.InnerProduct => -xy, _ => square };
    }

    [Fact]
    public void LevelsFollowTheKeyAndTheExponentialLaw()
    {
        const int Count = 20_000;
        var options = new HnswOptions { Links = 4, ConstructionCandidates = 1 };
        var index = new Hnsw<float>(1, RandomKey.FromSeed(3), options);
        index.AddRange(TestPoints.Normal<float>(Count, 1, 1));
        for (int level = 1; level <= 3; level++)
        {
            // P(level >= l) = M^-l; five standard deviations.
            double expected = Count * Math.Pow(4, -level);
            int actual = Enumerable.Range(0, Count).Count(i => index.LevelOf(i) >= level);
            Promises.Close(expected, actual, 0, 5 * Math.Sqrt(expected), $"level {level}");
        }

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal((int)(RandomKey.FromSeed(3).Fold(i).Stream().NextExponential() / Math.Log(4)), index.LevelOf(i)));
    }

    [Fact]
    public void ListsKeepTheirLimitsAndLeadToVectorsOfTheirLayer()
    {
        foreach (HnswOptions options in (HnswOptions[])[new() { Links = 3 }, new() { Links = 3, KeepPruned = false }, new() { Links = 3, ExtendCandidates = true }, new() { Links = 3, Selection = NeighborSelection.Nearest }])
        {
            Hnsw<double> index = Build(TestPoints.Normal<double>(400, 5, 13), 5, options with { ConstructionCandidates = 20 });
            for (int i = 0; i < index.Count; i++)
            {
                for (int layer = 0; layer <= index.LevelOf(i); layer++)
                {
                    int[] links = index.LinksOf(i, layer).ToArray();
                    Assert.True(links.Length <= (layer == 0 ? 6 : 3));
                    Assert.Equal(links.Length, links.Distinct().Count());
                    Assert.DoesNotContain(i, links);
                    Assert.All(links, link => Assert.True(index.LevelOf(link) >= layer));
                }
            }
        }
    }

    [Fact]
    public void WithoutFilledPlacesNeighboursAreNearerToTheirVectorThanToEachOther()
    {
        const int Dimension = 3;
        double[] vectors = TestPoints.Normal<double>(300, Dimension, 14);
        Hnsw<double> index = Build(vectors, Dimension, new() { Links = 4, KeepPruned = false });

        // The last vector's own list was chosen once and never shrunk.
        int last = index.Count - 1;
        int[] links = index.LinksOf(last, 0).ToArray();
        Assert.NotEmpty(links);
        for (int i = 0; i < links.Length; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.True(Between(links[i], last) < Between(links[i], links[j]));
        }

        double Between(int a, int b) => Plain(vectors.AsSpan(a * Dimension, Dimension), vectors.AsSpan(b * Dimension, Dimension), HnswMetric.SquaredEuclidean);
    }

    [Fact]
    public void DeletedVectorsAreNotFoundButStillLead()
    {
        const int Count = 1000, Dimension = 6;
        double[] vectors = TestPoints.Normal<double>(Count, Dimension, 15);
        Hnsw<double> index = Build(vectors, Dimension, new());
        for (int i = 0; i < Count; i += 2)
            Assert.True(index.Delete(i));
        Assert.False(index.Delete(0));
        Assert.Equal(Count / 2, index.LiveCount);
        HnswSearcher<double> searcher = index.CreateSearcher();
        int[] indices = new int[Neighbors];
        double[] distances = new double[Neighbors];
        int right = 0;
        for (int q = 0; q < 50; q++)
        {
            double[] query = TestPoints.Normal<double>(1, Dimension, (ulong)(100 + q));
            Assert.Equal(Neighbors, searcher.Nearest(query, 80, indices, distances));
            Assert.All(indices, i => Assert.Equal(1, i % 2));
            right += Enumerable.Range(0, Count).Where(i => i % 2 == 1).OrderBy(i => Plain(vectors.AsSpan(i * Dimension, Dimension), query, HnswMetric.SquaredEuclidean)).Take(Neighbors).Intersect(indices).Count();
        }

        Assert.True(right >= 0.97 * 50 * Neighbors, $"{right} of {50 * Neighbors}");
        for (int i = 1; i < Count; i += 2)
            index.Delete(i);
        Assert.Equal(0, searcher.Nearest(vectors.AsSpan(0, Dimension), 10, indices, distances));
        Assert.All(indices, i => Assert.Equal(-1, i));
        Assert.True(index.Restore(500));
        Assert.False(index.Restore(500));
        Assert.Equal(1, searcher.Nearest(vectors.AsSpan(0, Dimension), 10, indices, distances));
        Assert.Equal(500, indices[0]);
    }

    [Fact]
    public void SavedAndLoadedIndexGrowsOnAsTheOriginal()
    {
        const int Dimension = 4;
        float[] first = TestPoints.Normal<float>(300, Dimension, 16), second = TestPoints.Normal<float>(200, Dimension, 17);
        Hnsw<float> whole = Build(first, Dimension, new() { Links = 5 });
        whole.Delete(17);
        byte[] saved = StateArchive.Save(whole);
        var loaded = new Hnsw<float>(Dimension, RandomKey.FromSeed(99), new() { Links = 5 });
        StateArchive.Load(loaded, saved);
        Assert.Equal(saved, StateArchive.Save(loaded));
        Assert.True(loaded.IsDeleted(17));
        whole.AddRange(second);
        foreach (float[] vector in second.Chunk(Dimension))
            loaded.Add(vector);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(loaded));

        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Hnsw<float>(Dimension + 1, default, new() { Links = 5 }), saved));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Hnsw<float>(Dimension, default, new() { Links = 6 }), saved));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Hnsw<float>(Dimension, default, new() { Links = 5 }), saved.AsSpan(0, saved.Length - 5)));

        // The last link becomes one to nowhere: the lists of the upper layers are stored last, and every place of them in use was filled.
        byte[] damaged = [.. saved];
        int[] upper = MemoryMarshal.Cast<byte, int>(damaged.AsSpan(damaged.Length % 4)).ToArray();
        int link = Array.FindLastIndex(upper, i => i > 0);
        BitConverter.TryWriteBytes(damaged.AsSpan((damaged.Length % 4) + (4 * link)), 1_000_000);
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Hnsw<float>(Dimension, default, new() { Links = 5 }), damaged));
    }

    [Fact]
    public void BatchesGiveTheSameForAnyWorkersAndCountTheirDistances()
    {
        const int Dimension = 8, Count = 150;
        Hnsw<float> index = Build(TestPoints.Normal<float>(1000, Dimension, 18), Dimension, new());
        float[] queries = TestPoints.Normal<float>(Count, Dimension, 19);
        int[] expected = new int[Count * Neighbors], actual = new int[Count * Neighbors];
        float[] expectedDistances = new float[Count * Neighbors], actualDistances = new float[Count * Neighbors];
        HnswSearcher<float> searcher = index.CreateSearcher();
        for (int i = 0; i < Count; i++)
            searcher.Nearest(queries.AsSpan(i * Dimension, Dimension), 30, expected.AsSpan(i * Neighbors, Neighbors), expectedDistances.AsSpan(i * Neighbors, Neighbors));
        Assert.True(searcher.Statistics.DistanceEvaluations > Count * 30);
        foreach (IWorkers? workers in (IWorkers?[])[null, Workers.Threads(3)])
        {
            Assert.Equal(searcher.Statistics, index.NearestOfEach(queries, Neighbors, 30, actual, actualDistances, workers));
            Assert.Equal(expected, actual);
            Promises.SameBits(expectedDistances, actualDistances, "distances");
        }
    }

    [Fact]
    public void QueriesAndInsertionsWithinTheCapacityAllocateNothing()
    {
        const int Dimension = 8;
        float[] vectors = TestPoints.Normal<float>(3000, Dimension, 20);
        var index = new Hnsw<float>(Dimension, RandomKey.FromSeed(4), new() { ConstructionCandidates = 20 }, capacity: 3000);
        index.AddRange(vectors.AsSpan(0, 500 * Dimension));
        HnswSearcher<float> searcher = index.CreateSearcher();
        int[] indices = new int[Neighbors];
        float[] distances = new float[Neighbors];
        int at = 0;
        Promises.AllocatesNothing(() => searcher.Nearest(vectors.AsSpan(at++ * Dimension, Dimension), 30, indices, distances), "HnswSearcher.Nearest");
        searcher.ResetStatistics();
        Assert.Equal(default, searcher.Statistics);
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void TheGraphHasTheSameBitsEverywhere()
    {
        foreach (HnswMetric metric in Enum.GetValues<HnswMetric>())
        {
            byte[] bytes = StateArchive.Save(Build(TestPoints.Normal<float>(300, 19, 21), 19, new() { Metric = metric, Links = 6, ConstructionCandidates = 30 }));
            Assert.True(bytes.Length > 300 * 19 * sizeof(float));
            Hardware.SameBitsEverywhere<byte>(bytes, metric.ToString());
            Hardware.SameBitsEverywhere<byte>(StateArchive.Save(Build(TestPoints.Normal<double>(300, 19, 21), 19, new() { Metric = metric, Links = 6, ConstructionCandidates = 30 })), metric + " double");
        }
    }

    [Fact]
    public void EqualVectorsAndSmallIndicesWork()
    {
        var index = new Hnsw<double>(2, RandomKey.FromSeed(5));
        HnswSearcher<double> searcher = index.CreateSearcher();
        int[] indices = new int[3];
        double[] distances = new double[3];
        Assert.Equal(0, searcher.Nearest([1, 2], 10, indices, distances));
        index.Add([3, 4]);
        Assert.Equal(1, searcher.Nearest([0, 0], 10, indices, distances));
        Assert.Equal([0, -1, -1], indices);
        Assert.Equal([25, double.PositiveInfinity, double.PositiveInfinity], distances);
        for (int i = 0; i < 200; i++)
            index.Add([3, 4]);
        Assert.Equal(3, searcher.Nearest([3, 4], 300, indices, distances));
        Assert.Equal([0, 0, 0], distances);
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Links", () => new HnswOptions { Links = 1 });
        Assert.Throws<ArgumentOutOfRangeException>("ConstructionCandidates", () => new HnswOptions { ConstructionCandidates = 0 });
        var index = new Hnsw<double>(2, default, new() { Metric = HnswMetric.Cosine });
        Assert.Throws<ArgumentException>("vector", () => index.Add([1]));
        Assert.Throws<ArgumentException>("vector", () => index.Add([double.NaN, 1]));
        Assert.Throws<ArgumentException>("vector", () => index.Add([0, 0]));
        Assert.Equal(0, index.Count);
        Assert.Throws<ArgumentOutOfRangeException>("index", () => index.Delete(0));
        Assert.Throws<ArgumentOutOfRangeException>("candidates", () => index.CreateSearcher().Nearest([1, 1], 0, new int[1], new double[1]));
    }

    internal static Hnsw<T> Build<T>(T[] vectors, int dimension, HnswOptions options) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var index = new Hnsw<T>(dimension, RandomKey.FromSeed(1), options);
        index.AddRange(vectors);
        return index;
    }

    /// <summary>recall@10 and the distances for a query.</summary>
    internal static (double Recall, double Evaluations) Measure<T>(Hnsw<T> index, T[] queries, int candidates) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int d = index.Dimension, count = queries.Length / d;
        T[] vectors = new T[index.Count * d];
        for (int i = 0; i < index.Count; i++)
            index.Vector(i).CopyTo(vectors.AsSpan(i * d));
        int[] exact = new int[count * Neighbors], found = new int[count * Neighbors];
        T[] distances = new T[count * Neighbors];
        BruteForceNeighbors.NearestOfEach(vectors, d, queries, Neighbors, exact, distances);
        HnswStatistics cost = index.NearestOfEach(queries, Neighbors, candidates, found, distances);
        int right = 0;
        for (int i = 0; i < count; i++)
            right += exact[(i * Neighbors)..((i + 1) * Neighbors)].Intersect(found[(i * Neighbors)..((i + 1) * Neighbors)]).Count();
        return ((double)right / exact.Length, (double)cost.DistanceEvaluations / count);
    }
}
