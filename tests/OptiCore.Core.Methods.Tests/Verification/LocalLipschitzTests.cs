using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Randomness;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Verification;

public sealed class LocalLipschitzTests
{
    public static TheoryData<int[], double> Networks => new()
    {
        { [6], 1.0 }, { [10], 0.5 }, { [5, 5], 1.0 }, { [8, 8], 0.3 }, { [8, 8], 1.0 }, { [7, 7, 6], 0.4 }, { [10, 10], 0.6 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Sampled_exact_searched_relaxed_interval_and_norm_bounds_are_in_order(int[] hidden, double radius)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            (ReluNetwork network, double[] center) = Random(hidden, 2, 2, seed);
            double[] lower = [center[0] - radius, center[1] - radius], upper = [center[0] + radius, center[1] + radius];
            double exact = Exact(network, lower, upper), sampled = 0;
            var points = new double[20000];
            RandomFill.Uniform(RandomKey.FromSeed(500 + (ulong)seed), points);
            for (int i = 0; i < points.Length; i += 2)
                sampled = Math.Max(sampled, Norm(network, [lower[0] + (2 * radius * points[i]), lower[1] + (2 * radius * points[i + 1])]));
            LipschitzBound relaxed = new LocalLipschitz { MaxNodes = 1 }.Bound(network, lower, upper), some = new LocalLipschitz { MaxNodes = 30 }.Bound(network, lower, upper);
            LipschitzBound searched = new LocalLipschitz { MaxNodes = 100_000 }.Bound(network, lower, upper);
            InOrder(sampled, exact, searched.Bound, some.Bound, relaxed.Bound, relaxed.IntervalBound, network.NormProduct());
            Assert.Equal(relaxed.Bound, relaxed.RootBound);

            // The search closes the gap to the enumerated regions.
            Assert.True(searched.IsExact, $"{searched}");
            Assert.InRange(searched.Bound, exact * (1 - 1e-10), exact * (1 + 1e-9));
        }
    }

    [Fact]
    public void Relaxation_is_tighter_than_intervals_and_norms()
    {
        double toIntervals = 0, toNorms = 0;
        const int Trials = 10;
        for (int seed = 0; seed < Trials; seed++)
        {
            (ReluNetwork network, double[] center) = Random([16, 16, 16], 4, 3, seed);
            LipschitzBound bound = new LocalLipschitz { MaxNodes = 1 }.Bound(network, [.. center.Select(c => c - 0.2)], [.. center.Select(c => c + 0.2)]);
            Assert.True(bound.UnstableCount > 0);
            toIntervals += Math.Log(bound.Bound / bound.IntervalBound) / Trials;
            toNorms += Math.Log(bound.Bound / network.NormProduct()) / Trials;
        }

        Assert.True(Math.Exp(toIntervals) < 0.95 && Math.Exp(toNorms) < 0.5, $"{Math.Exp(toIntervals)}, {Math.Exp(toNorms)}");
    }

    [Fact]
    public void Without_unstable_rectifiers_the_bound_is_the_norm_of_the_jacobian()
    {
        (ReluNetwork network, double[] center) = Random([9, 9], 3, 2, 7);
        LipschitzBound bound = new LocalLipschitz().Bound(network, center, center);
        Assert.True(bound.IsExact);
        Assert.Equal(1, bound.Nodes);
        Assert.Equal(0, bound.UnstableCount);
        Assert.InRange(bound.Bound, Norm(network, center) * (1 - 1e-12), Norm(network, center) * (1 + 1e-12));
    }

    [Fact]
    public void An_affine_network_has_the_norm_of_its_matrix()
    {
        var network = new ReluNetwork(new AffineLayer(2, 2, [1, -2, 3, 4], [0, 0]));
        LipschitzBound bound = new LocalLipschitz().Bound(network, [-1, -1], [1, 1]);
        Assert.Equal(6, bound.Bound);
        Assert.Equal(6, network.NormProduct());
    }

    [Fact]
    public void A_perceptron_gives_its_numbers()
    {
        var mlp = new Mlp { Hidden = [6, 5], Outputs = 2, Activation = Relu };
        var network = new Network(mlp, [1, 3]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [3]);
        Variable y = Reshape(network.Apply(p, Reshape(x, [1, 3])), [2]);
        Replay<double> replay = Computation.Compile<double>([p, x], Derivative.Jacobian(y, x)).Start();
        network.Initialize(RandomKey.FromSeed(3), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(4), replay.Input(1));
        replay.Run();
        double norm = 0;
        for (int o = 0; o < 2; o++)
            norm = Math.Max(norm, Math.Abs(replay.Output(0)[3 * o]) + Math.Abs(replay.Output(0)[(3 * o) + 1]) + Math.Abs(replay.Output(0)[(3 * o) + 2]));
        LipschitzBound bound = new LocalLipschitz().Bound(ReluNetwork.Of(mlp, 3, replay.Input(0)), replay.Input(1), replay.Input(1));
        Assert.InRange(bound.Bound, norm * (1 - 1e-12), norm * (1 + 1e-12));
        Assert.Throws<ArgumentException>(() => ReluNetwork.Of(new Mlp { Hidden = [6, 5], Outputs = 2 }, 3, new double[network.ParameterCount]));
    }

    [Fact]
    public void Boxes_are_checked()
    {
        (ReluNetwork network, _) = Random([4], 2, 1, 1);
        Assert.Throws<ArgumentException>(() => new LocalLipschitz().Bound(network, [0, 1], [1, 0]));
        Assert.Throws<ArgumentException>(() => new LocalLipschitz().Bound(network, [0], [1]));
        Assert.Throws<ArgumentException>(() => new ReluNetwork(network.Layers[0], network.Layers[0]));
    }

    private static void InOrder(params double[] values)
    {
        for (int i = 1; i < values.Length; i++)
            Assert.True(values[i] >= values[i - 1] * (1 - 1e-10), $"{values[i - 1]} above {values[i]} at {i}");
    }

    private static (ReluNetwork Network, double[] Center) Random(int[] hidden, int inputs, int outputs, int seed)
    {
        RandomKey key = RandomKey.FromSeed((ulong)seed);
        int[] sizes = [inputs, .. hidden, outputs];
        var layers = new AffineLayer[sizes.Length - 1];
        for (int k = 0; k < layers.Length; k++)
        {
            double[] weight = new double[sizes[k] * sizes[k + 1]], bias = new double[sizes[k + 1]];
            RandomFill.Normal(key.Fold((ulong)(2 * k)), weight);
            RandomFill.Normal(key.Fold((ulong)((2 * k) + 1)), bias);
            for (int i = 0; i < weight.Length; i++)
                weight[i] *= Math.Sqrt(2.0 / sizes[k]);
            for (int i = 0; i < bias.Length; i++)
                bias[i] *= 0.3;
            layers[k] = new AffineLayer(sizes[k], sizes[k + 1], weight, bias);
        }

        double[] center = new double[inputs];
        RandomFill.Normal(key.Fold(99), center);
        return (new ReluNetwork(layers), center);
    }

    private static double Norm(ReluNetwork network, double[] x)
    {
        double[] values = x;
        double[][] jacobian = [.. Enumerable.Range(0, x.Length).Select(i => Enumerable.Range(0, x.Length).Select(j => i == j ? 1.0 : 0).ToArray())];
        for (int k = 0; k < network.Layers.Count; k++)
        {
            (values, jacobian) = Through(network.Layers[k], values, jacobian);
            if (k == network.Layers.Count - 1)
                break;
            for (int j = 0; j < values.Length; j++)
            {
                if (values[j] > 0)
                    continue;
                values[j] = 0;
                Array.Clear(jacobian[j]);
            }
        }

        return jacobian.Max(row => row.Sum(Math.Abs));
    }

    private static (double[] Values, double[][] Jacobian) Through(AffineLayer layer, double[] values, double[][] jacobian)
    {
        var next = new double[layer.Outputs];
        var rows = new double[layer.Outputs][];
        for (int j = 0; j < layer.Outputs; j++)
        {
            next[j] = layer.Bias[j];
            rows[j] = new double[jacobian[0].Length];
            for (int i = 0; i < layer.Inputs; i++)
            {
                double w = layer.Weight[(i * layer.Outputs) + j];
                next[j] += w * values[i];
                for (int m = 0; m < rows[j].Length; m++)
                    rows[j][m] += w * jacobian[i][m];
            }
        }

        return (next, rows);
    }

    /// <summary>The largest norm over all regions of a box of the plane on which the network is affine, found by cutting polygons.</summary>
    private static double Exact(ReluNetwork network, double[] lower, double[] upper)
    {
        List<(double X, double Y)> box = [(lower[0], lower[1]), (upper[0], lower[1]), (upper[0], upper[1]), (lower[0], upper[1])];
        return Largest(network, 0, 0, box, [0, 0], [[1, 0], [0, 1]], []);
    }

    private static double Largest(ReluNetwork network, int k, int j, List<(double X, double Y)> cell, double[] offsets, double[][] slopes, List<bool> active)
    {
        // The neurons of layer k are offsets + slopes x of what enters the layer, on this cell.
        (double[] next, double[][] rows) = Through(network.Layers[k], offsets, slopes);
        if (k == network.Layers.Count - 1)
            return rows.Max(row => row.Sum(Math.Abs));
        if (j == next.Length)
        {
            for (int i = 0; i < next.Length; i++)
            {
                if (active[i])
                    continue;
                next[i] = 0;
                Array.Clear(rows[i]);
            }

            return Largest(network, k + 1, 0, cell, next, rows, []);
        }

        double best = 0;
        foreach (bool isActive in new[] { false, true })
        {
            List<(double X, double Y)> part = Cut(cell, isActive ? 1 : -1, rows[j], next[j]);
            if (Area(part) > 1e-12)
                best = Math.Max(best, Largest(network, k, j + 1, part, offsets, slopes, [.. active, isActive]));
        }

        return best;
    }

    private static List<(double X, double Y)> Cut(List<(double X, double Y)> cell, int sign, double[] slope, double offset)
    {
        var part = new List<(double X, double Y)>();
        for (int i = 0; i < cell.Count; i++)
        {
            (double X, double Y) a = cell[i], b = cell[(i + 1) % cell.Count];
            double fa = sign * ((slope[0] * a.X) + (slope[1] * a.Y) + offset), fb = sign * ((slope[0] * b.X) + (slope[1] * b.Y) + offset);
            if (fa >= 0)
                part.Add(a);
            if ((fa > 0 && fb < 0) || (fa < 0 && fb > 0))
                part.Add((a.X + (fa / (fa - fb) * (b.X - a.X)), a.Y + (fa / (fa - fb) * (b.Y - a.Y))));
        }

        return part;
    }

    private static double Area(List<(double X, double Y)> cell)
    {
        double area = 0;
        for (int i = 0; i < cell.Count; i++)
        {
            (double X, double Y) a = cell[i], b = cell[(i + 1) % cell.Count];
            area += 0.5 * ((a.X * b.Y) - (a.Y * b.X));
        }

        return Math.Abs(area);
    }
}
