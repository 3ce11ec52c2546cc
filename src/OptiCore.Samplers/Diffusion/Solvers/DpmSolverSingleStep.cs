namespace OptiCore.Samplers;

/// <summary>
/// DPM-Solver-1, -2, -3 and DPM-Solver++ 2S, 3S: single-step methods, which take as many levels of the grid at once as their order, with one evaluation at each, and need no history.
/// </summary>
/// <remarks>
/// <para>From s over s_1 (and s_2) to t, with r_j = (lambda_j - lambda_s) / h: the stage at s_1 is a step of order 1, that at s_2 one of order 2 (<see cref="InnerEstimate"/>), and
/// <code>
/// order 2:  x_t = Scale x_s - Weight psi_1 m_s - Weight (psi_1 / 2 or psi_2) (m_1 - m_s) / r_1
/// order 3:  x_t = Scale x_s - Weight psi_1 m_s - Weight psi_2 (m_2 - m_s) / r_2                    (Midpoint, the published one)
///           x_t = Scale x_s - Weight psi_1 m_s - Weight psi_2 D_1 - Weight psi_3 D_2               (Taylor: D_1, D_2 from both stages)
/// </code>
/// The grid has the stages' levels too: N levels are N evaluations. <see cref="Groups"/> says how they are divided; on a grid with equal steps in time or its root the stages then lie where the papers
/// put them, and <see cref="TimeGrid.LogSnr(INoiseSchedule, ReadOnlySpan{int}, double?, double?)"/> makes that grid for lambda.</para>
/// <para>C. Lu et al. (2022), "DPM-Solver", algorithms 1 and 2, and "DPM-Solver++", algorithm 1. For few evaluations the multistep <see cref="DpmSolver"/> is usually better.</para>
/// </remarks>
[Algorithm("DPM-Solver (single-step)", "Diffusion", "C. Lu et al. (2022), DPM-Solver: a fast ODE solver for diffusion probabilistic model sampling in around 10 steps", Capabilities = "orders 1 to 3, noise or data prediction")]
public sealed record DpmSolverSingleStep : PlannedSolver
{
    /// <summary>The order, 1 to 3. Default: 3.</summary>
    public int Order { get; init => field = (int)Require.InClosed(value, 1, 3); } = 3;

    /// <summary>Data for DPM-Solver++, Noise for DPM-Solver. Default: Noise.</summary>
    public Prediction Prediction { get; init => field = Parametrisation.NoiseOrData(value); } = Prediction.Noise;

    /// <summary>How the derivatives are used. Default: Midpoint.</summary>
    public DpmSolverEstimate Estimate { get; init => field = Require.Defined(value); } = DpmSolverEstimate.Midpoint;

    /// <summary>How the derivative is used in the second stage of order 3. Default: Taylor, as published.</summary>
    public DpmSolverEstimate InnerEstimate { get; init => field = Require.Defined(value); } = DpmSolverEstimate.Taylor;

    /// <summary>True if an even number of steps of order 2 ends in two of order 1. On grids that end without noise the last step always has order 1. Default: false.</summary>
    public bool EndsWithOrder1 { get; init; }

    /// <summary>The numbers of levels that steps of an order take, for a number of levels in all: as many of the full order as possible, lower orders at the end.</summary>
    /// <param name="steps">The number of levels after the first.</param>
    /// <param name="order">The order, 1 to 3.</param>
    /// <remarks>For order 3 the last step never has order 3: 3, ..., 3, 2, 1 or 3, ..., 3, 1 or 3, ..., 3, 2.</remarks>
    public static int[] Groups(int steps, int order)
    {
        Require.Positive(steps, nameof(steps));
        Require.InClosed(order, 1, 3, nameof(order));
        var groups = new List<int>();
        int left = steps;
        while (left > order || (left == order && order < 3))
        {
            groups.Add(order);
            left -= order;
        }

        if (left == 3)
        {
            groups.Add(2);
            left = 1;
        }

        if (left > 0)
            groups.Add(left);
        return [.. groups];
    }

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        int[] groups = Groups(plan.Grid.Steps, Order);
        bool isClean = plan.Grid.End.Sigma == 0, splits = EndsWithOrder1 && Order == 2;
        if (groups[^1] == 2 && (isClean || splits))
            groups = [.. groups.AsSpan(0, groups.Length - 1), 1, 1];
        Register first = plan.Allocate(), second = plan.Allocate(), third = plan.Allocate(), stage = plan.Allocate();
        foreach (int group in groups)
            WriteGroup(plan, group, [first, second, third], stage);
    }

    private void WriteGroup(SolverPlan plan, int group, ReadOnlySpan<Register> m, Register stage)
    {
        TimeGrid grid = plan.Grid;
        int at = plan.Reached;
        NoiseLevel from = grid[at];
        for (int j = 0; j < group; j++)
        {
            plan.Evaluate(m[j], j == 0 ? plan.Sample : stage, grid[at + j], Prediction);
            NoiseLevel to = grid[at + j + 1];
            var step = new ExponentialStep(from, to, Prediction);
            plan.Add(plan.Sample, step.Scale).Add(m[0], -step.Psi(1));
            double r1 = (grid[at + 1].Lambda - from.Lambda) / step.H;
            bool isLast = j == group - 1;
            if (j == 1)
                AddDerivative(plan, m[0], m[1], r1, isLast ? Estimate : InnerEstimate, step);
            else if (j == 2)
                AddThirdOrder(plan, m, r1, (grid[at + 2].Lambda - from.Lambda) / step.H, step);
            if (isLast)
                plan.Advance(group);
            else
                plan.Combine(stage);
        }
    }

    private static void AddDerivative(SolverPlan plan, Register start, Register stage, double r, DpmSolverEstimate estimate, in ExponentialStep step)
    {
        double share = -(estimate == DpmSolverEstimate.Midpoint ? step.Psi(1) / 2 : step.Psi(2)) / r;
        plan.Add(stage, share).Add(start, -share);
    }

    private void AddThirdOrder(SolverPlan plan, ReadOnlySpan<Register> m, double r1, double r2, in ExponentialStep step)
    {
        if (Estimate == DpmSolverEstimate.Midpoint)
        {
            AddDerivative(plan, m[0], m[2], r2, DpmSolverEstimate.Taylor, step);
            return;
        }

        // The derivatives at s of the parabola through the three answers, as combinations of (m_1 - m_s) / r_1 and (m_2 - m_s) / r_2.
        double gap = r2 - r1;
        double c1 = -((step.Psi(2) * r2) - (2 * step.Psi(3))) / (gap * r1), c2 = -((2 * step.Psi(3)) - (step.Psi(2) * r1)) / (gap * r2);
        plan.Add(m[1], c1).Add(m[2], c2).Add(m[0], -c1 - c2);
    }
}
