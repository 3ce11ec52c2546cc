using System.Numerics;

namespace OptiCore.TestKit;

/// <summary>
/// A problem that a test watches and disturbs: it counts points, keeps the smallest finite value, can answer NaN or throw, and has every capability that the
/// problem inside has, in either precision. For one thread.
/// </summary>
public sealed class SolverProbe<T>(IProblem<double> inner) : ITwiceDifferentiableFunction<T>, IDifferentiableResidualFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double[] _x = new double[inner.Dimension];
    private readonly double[] _gradient = new double[inner.Dimension];
    private readonly double[] _direction = new double[inner.Dimension];
    private readonly double[] _residuals = new double[(inner as IResidualFunction<double>)?.ResidualCount ?? 0];
    private readonly double[] _jacobian = new double[((inner as IResidualFunction<double>)?.ResidualCount ?? 0) * inner.Dimension];

    public int Dimension => inner.Dimension;

    public int ResidualCount => _residuals.Length;

    /// <summary>The number of points evaluated, thrown-upon ones not included.</summary>
    public long Points { get; private set; }

    /// <summary>The smallest finite value so far; NaN before there is one.</summary>
    public double Best { get; private set; } = double.NaN;

    /// <summary>Where the function is NaN: by number of the evaluation, from 0, and point.</summary>
    public Func<long, double[], bool>? Undefined { get; init; }

    /// <summary>Called before each evaluation with its number, from 0; may throw or cancel.</summary>
    public Action<long>? Before { get; init; }

    public double Value(ReadOnlySpan<T> x)
    {
        Enter(x);
        return Leave(((IFunction<double>)inner).Value(_x));
    }

    public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient)
    {
        Enter(x);
        double value = ((IDifferentiableFunction<double>)inner).ValueAndGradient(_x, _gradient);
        Convert(_gradient, gradient);
        return Leave(value);
    }

    public void HessianProduct(ReadOnlySpan<T> x, ReadOnlySpan<T> v, Span<T> product)
    {
        Enter(x);
        for (int i = 0; i < v.Length; i++)
            _direction[i] = double.CreateTruncating(v[i]);
        ((ITwiceDifferentiableFunction<double>)inner).HessianProduct(_x, _direction, _gradient);
        Convert(_gradient, product);
        Points++;
    }

    public void Residuals(ReadOnlySpan<T> x, Span<T> residuals)
    {
        Enter(x);
        ((IResidualFunction<double>)inner).Residuals(_x, _residuals);
        LeaveResiduals(residuals);
    }

    public void ResidualsAndJacobian(ReadOnlySpan<T> x, Span<T> residuals, Span<T> jacobian)
    {
        Enter(x);
        ((IDifferentiableResidualFunction<double>)inner).ResidualsAndJacobian(_x, _residuals, _jacobian);
        Convert(_jacobian, jacobian);
        LeaveResiduals(residuals);
    }

    private void Enter(ReadOnlySpan<T> x)
    {
        for (int i = 0; i < x.Length; i++)
            _x[i] = double.CreateTruncating(x[i]);
        Before?.Invoke(Points);
    }

    private double Leave(double value)
    {
        if (Undefined is not null && Undefined(Points, _x))
            value = double.NaN;
        Points++;
        if (double.IsFinite(value) && !(value >= Best))
            Best = value;
        return value;
    }

    private void LeaveResiduals(Span<T> residuals)
    {
        Convert(_residuals, residuals);
        double sum = 0;
        foreach (T r in residuals)
            sum += double.CreateTruncating(r) * double.CreateTruncating(r);
        if (double.IsNaN(Leave(0.5 * sum)))
            residuals[0] = T.NaN;
    }

    private static void Convert(double[] from, Span<T> to)
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = T.CreateTruncating(from[i]);
    }
}
