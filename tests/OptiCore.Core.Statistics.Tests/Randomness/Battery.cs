using System.Buffers.Binary;
using System.Numerics;
using OptiCore.Distributions;

namespace OptiCore.Core.Tests.Statistics.Randomness;

/// <summary>Where the words under test come from: fills consecutive words, beginning with the given one.</summary>
public delegate void WordSource(ulong first, Span<uint> words);

/// <summary>
/// Tests of uniform words, of the kinds of the SmallCrush battery, each with its p-value: uniform for truly random words, near 0 or 1 for words that aren't.
/// </summary>
/// <remarks>P. L'Ecuyer, R. Simard (2007), "TestU01: a C library for empirical testing of random number generators"; D. E. Knuth (1997), "The Art of Computer Programming", volume 2, section 3.3.2.</remarks>
public static class Battery
{
    private const int Chunk = 1 << 14;

    /// <summary>The tests by name, with the share of the words that each reads: the dear ones read fewer.</summary>
    public static readonly (string Name, int Share, Func<WordSource, long, double> Run)[] Tests =
    [
        ("frequency of each bit", 1, BitFrequencies),
        ("serial pairs", 1, SerialPairs),
        ("gap", 1, Gap),
        ("simplified poker", 1, Poker),
        ("coupon collector", 1, CouponCollector),
        ("maximum of 6", 1, MaximumOfSix),
        ("weight distribution", 1, WeightDistribution),
        ("hamming independence", 1, HammingIndependence),
        ("permutations of 5", 2, Permutations),
        ("random walk", 4, RandomWalk),
        ("birthday spacings", 16, BirthdaySpacings),
        ("collisions", 16, Collisions),
        ("matrix rank", 16, MatrixRank),
        ("linear complexity", 256, LinearComplexity),
    ];

    private static void Each(WordSource source, long count, Action<uint[]> action)
    {
        var words = new uint[Chunk];
        for (long i = 0; i + Chunk <= count; i += Chunk)
        {
            source((ulong)i, words);
            action(words);
        }
    }

    /// <summary>P(chi-square >= observed), over the cells whose expectation is at least 10; the others are joined.</summary>
    private static double ChiSquare(ReadOnlySpan<long> observed, Func<int, double> probability)
    {
        long total = 0;
        foreach (long o in observed)
            total += o;
        double sum = 0, restExpected = 0, restObserved = 0;
        int cells = 0;
        for (int i = 0; i < observed.Length; i++)
        {
            double expected = total * probability(i);
            if (expected < 10)
            {
                restExpected += expected;
                restObserved += observed[i];
                continue;
            }

            sum += (observed[i] - expected) * (observed[i] - expected) / expected;
            cells++;
        }

        if (restExpected >= 10)
        {
            sum += (restObserved - restExpected) * (restObserved - restExpected) / restExpected;
            cells++;
        }

        // Words so bad that there is nothing to compare.
        return cells < 2 ? 0 : new ChiSquared(cells - 1).Survival(sum);
    }

    private static double BitFrequencies(WordSource source, long count)
    {
        // Bit-sliced counters: the 32 counts of ones from sums of bytes of spread bits.
        long[] ones = new long[32];
        long n = 0;
        Each(source, count, words =>
        {
            Span<ulong> sums = stackalloc ulong[4];
            for (int from = 0; from < words.Length; from += 128)
            {
                sums.Clear();
                for (int i = from; i < from + 128; i++)
                {
                    for (int b = 0; b < 4; b++)
                        sums[b] += Spread((byte)(words[i] >> (8 * b)));
                }

                for (int bit = 0; bit < 32; bit++)
                    ones[bit] += (byte)(sums[bit / 8] >> (8 * (bit % 8)));
            }

            n += words.Length;
        });
        double sum = 0;
        foreach (long o in ones)
            sum += (o - (0.5 * n)) * (o - (0.5 * n)) / (0.25 * n);
        return new ChiSquared(32).Survival(sum);

        // Bit k of the byte as byte k of the result.
        static ulong Spread(byte b) => BinaryPrimitives.ReverseEndianness((((ulong)b * 0x8040201008040201) >> 7) & 0x0101010101010101);
    }

    private static double SerialPairs(WordSource source, long count)
    {
        // The upper byte of one word with that of the next, without overlap.
        long[] cells = new long[1 << 16];
        Each(source, count, words =>
        {
            for (int i = 0; i < words.Length; i += 2)
                cells[((words[i] >> 24) << 8) | (words[i + 1] >> 24)]++;
        });
        return ChiSquare(cells, _ => 1.0 / cells.Length);
    }

    private static double Gap(WordSource source, long count)
    {
        // Words between two that are below 2^32/16.
        long[] gaps = new long[200];
        int gap = 0;
        Each(source, count, words =>
        {
            foreach (uint word in words)
            {
                if (word < 1u << 28)
                {
                    gaps[Math.Min(gap, gaps.Length - 1)]++;
                    gap = 0;
                }
                else
                {
                    gap++;
                }
            }
        });
        return ChiSquare(gaps, k => k < gaps.Length - 1 ? Math.Pow(15.0 / 16, k) / 16 : Math.Pow(15.0 / 16, k));
    }

    private static double Poker(WordSource source, long count)
    {
        // How many different values five six-bit numbers have: d (d - 1) ... (d - r + 1) S(5, r) / d^5.
        ReadOnlySpan<double> stirling = [0, 1, 15, 25, 10, 1];
        long[] distinct = new long[6];
        double[] probability = new double[6];
        for (int r = 1; r <= 5; r++)
        {
            probability[r] = stirling[r] / Math.Pow(64, 5);
            for (int i = 0; i < r; i++)
                probability[r] *= 64 - i;
        }

        Each(source, count, words =>
        {
            for (int i = 0; i + 5 <= words.Length; i += 5)
            {
                ulong seen = (1UL << (int)(words[i] >> 26)) | (1UL << (int)(words[i + 1] >> 26)) | (1UL << (int)(words[i + 2] >> 26)) | (1UL << (int)(words[i + 3] >> 26)) | (1UL << (int)(words[i + 4] >> 26));
                distinct[BitOperations.PopCount(seen)]++;
            }
        });
        return ChiSquare(distinct, k => probability[k]);
    }

    private static double CouponCollector(WordSource source, long count)
    {
        // Words until all of eight three-bit numbers have come: P(n) = d!/d^n S(n - 1, d - 1), by the chain of the number seen.
        const int D = 8, Longest = 120;
        double[] probability = new double[Longest + 1], seen = new double[D + 1];
        seen[0] = 1;
        for (int n = 1; n <= Longest; n++)
        {
            for (int s = D; s >= 1; s--)
                seen[s] = (s == D ? 0 : seen[s] * s / D) + (seen[s - 1] * (D - s + 1) / D);
            seen[0] = 0;
            probability[n] = seen[D];
        }

        long[] lengths = new long[Longest + 1];
        uint mask = 0;
        int length = 0;
        Each(source, count, words =>
        {
            foreach (uint word in words)
            {
                mask |= 1u << (int)(word >> 29);
                length++;
                if (mask == 255)
                {
                    lengths[Math.Min(length, Longest)]++;
                    (mask, length) = (0, 0);
                }
            }
        });
        return ChiSquare(lengths, k => probability[k]);
    }

    private static double MaximumOfSix(WordSource source, long count)
    {
        // The sixth power of the largest of six uniform numbers is uniform.
        long[] cells = new long[1024];
        Each(source, count, words =>
        {
            for (int i = 0; i + 6 <= words.Length; i += 6)
            {
                uint largest = Math.Max(Math.Max(Math.Max(words[i], words[i + 1]), Math.Max(words[i + 2], words[i + 3])), Math.Max(words[i + 4], words[i + 5]));
                double u = (largest + 0.5) * (1.0 / (1UL << 32)), cube = u * u * u;
                cells[(int)(cube * cube * cells.Length)]++;
            }
        });
        return ChiSquare(cells, _ => 1.0 / cells.Length);
    }

    private static double WeightDistribution(WordSource source, long count)
    {
        // How many of 256 words are below 2^32/8.
        long[] weights = new long[257];
        Each(source, count, words =>
        {
            for (int from = 0; from < words.Length; from += 256)
            {
                int weight = 0;
                for (int i = from; i < from + 256; i++)
                    weight += (int)((words[i] >> 29) == 0 ? 1u : 0u);
                weights[weight]++;
            }
        });
        var law = new Binomial(256, 0.125);
        return ChiSquare(weights, k => Math.Exp(law.LogDensity(k)));
    }

    private static double HammingIndependence(WordSource source, long count)
    {
        // The numbers of ones of neighbouring words, without overlap.
        long[] cells = new long[33 * 33];
        Each(source, count, words =>
        {
            for (int i = 0; i < words.Length; i += 2)
                cells[(33 * BitOperations.PopCount(words[i])) + BitOperations.PopCount(words[i + 1])]++;
        });
        var law = new Binomial(32, 0.5);
        return ChiSquare(cells, k => Math.Exp(law.LogDensity(k / 33) + law.LogDensity(k % 33)));
    }

    private static double Permutations(WordSource source, long count)
    {
        // The order of five words as a number in the factorial system; equal words are one in 2^32.
        long[] orders = new long[120];
        Each(source, count, words =>
        {
            for (int i = 0; i + 5 <= words.Length; i += 5)
            {
                int order = 0;
                for (int a = 1; a < 5; a++)
                {
                    int smaller = 0;
                    for (int b = 0; b < a; b++)
                        smaller += words[i + b] < words[i + a] ? 1 : 0;
                    order = (order * (a + 1)) + smaller;
                }

                orders[order]++;
            }
        });
        return ChiSquare(orders, _ => 1.0 / 120);
    }

    private static double RandomWalk(WordSource source, long count)
    {
        // Walks of 64 steps: the highest point. P(M = m) is that of the final position m or m + 1, whichever has the parity.
        long[] highest = new long[65];
        Each(source, count, words =>
        {
            for (int i = 0; i < words.Length; i += 2)
            {
                int position = 0, top = 0;
                for (int w = 0; w < 2; w++)
                {
                    for (uint bits = words[i + w], left = 32; left > 0; left--, bits >>= 1)
                    {
                        position += (int)((bits & 1) << 1) - 1;
                        top = Math.Max(top, position);
                    }
                }

                highest[top]++;
            }
        });
        var law = new Binomial(64, 0.5);
        return ChiSquare(highest, m => Math.Exp(law.LogDensity(32 + ((m + 1) / 2))));
    }

    private static double BirthdaySpacings(WordSource source, long count)
    {
        // 2^12 birthdays in a year of 2^32 days: the number of equal spacings has nearly the Poisson law of n^3/(4 d) = 4.
        const int N = 1 << 12;
        long equal = 0, years = 0;
        var days = new uint[N];
        Each(source, count, words =>
        {
            for (int from = 0; from < words.Length; from += N)
            {
                words.AsSpan(from, N).CopyTo(days);
                Array.Sort(days);
                for (int i = N - 1; i > 0; i--)
                    days[i] -= days[i - 1];
                Array.Sort(days, 1, N - 1);
                for (int i = 2; i < N; i++)
                    equal += days[i] == days[i - 1] ? 1 : 0;
                years++;
            }
        });
        return new Poisson(4.0 * years).Survival(equal - 1);
    }

    private static double Collisions(WordSource source, long count)
    {
        // 2^20 balls into 2^28 urns: the number of balls that fall into a taken urn has nearly the Poisson law of its mean.
        const int Balls = 1 << 20;
        const double Urns = 1 << 28;
        long collisions = 0, rounds = 0, thrown = 0;
        var taken = new ulong[(1 << 28) / 64];
        Each(source, count, words =>
        {
            foreach (uint word in words)
            {
                uint urn = word >> 4;
                ref ulong cell = ref taken[urn >> 6];
                ulong bit = 1UL << (int)(urn & 63);
                collisions += (cell & bit) != 0 ? 1 : 0;
                cell |= bit;
            }

            thrown += words.Length;
            if (thrown == Balls)
            {
                Array.Clear(taken);
                thrown = 0;
                rounds++;
            }
        });
        double mean = Balls + (Urns * SpecialFunctions.ExpMinusOne(Balls * SpecialFunctions.LogOnePlus(-1 / Urns)));
        return new Poisson(mean * rounds).Survival(collisions - 1);
    }

    private static double MatrixRank(WordSource source, long count)
    {
        // Random 64 x 64 matrices of bits: P(rank = r) = 2^(r (2n - r) - n^2) prod_i<r (1 - 2^(i - n))^2 / (1 - 2^(i - r)).
        const int N = 64;
        double[] probability = new double[N + 1];
        for (int r = N - 6; r <= N; r++)
        {
            double log = ((r * ((2 * N) - r)) - (N * N)) * Math.Log(2);
            for (int i = 0; i < r; i++)
                log += (2 * SpecialFunctions.LogOnePlus(-Math.Pow(2, i - N))) - SpecialFunctions.LogOnePlus(-Math.Pow(2, i - r));
            probability[r] = Math.Exp(log);
        }

        long[] ranks = new long[N + 1];
        var rows = new ulong[N];
        Each(source, count, words =>
        {
            for (int from = 0; from < words.Length; from += 2 * N)
            {
                for (int i = 0; i < N; i++)
                    rows[i] = words[from + (2 * i)] | ((ulong)words[from + (2 * i) + 1] << 32);
                int rank = 0;
                for (int bit = 0; bit < N; bit++)
                {
                    int pivot = rank;
                    while (pivot < N && ((rows[pivot] >> bit) & 1) == 0)
                        pivot++;
                    if (pivot == N)
                        continue;
                    (rows[rank], rows[pivot]) = (rows[pivot], rows[rank]);
                    for (int i = rank + 1; i < N; i++)
                        rows[i] ^= ((rows[i] >> bit) & 1) == 0 ? 0 : rows[rank];
                    rank++;
                }

                ranks[rank]++;
            }
        });
        return ChiSquare(ranks, r => probability[r]);
    }

    private static double LinearComplexity(WordSource source, long count)
    {
        // The length of the shortest linear recurrence of 512 lowest bits, by the algorithm of Berlekamp and Massey: P(L) = 2^min(2 n - 2 L, 2 L - 1) / 2^n.
        const int N = 512;
        long[] lengths = new long[N + 1];
        var bits = new int[N];
        Each(source, count, words =>
        {
            for (int from = 0; from < words.Length; from += N)
            {
                for (int i = 0; i < N; i++)
                    bits[i] = (int)(words[from + i] & 1);
                lengths[Complexity(bits)]++;
            }
        });
        return ChiSquare(lengths, l => l == 0 ? 0 : Math.Pow(2, Math.Min((2 * N) - (2 * l), (2 * l) - 1) - N));

        static int Complexity(int[] s)
        {
            var c = new int[N + 1];
            var b = new int[N + 1];
            (c[0], b[0]) = (1, 1);
            int length = 0, m = -1;
            var previous = new int[N + 1];
            for (int n = 0; n < N; n++)
            {
                int discrepancy = 0;
                for (int i = 0; i <= length; i++)
                    discrepancy ^= c[i] & s[n - i];
                if (discrepancy == 0)
                    continue;
                Array.Copy(c, previous, N + 1);
                for (int i = 0; i + n - m <= N; i++)
                    c[i + n - m] ^= b[i];
                if (2 * length <= n)
                {
                    length = n + 1 - length;
                    m = n;
                    (b, previous) = (previous, b);
                }
            }

            return length;
        }
    }
}
