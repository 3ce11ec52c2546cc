using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;
using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>Computes a value from dual numbers, so that derivatives come with it.</summary>
/// <param name="x">The point.</param>
public delegate Dual4 DualDelegate(ReadOnlySpan<Dual4> x);

/// <summary>Computes residuals from dual numbers, so that derivatives come with them.</summary>
/// <param name="x">The point.</param>
/// <param name="residuals">Receives the residuals; every element is written.</param>
public delegate void DualResidualDelegate(ReadOnlySpan<Dual4> x, Span<Dual4> residuals);

/// <summary>A formula that is written once for all kinds of numbers: plain ones for values, dual ones for derivatives.</summary>
public interface IFormula
{
    /// <summary>Computes f(x).</summary>
    /// <typeparam name="T">The kind of numbers.</typeparam>
    /// <param name="x">The point, n elements.</param>
    T Value<T>(ReadOnlySpan<T> x)
        where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
            ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>;
}

public static partial class Function
{
    /// <summary>
    /// A function with its exact gradient by forward-mode differentiation: <c>Function.From(2, x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0]))</c>
    /// with <c>using static OptiCore.Elementary</c>.
    /// </summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="function">Computes f(x) by arithmetic and elementary functions.</param>
    /// <remarks>
    /// A value costs one evaluation of the formula, a gradient ceil(n / 4): for a few dozen variables at most. Safe for several threads if
    /// the formula is; nothing is allocated after the first calls.
    /// </remarks>
    public static IDifferentiableFunction<double> From(int dimension, DualDelegate function) => new DualFunction(dimension, function);

    /// <summary>A function with exact gradient and exact products of its Hessian, from a formula that is generic in the kind of numbers.</summary>
    /// <typeparam name="TFormula">The formula; best a struct, which is compiled for each kind of numbers.</typeparam>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="formula">Computes f(x).</param>
    /// <remarks>A value is computed with plain doubles; a gradient and a Hessian product cost ceil(n / 4) evaluations with dual numbers, nested ones for the product.</remarks>
    public static ITwiceDifferentiableFunction<double> From<TFormula>(int dimension, TFormula formula) where TFormula : IFormula =>
        new FormulaFunction<TFormula>(dimension, formula);

    /// <summary>Residuals with their exact Jacobian by forward-mode differentiation.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="count">The number m of residuals.</param>
    /// <param name="residuals">Writes r(x), computed by arithmetic and elementary functions.</param>
    /// <remarks>Residuals alone cost one evaluation, the Jacobian ceil(n / 4). Safe for several threads if the formula is; nothing is allocated after the first calls.</remarks>
    public static IDifferentiableResidualFunction<double> FromResiduals(int dimension, int count, DualResidualDelegate residuals) =>
        new DualResidualFunction(dimension, count, residuals);

    /// <summary>Writes the components of four derivatives that exist: n need not be a multiple of four.</summary>
    private static void Scatter(Vector256<double> derivatives, Span<double> target)
    {
        if (target.Length >= Vector256<double>.Count)
        {
            derivatives.CopyTo(target);
            return;
        }

        for (int i = 0; i < target.Length; i++)
            target[i] = derivatives[i];
    }

    private sealed class DualFunction(int dimension, DualDelegate function) : IDifferentiableFunction<double>
    {
        private readonly DualDelegate _function = Require.NotNull(function);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public double Value(ReadOnlySpan<double> x)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Dual4[] point = Constants(x);
            double value = _function(point.AsSpan(0, Dimension)).Value;
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Require.Length(gradient.Length, Dimension, nameof(gradient));
            Dual4[] point = Constants(x);
            double value = double.NaN;
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = Dual4.Variable(x[first + i], i);
                Dual4 result = _function(point.AsSpan(0, Dimension));
                value = result.Value;
                Scatter(result.Derivatives, gradient.Slice(first, count));
                for (int i = 0; i < count; i++)
                    point[first + i] = x[first + i];
            }

            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }
    }

    private sealed class FormulaFunction<TFormula>(int dimension, TFormula formula) : ITwiceDifferentiableFunction<double>
        where TFormula : IFormula
    {
        private readonly TFormula _formula = formula;

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public double Value(ReadOnlySpan<double> x)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            return _formula.Value(x);
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Require.Length(gradient.Length, Dimension, nameof(gradient));
            Dual4[] point = Constants(x);
            double value = double.NaN;
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = Dual4.Variable(x[first + i], i);
                Dual4 result = _formula.Value<Dual4>(point.AsSpan(0, Dimension));
                value = result.Value;
                Scatter(result.Derivatives, gradient.Slice(first, count));
                for (int i = 0; i < count; i++)
                    point[first + i] = x[first + i];
            }

            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Require.Length(v.Length, Dimension, nameof(v));
            Require.Length(product.Length, Dimension, nameof(product));

            // The derivative along v of the four-component gradient: nested dual numbers.
            Dual<Dual4>[] point = ArrayPool<Dual<Dual4>>.Shared.Rent(Dimension);
            for (int i = 0; i < x.Length; i++)
                point[i] = new Dual<Dual4>(x[i], v[i]);
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = new Dual<Dual4>(Dual4.Variable(x[first + i], i), v[first + i]);
                Scatter(_formula.Value<Dual<Dual4>>(point.AsSpan(0, Dimension)).Derivative.Derivatives, product.Slice(first, count));
                for (int i = 0; i < count; i++)
                    point[first + i] = new Dual<Dual4>(x[first + i], v[first + i]);
            }

            ArrayPool<Dual<Dual4>>.Shared.Return(point);
        }
    }

    private sealed class DualResidualFunction(int dimension, int count, DualResidualDelegate residuals) : IDifferentiableResidualFunction<double>
    {
        private readonly DualResidualDelegate _residuals = Require.NotNull(residuals);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int ResidualCount { get; } = Require.Positive(count, nameof(count));

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Require.Length(residuals.Length, ResidualCount, nameof(residuals));
            Dual4[] point = Constants(x), results = ArrayPool<Dual4>.Shared.Rent(ResidualCount);
            _residuals(point.AsSpan(0, Dimension), results.AsSpan(0, ResidualCount));
            for (int i = 0; i < residuals.Length; i++)
                residuals[i] = results[i].Value;
            ArrayPool<Dual4>.Shared.Return(point);
            ArrayPool<Dual4>.Shared.Return(results);
        }

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
        {
            int n = Dimension, m = ResidualCount;
            Require.Length(x.Length, n, nameof(x));
            Require.Length(residuals.Length, m, nameof(residuals));
            Require.Length(jacobian.Length, m * n, nameof(jacobian));
            Dual4[] point = Constants(x), results = ArrayPool<Dual4>.Shared.Rent(m);
            for (int first = 0; first < n; first += 4)
            {
                int columns = Math.Min(4, n - first);
                for (int j = 0; j < columns; j++)
                    point[first + j] = Dual4.Variable(x[first + j], j);
                _residuals(point.AsSpan(0, n), results.AsSpan(0, m));
                for (int i = 0; i < m; i++)
                {
                    residuals[i] = results[i].Value;
                    Scatter(results[i].Derivatives, jacobian.Slice((i * n) + first, columns));
                }

                for (int j = 0; j < columns; j++)
                    point[first + j] = x[first + j];
            }

            ArrayPool<Dual4>.Shared.Return(point);
            ArrayPool<Dual4>.Shared.Return(results);
        }
    }

    private static Dual4[] Constants(ReadOnlySpan<double> x)
    {
        Dual4[] point = ArrayPool<Dual4>.Shared.Rent(x.Length);
        for (int i = 0; i < x.Length; i++)
            point[i] = x[i];
        return point;
    }
}
