using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Bandit gradient descent at work, in the ball of radius R about the origin: each round one or two points are played, their losses are received, and the center moves. Choosing is a pure function of the state, whose direction in round t
/// comes from <c>Key.Fold(t)</c>; nothing allocates.
/// </summary>
public sealed class ConvexBanditState : IPersistent
{
    private readonly double _radius, _perturbation, _step;
    private readonly double[] _center, _direction;
    private RandomKey _key;
    private long _rounds;

    internal ConvexBanditState(int dimension, int points, double radius, double perturbation, double step, RandomKey key)
    {
        (Points, _radius, _perturbation, _step, _key) = (points, radius, perturbation, step, key);
        _center = new double[Require.Positive(dimension, nameof(dimension))];
        _direction = new double[dimension];
    }

    /// <summary>The dimension d.</summary>
    public int Dimension => _center.Length;

    /// <summary>The number of points that are played in a round, 1 or 2.</summary>
    public int Points { get; }

    /// <summary>The number of rounds whose losses were received.</summary>
    public long Rounds => _rounds;

    /// <summary>The center: the best guess so far, about which is played.</summary>
    public ReadOnlySpan<double> Center => _center;

    /// <summary>How far from the center is played, the paper's delta.</summary>
    public double Perturbation => _perturbation;

    /// <summary>Writes the points to be played next: center + delta u, and center - delta u where two are played, u being uniform on the unit sphere.</summary>
    /// <param name="points">Receives <see cref="Points"/> times <see cref="Dimension"/> numbers, point after point.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void Choose(Span<double> points)
    {
        Require.Length(points.Length, Points * Dimension, nameof(points));
        Draw();
        for (int i = 0; i < Dimension; i++)
        {
            points[i] = _center[i] + (_perturbation * _direction[i]);
            if (Points == 2)
                points[Dimension + i] = _center[i] - (_perturbation * _direction[i]);
        }
    }

    /// <summary>Learns from the losses of the points that <see cref="Choose"/> gave.</summary>
    /// <param name="losses">One finite loss for each point.</param>
    /// <exception cref="ArgumentException">There aren't as many losses as points; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A loss isn't finite; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> losses)
    {
        Require.Length(losses.Length, Points, nameof(losses));
        foreach (double loss in losses)
            Require.Finite(loss, nameof(losses));
        Draw();
        double slope = Points == 2 ? 0.5 * (losses[0] - losses[1]) : losses[0];
        double scale = -_step * Dimension / _perturbation * slope;
        for (int i = 0; i < Dimension; i++)
            _center[i] += scale * _direction[i];

        // Into the ball that leaves room for the perturbation.
        double norm = Reduce.Norm<double>(_center), limit = _radius - _perturbation;
        for (int i = 0; i < Dimension && norm > limit; i++)
            _center[i] *= limit / norm;
        _rounds++;
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        _key = key;
        _rounds = 0;
        Array.Clear(_center);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _rounds);
        archive.Transfer(_center.AsSpan());
    }

    private void Draw()
    {
        RandomStream stream = _key.Fold(_rounds).Stream();
        for (int i = 0; i < Dimension; i++)
            _direction[i] = stream.NextNormal();
        double norm = Reduce.Norm<double>(_direction);
        for (int i = 0; i < Dimension; i++)
            _direction[i] /= norm;
    }
}
