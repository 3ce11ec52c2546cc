using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// Where in each window of images [.., height, width, channels] the largest element of each channel lies, the first of equal ones: [.., windows, channels] places in height x width.
/// Places in the padding don't count. A NaN wins.
/// </summary>
internal sealed record MaxPlacesOperation(SlidingAxis Vertical, SlidingAxis Horizontal, int Rows, int Columns) : Operation
{
    public override string Name => "max-pool";

    internal override bool IsPiecewiseConstant => true;

    internal override int ScratchCount(Node node) => node.Inputs[0].Shape[-1];

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        Shape images = inputs[0];
        if (images.Rank < 3)
            throw Misfit("height, width and channels are needed.", inputs);
        RequireElements(Vertical, images[-3], Rows);
        RequireElements(Horizontal, images[-2], Columns);
        int windows = Vertical.Places(images[-3], Rows, Name) * Horizontal.Places(images[-2], Columns, Name);
        return [Shape.Create([.. images.Lengths[..^3], windows, images[-1]])];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(site.Inputs[0].Shape[-3] * site.Inputs[0].Shape[-2], Name);
        return new MaxPlacesKernel<T>(site, this);
    }

    private void RequireElements(SlidingAxis axis, int length, int window)
    {
        int places = axis.Places(length, window, Name);
        for (int place = 0; place < places; place++)
        {
            bool any = false;
            for (int i = 0; i < window && !any; i++)
                any = (uint)((place * axis.Stride) - axis.Before + (i * axis.Dilation)) < (uint)length;
            if (!any)
                throw new ArgumentException($"{Name}: window {place} of {axis} on an axis of length {length} lies in the padding alone.");
        }
    }

    private sealed class MaxPlacesKernel<T>(KernelSite site, MaxPlacesOperation operation) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (SlidingAxis vertical, SlidingAxis horizontal, int rows, int columns) = operation;
            Shape shape = site.Inputs[0].Shape;
            int height = shape[-3], width = shape[-2], channels = shape[-1], across = horizontal.Places(width, columns, operation.Name), windows = site.Outputs[0].Shape[-2];
            ReadOnlySpan<T> images = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]), best = frame.Span(site.Scratch);
            for (int window = 0, at = 0; at < target.Length; window++, at += channels)
            {
                ReadOnlySpan<T> image = images.Slice(window / windows * height * width * channels, height * width * channels);
                Span<T> places = target.Slice(at, channels);
                int top = (window % windows / across * vertical.Stride) - vertical.Before, left = (window % windows % across * horizontal.Stride) - horizontal.Before;
                bool isFirst = true;
                for (int i = 0; i < rows; i++)
                {
                    int y = top + (i * vertical.Dilation);
                    for (int j = 0; (uint)y < (uint)height && j < columns; j++)
                    {
                        int x = left + (j * horizontal.Dilation);
                        if ((uint)x >= (uint)width)
                            continue;
                        int place = (y * width) + x;
                        ReadOnlySpan<T> pixel = image.Slice(place * channels, channels);
                        if (isFirst)
                        {
                            pixel.CopyTo(best);
                            places.Fill(T.CreateTruncating(place));
                            isFirst = false;
                            continue;
                        }

                        Challenge(pixel, T.CreateTruncating(place), best, places);
                    }
                }
            }
        }

        private static void Challenge(ReadOnlySpan<T> pixel, T place, Span<T> best, Span<T> places)
        {
            int c = 0;
            var here = new Vector<T>(place);
            for (; c <= pixel.Length - Vector<T>.Count; c += Vector<T>.Count)
            {
                Vector<T> value = new(pixel[c..]), champion = new(best[c..]);
                Vector<T> wins = Vector.OnesComplement(Vector.LessThanOrEqual(value, champion)) & Vector.Equals(champion, champion);
                Vector.ConditionalSelect(wins, value, champion).CopyTo(best[c..]);
                Vector.ConditionalSelect(wins, here, new Vector<T>(places[c..])).CopyTo(places[c..]);
            }

            for (; c < pixel.Length; c++)
            {
                if (pixel[c] <= best[c] || T.IsNaN(best[c]))
                    continue;
                best[c] = pixel[c];
                places[c] = place;
            }
        }
    }
}
