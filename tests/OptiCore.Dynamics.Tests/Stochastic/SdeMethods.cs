namespace OptiCore.Dynamics.Tests.Stochastic;

/// <summary>The conformance table: one row for each stochastic solver, with a problem of its noise and that problem's solution as a function of the path.</summary>
public static class SdeMethods
{
    private const double A = 0.8, B = 0.5, Start = 0.2;

    /// <summary>tanh(b t + a W + c): a nonlinear equation with a known solution in both calculi.</summary>
    private static readonly SdeCoefficient Ito = static (_, y, f) => f[0] = (B - (A * A * y[0])) * (1 - (y[0] * y[0]));

    private static readonly SdeCoefficient Strat = static (_, y, f) => f[0] = B * (1 - (y[0] * y[0]));

    private static readonly SdeCoefficient Noise = static (_, y, g) => g[0] = A * (1 - (y[0] * y[0]));

    private static readonly SdeCoefficient Derivative = static (_, y, d) => d[0] = -2 * A * A * y[0] * (1 - (y[0] * y[0]));

    private static double Tanh(double t, double w) => Math.Tanh((B * t) + (A * w) + Math.Atanh(Start));

    /// <summary>y = (c + b (t + a W)) / sqrt(1 + t).</summary>
    private static readonly IAdditiveSde Additive = SdeSystem.Additive(
        1,
        static (t, y, f) => f[0] = (B / Math.Sqrt(1 + t)) - (y[0] / (2 * (1 + t))),
        static (t, g) => g[0] = A * B / Math.Sqrt(1 + t));

    private static double AdditiveSolution(double t, double w) => (Start + (B * (t + (A * w)))) / Math.Sqrt(1 + t);

    /// <param name="Order">The strong order for the row's equation, whose noise is one motion: there the reversible Heun method, of order 1/2 in general, has order 1.</param>
    public sealed record Row(Type Type, double Order, Func<SdeSteps, BrownianPath, SdeState> Run, Func<double, double, double> Solution, bool Adaptive = false);

    public static IReadOnlyList<Row> Rows { get; } =
    [
        new(typeof(EulerMaruyama), 0.5, static (s, p) => new EulerMaruyama(s).Start(SdeSystem.General(1, 1, Ito, Noise), p, [Start]), Tanh),
        new(typeof(Milstein), 1, static (s, p) => new Milstein(s).Start(SdeSystem.Diagonal(1, Ito, Noise, Derivative), p, [Start]), Tanh),
        new(typeof(RungeKuttaMilstein), 1, static (s, p) => new RungeKuttaMilstein(s).Start(SdeSystem.Commutative(1, 1, Ito, Noise), p, [Start]), Tanh),
        new(typeof(LevyMilstein), 1, static (s, p) => new LevyMilstein(s).Start(SdeSystem.General(1, 1, Strat, Noise, SdeCalculus.Stratonovich), p, [Start]), Tanh),
        new(typeof(EulerHeun), 1, static (s, p) => new EulerHeun(s).Start(SdeSystem.Diagonal(1, Strat, Noise, SdeCalculus.Stratonovich), p, [Start]), Tanh),
        new(typeof(StratonovichHeun), 1, static (s, p) => new StratonovichHeun(s).Start(SdeSystem.Scalar(1, Strat, Noise, SdeCalculus.Stratonovich), p, [Start]), Tanh, true),
        new(typeof(ReversibleHeun), 1, static (s, p) => new ReversibleHeun(s).Start(SdeSystem.Scalar(1, Strat, Noise, SdeCalculus.Stratonovich), p, [Start]), Tanh),
        new(typeof(Sra1), 1.5, static (s, p) => new Sra1(s).Start(Additive, p, [Start]), AdditiveSolution, true),
        new(typeof(SriW1), 1.5, static (s, p) => new SriW1(s).Start(SdeSystem.Diagonal(1, Ito, Noise), p, [Start]), Tanh, true),
    ];

    public static Row Of(string name) => Rows.Single(r => r.Type.Name == name);

    public static TheoryData<string> All => [.. Rows.Select(r => r.Type.Name)];

    public static TheoryData<string> Adaptive => [.. Rows.Where(r => r.Adaptive).Select(r => r.Type.Name)];
}
