using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;
using static OptiCore.Networks.TensorRepresentation;

namespace OptiCore.Core.Tests.Methods.Equivariance;

public sealed class EquivarianceTests
{
    private static readonly Dictionary<string, MatrixGroup> Groups = new()
    {
        ["SO(3)"] = MatrixGroup.SpecialOrthogonal(3),
        ["O(3)"] = MatrixGroup.Orthogonal(3),
        ["SO+(1,3)"] = MatrixGroup.Lorentz(),
        ["O(1,3)"] = MatrixGroup.Lorentz(isProper: false),
        ["S_4"] = MatrixGroup.Permutations(4),
        ["S_5"] = MatrixGroup.Permutations(5),
        ["Z_5"] = MatrixGroup.Cyclic(5),

        // Volume-preserving maps of the plane: neither orthogonal nor with an invariant metric, but with an invariant area.
        ["SL(2)"] = new MatrixGroup(2, [[1, 0, 0, -1], [0, 1, 0, 0], [0, 0, 1, 0]], []),
    };

    /// <summary>
    /// Invariants of T(p, q): metrics pair indices (1, 3 of them for 2, 4), the oriented groups have the Levi-Civita tensor besides; of permutations partitions of the indices (Bell's numbers 1, 2, 5, 15,
    /// with at most n parts); of shifts n^(order - 1); of SL(2) pairings without crossings (Catalan's numbers) and of T(1, 1) the identity.
    /// </summary>
    public static TheoryData<string, int, int, int> Counts => new()
    {
        { "SO(3)", 1, 0, 0 }, { "SO(3)", 2, 0, 1 }, { "SO(3)", 3, 0, 1 }, { "SO(3)", 4, 0, 3 }, { "SO(3)", 2, 1, 1 },
        { "O(3)", 3, 0, 0 }, { "O(3)", 4, 0, 3 }, { "O(3)", 2, 2, 3 },
        { "SO+(1,3)", 1, 0, 0 }, { "SO+(1,3)", 2, 0, 1 }, { "SO+(1,3)", 1, 1, 1 }, { "SO+(1,3)", 4, 0, 4 }, { "SO+(1,3)", 2, 2, 4 }, { "O(1,3)", 4, 0, 3 },
        { "S_4", 1, 0, 1 }, { "S_4", 2, 0, 2 }, { "S_4", 3, 0, 5 }, { "S_4", 4, 0, 15 }, { "S_5", 2, 2, 15 },
        { "Z_5", 2, 0, 5 }, { "Z_5", 3, 0, 25 },
        { "SL(2)", 2, 0, 1 }, { "SL(2)", 1, 1, 1 }, { "SL(2)", 4, 0, 2 }, { "SL(2)", 3, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(Counts))]
    public void Invariant_tensors_are_as_many_as_theory_says(string group, int vectors, int duals, int expected) =>
        Assert.Equal(expected, new EquivariantBasis(Groups[group], default, new TensorRank(vectors, duals), isIterative: false).Count);

    [Fact]
    public void Maps_of_n_by_n_matrices_that_commute_with_permutations_are_fifteen()
    {
        // H. Maron et al. (2019), "Invariant and equivariant graph networks".
        var matrix = new TensorRank(2, 0);
        Assert.Equal(15, new EquivariantBasis(MatrixGroup.Permutations(4), matrix, matrix, isIterative: false).Count);
        Assert.Equal(15, new EquivariantBasis(MatrixGroup.Permutations(6), matrix, matrix, isIterative: true).Count);
    }

    [Theory]
    [InlineData("SO(3)", 2, 2)]
    [InlineData("SO+(1,3)", 2, 1)]
    [InlineData("SO+(1,3)", 1, 1)]
    [InlineData("S_4", 2, 2)]
    [InlineData("SL(2)", 2, 2)]
    public void The_iteration_spans_what_the_decomposition_does(string group, int input, int output)
    {
        var dense = new EquivariantBasis(Groups[group], new TensorRank(input, 0), new TensorRank(output, 0), isIterative: false);
        var iterative = new EquivariantBasis(Groups[group], new TensorRank(input, 0), new TensorRank(output, 0), isIterative: true);
        Assert.Equal(dense.Count, iterative.Count);
        int n = dense.InputSize * dense.OutputSize;
        for (int i = 0; i < iterative.Count; i++)
        {
            // A unit vector of the one lies in the span of the other if its projection has the norm 1.
            double square = 0;
            ReadOnlySpan<double> x = iterative.Rows.Span.Slice(i * n, n);
            for (int j = 0; j < dense.Count; j++)
            {
                double inner = 0;
                for (int k = 0; k < n; k++)
                    inner += x[k] * dense.Rows.Span[(j * n) + k];
                square += inner * inner;
            }

            Promises.Close(1, square, 1e-8, 0, "a projection");
        }
    }

    [Theory]
    [InlineData("SO(3)")]
    [InlineData("O(3)")]
    [InlineData("SO+(1,3)")]
    [InlineData("S_4")]
    [InlineData("Z_5")]
    [InlineData("SL(2)")]
    public void Transformed_inputs_give_transformed_outputs(string name)
    {
        MatrixGroup group = Groups[name];
        TensorRepresentation input = (2 * Vector) + Scalar + Vector.Dual, output = Tensor(1, 1) + (2 * Vector) + Scalar + Vector.Dual;
        Check(group, input, output, new EquivariantLinear { Group = group, Input = input, Output = output });
        TensorRepresentation both = (2 * Scalar) + (2 * Vector) + Vector.Dual + Tensor(1, 1) + Tensor(2, 1);
        Check(group, both, both, new EquivariantBilinear { Group = group, Input = both, Output = both, Gain = 1 });
        TensorRepresentation hidden = (4 * Scalar) + (3 * Vector) + (2 * Vector.Dual) + Tensor(1, 1);
        Check(group, input, output, new EquivariantMlp { Group = group, Input = input, Hidden = [hidden, hidden], Output = output });
    }

    [Fact]
    public void Representations_add_and_multiply()
    {
        TensorRepresentation sum = (2 * Vector) + Scalar;
        Assert.Equal(7, sum.Size(3));
        Assert.Equal("4 T(2, 0) + 4 T(1, 0) + T(0, 0)", (sum * sum).ToString());
        Assert.Equal(49, (sum * sum).Size(3));
        Assert.Equal(Tensor(0, 1), Vector.Dual);
        Assert.Equal(Tensor(1, 2), Vector.Dual * Tensor(1, 1));
        Assert.Equal(2, (Vector + Scalar + Vector).Terms[0].Count);
    }

    [Fact]
    public void Generators_are_checked()
    {
        Assert.Throws<ArgumentException>(() => new MatrixGroup(2, [[1, 2, 3]], []));
        Assert.Throws<ArgumentException>(() => new MatrixGroup(2, [], [[1, 2, 2, 4]]));
        Assert.True(Groups["O(3)"].IsOrthogonal && Groups["S_4"].IsOrthogonal && !Groups["SO+(1,3)"].IsOrthogonal);
        var layer = new EquivariantLinear { Group = Groups["SO(3)"], Input = Vector, Output = Vector };
        Assert.Throws<ArgumentException>(() => new Network(layer, [5, 4]));
    }

    [Fact]
    public void An_invariant_function_is_learned_from_few_samples_better_than_by_a_perceptron()
    {
        // The task of the paper, f(x, y) = sin |x| - |y|^3 / 2 + x y / (|x| |y|), invariant to O(5).
        MatrixGroup group = MatrixGroup.Orthogonal(5);
        TensorRepresentation hidden = (12 * Scalar) + (6 * Vector);
        double equivariant = Learn(new EquivariantMlp { Group = group, Input = 2 * Vector, Hidden = [hidden, hidden], Output = Scalar });
        double plain = double.PositiveInfinity;
        foreach (int width in new[] { 16, 64 })
            plain = Math.Min(plain, Learn(new Mlp { Hidden = [width, width], Outputs = 1, Activation = Silu }));
        Assert.True(equivariant < 0.5 * plain, $"{equivariant} against {plain}");
    }

    private static double Learn(Module module)
    {
        const int Samples = 100, Tests = 1000, Steps = 600;
        var network = new Network(module, [Samples, 10]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [Samples, 10]), y = Variable.Input("y", [Samples]), z = Variable.Input("z", [Tests, 10]);
        Variable loss = Mean(Square(Reshape(network.Apply(p, x), [Samples]) - y));
        Replay<double> replay = Computation.Compile<double>([p, x, y], loss, Derivative.Gradient(loss, p)).Start();
        Replay<double> test = Computation.Compile<double>([p, z], Reshape(network.Apply(p, z), [Tests])).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(2), replay.Input(1));
        RandomFill.Normal(RandomKey.FromSeed(3), test.Input(1));
        for (int i = 0; i < Samples; i++)
            replay.Input(2)[i] = Target(replay.Input(1).Slice(10 * i, 10));
        var adam = new Adam { LearningRate = 3e-3 }.Start<double>(ParameterLayout.Vector(network.ParameterCount));

        // The best of all tests on the way counts, so that the perceptron isn't judged by where it overfits.
        double best = double.PositiveInfinity;
        for (int step = 0; step < Steps; step++)
        {
            replay.Run();
            adam.Step(replay.Input(0), replay.Output(1));
            if (step % 50 != 49)
                continue;
            replay.Input(0).CopyTo(test.Input(0));
            test.Run();
            double error = 0;
            for (int i = 0; i < Tests; i++)
                error += Math.Pow(test.Output(0)[i] - Target(test.Input(1).Slice(10 * i, 10)), 2) / Tests;
            best = Math.Min(best, error);
        }

        return best;
    }

    private static double Target(ReadOnlySpan<double> x)
    {
        double first = 0, second = 0, inner = 0;
        for (int i = 0; i < 5; i++)
        {
            first += x[i] * x[i];
            second += x[5 + i] * x[5 + i];
            inner += x[i] * x[5 + i];
        }

        return Math.Sin(Math.Sqrt(first)) - (0.5 * Math.Pow(second, 1.5)) + (inner / Math.Sqrt(first * second));
    }

    private static void Check(MatrixGroup group, TensorRepresentation input, TensorRepresentation output, Module module)
    {
        const int Batch = 3;
        int d = group.Dimension, inputs = input.Size(d), outputs = output.Size(d);
        var network = new Network(module, [Batch, inputs]);
        Assert.Equal(Shape.Create([Batch, outputs]), network.OutputShape);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [Batch, inputs]);
        Replay<double> replay = Computation.Compile<double>([p, x], network.Apply(p, x)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));

        // Biases are zeros at first.
        var noise = new double[network.ParameterCount];
        RandomFill.Normal(RandomKey.FromSeed(2), noise);
        for (int i = 0; i < noise.Length; i++)
            replay.Input(0)[i] += 0.3 * noise[i];
        double[] features = new double[Batch * inputs], g = new double[d * d], expected = new double[outputs];
        for (int seed = 0; seed < 5; seed++)
        {
            group.Sample(RandomKey.FromSeed((ulong)seed), g);
            RandomFill.Normal(RandomKey.FromSeed(50 + (ulong)seed), features);
            features.CopyTo(replay.Input(1));
            replay.Run();
            double[] before = replay.Output(0).ToArray();
            for (int i = 0; i < Batch; i++)
                input.Transform(d, g, features.AsSpan(i * inputs, inputs), replay.Input(1).Slice(i * inputs, inputs));
            replay.Run();
            double scale = 0, change = 0;
            for (int i = 0; i < Batch; i++)
            {
                output.Transform(d, g, before.AsSpan(i * outputs, outputs), expected);
                for (int k = 0; k < outputs; k++)
                {
                    scale = Math.Max(scale, Math.Abs(expected[k]));
                    change = Math.Max(change, Math.Abs(expected[k] - before[(i * outputs) + k]));
                }
            }

            Assert.True(change > 1e-3 * scale, "the element changes the output");
            for (int i = 0; i < Batch; i++)
            {
                output.Transform(d, g, before.AsSpan(i * outputs, outputs), expected);
                for (int k = 0; k < outputs; k++)
                    Promises.Close(expected[k], replay.Output(0)[(i * outputs) + k], 0, 1e-8 * Math.Max(1, scale), $"{module.GetType().Name}, feature {k}");
            }
        }
    }
}
