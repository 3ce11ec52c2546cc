using OptiCore.Integration;

namespace OptiCore.Samplers;

/// <summary>In which variable the noise prediction is extrapolated as a polynomial.</summary>
public enum DeisVariable
{
    /// <summary>log(sigma / alpha) ("log rho"), in which predictions are smoothest.</summary>
    LogRatio,

    /// <summary>rho = sigma / alpha ("rhoAB").</summary>
    Ratio,

    /// <summary>Time ("tAB").</summary>
    Time,
}

/// <summary>
/// DEIS: exponential Adams-Bashforth methods. With rho = sigma / alpha the probability-flow equation is d(x / alpha) / d rho = eps, and the noise prediction is replaced by the polynomial through the last
/// answers: x_t / alpha_t = x_s / alpha_s + sum_j m_j (integral of the Lagrange polynomial l_j over rho from s to t).
/// </summary>
/// <remarks>
/// <para>The polynomial is in log rho, rho or t. The integrals are exact in the first two and by Gauss quadrature in t, where the grid's schedule says what lies between its levels.
/// In rho it is the linear multistep method of <see cref="LmsSampler"/>.</para>
/// <para>Q. Zhang, Y. Chen (2023), "Fast sampling of diffusion models with exponential integrator". N evaluations for N steps.</para>
/// </remarks>
[Algorithm("DEIS", "Diffusion", "Q. Zhang, Y. Chen (2023), Fast sampling of diffusion models with exponential integrator", Capabilities = "any order; polynomials in log rho, rho or time")]
public sealed record Deis : PlannedSolver
{
    /// <summary>The number of answers that are interpolated, 1 to 6: the order. Default: 3.</summary>
    public int Order { get; init => field = (int)Require.InClosed(value, 1, 6); } = 3;

    /// <summary>The variable of the polynomial. Default: LogRatio.</summary>
    public DeisVariable Variable { get; init => field = Require.Defined(value); } = DeisVariable.LogRatio;

    /// <summary>The last steps have lower order on grids with fewer steps than this. Default: 15. 0 for never.</summary>
    public int ReduceOrderBelow { get; init => field = Require.NonNegative(value); } = 15;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        var history = new OutputHistory(plan, Order);
        Span<double> all = stackalloc double[Order];
        for (int i = 0; i < grid.Steps; i++)
        {
            history.Evaluate(plan.Sample, grid[i], Prediction.Noise);
            // Polynomials in rho or time don't mind that the last log rho may be infinite.
            bool isFree = Variable != DeisVariable.LogRatio && grid.Steps >= ReduceOrderBelow;
            int order = isFree ? Math.Min(Order, i + 1) : StepOrder.At(i, grid, Order, ReduceOrderBelow);
            Span<double> weights = all[..order];
            Integrate(grid, i, history, weights);
            plan.Add(plan.Sample, grid[i + 1].Alpha / grid[i].Alpha);
            for (int j = 0; j < order; j++)
                plan.Add(history[j], grid[i + 1].Alpha * weights[j]);
            plan.Advance();
        }
    }

    /// <summary>The integrals over rho of the Lagrange polynomials of the last answers.</summary>
    private void Integrate(TimeGrid grid, int i, OutputHistory history, Span<double> weights)
    {
        NoiseLevel from = grid[i], to = grid[i + 1];
        double length = to.Ratio - from.Ratio;
        if (weights.Length == 1)
        {
            weights[0] = length;
            return;
        }

        // Nodes and moments in the share of the step of the polynomial's variable, from 0 at its beginning to 1 at its end.
        Span<double> nodes = stackalloc double[weights.Length];
        double start = Of(from), span = Of(to) - start;
        for (int j = 0; j < nodes.Length; j++)
            nodes[j] = (Of(history.Level(j)) - start) / span;
        if (Variable == DeisVariable.LogRatio)
        {
            // d rho = rho d log rho, so that the moments are k! psi_(k+1), here with z = log(rho_t / rho_s).
            var step = new ExponentialStep(from, to, Prediction.Noise);
            double factorial = 1;
            for (int k = 0; k < weights.Length; k++)
            {
                weights[k] = -factorial * step.Psi(k + 1) / to.Alpha;
                factorial *= k + 1;
            }
        }
        else
        {
            for (int k = 0; k < weights.Length; k++)
                weights[k] = Variable == DeisVariable.Ratio ? length / (k + 1) : TimeMoment(grid.Schedule, from, to, k);
        }

        InterpolationWeights.Solve(nodes, weights);
    }

    private double Of(in NoiseLevel level) => Variable switch
    {
        DeisVariable.LogRatio => -level.Lambda,
        DeisVariable.Ratio => level.Ratio,
        _ => level.Time,
    };

    /// <summary>The integral of v^k over rho, v the share of the step in time; by parts, so that rho isn't differentiated.</summary>
    private static double TimeMoment(INoiseSchedule schedule, NoiseLevel from, NoiseLevel to, int k)
    {
        if (k == 0)
            return to.Ratio - from.Ratio;
        GaussRule rule = GaussRule.Legendre(32);
        double integral = 0;
        for (int q = 0; q < rule.Count; q++)
        {
            double v = 0.5 * (1 + rule.Nodes[q]);
            integral += 0.5 * rule.Weights[q] * k * Math.Pow(v, k - 1) * schedule.At(from.Time + (v * (to.Time - from.Time))).Ratio;
        }

        return to.Ratio - integral;
    }
}
