namespace OptiCore.Samplers;

/// <summary>Euler's method in sigma / alpha, with churn: x_t = sigma_t / sigma_s x + (alpha_t - alpha_s sigma_t / sigma_s) D. Without churn it is <see cref="Ddim"/>.</summary>
/// <remarks>T. Karras, M. Aittala, T. Aila, S. Laine (2022), "Elucidating the design space of diffusion-based generative models", algorithm 2 without its second-order correction. N evaluations for N steps.</remarks>
[Algorithm("Euler (EDM)", "Diffusion", "T. Karras, M. Aittala, T. Aila, S. Laine (2022), Elucidating the design space of diffusion-based generative models", Capabilities = "churn")]
public sealed record EulerSampler : PlannedSolver
{
    /// <summary>The churn. Default: none.</summary>
    public Churn Churn { get; init => field = Require.NotNull(value); } = Churn.None;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Register raised = plan.Allocate(), data = plan.Allocate();
        for (int i = 0; i < plan.Grid.Steps; i++)
        {
            (Register x, NoiseLevel from) = Churn.Raise(plan, raised);
            plan.Evaluate(data, x, from, Prediction.Data);
            AncestralStep.AddEuler(plan, x, data, from, plan.Grid[i + 1]);
            plan.Advance();
        }
    }
}
