using System.Numerics;
using FsCheck.Fluent;
using OptiCore.Neighbors;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Neighbors;

[Trait("Suite", "Kernels")]
public class ExactNeighborTests
{
    private static readonly Minkowski[] Metrics = [Minkowski.Euclidean, Minkowski.Manhattan, Minkowski.Chebyshev, new() { Power = 3 }, new() { Power = 1.5 }];

    public static TheoryData<int, int> Sizes => new()
    {
        { 0, 2 }, { 1, 1 }, { 2, 3 }, { 12, 2 }, { 13, 2 }, { 100, 1 }, { 500, 2 }, { 400, 3 }, { 300, 4 }, { 300, 5 }, { 300, 8 }, { 200, 11 }, { 200, 17 }, { 150, 37 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void TreeEqualsBruteForceBitForBit(int count, int dimension)
    {
        TreeEqualsBruteForce(TestPoints.Uniform<double>(count, dimension, 1), TestPoints.Uniform<double>(8, dimension, 2), dimension);
        TreeEqualsBruteForce(TestPoints.Uniform<float>(count, dimension, 3), TestPoints.Uniform<float>(8, dimension, 4), dimension);
        TreeEqualsBruteForce(TestPoints.Grid<float>(count, dimension, 3, 5), TestPoints.Grid<float>(8, dimension, 3, 6), dimension);
    }

    private static void TreeEqualsBruteForce<T>(T[] points, T[] queries, int dimension) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = points.Length / dimension;
        foreach (Minkowski metric in Metrics)
        {
            var tree = new KdTree<T>(points, dimension, metric);
            foreach (int k in (int[])[1, 10, n + 2])
            {
                int[] expected = new int[k], actual = new int[k];
                T[] expectedDistances = new T[k], actualDistances = new T[k];
                int used = Metrics.AsSpan(0, 3).Contains(metric) ? queries.Length : 2 * dimension;
                for (int q = 0; q < used; q += dimension)
                {
                    ReadOnlySpan<T> query = queries.AsSpan(q, dimension);
                    int found = BruteForceNeighbors.Nearest(points, dimension, query, expected, expectedDistances, metric);
                    Assert.Equal(Math.Min(k, n), found);
                    Assert.Equal(found, tree.Nearest(query, actual, actualDistances));
                    Assert.Equal(expected, actual);
                    Assert.Equal(expectedDistances, actualDistances);
                    if (n == 0)
                        continue;

                    // A radius that is one of the distances, and one between.
                    foreach (T radius in (T[])[expectedDistances[found / 2], expectedDistances[found - 1] * T.CreateTruncating(0.7), T.Zero])
                    {
                        int within = BruteForceNeighbors.Within(points, dimension, query, radius, expected, expectedDistances, metric);
                        Assert.Equal(within, tree.Within(query, radius, actual, actualDistances));
                        Assert.Equal(expected, actual);
                        if (within < k)
                            Assert.Equal(within, tree.CountWithin(query, radius));
                    }

                    BruteForceNeighbors.Nearest(points, dimension, query, expected, expectedDistances, metric);
                }
            }

            if (n > 0)
            {
                int[] indices = new int[5];
                T[] distances = new T[5];
                tree.Nearest(queries.AsSpan(0, dimension), indices, distances);
                Hardware.SameBitsEverywhere<T>(distances, $"{typeof(T)} {n} {dimension} {metric.Power} {points[0]}");
                Hardware.SameBitsEverywhere<int>(indices, $"indices {typeof(T)} {n} {dimension} {metric.Power} {points[0]}");
            }
        }
    }

    [Fact]
    public void ResultsAreThoseOfASortWithTiesByIndex() => Forall.Check(
        Prop.ForAll(
            (from n in Gen.Choose(1, 120)
             from d in Gen.Choose(1, 12)
             from side in Gen.Choose(1, 6)
             from k in Gen.Choose(1, 30)
             from metric in Gen.Choose(0, 2)
             from seed in Gen.Choose(0, int.MaxValue)
             select (n, d, side, k, metric, seed)).ToArbitrary(),
            t =>
            {
                (int n, int d, int side, int k, int metric, int seed) = t;
                double[] points = TestPoints.Grid<double>(n, d, side, (ulong)seed), query = TestPoints.Grid<double>(1, d, side, (ulong)seed + 1);
                (double Distance, int Index)[] sorted = [.. Enumerable.Range(0, n).Select(i => (Plain(points.AsSpan(i * d, d), query, metric), i)).Order().Take(k)];
                int[] indices = new int[sorted.Length];
                double[] distances = new double[sorted.Length];
                new KdTree<double>(points, d, Metrics[metric]).Nearest(query, indices, distances);
                return indices.SequenceEqual(sorted.Select(s => s.Index)) && distances.SequenceEqual(sorted.Select(s => s.Distance));
            }));

    private static double Plain(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int metric)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double d = Math.Abs(x[i] - y[i]);
            sum = metric switch { 0 => sum + (d * d), 1 => sum + d, _ => Math.Max(sum, d) };
        }

        return metric == 0 ? Math.Sqrt(sum) : sum;
    }

    [Fact]
    public void PowersBetweenMeetTheFormula()
    {
        double[] x = TestPoints.Normal<double>(1, 7, 1), y = TestPoints.Normal<double>(1, 7, 2);
        foreach (double p in (double[])[1, 1.25, 2, 2.5, 3, 10, 200, double.PositiveInfinity])
        {
            double expected = double.IsInfinity(p) ? x.Zip(y, (a, b) => Math.Abs(a - b)).Max() : Math.Pow(x.Zip(y, (a, b) => Math.Pow(Math.Abs(a - b), p)).Sum(), 1 / p);
            double[] distance = new double[1];
            new KdTree<double>(x, 7, new Minkowski { Power = p }).Nearest(y, new int[1], distance);
            Promises.Close(expected, distance[0], 1e-12, 0, $"p = {p}");
        }
    }

    [Fact]
    public void EqualPointsComeInOrderOfIndex()
    {
        double[] points = new double[3 * 1000];
        Array.Fill(points, 0.25);
        var tree = new KdTree<double>(points, 3);
        int[] indices = new int[17];
        double[] distances = new double[17];
        Assert.Equal(17, tree.Nearest([1, 1, 1], indices, distances));
        Assert.Equal(Enumerable.Range(0, 17), indices);
        Assert.Equal(1000, tree.CountWithin([0.25, 0.25, 0.25], 0));
    }

    [Fact]
    public void OverflowingDistancesAreInfiniteAndStillOrderedByIndex()
    {
        double[] points = [1e200, 1, -1e200, 0];
        int[] indices = new int[4];
        double[] distances = new double[4];
        Assert.Equal(4, new KdTree<double>(points, 1).Nearest([0], indices, distances));
        Assert.Equal([3, 1, 0, 2], indices);
        Assert.Equal([0, 1, double.PositiveInfinity, double.PositiveInfinity], distances);
    }

    [Fact]
    public void BatchesGiveTheSameForAnyWorkers()
    {
        const int Dimension = 3, Neighbors = 7, Count = 203;
        double[] points = TestPoints.Uniform<double>(1500, Dimension, 8), queries = TestPoints.Uniform<double>(Count, Dimension, 9);
        var tree = new KdTree<double>(points, Dimension);
        int[] expected = new int[Count * Neighbors], actual = new int[Count * Neighbors];
        double[] expectedDistances = new double[Count * Neighbors], actualDistances = new double[Count * Neighbors];
        for (int i = 0; i < Count; i++)
            tree.Nearest(queries.AsSpan(i * Dimension, Dimension), expected.AsSpan(i * Neighbors, Neighbors), expectedDistances.AsSpan(i * Neighbors, Neighbors));
        foreach (IWorkers? workers in (IWorkers?[])[null, Workers.Serial, Workers.Threads(3)])
        {
            tree.NearestOfEach(queries, Neighbors, actual, actualDistances, workers);
            Assert.Equal(expected, actual);
            Promises.SameBits(expectedDistances, actualDistances, "tree");
            Array.Clear(actual);
            BruteForceNeighbors.NearestOfEach(points, Dimension, queries, Neighbors, actual, actualDistances, workers: workers);
            Assert.Equal(expected, actual);
            Promises.SameBits(expectedDistances, actualDistances, "brute force");
        }

        BruteForceNeighbors.NearestOfEach<double>([], Dimension, queries, Neighbors, actual, actualDistances);
        Assert.All(actual, i => Assert.Equal(-1, i));
        Assert.All(actualDistances, d => Assert.Equal(double.PositiveInfinity, d));
    }

    [Fact]
    public void SearchesAllocateNothing()
    {
        double[] points = TestPoints.Uniform<double>(500, 3, 10), queries = TestPoints.Uniform<double>(4, 3, 11), distances = new double[20];
        int[] indices = new int[20];
        var tree = new KdTree<double>(points, 3);
        Promises.AllocatesNothing(() => tree.Nearest(queries.AsSpan(0, 3), indices, distances), "KdTree.Nearest");
        Promises.AllocatesNothing(() => tree.Within(queries.AsSpan(0, 3), 0.3, indices, distances), "KdTree.Within");
        Promises.AllocatesNothing(() => tree.CountWithin(queries.AsSpan(0, 3), 0.3), "KdTree.CountWithin");
        Promises.AllocatesNothing(() => tree.NearestOfEach(queries, 5, indices, distances), "KdTree.NearestOfEach");
        Promises.AllocatesNothing(() => BruteForceNeighbors.NearestOfEach(points, 3, queries, 5, indices, distances), "BruteForceNeighbors");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>("points", () => new KdTree<double>([1, 2, 3], 2));
        Assert.Throws<ArgumentException>("points", () => new KdTree<double>([1, double.NaN], 2));
        Assert.Throws<ArgumentOutOfRangeException>("dimension", () => new KdTree<double>([1], 0));
        Assert.Throws<ArgumentOutOfRangeException>("Power", () => new Minkowski { Power = 0.5 });
        var tree = new KdTree<double>([1, 2], 2);
        Assert.Throws<ArgumentException>("query", () => tree.Nearest([1], new int[1], new double[1]));
        Assert.Throws<ArgumentException>("query", () => tree.Nearest([1, double.PositiveInfinity], new int[1], new double[1]));
        Assert.Throws<ArgumentException>("distances", () => tree.Nearest([1, 1], new int[1], new double[2]));
        Assert.Throws<ArgumentOutOfRangeException>("radius", () => tree.Within([1, 1], -1, new int[1], new double[1]));
        Assert.Throws<ArgumentOutOfRangeException>("radius", () => BruteForceNeighbors.Within<double>([1, 1], 2, [1, 1], double.NaN, new int[1], new double[1]));
    }

    [Fact]
    public void TheSplitPutsTheSmallestKeysFirst()
    {
        foreach (int n in (int[])[1, 2, 16, 17, 100, 5000])
        {
            foreach (int side in (int[])[1, 2, 50, 100000])
            {
                double[] keys = TestPoints.Grid<double>(n, 1, side, (ulong)(n + side)), original = [.. keys];
                int[] items = [.. Enumerable.Range(0, n)];
                int count = (n + 1) / 2;
                MedianSplit.Apply(keys.AsSpan(), items, count);
                Assert.Equal(Enumerable.Range(0, n), items.Order());
                Assert.All(Enumerable.Range(0, n), i => Assert.Equal(original[items[i]], keys[i]));
                Assert.True(count == n || keys[..count].Max() <= keys[count..].Min());
            }
        }
    }
}
