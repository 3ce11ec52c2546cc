namespace OptiCore.Samplers;

/// <summary>How far a covariance that an ensemble shows is believed: 1 for near things, 0 for those so far apart that what the ensemble shows of them is chance.</summary>
public interface ILocalization
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number p of observed numbers.</summary>
    int ObservationCount { get; }

    /// <summary>The weight of [0, 1] between a state variable and an observed number.</summary>
    /// <param name="state">The index of the state variable.</param>
    /// <param name="observation">The index of the observed number.</param>
    double OfState(int state, int observation);

    /// <summary>The weight of [0, 1] between two observed numbers; these weights must be a positive semidefinite matrix.</summary>
    /// <param name="first">The index of one.</param>
    /// <param name="second">The index of the other.</param>
    double OfObservations(int first, int second);
}

/// <summary>
/// Localization by distance with the compactly supported fifth-order function of Gaspari and Cohn, which resembles a Gaussian of standard deviation c sqrt(3/10) and is 0 from distance 2 c on.
/// </summary>
/// <remarks>G. Gaspari, S. E. Cohn (1999), Construction of correlation functions in two and three dimensions, equation (4.10).</remarks>
public sealed class GaspariCohn : ILocalization
{
    private readonly double[] _states, _observations;
    private readonly int _dimension;
    private readonly double _period;

    /// <summary>Makes a localization of places.</summary>
    /// <param name="halfWidth">The length c, positive: weights vanish from 2 c on.</param>
    /// <param name="states">The places of the state variables, <paramref name="dimension"/> coordinates each.</param>
    /// <param name="observations">The places of the observed numbers.</param>
    /// <param name="dimension">The number of coordinates of a place.</param>
    /// <param name="period">The period of every coordinate, for places on a circle or torus; 0 for none. On a torus c should not exceed a quarter of it.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of the dimension, or an element isn't finite.</exception>
    public GaspariCohn(double halfWidth, ReadOnlySpan<double> states, ReadOnlySpan<double> observations, int dimension = 1, double period = 0)
    {
        HalfWidth = Require.Positive(halfWidth, nameof(halfWidth));
        _dimension = Require.Positive(dimension, nameof(dimension));
        _period = Require.NonNegative(period, nameof(period));
        Require.AllFinite(states, nameof(states));
        Require.AllFinite(observations, nameof(observations));
        if (states.Length % dimension != 0 || observations.Length % dimension != 0)
            throw new ArgumentException($"The lengths {states.Length} and {observations.Length} aren't multiples of the dimension {dimension}.", nameof(states));
        (_states, _observations) = (states.ToArray(), observations.ToArray());
    }

    /// <summary>The length c.</summary>
    public double HalfWidth { get; }

    /// <inheritdoc/>
    public int StateCount => _states.Length / _dimension;

    /// <inheritdoc/>
    public int ObservationCount => _observations.Length / _dimension;

    /// <inheritdoc/>
    public double OfState(int state, int observation) => Weight(Distance(_states, state, observation));

    /// <inheritdoc/>
    public double OfObservations(int first, int second) => Weight(Distance(_observations, first, second));

    /// <summary>The weight at a distance.</summary>
    /// <param name="distance">The distance, at least 0.</param>
    public double Weight(double distance)
    {
        double r = distance / HalfWidth;
        return r switch
        {
            >= 2 => 0,
            >= 1 => ((((((((r / 12) - 0.5) * r) + 0.625) * r) + (5.0 / 3)) * r) - 5) * r + 4 - (2 / (3 * r)),
            _ => ((((((-0.25 * r) + 0.5) * r) + 0.625) * r) - (5.0 / 3)) * r * r + 1,
        };
    }

    private double Distance(double[] from, int i, int observation)
    {
        double sum = 0;
        for (int k = 0; k < _dimension; k++)
        {
            double d = Math.Abs(from[(i * _dimension) + k] - _observations[(observation * _dimension) + k]);
            if (_period > 0)
            {
                d %= _period;
                d = Math.Min(d, _period - d);
            }

            sum += d * d;
        }

        return Math.Sqrt(sum);
    }
}
