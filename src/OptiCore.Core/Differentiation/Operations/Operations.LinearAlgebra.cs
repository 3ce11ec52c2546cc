using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

// Matrices are the last two axes; the axes before them are a batch and broadcast. A factorization that fails gives NaN instead of an exception: samplers and optimizers refuse such points.
// Equal factorizations of one matrix are computed once, for all values and derivatives of an expression together.
public static partial class Operations
{
    /// <summary>The lower triangular L with A = L L' for symmetric positive definite matrices; zeros above the diagonal. n^3 / 3 operations.</summary>
    /// <param name="a">n x n matrices, of which the symmetric part (A + A') / 2 is taken.</param>
    /// <returns>The factors; all NaN for a matrix that isn't positive definite.</returns>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    /// <remarks>The derivative is that of I. Murray (2016), "Differentiation of the Cholesky decomposition".</remarks>
    public static Variable Cholesky(Variable a) => new CholeskyOperation().ApplyOne(a);

    /// <summary>The X with A X = B for a triangular A, or A' X = B. n^2 operations for each right side.</summary>
    /// <param name="a">n x n matrices; the other triangle is not read.</param>
    /// <param name="b">n x k right sides, or vectors of n: a tensor of one axis, or of the axes of a without the last.</param>
    /// <param name="triangle">Which triangle of a holds A.</param>
    /// <param name="transpose">True for A' X = B.</param>
    /// <param name="diagonal">Whether the diagonal is stored or all ones.</param>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    public static Variable TriangularSolve(Variable a, Variable b, Triangle triangle = Triangle.Lower, bool transpose = false, Diagonal diagonal = OptiCore.LinearAlgebra.Diagonal.Stored)
    {
        var operation = new TriangularSolveOperation(
            Side.Left, Require.Defined(triangle, nameof(triangle)), transpose, Require.Defined(diagonal, nameof(diagonal)));
        return Columns(a, b, columns => operation.ApplyOne(a, columns));
    }

    /// <summary>The X with A X = B, by LU factors with partial pivoting (2 n^3 / 3 operations) or by a Cholesky factor (half as many).</summary>
    /// <param name="a">n x n matrices.</param>
    /// <param name="b">n x k right sides, or vectors of n: a tensor of one axis, or of the axes of a without the last.</param>
    /// <param name="isPositiveDefinite">True for symmetric positive definite matrices; their symmetric part (A + A') / 2 is taken.</param>
    /// <returns>The solutions; all NaN where a pivot is exactly 0, or the matrix isn't positive definite.</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    public static Variable Solve(Variable a, Variable b, bool isPositiveDefinite = false)
    {
        var operation = new SolveOperation(isPositiveDefinite, false);
        return Columns(a, b, columns =>
        {
            Variable[] factored = Factored(a, isPositiveDefinite);
            return operation.ApplyOne([a, columns, .. factored.AsSpan(1)]);
        });
    }

    /// <summary>The inverse matrices. 2 n^3 operations; <see cref="Solve"/> is cheaper and more accurate where a system is to be solved.</summary>
    /// <param name="a">n x n matrices.</param>
    /// <param name="isPositiveDefinite">True for symmetric positive definite matrices; their symmetric part (A + A') / 2 is taken.</param>
    /// <returns>The inverses; all NaN where a pivot is exactly 0, or the matrix isn't positive definite.</returns>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static Variable Inverse(Variable a, bool isPositiveDefinite = false) => new InverseOperation(isPositiveDefinite).ApplyOne(Factored(a, isPositiveDefinite));

    /// <summary>The logarithm of the absolute value of the determinant. Its derivative is the transposed inverse.</summary>
    /// <param name="a">n x n matrices.</param>
    /// <param name="isPositiveDefinite">True for symmetric positive definite matrices, whose determinant comes from their Cholesky factor; their symmetric part (A + A') / 2 is taken.</param>
    /// <returns>One number for each matrix: -infinity for a singular one; with <paramref name="isPositiveDefinite"/>, NaN for one that isn't positive definite.</returns>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static Variable LogDeterminant(Variable a, bool isPositiveDefinite = false) =>
        isPositiveDefinite ? 2 * Sum(Log(Diagonal(Cholesky(a))), -1) : SignLogDeterminant(a).LogDeterminant;

    /// <summary>The sign of the determinant, which has no derivative, and the logarithm of its absolute value: det A = sign e^log. Can't overflow.</summary>
    /// <param name="a">n x n matrices.</param>
    /// <returns>One sign, -1, 0 or 1, and one logarithm for each matrix; 0 and -infinity for a singular one.</returns>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static (Variable Sign, Variable LogDeterminant) SignLogDeterminant(Variable a)
    {
        Variable[] results = new LogDeterminantOperation().Apply(Factored(a, false));
        return (StopGradient(results[1]), results[0]);
    }

    /// <summary>The determinant. Overflows and underflows early, see <see cref="SignLogDeterminant"/>; at singular matrices the derivative is NaN.</summary>
    /// <param name="a">n x n matrices.</param>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static Variable Determinant(Variable a)
    {
        (Variable sign, Variable logarithm) = SignLogDeterminant(a);
        return sign * Exp(logarithm);
    }

    /// <summary>The eigenvalues of symmetric matrices, ascending, and unit eigenvectors as the columns of V: A = V diag(w) V'. About 9 n^3 operations.</summary>
    /// <param name="a">n x n matrices, of which the symmetric part (A + A') / 2 is taken.</param>
    /// <returns>The values and the vectors, whose largest element is positive; all NaN where an element isn't finite.</returns>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    /// <remarks>
    /// The vectors have a derivative where eigenvalues are apart, and a large one where they are close. Between exactly equal eigenvalues the rule takes 0: right for results that depend on
    /// the space of their vectors as a whole, such as the projection onto it, and on the values alone; wrong for functions V f(w) V' of the matrix. M. Giles (2008), "An extended collection
    /// of matrix derivative results for forward and reverse mode".
    /// </remarks>
    public static (Variable Values, Variable Vectors) SymmetricEigen(Variable a)
    {
        Variable[] results = new SymmetricEigenOperation().Apply(a);
        return (results[0], results[1]);
    }

    /// <summary>A matrix with the factors that solutions are computed with; derivatives pass through the matrix alone.</summary>
    private static Variable[] Factored(Variable a, bool isPositiveDefinite) => isPositiveDefinite ? [a, StopGradient(Cholesky(a))] : [a, .. new LuFactorOperation().Apply(a)];

    /// <summary>Solves for right sides that may be vectors.</summary>
    private static Variable Columns(Variable a, Variable b, Func<Variable, Variable> solve)
    {
        bool areVectors = b.Rank == 1 || (b.Rank == a.Rank - 1 && b.Shape == a.Shape.Without(-1, 1));
        if (!areVectors)
            return solve(b);
        Variable x = solve(ExpandAxis(b, -1));
        return Reshape(x, x.Shape.Without(-1, 1));
    }
}
