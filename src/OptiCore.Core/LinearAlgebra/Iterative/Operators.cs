using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.LinearAlgebra;

internal class DelegateOperator<T>(int rows, int columns, OperatorProduct<T> apply) : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly OperatorProduct<T> _apply = Require.NotNull(apply);

    public int Rows { get; } = Require.NonNegative(rows, nameof(rows));

    public int Columns { get; } = Require.NonNegative(columns, nameof(columns));

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        _apply(x, y);
    }
}

internal sealed class AdjointDelegateOperator<T>(int rows, int columns, OperatorProduct<T> apply, OperatorProduct<T> adjoint)
    : DelegateOperator<T>(rows, columns, apply), IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly OperatorProduct<T> _adjoint = Require.NotNull(adjoint);

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        _adjoint(y, x);
    }
}

internal sealed class DenseOperator<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ReadOnlyMemory<T> _a;
    private readonly int _lda;

    public DenseOperator(ReadOnlyMemory<T> a, int rows, int columns, int lda)
    {
        Rows = Require.NonNegative(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        MatrixArgument.Check(a.Length, rows, columns, lda, nameof(a));
        (_a, _lda) = (a, lda);
    }

    public int Rows { get; }

    public int Columns { get; }

    public void Apply(ReadOnlySpan<T> x, Span<T> y) => Blas.Gemv(false, Rows, Columns, T.One, _a.Span, _lda, x, T.Zero, y);

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => Blas.Gemv(true, Rows, Columns, T.One, _a.Span, _lda, y, T.Zero, x);
}

internal sealed class IdentityOperator<T>(int order) : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Rows { get; } = Require.NonNegative(order, nameof(order));

    public int Columns => Rows;

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        x.CopyTo(y);
    }

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => Apply(y, x);
}

internal sealed class DiagonalOperator<T>(ReadOnlyMemory<T> diagonal) : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Rows => diagonal.Length;

    public int Columns => diagonal.Length;

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        TensorPrimitives.Multiply(diagonal.Span, x, y);
    }

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => Apply(y, x);
}

internal sealed class LowRankOperator<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ReadOnlyMemory<T> _u;
    private readonly ReadOnlyMemory<T> _v;
    private readonly T[] _middle;

    public LowRankOperator(ReadOnlyMemory<T> u, ReadOnlyMemory<T> v, int rank)
    {
        Require.Positive(rank, nameof(rank));
        Require.Length(u.Length % rank, 0, nameof(u) + " beyond whole rows");
        Require.Length(v.Length % rank, 0, nameof(v) + " beyond whole rows");
        (_u, _v, _middle) = (u, v, new T[rank]);
        Rows = u.Length / rank;
        Columns = v.Length / rank;
    }

    public int Rows { get; }

    public int Columns { get; }

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        Through(_v.Span, x, _u.Span, y);
    }

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        Through(_u.Span, y, _v.Span, x);
    }

    private void Through(ReadOnlySpan<T> first, ReadOnlySpan<T> from, ReadOnlySpan<T> second, Span<T> to)
    {
        int rank = _middle.Length;
        Blas.Gemv(true, from.Length, rank, T.One, first, rank, from, T.Zero, _middle);
        Blas.Gemv(false, to.Length, rank, T.One, second, rank, _middle, T.Zero, to);
    }
}

internal sealed class SymmetricOperator<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ILinearOperator<T> _a;

    public SymmetricOperator(ILinearOperator<T> a)
    {
        _a = Require.NotNull(a);
        OperatorArgument.Square(a, nameof(a));
    }

    public int Rows => _a.Rows;

    public int Columns => _a.Rows;

    public void Apply(ReadOnlySpan<T> x, Span<T> y) => _a.Apply(x, y);

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => _a.Apply(y, x);
}

internal sealed class TransposeOperator<T>(IAdjointOperator<T> a) : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public IAdjointOperator<T> Transposed => a;

    public int Rows => a.Columns;

    public int Columns => a.Rows;

    public void Apply(ReadOnlySpan<T> x, Span<T> y) => a.ApplyAdjoint(x, y);

    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => a.Apply(y, x);
}

internal class ScaledOperator<T>(T alpha, ILinearOperator<T> a) : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    protected T Alpha { get; } = alpha;

    public int Rows => a.Rows;

    public int Columns => a.Columns;

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        a.Apply(x, y);
        TensorPrimitives.Multiply(y, Alpha, y);
    }
}

internal sealed class AdjointScaledOperator<T>(T alpha, IAdjointOperator<T> a) : ScaledOperator<T>(alpha, a), IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        a.ApplyAdjoint(y, x);
        TensorPrimitives.Multiply(x, Alpha, x);
    }
}

internal class SumOperator<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ILinearOperator<T> _a;
    private readonly ILinearOperator<T> _b;

    public SumOperator(ILinearOperator<T> a, T beta, ILinearOperator<T> b)
    {
        (_a, _b, Beta) = (Require.NotNull(a), Require.NotNull(b), beta);
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"b is {b.Rows} x {b.Columns}, expected the {a.Rows} x {a.Columns} of a.", nameof(b));
        Work = new T[Math.Max(a.Rows, a.Columns)];
    }

    public int Rows => _a.Rows;

    public int Columns => _a.Columns;

    protected T Beta { get; }

    protected T[] Work { get; }

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        Span<T> second = Work.AsSpan(0, Rows);
        _b.Apply(x, second);
        _a.Apply(x, y);
        VectorKernels.AddScaled(Beta, second, y);
    }
}

internal sealed class AdjointSumOperator<T>(IAdjointOperator<T> a, T beta, IAdjointOperator<T> b) : SumOperator<T>(a, beta, b), IAdjointOperator<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        Span<T> second = Work.AsSpan(0, Columns);
        b.ApplyAdjoint(y, second);
        a.ApplyAdjoint(y, x);
        VectorKernels.AddScaled(Beta, second, x);
    }
}

internal class ProductOperator<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ILinearOperator<T> _a;
    private readonly ILinearOperator<T> _b;

    public ProductOperator(ILinearOperator<T> a, ILinearOperator<T> b)
    {
        (_a, _b) = (Require.NotNull(a), Require.NotNull(b));
        if (a.Columns != b.Rows)
            throw new ArgumentException($"b has {b.Rows} rows, expected the {a.Columns} columns of a.", nameof(b));
        Middle = new T[a.Columns];
    }

    public int Rows => _a.Rows;

    public int Columns => _b.Columns;

    protected T[] Middle { get; }

    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        _b.Apply(x, Middle);
        _a.Apply(Middle, y);
    }
}

internal sealed class AdjointProductOperator<T>(IAdjointOperator<T> a, IAdjointOperator<T> b) : ProductOperator<T>(a, b), IAdjointOperator<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        a.ApplyAdjoint(y, Middle);
        b.ApplyAdjoint(Middle, x);
    }
}
