using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Randomness;

/// <summary>
/// Sobol's sequence: the first 2^m points of any block of that length that begins at a multiple of it form a digital (t, m, s)-net in base 2. With Owen's nested uniform
/// scrambling every point is uniformly distributed, so that a mean over points is unbiased, and its error falls as n^(-3/2) for smooth functions.
/// </summary>
/// <remarks>
/// <para>Point i is the exclusive-or of the direction numbers of the set bits of i's Gray code, i xor (i/2), in 32 binary digits. Take 2^m points
/// beginning at a multiple of 2^m; leaving out the first point, which is 0 without scrambling, or taking another number spoils the net.</para>
/// <para>Scrambled: digit k of a coordinate is flipped by a random bit that belongs to the dimension and the k - 1 digits before it, read from
/// Philox blocks keyed by them, seven levels of the tree of digits a block; the digits after the 32nd are random. So two keys give independent scramblings of the same net,
/// from whose spread an error can be estimated.</para>
/// <para>Cost of a coordinate: one exclusive-or; scrambled, six Philox blocks. I. M. Sobol' (1967); directions by S. Joe and F. Y. Kuo (2008), "Constructing Sobol'
/// sequences with better two-dimensional projections", up to 21,201 dimensions; order by I. A. Antonov and V. M. Saleev (1979); scrambling by
/// A. B. Owen (1995), "Randomly permuted (t,m,s)-nets and (t,s)-sequences".</para>
/// </remarks>
[Algorithm("Sobol sequence", "Quasi-random sequences", "Sobol' (1967); Joe and Kuo (2008); Owen (1995)", Capabilities = "Owen scrambling")]
public sealed class Sobol : IQuasiRandomSequence
{
    /// <summary>The largest dimension, that of the published direction numbers.</summary>
    public const int MaximalDimension = 21201;

    private const int Digits = 32;
    private const double Unit = 1.0 / (1UL << Digits);

    /// <summary>The direction numbers of all coordinates for bit 0, then for bit 1, ...</summary>
    private readonly uint[] _directions;
    private readonly RandomKey[]? _keys;

    /// <summary>Makes a sequence.</summary>
    /// <param name="dimension">The number of coordinates, 1 to <see cref="MaximalDimension"/>.</param>
    /// <param name="scramble">The key of Owen's scrambling; null for the sequence as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of range.</exception>
    public Sobol(int dimension, RandomKey? scramble = null)
    {
        if (dimension is < 1 or > MaximalDimension)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The dimension must be between 1 and {MaximalDimension}.");
        Dimension = dimension;
        _directions = DirectionNumbers(dimension);
        if (scramble is not { } key)
            return;
        _keys = new RandomKey[dimension];
        for (int j = 0; j < dimension; j++)
            _keys[j] = key.Fold(j);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The length is not a multiple of the dimension, or the last index reaches 2^32.</exception>
    public void Fill(Span<double> points, ulong first = 0)
    {
        int count = QuasiRandom.Points(points.Length, Dimension, nameof(points));
        if (first + (ulong)count > 1UL << Digits)
            throw new ArgumentException($"Points {first} to {first + (ulong)count - 1} were asked for; the sequence has 2^{Digits} points.", nameof(first));
        for (int j = 0; j < Dimension; j++)
        {
            uint x = 0;
            for (ulong gray = first ^ (first >> 1); gray != 0; gray &= gray - 1)
                x ^= _directions[(BitOperations.TrailingZeroCount(gray) * Dimension) + j];
            for (int i = 0; i < count; i++)
            {
                points[(i * Dimension) + j] = _keys is null ? x * Unit : Scrambled(_keys[j], x);
                // The Gray codes of neighbours differ in the bit of the lowest zero. After the last point of all there is none.
                int bit = BitOperations.TrailingZeroCount(~(first + (ulong)i));
                if (bit < Digits)
                    x ^= _directions[(bit * Dimension) + j];
            }
        }
    }

    /// <summary>The coordinate whose digits are flipped as the tree of the key says, with 21 random digits after the 32nd: 53 in all.</summary>
    private static double Scrambled(RandomKey key, uint x)
    {
        // Seven digits a block: the bits of a block are the nodes 1 to 127 of a binary tree, whose root belongs to the digits before.
        uint flips = 0, c0, c1, c2, c3;
        for (int from = 0; from < Digits; from += 7)
        {
            int levels = Math.Min(7, Digits - from);
            Block(key, x, from, out c0, out c1, out c2, out c3);
            uint node = 1;
            for (int level = 0; level < levels; level++)
            {
                uint word = (node >> 5) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 };
                flips = (flips << 1) | ((word >> (int)(node & 31)) & 1);
                node = (node << 1) | ((x >> (Digits - 1 - from - level)) & 1);
            }
        }

        Block(key, x, Digits, out c0, out _, out _, out _);
        return (((ulong)(x ^ flips) << 21) | (c0 >> 11)) * (1.0 / (1UL << 53));
    }

    /// <summary>The Philox block that belongs to the first digits of x and their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(RandomKey key, uint x, int digits, out uint c0, out uint c1, out uint c2, out uint c3)
    {
        c0 = digits == 0 ? 0 : x >> (Digits - digits);
        c1 = (uint)digits;
        c2 = (uint)key.Low;
        c3 = (uint)(key.Low >> 32);
        Philox.Block(ref c0, ref c1, ref c2, ref c3, (uint)key.High, (uint)(key.High >> 32));
    }

    /// <summary>
    /// Direction numbers v_k = m_k 2^(32 - k) by the recurrence of the dimension's primitive polynomial, from the published table: for each dimension
    /// from the second on the inner coefficients of the polynomial, then (m_k - 1)/2 in k - 1 bits for k = 2 to its degree.
    /// </summary>
    private static uint[] DirectionNumbers(int dimension)
    {
        var directions = new uint[Digits * dimension];
        for (int k = 0; k < Digits; k++)
            directions[k * dimension] = 1u << (Digits - 1 - k);
        if (dimension == 1)
            return directions;

        var bits = new BitReader(typeof(Sobol).Assembly.GetManifestResourceStream("OptiCore.JoeKuo") ?? throw new InvalidOperationException("The direction numbers are not embedded."));
        Span<uint> v = stackalloc uint[Digits];
        for (int j = 1; j < dimension; j++)
        {
            int degree = Degree(j);
            uint coefficients = bits.Read(degree - 1);
            for (int k = 0; k < degree; k++)
                v[k] = ((bits.Read(k) << 1) | 1) << (Digits - 1 - k);
            for (int k = degree; k < Digits; k++)
            {
                v[k] = v[k - degree] ^ (v[k - degree] >> degree);
                for (int i = 1; i < degree; i++)
                {
                    if (((coefficients >> (degree - 1 - i)) & 1) != 0)
                        v[k] ^= v[k - i];
                }
            }

            for (int k = 0; k < Digits; k++)
                directions[(k * dimension) + j] = v[k];
        }

        return directions;
    }

    /// <summary>The degree of the polynomial of a dimension: all primitive polynomials come in turn, phi(2^d - 1)/d of each degree d.</summary>
    private static int Degree(int dimension)
    {
        ReadOnlySpan<int> primitive = [1, 1, 2, 2, 6, 6, 18, 16, 48, 60, 176, 144, 630, 756, 1800, 2048, 7710, 7776];
        int degree = 1;
        for (int left = dimension - 1; left >= primitive[degree - 1]; degree++)
            left -= primitive[degree - 1];
        return degree;
    }

    /// <summary>Reads bits from the highest of the first byte on.</summary>
    private struct BitReader(Stream stream)
    {
        private readonly Stream _stream = stream;
        private ulong _buffer;
        private int _available;

        public uint Read(int count)
        {
            for (; _available < count; _available += 8)
                _buffer = (_buffer << 8) | (uint)_stream.ReadByte();
            _available -= count;
            return (uint)(_buffer >> _available) & (uint)((1UL << count) - 1);
        }
    }
}
