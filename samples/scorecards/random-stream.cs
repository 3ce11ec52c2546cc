#:project ../../src/OptiCore.Core/OptiCore.Core.csproj
#:property PublishAot=false

// The library's random words as raw bytes on standard output, without end, for batteries of statistical tests that read a pipe.
//
//   dotnet run samples/scorecards/random-stream.cs                                          the first words, to look at
//   dotnet run samples/scorecards/random-stream.cs -- 1 | dieharder -g 200 -a               the stream of the key of seed 1
//   dotnet run samples/scorecards/random-stream.cs -- 1 keys | dieharder -g 200 -a          eight words of each of the keys key.Fold(0), key.Fold(1), ...
//   dotnet run samples/scorecards/random-stream.cs -- 1 normals | dieharder -g 200 -a       32 bits of the distribution function of each standard normal draw

using System.Runtime.InteropServices;
using OptiCore;
using OptiCore.Numerics;
using OptiCore.Randomness;

if (args.Length == 0)
{
    uint[] first = new uint[8];
    RandomFill.Bits(RandomKey.FromSeed(1), first);
    Console.WriteLine($"seed 1: {string.Join(' ', first.Select(word => word.ToString("x8")))} ...");
    return;
}

RandomKey key = RandomKey.FromSeed(ulong.Parse(args[0]));
string kind = args.Length > 1 ? args[1] : "words";
uint[] words = new uint[1 << 16];
double[] draws = new double[words.Length];
using Stream output = Console.OpenStandardOutput();
for (ulong offset = 0; ; offset += (ulong)words.Length)
{
    switch (kind)
    {
        case "words":
            RandomFill.Bits(key, words, offset);
            break;
        case "keys":
            for (int i = 0; i < words.Length; i += 8)
                RandomFill.Bits(key.Fold((offset + (ulong)i) / 8), words.AsSpan(i, 8));
            break;
        case "normals":
            RandomFill.Normal(key, draws, offset);
            VectorMath.NormalCdf(draws, draws);
            for (int i = 0; i < words.Length; i++)
                words[i] = (uint)Math.Min(draws[i] * 4294967296.0, uint.MaxValue);
            break;
        default:
            throw new ArgumentException($"The kind is '{kind}', expected words, keys or normals.");
    }

    try
    {
        output.Write(MemoryMarshal.AsBytes(words.AsSpan()));
    }
    catch (IOException)
    {
        return; // The reader has enough.
    }
}
