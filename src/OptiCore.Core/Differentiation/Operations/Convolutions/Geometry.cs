namespace OptiCore.Differentiation;

/// <summary>The sizes of a convolution: images [sets, images, height, width, channels], kernels [sets, rows, columns, channels / groups, results], results [sets, images, .., .., results].</summary>
/// <remarks>Sets are independent convolutions, each with its own kernel: batches of kernels.</remarks>
internal sealed class Geometry
{
    // Columns of a block: they stay in the second-level cache, and the rows are enough for the product to pack its other operand once for many.
    private const int BlockElements = 1 << 15;
    private const int LeastRows = 128;

    public Geometry(Sliding sliding, Shape images, Shape kernel, string name)
    {
        Sliding = sliding;
        if (images.Rank != 5 || kernel.Rank != 5 || images[0] != kernel[0])
            throw new ArgumentException($"{name} of {images} and {kernel}: sets of images and as many kernels are needed.");
        (Sets, Images, Height, Width, Channels) = (images[0], images[1], images[2], images[3], images[4]);
        (Rows, Columns, Results) = (kernel[1], kernel[2], kernel[4]);
        if (sliding.Groups < 1 || Channels % sliding.Groups != 0 || Results % sliding.Groups != 0 || kernel[3] != Channels / sliding.Groups)
            throw new ArgumentException($"{name} of {images.Trailing(4)} and {kernel.Trailing(4)} in {sliding.Groups} groups: each has channels / groups = {kernel[3]} channels, and results / groups.");
        PlacesDown = sliding.Vertical.Places(Height, Rows, name);
        PlacesAcross = sliding.Horizontal.Places(Width, Columns, name);
        Depth = Rows * Columns * GroupChannels;
        BlockRows = Math.Max(1, Math.Min(Positions, Math.Max(LeastRows, BlockElements / Math.Max(1, Depth))));
    }

    public Sliding Sliding { get; }

    public int Sets { get; }

    public int Images { get; }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int Results { get; }

    public int PlacesDown { get; }

    public int PlacesAcross { get; }

    public int GroupChannels => Channels / Sliding.Groups;

    public int GroupResults => Results / Sliding.Groups;

    /// <summary>The elements of a window, as many columns as one row of the product has.</summary>
    public int Depth { get; }

    /// <summary>The places of the window in all images, the rows of the product.</summary>
    public int Positions => Images * PlacesDown * PlacesAcross;

    /// <summary>How many windows are written out at a time.</summary>
    public int BlockRows { get; }

    /// <summary>True if the windows are the pixels themselves: nothing is to be written out.</summary>
    public bool IsPointwise => Rows == 1 && Columns == 1 && Sliding.Vertical is { Stride: 1, Before: 0, After: 0 } && Sliding.Horizontal is { Stride: 1, Before: 0, After: 0 };

    /// <summary>True if each channel is convolved for itself: sums of products of rows, no product of matrices.</summary>
    public bool IsDepthwise => GroupChannels == 1 && GroupResults == 1;

    /// <summary>The elements of workspace.</summary>
    public int Scratch => IsPointwise || IsDepthwise ? 0 : checked(BlockRows * Depth);

    public Shape ResultShape => [Sets, Images, PlacesDown, PlacesAcross, Results];
}

/// <summary>How a window slides over images, and in how many groups channels are convolved.</summary>
internal readonly record struct Sliding(SlidingAxis Vertical, SlidingAxis Horizontal, int Groups);
