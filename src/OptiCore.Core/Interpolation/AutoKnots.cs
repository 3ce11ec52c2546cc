namespace OptiCore.Interpolation;

/// <summary>A spline of a function, and what it cost.</summary>
/// <param name="Spline">The not-a-knot cubic spline; every evaluation is one of its breaks.</param>
/// <param name="Evaluations">The evaluations of the function, equal to the number of knots.</param>
/// <param name="Rounds">The number of times the spline was built.</param>
/// <param name="Converged">Whether all intervals passed; otherwise the limit of knots was reached.</param>
public sealed record AutoKnotsResult(PiecewisePolynomial Spline, int Evaluations, int Rounds, bool Converged);

/// <summary>
/// A cubic spline of a function to a given accuracy, with knots put where the function needs them.
/// </summary>
/// <remarks>
/// <para>Starts with the not-a-knot spline S on a few equidistant knots. In every open interval f is evaluated at the midpoint, and the interval passes if both
/// |S - f| there and |integral of S - Simpson's integral of f| are within the tolerance, reltol (|value| + scale). The midpoint becomes a knot
/// either way, so no evaluation is lost, and the spline is rebuilt for the next round. An interval that fails leaves two open halves; one that passes
/// leaves halves which are closed once <see cref="Passes"/> tests in a row were passed: one success alone may be the accident of a plateau or of
/// a symmetry, with a peak between the points.</para>
/// <para>Cost: one evaluation per knot, and for each of the log2 rounds a spline of all knots. A peak much narrower than the first spacing that shows
/// nowhere on the first points is not seen: raise <see cref="InitialKnots"/>. The function must be finite on the interval.</para>
/// <para>Vitenti, de Simoni, Penna-Lima, Barroso (2024), AutoKnots: adaptive knot allocation for spline interpolation.</para>
/// </remarks>
[Algorithm("AutoKnots", "Interpolation", "Vitenti, de Simoni, Penna-Lima, Barroso (2024), AutoKnots: Adaptive Knot Allocation for Spline Interpolation")]
public sealed record AutoKnots
{
    /// <summary>The number of equidistant knots at the start, at least 4. Default: 6.</summary>
    public int InitialKnots { get; init => field = Require.AtLeast(value, 4); } = 6;

    /// <summary>The tolerance relative to |f| plus <see cref="Scale"/>. Default: 1e-8.</summary>
    public double RelativeTolerance { get; init => field = Require.InClosed(value, 1e-15, 1); } = 1e-8;

    /// <summary>The size of f that is added to |f| in the tolerance, so that zeros of f don't ask for endless knots. Default: 0.</summary>
    public double Scale { get; init => field = Require.NonNegative(value); }

    /// <summary>How many tests in a row close an interval, at least 1. Default: 2.</summary>
    public int Passes { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The largest number of knots. Default: 100,000.</summary>
    public int MaxKnots { get; init => field = Require.AtLeast(value, 4); } = 100_000;

    /// <summary>Builds the spline of a function on [a, b].</summary>
    /// <param name="f">The function.</param>
    /// <param name="a">The lower end.</param>
    /// <param name="b">The upper end, above.</param>
    /// <exception cref="ArgumentException">The interval is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    /// <exception cref="ArithmeticException">The function isn't finite at a point; the message names it.</exception>
    public AutoKnotsResult Fit(Func<double, double> f, double a, double b)
    {
        Require.NotNull(f);
        Require.Finite(a);
        Require.Finite(b);
        if (!(a < b))
            throw new ArgumentException($"The interval [{a:r}, {b:r}] is empty.", nameof(b));
        int n = InitialKnots;
        // open[i]: the tests that interval i has to pass still; 0 is closed.
        List<double> x = [], y = [];
        List<int> open = [];
        for (int i = 0; i < n; i++)
        {
            x.Add(i == n - 1 ? b : a + ((b - a) * i / (n - 1)));
            y.Add(Value(f, x[i]));
            open.Add(Passes);
        }

        for (int round = 1; ; round++)
        {
            PiecewisePolynomial spline = Spline.Cubic([.. x], [.. y]);
            // The last entry belongs to no interval.
            if (open.FindIndex(0, x.Count - 1, tests => tests > 0) < 0)
                return new AutoKnotsResult(spline, x.Count, round, true);
            List<double> nextX = new(2 * x.Count), nextY = new(2 * x.Count);
            List<int> nextOpen = new(2 * x.Count);
            bool full = false;
            for (int i = 0; i + 1 < x.Count; i++)
            {
                nextX.Add(x[i]);
                nextY.Add(y[i]);
                double middle = (0.5 * x[i]) + (0.5 * x[i + 1]), h = x[i + 1] - x[i];
                full |= open[i] > 0 && nextX.Count + x.Count - i > MaxKnots;
                if (open[i] == 0 || full || !(middle > x[i] && middle < x[i + 1]))
                {
                    nextOpen.Add(full ? open[i] : 0);
                    continue;
                }

                double value = Value(f, middle), error = Math.Abs(spline.Value(middle) - value);
                double simpson = h / 6 * (y[i] + (4 * value) + y[i + 1]), area = Math.Abs(spline.Integral(x[i], x[i + 1]) - simpson);
                bool passes = error <= RelativeTolerance * (Math.Abs(value) + Scale) && area <= RelativeTolerance * (Math.Abs(simpson) + (Scale * h));
                int left = passes ? open[i] - 1 : Passes;
                nextOpen.Add(left);
                nextX.Add(middle);
                nextY.Add(value);
                nextOpen.Add(left);
            }

            nextX.Add(x[^1]);
            nextY.Add(y[^1]);
            nextOpen.Add(0);
            (x, y, open) = (nextX, nextY, nextOpen);
            if (full)
                return new AutoKnotsResult(Spline.Cubic([.. x], [.. y]), x.Count, round + 1, false);
        }
    }

    private static double Value(Func<double, double> f, double x)
    {
        double value = f(x);
        return double.IsFinite(value) ? value : throw new ArithmeticException($"f({x:r}) is {value} but must be finite.");
    }
}
