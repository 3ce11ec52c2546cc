using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>The windows of images written out as the rows of a matrix, and added back: Chellapilla, Puri and Simard (2006), "High performance convolutional neural networks for document processing".</summary>
internal static unsafe class Windows
{
    /// <summary>What is done with a window's part of a line of pixels.</summary>
    private interface IVisit
    {
        /// <summary>Elements of the row that lie on pixels.</summary>
        static abstract void Inside<T>(T* pixels, T* row, int count) where T : unmanaged, IFloatingPointIeee754<T>;

        /// <summary>Elements of the row that lie in the padding.</summary>
        static abstract void Outside<T>(T* row, int count) where T : unmanaged, IFloatingPointIeee754<T>;
    }

    /// <summary>Writes windows from..to - 1 of one group of channels as rows; places in the padding are 0.</summary>
    public static void Write<T>(Geometry geometry, T* images, int group, int from, int to, T* rows) where T : unmanaged, IFloatingPointIeee754<T> =>
        Visit<T, Writing>(geometry, images, group, from, to, rows);

    /// <summary>Adds rows to the windows that they are of, the transpose of <see cref="Write"/>.</summary>
    public static void Add<T>(Geometry geometry, T* images, int group, int from, int to, T* rows) where T : unmanaged, IFloatingPointIeee754<T> =>
        Visit<T, Adding>(geometry, images, group, from, to, rows);

    /// <summary>Where the window begins, in which image; it may begin in the padding.</summary>
    public static (int Image, int Top, int Left) Corner(Geometry g, int position)
    {
        int rest = position / g.PlacesAcross;
        return (rest / g.PlacesDown, (rest % g.PlacesDown * g.Sliding.Vertical.Stride) - g.Sliding.Vertical.Before, (position % g.PlacesAcross * g.Sliding.Horizontal.Stride) - g.Sliding.Horizontal.Before);
    }

    /// <summary>z += x y. Here and below loops instead of calls: rows of channels are short.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd<T>(T* x, T* y, T* z, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            ((Vector.Load(x + i) * Vector.Load(y + i)) + Vector.Load(z + i)).Store(z + i);
        for (; i < count; i++)
            z[i] = (x[i] * y[i]) + z[i];
    }

    private static void Visit<T, TVisit>(Geometry geometry, T* images, int group, int from, int to, T* row)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TVisit : struct, IVisit
    {
        (SlidingAxis vertical, SlidingAxis horizontal) = (geometry.Sliding.Vertical, geometry.Sliding.Horizontal);
        int height = geometry.Height, width = geometry.Width, all = geometry.Channels, channels = geometry.GroupChannels, rows = geometry.Rows, columns = geometry.Columns;
        int length = columns * channels, lastLeft = (geometry.PlacesAcross * horizontal.Stride) - horizontal.Before;
        bool joined = horizontal.Dilation == 1 && geometry.Sliding.Groups == 1;
        (int image, int top, int left) = Corner(geometry, from);
        images += group * channels;
        for (int position = from; position < to; position++)
        {
            for (int i = 0, y = top; i < rows; i++, y += vertical.Dilation, row += length)
            {
                if ((uint)y >= (uint)height)
                {
                    TVisit.Outside(row, length);
                    continue;
                }

                T* line = images + ((((nint)image * height) + y) * width * all);
                if (!joined)
                {
                    T* part = row;
                    for (int j = 0, x = left; j < columns; j++, x += horizontal.Dilation, part += channels)
                    {
                        if ((uint)x >= (uint)width)
                            TVisit.Outside(part, channels);
                        else
                            TVisit.Inside(line + ((nint)x * all), part, channels);
                    }
                }
                else if (left >= 0 && left <= width - columns)
                    TVisit.Inside(line + ((nint)left * all), row, length);
                else
                {
                    int first = Math.Clamp(-left, 0, columns), last = Math.Max(first, Math.Clamp(width - left, 0, columns));
                    TVisit.Outside(row, first * channels);
                    TVisit.Inside(line + ((nint)(left + first) * all), row + (first * channels), (last - first) * channels);
                    TVisit.Outside(row + (last * channels), (columns - last) * channels);
                }
            }

            left += horizontal.Stride;
            if (left < lastLeft)
                continue;
            left = -horizontal.Before;
            top += vertical.Stride;
            if (top < (geometry.PlacesDown * vertical.Stride) - vertical.Before)
                continue;
            top = -vertical.Before;
            image++;
        }
    }

    private readonly struct Writing : IVisit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Inside<T>(T* pixels, T* row, int count) where T : unmanaged, IFloatingPointIeee754<T>
        {
            int i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
                Vector.Load(pixels + i).Store(row + i);
            for (; i < count; i++)
                row[i] = pixels[i];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Outside<T>(T* row, int count) where T : unmanaged, IFloatingPointIeee754<T> => new Span<T>(row, count).Clear();
    }

    private readonly struct Adding : IVisit
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Inside<T>(T* pixels, T* row, int count) where T : unmanaged, IFloatingPointIeee754<T>
        {
            int i = 0;
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
                (Vector.Load(pixels + i) + Vector.Load(row + i)).Store(pixels + i);
            for (; i < count; i++)
                pixels[i] += row[i];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Outside<T>(T* row, int count) where T : unmanaged, IFloatingPointIeee754<T>
        {
        }
    }
}
