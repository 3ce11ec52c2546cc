using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>What the pooling layers share: the window and how it slides.</summary>
/// <param name="Window">The elements of the window along each axis.</param>
public abstract record PoolingModule(int Window) : Module
{
    /// <summary>The elements of the window along each axis.</summary>
    public int Window { get; init => field = Require.Positive(value); } = Require.Positive(Window, nameof(Window));

    /// <summary>The step from one window to the next; null for the window itself.</summary>
    public int? Stride { get; init => field = value is { } stride ? Require.Positive(stride) : null; }

    /// <summary>The places that are added before and after each axis. Default: 0.</summary>
    public int Padding { get; init => field = Require.NonNegative(value); }

    private protected SlidingAxis Axis => new(Stride ?? Window, Padding, Padding);
}
