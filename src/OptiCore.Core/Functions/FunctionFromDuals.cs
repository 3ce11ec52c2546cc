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
    /// A function of any number of variables with its exact gradient by forward-mode differentiation:
    /// <c>Function.From(x => 100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0]))</c> with <c>using static OptiCore.Elementary</c>.
    /// The starting point decides how many variables there are.
    /// </summary>
    /// <param name="function">Computes f(x) by arithmetic and elementary functions.</param>
    /// <remarks>Cost and safety as of <see cref="From(int, DualDelegate)"/>.</remarks>
    public static IDifferentiableFunction<double> From(DualDelegate function) => new DualFunction(0, function);

    /// <summary>Residuals of any number of variables with their exact Jacobian by forward-mode differentiation; the starting point decides.</summary>
    /// <param name="count">The number m of residuals.</param>
    /// <param name="residuals">Writes r(x), computed by arithmetic and elementary functions.</param>
    /// <remarks>Cost and safety as of <see cref="FromResiduals(int, int, DualResidualDelegate)"/>.</remarks>
    public static IDifferentiableResidualFunction<double> FromResiduals(int count, DualResidualDelegate residuals) => new DualResidualFunction(0, count, residuals);

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
    public static IDifferentiableFunction<double> From(int dimension, DualDelegate function) => new DualFunction(Require.Positive(dimension, nameof(dimension)), function);

    /// <summary>A function with exact gradient and exact products of its Hessian, from a formula that is generic in the kind of numbers.</summary>
    /// <typeparam name="TFormula">The formula; best a struct, which is compiled for each kind of numbers.</typeparam>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="formula">Computes f(x).</param>
    /// <remarks>A value is computed with plain doubles; a gradient and a Hessian product cost ceil(n / 4) evaluations with dual numbers, nested ones for the product.</remarks>
    public static ITwiceDifferentiableFunction<double> From<TFormula>(int dimension, TFormula formula) where TFormula : IFormula =>
        new FormulaFunction<TFormula>(Require.Positive(dimension, nameof(dimension)), formula);

    /// <summary>Residuals with their exact Jacobian by forward-mode differentiation.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="count">The number m of residuals.</param>
    /// <param name="residuals">Writes r(x), computed by arithmetic and elementary functions.</param>
    /// <remarks>Residuals alone cost one evaluation, the Jacobian ceil(n / 4). Safe for several threads if the formula is; nothing is allocated after the first calls.</remarks>
    public static IDifferentiableResidualFunction<double> FromResiduals(int dimension, int count, DualResidualDelegate residuals) =>
        new DualResidualFunction(Require.Positive(dimension, nameof(dimension)), count, residuals);

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

        public int Dimension { get; } = dimension;

        public double Value(ReadOnlySpan<double> x)
        {
            CheckPoint(x.Length, Dimension);
            Dual4[] point = Constants(x);
            double value = _function(point.AsSpan(0, x.Length)).Value;
            ArrayPool<Dual4>.Shared.Return(point);
            return value;
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(gradient.Length, x.Length, nameof(gradient));
            Dual4[] point = Constants(x);
            double value = double.NaN;
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = Dual4.Variable(x[first + i], i);
                Dual4 result = _function(point.AsSpan(0, x.Length));
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

        public int Dimension { get; } = dimension;

        public double Value(ReadOnlySpan<double> x)
        {
            CheckPoint(x.Length, Dimension);
            return _formula.Value(x);
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(gradient.Length, x.Length, nameof(gradient));
            Dual4[] point = Constants(x);
            double value = double.NaN;
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = Dual4.Variable(x[first + i], i);
                Dual4 result = _formula.Value<Dual4>(point.AsSpan(0, x.Length));
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
            CheckPoint(x.Length, Dimension);
            Require.Length(v.Length, x.Length, nameof(v));
            Require.Length(product.Length, x.Length, nameof(product));

            // The derivative along v of the four-component gradient: nested dual numbers.
            Dual<Dual4>[] point = ArrayPool<Dual<Dual4>>.Shared.Rent(x.Length);
            for (int i = 0; i < x.Length; i++)
                point[i] = new Dual<Dual4>(x[i], v[i]);
            for (int first = 0; first < x.Length; first += 4)
            {
                int count = Math.Min(4, x.Length - first);
                for (int i = 0; i < count; i++)
                    point[first + i] = new Dual<Dual4>(Dual4.Variable(x[first + i], i), v[first + i]);
                Scatter(_formula.Value<Dual<Dual4>>(point.AsSpan(0, x.Length)).Derivative.Derivatives, product.Slice(first, count));
                for (int i = 0; i < count; i++)
                    point[first + i] = new Dual<Dual4>(x[first + i], v[first + i]);
            }

            ArrayPool<Dual<Dual4>>.Shared.Return(point);
        }
    }

    private sealed class DualResidualFunction(int dimension, int count, DualResidualDelegate residuals) : IDifferentiableResidualFunction<double>
    {
        private readonly DualResidualDelegate _residuals = Require.NotNull(residuals);

        public int Dimension { get; } = dimension;

        public int ResidualCount { get; } = Require.Positive(count, nameof(count));

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(residuals.Length, ResidualCount, nameof(residuals));
            Dual4[] point = Constants(x), results = ArrayPool<Dual4>.Shared.Rent(ResidualCount);
            _residuals(point.AsSpan(0, x.Length), results.AsSpan(0, ResidualCount));
            for (int i = 0; i < residuals.Length; i++)
                residuals[i] = results[i].Value;
            ArrayPool<Dual4>.Shared.Return(point);
            ArrayPool<Dual4>.Shared.Return(results);
        }

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
        {
            int n = x.Length, m = ResidualCount;
            CheckPoint(n, Dimension);
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
