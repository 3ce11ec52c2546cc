using OptiCore.Randomness;

namespace OptiCore.Core.Tests.Statistics.Randomness;

/// <summary>The uniform words against the battery: 2^27 words of one key's stream, and fewer of many keys' streams side by side.</summary>
public class BatteryTests
{
    private const long Words = 1L << 27;

    // Two-sided, of about thirty p-values: with fixed keys the outcome is fixed too.
    private const double Significance = 1e-5;

    private static readonly RandomKey Key = RandomKey.FromSeed(31415);

    public static TheoryData<string> Names => [.. Battery.Tests.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheStreamOfAKeyPasses(string name) => Passes(name, Words, static (first, words) => RandomFill.Bits(Key, words, first));

    [Theory]
    [MemberData(nameof(Names))]
    public void TheFirstWordsOfManyKeysPass(string name) => Passes(name, Words >> 4, static (first, words) =>
    {
        // Eight words of each of key.Fold(0), key.Fold(1), ...: as a program draws that gives each of its pieces a key.
        for (int i = 0; i < words.Length; i += 8)
            RandomFill.Bits(Key.Fold((first + (ulong)i) / 8), words.Slice(i, 8));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void WordsInReversedOrderOfTheirBitsPass(string name) => Passes(name, Words >> 4, static (first, words) =>
    {
        RandomFill.Bits(Key.Fold("reversed"), words, first);
        foreach (ref uint word in words)
        {
            uint v = ((word >> 1) & 0x55555555) | ((word & 0x55555555) << 1);
            v = ((v >> 2) & 0x33333333) | ((v & 0x33333333) << 2);
            v = ((v >> 4) & 0x0F0F0F0F) | ((v & 0x0F0F0F0F) << 4);
            word = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(v);
        }
    });

    [Fact]
    public void BadGeneratorsFail()
    {
        // A congruential generator modulo 2^32, a shift register and a counter fail, each where theory says so.
        Assert.True(IsBad("serial pairs", 1 << 20, static (first, words) => Counter(first, words)));
        Assert.True(IsBad("linear complexity", 1 << 22, Congruential), "The lowest bit of a congruential generator has a short period.");
        Assert.True(IsBad("matrix rank", 1 << 22, ShiftRegister), "Words of a shift register of 32 bits span 32 dimensions.");
        Assert.True(IsBad("birthday spacings", 1 << 20, Congruential), "The words of a congruential generator lie on a lattice.");
        Assert.True(IsBad("frequency of each bit", 1 << 20, static (first, words) =>
        {
            RandomFill.Bits(Key, words, first);
            for (int i = 0; i < words.Length; i += 100)
                words[i] |= 1 << 13;
        }));
        foreach ((string name, int share, _) in Battery.Tests)
            Assert.True(IsBad(name, Math.Max(1 << 21, (1L << 17) * share), static (_, words) => words.Fill(0x12345678)), $"{name}: a constant passed.");

        static bool IsBad(string name, long words, WordSource source)
        {
            double p = Battery.Tests.Single(t => t.Name == name).Run(source, words);
            return p is < 1e-9 or > 1 - 1e-9 or double.NaN;
        }

        static void Counter(ulong first, Span<uint> words)
        {
            for (int i = 0; i < words.Length; i++)
                words[i] = (uint)(first + (ulong)i) << 8;
        }

        static void Congruential(ulong first, Span<uint> words)
        {
            uint x = (uint)first;
            for (int i = 0; i < words.Length; i++)
                words[i] = x = (x * 69069) + 1;
        }

        static void ShiftRegister(ulong first, Span<uint> words)
        {
            uint x = (uint)first + 1;
            for (int i = 0; i < words.Length; i++)
            {
                x ^= x << 13;
                x ^= x >> 17;
                words[i] = x ^= x << 5;
            }
        }
    }

    private static void Passes(string name, long words, WordSource source)
    {
        (_, int share, Func<WordSource, long, double> run) = Battery.Tests.Single(t => t.Name == name);

        // A round of the collision test takes 2^20 words.
        long read = Math.Max(words / share, 1 << 20);
        double p = run(source, read);
        Assert.True(p > Significance && p < 1 - Significance, $"{name} on 2^{Math.Log2(read)} words: p = {p:g4}.");
    }
}
