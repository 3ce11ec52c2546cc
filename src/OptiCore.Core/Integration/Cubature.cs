namespace OptiCore.Integration;

/// <summary>Integrals over boxes in several dimensions.</summary>
/// <remarks>
/// Adaptive cubature is for low dimensions, up to 7 or so: one application of the rule costs 2^n + 2 n^2 + 2 n + 1 evaluations in n dimensions. Beyond that
/// prefer averages over random points.
/// </remarks>
public static class Cubature
{
    /// <summary>
    /// Globally adaptive cubature with the rule of Genz and Malik, of degree 7 with an embedded one of degree 5: the box with the largest error is
    /// halved along the axis with the largest fourth difference.
    /// </summary>
    /// <remarks>
    /// In one dimension <see cref="Quadrature.Adaptive(Func{double, double}, double, double, QuadratureOptions?)"/> does it. Limit: 1,000 evaluations for each of
    /// <see cref="QuadratureOptions.MaxSubintervals"/>. Genz and Malik (1980), Remarks on algorithm 006: an adaptive algorithm for numerical
    /// integration over an n-dimensional rectangular region; Berntsen, Espelid and Genz (1991), An adaptive algorithm for the approximate
    /// calculation of multiple integrals.
    /// </remarks>
    /// <param name="f">The integrand; the span it receives is only valid during the call.</param>
    /// <param name="lower">The lower corner.</param>
    /// <param name="upper">The upper corner.</param>
    /// <param name="options">Tolerances and limit. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The corners differ in length, have no or more than 20 elements, or an element isn't finite.</exception>
    public static QuadratureResult Integrate(ValueDelegate f, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, QuadratureOptions? options = null)
    {
        Require.NotNull(f);
        Require.Length(upper.Length, lower.Length, nameof(upper));
        Require.AllFinite(lower, nameof(lower));
        Require.AllFinite(upper, nameof(upper));
        options ??= QuadratureOptions.Default;
        int n = lower.Length;
        if (n is 0 or > 20)
            throw new ArgumentException($"lower has {n} elements, expected 1 to 20.", nameof(lower));
        if (n == 1)
        {
            double[] point = new double[1];
            return Quadrature.Adaptive(
                x =>
                {
                    point[0] = x;
                    return f(point);
                },
                lower[0],
                upper[0],
                options);
        }

        var rule = new GenzMalik(f, n);
        double[] centre = new double[n], half = new double[n];
        for (int i = 0; i < n; i++)
        {
            centre[i] = (0.5 * lower[i]) + (0.5 * upper[i]);
            half[i] = (0.5 * upper[i]) - (0.5 * lower[i]);
        }

        var boxes = new PriorityQueue<Box, double>();
        Box whole = rule.Apply(centre, half);
        boxes.Enqueue(whole, -whole.Error);
        double sum = whole.Value, error = whole.Error;
        long limit = 1000L * options.MaxSubintervals;
        QuadratureStatus status = QuadratureStatus.Converged;
        while (!(error <= options.Bound(sum)))
        {
            if (!double.IsFinite(sum))
            {
                status = QuadratureStatus.NotFinite;
                break;
            }

            if (rule.Evaluations + (2 * rule.Cost) > limit)
            {
                status = QuadratureStatus.LimitReached;
                break;
            }

            Box old = boxes.Dequeue();
            int axis = old.Axis;
            double[] left = [.. old.Centre], right = [.. old.Centre], size = [.. old.Half];
            size[axis] *= 0.5;
            left[axis] -= size[axis];
            right[axis] += size[axis];
            if (left[axis] == old.Centre[axis])
            {
                status = QuadratureStatus.Divergent;
                boxes.Enqueue(old, -old.Error);
                break;
            }

            Box first = rule.Apply(left, size), second = rule.Apply(right, size);
            boxes.Enqueue(first, -first.Error);
            boxes.Enqueue(second, -second.Error);
            sum += first.Value + second.Value - old.Value;
            error += first.Error + second.Error - old.Error;
            if (old.Error > 0.5 * error && boxes.Count % 64 == 0 || error < 0)
                (sum, error) = Total(boxes);
        }

        (sum, error) = Total(boxes);
        if (status == QuadratureStatus.Converged && error > options.Bound(sum) * (1 + 1e-9))
            status = QuadratureStatus.Roundoff;
        return new QuadratureResult(sum, error, rule.Evaluations, boxes.Count, status);
    }

    private static (double Sum, double Error) Total(PriorityQueue<Box, double> boxes)
    {
        double sum = 0, error = 0;
        foreach ((Box box, _) in boxes.UnorderedItems)
        {
            sum += box.Value;
            error += box.Error;
        }

        return (sum, error);
    }

    private sealed record Box(double[] Centre, double[] Half, double Value, double Error, int Axis);

    /// <summary>The rule: generators at sqrt(9/70) and sqrt(9/10) on the axes, sqrt(9/10) on pairs of axes, sqrt(9/19) in the corners.</summary>
    private sealed class GenzMalik(ValueDelegate f, int n)
    {
        private static readonly double Inner = Math.Sqrt(9.0 / 70), Outer = Math.Sqrt(9.0 / 10), Corner = Math.Sqrt(9.0 / 19);
        private readonly double[] _x = new double[n];

        public long Evaluations { get; private set; }

        public int Cost { get; } = (1 << n) + (2 * n * n) + (2 * n) + 1;

        public Box Apply(double[] centre, double[] half)
        {
            Array.Copy(centre, _x, n);
            double volume = 1, middle = Value(), inner = 0, outer = 0, pairs = 0, corners = 0, largest = -1;
            int axis = 0;
            for (int i = 0; i < n; i++)
            {
                volume *= 2 * half[i];
                double near = Both(centre, half, i, Inner), far = Both(centre, half, i, Outer);
                inner += near;
                outer += far;
                // The fourth difference along the axis; among nearly equal ones the longest side.
                double difference = Math.Abs(near - (2 * middle) - (Inner * Inner / (Outer * Outer) * (far - (2 * middle))));
                if (difference > largest * (1 + 1e-10) || (difference >= largest * (1 - 1e-10) && Math.Abs(half[i]) > Math.Abs(half[axis])))
                    (largest, axis) = (difference, i);
            }

            for (int i = 0; i < n; i++)
            {
                for (int sign = -1; sign <= 1; sign += 2)
                {
                    _x[i] = centre[i] + (sign * Outer * half[i]);
                    for (int j = i + 1; j < n; j++)
                        pairs += Both(centre, half, j, Outer);
                }

                _x[i] = centre[i];
            }

            for (int signs = 0; signs < 1 << n; signs++)
            {
                for (int i = 0; i < n; i++)
                    _x[i] = centre[i] + (((signs >> i) & 1) == 0 ? Corner * half[i] : -Corner * half[i]);
                corners += Value();
            }

            double seven = volume * (((12824 - (9120.0 * n) + (400.0 * n * n)) / 19683 * middle) + (980.0 / 6561 * inner)
                + ((1820 - (400.0 * n)) / 19683 * outer) + (200.0 / 19683 * pairs) + (6859.0 / 19683 / (1 << n) * corners));
            double five = volume * (((729 - (950.0 * n) + (50.0 * n * n)) / 729 * middle) + (245.0 / 486 * inner)
                + ((265 - (100.0 * n)) / 1458 * outer) + (25.0 / 729 * pairs));
            return new Box(centre, half, seven, Math.Abs(seven - five), axis);
        }

        private double Both(double[] centre, double[] half, int i, double distance)
        {
            _x[i] = centre[i] - (distance * half[i]);
            double sum = Value();
            _x[i] = centre[i] + (distance * half[i]);
            sum += Value();
            _x[i] = centre[i];
            return sum;
        }

        private double Value()
        {
            Evaluations++;
            return f(_x);
        }
    }
}
