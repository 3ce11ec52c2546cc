using System.Collections.Immutable;
using System.Numerics;

namespace OptiCore.Problems;

/// <summary>Chaotic maps of one and two dimensions.</summary>
public static class ChaoticMaps
{
    /// <summary>The logistic map x -> r x (1 - x) on [0, 1]. At r = 4, the default, its exponent is log 2 and its density 1 / (pi sqrt(x (1 - x))).</summary>
    public static ChaoticMap Logistic { get; } = Row<LogisticFormula>(
        "Logistic", [("r", 4)], [0.4], "R. M. May (1976), Simple mathematical models with very complicated dynamics");

    /// <summary>Hénon's map x -> 1 - a x^2 + y, y -> b x. The exponents add up to log |b|.</summary>
    public static ChaoticMap Henon { get; } = Row<HenonFormula>(
        "Henon", [("a", 1.4), ("b", 0.3)], [0.1, 0.1], "M. Hénon (1976), A two-dimensional mapping with a strange attractor");

    /// <summary>Lozi's map x -> 1 - a |x| + y, y -> b x: Hénon's with straight pieces.</summary>
    public static ChaoticMap Lozi { get; } = Row<LoziFormula>(
        "Lozi", [("a", 1.7), ("b", 0.5)], [0.1, 0.1], "R. Lozi (1978), Un attracteur étrange du type attracteur de Hénon");

    /// <summary>Ikeda's map of light in a ring cavity: z -> 1 + u z exp(i (0.4 - 6 / (1 + |z|^2))) for the complex z = x + i y. The exponents add up to 2 log u.</summary>
    public static ChaoticMap Ikeda { get; } = Row<IkedaFormula>(
        "Ikeda", [("u", 0.9)], [0.1, 0.1], "K. Ikeda (1979), Multiple-valued stationary state and instability of the transmitted light by a ring cavity system");

    /// <summary>
    /// Chirikov's standard map, the kicked rotor: p -> p + k sin q, q -> q + p, the new p. It preserves areas. The state is (q, p) and is not wrapped: reduce it modulo 2 pi where
    /// it is looked at. From k about 0.9716 on the momentum grows without bound; for large k the exponent is near log(k / 2).
    /// </summary>
    public static ChaoticMap Standard { get; } = Row<StandardFormula>(
        "Standard", [("k", 6)], [1, 0.5], "B. V. Chirikov (1979), A universal instability of many-dimensional oscillator systems");

    /// <summary>All maps, by name.</summary>
    public static ImmutableSortedDictionary<string, ChaoticMap> All { get; } = Collect(Logistic, Henon, Lozi, Ikeda, Standard);

    private static ImmutableSortedDictionary<string, ChaoticMap> Collect(params ReadOnlySpan<ChaoticMap> maps)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, ChaoticMap>(StringComparer.Ordinal);
        foreach (ChaoticMap map in maps)
            all.Add(map.Name, map);
        return all.ToImmutable();
    }

    private static ChaoticMap Row<TFormula>(string name, (string Name, double Value)[] parameters, double[] start, string reference) where TFormula : struct, IVectorFormula =>
        new(name, VectorFormula.Of<TFormula>(start.Length, parameters), start, reference);

    private static T Number<T>(double value) where T : INumberBase<T> => T.CreateTruncating(value);

    private readonly struct LogisticFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f) => f[0] = p[0] * u[0] * (T.One - u[0]);
    }

    private readonly struct HenonFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            f[0] = T.One - (p[0] * u[0] * u[0]) + u[1];
            f[1] = p[1] * u[0];
        }
    }

    private readonly struct LoziFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            f[0] = T.One - (p[0] * T.Abs(u[0])) + u[1];
            f[1] = p[1] * u[0];
        }
    }

    private readonly struct IkedaFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            T x = u[0], y = u[1];
            (T sin, T cos) = T.SinCos(Number<T>(0.4) - (Number<T>(6) / (T.One + (x * x) + (y * y))));
            f[0] = T.One + (p[0] * ((x * cos) - (y * sin)));
            f[1] = p[0] * ((x * sin) + (y * cos));
        }
    }

    private readonly struct StandardFormula : IVectorFormula
    {
        static void IVectorFormula.Write<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> f)
        {
            f[1] = u[1] + (p[0] * T.Sin(u[0]));
            f[0] = u[0] + f[1];
        }
    }
}
