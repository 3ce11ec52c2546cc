using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// The cars of both mountain car tasks: velocity += push - 0.0025 cos(3 position), within 0.07; position += velocity, within [-1.2, 0.6], where the left wall stops the car.
/// </summary>
internal sealed class MountainCarDynamics(int count) : IPersistent
{
    public const double MinPosition = -1.2;
    public const double MaxPosition = 0.6;
    public const double MaxSpeed = 0.07;

    private const double Gravity = 0.0025;

    private readonly double[] _positions = LaneArrays.Create(count);
    private readonly double[] _velocities = LaneArrays.Create(count);
    private readonly double[] _pushes = LaneArrays.Create(count);
    private readonly double[] _slopes = LaneArrays.CreateScratch(count);

    public Span<double> Positions => _positions.AsSpan(0, count);

    public Span<double> Velocities => _velocities.AsSpan(0, count);

    /// <summary>What the engines add to the velocities in the next step.</summary>
    public Span<double> Pushes => _pushes.AsSpan(0, count);

    /// <summary>One step everywhere.</summary>
    public void Advance()
    {
        for (int first = 0; first < _positions.Length; first += LaneArrays.Chunk)
        {
            Span<double> positions = LaneArrays.ChunkOf(_positions, first);
            Span<double> slopes = _slopes.AsSpan(0, positions.Length);
            Span<Vector<double>> x = LaneArrays.Vectors(positions);
            Span<Vector<double>> v = LaneArrays.Vectors(LaneArrays.ChunkOf(_velocities, first))[..x.Length];
            Span<Vector<double>> push = LaneArrays.Vectors(LaneArrays.ChunkOf(_pushes, first))[..x.Length];
            Span<Vector<double>> slope = LaneArrays.Vectors(slopes)[..x.Length];
            for (int k = 0; k < x.Length; k++)
                slope[k] = new Vector<double>(3) * x[k];
            VectorMath.Cos<double>(slopes, slopes);
            for (int k = 0; k < x.Length; k++)
                Move(ref x[k], ref v[k], push[k], slope[k]);
        }
    }

    /// <summary>An episode begins at rest, uniformly in (-0.6, -0.4).</summary>
    public void Begin(int index, RandomKey key)
    {
        (double uniform, _) = Draw.Pair(key, 0);
        _positions[index] = -0.6 + (0.2 * uniform);
        _velocities[index] = 0;
    }

    public void Observe(int index, Span<float> observation)
    {
        observation[0] = (float)_positions[index];
        observation[1] = (float)_velocities[index];
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_positions);
        archive.Transfer<double>(_velocities);
    }

    private static void Move(ref Vector<double> x, ref Vector<double> v, Vector<double> push, Vector<double> cosine)
    {
        Vector<double> velocity = LaneArrays.Clamp(v + (push + (cosine * new Vector<double>(-Gravity))), new Vector<double>(-MaxSpeed), new Vector<double>(MaxSpeed));
        x = LaneArrays.Clamp(x + velocity, new Vector<double>(MinPosition), new Vector<double>(MaxPosition));
        Vector<long> stopped = Vector.Equals(x, new Vector<double>(MinPosition)) & Vector.LessThan(velocity, Vector<double>.Zero);
        v = Vector.ConditionalSelect(stopped, Vector<double>.Zero, velocity);
    }
}
