using System.Numerics;

namespace OptiCore.TestKit;

/// <summary>
/// A problem that a test watches and disturbs: it counts points, keeps the smallest finite value, can answer NaN or throw, and has every capability that the
/// problem inside has, in either precision. For one thread.
/// </summary>
public sealed class SolverProbe<T>(IProblem<double> inner) : ITwiceDifferentiableFunction<T>, IDifferentiableResidualFunction<T>, ITwiceDifferentiableConstrainedFunction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double[] _x = new double[inner.Dimension];
    private readonly double[] _gradient = new double[inner.Dimension];
    private readonly double[] _direction = new double[inner.Dimension];
    private readonly double[] _residuals = new double[(inner as IResidualFunction<double>)?.ResidualCount ?? 0];
    private readonly double[] _jacobian = new double[((inner as IResidualFunction<double>)?.ResidualCount ?? 0) * inner.Dimension];

    private readonly double[] _constraints = new double[(inner as IConstrainedFunction<double>)?.ConstraintCount ?? 0];
    private readonly double[] _constraintJacobian = new double[((inner as IConstrainedFunction<double>)?.ConstraintCount ?? 0) * inner.Dimension];
    private readonly double[] _multipliers = new double[(inner as IConstrainedFunction<double>)?.ConstraintCount ?? 0];
    private readonly double[] _hessian = new double[inner is ITwiceDifferentiableConstrainedFunction<double> ? inner.Dimension * inner.Dimension : 0];
    private double _pending = double.NaN, _bestViolation = double.NaN;

    public int Dimension => inner.Dimension;

    public int ResidualCount => _residuals.Length;

    /// <summary>The number of points evaluated, thrown-upon ones not included.</summary>
    public long Points { get; private set; }

    public int ConstraintCount => _constraints.Length;

    public Bounds ConstraintBounds => (inner as IConstrainedFunction<double>)?.ConstraintBounds ?? Bounds.All(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>
    /// The smallest finite value so far; NaN before there is one. With constraints, values asked together with them only: of points that satisfy the constraints to within 1e-8, or of the least
    /// violation where none does.
    /// </summary>
    public double Best { get; private set; } = double.NaN;

    /// <summary>Where the function is NaN: by number of the evaluation, from 0, and point.</summary>
    public Func<long, double[], bool>? Undefined { get; init; }

    /// <summary>What the algorithm adds to the function, as a regularizer does: infinity where it allows no point. <see cref="Best"/> is the best sum.</summary>
    public Func<double[], double>? Added { get; init; }

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

    public void Constraints(ReadOnlySpan<T> x, Span<T> constraints)
    {
        EnterConstraints(x);
        ((IConstrainedFunction<double>)inner).Constraints(_x, _constraints);
        Convert(_constraints, constraints);
        LeaveConstraints();
    }

    public void ConstraintsAndJacobian(ReadOnlySpan<T> x, Span<T> constraints, Span<T> jacobian)
    {
        EnterConstraints(x);
        ((IDifferentiableConstrainedFunction<double>)inner).ConstraintsAndJacobian(_x, _constraints, _constraintJacobian);
        Convert(_constraints, constraints);
        Convert(_constraintJacobian, jacobian);
        LeaveConstraints();
    }

    public void LagrangianHessian(ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, Span<T> hessian)
    {
        Enter(x);
        for (int i = 0; i < multipliers.Length; i++)
            _multipliers[i] = double.CreateTruncating(multipliers[i]);
        ((ITwiceDifferentiableConstrainedFunction<double>)inner).LagrangianHessian(_x, _multipliers, _hessian);
        Convert(_hessian, hessian);
        Points++;
    }

    /// <summary>Constraints that are asked together with a value come right after it, and are one point with it.</summary>
    private void EnterConstraints(ReadOnlySpan<T> x)
    {
        for (int i = 0; i < x.Length; i++)
        {
            if (_x[i] != double.CreateTruncating(x[i]))
                throw new InvalidOperationException("The constraints are asked at another point than the value before them.");
        }
    }

    private void LeaveConstraints()
    {
        double violation = 0;
        for (int i = 0; i < _constraints.Length; i++)
            violation = Math.Max(violation, Math.Max(ConstraintBounds.Lower(i) - _constraints[i], _constraints[i] - ConstraintBounds.Upper(i)));
        if (!double.IsFinite(_pending) || !double.IsFinite(violation))
            return;
        bool feasible = violation <= 1e-8, bestFeasible = _bestViolation <= 1e-8;
        if (double.IsNaN(Best)
            || (feasible && bestFeasible ? _pending < Best : feasible || (!bestFeasible && (violation < _bestViolation || (violation == _bestViolation && _pending < Best)))))
            (Best, _bestViolation) = (_pending, violation);
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
        _pending = value;
        double objective = Added is null ? value : value + Added(_x);
        if (_constraints.Length == 0 && double.IsFinite(objective) && !(objective >= Best))
            Best = objective;
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
