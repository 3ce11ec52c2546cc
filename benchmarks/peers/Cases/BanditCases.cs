using System.Globalization;
using System.Text.Json;
using OptiCore.Bandits;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Simulated rounds of bandit policies, a thousand an entry, against SMPyBandits and MABWiser, which are read from checkouts whose folders the environment variables OPTICORE_SMPYBANDITS and OPTICORE_MABWISER name.
/// A round is a choice, a reward drawn and the update, on one thread. Ours is the whole simulator: it also makes the states, measures the regret and writes the report; theirs is the shortest loop
/// around a policy, with rewards by Python's fastest draw and, for LinUCB and its kin, contexts drawn beforehand.
/// </summary>
/// <remarks>SMPyBandits' divergences run without Numba: its import of it fails with every version since 2020. Its epsilon-greedy exploits the largest sum, not the largest mean, and its softmax shrinks the means by one play; MABWiser's softmax plays the largest of Dirichlet draws. The work of a round is the same.</remarks>
internal static class BanditCases
{
    private const int Arms = 10, Features = 10, Rounds = 1000;

    // The scenario of low rewards of Garivier and Cappé (2011).
    private static readonly double[] Means = [0.1, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01];

    private static readonly SimulationOptions OneGame = new() { Rounds = Rounds, Replications = 1 };

    private static readonly string Rewards = string.Create(CultureInfo.InvariantCulture, $"""
        import random
        uniform = random.Random(1).random
        means = {JsonSerializer.Serialize(Means)}
        """);

    public static IEnumerable<PeerCase> All => [.. SMPyBandits(), .. MabWiser()];

    private static IEnumerable<PeerCase> SMPyBandits() => Rows("SMPyBandits", "OPTICORE_SMPYBANDITS", "github.com/SMPyBandits/SMPyBandits", folder =>
    {
        PeerCase Case(IBanditPolicy policy, string name, string module, string arguments) => new(Task(name), "SMPyBandits", () => new Contest(
            () => BanditSimulator.Run([policy], new BernoulliBandit(Means), OneGame),
            Python(Path.Combine(folder, "SMPyBandits", "Policies"), string.Create(CultureInfo.InvariantCulture, $"""
                np.seterr(all='ignore')
                from {module} import {module}
                {Rewards}
                def game():
                    policy = {module}({Arms}{arguments})
                    policy.startGame()
                    for _ in range({Rounds}):
                        arm = policy.choice()
                        policy.getReward(arm, 1 if uniform() < means[arm] else 0)
                """))));
        return
        [
            Case(new Ucb1(), "UCB1", "UCB", ""),
            Case(new AnytimeMoss(), "MOSS-anytime", "MOSSAnytime", ", alpha=1.35"),
            Case(new KlUcb(), "KL-UCB", "klUCB", ""),
            Case(new BayesUcb(), "Bayes-UCB", "BayesUCB", ""),
            Case(new ThompsonSampling(), "Thompson sampling", "Thompson", ""),
            Case(new EpsilonGreedy(), "epsilon-greedy", "EpsilonGreedy", ", epsilon=0.1"),
            Case(new Softmax(), "softmax", "Softmax", ", temperature=0.1"),
            Case(new BoltzmannGumbel(), "Boltzmann-Gumbel", "BoltzmannGumbel", ", C=0.5"),
            Case(new Exp3 { Gamma = 0.1 }, "EXP3", "Exp3", ", gamma=0.1"),
            Case(new TsallisInf { Estimator = LossEstimator.ImportanceWeighted }, "Tsallis-INF", "TsallisInf", ""),
        ];
    });

    private static IEnumerable<PeerCase> MabWiser() => Rows("MABWiser", "OPTICORE_MABWISER", "github.com/fidelity/mabwiser", folder =>
    {
        PeerCase Case(IBanditPolicy policy, string name, string learning) => new(Task(name), "MABWiser", () => new Contest(
            () => BanditSimulator.Run([policy], new BernoulliBandit(Means), OneGame),
            Python(folder, string.Create(CultureInfo.InvariantCulture, $"""
                from mabwiser.mab import MAB, LearningPolicy
                {Rewards}
                def game():
                    mab = MAB(list(range({Arms})), LearningPolicy.{learning}, seed=1)
                    mab.fit(list(range({Arms})), [1 if uniform() < mean else 0 for mean in means])
                    for _ in range({Rounds - Arms}):
                        arm = mab.predict()
                        mab.partial_fit([arm], [1 if uniform() < means[arm] else 0])
                """))));
        PeerCase Contextual(IContextualPolicy policy, string name, string learning) => new(Task(name) + $", d={Features}", "MABWiser", () => new Contest(
            () => BanditSimulator.Run([policy], new LinearContextualBandit(ModelSharing.Disjoint, Arms, Features, Fill.Normal<double>(Arms * Features, 3), 0.1), OneGame),
            Python(folder, string.Create(CultureInfo.InvariantCulture, $"""
                from mabwiser.mab import MAB, LearningPolicy
                g = np.random.default_rng(1)
                contexts = g.standard_normal(({Rounds}, {Features}))
                contexts /= np.linalg.norm(contexts, axis=1, keepdims=True)
                rewards = contexts @ g.standard_normal(({Features}, {Arms})) + 0.1 * g.standard_normal(({Rounds}, {Arms}))
                def game():
                    mab = MAB(list(range({Arms})), LearningPolicy.{learning}, seed=1)
                    mab.fit([0], rewards[0, :1], contexts[:1])
                    for t in range(1, {Rounds}):
                        x = contexts[t:t + 1]
                        arm = mab.predict(x)
                        mab.partial_fit([arm], [rewards[t, arm]], x)
                """))));
        return
        [
            Case(new Ucb1(), "UCB1", "UCB1(alpha=1)"),
            Case(new ThompsonSampling(), "Thompson sampling", "ThompsonSampling()"),
            Case(new EpsilonGreedy(), "epsilon-greedy", "EpsilonGreedy(epsilon=0.1)"),
            Case(new Softmax(), "softmax", "Softmax(tau=0.1)"),
            Contextual(new LinUcb(), "LinUCB", "LinUCB(alpha=1)"),
            Contextual(new LinearThompsonSampling(), "linear Thompson sampling", "LinTS(alpha=1)"),
            Contextual(new LinGreedy { Epsilon = 0.1 }, "linear epsilon-greedy", "LinGreedy(epsilon=0.1)"),
        ];
    });

    private static string Task(string name) => string.Create(CultureInfo.InvariantCulture, $"bandits {name} K={Arms}, {Rounds} rounds");

    private static IEnumerable<PeerCase> Rows(string peer, string variable, string repository, Func<string, IEnumerable<PeerCase>> rows) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder
        ? rows(folder)
        : [new PeerCase("bandits", peer, () => throw new InvalidOperationException("The row is skipped.")) { Missing = $"{variable} names no checkout of {repository}" }];

    /// <summary>The peers write their messages to the standard output, where only answers may stand.</summary>
    private static Python Python(string folder, string setup) => new(
        $"import sys, contextlib\nsys.path.insert(0, {JsonSerializer.Serialize(folder)})\nwith contextlib.redirect_stdout(sys.stderr):\n" + string.Join('\n', setup.Split('\n').Select(line => "    " + line)), "game()", []);
}
