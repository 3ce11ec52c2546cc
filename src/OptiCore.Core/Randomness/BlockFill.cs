using System.Runtime.CompilerServices;

namespace OptiCore.Randomness;

/// <summary>Draws in blocks that fit the first-level cache, so that a distribution may be made in several passes over a block.</summary>
internal interface IBlockDraw
{
    /// <summary>Fills a block of at most <see cref="BlockFill.Block"/> elements, of which the first has the given index.</summary>
    void Fill(Span<double> block, ulong offset);
}

/// <summary>Fills spans block by block, in pieces over workers where the span is long.</summary>
internal static class BlockFill
{
    /// <summary>The elements of a block.</summary>
    public const int Block = 512;

    private const int Piece = 32 * Block;

    public static void Run<TDraw>(TDraw draw, Span<double> destination, ulong offset, IWorkers? workers) where TDraw : struct, IBlockDraw
    {
        if (workers is not null && destination.Length > Piece)
            Pieces(draw, destination, offset, workers);
        else
            Here(draw, destination, offset);
    }

    private static void Here<TDraw>(TDraw draw, Span<double> destination, ulong offset) where TDraw : struct, IBlockDraw
    {
        for (int i = 0; i < destination.Length; i += Block)
            draw.Fill(destination.Slice(i, Math.Min(Block, destination.Length - i)), offset + (ulong)i);
    }

    private static unsafe void Pieces<TDraw>(TDraw draw, Span<double> destination, ulong offset, IWorkers workers) where TDraw : struct, IBlockDraw
    {
        int length = destination.Length;
        fixed (double* pinned = destination)
        {
            double* start = pinned;
            workers.ForEach((length + Piece - 1) / Piece, piece =>
            {
                int from = piece * Piece;
                Here(draw, new Span<double>(start + from, Math.Min(Piece, length - from)), offset + (ulong)from);
            });
        }
    }
}

/// <summary>One attempt of a rejection method that uses a standard normal number and a uniform number of (0, 1).</summary>
internal interface INormalProposal
{
    /// <summary>True if the attempt is accepted, with the draw.</summary>
    bool Accept(double normal, double uniform, out double draw);
}

/// <summary>One attempt of a rejection method that uses two uniform numbers of (0, 1).</summary>
internal interface IUniformProposal
{
    /// <summary>True if the attempt is accepted, with the draw.</summary>
    bool Accept(double first, double second, out double draw);
}

/// <summary>
/// Rejection with a fill for each attempt: attempt r of element i uses element i of the streams that belong to r, so draws depend on key and index only, and
/// the first attempt, which most elements end with, is made from whole blocks.
/// </summary>
internal readonly struct NormalRejection<TProposal>(RandomKey key, TProposal proposal) : IBlockDraw where TProposal : struct, INormalProposal
{
    public void Fill(Span<double> block, ulong offset)
    {
        Span<double> uniform = stackalloc double[BlockFill.Block];
        Span<int> left = stackalloc int[BlockFill.Block];
        uniform = uniform[..block.Length];
        RandomFill.Normal(key.Fold(0), block, offset);
        RandomFill.UniformOpen(key.Fold(1), uniform, offset);
        int rejected = 0;
        for (int i = 0; i < block.Length; i++)
        {
            if (!proposal.Accept(block[i], uniform[i], out block[i]))
                left[rejected++] = i;
        }

        for (int r = 0; r < rejected; r++)
            block[left[r]] = Again(offset + (ulong)left[r]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Again(ulong index)
    {
        RandomStream stream = key.Fold(2).Fold(index).Stream();
        double draw;
        while (!proposal.Accept(stream.NextNormal(), stream.NextOpenDouble(), out draw))
        {
        }

        return draw;
    }
}

/// <inheritdoc cref="NormalRejection{TProposal}"/>
internal readonly struct UniformRejection<TProposal>(RandomKey key, TProposal proposal) : IBlockDraw where TProposal : struct, IUniformProposal
{
    public void Fill(Span<double> block, ulong offset)
    {
        Span<double> second = stackalloc double[BlockFill.Block];
        Span<int> left = stackalloc int[BlockFill.Block];
        second = second[..block.Length];
        RandomFill.UniformOpen(key.Fold(0), block, offset);
        RandomFill.UniformOpen(key.Fold(1), second, offset);
        int rejected = 0;
        for (int i = 0; i < block.Length; i++)
        {
            if (!proposal.Accept(block[i], second[i], out block[i]))
                left[rejected++] = i;
        }

        for (int r = 0; r < rejected; r++)
            block[left[r]] = Again(offset + (ulong)left[r]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private double Again(ulong index)
    {
        RandomStream stream = key.Fold(2).Fold(index).Stream();
        double draw;
        while (!proposal.Accept(stream.NextOpenDouble(), stream.NextOpenDouble(), out draw))
        {
        }

        return draw;
    }
}
