using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The primal-dual interior point method on the homogeneous embedding, for linear and convex quadratic programs: finds a solution, or a certificate that there is none (infeasible or unbounded). Mehrotra's
/// predictor and corrector; no starting point is needed.
/// </summary>
/// <remarks>
/// <para>The program min 1/2 x'Q x + c'x, A x = b, G x + s = h, s >= 0 (each finite side of a row or variable is a row of G) is embedded, with tau, kappa >= 0, in
/// Q x + A'y + G'z + c tau = 0, A x = b tau, G x + s = h tau, kappa = -c'x - b'y - h'z - x'Q x / tau, s'z = 0, tau kappa = 0. A solution with tau > 0 gives the optimum x / tau; one with kappa > 0 a certificate.</para>
/// <para>Each iteration factors one quasi-definite matrix, [Q + D, A'; A, -E] with the bounds eliminated into D and E, by a sparse LDL' with minimum degree ordering: free variables and dense columns need no
/// treatment of their own. It is regularised by <see cref="Regularization"/>, and the solutions are refined against the matrix without it. Before, rows and columns are scaled by Ruiz' equilibration; fixed variables and free
/// rows are taken out.</para>
/// <para>Y. Ye, M. J. Todd, S. Mizuno (1994), An O(sqrt(n) L)-iteration homogeneous and self-dual linear programming algorithm; S. Mehrotra (1992), On the implementation of a primal-dual interior point method; for
/// the quadratic term P. J. Goulart, Y. Chen (2024), Clarabel: an interior-point solver for conic programs with quadratic objectives, arXiv:2405.12762, whose start, step and tests are followed;
/// D. Ruiz (2001), A scaling algorithm to equilibrate both rows and columns norms in matrices, RAL-TR-2001-034; A. Altman, J. Gondzio (1999), Regularized symmetric indefinite systems in interior point
/// methods for linear and quadratic optimization.</para>
/// <para>The solution is interior to the optimal face, not a vertex. Some 10 to 60 iterations. For programs too large to factor prefer <see cref="PrimalDualHybridGradient"/>.</para>
/// </remarks>
[Algorithm("Homogeneous interior point", "Linear and quadratic programs", "Ye, Todd, Mizuno (1994), An O(sqrt(n) L)-iteration homogeneous and self-dual linear programming algorithm")]
public sealed record HomogeneousInteriorPoint
{
    /// <summary>
    /// Converged when violations of rows and bounds, the gradient of the Lagrangian, and the gap between primal and dual value are at most this, relative to the numbers they are made of (at least 1). Default: 1e-9.
    /// </summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>A certificate is accepted when its residual is at most this, relative to its gain. Default: 1e-8.</summary>
    public double CertificateTolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>What is added to the diagonal of the scaled system, and taken out again by refinement; raised tenfold when a factorization fails. Default: 1e-9.</summary>
    public double Regularization { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>The order of elimination. Default: minimum degree.</summary>
    public SparseOrdering Ordering { get; init => field = Require.Defined(value); } = SparseOrdering.MinimumDegree;

    /// <summary>Starts a run that the caller drives.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Limits.</param>
    public ProgramRun Start(LinearProgram program, RunOptions? options = null) => new(this, new HomogeneousState(this, Require.NotNull(program), null), options);

    /// <summary>Starts a run that the caller drives.</summary>
    /// <param name="program">The program, convex.</param>
    /// <param name="options">Limits.</param>
    public ProgramRun Start(QuadraticProgram program, RunOptions? options = null) => new(this, new HomogeneousState(this, Require.NotNull(program).Linear, program.Quadratic), options);

    /// <summary>Solves a linear program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Limits. Default: those of <see cref="RunOptions"/>.</param>
    /// <param name="cancellationToken">Ends the run with what there is; never throws.</param>
    public ProgramResult Solve(LinearProgram program, RunOptions? options = null, CancellationToken cancellationToken = default) => Start(program, options).Complete(cancellationToken);

    /// <summary>Solves a convex quadratic program.</summary>
    /// <param name="program">The program. Where it isn't convex, the run ends as Failed.</param>
    /// <param name="options">Limits. Default: those of <see cref="RunOptions"/>.</param>
    /// <param name="cancellationToken">Ends the run with what there is; never throws.</param>
    public ProgramResult Solve(QuadraticProgram program, RunOptions? options = null, CancellationToken cancellationToken = default) => Start(program, options).Complete(cancellationToken);
}
