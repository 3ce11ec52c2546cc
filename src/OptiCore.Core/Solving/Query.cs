using System.Globalization;
using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Solving;

/// <summary>
/// A question of an algorithm and its answer: one or more points, what is wanted there, and the buffers that receive it.
/// The run answers it from a function; with ask/tell the caller does.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <remarks>All buffers are allocated by the constructor and reused for the whole run, unless an algorithm asks for more points than it did before.</remarks>
public sealed class Query<T> : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _points;
    private double[] _values;
    private bool[] _finite;
    private T[] _gradients;
    private T[] _residuals;
    private readonly T[] _jacobian;
    private readonly T[] _direction;
    private readonly T[] _product;
    private T[] _constraints;
    private readonly T[] _constraintJacobian;
    private readonly T[] _multipliers;
    private readonly T[] _lagrangianHessian;
    private double[] _violations;
    private Oracle _needs;
    private int _count = 1;

    /// <summary>Allocates the buffers for everything that an algorithm will ever ask.</summary>
    /// <param name="shape">The sizes of the problem.</param>
    /// <param name="everNeeds">The union of all wants; also the first value of <see cref="Needs"/>.</param>
    /// <param name="capacity">The largest number of points of one question.</param>
    public Query(ProblemShape shape, Oracle everNeeds, int capacity = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Shape = shape;
        Capacity = capacity;
        EverNeeds = everNeeds;
        _needs = everNeeds;
        int n = shape.Dimension;
        int m = shape.ResidualCount;
        _points = new T[n * capacity];
        _values = new double[capacity];
        _finite = new bool[capacity];
        _gradients = (everNeeds & Oracle.Gradient) != 0 ? new T[n * capacity] : [];
        bool residuals = (everNeeds & (Oracle.Residuals | Oracle.Jacobian)) != 0;
        if (residuals && m < 1)
            throw new ArgumentException("A least-squares algorithm needs the number of residuals in the problem's shape.", nameof(shape));
        _residuals = residuals ? new T[m * capacity] : [];
        _jacobian = (everNeeds & Oracle.Jacobian) != 0 ? new T[m * n] : [];
        _direction = (everNeeds & Oracle.HessianProduct) != 0 ? new T[n] : [];
        _product = (everNeeds & Oracle.HessianProduct) != 0 ? new T[n] : [];
        if ((everNeeds & (Oracle.Jacobian | Oracle.ConstraintJacobian | Oracle.LagrangianHessian)) != 0 && capacity != 1)
            throw new ArgumentException("Jacobians and Hessians are asked for one point at a time.", nameof(capacity));
        int constraints = shape.ConstraintCount;
        _constraints = (everNeeds & (Oracle.Constraints | Oracle.ConstraintJacobian)) != 0 ? new T[constraints * capacity] : [];
        _violations = (everNeeds & (Oracle.Constraints | Oracle.ConstraintJacobian)) != 0 ? new double[capacity] : [];
        _constraintJacobian = (everNeeds & Oracle.ConstraintJacobian) != 0 ? new T[constraints * n] : [];
        _multipliers = (everNeeds & Oracle.LagrangianHessian) != 0 ? new T[constraints] : [];
        _lagrangianHessian = (everNeeds & Oracle.LagrangianHessian) != 0 ? new T[n * n] : [];
    }

    /// <summary>The sizes of the problem.</summary>
    public ProblemShape Shape { get; }

    /// <summary>The number n of variables.</summary>
    public int Dimension => Shape.Dimension;

    /// <summary>The largest number of points of one question.</summary>
    public int Capacity { get; private set; }

    /// <summary>Everything that the algorithm may ask during a run.</summary>
    public Oracle EverNeeds { get; }

    /// <summary>What is wanted now, at every point of the question.</summary>
    public Oracle Needs
    {
        get => _needs;
        set => _needs = (value & ~EverNeeds) == 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The query has no buffers for this.");
    }

    /// <summary>The number of points of the question, from 1 to <see cref="Capacity"/>.</summary>
    public int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            _count = value;
        }
    }

    /// <summary>The points of the question, one after the other.</summary>
    public Span<T> Points => _points.AsSpan(0, Count * Dimension);

    /// <summary>The values of the points of the question.</summary>
    public Span<double> Values => _values.AsSpan(0, Count);

    /// <summary>One point, n elements.</summary>
    /// <param name="index">Its number, from 0.</param>
    public Span<T> Point(int index = 0) => _points.AsSpan(index * Dimension, Dimension);

    /// <summary>The value at one point. For residual questions it is 1/2 |r|^2, filled in by the run.</summary>
    /// <param name="index">Its number, from 0.</param>
    public ref double Value(int index = 0) => ref _values[index];

    /// <summary>The gradient at one point, n elements.</summary>
    /// <param name="index">Its number, from 0.</param>
    public Span<T> Gradient(int index = 0) => _gradients.AsSpan(index * Dimension, Dimension);

    /// <summary>The residuals at one point, m elements.</summary>
    /// <param name="index">Its number, from 0.</param>
    public Span<T> Residuals(int index = 0) => _residuals.AsSpan(index * Shape.ResidualCount, Shape.ResidualCount);

    /// <summary>The Jacobian at the point, m x n, row-major.</summary>
    public Span<T> Jacobian => _jacobian;

    /// <summary>The vector that the Hessian is multiplied with, n elements.</summary>
    public Span<T> Direction => _direction;

    /// <summary>The product of Hessian and <see cref="Direction"/>, n elements.</summary>
    public Span<T> HessianProduct => _product;

    /// <summary>The values of the constraints at one point, <see cref="ProblemShape.ConstraintCount"/> elements.</summary>
    /// <param name="index">Its number, from 0.</param>
    public Span<T> Constraints(int index = 0) => _constraints.AsSpan(index * Shape.ConstraintCount, Shape.ConstraintCount);

    /// <summary>The Jacobian of the constraints at the point, row-major, a row for each constraint.</summary>
    public Span<T> ConstraintJacobian => _constraintJacobian;

    /// <summary>The multipliers of the Lagrangian whose Hessian is asked, one for each constraint.</summary>
    public Span<T> Multipliers => _multipliers;

    /// <summary>The Hessian of the Lagrangian at the point, n x n.</summary>
    public Span<T> LagrangianHessian => _lagrangianHessian;

    /// <summary>
    /// The largest violation of a constraint at one point, max_i max(lower_i - c_i, c_i - upper_i, 0); NaN where a constraint is. Filled in by the run before the algorithm sees the answer.
    /// </summary>
    /// <param name="index">Its number, from 0.</param>
    public double Violation(int index = 0) => _violations[index];

    /// <summary>True when everything that was answered for this point is finite. Decided by the run before the algorithm sees the answer.</summary>
    /// <param name="index">The number of the point, from 0.</param>
    public bool IsFinite(int index = 0) => _finite[index];

    /// <summary>Makes room for larger questions, for algorithms whose population grows. Keeps what the question holds.</summary>
    /// <param name="capacity">The number of points that must fit.</param>
    /// <exception cref="InvalidOperationException">The query asks for a Jacobian, which is asked for one point at a time.</exception>
    public void EnsureCapacity(int capacity)
    {
        if (capacity > Capacity)
            Resize(capacity);
    }

    /// <summary>
    /// Completes an answer: values of residual questions, and which points are finite. The run calls it before the algorithm sees the answer; an algorithm calls it for the question of
    /// another one inside it.
    /// </summary>
    public void Complete()
    {
        bool residuals = (Needs & (Oracle.Residuals | Oracle.Jacobian)) != 0;
        bool values = residuals || (Needs & (Oracle.Value | Oracle.Gradient)) != 0;
        bool constraints = (Needs & (Oracle.Constraints | Oracle.ConstraintJacobian)) != 0;
        for (int i = 0; i < Count; i++)
        {
            if (residuals)
                _values[i] = 0.5 * SumOfSquares(Residuals(i));
            bool finite = !values || double.IsFinite(_values[i]);
            if (finite && (Needs & Oracle.Gradient) != 0)
                finite = AllFinite(Gradient(i));
            if (finite && (Needs & Oracle.Jacobian) != 0)
                finite = AllFinite(Jacobian);
            if (finite && (Needs & Oracle.HessianProduct) != 0)
                finite = AllFinite(HessianProduct);
            if (constraints)
            {
                _violations[i] = ViolationOf(Constraints(i));
                finite = finite && AllFinite(Constraints(i));
            }

            if (finite && (Needs & Oracle.ConstraintJacobian) != 0)
                finite = AllFinite(ConstraintJacobian);
            if (finite && (Needs & Oracle.LagrangianHessian) != 0)
                finite = AllFinite(LagrangianHessian);
            _finite[i] = finite;
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        int capacity = Capacity;
        archive.Transfer(ref capacity);
        if (capacity != Capacity)
        {
            if (capacity < 1 || (EverNeeds & Oracle.Jacobian) != 0)
                throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved state asks for {capacity} points at once, this one for {Capacity}: it belongs to another configuration."));
            Resize(capacity);
        }

        archive.Transfer(ref _needs);
        archive.Transfer(ref _count);
        archive.Transfer<T>(_points);
        archive.Transfer<double>(_values);
        archive.Transfer<bool>(_finite);
        archive.Transfer<T>(_gradients);
        archive.Transfer<T>(_residuals);
        archive.Transfer<T>(_jacobian);
        archive.Transfer<T>(_direction);
        archive.Transfer<T>(_product);
        archive.Transfer<T>(_constraints);
        archive.Transfer<T>(_constraintJacobian);
        archive.Transfer<T>(_multipliers);
        archive.Transfer<T>(_lagrangianHessian);
        archive.Transfer<double>(_violations);
    }

    private double ViolationOf(ReadOnlySpan<T> constraints)
    {
        double largest = 0;
        for (int i = 0; i < constraints.Length; i++)
        {
            double c = double.CreateTruncating(constraints[i]);
            largest = Math.Max(largest, Math.Max(Shape.ConstraintBounds!.Lower(i) - c, c - Shape.ConstraintBounds.Upper(i)));
        }

        return largest;
    }

    private void Resize(int capacity)
    {
        if ((EverNeeds & Oracle.Jacobian) != 0)
            throw new InvalidOperationException("Jacobians are asked for one point at a time.");
        Capacity = capacity;
        Array.Resize(ref _points, checked(Dimension * capacity));
        Array.Resize(ref _values, capacity);
        Array.Resize(ref _finite, capacity);
        if (_gradients.Length > 0)
            Array.Resize(ref _gradients, checked(Dimension * capacity));
        if (_residuals.Length > 0)
            Array.Resize(ref _residuals, checked(Shape.ResidualCount * capacity));
        if (_violations.Length > 0)
        {
            Array.Resize(ref _constraints, checked(Shape.ConstraintCount * capacity));
            Array.Resize(ref _violations, capacity);
        }
    }

    /// <summary>In double and in one fixed order, so that the value has the same bits everywhere.</summary>
    private static double SumOfSquares(ReadOnlySpan<T> values)
    {
        double sum = 0;
        foreach (T value in values)
        {
            double v = double.CreateTruncating(value);
            sum += v * v;
        }

        return sum;
    }

    private static bool AllFinite(ReadOnlySpan<T> values)
    {
        // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
        var sum = Vector<T>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            sum += new Vector<T>(values[i..]) * Vector<T>.Zero;
        T rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
            rest += values[i] * T.Zero;
        return rest == T.Zero;
    }
}
