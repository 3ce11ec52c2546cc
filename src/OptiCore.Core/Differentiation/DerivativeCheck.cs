using System.Globalization;

namespace OptiCore.Differentiation;

/// <summary>What a check of derivatives found.</summary>
/// <param name="Error">
/// The largest relative error, that of a coordinate before that of a random direction: how far a stated derivative lies from the numerical one beyond what the latter's own error explains, divided by the
/// larger of both. Infinity where one of them isn't a number.
/// </param>
/// <param name="Component">Which derivative has this error, for example "gradient[3]".</param>
/// <param name="Stated">The derivative that the function states there.</param>
/// <param name="Numerical">The derivative by differences of values.</param>
/// <param name="Uncertainty">The estimated absolute error of <paramref name="Numerical"/>.</param>
/// <param name="Count">The number of derivatives that were compared.</param>
public sealed record DerivativeReport(double Error, string Component, double Stated, double Numerical, double Uncertainty, int Count)
{
    /// <summary>The relative error that counts as agreement. Default: 1e-5.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = DerivativeCheck.Agreement;

    /// <summary>True when no derivative is off by more than <see cref="Tolerance"/>.</summary>
    public bool IsCorrect => Error <= Tolerance;

    /// <summary>This report if the derivatives agree.</summary>
    /// <exception cref="DerivativeException">They don't; the message names the component and both values.</exception>
    public DerivativeReport EnsureCorrect() => IsCorrect ? this : throw new DerivativeException(ToString());

    /// <summary>The largest error, where it is, and both values.</summary>
    public override string ToString() => Count == 0
        ? "No derivatives were compared."
        : string.Create(CultureInfo.InvariantCulture, $"{Component} is stated as {Stated:r}, but differences of values give {Numerical:r} +- {Uncertainty:g2}: relative error {Error:g3} (the largest of {Count}).");
}

/// <summary>Stated derivatives don't match the values of a function.</summary>
public sealed class DerivativeException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public DerivativeException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which derivative is wrong and by how much.</param>
    public DerivativeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which derivative is wrong and by how much.</param>
    /// <param name="innerException">The failure below.</param>
    public DerivativeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// Compares derivatives that were written by hand with central differences of values, extrapolated to step 0, each with an estimate of its own error: a
/// wrong derivative is told from a hard one.
/// </summary>
/// <remarks>
/// The differences are extrapolated over a falling sequence of steps: Ridders (1982), Accurate computation of F'(x) and F'(x) F''(x). Each
/// derivative costs up to 20 values. A point next to a kink of the function can't be checked.
/// </remarks>
public static class DerivativeCheck
{
    private const int Directions = 3;
    private const int Refinements = 10;
    private const double Shrink = 1.4;

    // The extrapolation's estimate is a difference of two tableau entries; the error may be some times larger.
    private const double Trust = 20;

    internal const double Agreement = 1e-5;

    /// <summary>Checks a gradient: every component, and its product with three random directions.</summary>
    /// <param name="function">The function.</param>
    /// <param name="x">The point.</param>
    /// <param name="key">The randomness of the directions; default: the key of seed 0.</param>
    public static DerivativeReport Gradient(IDifferentiableFunction<double> function, ReadOnlySpan<double> x, RandomKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        Function.CheckPoint(x.Length, function.Dimension);
        double[] gradient = new double[x.Length];
        function.ValueAndGradient(x, gradient);
        var worst = new Worst();
        var line = new Line(x, 1, (point, values) => values[0] = function.Value(point));
        for (int i = 0; i < x.Length + Directions; i++)
        {
            double[] direction = Direction(i, x.Length, key);
            line.Differentiate(direction);
            worst.Compare(Name("gradient", i, x.Length), i < x.Length, Dot(gradient, direction), line.Derivative[0], line.Error[0]);
        }

        return worst.Report();
    }

    /// <summary>Checks a Jacobian: every element, and its product with three random directions.</summary>
    /// <param name="function">The residuals.</param>
    /// <param name="x">The point.</param>
    /// <param name="key">The randomness of the directions; default: the key of seed 0.</param>
    public static DerivativeReport Jacobian(IDifferentiableResidualFunction<double> function, ReadOnlySpan<double> x, RandomKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        Function.CheckPoint(x.Length, function.Dimension);
        int n = x.Length, m = function.ResidualCount;
        double[] jacobian = new double[m * n];
        function.ResidualsAndJacobian(x, new double[m], jacobian);
        var worst = new Worst();
        var line = new Line(x, m, (point, values) => function.Residuals(point, values));
        for (int j = 0; j < n + Directions; j++)
        {
            double[] direction = Direction(j, n, key);
            line.Differentiate(direction);
            for (int i = 0; i < m; i++)
                worst.Compare(Name(string.Create(CultureInfo.InvariantCulture, $"jacobian[{i}]"), j, n), j < n, Dot(jacobian.AsSpan(i * n, n), direction), line.Derivative[i], line.Error[i]);
        }

        return worst.Report();
    }

    /// <summary>Checks products of the Hessian with unit vectors and three random directions, against differences of the gradient.</summary>
    /// <param name="function">The function, whose gradient is taken as right.</param>
    /// <param name="x">The point.</param>
    /// <param name="key">The randomness of the directions; default: the key of seed 0.</param>
    public static DerivativeReport HessianProduct(ITwiceDifferentiableFunction<double> function, ReadOnlySpan<double> x, RandomKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        Function.CheckPoint(x.Length, function.Dimension);
        int n = x.Length;
        double[] product = new double[n];
        var worst = new Worst();
        var line = new Line(x, n, (point, values) => function.ValueAndGradient(point, values));
        for (int j = 0; j < n + Directions; j++)
        {
            double[] direction = Direction(j, n, key);
            function.HessianProduct(x, direction, product);
            line.Differentiate(direction);
            for (int i = 0; i < n; i++)
                worst.Compare(Name(string.Create(CultureInfo.InvariantCulture, $"hessian[{i}]"), j, n), j < n, product[i], line.Derivative[i], line.Error[i]);
        }

        return worst.Report();
    }

    private static string Name(string what, int index, int n) => index < n
        ? string.Create(CultureInfo.InvariantCulture, $"{what}[{index}]")
        : string.Create(CultureInfo.InvariantCulture, $"{what} along random direction {index - n}");

    /// <summary>A unit vector, or a direction of signs and sizes between 1/2 and 1.</summary>
    private static double[] Direction(int index, int n, RandomKey? key)
    {
        double[] direction = new double[n];
        if (index < n)
        {
            direction[index] = 1;
            return direction;
        }

        var stream = (key ?? RandomKey.FromSeed(0)).Fold(index - n).Stream();
        foreach (ref double component in direction.AsSpan())
        {
            uint word = stream.NextUInt32();
            component = ((word & 1) == 0 ? 1 : -1) * (0.5 + (word / 8589934592.0));
        }

        return direction;
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Numerics.Reduce.Dot(x, y);

    /// <summary>The largest error so far.</summary>
    private sealed class Worst
    {
        private double _error = -1, _stated, _numerical, _uncertainty;
        private string _component = "";
        private int _count;

        public void Compare(string component, bool isCoordinate, double stated, double numerical, double uncertainty)
        {
            _count++;
            double unexplained = Math.Max(0, Math.Abs(stated - numerical) - (Trust * uncertainty));
            double error = unexplained == 0 ? 0 : unexplained / Math.Max(Math.Abs(stated), Math.Abs(numerical));
            if (double.IsNaN(error) || !double.IsFinite(uncertainty))
                error = double.PositiveInfinity;

            // Where a coordinate is off, every direction is: the coordinate is the news.
            if (error <= _error || (!isCoordinate && _error > Agreement))
                return;
            (_error, _component, _stated, _numerical, _uncertainty) = (error, component, stated, numerical, uncertainty);
        }

        public DerivativeReport Report() => new(Math.Max(0, _error), _component, _stated, _numerical, _uncertainty, _count);
    }

    /// <summary>Derivatives of several values along a line.</summary>
    private sealed class Line(ReadOnlySpan<double> x, int count, Action<double[], double[]> evaluate)
    {
        private readonly double[] _x = x.ToArray();
        private readonly double[] _point = new double[x.Length];
        private readonly double[] _high = new double[count];
        private readonly double[] _low = new double[count];
        private readonly double[] _difference = new double[count];
        private readonly double[,] _previous = new double[count, Refinements];

        public double[] Derivative { get; } = new double[count];

        public double[] Error { get; } = new double[count];

        public void Differentiate(double[] direction)
        {
            double scale = 1;
            for (int i = 0; i < _x.Length; i++)
            {
                if (direction[i] != 0)
                    scale = Math.Max(scale, Math.Abs(_x[i]));
            }

            // A tenth of the scale, or less where the function isn't defined so far away.
            double h = 0.1 * scale;
            while (!TryDifference(direction, h) && h > 1e-12 * scale)
                h /= 4;

            Array.Fill(Error, double.PositiveInfinity);
            for (int i = 0; i < Derivative.Length; i++)
                Derivative[i] = _previous[i, 0] = _difference[i];
            for (int row = 1; row < Refinements; row++)
            {
                h /= Shrink;
                TryDifference(direction, h);
                for (int i = 0; i < Derivative.Length; i++)
                    Extrapolate(i, row, h);
            }
        }

        /// <summary>One more row of the tableau of component i; keeps the entry that its neighbours vouch for best.</summary>
        private void Extrapolate(int i, int row, double h)
        {
            double entry = _difference[i], factor = 1;

            // Rounding of the values limits what a small step can say.
            double rounding = 2e-16 * Math.Max(Math.Abs(_high[i]), Math.Abs(_low[i])) / h;
            for (int order = 1; order <= row; order++)
            {
                factor *= Shrink * Shrink;
                double left = order == 1 ? _difference[i] : entry, above = _previous[i, order - 1];
                double next = ((left * factor) - above) / (factor - 1);
                double error = Math.Max(Math.Max(Math.Abs(next - left), Math.Abs(next - above)), rounding);
                if (error <= Error[i])
                {
                    Error[i] = error;
                    Derivative[i] = next;
                }

                _previous[i, order - 1] = left;
                entry = next;
            }

            _previous[i, row] = entry;
        }

        private bool TryDifference(double[] direction, double h)
        {
            Evaluate(direction, h, _high);
            Evaluate(direction, -h, _low);
            bool finite = true;
            for (int i = 0; i < _difference.Length; i++)
            {
                _difference[i] = (_high[i] - _low[i]) / (2 * h);
                finite &= double.IsFinite(_difference[i]);
            }

            return finite;
        }

        private void Evaluate(double[] direction, double h, double[] values)
        {
            for (int i = 0; i < _x.Length; i++)
                _point[i] = _x[i] + (h * direction[i]);
            evaluate(_point, values);
        }
    }
}
