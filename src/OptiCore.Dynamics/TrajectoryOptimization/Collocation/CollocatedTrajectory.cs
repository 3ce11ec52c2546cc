using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>A trajectory of <see cref="DirectCollocation"/>: nodes, the interpolant between them, and what is known of its error.</summary>
public sealed class CollocatedTrajectory
{
    // Gauss-Legendre of 5 points on [0, 1].
    private static readonly double[] Nodes = [0.046910077030668004, 0.23076534494715845, 0.5, 0.76923465505284155, 0.953089922969332];
    private static readonly double[] Weights = [0.11846344252809454, 0.23931433524968324, 0.28444444444444444, 0.23931433524968324, 0.11846344252809454];

    private readonly CollocationScheme _scheme;
    private readonly int _n, _m, _segments, _perSegment;
    private readonly double[] _x, _u, _f, _errors;

    internal CollocatedTrajectory(OptimalControlProblem problem, CollocationProgram program, int segments, SolverResult<double> result)
    {
        (Problem, _scheme, _segments, Result) = (problem, program.Scheme, segments, result);
        (_n, _m) = (problem.System.StateCount, problem.System.ControlCount);
        _perSegment = _scheme == CollocationScheme.Trapezoidal ? 1 : 2;
        Duration = program.DurationOf(result.Point);
        int count = program.NodeCount;
        (_x, _u, _f, _errors, Times) = (new double[count * _n], new double[count * _m], program.Derivatives(result.Point).ToArray(), new double[segments * _n], new double[count]);
        for (int i = 0; i < count; i++)
        {
            Times[i] = Duration * i / (count - 1);
            program.StateOf(result.Point, i).CopyTo(_x.AsSpan(i * _n));
            program.ControlOf(result.Point, i).CopyTo(_u.AsSpan(i * _m));
        }

        Estimate();
    }

    /// <summary>The problem.</summary>
    public OptimalControlProblem Problem { get; }

    /// <summary>The optimizer's result: status, multipliers, counts. Its point is the vector of variables.</summary>
    public SolverResult<double> Result { get; }

    /// <summary>The outcome in one word.</summary>
    public SolverStatus Status => Result.Status;

    /// <summary>The cost.</summary>
    public double Cost => Result.Value;

    /// <summary>The duration T.</summary>
    public double Duration { get; }

    /// <summary>The times of the nodes, midpoints of Hermite-Simpson included.</summary>
    public double[] Times { get; }

    /// <summary>The states at the nodes, row-major.</summary>
    public ReadOnlySpan<double> States => _x;

    /// <summary>The controls at the nodes, row-major.</summary>
    public ReadOnlySpan<double> Controls => _u;

    /// <summary>The integral of |x' - f| over each segment for each state variable, row-major; an estimate of the error of the transcription there.</summary>
    public ReadOnlySpan<double> SegmentErrors => _errors;

    /// <summary>The largest of <see cref="SegmentErrors"/>.</summary>
    public double LargestError { get; private set; }

    /// <summary>Writes the state at a time of [0, T]; outside, that of the nearer end.</summary>
    /// <param name="t">The time.</param>
    /// <param name="x">Receives the state, n elements.</param>
    public void StateAt(double t, Span<double> x)
    {
        Require.Length(x.Length, _n, nameof(x));
        (int segment, double s) = Place(t);
        Interpolate(segment, s, x, default);
    }

    /// <summary>Writes the control at a time of [0, T]; outside, that of the nearer end. Within the bounds of controls at nodes, not necessarily between them.</summary>
    /// <param name="t">The time.</param>
    /// <param name="u">Receives the control, m elements.</param>
    public void ControlAt(double t, Span<double> u)
    {
        Require.Length(u.Length, _m, nameof(u));
        (int segment, double s) = Place(t);
        int first = segment * _perSegment * _m;
        for (int j = 0; j < _m; j++)
        {
            double a = _u[first + j], b = _u[first + (_perSegment * _m) + j];
            u[j] = _scheme == CollocationScheme.Trapezoidal
                ? a + (s * (b - a))
                : (2 * (s - 0.5) * (s - 1) * a) - (4 * s * (s - 1) * _u[first + _m + j]) + (2 * s * (s - 0.5) * b);
        }
    }

    /// <summary>The controls as a law that looks at the time only.</summary>
    public ControlLaw ToLaw() => (t, _, u) => ControlAt(t, u);

    /// <summary>This trajectory if the optimizer converged.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public CollocatedTrajectory EnsureConverged()
    {
        Result.EnsureConverged();
        return this;
    }

    /// <summary>Status, cost, duration and error in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status}: cost {Cost:g6} in {Duration:g6} after {Result.Iterations} iterations, largest error of a segment {LargestError:g3}. {Result.Message}");

    private (int Segment, double Fraction) Place(double t)
    {
        double place = Math.Clamp(t / Duration, 0, 1) * _segments;
        int segment = Math.Min((int)place, _segments - 1);
        return (segment, place - segment);
    }

    /// <summary>The state and its slope at a fraction of a segment; both schemes integrate an interpolant of the derivatives at nodes.</summary>
    private void Interpolate(int segment, double s, Span<double> x, Span<double> slope)
    {
        double h = Duration / _segments;
        int first = segment * _perSegment * _n;
        for (int i = 0; i < _n; i++)
        {
            double fa = _f[first + i], fb = _f[first + (_perSegment * _n) + i];
            if (_scheme == CollocationScheme.Trapezoidal)
            {
                x[i] = _x[first + i] + (h * s * (fa + (0.5 * s * (fb - fa))));
                if (!slope.IsEmpty)
                    slope[i] = fa + (s * (fb - fa));
                continue;
            }

            double fc = _f[first + _n + i], linear = (-3 * fa) + (4 * fc) - fb, square = (2 * fa) - (4 * fc) + (2 * fb);
            x[i] = _x[first + i] + (h * s * (fa + (s * ((linear / 2) + (s * square / 3)))));
            if (!slope.IsEmpty)
                slope[i] = fa + (s * (linear + (s * square)));
        }
    }

    private void Estimate()
    {
        double[] x = new double[_n], u = new double[_m], slope = new double[_n], f = new double[_n];
        double h = Duration / _segments;
        for (int segment = 0; segment < _segments; segment++)
        {
            for (int k = 0; k < Nodes.Length; k++)
            {
                double t = (segment + Nodes[k]) * h;
                Interpolate(segment, Nodes[k], x, slope);
                ControlAt(t, u);
                Problem.System.Derivative(t, x, u, f);
                for (int i = 0; i < _n; i++)
                    _errors[(segment * _n) + i] += h * Weights[k] * Math.Abs(slope[i] - f[i]);
            }
        }

        foreach (double error in _errors)
            LargestError = Math.Max(LargestError, error);
    }
}
