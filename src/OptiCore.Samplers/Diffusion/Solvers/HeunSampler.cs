namespace OptiCore.Samplers;

/// <summary>
/// Heun's method in sigma / alpha, with churn: the sampler of EDM. A step of Euler's method, and a second with the mean of the slopes at both ends; the step to a level without noise is Euler's.
/// </summary>
/// <remarks>T. Karras, M. Aittala, T. Aila, S. Laine (2022), "Elucidating the design space of diffusion-based generative models", algorithm 2. 2 N evaluations for N steps, 2 N - 1 if the grid ends without noise; order 2.</remarks>
[Algorithm("Heun (EDM)", "Diffusion", "T. Karras, M. Aittala, T. Aila, S. Laine (2022), Elucidating the design space of diffusion-based generative models: algorithm 2", Capabilities = "order 2, churn")]
public sealed record HeunSampler : PlannedSolver
{
    /// <summary>The churn. Default: none.</summary>
    public Churn Churn { get; init => field = Require.NotNull(value); } = Churn.None;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Register raised = plan.Allocate(), stage = plan.Allocate(), first = plan.Allocate(), second = plan.Allocate();
        for (int i = 0; i < plan.Grid.Steps; i++)
        {
            NoiseLevel to = plan.Grid[i + 1];
            (Register x, NoiseLevel from) = Churn.Raise(plan, raised);
            plan.Evaluate(first, x, from, Prediction.Noise);
            AncestralStep.AddSlope(plan, x, first, from, to);
            if (to.Sigma > 0)
            {
                plan.Combine(stage);
                plan.Evaluate(second, stage, to, Prediction.Noise);
                plan.Add(x, to.Alpha / from.Alpha);
                AncestralStep.AddSlope(plan, x, first, from, to, 0.5);
                AncestralStep.AddSlope(plan, x, second, from, to, 0.5);
            }

            plan.Advance();
        }
    }
}
