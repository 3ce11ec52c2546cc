using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Memory;

public sealed class ModernHopfieldTests
{
    [Fact]
    public void The_error_of_one_step_falls_exponentially_with_separation_times_beta()
    {
        const int N = 40, D = 12;
        double radius = Math.Sqrt(D - 1);
        double[] patterns = Sphere(RandomKey.FromSeed(1), N, D, radius);
        double[] separation = Separations(patterns, N, D);
        foreach (double beta in new[] { 0.5, 1, 2, 4, 8 })
        {
            double[] retrieved = Retrieve(patterns, patterns, N, D, beta, 1);
            for (int i = 0; i < N; i++)
            {
                double error = Distance(retrieved, patterns, i, i, D), bound = 2 * (N - 1) * radius * Math.Exp(-beta * separation[i]);
                Assert.True(error <= bound + 1e-14, $"pattern {i}, beta {beta}: {error} above {bound}");

                // Beside the bound its rate: the nearest other pattern alone has at least the weight exp(-beta Delta) / N.
                if (error > 1e-12)
                    Assert.InRange(-Math.Log(error) / beta, separation[i] - (Math.Log(2 * N * radius) / beta), separation[i] + (Math.Log(2 * N * radius) / beta));
            }
        }
    }

    [Fact]
    public void Capacity_grows_exponentially_with_the_dimension()
    {
        // The largest power of 2 of patterns, all of which are fixed to 1 % of their norm, at one temperature.
        int[] capacity = new int[3];
        int[] dimensions = [6, 10, 14];
        for (int k = 0; k < dimensions.Length; k++)
        {
            int d = dimensions[k];
            double radius = Math.Sqrt(d - 1);
            for (int n = 2; n <= 4096; n *= 2)
            {
                double[] patterns = Sphere(RandomKey.FromSeed(2), n, d, radius);
                double[] retrieved = Retrieve(patterns, patterns, n, d, 4, 1);
                int failures = 0;
                for (int i = 0; i < n; i++)
                    failures += Distance(retrieved, patterns, i, i, d) > 0.01 * radius ? 1 : 0;
                if (failures > 0.02 * n)
                    break;
                capacity[k] = n;
            }
        }

        Assert.True(capacity[1] >= 3 * capacity[0] && capacity[2] >= 3 * capacity[1], string.Join(", ", capacity));
        Assert.True(capacity[2] > 20 * 0.138 * dimensions[2]);
    }

    [Fact]
    public void The_classical_network_of_hebb_forgets_what_the_modern_one_keeps()
    {
        // D. J. Amit, H. Gutfreund, H. Sompolinsky (1985): sums of outer products lose their memory at 0.138 patterns for each neuron.
        const int D = 200;
        Assert.True(Hebb(RandomKey.FromSeed(3), D, 16) > 0.98);
        Assert.True(Hebb(RandomKey.FromSeed(3), D, 60) < 0.75);

        double[] patterns = new double[60 * D];
        Signs(RandomKey.FromSeed(3), patterns);
        double[] retrieved = Retrieve(patterns, patterns, 60, D, 1, 1);
        for (int i = 0; i < patterns.Length; i++)
            Promises.Close(patterns[i], retrieved[i], 1e-12, 0, "a retrieved sign");
    }

    [Fact]
    public void No_step_increases_the_energy()
    {
        const int N = 12, D = 5, S = 20;
        Variable x = Variable.Input("patterns", [N, D]), xi = Variable.Input("states", [S, D]);
        for (int seed = 0; seed < 10; seed++)
        {
            double beta = 0.1 * Math.Pow(2, seed);
            Replay<double> replay = Computation.Compile<double>([x, xi], ModernHopfield.Update(x, xi, beta), ModernHopfield.Energy(x, xi, beta)).Start();
            RandomFill.Normal(RandomKey.FromSeed((ulong)seed), replay.Input(0));
            RandomFill.Normal(RandomKey.FromSeed(100 + (ulong)seed), replay.Input(1));
            double[] before = new double[S];
            Array.Fill(before, double.PositiveInfinity);
            for (int step = 0; step < 30; step++)
            {
                replay.Run();
                for (int i = 0; i < S; i++)
                {
                    double energy = replay.Output(1)[i];
                    Assert.True(energy >= -1e-12 && energy <= before[i] + 1e-12, $"beta {beta}, step {step}: {before[i]} to {energy}");
                    before[i] = energy;
                }

                replay.Output(0).CopyTo(replay.Input(1));
            }
        }
    }

    [Fact]
    public void The_energy_is_stationary_where_a_step_stays()
    {
        const int N = 6, D = 4;
        Variable x = Variable.Input("patterns", [N, D]), xi = Variable.Input("states", [1, D]);
        Variable gradient = Derivative.Gradient(Sum(ModernHopfield.Energy(x, xi, 0.7)), xi);
        Replay<double> replay = Computation.Compile<double>([x, xi], gradient, xi - ModernHopfield.Update(x, xi, 0.7)).Start();
        RandomFill.Normal(RandomKey.FromSeed(6), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(7), replay.Input(1));
        replay.Run();
        for (int i = 0; i < D; i++)
            Promises.Close(replay.Output(1)[i], replay.Output(0)[i], 1e-12, 1e-13, "the gradient of the energy");
    }

    [Fact]
    public void The_temperature_chooses_between_all_similar_and_single_patterns()
    {
        // Two groups of three similar patterns, far apart.
        const int D = 2;
        double[] patterns = [4, 0.2, 4, -0.2, 4.1, 0, -4, 3.1, -4, 3.3, -4.2, 3.2];
        double[] state = [3.9, 0.25];
        double[] all = Retrieve(patterns, state, 6, D, 1e-4, 50), group = Retrieve(patterns, state, 6, D, 0.5, 50), single = Retrieve(patterns, state, 6, D, 500, 50);
        double meanX = -0.1 / 6, meanY = 9.6 / 6;
        Promises.Close(meanX, all[0], 0, 0.02, "the mean of all");
        Promises.Close(meanY, all[1], 0, 0.02, "the mean of all");
        Promises.Close(12.1 / 3, group[0], 0, 0.02, "the mean of similar ones");
        Promises.Close(0, group[1], 0, 0.1, "the mean of similar ones");

        // Of the single ones the largest inner product wins with xi, not the smallest distance.
        Promises.Close(4.1, single[0], 1e-6, 0, "one pattern");
        Promises.Close(0, single[1], 0, 1e-6, "one pattern");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_layer_is_a_sum_of_heads_of_attention(int heads)
    {
        const int S = 5, N = 7, R = 4, Y = 6, Dimension = 3, Outputs = 2;
        var layer = new HopfieldAssociation { Outputs = Outputs, Dimension = Dimension, Heads = heads };
        var network = new Network(new Retrieving(layer, [N, Y]), [S, R]);
        Variable p = Variable.Input("p", [network.ParameterCount]), joined = Variable.Input("x", [S, R]);
        Replay<double> replay = Computation.Compile<double>([p, joined], network.Apply(p, joined)).Start();
        network.Initialize(RandomKey.FromSeed(8), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(9), replay.Input(1));
        replay.Run();
        double[] stored = Part(network, replay.Input(0), "stored"), query = Part(network, replay.Input(0), "query"), key = Part(network, replay.Input(0), "key"), value = Part(network, replay.Input(0), "value");
        double[] q = Product(replay.Input(1).ToArray(), query, S, R, heads * Dimension), k = Product(stored, key, N, Y, heads * Dimension);
        var expected = new double[S * Outputs];
        for (int head = 0; head < heads; head++)
        {
            // softmax(Q K^T / sqrt(d)) V with V = K W_V.
            for (int s = 0; s < S; s++)
            {
                var weights = new double[N];
                for (int n = 0; n < N; n++)
                {
                    for (int i = 0; i < Dimension; i++)
                        weights[n] += q[(s * heads * Dimension) + (head * Dimension) + i] * k[(n * heads * Dimension) + (head * Dimension) + i];
                    weights[n] = Math.Exp(weights[n] / Math.Sqrt(Dimension));
                }

                double total = weights.Sum();
                for (int n = 0; n < N; n++)
                {
                    for (int i = 0; i < Dimension; i++)
                    {
                        for (int o = 0; o < Outputs; o++)
                            expected[(s * Outputs) + o] += weights[n] / total * k[(n * heads * Dimension) + (head * Dimension) + i] * value[(((head * Dimension) + i) * Outputs) + o];
                    }
                }
            }
        }

        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], replay.Output(0)[i], 1e-13, 1e-14, "an output");
    }

    [Fact]
    public void Pooling_does_not_see_the_order_of_a_set()
    {
        var network = new Network(new HopfieldPooling { Association = new HopfieldAssociation { Outputs = 3, Dimension = 4, Heads = 2, Steps = 3 }, Queries = 2 }, [5, 6, 4]);
        Assert.Equal(Shape.Create([5, 2, 3]), network.OutputShape);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [5, 6, 4]);
        Replay<double> replay = Computation.Compile<double>([p, x], network.Apply(p, x), network.Apply(p, Flip(x, 1))).Start();
        network.Initialize(RandomKey.FromSeed(10), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(11), replay.Input(1));
        replay.Run();
        for (int i = 0; i < replay.Output(0).Length; i++)
            Promises.Close(replay.Output(0)[i], replay.Output(1)[i], 1e-12, 1e-13, "a pooled pattern");
    }

    [Fact]
    public void A_lookup_keeps_its_patterns_as_parameters()
    {
        var network = new Network(new HopfieldLookup { Association = new HopfieldAssociation { Outputs = 3, Dimension = 4 }, Patterns = 9, Features = 5 }, [2, 6, 7]);
        Assert.Equal(Shape.Create([2, 6, 3]), network.OutputShape);
        Assert.Equal((9 * 5) + (7 * 4) + (5 * 4) + (4 * 3), network.ParameterCount);
    }

    /// <summary>A layer that retrieves from stored patterns, which are parameters here.</summary>
    private sealed record Retrieving(HopfieldAssociation Layer, Shape Stored) : Module
    {
        public override Variable Apply(Scope scope, Variable x) => Layer.Apply(scope, x, scope.Parameter("stored", Stored, Initializer.Normal(1)));
    }

    private static double[] Part(Network network, ReadOnlySpan<double> parameters, string name)
    {
        NamedTensor tensor = network.Parameters.Single(t => t.Name == name);
        return parameters.Slice(tensor.Offset, tensor.Shape.ElementCount).ToArray();
    }

    private static double[] Product(double[] a, double[] b, int m, int k, int n)
    {
        var c = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int l = 0; l < k; l++)
            {
                for (int j = 0; j < n; j++)
                    c[(i * n) + j] += a[(i * k) + l] * b[(l * n) + j];
            }
        }

        return c;
    }

    private static double[] Retrieve(double[] patterns, double[] states, int n, int d, double beta, int steps)
    {
        Variable x = Variable.Input("patterns", [n, d]), xi = Variable.Input("states", [states.Length / d, d]);
        Replay<double> replay = Computation.Compile<double>([x, xi], ModernHopfield.Retrieve(x, xi, beta, steps)).Start();
        patterns.CopyTo(replay.Input(0));
        states.CopyTo(replay.Input(1));
        replay.Run();
        return replay.Output(0).ToArray();
    }

    private static double[] Sphere(RandomKey key, int n, int d, double radius)
    {
        var x = new double[n * d];
        RandomFill.Normal(key, x);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = x.AsSpan(i * d, d);
            double norm = Math.Sqrt(Inner(row, row));
            for (int j = 0; j < d; j++)
                row[j] *= radius / norm;
        }

        return x;
    }

    private static double[] Separations(double[] x, int n, int d)
    {
        var separations = new double[n];
        for (int i = 0; i < n; i++)
        {
            double nearest = double.NegativeInfinity;
            for (int j = 0; j < n; j++)
                nearest = i == j ? nearest : Math.Max(nearest, Inner(x.AsSpan(i * d, d), x.AsSpan(j * d, d)));
            separations[i] = Inner(x.AsSpan(i * d, d), x.AsSpan(i * d, d)) - nearest;
        }

        return separations;
    }

    private static double Distance(double[] x, double[] y, int i, int j, int d)
    {
        double sum = 0;
        for (int k = 0; k < d; k++)
            sum += Math.Pow(x[(i * d) + k] - y[(j * d) + k], 2);
        return Math.Sqrt(sum);
    }

    private static double Inner(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    private static void Signs(RandomKey key, double[] x)
    {
        RandomFill.Normal(key, x);
        for (int i = 0; i < x.Length; i++)
            x[i] = x[i] < 0 ? -1 : 1;
    }

    /// <summary>The mean overlap with stored patterns after the classical dynamics started at them.</summary>
    private static double Hebb(RandomKey key, int d, int n)
    {
        var patterns = new double[n * d];
        Signs(key, patterns);
        double overlap = 0;
        for (int pattern = 0; pattern < 5; pattern++)
        {
            double[] state = patterns.AsSpan(pattern * d, d).ToArray();
            for (int sweep = 0; sweep < 30; sweep++)
            {
                for (int i = 0; i < d; i++)
                {
                    double field = 0;
                    for (int m = 0; m < n; m++)
                        field += patterns[(m * d) + i] * (Inner(patterns.AsSpan(m * d, d), state) - (patterns[(m * d) + i] * state[i]));
                    state[i] = field < 0 ? -1 : 1;
                }
            }

            overlap += Inner(state, patterns.AsSpan(pattern * d, d)) / d / 5;
        }

        return overlap;
    }
}
