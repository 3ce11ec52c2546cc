using System.Globalization;
using OptiCore.Samplers;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Bootstrap particle filters with systematic resampling before every step, against the same in vectorised NumPy, in doubles on one thread: draws, weights, likelihood, effective size and filtered mean of each step. NumPy is
/// written twice: "tuned" makes the copies by <c>repeat</c>, which is faster there than <c>searchsorted</c>, and draws with its fastest bit generator; "usual" is what textbooks and packages do, <c>default_rng</c> and
/// <c>searchsorted</c> in the cumulative weights.
/// </summary>
internal static class FilterCases
{
    private const int Particles = 10_000, Steps = 50;

    private const string Tuned = """
        g = np.random.Generator(np.random.SFC64(1))
        index = np.arange(N)
        def ancestors(w):
            ends = np.ceil(np.cumsum(w) * N - g.random()).astype(np.int64)
            ends[-1] = N
            return np.repeat(index, np.diff(ends, prepend=0))
        """;

    private const string Usual = """
        g = np.random.default_rng(1)
        def ancestors(w):
            cumulative = np.cumsum(w)
            cumulative[-1] = 1
            return np.searchsorted(cumulative, (np.arange(N) + g.random()) / N)
        """;

    private const string Filter = """
        def filter():
            x = start()
            total, means = 0.0, np.empty(len(y))
            for t in range(len(y)):
                if t > 0:
                    x = move(t, x[ancestors(w)])
                logs = density(t, x)
                top = logs.max()
                w = np.exp(logs - top)
                s = w.sum()
                total += top + np.log(s / N)
                w /= s
                ess = 1 / np.dot(w, w)
                means[t] = np.dot(w, x)
            return total
        """;

    private const string Growth = """
        def start():
            return np.sqrt(5) * g.standard_normal(N)
        def move(t, x):
            return 0.5 * x + 25 * x / (1 + x * x) + 8 * np.cos(1.2 * t) + np.sqrt(10) * g.standard_normal(N)
        def density(t, x):
            r = x * x / 20 - y[t]
            return -0.5 * r * r - 0.5 * np.log(2 * np.pi)
        """;

    private const string Volatility = """
        def start():
            return 0.25 / np.sqrt(1 - 0.95 ** 2) * g.standard_normal(N)
        def move(t, x):
            return 0.95 * x + 0.25 * g.standard_normal(N)
        def density(t, x):
            return -0.5 * (x + y[t] ** 2 * np.exp(-x)) - 0.5 * np.log(2 * np.pi)
        """;

    public static IEnumerable<PeerCase> All =>
    [
        Case("growth model", new GrowthModel(), 4, Growth, Tuned, "tuned"),
        Case("stochastic volatility", new StochasticVolatility(), 1, Volatility, Tuned, "tuned"),
        Case("growth model", new GrowthModel(), 4, Growth, Usual, "usual"),
        Case("stochastic volatility", new StochasticVolatility(), 1, Volatility, Usual, "usual"),
    ];

    private static PeerCase Case(string name, IStateSpaceModel model, double scale, string python, string resampling, string style) =>
        new($"bootstrap filter, {name}, N={Particles}, T={Steps}, NumPy {style}", "NumPy", () => Contest(model, scale, python, resampling));

    private static Contest Contest(IStateSpaceModel model, double scale, string python, string resampling)
    {
        double[] y = new double[Steps];
        Randomness.RandomFill.Normal(RandomKey.FromSeed(2), y);
        for (int t = 0; t < Steps; t++)
            y[t] *= scale;
        var options = new ParticleFilterOptions { Particles = Particles, Threshold = 1, Covariances = false };
        return new Contest(
            () => ParticleFilter.Run(new BootstrapFilter(), model, y, options),
            new Python(string.Create(CultureInfo.InvariantCulture, $"N = {Particles}\n{resampling}\n{Filter}\n{python}"), "filter()", [PeerArray.Of<double>("y", y)]));
    }
}
