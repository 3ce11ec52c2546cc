namespace OptiCore.Samplers;

/// <summary>
/// Rectified flow: a flow is trained on straight lines between data and noise, then pairs of noise and the data that the flow makes of it are the lines for the next flow ("reflow"). Each time paths cross less, transport
/// costs don't rise, and the flow gets straighter, so that one step of <see cref="FlowSampler"/> is enough in the end.
/// </summary>
/// <remarks>X. Liu, C. Gong, Q. Liu (2023), "Flow straight and fast: learning to generate and transfer data with rectified flow", algorithm 1.</remarks>
[Algorithm("Rectified flow", "Diffusion training", "X. Liu, C. Gong, Q. Liu (2023), Flow straight and fast: learning to generate and transfer data with rectified flow")]
public sealed record RectifiedFlow
{
    /// <summary>How flows are trained. Default: as it is, flow matching.</summary>
    public DiffusionTraining Training { get; init => field = Require.NotNull(value); } = new();

    /// <summary>The solver that makes pairs. Default: Heun's method on the velocity.</summary>
    public IDiffusionSolver Simulation { get; init => field = Require.NotNull(value); } = new FlowSampler { Heun = true };

    /// <summary>The number of steps with which pairs are made. Default: 30.</summary>
    public int SimulationSteps { get; init => field = Require.Positive(value); } = 30;

    /// <summary>The number of pairs. Default: 4096.</summary>
    public int Pairs { get; init => field = Require.Positive(value); } = 4096;

    /// <summary>Trains a flow on the pairs that another makes.</summary>
    /// <param name="flow">The flow, or any model: its probability flow makes the pairs.</param>
    /// <returns>The straighter flow.</returns>
    /// <exception cref="OptiCore.Solving.SolverException">The flow isn't finite.</exception>
    public NetworkModel<float> Reflow(IDiffusionModel flow)
    {
        Require.NotNull(flow);
        var noise = new double[checked(Pairs * flow.Dimension)];
        Randomness.RandomFill.Normal(Training.Key.Fold("pairs"), noise);
        DiffusionResult made = DiffusionSampler.Run(flow, Simulation, TimeGrid.Uniform(new FlowMatchingSchedule(), SimulationSteps), noise).EnsureCompleted();
        return Training.FitPairs(made.Samples, noise, flow.Dimension);
    }

    /// <summary>
    /// How far from straight a flow is: the mean of |(z - x0) - velocity|^2 over times and paths from noise z to data x0, 0 for straight paths at constant speed.
    /// </summary>
    /// <param name="flow">The flow.</param>
    /// <param name="noise">Standard normal rows.</param>
    /// <param name="steps">The number of steps of Heun's method, at whose levels the velocity is compared.</param>
    public static double Curvature(IDiffusionModel flow, ReadOnlySpan<double> noise, int steps = 50)
    {
        Require.NotNull(flow);
        TimeGrid grid = TimeGrid.Uniform(new FlowMatchingSchedule(), steps);
        DiffusionResult paths = DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, grid, noise, new DiffusionOptions { KeepsTrajectory = true }).EnsureCompleted();
        IDiffusionModel velocity = flow.Predicting(Prediction.Flow);
        var values = new double[noise.Length];
        double sum = 0;
        for (int i = 0; i < steps; i++)
        {
            velocity.Evaluate(paths.Trajectory[i].Samples, grid[i], values);
            for (int j = 0; j < values.Length; j++)
            {
                double difference = noise[j] - paths.Samples[j] - values[j];
                sum += difference * difference;
            }
        }

        return sum / (steps * (noise.Length / flow.Dimension));
    }
}
