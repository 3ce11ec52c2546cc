namespace OptiCore.Dynamics;

/// <summary>Finds coefficients c with Psi c near y of which few aren't zero. A new one is a record with one method.</summary>
public abstract record SparseRegression
{
    /// <summary>Solves for one right side.</summary>
    /// <param name="problem">The regression.</param>
    /// <param name="coefficients">Receives the coefficients, N elements; those that are left out are exactly 0.</param>
    public abstract void Solve(in RegressionProblem problem, Span<double> coefficients);

    /// <summary>The method with another threshold, for a search over thresholds.</summary>
    /// <param name="threshold">The threshold.</param>
    /// <exception cref="NotSupportedException">The method has none.</exception>
    public virtual SparseRegression WithThreshold(double threshold) => throw new NotSupportedException($"{GetType().Name} has no threshold.");
}

/// <summary>One regression: the candidates' values, the right side, and the randomness that is allowed.</summary>
public readonly ref struct RegressionProblem
{
    /// <summary>The candidates' values Psi, m x N, row-major.</summary>
    public required ReadOnlySpan<double> Features { get; init; }

    /// <summary>The right side y, m elements.</summary>
    public required ReadOnlySpan<double> Targets { get; init; }

    /// <summary>The randomness of methods that draw samples.</summary>
    public RandomKey Key { get; init; }

    /// <summary>Receives for each candidate the part of an ensemble that has it, N elements; empty if nobody asks. Methods without an ensemble write 1 and 0.</summary>
    public Span<double> Inclusion { get; init; }

    /// <summary>The number m of rows.</summary>
    public int Rows => Targets.Length;

    /// <summary>The number N of candidates.</summary>
    public int Count => Features.Length / Targets.Length;
}

/// <summary>
/// Sequentially thresholded least squares: least squares (with a ridge, if any), coefficients below the threshold removed, and again on the rest, until nothing changes.
/// </summary>
/// <remarks>
/// <para>The data are reduced to a triangular factor once, 2 m N^2 operations; each iteration works on that. Converges in at most N iterations, to a local minimum of
/// |y - Psi c|^2 + threshold^2 |c|_0.</para>
/// <para>S. L. Brunton, J. L. Proctor and J. N. Kutz (2016), Discovering governing equations from data by sparse identification of nonlinear dynamical systems, PNAS 113, 3932-3937; with a
/// ridge: S. H. Rudy, S. L. Brunton, J. L. Proctor and J. N. Kutz (2017), Data-driven discovery of partial differential equations; L. Zhang and H. Schaeffer (2019), On the convergence of the
/// SINDy algorithm.</para>
/// </remarks>
[Algorithm("Sequentially thresholded least squares", "System identification", "Brunton, Proctor, Kutz (2016), Discovering governing equations from data by sparse identification of nonlinear dynamical systems")]
public sealed record SequentialThresholding : SparseRegression
{
    /// <summary>The smallest coefficient that stays, by magnitude, at least 0. Default: 0.1.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The ridge, added to Psi'Psi in the units of <see cref="NormalizeColumns"/>, at least 0. Default: 0.</summary>
    public double Ridge { get; init => field = Require.NonNegative(value); }

    /// <summary>Whether the threshold is on coefficients of candidates scaled to root mean square 1, so that it is one on contributions instead of coefficients. Default: no.</summary>
    public bool NormalizeColumns { get; init; }

    /// <summary>The most iterations. Default: 50.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 50;

    /// <inheritdoc/>
    public override SparseRegression WithThreshold(double threshold) => this with { Threshold = threshold };

    /// <inheritdoc/>
    public override void Solve(in RegressionProblem problem, Span<double> coefficients)
    {
        var reduced = new ReducedRegression(problem, NormalizeColumns);
        int n = reduced.Count;
        var active = new bool[n];
        Array.Fill(active, true);
        reduced.Solve(active, Ridge, coefficients);
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            bool changed = false;
            for (int j = 0; j < n; j++)
            {
                if (active[j] && Math.Abs(coefficients[j]) < Threshold)
                {
                    active[j] = false;
                    changed = true;
                }
            }

            if (!changed)
                break;
            reduced.Solve(active, Ridge, coefficients);
        }

        reduced.Finish(active, coefficients, problem.Inclusion);
    }
}

/// <summary>The penalty of a relaxed regression.</summary>
public enum SparsityPenalty
{
    /// <summary>The number of coefficients: hard thresholding.</summary>
    Count,

    /// <summary>The sum of magnitudes: soft thresholding.</summary>
    Magnitude,
}

/// <summary>
/// Sparse relaxed regularized regression: min over c, w of 1/2 |y - Psi c|^2 / m + lambda R(w) + |c - w|^2 / (2 nu), by turns in c and in w. The relaxation keeps the problem in c well conditioned.
/// </summary>
/// <remarks>
/// <para>w is c thresholded at <see cref="Threshold"/>, which is sqrt(2 lambda nu) for the count and lambda nu for the sum of magnitudes. The final coefficients are the least squares on the support of w.</para>
/// <para>P. Zheng, T. Askham, S. L. Brunton, J. N. Kutz and A. Y. Aravkin (2019), A unified framework for sparse relaxed regularized regression: SR3, IEEE Access 7, 1404-1423; K. Champion,
/// P. Zheng, A. Y. Aravkin, S. L. Brunton and J. N. Kutz (2020), A unified sparse optimization framework to learn parsimonious physics-informed models from data.</para>
/// </remarks>
[Algorithm("Sparse relaxed regularized regression", "System identification", "Zheng, Askham, Brunton, Kutz, Aravkin (2019), A unified framework for sparse relaxed regularized regression: SR3")]
public sealed record RelaxedRegression : SparseRegression
{
    /// <summary>The smallest coefficient that stays, by magnitude. Default: 0.1.</summary>
    public double Threshold { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>How far c may be from w, nu. Default: 1.</summary>
    public double Relaxation { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The penalty R. Default: the count.</summary>
    public SparsityPenalty Penalty { get; init => field = Require.Defined(value); }

    /// <summary>Whether the threshold is on coefficients of candidates scaled to root mean square 1. Default: no.</summary>
    public bool NormalizeColumns { get; init; }

    /// <summary>The most iterations. Default: 1000.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The change of w, relative to its size, at which the iteration ends. Default: 1e-8.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <inheritdoc/>
    public override SparseRegression WithThreshold(double threshold) => this with { Threshold = threshold };

    /// <inheritdoc/>
    public override void Solve(in RegressionProblem problem, Span<double> coefficients)
    {
        var reduced = new ReducedRegression(problem, NormalizeColumns);
        int n = reduced.Count;
        double[] w = new double[n], c = new double[n];
        var active = new bool[n];
        Array.Fill(active, true);
        reduced.Solve(active, 0, w);
        reduced.StartRelaxation(1 / Relaxation);
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            reduced.SolveRelaxed(w, 1 / Relaxation, c);
            double change = 0, size = 0;
            for (int j = 0; j < n; j++)
            {
                double next = Penalty == SparsityPenalty.Count
                    ? Math.Abs(c[j]) < Threshold ? 0 : c[j]
                    : Math.CopySign(Math.Max(0, Math.Abs(c[j]) - Threshold), c[j]);
                change += (next - w[j]) * (next - w[j]);
                size += next * next;
                w[j] = next;
            }

            if (change <= Tolerance * Tolerance * size)
                break;
        }

        for (int j = 0; j < n; j++)
            active[j] = w[j] != 0;
        reduced.Solve(active, 0, coefficients);
        reduced.Finish(active, coefficients, problem.Inclusion);
    }
}
