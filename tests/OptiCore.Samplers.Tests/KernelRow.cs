namespace OptiCore.Samplers.Tests;

/// <summary>A kernel in the conformance table, and what is promised of it beyond the laws that hold for all.</summary>
/// <param name="Sampler">The kernel, on any differentiable density.</param>
internal sealed record KernelRow(ISampler<IDifferentiableFunction<double>> Sampler)
{
    /// <summary>What is published, where <see cref="Sampler"/> only adapts the density to what the kernel needs.</summary>
    public object Published { get; init; } = Sampler;

    /// <summary>True for kernels with trajectories: a density that isn't a number is reported as a divergence. The others reject the move, and report none.</summary>
    public bool Diverges { get; init; }

    /// <summary>False for kernels without Metropolis correction, whose moments are off by their step size: those of <see cref="StationaryMoments"/>.</summary>
    public bool IsExact => Bias == 0;

    /// <summary>The bias to be expected at the row's step size where it isn't known in closed form: of means in standard deviations, of variances relative.</summary>
    public double Bias { get; init; }

    /// <summary>The variance of the chain on N(0, 1 / precision), of kernels that are linear there.</summary>
    public Func<double, double>? NormalVariance { get; init; }

    /// <summary>The d of kernels whose step is Euler's for dx = g dt + sqrt(2) dW: x + d g + sqrt(2 d) z.</summary>
    public double DiffusionStep { get; init; }

    /// <summary>How many times as many draws as NUTS needs for the same effective size. Kernels of one short step a draw need many, and each of them costs little.</summary>
    public int Length { get; init; } = 1;

    /// <summary>True for kernels on {0, 1}^n: the density is restricted to it, and moments are sums over all its points.</summary>
    public bool IsBinary { get; init; }
}
