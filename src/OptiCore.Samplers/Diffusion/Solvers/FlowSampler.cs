namespace OptiCore.Samplers;

/// <summary>
/// Runge-Kutta methods on the velocity eps - x0 of straight paths, in the time sigma / (alpha + sigma): Euler's method, or Heun's.
/// </summary>
/// <remarks>
/// <para>On the levels of <see cref="FlowMatchingSchedule"/>, dx/dt = velocity. Other levels are brought to the straight path by x / (alpha + sigma). A flow that is straight needs one step.</para>
/// <para>X. Liu, C. Gong, Q. Liu (2023), "Flow straight and fast: learning to generate and transfer data with rectified flow"; Y. Lipman et al. (2023). N evaluations for N steps of Euler's method, which equals
/// <see cref="Ddim"/>; 2 N of Heun's, 2 N - 1 if the grid ends without noise, where the last step is Euler's.</para>
/// </remarks>
[Algorithm("Flow matching sampler", "Diffusion", "X. Liu, C. Gong, Q. Liu (2023), Flow straight and fast: learning to generate and transfer data with rectified flow", Capabilities = "Euler, Heun")]
public sealed record FlowSampler : PlannedSolver
{
    /// <summary>True for Heun's method of order 2. Default: false, Euler's.</summary>
    public bool Heun { get; init; }

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Register first = plan.Allocate(), second = plan.Allocate(), stage = plan.Allocate();
        for (int i = 0; i < plan.Grid.Steps; i++)
        {
            NoiseLevel from = plan.Grid[i], to = plan.Grid[i + 1];
            double length = to.Alpha + to.Sigma, scale = length / (from.Alpha + from.Sigma), h = (to.Sigma / length) - (from.Sigma / (from.Alpha + from.Sigma));
            plan.Evaluate(first, plan.Sample, from, Prediction.Flow);
            plan.Add(plan.Sample, scale).Add(first, length * h);
            if (Heun && to.Sigma > 0)
            {
                plan.Combine(stage);
                plan.Evaluate(second, stage, to, Prediction.Flow);
                plan.Add(plan.Sample, scale).Add(first, length * h / 2).Add(second, length * h / 2);
            }

            plan.Advance();
        }
    }
}
