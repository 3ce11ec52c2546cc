using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.Differentiation;

/// <summary>The windows of images written out as the rows of a matrix, and added back: Chellapilla, Puri and Simard (2006), "High performance convolutional neural networks for document processing".</summary>
internal static unsafe class Windows
{
    // A call for a span costs more than as many elements one by one.
    private const int ShortRun = 8;

    /// <summary>Writes windows from..to - 1 of one group of channels as rows; places in the padding are 0.</summary>
    public static void Write<T>(Geometry geometry, T* images, int group, int from, int to, T* rows) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Geometry g = geometry;
        (SlidingAxis vertical, SlidingAxis horizontal) = (g.Sliding.Vertical, g.Sliding.Horizontal);
        int channels = g.GroupChannels, row = g.Columns * channels;
        bool joined = horizontal.Dilation == 1 && g.Sliding.Groups == 1;
        for (int position = from; position < to; position++)
        {
            (int image, int top, int left) = Corner(g, position);
            for (int i = 0; i < g.Rows; i++, rows += row)
            {
                int y = top + (i * vertical.Dilation);
                if ((uint)y >= (uint)g.Height)
                {
                    new Span<T>(rows, row).Clear();
                    continue;
                }

                T* line = images + ((((nint)image * g.Height) + y) * g.Width * g.Channels) + (group * channels);
                if (joined)
                {
                    (int first, int last) = (Math.Clamp(-left, 0, g.Columns), Math.Clamp(g.Width - left, 0, g.Columns));
                    last = Math.Max(first, last);
                    new Span<T>(rows, first * channels).Clear();
                    Copy(line + ((left + first) * channels), rows + (first * channels), (last - first) * channels);
                    new Span<T>(rows + (last * channels), (g.Columns - last) * channels).Clear();
                    continue;
                }

                for (int j = 0; j < g.Columns; j++)
                {
                    int x = left + (j * horizontal.Dilation);
                    if ((uint)x >= (uint)g.Width)
                        new Span<T>(rows + (j * channels), channels).Clear();
                    else
                        Copy(line + (x * g.Channels), rows + (j * channels), channels);
                }
            }
        }
    }

    /// <summary>Adds rows to the windows that they are of, the transpose of <see cref="Write"/>.</summary>
    public static void Add<T>(Geometry geometry, T* images, int group, int from, int to, T* rows) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Geometry g = geometry;
        (SlidingAxis vertical, SlidingAxis horizontal) = (g.Sliding.Vertical, g.Sliding.Horizontal);
        int channels = g.GroupChannels, row = g.Columns * channels;
        bool joined = horizontal.Dilation == 1 && g.Sliding.Groups == 1;
        for (int position = from; position < to; position++)
        {
            (int image, int top, int left) = Corner(g, position);
            for (int i = 0; i < g.Rows; i++, rows += row)
            {
                int y = top + (i * vertical.Dilation);
                if ((uint)y >= (uint)g.Height)
                    continue;
                T* line = images + ((((nint)image * g.Height) + y) * g.Width * g.Channels) + (group * channels);
                if (joined)
                {
                    (int first, int last) = (Math.Clamp(-left, 0, g.Columns), Math.Clamp(g.Width - left, 0, g.Columns));
                    Add(rows + (first * channels), line + ((left + first) * channels), (last - first) * channels);
                    continue;
                }

                for (int j = 0; j < g.Columns; j++)
                {
                    int x = left + (j * horizontal.Dilation);
                    if ((uint)x < (uint)g.Width)
                        Add(rows + (j * channels), line + (x * g.Channels), channels);
                }
            }
        }
    }

    /// <summary>Where the window begins, in which image; it may begin in the padding.</summary>
    public static (int Image, int Top, int Left) Corner(Geometry g, int position)
    {
        int rest = position / g.PlacesAcross;
        return (rest / g.PlacesDown, (rest % g.PlacesDown * g.Sliding.Vertical.Stride) - g.Sliding.Vertical.Before, (position % g.PlacesAcross * g.Sliding.Horizontal.Stride) - g.Sliding.Horizontal.Before);
    }

    private static void Copy<T>(T* source, T* target, int count) where T : unmanaged
    {
        if (count > ShortRun)
        {
            new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(target, count));
            return;
        }

        for (int i = 0; i < count; i++)
            target[i] = source[i];
    }

    private static void Add<T>(T* source, T* target, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (count > ShortRun)
        {
            var sum = new Span<T>(target, count);
            TensorPrimitives.Add(sum, new ReadOnlySpan<T>(source, count), sum);
            return;
        }

        for (int i = 0; i < count; i++)
            target[i] += source[i];
    }
}
