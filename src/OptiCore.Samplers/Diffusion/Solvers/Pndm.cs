namespace OptiCore.Samplers;

/// <summary>
/// PNDM: the classical methods of order 4 with DDIM's step as their transfer: x_t = (alpha_t / alpha_s) x_s + (sigma_t - alpha_t sigma_s / alpha_s) e, where e is a combination of noise predictions.
/// </summary>
/// <remarks>
/// <para>PLMS takes Adams-Bashforth's e = (55 e_0 - 59 e_1 + 37 e_2 - 9 e_3) / 24 of the last answers. It begins with a step of Heun's kind and the methods of orders 2 and 3 (the default), or with three
/// pseudo Runge-Kutta steps of four evaluations (<see cref="RungeKuttaStart"/>, the published F-PNDM).</para>
/// <para>The coefficients are those of equal steps: grids with equal steps in time. L. Liu, Y. Ren, Z. Lin, Z. Zhao (2022), "Pseudo numerical methods for diffusion models on manifolds". N + 1 evaluations for N steps,
/// or N + 9. The order of convergence is 2, as the paper shows, because the weights are those of time and the integral is over sigma / alpha; <see cref="Deis"/> is the kind that keeps the full order.</para>
/// </remarks>
[Algorithm("PNDM", "Diffusion", "L. Liu, Y. Ren, Z. Lin, Z. Zhao (2022), Pseudo numerical methods for diffusion models on manifolds", Capabilities = "PLMS; Runge-Kutta start")]
public sealed record Pndm : PlannedSolver
{
    private const int Answers = 4;

    /// <summary>True for three pseudo Runge-Kutta steps at the beginning. Default: false.</summary>
    public bool RungeKuttaStart { get; init; }

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        var history = new OutputHistory(plan, Answers);
        Register stage = plan.Allocate(), second = plan.Allocate(), third = plan.Allocate(), fourth = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            NoiseLevel from = grid[i], to = grid[i + 1];
            history.Evaluate(plan.Sample, from, Prediction.Noise);
            if (RungeKuttaStart && i < 3)
            {
                NoiseLevel middle = Middle(grid, i);
                Transfer(plan, from, middle, (history[0], 1)).Combine(stage);
                plan.Evaluate(second, stage, middle, Prediction.Noise);
                Transfer(plan, from, middle, (second, 1)).Combine(stage);
                plan.Evaluate(third, stage, middle, Prediction.Noise);
                Transfer(plan, from, to, (third, 1)).Combine(stage);
                if (to.Sigma > 0)
                {
                    plan.Evaluate(fourth, stage, to, Prediction.Noise);
                    Transfer(plan, from, to, (history[0], 1 / 6.0), (second, 1 / 3.0), (third, 1 / 3.0), (fourth, 1 / 6.0));
                }
                else
                {
                    plan.Add(stage, 1);
                }
            }
            else if (history.Count == 1)
            {
                Transfer(plan, from, to, (history[0], 1));
                if (to.Sigma > 0)
                {
                    plan.Combine(stage);
                    plan.Evaluate(second, stage, to, Prediction.Noise);
                    Transfer(plan, from, to, (history[0], 0.5), (second, 0.5));
                }
            }
            else
            {
                _ = history.Count switch
                {
                    2 => Transfer(plan, from, to, (history[0], 3 / 2.0), (history[1], -1 / 2.0)),
                    3 => Transfer(plan, from, to, (history[0], 23 / 12.0), (history[1], -16 / 12.0), (history[2], 5 / 12.0)),
                    _ => Transfer(plan, from, to, (history[0], 55 / 24.0), (history[1], -59 / 24.0), (history[2], 37 / 24.0), (history[3], -9 / 24.0)),
                };
            }

            plan.Advance();
        }
    }

    private static SolverPlan Transfer(SolverPlan plan, in NoiseLevel from, in NoiseLevel to, params ReadOnlySpan<(Register Answer, double Share)> slope)
    {
        double scale = to.Alpha / from.Alpha, drift = to.Sigma - (scale * from.Sigma);
        plan.Add(plan.Sample, scale);
        foreach ((Register answer, double share) in slope)
            plan.Add(answer, drift * share);
        return plan;
    }

    private static NoiseLevel Middle(TimeGrid grid, int i)
    {
        NoiseLevel middle = grid.Schedule.At(0.5 * (grid[i].Time + grid[i + 1].Time));
        return grid[i].Alpha == 1 && grid[i + 1].Alpha == 1 ? middle.ToExploding() : middle;
    }
}
