namespace OptiCore.Differentiation;

public static partial class Operations
{
    /// <summary>The matrix product of the last two axes; the axes before them broadcast. A vector on the left is a row, on the right a column, and the axis of length 1 disappears.</summary>
    /// <param name="a">m x k matrices, or a vector of k.</param>
    /// <param name="b">k x n matrices, or a vector of k.</param>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    public static Variable MatMul(Variable a, Variable b)
    {
        if (a.Rank == 0 || b.Rank == 0)
            throw new ArgumentException($"matmul of {a.Shape} and {b.Shape}: a scalar has no rows; use *.");
        if (a.Rank == 1 && b.Rank == 1)
            return Dot(a, b);
        Variable product = MatMulOperation.Of(a.Rank == 1 ? ExpandAxis(a, 0) : a, b.Rank == 1 ? ExpandAxis(b, 1) : b, false, false);
        if (a.Rank == 1)
            return Reshape(product, product.Shape.Without(-2, 1));
        return b.Rank == 1 ? Reshape(product, product.Shape.Without(-1, 1)) : product;
    }

    /// <summary>The inner product of two vectors, a scalar.</summary>
    /// <param name="a">A vector.</param>
    /// <param name="b">A vector of the same length.</param>
    /// <exception cref="ArgumentException">They aren't two vectors of one length.</exception>
    public static Variable Dot(Variable a, Variable b) => a.Rank == 1 && a.Shape == b.Shape
        ? Sum(a * b)
        : throw new ArgumentException($"dot of {a.Shape} and {b.Shape}: two vectors of one length are needed.");

    /// <summary>The identity matrix of order n, a constant.</summary>
    /// <param name="n">The order.</param>
    public static Variable Identity(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var values = new double[n * n];
        for (int i = 0; i < n; i++)
            values[(i * n) + i] = 1;
        return Variable.Constant<double>(values, [n, n]);
    }
}
