namespace OptiCore.Samplers;

/// <summary>The function B(h) of UniPC, which decides its coefficients where one equation is solved by one half.</summary>
public enum UniPcVariant
{
    /// <summary>B(h) = z, the step in lambda with the sign of the exponential: better for few steps without guidance.</summary>
    Bh1,

    /// <summary>B(h) = e^z - 1: better with guidance.</summary>
    Bh2,

    /// <summary>All coefficients from their equations ("varying coefficients"): the exponential Adams methods.</summary>
    Exact,
}

/// <summary>
/// UniPC: a multistep predictor of any order (UniP) and a corrector one order higher (UniC) that uses the evaluation which the next step needs anyway.
/// </summary>
/// <remarks>
/// <para>With nodes r_0 = 0, r_j = (lambda_j - lambda_s) / h of the last answers and, for the corrector, r = 1, the sample becomes Scale x_s - Weight sum_j w_j m_j with sum_j w_j r_j^k = k! psi_(k+1)(z)
/// for k = 0, 1, ...: exact for predictions that are polynomials in lambda. Of these equations the variants <see cref="UniPcVariant.Bh1"/> and <see cref="UniPcVariant.Bh2"/> replace the
/// single one of the predictor of order 2 and of the corrector of order 1 by w = B(h) / (2 r), which keeps the order; all other coefficients don't depend on B(h).</para>
/// <para>W. Zhao, L. Bai, Y. Rao, J. Zhou, J. Lu (2023), "UniPC: a unified predictor-corrector framework for fast sampling of diffusion models". N evaluations for N steps; the last step isn't corrected.</para>
/// </remarks>
[Algorithm("UniPC", "Diffusion", "W. Zhao, L. Bai, Y. Rao, J. Zhou, J. Lu (2023), UniPC: a unified predictor-corrector framework for fast sampling of diffusion models", Capabilities = "any order, noise or data prediction")]
public sealed record UniPc : PlannedSolver
{
    /// <summary>The order of the predictor, 1 to 6. Default: 2; 3 for unguided sampling.</summary>
    public int Order { get; init => field = (int)Require.InClosed(value, 1, 6); } = 2;

    /// <summary>The parametrisation. Default: Data.</summary>
    public Prediction Prediction { get; init => field = Parametrisation.NoiseOrData(value); } = Prediction.Data;

    /// <summary>The function B(h). Default: Bh2.</summary>
    public UniPcVariant Variant { get; init => field = Require.Defined(value); } = UniPcVariant.Bh2;

    /// <summary>From which step on the corrector is used: 0 for all, the number of steps or more for the predictor alone (UniP). Default: 0.</summary>
    public int CorrectFrom { get; init => field = Require.NonNegative(value); }

    /// <summary>The last steps have lower order on grids with fewer steps than this. Default: always. 0 for never.</summary>
    public int ReduceOrderBelow { get; init => field = Require.NonNegative(value); } = int.MaxValue;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan) => Write(plan, new OutputHistory(Require.NotNull(plan), Order + 1), static (_, _, _) => { });

    /// <summary>Writes the steps.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="history">Keeps at least Order + 1 answers.</param>
    /// <param name="corrected">Called when the samples of a level (its index) have been corrected, with its answer as the latest of the history.</param>
    internal void Write(SolverPlan plan, OutputHistory history, Action<SolverPlan, OutputHistory, int> corrected)
    {
        TimeGrid grid = plan.Grid;
        Register predicted = plan.Allocate();
        history.Evaluate(plan.Sample, grid[0], Prediction);
        for (int i = 0; i < grid.Steps; i++)
        {
            int order = StepOrder.At(i, grid, Order, ReduceOrderBelow);
            var step = new ExponentialStep(grid[i], grid[i + 1], Prediction);
            bool isLast = i == grid.Steps - 1;
            Predict(plan, history, order, step);
            if (isLast || i < CorrectFrom)
            {
                plan.Advance();
                if (!isLast)
                    history.Evaluate(plan.Sample, grid[i + 1], Prediction);
                continue;
            }

            plan.Combine(predicted);
            history.Evaluate(predicted, grid[i + 1], Prediction);
            Correct(plan, history, order, step);
            plan.Advance();
            corrected(plan, history, i + 1);
        }
    }

    private void Predict(SolverPlan plan, OutputHistory history, int order, in ExponentialStep step)
    {
        Span<double> nodes = stackalloc double[order], weights = stackalloc double[order];
        for (int j = 0; j < order; j++)
            nodes[j] = j == 0 ? 0 : (history.Level(j).Lambda - history.Level(0).Lambda) / step.H;
        if (order == 2 && Variant != UniPcVariant.Exact)
            Halve(step, nodes[1], weights);
        else
            Fit(step, nodes, weights);
        plan.Add(plan.Sample, step.Scale);
        for (int j = 0; j < order; j++)
            plan.Add(history[j], -weights[j]);
    }

    private void Correct(SolverPlan plan, OutputHistory history, int order, in ExponentialStep step)
    {
        // The answers now: that at the end of the step, that at its beginning, and those before.
        Span<double> nodes = stackalloc double[order + 1], weights = stackalloc double[order + 1];
        for (int j = 0; j < order; j++)
            nodes[j] = j == 0 ? 0 : (history.Level(j + 1).Lambda - history.Level(1).Lambda) / step.H;
        nodes[order] = 1;
        if (order == 1 && Variant != UniPcVariant.Exact)
            Halve(step, 1, weights);
        else
            Fit(step, nodes, weights);
        plan.Add(plan.Sample, step.Scale);
        for (int j = 0; j < order; j++)
            plan.Add(history[j + 1], -weights[j]);
        plan.Add(history[0], -weights[order]);
    }

    private void Halve(in ExponentialStep step, double node, Span<double> weights)
    {
        double b = Variant == UniPcVariant.Bh1 ? step.Weight * step.Z : step.Psi(1);
        weights[1] = b / (2 * node);
        weights[0] = step.Psi(1) - weights[1];
    }

    private static void Fit(in ExponentialStep step, ReadOnlySpan<double> nodes, Span<double> weights)
    {
        double factorial = 1;
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = factorial * step.Psi(k + 1);
            factorial *= k + 1;
        }

        InterpolationWeights.Solve(nodes, weights);
    }
}
