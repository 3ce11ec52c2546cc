namespace OptiCore.Samplers;

/// <summary>How many particles, how they are resampled and what a run keeps. It says nothing about the filter.</summary>
public sealed record ParticleFilterOptions
{
    /// <summary>The number N of particles. Default: 1,000.</summary>
    public int Particles { get; init => field = Require.AtLeast(value, 2); } = 1000;

    /// <summary>The resampling scheme. Default: systematic.</summary>
    public IResampling Resampling { get; init => field = Require.NotNull(value); } = new SystematicResampling();

    /// <summary>Particles are resampled before a step where the effective sample size is at most this part of N: 1 before every step, 0 never. Default: 0.5.</summary>
    public double Threshold { get; init => field = Require.InClosed(value, 0, 1); } = 0.5;

    /// <summary>The run's randomness: block b of step t uses <c>Key.Fold(t).Fold(b)</c>. Default: the key of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Works on the blocks of particles. The particles are the same for any number of workers. Default: the calling thread.</summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <summary>True: <see cref="ParticleFilter.Run"/> computes covariances, n^2 N operations a step. Default: true.</summary>
    public bool Covariances { get; init; } = true;

    /// <summary>True: <see cref="ParticleFilter.Run"/> keeps all particles with weights and ancestors, (n + 2) N numbers a step, for smoothing. Default: false.</summary>
    public bool History { get; init; }
}
