using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Operators;

/// <summary>Factorizations, solutions, determinants and eigenvalues: one row each under the laws, and what is special to them.</summary>
public sealed class LinearAlgebraTests
{
    // Random elements from -2 to 2 on top: diagonally dominant matrices, and eigenvalues that are apart.
    private static readonly Variable Dominant = 9 * Identity(4);
    private static readonly Variable Apart = DiagonalMatrix(Variable.Constant<double>([0, 12, -14, 31], [4]));

    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Rows = new()
    {
        ["cholesky"] = (x => Cholesky(x[0] + Dominant), [[4, 4]]),
        ["cholesky of batches"] = (x => Square(Cholesky(x[0] + Dominant)), [[2, 4, 4]]),
        ["triangular solve"] = (x => TriangularSolve(x[0] + Dominant, x[1]), [[4, 4], [4, 3]]),
        ["triangular solve, transposed"] = (x => TriangularSolve(x[0] + Dominant, x[1], transpose: true), [[4, 4], [4, 2]]),
        ["triangular solve, upper"] = (x => TriangularSolve(x[0] + Dominant, x[1], Triangle.Upper), [[2, 4, 4], [4]]),
        ["triangular solve, upper, transposed, ones"] = (x => TriangularSolve(0.1 * x[0], x[1], Triangle.Upper, true, OptiCore.LinearAlgebra.Diagonal.Unit), [[4, 4], [2, 4, 2]]),
        ["solve"] = (x => Solve(x[0] + Dominant, x[1]), [[4, 4], [4, 3]]),
        ["solve for vectors"] = (x => Solve(x[0] + Dominant, x[1]), [[2, 4, 4], [2, 4]]),
        ["solve with one matrix"] = (x => Square(Solve(x[0] + Dominant, x[1])), [[4, 4], [2, 4, 2]]),
        ["solve, positive definite"] = (x => Solve(x[0] + Dominant, x[1], isPositiveDefinite: true), [[4, 4], [4, 2]]),
        ["solve for one vector, positive definite"] = (x => Solve(x[0] + Dominant, x[1], isPositiveDefinite: true), [[2, 4, 4], [4]]),
        ["inverse"] = (x => Inverse(x[0] + Dominant) * 10, [[2, 4, 4]]),
        ["inverse, positive definite"] = (x => Inverse(x[0] + Dominant, isPositiveDefinite: true) * 10, [[4, 4]]),
        ["log-determinant"] = (x => LogDeterminant(x[0] + Dominant), [[2, 4, 4]]),
        ["log-determinant, positive definite"] = (x => LogDeterminant(x[0] + Dominant, isPositiveDefinite: true), [[2, 4, 4]]),
        ["determinant"] = (x => 0.001 * Determinant(x[0] - Dominant), [[4, 4]]),
        ["eigenvalues"] = (x => Square(SymmetricEigen(x[0] + Apart).Values), [[2, 4, 4]]),
        ["eigenvectors"] = (x => SymmetricEigen(x[0] + Apart).Vectors, [[4, 4]]),
        ["eigenvalues and vectors"] = (x => SymmetricEigen(x[0] + Apart).Vectors * ExpandAxis(SymmetricEigen(x[0] + Apart).Values, 0), [[4, 4]]),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes) = Rows[name];
        for (int seed = 0; seed < 2; seed++)
            DerivativeLaws.Check(name, function, shapes, x => x, seed);
    }

    [Fact]
    public void A_matrix_is_factored_once_for_values_and_derivatives()
    {
        Variable a = Variable.Input("a", [5, 5]), b = Variable.Input("b", [5]), y = Sum(Solve(a, b)) + LogDeterminant(a);
        int alone = Computation.Compile<double>([a], Inverse(a)).KernelCount;
        Assert.Equal(2, alone);
        Computation<double> all = Computation.Compile<double>([a, b], y, Gradient(y, a), Gradient(y, b));
        Assert.Equal(1, all.Plan.Kernels.Count(kernel => kernel.GetType().FullName!.Contains("LuFactor", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_fails_is_NaN()
    {
        Variable a = Variable.Input("a", [2, 2]), b = Variable.Input("b", [2]);
        Replay<double> replay = Computation.Compile<double>(
            [a, b], Cholesky(a), Solve(a, b, true), Inverse(a, true), LogDeterminant(a, true), Solve(a, b), Inverse(a), LogDeterminant(a), SignLogDeterminant(a).Sign, Determinant(a)).Start();
        replay.Input(1).Fill(1);

        // Singular, and the next one indefinite.
        ((ReadOnlySpan<double>)[1, 2, 2, 4]).CopyTo(replay.Input(0));
        replay.Run();
        for (int i = 0; i < 6; i++)
            Assert.All(replay.Output(i).ToArray(), x => Assert.True(double.IsNaN(x)));
        Assert.Equal(double.NegativeInfinity, replay.Output(6)[0]);
        Assert.Equal(0, replay.Output(7)[0]);
        Assert.Equal(0, replay.Output(8)[0]);
        ((ReadOnlySpan<double>)[1, 2, 2, 1]).CopyTo(replay.Input(0));
        replay.Run();
        for (int i = 0; i < 4; i++)
            Assert.All(replay.Output(i).ToArray(), x => Assert.True(double.IsNaN(x)));
        Assert.Equal(-1, replay.Output(7)[0]);
        Promises.Close(-3, replay.Output(8)[0], 1e-15, 0, "determinant");
        replay.Input(0)[0] = double.NaN;
        replay.Run();
        for (int i = 0; i < replay.Output(0).Length; i++)
            Assert.True(double.IsNaN(replay.Output(0)[i]) && double.IsNaN(replay.Output(5)[i]));
        Assert.True(double.IsNaN(replay.Output(6)[0]) && double.IsNaN(replay.Output(8)[0]));
    }

    [Fact]
    public void Eigenvalues_of_what_is_not_finite_are_NaN()
    {
        Variable a = Variable.Input("a", [2, 2]);
        Replay<float> replay = Computation.Compile<float>([a], SymmetricEigen(a).Values, SymmetricEigen(a).Vectors).Start();
        replay.Input(0)[1] = float.PositiveInfinity;
        replay.Run();
        Assert.All(replay.Output(0).ToArray(), x => Assert.True(float.IsNaN(x)));
        Assert.All(replay.Output(1).ToArray(), x => Assert.True(float.IsNaN(x)));
    }

    [Fact]
    public void The_projection_onto_the_space_of_equal_eigenvalues_has_a_derivative()
    {
        // A = diag(1, 1, 3): moving A by E turns the plane of the first two by E[i, 2] / (1 - 3).
        Variable a = Variable.Input("a", [3, 3]), w = Variable.Input("w", [3, 3]), plane = Slice(SymmetricEigen(a).Vectors, 1, 0, 2);
        Variable y = Sum(w * MatMul(plane, Transpose(plane)));
        Replay<double> replay = Computation.Compile<double>([a, w], Gradient(y, a)).Start();
        ((ReadOnlySpan<double>)[1, 0, 0, 0, 1, 0, 0, 0, 3]).CopyTo(replay.Input(0));
        ((ReadOnlySpan<double>)[1, 2, 3, 4, 5, 6, 7, 8, 9]).CopyTo(replay.Input(1));
        replay.Run();
        double[] expected = [0, 0, -2.5, 0, 0, -3.5, -2.5, -3.5, 0];
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], replay.Output(0)[i], 1e-14, 1e-14, $"element {i}");
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        Variable a = Variable.Input("a", [4, 3]), square = Variable.Input("s", [3, 3]);
        Assert.Contains("[4 x 3]", Assert.Throws<ArgumentException>(() => Cholesky(a)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Inverse(a));
        Assert.Throws<ArgumentException>(() => SymmetricEigen(a));
        Assert.Contains("as many rows", Assert.Throws<ArgumentException>(() => Solve(square, a)).Message, StringComparison.Ordinal);
        Assert.Contains("as many rows", Assert.Throws<ArgumentException>(() => TriangularSolve(square, a)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replays_allocate_nothing()
    {
        Variable a = Variable.Input("a", [2, 12, 12]), b = Variable.Input("b", [2, 12, 3]), definite = MatMul(a, Transpose(a)) + Identity(12);
        (Variable values, Variable vectors) = SymmetricEigen(a);
        Variable y = Sum(Solve(a, b)) + Sum(Solve(definite, b, true)) + Sum(Inverse(a)) + Sum(LogDeterminant(a)) + Sum(Square(Cholesky(definite)))
            + Sum(TriangularSolve(definite, b)) + Sum(values * Sum(vectors * vectors * vectors, 1));
        Replay<double> replay = Computation.Compile<double>([a, b], y, Gradient(y, a), Gradient(y, b)).Start();
        for (int i = 0; i < replay.Input(0).Length; i++)
            replay.Input(0)[i] = Math.Sin(i * i);
        Promises.AllocatesNothing(replay.Run, "linear algebra");
        Assert.True(double.IsFinite(replay.Output(0)[0]));
    }
}
