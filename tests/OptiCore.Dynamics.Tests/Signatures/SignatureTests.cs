using FsCheck;
using FsCheck.Fluent;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Signatures;

public class SignatureTests
{
    private static Arbitrary<double[]> Paths(int dimension, int points) =>
        Arb.From(Gen.Choose(-1000, 1000).Select(i => 1e-3 * i).ArrayOf(dimension * points));

    private static double[] Of(ReadOnlySpan<double> path, int dimension, int depth)
    {
        var signature = new Signature(dimension, depth);
        signature.Compute(path);
        return signature.Value.ToArray();
    }

    private static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance * (1 + Math.Abs(expected[i])));
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 7)]
    [InlineData(3, 6)]
    [InlineData(5, 4)]
    public void AStraightLineHasTheTensorExponentialHoweverItIsDivided(int dimension, int depth)
    {
        double[] x = [.. Enumerable.Range(0, dimension).Select(i => 0.7 - (0.4 * i))];
        var expected = new List<double>();
        double factorial = 1;
        for (int k = 1; k <= depth; k++)
        {
            factorial *= k;
            for (int word = 0; word < (int)Math.Pow(dimension, k); word++)
            {
                double product = 1;
                for (int rest = word, i = 0; i < k; i++, rest /= dimension)
                    product *= x[rest % dimension];
                expected.Add(product / factorial);
            }
        }

        double[] origin = new double[dimension], parts = new double[6 * dimension], exponential = new double[expected.Count];
        double[] thetas = [0, 0.1, 0.15, 0.6, 0.9, 1];
        for (int i = 0; i < parts.Length; i++)
            parts[i] = 5 + (thetas[i / dimension] * x[i % dimension]);
        new TensorAlgebra(dimension, depth).Exponential(x, exponential);
        Close(expected.ToArray(), exponential, 1e-14);
        Close(expected.ToArray(), Of([.. origin, .. x], dimension, depth), 1e-12);
        Close(expected.ToArray(), Of(parts, dimension, depth), 1e-12);
    }

    [Fact]
    public void PathsOneAfterTheOtherMultiply() => Forall.Check(Prop.ForAll(Paths(3, 7), path =>
    {
        var algebra = new TensorAlgebra(3, 5);
        double[] product = new double[algebra.Length];
        algebra.Multiply(Of(path.AsSpan(0, 12), 3, 5), Of(path.AsSpan(9), 3, 5), product);
        Close(Of(path, 3, 5), product, 1e-12);
    }));

    [Fact]
    public void ProductsOfWordsAreTheirShuffles() => Forall.Check(Prop.ForAll(Paths(2, 6), path =>
    {
        double[] signature = Of(path, 2, 6);
        foreach ((string u, string v) in new[] { ("0", "1"), ("01", "1"), ("010", "11"), ("011", "101"), ("0", "10010"), ("00", "0110") })
        {
            double sum = Shuffles(u, v).Sum(Word);
            Assert.Equal(sum, Word(u) * Word(v), 1e-11);
        }

        double Word(string word) => signature[(1 << word.Length) - 2 + Convert.ToInt32(word, 2)];

        static IEnumerable<string> Shuffles(string u, string v)
        {
            if (u.Length == 0 || v.Length == 0)
                return [u + v];
            return Shuffles(u[1..], v).Select(w => u[0] + w).Concat(Shuffles(u, v[1..]).Select(w => v[0] + w));
        }
    }));

    [Fact]
    public void RunningBackIsTheInverse() => Forall.Check(Prop.ForAll(Paths(3, 5), path =>
    {
        var algebra = new TensorAlgebra(3, 4);
        double[] signature = Of(path, 3, 4), inverse = new double[algebra.Length], product = new double[algebra.Length];
        double[] reversed = [.. path.Chunk(3).Reverse().SelectMany(p => p)];
        algebra.Invert(signature, inverse);
        Close(Of(reversed, 3, 4), inverse, 1e-12);
        algebra.Multiply(signature, inverse, product);
        Close(new double[algebra.Length], product, 1e-11);
    }));

    [Fact]
    public void SpeedAndPlaceDontMatter() => Forall.Check(Prop.ForAll(Paths(2, 4), path =>
    {
        var slower = new List<double>();
        for (int i = 0; i < 4; i++)
        {
            for (int part = 0; part < (i < 3 ? 3 : 1); part++)
            {
                for (int c = 0; c < 2; c++)
                {
                    double from = path[(2 * i) + c], to = path[(2 * Math.Min(i + 1, 3)) + c];
                    slower.Add(9 + from + (part * part / 9.0 * (to - from)));
                }
            }
        }

        Close(Of(path, 2, 6), Of(slower.ToArray(), 2, 6), 1e-11);
    }));

    [Fact]
    public void AClosedCurveHasItsAreaAndItsMoments()
    {
        // The unit square, counterclockwise: 12 is the area, 21 its negative; 112 and 122 follow from Green's theorem: ∫ x^2/2 dy = 1/2 and ∫∫ = 1/2.
        double[] s = Of([0, 0, 1, 0, 1, 1, 0, 1, 0, 0], 2, 3);
        Close([0, 0, 0, 1, -1, 0], s.AsSpan(0, 6), 1e-15);
        Assert.Equal(0.5, s[6 + 1], 1e-15);
    }

    [Fact]
    public void TheGradientIsThatOfDifferences()
    {
        RandomStream stream = RandomKey.FromSeed(3).Stream();
        foreach ((int d, int depth, int points) in new[] { (1, 4, 3), (2, 6, 5), (3, 4, 6), (4, 1, 3), (2, 2, 1) })
        {
            double[] path = new double[d * points], upstream = new double[new TensorAlgebra(d, depth).Length], gradient = new double[path.Length];
            for (int i = 0; i < path.Length; i++)
                path[i] = stream.NextNormal();
            for (int i = 0; i < upstream.Length; i++)
                upstream[i] = stream.NextNormal();
            new Signature(d, depth).Gradient(path, upstream, gradient);
            for (int i = 0; i < path.Length; i++)
            {
                double kept = path[i], step = 1e-5;
                path[i] = kept + step;
                double above = Of(path, d, depth).Zip(upstream, (a, b) => a * b).Sum();
                path[i] = kept - step;
                double below = Of(path, d, depth).Zip(upstream, (a, b) => a * b).Sum();
                path[i] = kept;
                Assert.Equal((above - below) / (2 * step), gradient[i], 1e-6 * (1 + Math.Abs(gradient[i])));
            }
        }
    }

    [Fact]
    public void TheGradientOfALongPathDoesntDrift()
    {
        // Functions of the increment only: the gradient is exact, whatever the way back has added.
        RandomStream stream = RandomKey.FromSeed(4).Stream();
        double[] path = new double[2 * 2000];
        for (int i = 2; i < path.Length; i++)
            path[i] = path[i - 2] + (0.05 * stream.NextNormal());
        var signature = new Signature(2, 4);
        double[] upstream = new double[signature.Length], gradient = new double[path.Length];

        // The word 12 plus 21 is the product of the increments.
        upstream[3] = upstream[4] = 1;
        signature.Gradient(path, upstream, gradient);
        double x = path[^2] - path[0], y = path[^1] - path[1];
        Assert.Equal(-y, gradient[0], 1e-9);
        Assert.Equal(-x, gradient[1], 1e-9);
        Assert.Equal(y, gradient[^2], 1e-9);
        Assert.All(gradient[2..^2], g => Assert.Equal(0, g, 1e-9));
    }

    [Fact]
    public void AStreamCanBeSavedAndGoesOnWithoutAllocating()
    {
        var whole = new Signature(3, 4);
        double[] point = new double[3];
        RandomStream stream = RandomKey.FromSeed(5).Stream();
        byte[] saved = [];
        for (int i = 0; i < 20; i++)
        {
            if (i == 8)
                saved = StateArchive.Save(whole);
            Next();
            whole.Append(point);
        }

        var resumed = new Signature(3, 4);
        StateArchive.Load(resumed, saved);
        stream = RandomKey.FromSeed(5).Stream();
        for (int i = 0; i < 20; i++)
        {
            Next();
            if (i >= 8)
                resumed.Append(point);
        }

        Promises.SameBits(whole.Value, resumed.Value, "resumed");
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new Signature(3, 3), saved));
        double[] path = new double[30], gradient = new double[30], upstream = new double[whole.Length], coordinates = new double[new LogSignature(3, 4).Length];
        var log = new LogSignature(3, 4);
        Promises.AllocatesNothing(() =>
        {
            whole.Append(point);
            whole.Gradient(path, upstream, gradient);
            log.Compute(path, coordinates);
        }, "signature");

        void Next()
        {
            for (int c = 0; c < 3; c++)
                point[c] = stream.NextNormal();
        }
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Invalid("dimension", () => new Signature(0, 2));
        Invalid("depth", () => new Signature(2, 0));
        Assert.Throws<OverflowException>(() => new TensorAlgebra(1000, 5));
        Invalid("point", () => new Signature(2, 2).Append([1]));
        Invalid("point", () => new Signature(2, 2).Append([1, double.NaN]));
        Invalid("path", () => new Signature(2, 2).Compute([1, 2, 3]));
        Invalid("path", () => new Signature(2, 2).Compute([]));
        Invalid("upstream", () => new Signature(2, 2).Gradient([1, 2], new double[5], new double[2]));
        Invalid("coordinates", () => new LogSignature(2, 2).Compute([1, 2], new double[2]));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
