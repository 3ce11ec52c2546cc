using System.Buffers;
using OptiCore.Numerics;

namespace OptiCore;

/// <summary>How a derivative is approximated by values.</summary>
public enum FiniteDifference
{
    /// <summary>(f(x + h) - f(x)) / h with h = eps^(1/2) max(1, |x|): one value a variable, about 8 digits.</summary>
    Forward,

    /// <summary>(f(x + h) - f(x - h)) / 2h with h = eps^(1/3) max(1, |x|): two values a variable, about 10 digits.</summary>
    Central,
}

/// <remarks>
/// Finite differences are the last resort: exact derivatives (<see cref="From(int, DualDelegate)"/>) are cheaper and let algorithms converge to full precision.
/// Steps are those of Dennis and Schnabel (1983), Numerical methods for unconstrained optimization and nonlinear equations, section 5.4: they
/// balance truncation against rounding for functions that are computed to full precision and vary on the scale of max(1, |x|).
/// The adapters allocate nothing after the first calls and are as safe for several threads as the function below them.
/// </remarks>
public static partial class Function
{
    /// <summary>The function with gradients by finite differences: n + 1 values for <see cref="FiniteDifference.Forward"/>, 2 n + 1 for <see cref="FiniteDifference.Central"/>.</summary>
    /// <param name="function">The function.</param>
    /// <param name="scheme">The scheme.</param>
    public static IDifferentiableFunction<double> WithFiniteDifferences(this IFunction<double> function, FiniteDifference scheme = FiniteDifference.Central) =>
        new DifferenceFunction(function, scheme);

    /// <summary>The residuals with Jacobians by finite differences: n + 1 or 2 n + 1 evaluations of the residuals.</summary>
    /// <param name="residuals">The residuals.</param>
    /// <param name="scheme">The scheme.</param>
    public static IDifferentiableResidualFunction<double> WithFiniteDifferences(this IResidualFunction<double> residuals, FiniteDifference scheme = FiniteDifference.Central) =>
        new DifferenceResidualFunction(residuals, scheme);

    /// <summary>The function with products of its Hessian by finite differences of gradients along the vector: two gradients a product.</summary>
    /// <param name="function">The function.</param>
    /// <param name="scheme">The scheme; the step along v is that of the scheme, scaled by max(1, max|x|) / max|v|.</param>
    public static ITwiceDifferentiableFunction<double> WithHessianByDifferences(this IDifferentiableFunction<double> function, FiniteDifference scheme = FiniteDifference.Central) =>
        new DifferenceHessianFunction(function, scheme);

    private static double RelativeStep(FiniteDifference scheme) => scheme == FiniteDifference.Forward ? Math.Sqrt(Math.BitIncrement(1.0) - 1) : Math.Cbrt(Math.BitIncrement(1.0) - 1);

    private sealed class DifferenceFunction(IFunction<double> function, FiniteDifference scheme) : IDifferentiableFunction<double>
    {
        private readonly IFunction<double> _function = Require.NotNull(function);
        private readonly FiniteDifference _scheme = Require.Defined(scheme, nameof(scheme));
        private readonly double _step = RelativeStep(scheme);

        public int Dimension => _function.Dimension;

        public double Value(ReadOnlySpan<double> x) => _function.Value(x);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(gradient.Length, x.Length, nameof(gradient));
            double value = _function.Value(x);
            double[] rented = ArrayPool<double>.Shared.Rent(x.Length);
            Span<double> moved = rented.AsSpan(0, x.Length);
            x.CopyTo(moved);
            for (int i = 0; i < x.Length; i++)
            {
                double h = _step * Math.Max(1, Math.Abs(x[i]));
                double up = x[i] + h, down = _scheme == FiniteDifference.Forward ? x[i] : x[i] - h;
                moved[i] = up;
                double high = _function.Value(moved), low = value;
                if (_scheme == FiniteDifference.Central)
                {
                    moved[i] = down;
                    low = _function.Value(moved);
                }

                moved[i] = x[i];

                // The step that was taken, not the one that was meant: rounding of x + h would be an error of the derivative.
                gradient[i] = (high - low) / (up - down);
            }

            ArrayPool<double>.Shared.Return(rented);
            return value;
        }
    }

    private sealed class DifferenceResidualFunction(IResidualFunction<double> residuals, FiniteDifference scheme) : IDifferentiableResidualFunction<double>
    {
        private readonly IResidualFunction<double> _residuals = Require.NotNull(residuals);
        private readonly FiniteDifference _scheme = Require.Defined(scheme, nameof(scheme));
        private readonly double _step = RelativeStep(scheme);

        public int Dimension => _residuals.Dimension;

        public int ResidualCount => _residuals.ResidualCount;

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => _residuals.Residuals(x, residuals);

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
        {
            int n = x.Length, m = ResidualCount;
            CheckPoint(n, Dimension);
            Require.Length(residuals.Length, m, nameof(residuals));
            Require.Length(jacobian.Length, m * n, nameof(jacobian));
            _residuals.Residuals(x, residuals);
            double[] rented = ArrayPool<double>.Shared.Rent(n + (2 * m));
            Span<double> moved = rented.AsSpan(0, n), high = rented.AsSpan(n, m), low = rented.AsSpan(n + m, m);
            x.CopyTo(moved);
            residuals.CopyTo(low);
            for (int j = 0; j < n; j++)
            {
                double h = _step * Math.Max(1, Math.Abs(x[j]));
                double up = x[j] + h, down = _scheme == FiniteDifference.Forward ? x[j] : x[j] - h;
                moved[j] = up;
                _residuals.Residuals(moved, high);
                if (_scheme == FiniteDifference.Central)
                {
                    moved[j] = down;
                    _residuals.Residuals(moved, low);
                }

                moved[j] = x[j];
                for (int i = 0; i < m; i++)
                    jacobian[(i * n) + j] = (high[i] - low[i]) / (up - down);
            }

            ArrayPool<double>.Shared.Return(rented);
        }
    }

    private sealed class DifferenceHessianFunction(IDifferentiableFunction<double> function, FiniteDifference scheme) : ITwiceDifferentiableFunction<double>
    {
        private readonly IDifferentiableFunction<double> _function = Require.NotNull(function);
        private readonly FiniteDifference _scheme = Require.Defined(scheme, nameof(scheme));
        private readonly double _step = RelativeStep(scheme);

        public int Dimension => _function.Dimension;

        public double Value(ReadOnlySpan<double> x) => _function.Value(x);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => _function.ValueAndGradient(x, gradient);

        public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product)
        {
            int n = x.Length;
            CheckPoint(n, Dimension);
            Require.Length(v.Length, n, nameof(v));
            Require.Length(product.Length, n, nameof(product));
            double length = Reduce.MaxNorm(v);
            if (length == 0)
            {
                product.Clear();
                return;
            }

            double h = _step * Math.Max(1, Reduce.MaxNorm(x)) / length;
            double back = _scheme == FiniteDifference.Central ? h : 0;
            double[] rented = ArrayPool<double>.Shared.Rent(2 * n);
            Span<double> moved = rented.AsSpan(0, n), low = rented.AsSpan(n, n);
            for (int i = 0; i < n; i++)
                moved[i] = x[i] - (back * v[i]);
            _function.ValueAndGradient(moved, low);
            for (int i = 0; i < n; i++)
                moved[i] = x[i] + (h * v[i]);
            _function.ValueAndGradient(moved, product);
            for (int i = 0; i < n; i++)
                product[i] = (product[i] - low[i]) / (h + back);
            ArrayPool<double>.Shared.Return(rented);
        }
    }
}
