namespace OptiCore.Samplers;

/// <summary>A configured Markov move that leaves p_0 L^lambda invariant: an immutable, validated record.</summary>
/// <typeparam name="TTarget">What the move needs of a target.</typeparam>
public interface ITemperedMove<in TTarget> where TTarget : ITemperedTarget
{
    /// <summary>The scale before any stage told how it does.</summary>
    /// <param name="dimension">The number n of coordinates.</param>
    double InitialScale(int dimension);

    /// <summary>The acceptance rate that the scale is tuned to.</summary>
    double TargetAcceptance { get; }

    /// <summary>Allocates what one worker needs.</summary>
    /// <param name="target">The target.</param>
    TemperedMover Start(TTarget target);
}

/// <summary>The working part of a move, used for one particle at a time. It keeps nothing between particles.</summary>
public abstract class TemperedMover
{
    /// <summary>Takes the law of the stage and the spread of the particles.</summary>
    /// <param name="exponent">The exponent lambda.</param>
    /// <param name="scale">The scale, which the sampler tunes from stage to stage.</param>
    /// <param name="root">A lower triangular root of the particles' covariance, n x n.</param>
    public abstract void Prepare(double exponent, double scale, ReadOnlySpan<double> root);

    /// <summary>Moves a particle once.</summary>
    /// <param name="particle">The point and its log densities; replaced where the move is accepted.</param>
    /// <param name="key">The randomness.</param>
    /// <returns>The acceptance probability.</returns>
    public abstract double Move(TemperedParticle particle, RandomKey key);
}

/// <summary>A particle in the sampler's memory.</summary>
/// <param name="point">The point, n elements.</param>
/// <param name="logReference">The cell of log p_0.</param>
/// <param name="logFactor">The cell of log L.</param>
public readonly ref struct TemperedParticle(Span<double> point, ref double logReference, ref double logFactor)
{
    private readonly ref double _logReference = ref logReference;
    private readonly ref double _logFactor = ref logFactor;

    /// <summary>The point, n elements.</summary>
    public Span<double> Point { get; } = point;

    /// <summary>log p_0 at the point.</summary>
    public double LogReference => _logReference;

    /// <summary>log L at the point.</summary>
    public double LogFactor => _logFactor;

    /// <summary>Replaces the particle.</summary>
    /// <param name="point">The new point.</param>
    /// <param name="logReference">log p_0 there.</param>
    /// <param name="logFactor">log L there.</param>
    public void Replace(ReadOnlySpan<double> point, double logReference, double logFactor)
    {
        point.CopyTo(Point);
        (_logReference, _logFactor) = (logReference, logFactor);
    }
}
