using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The primal-dual hybrid gradient method for linear programs, with the enhancements of PDLP: products with A and A' only, no factorization, for programs too large for an interior point method. Moderate accuracy comes
/// fast, high accuracy slowly.
/// </summary>
/// <remarks>
/// <para>On the saddle point min_x max_y c'x + y'A x, x within its bounds, y priced by the sides of the rows: x+ = proj(x - (eta / omega) (c + A'y)), y+ = y~ - eta omega proj(y~ / (eta omega)) with
/// y~ = y + eta omega A (2 x+ - x). The step eta follows eta &lt;= |(dx, dy)|^2_omega / (2 |dy'A dx|); the weight omega balances primal and dual distances at each restart.</para>
/// <para>Rows and columns are scaled by ten sweeps of Ruiz and one of Pock and Chambolle. Every <see cref="CheckInterval"/> iterations the iterate and the average since the last restart are measured, and the better one
/// becomes the new start when its error has fallen enough: to a fifth; or to four fifths while it begins to rise; or after 0.36 of all iterations. The error is that of Lu and Yang's cuPDLP, sqrt(omega^2 |primal residual|^2 + |dual
/// residual|^2 / omega^2 + gap^2), in place of the normalised duality gap of PDLP. There is no presolve and no feasibility polishing.</para>
/// <para>Of a program without solution the differences of iterates, and the way since the last restart, tend to a certificate, which is tested too; this may take many thousands of iterations.</para>
/// <para>D. Applegate, M. Díaz, O. Hinder, H. Lu, M. Lubin, B. O'Donoghue, W. Schudy (2021), Practical large-scale linear programming using primal-dual hybrid gradient; H. Lu, J. Yang (2023), cuPDLP.jl, arXiv:2311.12180;
/// D. Applegate, M. Díaz, H. Lu, M. Lubin (2024), Infeasibility detection with primal-dual hybrid gradient for large-scale linear programming.</para>
/// </remarks>
[Algorithm("PDHG (PDLP)", "Linear and quadratic programs", "Applegate, Díaz, Hinder, Lu, Lubin, O'Donoghue, Schudy (2021), Practical large-scale linear programming using primal-dual hybrid gradient")]
public sealed record PrimalDualHybridGradient
{
    /// <summary>
    /// Converged when the primal residual is at most this times 1 + |sides|, the dual one 1 + |c|, the gap 1 + |primal| + |dual value|, in Euclidean norms of the program before its scaling. Default: 1e-6.
    /// </summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>A certificate is accepted when its residual is at most this, relative to its gain. Default: 1e-8.</summary>
    public double CertificateTolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The iterations between measurements. Default: 64.</summary>
    public int CheckInterval { get; init => field = Require.Positive(value); } = 64;

    /// <summary>Starts a run that the caller drives.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Limits. The default limit of iterations is small for this method.</param>
    public ProgramRun Start(LinearProgram program, RunOptions? options = null) => new(this, new HybridGradientState(this, Require.NotNull(program)), options);

    /// <summary>Solves a linear program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Limits. Default: a million iterations.</param>
    /// <param name="cancellationToken">Ends the run with what there is; never throws.</param>
    public ProgramResult Solve(LinearProgram program, RunOptions? options = null, CancellationToken cancellationToken = default) =>
        Start(program, options ?? new RunOptions { MaxIterations = 1_000_000 }).Complete(cancellationToken);
}
