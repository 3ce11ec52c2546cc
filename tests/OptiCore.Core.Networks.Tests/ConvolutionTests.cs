using System.Text.Json;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

/// <summary>Layers of convolutions and pooling against PyTorch, and what they say of shapes that don't fit.</summary>
public sealed class ConvolutionTests
{
    private const string File = "torch-networks/convolutions.json";

    private static readonly Dictionary<string, Module> Rows = new()
    {
        ["Conv1d(3, 4, kernel_size=(3,), stride=(1,))"] = new Convolution1D(4, 3),
        ["Conv1d(4, 6, kernel_size=(3,), stride=(2,), padding=(2,), dilation=(2,), groups=2)"] = new Convolution1D(6, 3) { Stride = 2, Padding = 2, Dilation = 2, Groups = 2 },
        ["Conv1d(2, 3, kernel_size=(5,), stride=(1,), padding=same)"] = new Convolution1D(3, 5) { IsSame = true },
        ["Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))"] = new Convolution2D(4, 3),
        ["Conv2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), groups=2)"] = new Convolution2D(6, 3) { Stride = 2, Padding = 1, Groups = 2 },
        ["Conv2d(3, 3, kernel_size=(3, 3), stride=(1, 1), padding=(2, 2), dilation=(2, 2), groups=3, bias=False)"] =
            new Convolution2D(3, 3) { Padding = 2, Dilation = 2, Groups = 3, HasBias = false },
        ["Conv2d(2, 3, kernel_size=(2, 3), stride=(1, 1))"] = new Convolution2D(3, 2, 3),
        ["ConvTranspose2d(3, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))"] = new TransposedConvolution2D(4, 3) { Stride = 2, Padding = 1, Extra = 1 },
        ["ConvTranspose2d(4, 2, kernel_size=(2, 2), stride=(1, 1), groups=2)"] = new TransposedConvolution2D(2, 2) { Groups = 2 },
        ["MaxPool1d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)"] = new MaxPool1D(3) { Stride = 2, Padding = 1 },
        ["MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"] = new MaxPool2D(2),
        ["AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"] = new AveragePool1D(2),
        ["AvgPool2d(kernel_size=3, stride=1, padding=1)"] = new AveragePool2D(3) { Stride = 1, Padding = 1 },
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_agree_with_PyTorch(string name)
    {
        JsonElement expected = Reference.Json(File).GetProperty(name);
        (double[] numbers, Shape shape) = PlacesFirst(expected.GetProperty("x"), expected.GetProperty("x").Numbers("values"), 1);
        (double[] output, Shape outputShape) = PlacesFirst(expected.GetProperty("y"), expected.GetProperty("y").Numbers("values"), 1);
        (double[] gradient, _) = PlacesFirst(expected.GetProperty("x"), expected.Numbers("gradient"), 1);
        (double[] weights, _) = PlacesFirst(expected.GetProperty("y"), expected.Numbers("weights"), 1);
        var network = new Network(Rows[name], shape);
        Variable x = Variable.Input("x", shape), parameters = Variable.Input("parameters", [network.ParameterCount]), y = network.Apply(parameters, x);
        Assert.Equal(outputShape, y.Shape);
        Assert.Equal(outputShape, network.OutputShape);
        Variable loss = Sum(y * Variable.Constant<double>(weights, y.Shape));
        double[][] values = Lab.Values([y, .. Derivative.Gradients(loss, x, parameters)], (x, numbers), (parameters, Flat(network, expected, "values")));
        Same(output, values[0], "output");
        Same(gradient, values[1], "gradient by the input");
        Same(Flat(network, expected, "gradient"), values[2], "gradient by the parameters");
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        Assert.Contains("2 groups", Assert.Throws<ArgumentException>(() => new Network(new Convolution2D(4, 3) { Groups = 2 }, [1, 5, 5, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("doesn't fit", Assert.Throws<ArgumentException>(() => new Network(new Convolution1D(4, 9), [1, 5, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("3 axes", Assert.Throws<ArgumentException>(() => new Network(new Flatten(), [5, 3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Convolution2D(0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaxPool2D(2) { Stride = 0 });
    }

    private static double[] Flat(Network network, JsonElement expected, string what)
    {
        var flat = new double[network.ParameterCount];
        foreach (NamedTensor tensor in network.Parameters)
        {
            JsonElement parameter = expected.GetProperty("parameters").GetProperty(tensor.Name);
            (double[] values, Shape shape) = (parameter.Numbers(what), ShapeOf(parameter));
            if (shape.Rank > 1)
            {
                // [outputs, channels, window] there, [window, channels, outputs] here: the first two axes go to the end, in turn.
                (values, _) = Moved(values, shape, [.. Enumerable.Range(2, shape.Rank - 2), 1, 0]);
            }

            values.CopyTo(flat, tensor.Offset);
        }

        return flat;
    }

    private static Shape ShapeOf(JsonElement tensor) => Shape.Create([.. tensor.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())]);

    private static (double[] Values, Shape Shape) PlacesFirst(JsonElement tensor, double[] values, int channels)
    {
        Shape shape = ShapeOf(tensor);
        return Moved(values, shape, [.. Enumerable.Range(0, shape.Rank).Where(axis => axis != channels), channels]);
    }

    private static (double[] Values, Shape Shape) Moved(double[] values, Shape shape, int[] order)
    {
        var x = Variable.Input("x", shape);
        Variable y = Transpose(x, order);
        return (Lab.Values([y], (x, values))[0], y.Shape);
    }

    private static void Same(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"{what}, element {i}");
    }
}
