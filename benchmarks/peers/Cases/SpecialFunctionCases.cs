using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>Special functions of a thousand arguments, against the loops of SciPy.</summary>
internal static class SpecialFunctionCases
{
    private const int Count = 1000;

    public static IEnumerable<PeerCase> All =>
    [
        One("gamma", -19.5, 30, SpecialFunctions.Gamma),
        One("gammaln", 0, 30, SpecialFunctions.LogGamma),
        One("digamma", 0, 30, SpecialFunctions.Digamma),
        One("trigamma", 0.1, 30, SpecialFunctions.Trigamma, "sp.polygamma(1, x)"),
        One("erf", -3, 3, SpecialFunctions.Erf),
        One("erfc", -3, 10, SpecialFunctions.Erfc),
        One("erfcx", -3, 10, SpecialFunctions.Erfcx),
        One("erfinv", -1, 1, SpecialFunctions.ErfInv),
        One("ndtr", -8, 8, SpecialFunctions.NormalCdf),
        One("log_ndtr", -20, 8, SpecialFunctions.NormalLogCdf),
        One("ndtri", 0, 1, SpecialFunctions.NormalQuantile),
        One("expit", -20, 20, SpecialFunctions.Expit),
        One("log_expit", -20, 20, SpecialFunctions.LogExpit),
        One("logit", 0, 1, SpecialFunctions.Logit),
        One("j0", 0, 50, SpecialFunctions.BesselJ0),
        One("j1", 0, 50, SpecialFunctions.BesselJ1),
        One("y0", 0, 50, SpecialFunctions.BesselY0),
        One("y1", 0, 50, SpecialFunctions.BesselY1),
        One("i0", 0, 50, SpecialFunctions.BesselI0),
        One("i0e", 0, 50, SpecialFunctions.BesselI0Scaled),
        One("k0", 0, 50, SpecialFunctions.BesselK0),
        One("k1", 0, 50, SpecialFunctions.BesselK1),
        One("zeta", 1.1, 30, SpecialFunctions.Zeta),
        One("lambertw", 0, 100, SpecialFunctions.LambertW),
        One("expi", 0, 30, SpecialFunctions.ExponentialIntegralEi),
        One("exp1", 0, 30, SpecialFunctions.ExponentialIntegralE1),
        One("dawsn", 0, 10, SpecialFunctions.Dawson),
        Two("beta", 0.1, 50, 0.1, 50, SpecialFunctions.Beta),
        Two("betaln", 0.1, 50, 0.1, 50, SpecialFunctions.LogBeta),
        Two("gammainc", 0.1, 50, 0, 60, SpecialFunctions.GammaP),
        Two("gammaincc", 0.1, 50, 0, 60, SpecialFunctions.GammaQ),
        Two("gammaincinv", 0.1, 50, 0, 1, SpecialFunctions.GammaPInv),
        Two("iv", 0, 10, 0, 50, SpecialFunctions.BesselI),
        Two("kv", 0, 10, 0.1, 50, SpecialFunctions.BesselK),
        Three("betainc", 50, SpecialFunctions.BetaInc),
        Three("betaincinv", 50, SpecialFunctions.BetaIncInv),
        Three("betainc", 1000, SpecialFunctions.BetaInc),
    ];

    private static double[] Between(int seed, double low, double high)
    {
        double[] values = new double[Count];
        RandomFill.Uniform(RandomKey.FromSeed((ulong)seed), values);
        for (int i = 0; i < Count; i++)
            values[i] = low + ((high - low) * values[i]);
        return values;
    }

    private static PeerCase One(string name, double low, double high, Func<double, double> function, string? statement = null) => new($"special {name}", "SciPy", () =>
    {
        double[] x = Between(1, low, high), y = new double[Count];
        return new Contest(
            () =>
            {
                for (int i = 0; i < x.Length; i++)
                    y[i] = function(x[i]);
            },
            new Python("import scipy.special as sp", statement ?? $"sp.{name}(x)", [PeerArray.Of<double>("x", x)]));
    });

    private static PeerCase Two(string name, double lowA, double highA, double lowX, double highX, Func<double, double, double> function) => new($"special {name}", "SciPy", () =>
    {
        double[] a = Between(1, lowA, highA), x = Between(2, lowX, highX), y = new double[Count];
        return new Contest(
            () =>
            {
                for (int i = 0; i < x.Length; i++)
                    y[i] = function(a[i], x[i]);
            },
            new Python("import scipy.special as sp", $"sp.{name}(a, x)", [PeerArray.Of<double>("a", a), PeerArray.Of<double>("x", x)]));
    });

    private static PeerCase Three(string name, double largest, Func<double, double, double, double> function) => new($"special {name} to {largest}", "SciPy", () =>
    {
        double[] a = Between(1, 0.1, largest), b = Between(2, 0.1, largest), x = Between(3, 0, 1), y = new double[Count];
        return new Contest(
            () =>
            {
                for (int i = 0; i < x.Length; i++)
                    y[i] = function(a[i], b[i], x[i]);
            },
            new Python("import scipy.special as sp", $"sp.{name}(a, b, x)", [PeerArray.Of<double>("a", a), PeerArray.Of<double>("b", b), PeerArray.Of<double>("x", x)]));
    });
}
