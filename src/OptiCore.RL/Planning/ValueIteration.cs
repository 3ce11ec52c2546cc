namespace OptiCore.RL;

/// <summary>
/// Solves a known finite Markov decision process: V(s) = max_a sum_o p_o (r_o + gamma V(s'_o) (1 - terminated_o)), swept in place (Gauss-Seidel) until no value
/// changes by more than the tolerance.
/// </summary>
/// <remarks>
/// <para>R. Bellman (1957), "A Markovian decision process". The sweep is a contraction with factor gamma, so the result is within tolerance * gamma / (1 - gamma) of the
/// solution. One sweep costs as many operations as the model has outcomes. Prefer it to learning wherever the model is known and small.</para>
/// </remarks>
[Algorithm("Value iteration", "Planning", "R. Bellman (1957), A Markovian decision process")]
public sealed record ValueIteration
{
    /// <summary>The discount gamma of [0, 1]. With 1, every policy must terminate for the values to be finite. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The largest change of a sweep that counts as converged. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of sweeps. Default: 100,000.</summary>
    public int MaxSweeps { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the sweeps with the values so far; never throws.</param>
    public TabularSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[] values = new double[model.States];
        double change = double.PositiveInfinity;
        int sweep = 0;
        while (sweep < MaxSweeps && change > Tolerance && !cancellationToken.IsCancellationRequested)
        {
            change = 0;
            for (int state = 0; state < values.Length; state++)
            {
                double best = Bellman.Best(model, values, state, Discount).Value;
                change = Math.Max(change, Math.Abs(best - values[state]));
                values[state] = best;
            }

            sweep++;
        }

        double bound = Discount < 1 ? change * Discount / (1 - Discount) : double.PositiveInfinity;
        return Bellman.Solution(model, values, Discount, change <= Tolerance, sweep, change, bound);
    }
}

/// <summary>The values and the policy that solve a finite Markov decision process.</summary>
public sealed record TabularSolution
{
    /// <summary>Whether the tolerance was reached.</summary>
    public required bool Converged { get; init; }

    /// <summary>The number of sweeps over all states.</summary>
    public required int Sweeps { get; init; }

    /// <summary>The largest change of a value in the last sweep.</summary>
    public required double LastChange { get; init; }

    /// <summary>No value is further than this from the solution, up to rounding; infinite where the algorithm knows no bound, such as without discounting.</summary>
    public required double ErrorBound { get; init; }

    /// <summary>V(s), one for each state.</summary>
    public required double[] Values { get; init; }

    /// <summary>Q(s, a), row-major by state.</summary>
    public required double[] ActionValues { get; init; }

    /// <summary>The policy that is greedy with respect to <see cref="ActionValues"/>.</summary>
    public required TabularPolicy Policy { get; init; }
}
