using OptiCore.Numerics;

namespace OptiCore.Integration;

/// <summary>The recurrence of orthogonal polynomials, and the nodes and weights of the Gauss rule that it determines.</summary>
internal sealed class JacobiMatrix(int n)
{
    // Orthonormal polynomials grow beyond the largest double outside of the bulk; from here on they are scaled back by 2^-600.
    private const double Large = 2.037035976334486e90, Down = 2.409919865102884e-181;
    private const int Exponent = 600;

    public int Count => n;

    /// <summary>The diagonal.</summary>
    public DoubleDouble[] A { get; } = new DoubleDouble[n];

    /// <summary>The squares of the off-diagonal; B[0] is not used.</summary>
    public DoubleDouble[] B { get; } = new DoubleDouble[n];

    /// <summary>The integral of the weight function.</summary>
    public double Mass { get; set; }

    /// <summary>Whether the diagonal is zero, so that nodes come in pairs.</summary>
    public bool Symmetric { get; set; }

    public void Solve(double[]? starts, Span<double> nodes, Span<double> weights)
    {
        var root = new DoubleDouble[n + 1];
        var inverse = new DoubleDouble[n + 1];
        for (int k = 1; k < n; k++)
        {
            root[k] = DoubleDouble.Sqrt(B[k]);
            inverse[k] = (DoubleDouble)1 / root[k];
        }

        // The last one only scales the polynomial whose zeros are looked for.
        root[n] = inverse[n] = 1;
        int first = Symmetric ? n / 2 : 0;
        for (int i = first; i < n; i++)
        {
            DoubleDouble x = starts is null ? Separate(i) : starts[i];
            if (Symmetric && 2 * i == n - 1)
                x = 0;
            else
                x = Polish(x, root, inverse);
            nodes[i] = x.High;
            weights[i] = Weight(x, root, inverse);
            if (Symmetric)
                (nodes[n - 1 - i], weights[n - 1 - i]) = (-nodes[i], weights[i]);
        }

        // Symmetry writes -0 in the middle otherwise.
        if (Symmetric && n % 2 == 1)
            nodes[n / 2] = 0;
    }

    // The i-th eigenvalue by bisection on the number of negative pivots of J - x I.
    private double Separate(int i)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int k = 0; k < n; k++)
        {
            double radius = (k > 0 ? Math.Sqrt(B[k].High) : 0) + (k + 1 < n ? Math.Sqrt(B[k + 1].High) : 0);
            low = Math.Min(low, A[k].High - radius);
            high = Math.Max(high, A[k].High + radius);
        }

        double tolerance = 4e-16 * Math.Max(Math.Abs(low), Math.Abs(high));
        while (high - low > Math.Min(tolerance, 1e-9 * Math.Abs(high + low) + 1e-300) && high - low > 4e-16 * Math.Max(Math.Abs(low), Math.Abs(high)))
        {
            double middle = 0.5 * (low + high);
            if (middle == low || middle == high)
                break;
            if (Below(middle) > i)
                high = middle;
            else
                low = middle;
        }

        return 0.5 * (low + high);
    }

    private int Below(double x)
    {
        int count = 0;
        double pivot = 1;
        for (int k = 0; k < n; k++)
        {
            pivot = A[k].High - x - (k > 0 ? B[k].High / pivot : 0);
            if (pivot == 0)
                pivot = -1e-300;
            if (pivot < 0)
                count++;
        }

        return count;
    }

    // Newton's method: the first steps bring the full 53 bits, the last ones the rest.
    private DoubleDouble Polish(DoubleDouble x, DoubleDouble[] root, DoubleDouble[] inverse)
    {
        double last = double.PositiveInfinity;
        for (int step = 0; step < 12; step++)
        {
            DoubleDouble previous = 0, value = 1;
            double previousSlope = 0, slope = 0;
            for (int k = 0; k < n; k++)
            {
                DoubleDouble shifted = x - A[k];
                DoubleDouble next = ((shifted * value) - (root[k] * previous)) * inverse[k + 1];
                double nextSlope = (value.High + (shifted.High * slope) - (root[k].High * previousSlope)) * inverse[k + 1].High;
                (previous, value, previousSlope, slope) = (value, next, slope, nextSlope);
                if (Math.Abs(value.High) > Large || Math.Abs(slope) > Large)
                    (previous, value, previousSlope, slope) = (previous.Scale(Down), value.Scale(Down), previousSlope * Down, slope * Down);
            }

            if (slope == 0)
                return x;
            double change = value.High / slope;
            if (!(Math.Abs(change) < last))
                return x;
            x -= change;
            last = Math.Abs(change);
            if (last <= 1e-18 * Math.Abs(x.High))
                return x;
        }

        return x;
    }

    private double Weight(DoubleDouble x, DoubleDouble[] root, DoubleDouble[] inverse)
    {
        DoubleDouble previous = 0, value = 1, sum = 1;
        int scaled = 0;
        for (int k = 0; k + 1 < n; k++)
        {
            DoubleDouble next = (((x - A[k]) * value) - (root[k] * previous)) * inverse[k + 1];
            (previous, value) = (value, next);
            sum += value * value;
            if (Math.Abs(value.High) > Large)
            {
                (previous, value, sum) = (previous.Scale(Down), value.Scale(Down), sum.Scale(Down).Scale(Down));
                scaled++;
            }
        }

        return Math.ScaleB(((DoubleDouble)Mass / sum).High, -2 * Exponent * scaled);
    }
}
