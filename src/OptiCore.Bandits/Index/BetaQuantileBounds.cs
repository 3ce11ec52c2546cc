using OptiCore.Distributions;

namespace OptiCore.Bandits;

/// <summary>
/// Bounds of the upper quantiles of a Beta law, of every order, from its tail T and density f at one point x: x + (ln T(x) - ln tail) T(x) / f(x) is above the quantile whose tail is given, and where
/// the density falls x + (T(x) - tail) / f(x) is below it.
/// </summary>
/// <remarks>
/// For parameters of at least 1 the density is logarithmically concave, and so is T (A. Prékopa, 1973, "On logarithmic concave measures and functions"): its logarithm lies below its tangents; T is convex where the density falls, and
/// lies above them. Another success or failure moves T by x^a (1 - x)^b / (a B(a, b)) or as much with b, DLMF 8.17.20 and 8.17.21. Without an aim, and for smaller parameters, the bounds are infinite.
/// </remarks>
internal struct BetaQuantileBounds
{
    // Far above the rounding of T after as many updates, in which it may fall by as much.
    private const double Margin = 1e-8, Rounding = 1e-15, LargestFall = 1e-3;
    private const int Updates = 64;

    // T(x) and x^a (1 - x)^b / B(a, b); the upper bound is offset + scale ln(1 / tail).
    private double _a, _b, _x, _tail, _power, _largest, _offset, _scale;
    private int _updates;

    /// <summary>Whether there is a point x.</summary>
    public readonly bool IsAimed => _x > 0;

    /// <summary>A number above the quantile whose tail is exp(-budget).</summary>
    public readonly double Upper(double budget) => _x > 0 ? _offset + (budget * _scale) : double.PositiveInfinity;

    /// <summary>A number below the quantile with that tail.</summary>
    public readonly double Lower(double tail)
    {
        double lower = _x + (((_tail * (1 - Margin)) - tail) * _x * (1 - _x) / _power) - Rounding, least = Math.Min(lower, _x);
        return (_a - 1) * (1 - least) <= (_b - 1) * least ? lower : double.NegativeInfinity;
    }

    /// <summary>Whether another point wouldn't narrow the bounds.</summary>
    public readonly bool IsExact(double budget, double tail) => !(Upper(budget) - Lower(tail) > 4 * ((Margin * _scale) + Rounding));

    /// <summary>Takes the point that the bounds hold for the nearest to the quantile: the upper bound, or a normal law's quantile.</summary>
    public void Aim(double a, double b, double budget)
    {
        double mean = a / (a + b), x = Upper(budget);
        if (!double.IsFinite(x))
            x = mean + Math.Sqrt(2 * budget * mean * (1 - mean) / (a + b + 1));
        if (!(x < 1))
            x = 0.5 * (1 + Math.Max(mean, _x));
        this = default;
        if (a < 1 || b < 1)
            return;
        for (int i = 0; i < 64 && x < 1; i++)
        {
            double tail = SpecialFunctions.BetaIncComplement(a, b, x);
            if (tail > 1e-280)
            {
                (_a, _b, _x, _tail, _largest) = (a, b, x, tail, tail);
                _power = Math.Exp(new Beta(a, b).LogDensity(x)) * x * (1 - x);
                Line();
                return;
            }

            x = 0.5 * (mean + x);
        }
    }

    /// <summary>Counts a reward: a success of 1, a failure of 0; others need another aim.</summary>
    public void Update(double reward)
    {
        if (!(_x > 0))
            return;
        if (reward == 1)
        {
            _tail += _power / _a;
            _power *= _x * (_a + _b) / _a;
            _a++;
        }
        else
        {
            _tail -= _power / _b;
            _power *= (1 - _x) * (_a + _b) / _b;
            _b++;
        }

        _largest = Math.Max(_largest, _tail);
        if (reward is not (0 or 1) || ++_updates == Updates || !(_tail > LargestFall * _largest) || !(_power > 1e-280))
            this = default;
        else
            Line();
    }

    private void Line()
    {
        _scale = _tail / _power * _x * (1 - _x);
        _offset = _x + ((Math.Log(_tail) + Margin) * _scale) + Rounding;
    }
}
