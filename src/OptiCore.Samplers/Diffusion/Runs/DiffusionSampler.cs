namespace OptiCore.Samplers;

/// <summary>
/// Samples from diffusion and flow models:
/// <code>DiffusionResult result = DiffusionSampler.Run(model, new UniPc(), TimeGrid.LogSnr(schedule, 10), new DiffusionOptions { Count = 1000 });</code>
/// </summary>
public static class DiffusionSampler
{
    /// <summary>Goes from noise of the key to the grid's last level.</summary>
    /// <inheritdoc cref="DiffusionRun.Start(IDiffusionModel, IDiffusionSolver, TimeGrid, DiffusionOptions)"/>
    /// <param name="model">The model.</param>
    /// <param name="solver">The solver, for example <see cref="UniPc"/>.</param>
    /// <param name="grid">The levels to go through.</param>
    /// <param name="options">Number of samples, key and limits.</param>
    /// <param name="cancellationToken">Ends the run with the samples so far; never throws.</param>
    public static DiffusionResult Run(IDiffusionModel model, IDiffusionSolver solver, TimeGrid grid, DiffusionOptions options, CancellationToken cancellationToken = default) =>
        DiffusionRun.Start(model, solver, grid, options).Complete(cancellationToken);

    /// <summary>Goes from given samples at the grid's first level to its last.</summary>
    /// <inheritdoc cref="DiffusionRun.Start(IDiffusionModel, IDiffusionSolver, TimeGrid, ReadOnlySpan{double}, DiffusionOptions?)"/>
    /// <param name="model">The model.</param>
    /// <param name="solver">The solver.</param>
    /// <param name="grid">The levels to go through.</param>
    /// <param name="initial">The samples at the grid's first level, one row after the other. Copied.</param>
    /// <param name="options">Key and limits. Default: as they are.</param>
    /// <param name="cancellationToken">Ends the run with the samples so far; never throws.</param>
    public static DiffusionResult Run(
        IDiffusionModel model, IDiffusionSolver solver, TimeGrid grid, ReadOnlySpan<double> initial, DiffusionOptions? options = null, CancellationToken cancellationToken = default) =>
        DiffusionRun.Start(model, solver, grid, initial, options).Complete(cancellationToken);
}
