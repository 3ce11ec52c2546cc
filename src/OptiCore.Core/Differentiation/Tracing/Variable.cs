using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// A tensor that isn't computed yet: a handle on an input, a constant or the result of an operation. Ordinary expressions over variables build a graph; a
/// <see cref="Computation{T}"/> compiled from it computes the numbers as often as wanted, and <see cref="Derivative"/> derives new expressions from it.
/// </summary>
/// <remarks>
/// <para>Arithmetic is element-wise with broadcasting (see <see cref="Differentiation.Shape"/>); numbers become constants. Shapes are known and checked while the expression is written.
/// Comparisons give 1 where they hold and 0 where they don't.</para>
/// <para>A variable has no element type: a program is compiled for <see cref="float"/> or <see cref="double"/>. Variables never change and may be used by several threads and in
/// several programs.</para>
/// </remarks>
public readonly struct Variable : IEquatable<Variable>
{
    private readonly Node? _node;

    internal Variable(Node node, int output)
    {
        _node = node;
        Output = output;
    }

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape => Node.Shapes[Output];

    /// <summary>The number of axes.</summary>
    public int Rank => Shape.Rank;

    internal Node Node => _node ?? throw new InvalidOperationException("A variable that was never assigned: make it by Variable.Input, Variable.Constant or an operation.");

    internal int Output { get; }

    /// <summary>A number, the same for all elements that it is combined with.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Variable(double value) => Constant(value);

    /// <summary>The part of a tensor at one place of its first axis, which disappears: <c>x[0]</c>, <c>x[^1]</c>.</summary>
    /// <param name="index">The place.</param>
    /// <exception cref="ArgumentException">The tensor is a scalar.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The place lies outside the axis.</exception>
    public Variable this[Index index]
    {
        get
        {
            RequireAxis();
            int start = index.GetOffset(Shape[0]);
            return Operations.Reshape(Operations.Slice(this, 0, start, 1), Shape.Without(0, 1));
        }
    }

    /// <summary>A range of the first axis: <c>x[2..^1]</c>.</summary>
    /// <param name="range">The range.</param>
    /// <exception cref="ArgumentException">The tensor is a scalar.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range lies outside the axis.</exception>
    public Variable this[Range range]
    {
        get
        {
            RequireAxis();
            (int start, int length) = range.GetOffsetAndLength(Shape[0]);
            return Operations.Slice(this, 0, start, length);
        }
    }

    /// <summary>The element-wise sum x + y.</summary>
    public static Variable operator +(Variable x, Variable y) => Binary<Add>.Of(x, y);

    /// <summary>The element-wise difference x - y.</summary>
    public static Variable operator -(Variable x, Variable y) => Binary<Subtract>.Of(x, y);

    /// <summary>The element-wise product x y.</summary>
    public static Variable operator *(Variable x, Variable y) => Binary<Multiply>.Of(x, y);

    /// <summary>The element-wise quotient x / y.</summary>
    public static Variable operator /(Variable x, Variable y) => Binary<Divide>.Of(x, y);

    /// <summary>The negative -x.</summary>
    public static Variable operator -(Variable x) => Unary<Negate>.Of(x);

    /// <summary>x itself.</summary>
    public static Variable operator +(Variable x) => x;

    /// <summary>1 where x &gt; y, else 0.</summary>
    public static Variable operator >(Variable x, Variable y) => Binary<Greater>.Of(x, y);

    /// <summary>1 where x &lt; y, else 0.</summary>
    public static Variable operator <(Variable x, Variable y) => Binary<Greater>.Of(y, x);

    /// <summary>1 where x &gt;= y, else 0.</summary>
    public static Variable operator >=(Variable x, Variable y) => Binary<GreaterOrEqual>.Of(x, y);

    /// <summary>1 where x &lt;= y, else 0.</summary>
    public static Variable operator <=(Variable x, Variable y) => Binary<GreaterOrEqual>.Of(y, x);

    /// <summary>True for two handles on the same result; for a comparison of elements see <see cref="Operations.EqualTo"/>.</summary>
    public static bool operator ==(Variable left, Variable right) => left.Equals(right);

    /// <summary>True for handles on different results.</summary>
    public static bool operator !=(Variable left, Variable right) => !left.Equals(right);

    /// <summary>An input of programs, whose numbers are given for each run.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="shape">Its shape.</param>
    public static Variable Input(string name, Shape shape) => new(new Node(new InputOperation(Require.NotNull(name), shape)), 0);

    /// <summary>A constant number.</summary>
    /// <param name="value">The number.</param>
    public static Variable Constant(double value) => new(new Node(new ConstantOperation([value], Shape.Scalar)), 0);

    /// <summary>A constant tensor; the numbers are copied.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The shape.</param>
    /// <exception cref="ArgumentException">The number of elements is not that of the shape.</exception>
    public static Variable Constant<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(values.Length, shape.ElementCount, nameof(values));
        var copy = new double[values.Length];
        for (int i = 0; i < copy.Length; i++)
            copy[i] = double.CreateTruncating(values[i]);
        return new Variable(new Node(new ConstantOperation(copy, shape)), 0);
    }

    /// <summary>A constant tensor; the numbers are copied.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="tensor">The tensor.</param>
    public static Variable Constant<T>(DenseTensor<T> tensor) where T : unmanaged, IFloatingPointIeee754<T> =>
        Constant<T>(Require.NotNull(tensor).Span, Shape.Create(tensor.Shape));

    /// <summary>True for handles on the same result of the same operation.</summary>
    /// <param name="other">The other handle.</param>
    public bool Equals(Variable other) => ReferenceEquals(_node, other._node) && Output == other.Output;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Variable other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_node is null ? 0 : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(_node), Output);

    /// <summary>The operation and the shape, as in <c>tanh [64 x 8]</c>.</summary>
    public override string ToString() => _node is null ? "unassigned" : $"{Node.Operation.Name} {Shape}";

    /// <summary>The number, if this is a constant of one element.</summary>
    internal bool IsConstant(out double value)
    {
        value = 0;
        if (Node.Operation is not ConstantOperation { Values: [double single] })
            return false;
        value = single;
        return true;
    }

    private void RequireAxis()
    {
        if (Rank == 0)
            throw new ArgumentException("A scalar has no elements to choose from.");
    }
}
