using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The bidiagonalization A V = U B from b, one column at a time: beta u = A v - alpha u, alpha v = A' u - beta v.
/// </summary>
/// <remarks>G. H. Golub, W. Kahan (1965), Calculating the singular values and pseudo-inverse of a matrix, SIAM J. Numer. Anal. 2, 205-224.</remarks>
internal ref struct GolubKahan<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly IAdjointOperator<T> _a;
    private readonly Span<T> _u;
    private readonly Span<T> _v;
    private readonly Span<T> _product;

    public GolubKahan(IAdjointOperator<T> a, ref Span<T> memory)
    {
        _a = a;
        _u = Krylov.Next(ref memory, a.Rows);
        _v = Krylov.Next(ref memory, a.Columns);
        _product = Krylov.Next(ref memory, Math.Max(a.Rows, a.Columns));
    }

    public T Alpha { get; private set; }

    public T Beta { get; private set; }

    /// <summary>The squared Frobenius norm of B so far.</summary>
    public double Squares { get; private set; }

    public readonly ReadOnlySpan<T> V => _v;

    public static long Memory(int rows, int columns) => (long)rows + columns + Math.Max(rows, columns);

    public static void Check(IAdjointOperator<T> a, ReadOnlySpan<T> b, Span<T> x)
    {
        ArgumentNullException.ThrowIfNull(a);
        Require.Length(b.Length, a.Rows, nameof(b));
        Require.Length(x.Length, a.Columns, nameof(x));
        Require.AllFinite(b, nameof(b));
        if (x.Overlaps(b))
            throw new ArgumentException("x overlaps b: the solution can't be written over the right side.", nameof(x));
    }

    public void Start(ReadOnlySpan<T> b)
    {
        b.CopyTo(_u);
        _v.Clear();
        Beta = Normalize(_u);
        Alpha = T.Zero;
        Squares = 0;
        if (Beta == T.Zero)
            return;
        _a.ApplyAdjoint(_u, _v);
        Alpha = Normalize(_v);
        Squares = Square(Alpha);
    }

    public void Step()
    {
        Span<T> u = _product[.._u.Length], v = _product[.._v.Length];
        _a.Apply(_v, u);
        Krylov.ScaleAdd(-Alpha, _u, u);
        Beta = Normalize(_u);
        Squares += Square(Beta);
        if (Beta == T.Zero)
        {
            Alpha = T.Zero;
            return;
        }

        _a.ApplyAdjoint(_u, v);
        Krylov.ScaleAdd(-Beta, _v, v);
        Alpha = Normalize(_v);
        Squares += Square(Alpha);
    }

    private static double Square(T value)
    {
        double number = Krylov.ToDouble(value);
        return number * number;
    }

    private static T Normalize(Span<T> x)
    {
        T norm = Reduce.Norm<T>(x);
        if (norm != T.Zero)
            Krylov.Divide(x, norm);
        return norm;
    }
}

/// <summary>The three stopping rules of Paige and Saunders (1982), section 6, which LSQR and LSMR share.</summary>
internal readonly struct LeastSquaresStop(double matrixTolerance, double rightSideTolerance, double conditionLimit, double epsilon)
{
    public KrylovStatus? At(int k, double residual, double rightNorm, in KrylovResult result)
    {
        if (residual == 0 || result.NormalResidualNorm == 0)
            return KrylovStatus.Converged;
        if (!double.IsFinite(residual) || !double.IsFinite(result.NormalResidualNorm))
            return KrylovStatus.Breakdown;
        double matrix = Math.Max(matrixTolerance, epsilon), right = Math.Max(rightSideTolerance, epsilon);
        if (residual <= (right * rightNorm) + (matrix * result.OperatorNorm * result.SolutionNorm) || result.NormalResidualNorm <= matrix * result.OperatorNorm * residual)
            return KrylovStatus.Converged;
        return k > 0 && conditionLimit > 0 && result.ConditionNumber >= conditionLimit ? KrylovStatus.ConditionLimit : null;
    }
}
