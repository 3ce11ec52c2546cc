namespace OptiCore.Samplers;

/// <summary>
/// Some particles, one span for each coordinate of the state (structure of arrays), so that a model works on many particles by vector operations.
/// </summary>
public readonly ref struct ParticleBlock
{
    private readonly Span<double> _values;
    private readonly int _stride;

    /// <summary>A block of particles whose coordinate j of particle i is <c>values[j * stride + i]</c>.</summary>
    /// <param name="values">The coordinates.</param>
    /// <param name="dimension">The number n of coordinates.</param>
    /// <param name="stride">The distance between coordinates.</param>
    /// <param name="count">The number of particles.</param>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public ParticleBlock(Span<double> values, int dimension, int stride, int count)
    {
        Require.NonNegative(count);
        if (stride < count || (dimension > 0 && values.Length < ((long)(dimension - 1) * stride) + count))
            throw new ArgumentException($"{dimension} coordinates of {count} particles at a distance of {stride} don't fit into {values.Length} elements.", nameof(values));
        _values = values;
        (_stride, Dimension, Count) = (stride, dimension, count);
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number of particles.</summary>
    public int Count { get; }

    /// <summary>One coordinate of all particles.</summary>
    /// <param name="coordinate">The coordinate, from 0.</param>
    public Span<double> this[int coordinate] => _values.Slice(coordinate * _stride, Count);

    /// <summary>Some of the particles.</summary>
    /// <param name="first">The first particle.</param>
    /// <param name="count">Their number.</param>
    public ParticleBlock Slice(int first, int count) => new(_values[first..], Dimension, _stride, count);

    /// <summary>Copies one particle into a vector.</summary>
    /// <param name="particle">The particle.</param>
    /// <param name="x">Receives n elements.</param>
    public void Read(int particle, Span<double> x)
    {
        for (int j = 0; j < x.Length; j++)
            x[j] = _values[(j * _stride) + particle];
    }

    /// <summary>Copies a vector into one particle.</summary>
    /// <param name="particle">The particle.</param>
    /// <param name="x">The coordinates, n elements.</param>
    public void Write(int particle, ReadOnlySpan<double> x)
    {
        for (int j = 0; j < x.Length; j++)
            _values[(j * _stride) + particle] = x[j];
    }

    /// <summary>The same block, to read only.</summary>
    /// <param name="block">The block.</param>
    public static implicit operator ReadOnlyParticleBlock(ParticleBlock block) => new(block._values, block.Dimension, block._stride, block.Count);
}

/// <summary>Some particles that are only read; see <see cref="ParticleBlock"/>.</summary>
public readonly ref struct ReadOnlyParticleBlock
{
    private readonly ReadOnlySpan<double> _values;
    private readonly int _stride;

    /// <summary>A block of particles whose coordinate j of particle i is <c>values[j * stride + i]</c>.</summary>
    /// <param name="values">The coordinates.</param>
    /// <param name="dimension">The number n of coordinates.</param>
    /// <param name="stride">The distance between coordinates.</param>
    /// <param name="count">The number of particles.</param>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    public ReadOnlyParticleBlock(ReadOnlySpan<double> values, int dimension, int stride, int count)
    {
        Require.NonNegative(count);
        if (stride < count || (dimension > 0 && values.Length < ((long)(dimension - 1) * stride) + count))
            throw new ArgumentException($"{dimension} coordinates of {count} particles at a distance of {stride} don't fit into {values.Length} elements.", nameof(values));
        _values = values;
        (_stride, Dimension, Count) = (stride, dimension, count);
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number of particles.</summary>
    public int Count { get; }

    /// <summary>One coordinate of all particles.</summary>
    /// <param name="coordinate">The coordinate, from 0.</param>
    public ReadOnlySpan<double> this[int coordinate] => _values.Slice(coordinate * _stride, Count);

    /// <summary>Some of the particles.</summary>
    /// <param name="first">The first particle.</param>
    /// <param name="count">Their number.</param>
    public ReadOnlyParticleBlock Slice(int first, int count) => new(_values[first..], Dimension, _stride, count);

    /// <summary>Copies one particle into a vector.</summary>
    /// <param name="particle">The particle.</param>
    /// <param name="x">Receives n elements.</param>
    public void Read(int particle, Span<double> x)
    {
        for (int j = 0; j < x.Length; j++)
            x[j] = _values[(j * _stride) + particle];
    }
}
