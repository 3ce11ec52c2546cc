namespace OptiCore.Core.Tests.Analysis;

/// <summary>A function of the golden file with its derivatives.</summary>
internal sealed record GoldenFunction(string Name, Func<double, double> Value, Func<double, double> First, Func<double, double> Second);

/// <summary>The functions of the golden files of roots and minima by their formulas.</summary>
internal static class GoldenFunctions
{
    private static readonly double E5 = Math.Exp(-5);

    private static readonly GoldenFunction[] All =
    [
        new("cubic_x3-2x-5", x => (x * x * x) - (2 * x) - 5, x => (3 * x * x) - 2, x => 6 * x),
        new("cos(x)-x", x => Math.Cos(x) - x, x => -Math.Sin(x) - 1, x => -Math.Cos(x)),
        new("exp(-x)-x", x => Math.Exp(-x) - x, x => -Math.Exp(-x) - 1, x => Math.Exp(-x)),
        new("x*exp(x)-1", x => (x * Math.Exp(x)) - 1, x => (x + 1) * Math.Exp(x), x => (x + 2) * Math.Exp(x)),
        new("sin(x)-x/2", x => Math.Sin(x) - (x / 2), x => Math.Cos(x) - 0.5, x => -Math.Sin(x)),
        new("2x*exp(-5)+1-2exp(-5x)", x => (2 * x * E5) + 1 - (2 * Math.Exp(-5 * x)), x => (2 * E5) + (10 * Math.Exp(-5 * x)), x => -50 * Math.Exp(-5 * x)),
        new("(1+(1-10)^2)x-(1-10x)^2", x => (82 * x) - ((1 - (10 * x)) * (1 - (10 * x))), x => 82 + (20 * (1 - (10 * x))), x => -200),
        new("x^2-(1-x)^10", x => (x * x) - Math.Pow(1 - x, 10), x => (2 * x) + (10 * Math.Pow(1 - x, 9)), x => 2 - (90 * Math.Pow(1 - x, 8))),
        new("exp(-4x)(x-1)+x^4", x => (Math.Exp(-4 * x) * (x - 1)) + Math.Pow(x, 4), x => (Math.Exp(-4 * x) * (5 - (4 * x))) + (4 * x * x * x), x => (Math.Exp(-4 * x) * ((16 * x) - 24)) + (12 * x * x)),
        new("x^9", x => Math.Pow(x, 9), x => 9 * Math.Pow(x, 8), x => 72 * Math.Pow(x, 7)),
        new("(x-1)^3", x => Math.Pow(x - 1, 3), x => 3 * (x - 1) * (x - 1), x => 6 * (x - 1)),
        new("log(x)", Math.Log, x => 1 / x, x => -1 / (x * x)),
        new("tanh(x)-0.25", x => Math.Tanh(x) - 0.25, x => 1 - (Math.Tanh(x) * Math.Tanh(x)), x => -2 * Math.Tanh(x) * (1 - (Math.Tanh(x) * Math.Tanh(x)))),
        new("x^20-1", x => Math.Pow(x, 20) - 1, x => 20 * Math.Pow(x, 19), x => 380 * Math.Pow(x, 18)),
        new("kepler_M1_e0.9", x => x - (0.9 * Math.Sin(x)) - 1, x => 1 - (0.9 * Math.Cos(x)), x => 0.9 * Math.Sin(x)),
        new("arctan(x)-1/3", x => Math.Atan(x) - (1.0 / 3), x => 1 / (1 + (x * x)), x => -2 * x / ((1 + (x * x)) * (1 + (x * x)))),
        Minimum("(x-2)^2+1", x => ((x - 2) * (x - 2)) + 1),
        Minimum("x^4-3x^3+2", x => Math.Pow(x, 4) - (3 * x * x * x) + 2),
        Minimum("x*log(x)", x => x * Math.Log(x)),
        Minimum("exp(x)-2x", x => Math.Exp(x) - (2 * x)),
        Minimum("-sin(x)", x => -Math.Sin(x)),
        Minimum("|x-0.3|", x => Math.Abs(x - 0.3)),
        Minimum("x+1/x", x => x + (1 / x)),
        Minimum("-x*exp(-x^2)", x => -x * Math.Exp(-x * x)),
        Minimum("x^6", x => Math.Pow(x, 6)),
    ];

    public static GoldenFunction Named(string name) => All.Single(f => f.Name == name);

    private static GoldenFunction Minimum(string name, Func<double, double> f) => new(name, f, _ => double.NaN, _ => double.NaN);
}
