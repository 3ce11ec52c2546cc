using System.Numerics;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>Which published equations of motion an acrobot follows.</summary>
public enum AcrobotEquations
{
    /// <summary>Those of the book of Sutton and Barto, with the centrifugal term of the first link.</summary>
    Book,

    /// <summary>Those that the paper of Sutton (1996) prints, without that term.</summary>
    Paper,
}

/// <summary>
/// The arms of <see cref="Acrobot"/>: unit masses, lengths and moments of inertia, centres of mass in the middle of the links; one classic Runge-Kutta step of 0.2 s for a chunk of
/// environments at a time. The sines and cosines of a stage are taken of all of them at once.
/// </summary>
internal sealed class AcrobotDynamics(int count) : IPersistent
{
    public const double MaxVelocity1 = 4 * Math.PI;
    public const double MaxVelocity2 = 9 * Math.PI;

    private const double TimeStep = 0.2;
    private const double Gravity = 9.8;
    private const double C = 0.5;

    // Beyond, subtracting 2 pi once a turn would take long, and for ever from where that no longer changes the number.
    private const double ManyTurns = 1000;

    private readonly double[] _angle1 = LaneArrays.Create(count);
    private readonly double[] _angle2 = LaneArrays.Create(count);
    private readonly double[] _velocity1 = LaneArrays.Create(count);
    private readonly double[] _velocity2 = LaneArrays.Create(count);
    private readonly double[] _torques = LaneArrays.Create(count);

    // Of a chunk: the state of a stage, the sums of derivatives, and the angles of a stage, of which the sines and cosines are taken in place.
    private readonly double[] _stageAngle1 = LaneArrays.CreateScratch(count);
    private readonly double[] _stageAngle2 = LaneArrays.CreateScratch(count);
    private readonly double[] _stageVelocity1 = LaneArrays.CreateScratch(count);
    private readonly double[] _stageVelocity2 = LaneArrays.CreateScratch(count);
    private readonly double[] _sumAngle1 = LaneArrays.CreateScratch(count);
    private readonly double[] _sumAngle2 = LaneArrays.CreateScratch(count);
    private readonly double[] _sumVelocity1 = LaneArrays.CreateScratch(count);
    private readonly double[] _sumVelocity2 = LaneArrays.CreateScratch(count);
    private readonly double[] _sine2 = LaneArrays.CreateScratch(count);
    private readonly double[] _cosine2 = LaneArrays.CreateScratch(count);
    private readonly double[] _gravity1 = LaneArrays.CreateScratch(count);
    private readonly double[] _gravity2 = LaneArrays.CreateScratch(count);

    public Span<double> Torques => _torques.AsSpan(0, count);

    public AcrobotState this[int index]
    {
        get => new(_angle1.AsSpan(0, count)[index], _angle2[index], _velocity1[index], _velocity2[index]);
        set
        {
            _angle1.AsSpan(0, count)[index] = value.Angle1;
            _angle2[index] = value.Angle2;
            _velocity1[index] = value.Velocity1;
            _velocity2[index] = value.Velocity2;
        }
    }

    /// <summary>One step of the chunk that begins at an environment.</summary>
    public void Advance(int first, AcrobotEquations equations)
    {
        var chunk = new Chunk(this, first);
        for (int k = 0; k < chunk.Angle1.Length; k++)
        {
            chunk.StageAngle1[k] = chunk.Angle1[k];
            chunk.StageAngle2[k] = chunk.Angle2[k];
            chunk.StageVelocity1[k] = chunk.Velocity1[k];
            chunk.StageVelocity2[k] = chunk.Velocity2[k];
            chunk.SumAngle1[k] = chunk.SumAngle2[k] = chunk.SumVelocity1[k] = chunk.SumVelocity2[k] = Vector<double>.Zero;
        }

        Stage(chunk, equations, 1, TimeStep / 2);
        Stage(chunk, equations, 2, TimeStep / 2);
        Stage(chunk, equations, 2, TimeStep);
        Stage(chunk, equations, 1, 0);
        var sixth = new Vector<double>(TimeStep / 6);
        for (int k = 0; k < chunk.Angle1.Length; k++)
        {
            chunk.Angle1[k] = Wrap(chunk.Angle1[k] + (sixth * chunk.SumAngle1[k]));
            chunk.Angle2[k] = Wrap(chunk.Angle2[k] + (sixth * chunk.SumAngle2[k]));
            chunk.Velocity1[k] = LaneArrays.Clamp(chunk.Velocity1[k] + (sixth * chunk.SumVelocity1[k]), new Vector<double>(-MaxVelocity1), new Vector<double>(MaxVelocity1));
            chunk.Velocity2[k] = LaneArrays.Clamp(chunk.Velocity2[k] + (sixth * chunk.SumVelocity2[k]), new Vector<double>(-MaxVelocity2), new Vector<double>(MaxVelocity2));
        }
    }

    /// <summary>Observations of the chunk that begins at an environment, and where its tips are high enough.</summary>
    public void Observe(int first, Span<float> observations, Span<bool> terminated)
    {
        // The arrays of the sums are free between steps.
        Span<double> angles1 = LaneArrays.ChunkOf(_angle1, first), angles2 = LaneArrays.ChunkOf(_angle2, first);
        Span<double> sines1 = _sumAngle1.AsSpan(0, angles1.Length), cosines1 = _sumAngle2.AsSpan(0, angles1.Length);
        Span<double> sines2 = _sine2.AsSpan(0, angles1.Length), cosines2 = _cosine2.AsSpan(0, angles1.Length), tips = _gravity1.AsSpan(0, angles1.Length);
        for (int i = 0; i < tips.Length; i++)
            tips[i] = angles2[i] + angles1[i];
        VectorMath.SinCos<double>(angles1, sines1, cosines1);
        VectorMath.SinCos<double>(angles2, sines2, cosines2);
        VectorMath.Cos<double>(tips, tips);
        for (int i = 0; i < terminated.Length; i++)
        {
            Write(observations.Slice(6 * i, 6), sines1[i], cosines1[i], sines2[i], cosines2[i], first + i);
            terminated[i] = -cosines1[i] - tips[i] > 1;
        }
    }

    /// <summary>The observation of one environment.</summary>
    public void Observe(int index, Span<float> observation)
    {
        Span<double> angles = [_angle1[index], _angle2[index]], sines = [0, 0], cosines = [0, 0];
        VectorMath.SinCos<double>(angles, sines, cosines);
        Write(observation, sines[0], cosines[0], sines[1], cosines[1], index);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_angle1);
        archive.Transfer<double>(_angle2);
        archive.Transfer<double>(_velocity1);
        archive.Transfer<double>(_velocity2);
    }

    private void Write(Span<float> observation, double sine1, double cosine1, double sine2, double cosine2, int index)
    {
        observation[0] = (float)cosine1;
        observation[1] = (float)sine1;
        observation[2] = (float)cosine2;
        observation[3] = (float)sine2;
        observation[4] = (float)_velocity1[index];
        observation[5] = (float)_velocity2[index];
    }

    /// <summary>The derivative at the stage's state: added to the sums with a weight, and followed from the step's start to the next stage.</summary>
    private void Stage(in Chunk chunk, AcrobotEquations equations, double weight, double length)
    {
        var half = new Vector<double>(Math.PI / 2);
        for (int k = 0; k < chunk.Angle1.Length; k++)
        {
            chunk.Gravity1[k] = chunk.StageAngle1[k] - half;
            chunk.Gravity2[k] = chunk.StageAngle1[k] + chunk.StageAngle2[k] - half;
        }

        int count = chunk.Angle1.Length * Vector<double>.Count;
        VectorMath.SinCos<double>(_stageAngle2.AsSpan(0, count), _sine2.AsSpan(0, count), _cosine2.AsSpan(0, count));
        VectorMath.Cos<double>(_gravity1.AsSpan(0, count), _gravity1.AsSpan(0, count));
        VectorMath.Cos<double>(_gravity2.AsSpan(0, count), _gravity2.AsSpan(0, count));
        var centrifugal = new Vector<double>(equations == AcrobotEquations.Book ? C : 0);
        Vector<double> weights = new(weight), lengths = new(length);
        for (int k = 0; k < chunk.Angle1.Length; k++)
        {
            Vector<double> velocity1 = chunk.StageVelocity1[k], velocity2 = chunk.StageVelocity2[k], sine2 = chunk.Sine2[k], cosine2 = chunk.Cosine2[k];
            Vector<double> d1 = new Vector<double>(C * C) + (new Vector<double>(1 + (C * C)) + (new Vector<double>(2 * C) * cosine2)) + new Vector<double>(2);
            Vector<double> d2 = new Vector<double>(C * C) + (new Vector<double>(C) * cosine2) + Vector<double>.One;
            Vector<double> phi2 = new Vector<double>(C * Gravity) * chunk.Gravity2[k];
            Vector<double> phi1 = (new Vector<double>(-C) * (velocity2 * velocity2) * sine2) - (new Vector<double>(2 * C) * velocity2 * velocity1 * sine2)
                + (new Vector<double>((C + 1) * Gravity) * chunk.Gravity1[k]) + phi2;
            Vector<double> acceleration2 = (chunk.Torque[k] + (d2 / d1 * phi1) - (centrifugal * (velocity1 * velocity1) * sine2) - phi2)
                / (new Vector<double>((C * C) + 1) - (d2 * d2 / d1));
            Vector<double> acceleration1 = -((d2 * acceleration2) + phi1) / d1;
            chunk.SumAngle1[k] += weights * velocity1;
            chunk.SumAngle2[k] += weights * velocity2;
            chunk.SumVelocity1[k] += weights * acceleration1;
            chunk.SumVelocity2[k] += weights * acceleration2;
            chunk.StageAngle1[k] = chunk.Angle1[k] + (lengths * velocity1);
            chunk.StageAngle2[k] = chunk.Angle2[k] + (lengths * velocity2);
            chunk.StageVelocity1[k] = chunk.Velocity1[k] + (lengths * acceleration1);
            chunk.StageVelocity2[k] = chunk.Velocity2[k] + (lengths * acceleration2);
        }
    }

    /// <summary>Whole turns are taken off one by one, as Gymnasium does, until the angle lies in [-pi, pi].</summary>
    private static Vector<double> Wrap(Vector<double> angle)
    {
        Vector<double> pi = new(Math.PI), turn = new(2 * Math.PI);
        if (!Vector.LessThanOrEqualAll(Vector.Abs(angle), new Vector<double>(ManyTurns)))
            angle = TakeOffManyTurns(angle);
        while (Vector.GreaterThanAny(angle, pi))
            angle = Vector.ConditionalSelect(Vector.GreaterThan(angle, pi), angle - turn, angle);
        while (Vector.LessThanAny(angle, -pi))
            angle = Vector.ConditionalSelect(Vector.LessThan(angle, -pi), angle + turn, angle);
        return angle;
    }

    /// <summary>States that were set by hand may lead far away; infinities become NaN.</summary>
    private static Vector<double> TakeOffManyTurns(Vector<double> angle)
    {
        for (int lane = 0; lane < Vector<double>.Count; lane++)
        {
            if (!(Math.Abs(angle[lane]) <= ManyTurns))
                angle = angle.WithElement(lane, Math.IEEERemainder(angle[lane], 2 * Math.PI));
        }

        return angle;
    }

    /// <summary>The vectors of a chunk; those of intermediate results may be longer than those of its environments.</summary>
    private readonly ref struct Chunk
    {
        public readonly Span<Vector<double>> Angle1, Angle2, Velocity1, Velocity2, Torque;
        public readonly Span<Vector<double>> StageAngle1, StageAngle2, StageVelocity1, StageVelocity2;
        public readonly Span<Vector<double>> SumAngle1, SumAngle2, SumVelocity1, SumVelocity2;
        public readonly Span<Vector<double>> Sine2, Cosine2, Gravity1, Gravity2;

        public Chunk(AcrobotDynamics arms, int first)
        {
            Angle1 = LaneArrays.Vectors(LaneArrays.ChunkOf(arms._angle1, first));
            Angle2 = LaneArrays.Vectors(LaneArrays.ChunkOf(arms._angle2, first));
            Velocity1 = LaneArrays.Vectors(LaneArrays.ChunkOf(arms._velocity1, first));
            Velocity2 = LaneArrays.Vectors(LaneArrays.ChunkOf(arms._velocity2, first));
            Torque = LaneArrays.Vectors(LaneArrays.ChunkOf(arms._torques, first));
            StageAngle1 = LaneArrays.Vectors(arms._stageAngle1);
            StageAngle2 = LaneArrays.Vectors(arms._stageAngle2);
            StageVelocity1 = LaneArrays.Vectors(arms._stageVelocity1);
            StageVelocity2 = LaneArrays.Vectors(arms._stageVelocity2);
            SumAngle1 = LaneArrays.Vectors(arms._sumAngle1);
            SumAngle2 = LaneArrays.Vectors(arms._sumAngle2);
            SumVelocity1 = LaneArrays.Vectors(arms._sumVelocity1);
            SumVelocity2 = LaneArrays.Vectors(arms._sumVelocity2);
            Sine2 = LaneArrays.Vectors(arms._sine2);
            Cosine2 = LaneArrays.Vectors(arms._cosine2);
            Gravity1 = LaneArrays.Vectors(arms._gravity1);
            Gravity2 = LaneArrays.Vectors(arms._gravity2);
        }
    }
}
