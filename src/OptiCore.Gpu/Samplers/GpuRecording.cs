namespace OptiCore.Gpu;

/// <summary>What a run on a device keeps of its draws.</summary>
public sealed record GpuRecording
{
    /// <summary>Every which draw comes to the host: 1, the default, for all; 0 for none, so that only moments are kept. A draw that comes to the host costs the copy of all positions and four numbers more a chain.</summary>
    public int Thinning { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>True to keep means, variances and batch means of all draws on the device, 5 numbers a coordinate and chain. Default: true.</summary>
    public bool KeepsMoments { get; init; } = true;

    /// <summary>The number of batches of a chain's draws, from whose means effective sizes are estimated. Default: 20.</summary>
    public int Batches { get; init => field = Require.AtLeast(value, 2); } = 20;
}
