namespace OptiCore.Samplers;

/// <summary>All particles of a run with their weights and ancestors: what smoothing needs.</summary>
public sealed class ParticleHistory
{
    private readonly List<double[]> _states = [], _weights = [];
    private readonly List<int[]> _ancestors = [];

    internal ParticleHistory(int stateCount, int size) => (StateCount, Size) = (stateCount, size);

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number N of particles.</summary>
    public int Size { get; }

    /// <summary>The number T of steps.</summary>
    public int Count => _states.Count;

    /// <summary>The particles x_t.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlyParticleBlock States(int step) => new(_states[step], StateCount, Size, Size);

    /// <summary>The weights of the particles x_t, not normalised.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Weights(int step) => _weights[step];

    /// <summary>For each particle x_t the index of the particle x_{t-1} that it comes of; its own index at t = 0.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<int> Ancestors(int step) => _ancestors[step];

    /// <summary>Writes the path x_0, ..., x_t that led to a particle.</summary>
    /// <param name="step">The step t at which it ends.</param>
    /// <param name="particle">The particle.</param>
    /// <param name="path">Receives (t + 1) n elements, state by state.</param>
    public void Trace(int step, int particle, Span<double> path)
    {
        Require.Length(path.Length, (step + 1) * StateCount, nameof(path));
        for (int t = step; t >= 0; t--)
        {
            States(t).Read(particle, path.Slice(t * StateCount, StateCount));
            particle = _ancestors[t][particle];
        }
    }

    internal void Add(ReadOnlyParticleBlock states, ReadOnlySpan<double> weights, ReadOnlySpan<int> ancestors)
    {
        double[] copy = new double[StateCount * Size];
        for (int j = 0; j < StateCount; j++)
            states[j].CopyTo(copy.AsSpan(j * Size));
        int[] indices = ancestors.ToArray();
        for (int i = 0; _states.Count == 0 && i < indices.Length; i++)
            indices[i] = i;
        _states.Add(copy);
        _weights.Add(weights.ToArray());
        _ancestors.Add(indices);
    }
}
