using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.Randomness;

/// <summary>
/// Fills spans with independent draws from a key's stream. Element i depends on the key and on <c>offset + i</c> only, so a fill of a prefix is the
/// prefix of a longer fill, pieces filled with their offsets are the whole, and the bits are the same for any vector width and number of workers.
/// </summary>
/// <remarks>
/// <para>Element i uses a fixed part of the stream: word i for <see cref="uint"/> and <see cref="float"/>, words 2i and 2i + 1 for
/// <see cref="double"/> (as <see cref="RandomStream.NextDouble"/> reads them); normal draws 2j and 2j + 1 share the words of both. Two fills
/// with the same key and offset give related numbers, whatever the distributions: give each purpose its own key, for example
/// <c>key.Fold("noise")</c>.</para>
/// <para>Philox blocks and transforms run in the widest vector registers; nothing is allocated without <c>workers</c>. With workers, spans longer than
/// 65536 elements are filled in pieces of that size.</para>
/// <para>The logarithm, sine and cosine are our own, made of correctly rounded operations only (never fused), with errors of at most
/// 2 units in the last place, so that every processor gives the same bits.</para>
/// </remarks>
public static class RandomFill
{
    /// <summary>The number of elements that one worker fills at a time; a multiple of every group of elements that share words.</summary>
    private const int Piece = 1 << 16;

    /// <summary>The number of bytes that two of the widest registers hold, the unit in which the transforms work.</summary>
    private const int GroupBytes = 128;

    /// <summary>Few enough bytes to be still in the first-level cache between the making of the words and their transform; a multiple of the group and of twelve blocks.</summary>
    private const int ChunkBytes = 20 * 384;

    /// <summary>Random words: element i is word <c>offset + i</c> of the key's stream.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the words.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    public static void Bits(RandomKey key, Span<uint> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<uint, Unchanged>(key, destination, offset, workers);

    /// <summary>Uniform numbers of [0, 1): the upper 53 of 64 bits, times 2^-53. Equal to the sequence of <see cref="RandomStream.NextDouble"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    public static void Uniform(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<double, Mapped<double, UniformMap>>(key, destination, offset, workers);

    /// <summary>Uniform numbers of [0, 1): the upper 24 of 32 bits, times 2^-24.</summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Uniform(RandomKey key, Span<float> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<float, Mapped<float, UniformMap>>(key, destination, offset, workers);

    /// <summary>
    /// Uniform numbers of (0, 1), never 0 or 1: midpoints of 2^52 equal intervals. Equal to the sequence of <see cref="RandomStream.NextOpenDouble"/>.
    /// </summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void UniformOpen(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<double, Mapped<double, UniformOpenMap>>(key, destination, offset, workers);

    /// <summary>Uniform numbers of (0, 1), never 0 or 1: midpoints of 2^23 equal intervals.</summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void UniformOpen(RandomKey key, Span<float> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<float, Mapped<float, UniformOpenMap>>(key, destination, offset, workers);

    /// <summary>
    /// Standard normal numbers: elements 2j and 2j + 1 are sqrt(-2 ln u) cos(2 pi v) and sqrt(-2 ln u) sin(2 pi v) with the uniform numbers u and v
    /// of block j. The largest magnitude is 8.57.
    /// </summary>
    /// <remarks>G. E. P. Box, M. E. Muller (1958), "A note on the generation of random normal deviates".</remarks>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Normal(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<double, MappedTwice<double, NormalRadiusMap, NormalAngleMap>>(key, destination, offset, workers);

    /// <summary>
    /// Standard normal numbers: elements 2j and 2j + 1 are sqrt(-2 ln u) cos(2 pi v) and sqrt(-2 ln u) sin(2 pi v) with the uniform numbers u of word 2j
    /// and v of word 2j + 1. The largest magnitude is 6.77.
    /// </summary>
    /// <remarks>G. E. P. Box, M. E. Muller (1958), "A note on the generation of random normal deviates".</remarks>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Normal(RandomKey key, Span<float> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<float, Mapped<float, NormalMap>>(key, destination, offset, workers);

    /// <summary>Exponential numbers of mean 1: -ln u with u of (0, 1). Between 1.1e-16 and 36.8; equal to the sequence of <see cref="RandomStream.NextExponential"/>.</summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Exponential(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<double, Mapped<double, ExponentialMap>>(key, destination, offset, workers);

    /// <summary>Exponential numbers of mean 1: -ln u with u of (0, 1). Between 5.9e-8 and 22.9.</summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Exponential(RandomKey key, Span<float> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<float, Mapped<float, ExponentialMap>>(key, destination, offset, workers);

    /// <summary>
    /// Standard Gumbel numbers: -ln(-ln u) with u of (0, 1), of mean 0.5772 and variance pi^2/6. The index of the largest of
    /// <c>logits[k] + gumbel[k]</c> is a draw from the softmax of the logits. Equal to the sequence of <see cref="RandomStream.NextGumbel"/>.
    /// </summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Gumbel(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<double, Mapped<double, GumbelMap>>(key, destination, offset, workers);

    /// <summary>Standard Gumbel numbers: -ln(-ln u) with u of (0, 1), of mean 0.5772 and variance pi^2/6. At most 16.7.</summary>
    /// <inheritdoc cref="Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>
    public static void Gumbel(RandomKey key, Span<float> destination, ulong offset = 0, IWorkers? workers = null) =>
        Fill<float, Mapped<float, GumbelMap>>(key, destination, offset, workers);

    /// <summary>
    /// Integers of 0 to <paramref name="bound"/> - 1, each exactly equally likely: the upper half of word i times the bound, where the lower half
    /// doesn't favour a result; the few other elements draw on from the stream of <c>key.Fold(i)</c>.
    /// </summary>
    /// <remarks>D. Lemire (2019), "Fast random integer generation in an interval".</remarks>
    /// <param name="key">The key.</param>
    /// <param name="bound">The number of possible results, at least 1.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    public static void Integers(RandomKey key, uint bound, Span<uint> destination, ulong offset = 0, IWorkers? workers = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        Bits(key, destination, offset, workers);
        uint threshold = (0 - bound) % bound;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong product = (ulong)destination[i] * bound;
            if ((uint)product < threshold)
                destination[i] = key.Fold(offset + (ulong)i).Stream().NextUInt32(bound);
            else
                destination[i] = (uint)(product >> 32);
        }
    }

    /// <inheritdoc cref="Integers(RandomKey, uint, Span{uint}, ulong, IWorkers?)"/>
    /// <exception cref="ArgumentOutOfRangeException">The bound is smaller than 1.</exception>
    public static void Integers(RandomKey key, int bound, Span<int> destination, ulong offset = 0, IWorkers? workers = null) =>
        Integers(key, (uint)Require.Positive(bound, nameof(bound)), MemoryMarshal.Cast<int, uint>(destination), offset, workers);

    /// <summary>
    /// Gamma numbers of the given shape and scale 1, by rejection from blocks of normal and uniform numbers; the few elements whose first attempt is rejected go on with a stream of their own.
    /// </summary>
    /// <remarks>G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables".</remarks>
    /// <param name="key">The key.</param>
    /// <param name="shape">The shape, positive and finite; the mean and the variance equal it.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive and finite.</exception>
    public static void Gamma(RandomKey key, double shape, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        Require.Positive(shape, nameof(shape));
        BlockFill.Run(new GammaBlock(key, shape, logarithms: false), destination, offset, workers);
    }

    /// <summary>
    /// Beta numbers of [0, 1], as X/(X + Y) with gamma numbers X and Y, from their logarithms where a shape is below 1.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="alpha">The first shape, positive and finite; the mean is alpha / (alpha + beta).</param>
    /// <param name="beta">The second shape, positive and finite.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape is not positive and finite.</exception>
    public static void Beta(RandomKey key, double alpha, double beta, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        Require.Positive(alpha, nameof(alpha));
        Require.Positive(beta, nameof(beta));
        BlockFill.Run(new BetaBlock(key, alpha, beta), destination, offset, workers);
    }

    private static void Fill<T, TTransform>(RandomKey key, Span<T> destination, ulong offset, IWorkers? workers)
        where T : unmanaged
        where TTransform : ITransform<T>
    {
        if (workers is null || destination.Length <= Piece)
            FillHere<T, TTransform>(key, destination, offset);
        else
            FillPieces<T, TTransform>(key, destination, offset, workers);
    }

    // Apart from Fill, so that the closure is allocated here only.
    private static unsafe void FillPieces<T, TTransform>(RandomKey key, Span<T> destination, ulong offset, IWorkers workers)
        where T : unmanaged
        where TTransform : ITransform<T>
    {
        int length = destination.Length;
        fixed (T* pinned = destination)
        {
            T* start = pinned;
            workers.ForEach((length + Piece - 1) / Piece, i =>
            {
                int from = i * Piece;
                FillHere<T, TTransform>(key, new Span<T>(start + from, Math.Min(Piece, length - from)), offset + (ulong)from);
            });
        }
    }

    /// <summary>Makes the words in place and transforms them while they are in the first-level cache.</summary>
    private static void FillHere<T, TTransform>(RandomKey key, Span<T> destination, ulong offset)
        where T : unmanaged
        where TTransform : ITransform<T>
    {
        int blockElements = PhiloxBlocks.Words * sizeof(uint) / Unsafe.SizeOf<T>();
        int group = GroupBytes / Unsafe.SizeOf<T>(), chunk = ChunkBytes / Unsafe.SizeOf<T>();
        ulong block = offset / (ulong)blockElements;
        int skip = (int)(offset % (ulong)blockElements);
        Span<T> partial = stackalloc T[group];
        if (skip != 0)
        {
            // The first element lies inside a block: the group that begins there is made apart, and what follows begins a block again.
            Make(key, block, partial);
            int count = Math.Min(group - skip, destination.Length);
            partial.Slice(skip, count).CopyTo(destination);
            destination = destination[count..];
            block += (ulong)(group / blockElements);
        }

        while (destination.Length >= group)
        {
            int count = Math.Min(chunk, destination.Length / group * group);
            Make(key, block, destination[..count]);
            destination = destination[count..];
            block += (ulong)(count / blockElements);
        }

        if (!destination.IsEmpty)
        {
            Make(key, block, partial);
            partial[..destination.Length].CopyTo(destination);
        }

        static void Make(RandomKey key, ulong block, Span<T> elements)
        {
            PhiloxBlocks.Fill(key, block, MemoryMarshal.Cast<T, uint>(elements));
            TTransform.Apply(elements);
        }
    }

    /// <summary>Replaces words in place by draws; the length is a multiple of the group.</summary>
    private interface ITransform<T> where T : unmanaged
    {
        static abstract void Apply(Span<T> elements);
    }

    private readonly struct Unchanged : ITransform<uint>
    {
        public static void Apply(Span<uint> elements)
        {
        }
    }

    private readonly struct Mapped<T, TMap> : ITransform<T>
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : IWordMap<T>
    {
        public static void Apply(Span<T> elements) => WordMap.Apply<T, TMap>(elements);
    }

    /// <summary>A long map in two passes: what waits for each other in one is more than the processor looks ahead.</summary>
    private readonly struct MappedTwice<T, TFirst, TSecond> : ITransform<T>
        where T : unmanaged, IFloatingPointIeee754<T>
        where TFirst : IWordMap<T>
        where TSecond : IWordMap<T>
    {
        public static void Apply(Span<T> elements)
        {
            WordMap.Apply<T, TFirst>(elements);
            WordMap.Apply<T, TSecond>(elements);
        }
    }
}
