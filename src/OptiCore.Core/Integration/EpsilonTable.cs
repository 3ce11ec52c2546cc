using System.Runtime.CompilerServices;

namespace OptiCore.Integration;

/// <summary>
/// Wynn's epsilon algorithm: accelerates a sequence S(0), S(1), ... whose error is a sum of geometric terms, as that of a bisected singularity is.
/// </summary>
/// <remarks>
/// Only even columns are kept, by the cross rule 1/(N - C) + 1/(S - C) = 1/(W - C) + 1/(E - C); of each column the last three entries, north, centre and south.
/// Wynn (1956), On a device for computing the e_m(S_n) transformation; the tests of convergence and of irregular differences are those of Piessens, de
/// Doncker, Überhuber and Kahaner (1983), QUADPACK.
/// </remarks>
internal struct EpsilonTable
{
    private const int Columns = 25;

    [InlineArray(Columns * 3)]
    private struct Entries
    {
        private double _first;
    }

    [InlineArray(Columns)]
    private struct Counts
    {
        private int _first;
    }

    private Entries _entries;
    private Counts _counts;
    private int _results;
    private double _last1, _last2, _last3;

    /// <summary>Whether the differences of the sequence itself are irregular, so that extrapolation is of no use.</summary>
    public bool Collapsed { get; private set; }

    /// <summary>Appends an element without asking for the limit.</summary>
    public void Start(double element) => Push(0, element);

    /// <summary>Appends an element and estimates the limit; the error is infinite until four limits can be compared.</summary>
    public (double Limit, double Error) Append(double element)
    {
        double limit = element, smallest = double.PositiveInfinity, value = element;
        for (int column = 0; column < Columns; column++)
        {
            // The west neighbour is read before its column moves on: it is the third newest of the column before.
            Push(column, value);
            if (_counts[column] < 3)
                break;
            double north = _entries[3 * column], centre = _entries[(3 * column) + 1], south = _entries[(3 * column) + 2];
            double up = north - centre, down = south - centre;
            double tolerance = Quadrature.Epsilon * Math.Max(Math.Abs(north), Math.Max(Math.Abs(centre), Math.Abs(south)));
            if (Math.Abs(up) <= tolerance && Math.Abs(down) <= tolerance)
            {
                limit = south;
                smallest = Math.Abs(up) + Math.Abs(down);
                Truncate(column);
                _last1 = _last2 = _last3 = limit;
                _results = Math.Max(_results, 3);
                return (limit, Math.Max(smallest, 5 * Quadrature.Epsilon * Math.Abs(limit)));
            }

            double west = column == 0 ? double.PositiveInfinity : _entries[3 * (column - 1)];
            double inverse = (1 / up) + (1 / down) - (column == 0 ? 0 : 1 / (west - centre));
            if (!double.IsFinite(inverse) || Math.Abs(inverse * centre) <= 1e-4)
            {
                Truncate(column);
                Collapsed |= column == 0;
                break;
            }

            value = centre + (1 / inverse);
            double error = Math.Abs(up) + Math.Abs(value - centre) + Math.Abs(down);
            if (error <= smallest)
                (limit, smallest) = (value, error);
        }

        double estimate = _results < 3
            ? double.PositiveInfinity
            : Math.Abs(limit - _last1) + Math.Abs(limit - _last2) + Math.Abs(limit - _last3);
        (_last3, _last2, _last1) = (_last2, _last1, limit);
        _results++;
        return (limit, Math.Max(estimate, 5 * Quadrature.Epsilon * Math.Abs(limit)));
    }

    private void Push(int column, double value)
    {
        _entries[3 * column] = _entries[(3 * column) + 1];
        _entries[(3 * column) + 1] = _entries[(3 * column) + 2];
        _entries[(3 * column) + 2] = value;
        _counts[column] = Math.Min(3, _counts[column] + 1);
    }

    private void Truncate(int column)
    {
        for (int j = column + 1; j < Columns; j++)
            _counts[j] = 0;
    }
}
