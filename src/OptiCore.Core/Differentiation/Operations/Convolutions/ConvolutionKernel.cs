using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>Which of the three tensors of the trilinear form sum y conv(x, w) is computed from the other two.</summary>
internal enum ConvolutionPart
{
    /// <summary>The results from images and kernels.</summary>
    Results,

    /// <summary>The images' part from results and kernels.</summary>
    Images,

    /// <summary>The kernels' part from images and results.</summary>
    Kernel,
}

/// <summary>Convolutions as products of matrices: the windows of the images times the kernel, block by block, so that the windows written out stay in the cache.</summary>
internal sealed unsafe class ConvolutionKernel<T>(KernelSite site, Geometry geometry, ConvolutionPart part) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Run(Frame<T> frame)
    {
        T* images = frame.At(part == ConvolutionPart.Images ? site.Outputs[0] : site.Inputs[0]);
        T* kernel = frame.At(part == ConvolutionPart.Kernel ? site.Outputs[0] : site.Inputs[1]);
        T* results = frame.At(part == ConvolutionPart.Results ? site.Outputs[0] : part == ConvolutionPart.Images ? site.Inputs[0] : site.Inputs[1]);
        int pixels = geometry.Images * geometry.Height * geometry.Width;
        if (geometry.IsDepthwise || geometry.Positions == 0 || (part == ConvolutionPart.Images && !geometry.IsPointwise))
            frame.Span(site.Outputs[0]).Clear();
        for (int set = 0; set < geometry.Sets; set++)
        {
            if (geometry.IsDepthwise)
                Depthwise(images, kernel, results);
            else
                Products(images, kernel, results, frame);
            images += (nint)pixels * geometry.Channels;
            kernel += (nint)geometry.Depth * geometry.Results;
            results += (nint)geometry.Positions * geometry.Results;
        }
    }

    private void Products(T* images, T* kernel, T* results, Frame<T> frame)
    {
        Geometry g = geometry;
        int channels = g.Channels, n = g.GroupResults, depth = g.Depth;
        T* rows = frame.At(site.Scratch);
        for (int group = 0; group < g.Sliding.Groups; group++)
        {
            int step = g.IsPointwise ? Math.Max(1, g.Positions) : g.BlockRows;
            Span<T> weights = Matrix(kernel + (group * n), depth, n, g.Results);
            for (int from = 0; from < g.Positions; from += step)
            {
                int to = Math.Min(from + step, g.Positions), count = to - from;
                Span<T> windows = g.IsPointwise ? Matrix(images + (group * depth), count, depth, channels) : new Span<T>(rows, count * depth);
                int distance = g.IsPointwise ? channels : depth;
                Span<T> values = Matrix(results + ((nint)from * g.Results) + (group * n), count, n, g.Results);
                if (part == ConvolutionPart.Images)
                {
                    Blas.Gemm(false, true, count, depth, n, T.One, values, g.Results, weights, g.Results, T.Zero, windows, distance, frame.Workers);
                    if (!g.IsPointwise)
                        Windows.Add(g, images, group, from, to, rows);
                    continue;
                }

                if (!g.IsPointwise)
                    Windows.Write(g, images, group, from, to, rows);
                if (part == ConvolutionPart.Results)
                    Blas.Gemm(false, false, count, n, depth, T.One, windows, distance, weights, g.Results, T.Zero, values, g.Results, frame.Workers);
                else
                    Blas.Gemm(true, false, depth, n, count, T.One, windows, distance, values, g.Results, from == 0 ? T.Zero : T.One, weights, g.Results, frame.Workers);
            }
        }
    }

    /// <summary>Each channel for itself: a row of channels times a row of the kernel, added to a row of results.</summary>
    private void Depthwise(T* images, T* kernel, T* results)
    {
        Geometry g = geometry;
        (SlidingAxis vertical, SlidingAxis horizontal) = (g.Sliding.Vertical, g.Sliding.Horizontal);
        int channels = g.Channels;
        for (int position = 0; position < g.Positions; position++)
        {
            (int image, int top, int left) = Windows.Corner(g, position);
            var y = new Span<T>(results + ((nint)position * channels), channels);
            for (int i = 0; i < g.Rows; i++)
            {
                int row = top + (i * vertical.Dilation);
                if ((uint)row >= (uint)g.Height)
                    continue;
                for (int j = 0; j < g.Columns; j++)
                {
                    int column = left + (j * horizontal.Dilation);
                    if ((uint)column >= (uint)g.Width)
                        continue;
                    var x = new Span<T>(images + (((((nint)image * g.Height) + row) * g.Width) + column) * channels, channels);
                    var w = new Span<T>(kernel + (((i * g.Columns) + j) * channels), channels);
                    switch (part)
                    {
                        case ConvolutionPart.Results: TensorPrimitives.MultiplyAdd(x, w, y, y); break;
                        case ConvolutionPart.Images: TensorPrimitives.MultiplyAdd(y, w, x, x); break;
                        default: TensorPrimitives.MultiplyAdd(x, y, w, w); break;
                    }
                }
            }
        }
    }

    private static Span<T> Matrix(T* start, int rows, int columns, int distance) => new(start, rows == 0 ? 0 : ((rows - 1) * distance) + columns);
}
