using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// A random s x m matrix S that keeps lengths approximately: |S x| is near |x| for all x of a space of few dimensions at once (a subspace embedding), so that a tall problem with m rows becomes one with s.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Pure functions of a key: the same bits on all hardware and for any number of workers. E[S' S] = I.</remarks>
public interface ISketch<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the sketch S A of a dense matrix.</summary>
    /// <param name="a">The matrix A, m x n, row-major. Is only read.</param>
    /// <param name="n">The number of columns of A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="sa">Receives S A, s x n, row-major; must not overlap A.</param>
    /// <param name="ldsa">The distance between rows of S A.</param>
    /// <param name="workers">Who computes pieces of a large sketch; null for the calling thread.</param>
    /// <exception cref="ArgumentException">A matrix doesn't fit, or they overlap.</exception>
    void Apply(ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa, IWorkers? workers = null);
}

/// <summary>The argument checks that sketches share.</summary>
internal static class SketchArgument
{
    public static void Check<T>(ISketch<T> sketch, ReadOnlySpan<T> a, int n, int lda, Span<T> sa, int ldsa) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, sketch.Columns, n, lda, nameof(a));
        MatrixArgument.Check(sa.Length, sketch.Rows, n, ldsa, nameof(sa));
        MatrixArgument.Apart(sa, n, ldsa, nameof(sa), a, n, lda, nameof(a));
    }
}
