namespace OptiCore.Dynamics;

/// <summary>
/// Equally spaced points and central differences of order 2, 4 or 6, on a circle or on an interval with both ends; near an end the differences are one-sided with an error of the same order. Derivatives 1 to 4.
/// </summary>
/// <remarks>O(n) with a small constant; the error falls as the spacing to the power of the order. Prefer <see cref="PeriodicGrid"/> or <see cref="ChebyshevGrid"/> for smooth solutions.</remarks>
public sealed class FiniteDifferenceGrid : IBoundedGrid
{
    private const int HighestDerivative = 4;

    private readonly double[] _points;
    private readonly Stencils[] _stencils = new Stencils[HighestDerivative];
    private readonly double[] _leftSlope;
    private readonly double[] _rightSlope;

    /// <summary>Creates a grid.</summary>
    /// <param name="count">The number n of points, at least 4 + order.</param>
    /// <param name="from">The first point.</param>
    /// <param name="to">The last point, or of a circle the point that is the first one again.</param>
    /// <param name="order">The order of the error: 2, 4 or 6.</param>
    /// <param name="isPeriodic">Whether the line is a circle.</param>
    /// <exception cref="ArgumentException">A number is out of range, or the ends don't rise.</exception>
    public FiniteDifferenceGrid(int count, double from, double to, int order = 2, bool isPeriodic = false)
    {
        if (order is not (2 or 4 or 6))
            throw new ArgumentOutOfRangeException(nameof(order), order, FormattableString.Invariant($"order is {order} but must be 2, 4 or 6."));
        Count = Require.AtLeast(count, HighestDerivative + order, nameof(count));
        Require.Finite(from, nameof(from));
        if (!(Require.Finite(to, nameof(to)) > from))
            throw new ArgumentException(FormattableString.Invariant($"to is {to} but must be above from, {from}."), nameof(to));
        Order = order;
        IsPeriodic = isPeriodic;
        Spacing = (to - from) / (isPeriodic ? count : count - 1);
        _points = new double[count];
        for (int i = 0; i < count; i++)
            _points[i] = from + (i * ((to - from) / (isPeriodic ? count : count - 1)));
        if (!isPeriodic)
            _points[^1] = to;
        for (int m = 1; m <= HighestDerivative; m++)
            _stencils[m - 1] = new Stencils(m, order, Spacing);
        _leftSlope = new double[count];
        _rightSlope = new double[count];
        _stencils[0].Side(0).CopyTo(_leftSlope);
        for (int j = 0; j <= order; j++)
            _rightSlope[count - 1 - j] = -_leftSlope[j];
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The order of the error.</summary>
    public int Order { get; }

    /// <summary>Whether the line is a circle.</summary>
    public bool IsPeriodic { get; }

    /// <summary>The distance of two points.</summary>
    public double Spacing { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> Points => _points;

    /// <inheritdoc/>
    public void Derivative(ReadOnlySpan<double> u, int order, Span<double> derivative)
    {
        Require.Length(u.Length, Count, nameof(u));
        Require.Length(derivative.Length, Count, nameof(derivative));
        if (order is < 1 or > HighestDerivative)
            throw new ArgumentOutOfRangeException(nameof(order), order, FormattableString.Invariant($"order is {order} but must be from 1 to {HighestDerivative}."));
        Stencils stencils = _stencils[order - 1];
        ReadOnlySpan<double> central = stencils.Central;
        int n = Count, half = central.Length / 2;
        for (int i = half; i < n - half; i++)
        {
            double sum = 0;
            for (int j = 0; j < central.Length; j++)
                sum += central[j] * u[i - half + j];
            derivative[i] = sum;
        }

        // A mirror image turns the sign of odd derivatives.
        double sign = order % 2 == 0 ? 1 : -1;
        for (int i = 0; i < half; i++)
        {
            double left = 0, right = 0;
            if (IsPeriodic)
            {
                for (int j = 0; j < central.Length; j++)
                {
                    left += central[j] * u[(i - half + j + n) % n];
                    right += central[j] * u[(n - 1 - i - half + j) % n];
                }
            }
            else
            {
                ReadOnlySpan<double> side = stencils.Side(i);
                for (int j = 0; j < side.Length; j++)
                {
                    left += side[j] * u[j];
                    right += sign * side[j] * u[n - 1 - j];
                }
            }

            derivative[i] = left;
            derivative[n - 1 - i] = right;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The line is a circle.</exception>
    public void ApplyBoundary(Span<double> u, BoundaryCondition left, BoundaryCondition right)
    {
        if (IsPeriodic)
            throw new InvalidOperationException("A circle has no ends.");
        Require.Length(u.Length, Count, nameof(u));
        BoundaryCondition.Solve(u, left, right, _leftSlope, _rightSlope, 0, Count - 1);
    }

    /// <inheritdoc/>
    /// <remarks>The trapezoidal rule, of order 2 on an interval and spectrally accurate on a circle.</remarks>
    public double Integrate(ReadOnlySpan<double> u)
    {
        Require.Length(u.Length, Count, nameof(u));
        double sum = OptiCore.Numerics.Reduce.Sum(u);
        return Spacing * (IsPeriodic ? sum : sum - (0.5 * (u[0] + u[^1])));
    }

    /// <summary>The weights of one derivative: in the middle, and for the points near an end.</summary>
    private sealed class Stencils
    {
        private readonly double[][] _sides;

        public Stencils(int derivative, int order, double spacing)
        {
            int half = ((derivative + 1) / 2) - 1 + (order / 2);
            Central = Weights((2 * half) + 1, half, derivative, spacing);

            // One point more than a central stencil of even derivatives needs, because a one-sided one has no symmetry to gain an order from.
            _sides = new double[half][];
            for (int i = 0; i < half; i++)
                _sides[i] = Weights(derivative + order, i, derivative, spacing);
        }

        public double[] Central { get; }

        public double[] Side(int point) => _sides[point];

        private static double[] Weights(int count, int at, int derivative, double spacing)
        {
            double[] points = new double[count], weights = new double[count];
            for (int j = 0; j < count; j++)
                points[j] = j;
            FiniteDifferenceWeights.Fill(points, at, derivative, weights);
            double scale = Math.Pow(spacing, -derivative);
            for (int j = 0; j < count; j++)
                weights[j] *= scale;
            return weights;
        }
    }
}
