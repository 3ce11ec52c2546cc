using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A configured way to draw a point of the prior where the likelihood exceeds a threshold: an immutable, validated record.</summary>
public interface INestedProposal
{
    /// <summary>Allocates what a run needs.</summary>
    /// <param name="dimension">The number n of coordinates.</param>
    NestedProposalState Start(int dimension);
}

/// <summary>A running proposal.</summary>
public abstract class NestedProposalState : IPersistent
{
    /// <summary>Draws a point of the unit cube uniformly among those above the threshold.</summary>
    /// <param name="live">The live points, all of them above the threshold.</param>
    /// <param name="region">Evaluates points and knows the threshold.</param>
    /// <param name="key">The randomness of this draw.</param>
    /// <param name="point">Receives the point, n elements of [0, 1).</param>
    /// <returns>False when none was found.</returns>
    public abstract bool TryDraw(LivePoints live, NestedRegion region, RandomKey key, Span<double> point);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>The live points of a run, in the unit cube.</summary>
public sealed class LivePoints
{
    internal LivePoints(int size, int dimension) => (Dimension, Cube, LogLikelihoods, Labels) = (dimension, new double[size * dimension], new double[size], new double[size]);

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number N of points.</summary>
    public int Count => LogLikelihoods.Length;

    /// <summary>The logarithm of the prior volume that the points stand for.</summary>
    public double LogVolume { get; internal set; }

    internal double[] Cube { get; }

    internal double[] LogLikelihoods { get; }

    /// <summary>Uniform numbers that put points of equal likelihood in an order.</summary>
    internal double[] Labels { get; }

    /// <summary>A point, n elements of [0, 1).</summary>
    /// <param name="index">The index.</param>
    public ReadOnlySpan<double> Point(int index) => Cube.AsSpan(index * Dimension, Dimension);
}

/// <summary>The part of the unit cube above the threshold. Points of exactly the threshold's likelihood are ordered by uniform labels, so that plateaus are explored rightly.</summary>
/// <remarks>Labels: J. Skilling (2006), Nested sampling for general Bayesian computation, section 3.</remarks>
public sealed class NestedRegion
{
    private readonly INestedProblem _problem;
    private readonly double[] _x;
    private double _threshold, _thresholdLabel;

    internal NestedRegion(INestedProblem problem) => (_problem, _x) = (problem, new double[problem.Dimension]);

    /// <summary>How often the likelihood was evaluated.</summary>
    public long Evaluations { get; internal set; }

    internal double LastLogLikelihood { get; private set; }

    internal double LastLabel { get; private set; }

    internal ReadOnlySpan<double> LastParameters => _x;

    /// <summary>Evaluates a point of the unit cube.</summary>
    /// <param name="point">The point.</param>
    /// <param name="label">A uniform number of its own.</param>
    /// <returns>True when it lies in the cube and above the threshold. The last point for which this was true becomes the new live point.</returns>
    public bool Contains(ReadOnlySpan<double> point, double label)
    {
        foreach (double u in point)
        {
            if (!(u >= 0 && u < 1))
                return false;
        }

        double value = Evaluate(point);
        if (!(value > _threshold || (value == _threshold && label > _thresholdLabel)))
            return false;
        (LastLogLikelihood, LastLabel) = (value, label);
        return true;
    }

    internal void Raise(double threshold, double label) => (_threshold, _thresholdLabel) = (threshold, label);

    internal double Evaluate(ReadOnlySpan<double> point)
    {
        Evaluations++;
        _problem.Transform(point, _x);
        double value = _problem.LogLikelihood(_x);
        return double.IsNaN(value) ? double.NegativeInfinity : value;
    }

    internal void Transform(ReadOnlySpan<double> point) => _problem.Transform(point, _x);
}
