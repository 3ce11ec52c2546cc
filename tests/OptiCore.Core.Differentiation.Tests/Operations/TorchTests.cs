using System.Text.Json;
using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Operators;

/// <summary>Results and gradients of operations against those of PyTorch, see tests/reference/torch-operations.</summary>
public sealed class TorchTests
{
    private static readonly Variable Indices = Variable.Constant<double>([2, 0, 1, 1, 1, 3], [2, 3]);

    private static readonly Dictionary<string, Func<Variable[], Variable[]>> Functions = new()
    {
        ["convolve2d"] = x => [Convolve2D(x[0], x[1])],
        ["convolve2d stride padding dilation"] = x => [Convolve2D(x[0], x[1], new SlidingAxis(2, 1, 1), new SlidingAxis(1, 2, 2, 2))],
        ["convolve2d groups"] = x => [Convolve2D(x[0], x[1], padding: 1, groups: 2)],
        ["convolve2d depthwise"] = x => [Convolve2D(x[0], x[1], stride: 2, padding: 1, groups: 4)],
        ["convolve2d pointwise"] = x => [Convolve2D(x[0], x[1])],
        ["convolve1d"] = x => [Convolve1D(x[0], x[1], stride: 2, padding: 2, dilation: 2)],
        ["transposed2d"] = x => [ConvolveTransposed2D(x[0], x[1], new SlidingAxis(2, 1, 1), new SlidingAxis(2, 1, 1), extraRows: 1, extraColumns: 1)],
        ["max pool"] = x => [MaxPool2D(x[0], 3, 2, new SlidingAxis(2, 1, 1), new SlidingAxis(2))],
        ["average pool"] = x => [AveragePool2D(x[0], 3, 2, new SlidingAxis(2, 1, 1), new SlidingAxis(2, 1, 1))],
        ["average pool without padding"] = x => [AveragePool2D(x[0], 3, 3, new SlidingAxis(2, 1, 1), new SlidingAxis(2, 1, 1), countPadding: false)],
        ["gather"] = x => [Gather(x[0], Indices, 1)],
        ["scatter add"] = x => [ScatterAdd(x[0], Indices, 1, 5)],
        ["take"] = x => [Take(x[0], Indices)],
        ["segment sum"] = x => [SegmentSum(x[0], Variable.Constant<double>([3, 0, 3, 1, 0], [5]), 4)],
        ["sort"] = x => [Sort(x[0], 0, descending: true)],
        ["top k"] = x => [TopK(x[0], 3).Values],
        ["cumulative sum"] = x => [CumulativeSum(x[0], 1)],
        ["cholesky"] = x => [Cholesky(Definite(x[0]))],
        ["triangular solve"] = x => [TriangularSolve(x[0], x[1])],
        ["triangular solve transposed unit"] = x => [TriangularSolve(x[0], x[1], Triangle.Upper, true, OptiCore.LinearAlgebra.Diagonal.Unit)],
        ["solve"] = x => [Solve(x[0], x[1])],
        ["solve definite"] = x => [Solve(Definite(x[0]), x[1], isPositiveDefinite: true)],
        ["inverse"] = x => [Inverse(x[0])],
        ["log determinant"] = x => [LogDeterminant(x[0])],
        ["log determinant definite"] = x => [LogDeterminant(Definite(x[0]), isPositiveDefinite: true)],
        ["determinant"] = x => [Determinant(x[0])],
        ["symmetric eigen"] = x => [SymmetricEigen(x[0]).Values, SymmetricEigen(x[0]).Vectors],
        ["fft"] = x => [Fft(x[0])],
        ["inverse fft"] = x => [InverseFft(x[0])],
        ["real fft"] = x => [RealFft(x[0])],
        ["real fft odd"] = x => [RealFft(x[0])],
        ["inverse real fft"] = x => [InverseRealFft(x[0], 8)],
        ["inverse real fft odd"] = x => [InverseRealFft(x[0], 9)],
    };

    private static readonly IReadOnlyDictionary<string, JsonElement> Cases = Reference.Cases("torch-operations/operations.json");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Results_and_gradients_are_those_of_PyTorch(string name)
    {
        JsonElement[] given = [.. Cases[name].GetProperty("inputs").EnumerateArray()], outputs = [.. Cases[name].GetProperty("outputs").EnumerateArray()];
        JsonElement[] weights = [.. Cases[name].GetProperty("weights").EnumerateArray()], gradients = [.. Cases[name].GetProperty("gradients").EnumerateArray()];
        Variable[] inputs = Array.ConvertAll(given, x => Variable.Input("x", ShapeOf(x))), results = Functions[name](inputs);
        Variable total = 0;
        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal(ShapeOf(outputs[i]), results[i].Shape);
            total += Sum(results[i] * Variable.Constant<double>(weights[i].Numbers("values"), results[i].Shape));
        }

        Replay<double> replay = Computation.Compile<double>(inputs, [.. results, .. Gradients(total, inputs)]).Start();
        for (int i = 0; i < inputs.Length; i++)
            given[i].Numbers("values").CopyTo(replay.Input(i));
        replay.Run();
        JsonElement[] expected = [.. outputs, .. gradients];
        for (int i = 0; i < expected.Length; i++)
        {
            double[] values = expected[i].Numbers("values");
            double scale = values.Max(Math.Abs);
            for (int j = 0; j < values.Length; j++)
                Promises.Close(values[j], replay.Output(i)[j], 0, 1e-11 * scale, $"{name}: element {j} of {(i < outputs.Length ? $"result {i}" : $"gradient {i - outputs.Length}")}");
        }
    }

    private static Shape ShapeOf(JsonElement tensor) => Shape.Create([.. tensor.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())]);

    private static Variable Definite(Variable a) => MatMul(a, Transpose(a)) + (0.5 * Identity(a.Shape[-1]));
}
