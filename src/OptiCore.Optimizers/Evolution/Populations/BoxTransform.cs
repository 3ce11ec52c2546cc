namespace OptiCore.Optimizers;

/// <summary>
/// A map from all of R^n into a box, for methods that sample everywhere: the identity but for a margin at each bound, where a parabola bends it so that it touches the bound and turns
/// back; further out it repeats. So the point asked for is always inside, the map is continuously differentiable, and the optimum may lie on the bound.
/// </summary>
/// <remarks>
/// The margin is min((upper - lower)/2, (1 + |bound|)/20), the choice of N. Hansen's program. A point p between lower + a and upper - b is its own image; from there to lower - a the image is
/// lower + (p - (lower - a))^2/(4a); the lower end of the fundamental domain is lower - a, the upper upper + b, and the map is even about both.
/// </remarks>
internal sealed class BoxTransform
{
    private readonly double[] _lower, _upper, _lowerMargin, _upperMargin;

    private BoxTransform(double[] lower, double[] upper)
    {
        _lower = lower;
        _upper = upper;
        _lowerMargin = new double[lower.Length];
        _upperMargin = new double[lower.Length];
        for (int i = 0; i < lower.Length; i++)
        {
            double half = (upper[i] - lower[i]) / 2;
            _lowerMargin[i] = Math.Min(half, (1 + Math.Abs(lower[i])) / 20);
            _upperMargin[i] = Math.Min(half, (1 + Math.Abs(upper[i])) / 20);
        }
    }

    /// <summary>The map into bounds; null without bounds.</summary>
    /// <param name="bounds">The bounds.</param>
    /// <param name="dimension">The number n of variables.</param>
    public static BoxTransform? Of(Bounds? bounds, int dimension)
    {
        if (bounds is null)
            return null;
        double[] lower = new double[dimension], upper = new double[dimension];
        bounds.CopyTo<double>(lower, upper);
        return new BoxTransform(lower, upper);
    }

    /// <summary>Writes the image of each coordinate; in place is fine.</summary>
    /// <param name="p">The point of R^n.</param>
    /// <param name="x">Receives the point of the box.</param>
    public void Map(ReadOnlySpan<double> p, Span<double> x)
    {
        for (int i = 0; i < p.Length; i++)
            x[i] = Map(i, p[i]);
    }

    /// <summary>Writes a point whose image is the given one.</summary>
    /// <param name="x">A point of the box.</param>
    /// <param name="p">Receives the point of R^n.</param>
    public void Unmap(ReadOnlySpan<double> x, Span<double> p)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double a = _lowerMargin[i], b = _upperMargin[i], low = _lower[i], high = _upper[i];
            p[i] = x[i] < low + a ? low - a + (2 * Math.Sqrt(a * (x[i] - low)))
                : x[i] > high - b ? high + b - (2 * Math.Sqrt(b * (high - x[i])))
                : x[i];
        }
    }

    private double Map(int i, double p)
    {
        double a = _lowerMargin[i], b = _upperMargin[i], low = _lower[i], high = _upper[i];
        if (low == high)
            return low;
        double first = low - a, last = high + b;

        // Back into the fundamental domain, by mirrors at both ends.
        if (p < first || p > last)
        {
            if (double.IsInfinity(first))
            {
                p = (2 * last) - p;
            }
            else if (double.IsInfinity(last))
            {
                p = (2 * first) - p;
            }
            else
            {
                double period = 2 * (last - first), t = (p - first) % period;
                t = t < 0 ? t + period : t;
                p = first + Math.Min(t, period - t);
            }
        }

        double x = p < low + a ? low + ((p - first) * (p - first) / (4 * a))
            : p > high - b ? high - ((last - p) * (last - p) / (4 * b))
            : p;

        // Rounding may leave the last digit outside.
        return Math.Clamp(x, low, high);
    }
}
