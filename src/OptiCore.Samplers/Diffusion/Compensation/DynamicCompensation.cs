using OptiCore.RootFinding;

namespace OptiCore.Samplers;

/// <summary>Which samples of the reference trajectory the ratios bring the solver to.</summary>
public enum CompensationTarget
{
    /// <summary>Those of the last level: what the sampler is for.</summary>
    LastLevel,

    /// <summary>For rho_i those of level i + 1, as published.</summary>
    NextLevel,
}

/// <summary>
/// Fits the ratios of <see cref="DcSolver"/> on a few trajectories: ratio by ratio, so that the samples come closest, in the mean square, to those of a fine reference trajectory.
/// </summary>
/// <remarks>
/// <para>The paper matches the samples of the next level (<see cref="CompensationTarget.NextLevel"/>), where images give ten trajectories a million numbers. With samples of few elements that fits the ten trajectories
/// rather than the model, and errors on the way may cancel; the default matches the last level, in <see cref="Sweeps"/> rounds over the ratios.</para>
/// <para>Each ratio is a problem of one variable. The paper follows its gradient through the model with AdamW from 1; here a scan of <see cref="Scan"/> ratios around the present one, in
/// [1 - <see cref="Width"/>, 1 + <see cref="Width"/>], and Brent's method from the best need no derivative of the model. A ratio moves only if the distance falls by <see cref="LeastGain"/>.</para>
/// <para>Cost: the reference, and about (<see cref="Scan"/> + 10) N <see cref="Sweeps"/> short runs for N steps, on the few samples given (ten are enough).
/// W. Zhao, H. Wang, J. Zhou, J. Lu (2024), "DC-Solver", section 3.3.</para>
/// </remarks>
public sealed record DynamicCompensation
{
    /// <summary>What is compensated: the base, the degree; its ratios are replaced. Default: DC-Solver as it is.</summary>
    public DcSolver Solver { get; init => field = Require.NotNull(value); } = new();

    /// <summary>The least number of steps of the reference trajectory. Default: 1000.</summary>
    public int ReferenceSteps { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The solver of the reference trajectory. Default: UniPC of order 3.</summary>
    public IDiffusionSolver Reference { get; init => field = Require.NotNull(value); } = new UniPc { Order = 3 };

    /// <summary>What is matched. Default: the last level.</summary>
    public CompensationTarget Target { get; init => field = Require.Defined(value); } = CompensationTarget.LastLevel;

    /// <summary>The rounds over all ratios where the last level is matched; the next level needs one. Default: 2.</summary>
    public int Sweeps { get; init => field = Require.Positive(value); } = 2;

    /// <summary>How far from 1 ratios are looked for. Default: 0.3.</summary>
    public double Width { get; init => field = Require.Positive(value); } = 0.3;

    /// <summary>The number of ratios that are tried before the search. Default: 7.</summary>
    public int Scan { get; init => field = Require.AtLeast(value, 3); } = 7;

    /// <summary>The share by which the mean square distance must fall for a ratio other than 1. Default: 0.001.</summary>
    public double LeastGain { get; init => field = Require.NonNegative(value); } = 1e-3;

    /// <summary>Fits the ratios for a model and a grid.</summary>
    /// <param name="model">The model.</param>
    /// <param name="grid">The grid on which the solver shall be used.</param>
    /// <param name="initial">Samples at the grid's first level, one row after the other.</param>
    /// <returns>The solver with its ratios.</returns>
    /// <exception cref="ArgumentException">The samples are no whole rows or not finite.</exception>
    /// <exception cref="OptiCore.Solving.SolverException">The model isn't finite along the reference trajectory.</exception>
    public DcSolver Fit(IDiffusionModel model, TimeGrid grid, ReadOnlySpan<double> initial)
    {
        Require.NotNull(model);
        Require.NotNull(grid);
        double[] start = initial.ToArray();
        double[][] reference = ReferenceStates(model, grid, start);
        var ratios = new double[grid.Steps];
        Array.Fill(ratios, 1);
        bool isNext = Target == CompensationTarget.NextLevel;
        for (int sweep = 0; sweep < (isNext ? 1 : Sweeps); sweep++)
        {
            for (int level = Solver.Base.CorrectFrom + 1; level < grid.Steps; level++)
            {
                int at = level, to = isNext ? level + 1 : grid.Steps;
                double Distance(double ratio)
                {
                    ratios[at] = ratio;
                    return DistanceAfter(model, Solver with { Ratios = ratios }, grid, start, to, reference[to]);
                }

                double present = ratios[at], plain = Distance(present);
                (double best, double least) = Search(Distance, present);
                ratios[at] = least < plain * (1 - LeastGain) ? best : present;
            }
        }

        return Solver with { Ratios = ratios };
    }

    private (double Best, double Least) Search(Func<double, double> distance, double present)
    {
        double low = Math.Max(1 - Width, present - Width), high = Math.Min(1 + Width, present + Width);
        double Ratio(int k) => low + ((high - low) * k / (Scan - 1));
        double least = double.PositiveInfinity;
        int best = 0;
        for (int k = 0; k < Scan; k++)
        {
            double value = distance(Ratio(k));
            if (value < least)
                (best, least) = (k, value);
        }

        if (double.IsPositiveInfinity(least))
            return (present, least);
        MinimumResult found = Minima.Bounded(distance, Ratio(Math.Max(best - 1, 0)), Ratio(Math.Min(best + 1, Scan - 1)), new MinimumOptions { AbsoluteTolerance = 1e-3, MaxIterations = 50 });
        return found.Value < least ? (found.X, found.Value) : (Ratio(best), least);
    }

    private static double DistanceAfter(IDiffusionModel model, DcSolver solver, TimeGrid grid, double[] start, int steps, double[] expected)
    {
        DiffusionRun run = DiffusionRun.Start(model, solver, grid, start);
        for (int i = 0; i < steps; i++)
            run.Step();
        if (run.Status == Solving.RunStatus.Failed)
            return double.NaN;
        double sum = 0;
        ReadOnlySpan<double> samples = run.Samples;
        for (int i = 0; i < expected.Length; i++)
            sum += (samples[i] - expected[i]) * (samples[i] - expected[i]);
        return sum / expected.Length;
    }

    /// <summary>The samples of the reference trajectory at the levels of the grid.</summary>
    private double[][] ReferenceStates(IDiffusionModel model, TimeGrid grid, double[] start)
    {
        int parts = (ReferenceSteps + grid.Steps - 1) / grid.Steps;
        TimeGrid fine = grid.Refined(parts);
        DiffusionResult result = DiffusionSampler.Run(model, Reference, fine, start, new DiffusionOptions { KeepsTrajectory = true }).EnsureCompleted();
        var states = new double[grid.Count][];
        for (int i = 0, at = 0; i < states.Length; i++)
        {
            while (result.Trajectory[at].Level.Ratio > grid[i].Ratio)
                at++;
            states[i] = result.Trajectory[at].Samples;
        }

        return states;
    }
}
