using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>What follows a product element by element, such as a bias and an activation: done with blocks of rows as they are complete, while they are in the cache.</summary>
internal abstract class GemmEpilogue
{
    /// <summary>What a block of rows takes up at most: with the block of op(A) and the panel of op(B) it stays in a second-level cache of 256 KiB and more.</summary>
    public const int BlockBytes = 96 * 1024;

    /// <summary>The elements (first row, ..., first row + rows - 1) of the product are final.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="piece">Which of the pieces that are worked on at a time this is.</param>
    public abstract void Rows(int first, int rows, int piece);

    /// <summary>The rows of each of the fewest blocks, of equal heights, that a product is computed in.</summary>
    public static int BlockRows<T>(int rows, int columns)
    {
        int most = Math.Max(GemmInPlace.TileRows, BlockBytes / (columns * Unsafe.SizeOf<T>()));
        int blocks = (rows + most - 1) / most;
        return (rows + blocks - 1) / blocks;
    }
}
