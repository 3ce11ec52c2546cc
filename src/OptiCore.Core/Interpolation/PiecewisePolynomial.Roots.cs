namespace OptiCore.Interpolation;

public sealed partial class PiecewisePolynomial
{
    /// <summary>
    /// All real points between the first and the last break where the function equals a level, ascending and each once.
    /// </summary>
    /// <remarks>
    /// On each piece the zeros of the derivative, found by the same means one degree lower, separate stretches on which the polynomial is monotone;
    /// a sign change on one is a root. A point that touches the level counts if the function differs from it there by rounding only. A jump
    /// over the level at a break is no root. Of a piece that is equal to the level everywhere only the ends are given.
    /// </remarks>
    /// <param name="level">The level. Default: 0.</param>
    public double[] Roots(double level = 0)
    {
        var roots = new List<double>();
        double[] local = new double[_order], found = new double[_order + 1];
        for (int i = 0; i < Pieces; i++)
        {
            double width = _breaks[i + 1] - _breaks[i];
            // In units of the width, so that coefficients can be compared with each other.
            double power = 1;
            for (int k = 0; k < _order; k++, power *= width)
                local[k] = _coefficients[(i * _order) + k] * power;
            local[0] -= level;
            int count = UnitRoots(local, Math.Abs(level), found);
            for (int j = 0; j < count; j++)
            {
                double root = found[j] >= 1 ? _breaks[i + 1] : Math.Min(_breaks[i] + (found[j] * width), _breaks[i + 1]);
                if (roots.Count == 0 || root - roots[^1] > 1e-14 * width)
                    roots.Add(root);
            }
        }

        return [.. roots];
    }

    // The roots in [0, 1] of a polynomial with ascending coefficients.
    private static int UnitRoots(ReadOnlySpan<double> c, double offset, Span<double> roots)
    {
        int degree = c.Length - 1;
        while (degree > 0 && c[degree] == 0)
            degree--;
        double size = offset;
        for (int k = 0; k <= degree; k++)
            size += Math.Abs(c[k]);
        double noise = 4 * OptiCore.RootFinding.Roots.Epsilon * size;
        if (degree == 0)
        {
            if (c[0] != 0)
                return 0;
            (roots[0], roots[1]) = (0, 1);
            return 2;
        }

        Span<double> slope = stackalloc double[degree], stationary = stackalloc double[degree + 2];
        for (int k = 1; k <= degree; k++)
            slope[k - 1] = k * c[k];
        int stops = degree == 1 ? 0 : UnitRoots(slope, 0, stationary[1..]);
        if (stops > degree - 1)
            stops = 0;
        stationary[0] = 0;
        stationary[stops + 1] = 1;
        int count = 0;
        double left = 0, valueLeft = Horner(c[..(degree + 1)], 0);
        if (Math.Abs(valueLeft) <= noise)
            roots[count++] = 0;
        for (int i = 1; i <= stops + 1; i++)
        {
            double right = stationary[i], valueRight = Horner(c[..(degree + 1)], right);
            bool touchesLeft = Math.Abs(valueLeft) <= noise, touchesRight = Math.Abs(valueRight) <= noise;
            if (!touchesLeft && !touchesRight && valueLeft < 0 != valueRight < 0)
                Add(Bracketed(c[..(degree + 1)], left, right), roots, ref count);
            else if (touchesRight)
                Add(right, roots, ref count);
            (left, valueLeft) = (right, valueRight);
        }

        return count;

        static void Add(double root, Span<double> roots, ref int count)
        {
            if (count < roots.Length && (count == 0 || root > roots[count - 1]))
                roots[count++] = root;
        }
    }

    // Newton's method inside a bracket on which the polynomial is monotone; bisection where it would leave it.
    private static double Bracketed(ReadOnlySpan<double> c, double a, double b)
    {
        bool rising = Horner(c, b) > 0;
        double x = 0.5 * (a + b);
        for (int step = 0; step < 200; step++)
        {
            double value = 0, slope = 0;
            for (int k = c.Length - 1; k >= 0; k--)
            {
                slope = (slope * x) + value;
                value = (value * x) + c[k];
            }

            if (value == 0)
                return x;
            if (value > 0 == rising)
                b = x;
            else
                a = x;
            double next = x - (value / slope);
            if (!(next > a && next < b) || step % 8 == 7)
                next = 0.5 * (a + b);
            if (Math.Abs(next - x) <= OptiCore.RootFinding.Roots.Epsilon * Math.Abs(next) || next == a || next == b)
                return next;
            x = next;
        }

        return x;
    }

    private static double Horner(ReadOnlySpan<double> c, double x)
    {
        double sum = 0;
        for (int k = c.Length - 1; k >= 0; k--)
            sum = (sum * x) + c[k];
        return sum;
    }
}
