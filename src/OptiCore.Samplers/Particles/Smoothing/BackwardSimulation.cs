using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Forward filtering, backward simulation: draws of whole paths from p(x_0, ..., x_T | y_0, ..., y_T). A path's last state is a particle of the last step; going back, x_{t-1} is a particle drawn by w_j p(x_t | x^j_{t-1}).
/// <code>
/// ParticleFilterResult filtered = ParticleFilter.Run(new BootstrapFilter(), model, observations, new ParticleFilterOptions { Particles = 2000, History = true });
/// SmoothedPaths paths = new BackwardSimulation { Paths = 500 }.Run(model, filtered.History!, key);
/// </code>
/// </summary>
/// <remarks>
/// Unlike the genealogy of the filter, whose paths coincide after some steps back, the paths stay different. By rejection where the transition density has a bound: then about M candidates a step instead of M N densities.
/// S. J. Godsill, A. Doucet, M. West (2004), Monte Carlo smoothing for nonlinear time series; rejection by R. Douc, A. Garivier, E. Moulines, J. Olsson (2011), Sequential Monte Carlo smoothing for general state space hidden Markov models.
/// </remarks>
[Algorithm("Backward simulation (FFBSi)", "Particle smoothing", "Godsill, Doucet, West (2004), Monte Carlo smoothing for nonlinear time series", Capabilities = "rejection with an exact fallback")]
public sealed record BackwardSimulation
{
    /// <summary>The number M of paths. Default: 100.</summary>
    public int Paths { get; init => field = Require.Positive(value); } = 100;

    /// <summary>How many candidates a state gets before its particle is drawn from all N weights. 0 draws all in that way. Default: 50.</summary>
    public int MaxRounds { get; init => field = Require.NonNegative(value); } = 50;

    /// <summary>Draws paths.</summary>
    /// <param name="model">The model, with its transition density.</param>
    /// <param name="history">The particles of a filter.</param>
    /// <param name="key">The randomness.</param>
    /// <returns>The paths; Failed, with no path, when a state has transition density 0 from every particle.</returns>
    /// <exception cref="ArgumentException">The history has no step.</exception>
    public SmoothedPaths Run(ITransitionDensityModel model, ParticleHistory history, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(history);
        if (history.Count == 0)
            throw new ArgumentException("The history has no step.", nameof(history));
        int n = history.StateCount, steps = history.Count, m = Paths;
        var result = new SmoothedPaths(n, steps, m);
        var sampler = new BackwardSampler(model, MaxRounds);
        int[] indices = new int[m];

        // Independent draws of the last step; each path then follows its own states.
        Resampling.Draw(new MultinomialResampling(), history.Weights(steps - 1), key.Fold("last"), indices);
        for (int t = steps - 1; t >= 0; t--)
        {
            if (t < steps - 1 && !sampler.TryDraw(t + 1, history.States(t), history.Weights(t), result.States(t + 1), key.Fold(t), indices))
            {
                result.Fail(string.Create(CultureInfo.InvariantCulture, $"Step {t} failed: a state at step {t + 1} has density 0 from every particle."));
                return result;
            }

            for (int j = 0; j < n; j++)
            {
                ReadOnlySpan<double> source = history.States(t)[j];
                Span<double> row = result.Writable(t)[j];
                for (int i = 0; i < m; i++)
                    row[i] = source[indices[i]];
            }
        }

        return result;
    }
}

/// <summary>Equally weighted draws of whole paths given all observations.</summary>
public sealed class SmoothedPaths
{
    private readonly double[] _states;

    internal SmoothedPaths(int n, int steps, int paths)
    {
        (StateCount, Steps, Paths) = (n, steps, paths);
        _states = new double[n * steps * paths];
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number T of steps.</summary>
    public int Steps { get; }

    /// <summary>The number M of paths.</summary>
    public int Paths { get; }

    /// <summary>Completed or Failed.</summary>
    public RunStatus Status { get; private set; } = RunStatus.Completed;

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; private set; } = "All paths were drawn.";

    /// <summary>The states x_t of all paths: path i is particle i of every step.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlyParticleBlock States(int step) => Writable(step);

    /// <summary>Writes the mean of x_t over the paths.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="mean">Receives n elements.</param>
    public void Mean(int step, Span<double> mean)
    {
        for (int j = 0; j < StateCount; j++)
            mean[j] = Numerics.Reduce.Mean(States(step)[j]);
    }

    /// <summary>Writes the variance of x_t over the paths.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="variance">Receives n elements.</param>
    public void Variance(int step, Span<double> variance)
    {
        for (int j = 0; j < StateCount; j++)
            variance[j] = Numerics.Reduce.Variance(States(step)[j]);
    }

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">A step failed; the message says which.</exception>
    public SmoothedPaths EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    internal ParticleBlock Writable(int step) => new(_states.AsSpan(step * StateCount * Paths, StateCount * Paths), StateCount, Paths, Paths);

    internal void Fail(string message) => (Status, Message) = (RunStatus.Failed, message);
}
