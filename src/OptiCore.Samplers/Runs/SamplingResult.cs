using System.Globalization;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>What came out of a run.</summary>
public sealed class SamplingResult
{
    /// <summary>Joins chains into a result, for example chains that were read from files.</summary>
    /// <param name="parameterNames">The names of the parameters.</param>
    /// <param name="chains">The chains, at least one, each with these parameters.</param>
    /// <exception cref="ArgumentException">There is no chain, or a chain has another number of parameters.</exception>
    public SamplingResult(IReadOnlyList<string> parameterNames, IReadOnlyList<ChainResult> chains)
    {
        ArgumentNullException.ThrowIfNull(parameterNames);
        ArgumentNullException.ThrowIfNull(chains);
        Require.Positive(chains.Count, nameof(chains));
        Draws = int.MaxValue;
        foreach (ChainResult chain in chains)
        {
            Require.Length(chain.ParameterCount, parameterNames.Count, nameof(chains));
            Draws = Math.Min(Draws, chain.Count);
        }

        ParameterNames = parameterNames;
        Chains = chains;
    }

    /// <summary>The outcome in one word.</summary>
    public RunStatus Status { get; init; } = RunStatus.Completed;

    /// <summary>Why the run ended before its draws were complete, or <see cref="StopReason.None"/>.</summary>
    public StopReason Reason { get; init; }

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; init; } = "";

    /// <summary>The number of transitions of each chain's warm-up.</summary>
    public int WarmUp { get; init; }

    /// <summary>The time spent in the run.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The names of the parameters.</summary>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <summary>The chains.</summary>
    public IReadOnlyList<ChainResult> Chains { get; }

    /// <summary>The number of draws that every chain has. After an early end some chains may have more; statistics use these.</summary>
    public int Draws { get; }

    /// <summary>The number of divergent transitions after warm-up, of all chains.</summary>
    public int Divergences
    {
        get
        {
            int count = 0;
            foreach (ChainResult chain in Chains)
                count += chain.DivergenceCount;
            return count;
        }
    }

    /// <summary>The draws of one parameter: <see cref="Draws"/> of each chain, one chain after the other, as <see cref="Diagnostics"/> takes them.</summary>
    /// <param name="parameter">The index into <see cref="ParameterNames"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter.</exception>
    public double[] Values(int parameter)
    {
        if ((uint)parameter >= (uint)ParameterNames.Count)
            throw new ArgumentOutOfRangeException(nameof(parameter), parameter, string.Create(CultureInfo.InvariantCulture, $"parameter is {parameter} but there are {ParameterNames.Count}."));
        double[] values = new double[Chains.Count * Draws];
        for (int c = 0; c < Chains.Count; c++)
        {
            for (int i = 0; i < Draws; i++)
                values[(c * Draws) + i] = Chains[c].Draw(i)[parameter];
        }

        return values;
    }

    /// <summary>The draws of one parameter: <see cref="Draws"/> of each chain, one chain after the other.</summary>
    /// <param name="name">The name, for example <c>theta[3]</c>.</param>
    /// <exception cref="ArgumentException">There is no such parameter; the message lists those that there are.</exception>
    public double[] Values(string name)
    {
        for (int i = 0; i < ParameterNames.Count; i++)
        {
            if (ParameterNames[i] == name)
                return Values(i);
        }

        throw new ArgumentException($"There is no parameter {name}; there are {string.Join(", ", ParameterNames)}.", nameof(name));
    }

    /// <summary>Means, errors, quantiles and convergence diagnostics of every parameter.</summary>
    public SamplingSummary Summary() => SamplingSummary.Of(this);

    /// <summary>A self-contained HTML page with the summary and the plots by which chains are judged.</summary>
    /// <param name="parameters">The names of the parameters to draw; none: those with the least effective sample size.</param>
    /// <exception cref="ArgumentException">There is no such parameter, or there are fewer than four draws.</exception>
    public HtmlReport ToReport(params IReadOnlyList<string> parameters) => SamplingReport.Of(this, parameters);

    /// <summary>This result if all draws are complete.</summary>
    /// <exception cref="SolverException">They aren't; the message says why.</exception>
    public SamplingResult EnsureComplete() => Status == RunStatus.Completed ? this : throw new SolverException(Message);
}

/// <summary>What came out of one chain.</summary>
public sealed class ChainResult
{
    private readonly double[] _draws;
    private readonly DrawStatistics[] _statistics;

    /// <summary>Holds the draws of a chain; the arrays are not copied.</summary>
    /// <param name="draws">The draws, one row of parameters after the other.</param>
    /// <param name="statistics">What happened in each draw's transition.</param>
    /// <param name="parameterCount">The number of parameters.</param>
    /// <exception cref="ArgumentException">The lengths don't fit.</exception>
    public ChainResult(double[] draws, DrawStatistics[] statistics, int parameterCount)
    {
        ArgumentNullException.ThrowIfNull(draws);
        ArgumentNullException.ThrowIfNull(statistics);
        Require.Length(draws.Length, statistics.Length * Require.NonNegative(parameterCount, nameof(parameterCount)), nameof(draws));
        _draws = draws;
        _statistics = statistics;
        ParameterCount = parameterCount;
    }

    /// <summary>The number of draws.</summary>
    public int Count => _statistics.Length;

    /// <summary>The number of parameters.</summary>
    public int ParameterCount { get; }

    /// <summary>What happened in the transition to each draw.</summary>
    public ReadOnlySpan<DrawStatistics> Statistics => _statistics;

    /// <summary>The number n of unconstrained coordinates, or 0 where it isn't known.</summary>
    public int Dimension { get; init; }

    /// <summary>The number of transitions made, warm-up included.</summary>
    public int Iterations { get; init; }

    /// <summary>The step size after warm-up; NaN for kernels without one.</summary>
    public double StepSize { get; init; } = double.NaN;

    /// <summary>The inverse mass matrix after warm-up: its diagonal, or all of it, row-major. Empty for kernels without one.</summary>
    public IReadOnlyList<double> InverseMetric { get; init; } = [];

    /// <summary>The number of divergent transitions after warm-up.</summary>
    public int DivergenceCount { get; init; }

    /// <summary>The number of trajectories after warm-up that were cut off at the largest tree depth; 0 for kernels without trees.</summary>
    public int SaturatedCount { get; init; }

    /// <summary>Where the first of them were, up to <see cref="SamplingOptions.MaxDivergenceRecords"/>.</summary>
    public IReadOnlyList<Divergence> Divergences { get; init; } = [];

    /// <summary>How often the density was evaluated, with its gradient or without, warm-up included. Of a mean of many terms: how many means of all terms that would be.</summary>
    public double Evaluations { get; init; }

    /// <summary>What the kernel itself tells of the chain, for example a <see cref="TemperingReport"/>; null for kernels that tell nothing more.</summary>
    public object? Report { get; init; }

    /// <summary>The time spent in warm-up.</summary>
    public TimeSpan WarmUpTime { get; init; }

    /// <summary>The time spent on the draws that are kept.</summary>
    public TimeSpan SamplingTime { get; init; }

    /// <summary>The parameters of one draw.</summary>
    /// <param name="index">The draw, from 0.</param>
    public ReadOnlySpan<double> Draw(int index) => _draws.AsSpan(index * ParameterCount, ParameterCount);

    /// <summary>The energies of all draws, for <see cref="Diagnostics.EnergyFractionOfMissingInformation"/>.</summary>
    public double[] Energies()
    {
        double[] energies = new double[_statistics.Length];
        for (int i = 0; i < energies.Length; i++)
            energies[i] = _statistics[i].Energy;
        return energies;
    }
}

/// <summary>Where a transition diverged, in unconstrained coordinates.</summary>
/// <param name="Draw">The draw, from 0.</param>
/// <param name="Start">Where the trajectory began. Many divergences that begin in one region show what the step size is too coarse for.</param>
/// <param name="End">Where the energy error was found too large.</param>
public sealed record Divergence(int Draw, IReadOnlyList<double> Start, IReadOnlyList<double> End);
