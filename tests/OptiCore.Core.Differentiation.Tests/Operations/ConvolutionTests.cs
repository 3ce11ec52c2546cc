using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Operators;

/// <summary>Convolutions and pooling: one row each under the laws, and what is special to them.</summary>
public sealed class ConvolutionTests
{
    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Rows = new()
    {
        ["convolution"] = (x => Convolve2D(x[0], x[1]), [[2, 4, 3, 2], [3, 2, 2, 3]]),
        ["convolution, squared"] = (x => Square(Convolve2D(x[0], x[1], padding: 1)), [[1, 3, 3, 2], [2, 2, 2, 2]]),
        ["convolution with steps and gaps"] = (x => Convolve2D(x[0], x[1], new SlidingAxis(2, 1, 0, 2), new SlidingAxis(1, 0, 2, 1)), [[2, 4, 3, 2], [2, 2, 2, 2]]),
        ["convolution in groups"] = (x => Convolve2D(x[0], x[1], padding: 1, groups: 2), [[2, 2, 3, 4], [3, 2, 2, 2]]),
        ["convolution of each channel"] = (x => Convolve2D(x[0], x[1], stride: 2, padding: 1, groups: 3), [[1, 4, 3, 3], [3, 2, 1, 3]]),
        ["convolution of pixels"] = (x => Convolve2D(x[0], x[1]), [[2, 2, 3], [1, 1, 3, 2]]),
        ["convolution of pixels in groups"] = (x => Convolve2D(x[0], x[1], groups: 2), [[2, 2, 4], [1, 1, 2, 2]]),
        ["convolution of sequences"] = (x => Convolve1D(x[0], x[1], stride: 2, padding: 2, dilation: 2), [[2, 5, 2], [3, 2, 2]]),
        ["convolution with a batch of kernels"] = (x => Batch((image, kernel) => Convolve2D(image, kernel, padding: 1), x[0], x[1]), [[2, 3, 2, 2], [2, 2, 2, 2, 1]]),
        ["convolution of one image with a batch of kernels"] = (x => Batch(kernel => Convolve2D(x[0], kernel), x[1]), [[3, 2, 2], [2, 2, 2, 2, 1]]),
        ["gradients of each image"] = (x => Batch(image => Gradient(Sum(Square(Convolve2D(image, x[1]))), x[1]), x[0]), [[2, 3, 2, 1], [2, 2, 1, 2]]),
        ["transposed convolution"] = (x => ConvolveTransposed2D(x[0], x[1], new SlidingAxis(2, 1, 0), new SlidingAxis(1, 0, 1), extraRows: 1), [[2, 2, 3, 2], [3, 2, 2, 2]]),
        ["transposed convolution of sequences"] = (x => ConvolveTransposed1D(x[0], x[1], new SlidingAxis(2), groups: 2), [[2, 3, 4], [3, 1, 4]]),
        ["max-pool"] = (x => Square(MaxPool2D(x[0], 2, 2)), [[2, 4, 4, 2]]),
        ["max-pool with padding"] = (x => Square(MaxPool2D(x[0], 3, 2, new SlidingAxis(2, 1, 1), new SlidingAxis(1, 1, 0))), [[4, 3, 2]]),
        ["max-pool of sequences"] = (x => Exp(MaxPool1D(x[0], 3, new SlidingAxis(1, 0, 0, 2))), [[2, 6, 2]]),
        ["average-pool"] = (x => Square(AveragePool2D(x[0], 2, 3)), [[2, 4, 3, 2]]),
        ["average-pool with padding"] = (x => Square(AveragePool2D(x[0], 3, 2, new SlidingAxis(2, 1, 1), new SlidingAxis(1, 0, 1), countPadding: false)), [[4, 3, 2]]),
        ["average-pool of sequences"] = (x => Exp(AveragePool1D(x[0], 3)), [[2, 6, 2]]),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes) = Rows[name];
        DerivativeLaws.Check(name, function, shapes, x => x, 1);
    }

    // More windows than one block holds, so that sums of kernels run over blocks; with more than one group.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Many_windows_are_the_sums_of_the_definition(int groups)
    {
        const int Height = 30, Width = 31, Channels = 6, Results = 4;
        int own = Channels / groups;
        Variable x = Variable.Input("x", [2, Height, Width, Channels]), w = Variable.Input("w", [5, 3, own, Results]), y = Convolve2D(x, w, stride: 1, padding: 1, groups: groups);
        Variable weights = Variable.Input("weights", y.Shape), total = Sum(y * weights);
        Replay<double> replay = Computation.Compile<double>([x, w, weights], y, Gradient(total, x), Gradient(total, w)).Start();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < replay.Input(i).Length; j++)
                replay.Input(i)[j] = Math.Sin((1.7 * j) + i);
        }

        replay.Run();
        double[] image = replay.Input(0).ToArray(), kernel = replay.Input(1).ToArray(), g = replay.Input(2).ToArray();
        var expected = new double[y.Shape.ElementCount];
        double[] byImage = new double[image.Length], byKernel = new double[kernel.Length];
        for (int result = 0; result < expected.Length; result++)
        {
            int o = result % Results, column = result / Results % y.Shape[2], row = result / Results / y.Shape[2] % y.Shape[1], b = result / Results / y.Shape[2] / y.Shape[1];
            for (int k = 0; k < 5; k++)
            {
                for (int l = 0; l < 3; l++)
                {
                    int top = row + k - 1, left = column + l - 1;
                    if (top < 0 || top >= Height || left < 0 || left >= Width)
                        continue;
                    for (int c = 0; c < own; c++)
                    {
                        int at = (((((b * Height) + top) * Width) + left) * Channels) + (o / (Results / groups) * own) + c, weight = (((((k * 3) + l) * own) + c) * Results) + o;
                        expected[result] += image[at] * kernel[weight];
                        byImage[at] += g[result] * kernel[weight];
                        byKernel[weight] += g[result] * image[at];
                    }
                }
            }
        }

        AllClose(expected, replay.Output(0), "results");
        AllClose(byImage, replay.Output(1), "images");
        AllClose(byKernel, replay.Output(2), "kernel");

        static void AllClose(double[] expected, ReadOnlySpan<double> actual, string what)
        {
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], actual[i], 1e-12, 1e-11, $"{what}, element {i}");
        }
    }

    [Fact]
    public void A_NaN_wins_and_of_equal_elements_the_first()
    {
        Variable x = Variable.Input("x", [4, 1]), y = MaxPool1D(x, 2);
        Replay<double> replay = Computation.Compile<double>([x], y, Gradient(Sum(y), x)).Start();
        ((ReadOnlySpan<double>)[1, double.NaN, 5, 5]).CopyTo(replay.Input(0));
        replay.Run();
        Assert.Equal([double.NaN, 5], replay.Output(0).ToArray());
        Assert.Equal([0, 1, 1, 0], replay.Output(1).ToArray());
    }

    [Theory]
    [InlineData(7, 3, 1, 1)]
    [InlineData(7, 4, 2, 1)]
    [InlineData(8, 3, 3, 2)]
    [InlineData(5, 1, 4, 1)]
    public void Padding_that_keeps_the_size_gives_a_result_for_each_stride(int length, int window, int stride, int dilation)
    {
        Variable y = Convolve1D(Variable.Input("x", [length, 1]), Variable.Input("w", [window, 1, 1]), SlidingAxis.Same(length, window, stride, dilation));
        Assert.Equal((length + stride - 1) / stride, y.Shape[0]);
    }

    [Fact]
    public void Wrong_shapes_are_named()
    {
        Variable x = Variable.Input("x", [5, 4, 3]), w = Variable.Input("w", [2, 2, 3, 4]);
        Assert.Contains("doesn't fit", Assert.Throws<ArgumentException>(() => Convolve2D(x, w, dilation: 4)).Message, StringComparison.Ordinal);
        Assert.Contains("groups", Assert.Throws<ArgumentException>(() => Convolve2D(x, w, groups: 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Convolve2D(x, w, stride: 0));
        Assert.Throws<ArgumentException>(() => Convolve2D(x, w[0]));
        Assert.Throws<ArgumentException>(() => MaxPool2D(x, 2, 2, new SlidingAxis(2, 2), new SlidingAxis(2)));
    }

    [Fact]
    public void Replays_allocate_nothing()
    {
        Variable x = Variable.Input("x", [2, 8, 8, 3]), w = Variable.Input("w", [3, 3, 3, 4]), each = Variable.Input("each", [3, 3, 1, 4]);
        Variable y = Sum(Square(AveragePool2D(Convolve2D(MaxPool2D(Convolve2D(x, w, padding: 1), 2, 2), each, padding: 1, groups: 4), 2, 2)));
        Replay<float> replay = Computation.Compile<float>([x, w, each], [y, .. Gradients(y, x, w, each)]).Start();
        for (int i = 0; i < 3; i++)
            replay.Input(i).Fill(0.5f);
        Promises.AllocatesNothing(replay.Run, "convolutions");
    }
}
