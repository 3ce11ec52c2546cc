namespace OptiCore.Differentiation;

// Channels are the last axis: images are [.., height, width, channels], sequences [.., length, channels], with any axes before.
public static partial class Operations
{
    /// <summary>The convolution of sequences with a kernel, as networks have it (the kernel isn't turned round): y[i, o] = sum_{k, c} x[i stride + k dilation - padding, c] w[k, c, o].</summary>
    /// <param name="x">Sequences, [.., length, channels].</param>
    /// <param name="kernel">The kernel, [elements, channels / groups, results].</param>
    /// <param name="stride">The step from one window to the next.</param>
    /// <param name="padding">The zeros before and after the sequences.</param>
    /// <param name="dilation">The step between the elements of a window.</param>
    /// <param name="groups">In how many groups channels and results are divided: those of one group see those of the same group only.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or the window is longer than the padded sequences.</exception>
    public static Variable Convolve1D(Variable x, Variable kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1) =>
        Convolve1D(x, kernel, new SlidingAxis(stride, padding, padding, dilation), groups);

    /// <summary>The convolution of sequences with a kernel.</summary>
    /// <param name="x">Sequences, [.., length, channels].</param>
    /// <param name="kernel">The kernel, [elements, channels / groups, results].</param>
    /// <param name="axis">How the window slides.</param>
    /// <param name="groups">In how many groups channels and results are divided.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or the window is longer than the padded sequences.</exception>
    public static Variable Convolve1D(Variable x, Variable kernel, SlidingAxis axis, int groups = 1)
    {
        RequireRanks(x, 2, kernel, 3, "convolution");
        return WithoutHeight(Convolve2D(ExpandAxis(x, -3), ExpandAxis(kernel, 0), new SlidingAxis(1), axis, groups));
    }

    /// <summary>
    /// The convolution of images with a kernel, as networks have it (the kernel isn't turned round):
    /// y[i, j, o] = sum_{k, l, c} x[i stride + k dilation - padding, j stride + l dilation - padding, c] w[k, l, c, o].
    /// </summary>
    /// <param name="x">Images, [.., height, width, channels].</param>
    /// <param name="kernel">The kernel, [rows, columns, channels / groups, results].</param>
    /// <param name="stride">The step from one window to the next, along both axes.</param>
    /// <param name="padding">The zeros around the images.</param>
    /// <param name="dilation">The step between the elements of a window.</param>
    /// <param name="groups">In how many groups channels and results are divided: those of one group see those of the same group only.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or the window is larger than the padded images.</exception>
    /// <remarks>Computed as a product of the windows, written out block by block, and the kernel; with one channel in each group, row by row.</remarks>
    public static Variable Convolve2D(Variable x, Variable kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1)
    {
        var axis = new SlidingAxis(stride, padding, padding, dilation);
        return Convolve2D(x, kernel, axis, axis, groups);
    }

    /// <summary>The convolution of images with a kernel.</summary>
    /// <param name="x">Images, [.., height, width, channels].</param>
    /// <param name="kernel">The kernel, [rows, columns, channels / groups, results].</param>
    /// <param name="vertical">How the window slides along the height.</param>
    /// <param name="horizontal">How it slides along the width.</param>
    /// <param name="groups">In how many groups channels and results are divided.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or the window is larger than the padded images.</exception>
    public static Variable Convolve2D(Variable x, Variable kernel, SlidingAxis vertical, SlidingAxis horizontal, int groups = 1)
    {
        RequireRanks(x, 3, kernel, 4, "convolution");
        Variable y = new ConvolutionOperation(new Sliding(vertical, horizontal, groups)).ApplyOne(AsSet(x), ExpandAxis(kernel, 0));
        return Reshape(y, y.Shape.Trailing(3).After(x.Shape.Lengths[..^3]));
    }

    /// <summary>The transposed convolution of sequences: of the smallest length on which the windows have so many places.</summary>
    /// <param name="x">Sequences, [.., length, channels].</param>
    /// <param name="kernel">The kernel, [elements, results / groups, channels].</param>
    /// <param name="axis">How the window slides over the results; padding is cut off.</param>
    /// <param name="groups">In how many groups channels and results are divided.</param>
    /// <param name="extra">Places after the smallest length, fewer than the stride.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or nothing is left but padding.</exception>
    public static Variable ConvolveTransposed1D(Variable x, Variable kernel, SlidingAxis axis, int groups = 1, int extra = 0)
    {
        RequireRanks(x, 2, kernel, 3, "transposed convolution");
        return WithoutHeight(Transposed(ExpandAxis(x, -3), ExpandAxis(kernel, 0), new SlidingAxis(1), axis, groups, 0, extra));
    }

    /// <summary>The transposed convolution of images, the derivative of <see cref="Convolve2D(Variable, Variable, SlidingAxis, SlidingAxis, int)"/> by its images: of the smallest size on which the windows have so many places.</summary>
    /// <param name="x">Images, [.., height, width, channels].</param>
    /// <param name="kernel">The kernel, [rows, columns, results / groups, channels].</param>
    /// <param name="vertical">How the window slides along the height of the results; padding is cut off.</param>
    /// <param name="horizontal">How it slides along the width.</param>
    /// <param name="groups">In how many groups channels and results are divided.</param>
    /// <param name="extraRows">Rows below the smallest height, fewer than the vertical stride.</param>
    /// <param name="extraColumns">Columns behind the smallest width, fewer than the horizontal stride.</param>
    /// <exception cref="ArgumentException">The shapes don't fit, or nothing is left but padding.</exception>
    public static Variable ConvolveTransposed2D(Variable x, Variable kernel, SlidingAxis vertical, SlidingAxis horizontal, int groups = 1, int extraRows = 0, int extraColumns = 0)
    {
        RequireRanks(x, 3, kernel, 4, "transposed convolution");
        return Transposed(x, kernel, vertical, horizontal, groups, extraRows, extraColumns);
    }

    /// <summary>The largest element of each window of sequences, channel by channel; of equal ones the first gets the derivative. Padding doesn't count.</summary>
    /// <param name="x">Sequences, [.., length, channels].</param>
    /// <param name="window">The elements of the window.</param>
    /// <param name="axis">How the window slides; in steps of its own size if not given.</param>
    /// <exception cref="ArgumentException">The window is longer than the padded sequences, or one lies in the padding alone.</exception>
    public static Variable MaxPool1D(Variable x, int window, SlidingAxis? axis = null)
    {
        RequireRanks(x, 2, x, 2, "max-pool");
        return WithoutHeight(MaxPool2D(ExpandAxis(x, -3), 1, window, new SlidingAxis(1), axis));
    }

    /// <summary>The largest element of each window of images, channel by channel; of equal ones the first gets the derivative. Padding doesn't count.</summary>
    /// <param name="x">Images, [.., height, width, channels].</param>
    /// <param name="rows">The rows of the window.</param>
    /// <param name="columns">The columns of the window.</param>
    /// <param name="vertical">How the window slides along the height; in steps of its own size if not given.</param>
    /// <param name="horizontal">How it slides along the width.</param>
    /// <exception cref="ArgumentException">The window is larger than the padded images, or one lies in the padding alone.</exception>
    public static Variable MaxPool2D(Variable x, int rows, int columns, SlidingAxis? vertical = null, SlidingAxis? horizontal = null)
    {
        RequireRanks(x, 3, x, 3, "max-pool");
        SlidingAxis down = vertical ?? new SlidingAxis(rows), across = horizontal ?? new SlidingAxis(columns);
        Variable places = new MaxPlacesOperation(down, across, rows, columns).ApplyOne(x);
        Variable pixels = Reshape(x, Shape.Create([.. x.Shape.Lengths[..^3], x.Shape[-3] * x.Shape[-2], x.Shape[-1]]));
        int high = down.Places(x.Shape[-3], rows, "max-pool");
        return Reshape(new GatherOperation(-2).ApplyOne(pixels, places), Shape.Create([.. x.Shape.Lengths[..^3], high, places.Shape[-2] / high, x.Shape[-1]]));
    }

    /// <summary>The mean of each window of sequences, channel by channel.</summary>
    /// <param name="x">Sequences, [.., length, channels].</param>
    /// <param name="window">The elements of the window.</param>
    /// <param name="axis">How the window slides; in steps of its own size if not given.</param>
    /// <param name="countPadding">True to count the zeros of the padding as elements.</param>
    /// <exception cref="ArgumentException">The window is longer than the padded sequences.</exception>
    public static Variable AveragePool1D(Variable x, int window, SlidingAxis? axis = null, bool countPadding = true)
    {
        RequireRanks(x, 2, x, 2, "average-pool");
        return WithoutHeight(AveragePool2D(ExpandAxis(x, -3), 1, window, new SlidingAxis(1), axis, countPadding));
    }

    /// <summary>The mean of each window of images, channel by channel.</summary>
    /// <param name="x">Images, [.., height, width, channels].</param>
    /// <param name="rows">The rows of the window.</param>
    /// <param name="columns">The columns of the window.</param>
    /// <param name="vertical">How the window slides along the height; in steps of its own size if not given.</param>
    /// <param name="horizontal">How it slides along the width.</param>
    /// <param name="countPadding">True to count the zeros of the padding as elements.</param>
    /// <exception cref="ArgumentException">The window is larger than the padded images.</exception>
    public static Variable AveragePool2D(Variable x, int rows, int columns, SlidingAxis? vertical = null, SlidingAxis? horizontal = null, bool countPadding = true)
    {
        RequireRanks(x, 3, x, 3, "average-pool");
        SlidingAxis down = vertical ?? new SlidingAxis(rows), across = horizontal ?? new SlidingAxis(columns);
        int channels = x.Shape[-1];
        Variable weights = BroadcastTo(countPadding ? 1.0 / ((double)rows * columns) : 1, [rows, columns, 1, channels]);
        Variable sums = Convolve2D(x, weights, down, across, Math.Max(1, channels));
        if (countPadding)
            return sums;
        Variable high = Shares(down, x.Shape[-3], rows, sums.Shape[-3]), wide = Shares(across, x.Shape[-2], columns, sums.Shape[-2]);
        return sums * (Reshape(high, [sums.Shape[-3], 1, 1]) * Reshape(wide, [sums.Shape[-2], 1]));
    }

    /// <summary>One over the number of elements of each window that aren't padding.</summary>
    private static Variable Shares(SlidingAxis axis, int length, int window, int places)
    {
        var shares = new double[places];
        for (int place = 0; place < places; place++)
        {
            int inside = 0;
            for (int i = 0; i < window; i++)
                inside += (uint)((place * axis.Stride) - axis.Before + (i * axis.Dilation)) < (uint)length ? 1 : 0;
            shares[place] = 1.0 / Math.Max(1, inside);
        }

        return Variable.Constant<double>(shares, [places]);
    }

    private static Variable Transposed(Variable x, Variable kernel, SlidingAxis vertical, SlidingAxis horizontal, int groups, int extraRows, int extraColumns)
    {
        int height = vertical.Length(x.Shape[-3], kernel.Shape[0]) + extraRows, width = horizontal.Length(x.Shape[-2], kernel.Shape[1]) + extraColumns;
        if (height < 1 || width < 1)
            throw new ArgumentException($"transposed convolution of {x.Shape} and {kernel.Shape}: results of {height} x {width} have no elements.", nameof(x));
        Variable y = new ConvolutionImagesOperation(new Sliding(vertical, horizontal, groups), height, width).ApplyOne(AsSet(x), ExpandAxis(kernel, 0));
        return Reshape(y, y.Shape.Trailing(3).After(x.Shape.Lengths[..^3]));
    }

    private static Variable AsSet(Variable x)
    {
        int images = 1;
        foreach (int length in x.Shape.Lengths[..^3])
            images *= length;
        return Reshape(x, x.Shape.Trailing(3).After([1, images]));
    }

    private static Variable WithoutHeight(Variable y) => Reshape(y, y.Shape.Without(-3, 1));

    private static void RequireRanks(Variable x, int rank, Variable kernel, int kernelRank, string operation)
    {
        if (x.Rank < rank || kernel.Rank < kernelRank || (kernel != x && kernel.Rank != kernelRank))
            throw new ArgumentException($"{operation} of {x.Shape}{(kernel == x ? string.Empty : $" and {kernel.Shape}")}: images need {rank} axes or more{(kernel == x ? string.Empty : $", a kernel {kernelRank}")}.", nameof(x));
    }
}
