using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>Fills with random numbers, against the Generator of NumPy on its Philox and on its fastest bit generator.</summary>
internal static class RandomCases
{
    private const int Count = 1 << 16;

    private static readonly string[] Generators = ["Philox", "SFC64"];

    public static IEnumerable<PeerCase> All =>
    [
        .. Generators.SelectMany(static g => new[]
        {
            Row<double>("uniform", g, "random", static x => RandomFill.Uniform(Key, x)),
            Row<float>("uniform", g, "random", static x => RandomFill.Uniform(Key, x)),
            Row<double>("normal", g, "standard_normal", static x => RandomFill.Normal(Key, x)),
            Row<float>("normal", g, "standard_normal", static x => RandomFill.Normal(Key, x)),
            Row<double>("exponential", g, "standard_exponential", static x => RandomFill.Exponential(Key, x)),
            Row<float>("exponential", g, "standard_exponential", static x => RandomFill.Exponential(Key, x)),
        }),
    ];

    private static RandomKey Key => RandomKey.FromSeed(1);

    private static PeerCase Row<T>(string what, string generator, string method, Action<T[]> fill) where T : unmanaged
    {
        string type = typeof(T) == typeof(double) ? "double" : "float";
        return new PeerCase($"random {what} {type}", $"NumPy {generator}", () =>
        {
            var x = new T[Count];
            string kind = type == "double" ? "f8" : "f4";
            return new Contest(
                () => fill(x),
                new Python($"g = np.random.Generator(np.random.{generator}(1))\nx = np.empty({Count}, '{kind}')", $"g.{method}(dtype='{kind}', out=x)", []));
        });
    }
}
