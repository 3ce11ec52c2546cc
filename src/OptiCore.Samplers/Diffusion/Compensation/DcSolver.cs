namespace OptiCore.Samplers;

/// <summary>
/// DC-Solver: UniPC whose remembered answers are compensated. The corrector moves the samples after the model was asked, so that the remembered answer belongs to other samples; it is replaced by the value at the shifted
/// time rho_i t_i + (1 - rho_i) t_(i-1) of the Lagrange polynomial in time through the last answers. rho = 1 changes nothing.
/// </summary>
/// <remarks>
/// <para>The ratios are fitted once for a model and a grid by <see cref="DynamicCompensation"/>, on about ten trajectories, and predicted for other numbers of steps and guidance scales by
/// <see cref="CompensationRegression"/>. No evaluation is added: N for N steps.</para>
/// <para>W. Zhao, H. Wang, J. Zhou, J. Lu (2024), "DC-Solver: improving predictor-corrector diffusion sampler via dynamic compensation". Where there are fewer answers than <see cref="Degree"/> + 1 the polynomial
/// goes through those there are.</para>
/// </remarks>
[Algorithm("DC-Solver", "Diffusion", "W. Zhao, H. Wang, J. Zhou, J. Lu (2024), DC-Solver: improving predictor-corrector diffusion sampler via dynamic compensation", Capabilities = "fitted to a model and a grid")]
public sealed record DcSolver : PlannedSolver
{
    /// <summary>The predictor and corrector. Default: UniPC of order 2.</summary>
    public UniPc Base { get; init => field = Require.NotNull(value); } = new();

    /// <summary>The ratio rho_i of the answer at level i of the grid, by i; 1 for levels beyond the list, and for level 0, which has no corrector. Default: empty.</summary>
    public IReadOnlyList<double> Ratios
    {
        get;
        init
        {
            Require.NotNull(value);
            foreach (double ratio in value)
                Require.Finite(ratio, nameof(Ratios));
            field = [.. value];
        }
    } = [];

    /// <summary>The degree K of the interpolation, 1 to 4. Default: 2.</summary>
    public int Degree { get; init => field = (int)Require.InClosed(value, 1, 4); } = 2;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan) =>
        Base.Write(Require.NotNull(plan), new OutputHistory(plan, Math.Max(Base.Order, Degree) + 1), Compensate);

    /// <summary>The ratios too, so that a checkpoint knows them.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{nameof(DcSolver)} {{ Base = {Base}, Degree = {Degree}, Ratios = [{string.Join(", ", Ratios)}] }}");

    private void Compensate(SolverPlan plan, OutputHistory history, int level)
    {
        double ratio = level < Ratios.Count ? Ratios[level] : 1;
        if (ratio == 1)
            return;
        int count = Math.Min(Degree + 1, history.Count);
        Span<double> times = stackalloc double[count], weights = stackalloc double[count];
        for (int j = 0; j < count; j++)
            times[j] = history.Level(j).Time;
        InterpolationWeights.Lagrange(times, (ratio * times[0]) + ((1 - ratio) * times[1]), weights);
        for (int j = 0; j < count; j++)
            plan.Add(history[j], weights[j]);
        Register compensated = plan.Allocate();
        plan.Combine(compensated);
        history.ReplaceLatest(compensated);
    }
}
