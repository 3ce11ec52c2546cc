using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>What the logistic policies compute, against its defining equations, and that they learn clicks.</summary>
public class LogisticBanditTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(61);

    // Click probabilities from 0.03 to 0.97.
    private static readonly double[] Coefficients =
    [
        2.4, -1.6, 0.8, 2.0, -1.2,
        -2.0, 1.2, 2.4, -0.8, 1.6,
        0.4, 2.8, -2.0, -1.2, -0.8,
        -1.2, -2.0, -1.6, 2.4, 1.2,
    ];

    public static TheoryData<string> Learners => ["UcbGlm", "LogisticThompsonSampling", "LogisticThompsonSampling, full", "LogisticThompsonSampling, shared", "LogisticThompsonSampling, shared, full", "SquareCb, logistic"];

    [Theory]
    [MemberData(nameof(Learners))]
    public void ClicksAreLearnt(string name)
    {
        // Against uniformly random arms; and less is lost in the second half than in the first.
        IContextualPolicy policy = ContextualPolicyTable.Rows[name].Policy;
        bool hasActions = policy.Start(2, 5, Key).HasActionFeatures, isDisjoint = policy is LogisticThompsonSampling { Sharing: not ModelSharing.Shared } or SquareCb;
        ModelSharing sharing = !isDisjoint ? ModelSharing.Shared : hasActions ? ModelSharing.DisjointActions : ModelSharing.Disjoint;
        var bandit = new NonlinearContextualBandit(RewardFunction.Logistic, sharing, 4, 5, isDisjoint ? Coefficients : Coefficients.AsSpan(0, 5), 0);
        RegretReport report = BanditSimulator.Run(
            [policy, new LinGreedy { Epsilon = 1, Sharing = sharing }], bandit,
            new SimulationOptions { Rounds = 1000, Replications = 12, Checkpoints = [500, 1000], Key = Key, Workers = Workers.Threads(2) });
        double first = report.Policies[0].MeanRegret[0], whole = report.Policies[0].MeanRegret[1], random = report.Policies[1].MeanRegret[1];
        Assert.True(whole < 0.5 * random, $"{name}: regret {whole:f2}, at random {random:f2}");
        Assert.True(whole - first < 0.8 * first, $"{name}: regret {first:f2} in the first half, {whole - first:f2} in the second");
    }

    [Fact]
    public void TheEstimateOfUcbGlmIsTheMaximumOfThePenalisedLikelihood()
    {
        const int D = 4;
        UcbGlmState state = new UcbGlm { Regularization = 0.5, Capacity = 3 }.Start(3, D, Key);
        RandomStream stream = Key.Fold("likelihood").Stream();
        var seen = new List<(double[] X, double R)>();
        double[] context = new double[3 * D];
        for (int t = 0; t < 120; t++)
        {
            foreach (ref double x in context.AsSpan())
                x = 3 * stream.NextNormal();

            // Separable by the first feature: without the penalty there would be no maximum.
            int arm = t % 3;
            double reward = context[arm * D] > 0 ? 1 : 0;
            state.Update(context, arm, reward);
            seen.Add((context[(arm * D)..((arm + 1) * D)], reward));
        }

        double[] theta = state.Coefficients.ToArray();
        for (int i = 0; i < D; i++)
        {
            double gradient = -0.5 * theta[i];
            foreach ((double[] x, double r) in seen)
                gradient += (r - (1 / (1 + Math.Exp(-x.Zip(theta, (a, b) => a * b).Sum())))) * x[i];
            Promises.Close(0, gradient, 0, 1e-9, $"gradient {i}");
        }

        Assert.True(theta[0] > 1, $"the coefficient of the feature that decides is {theta[0]}");
    }

    [Theory]
    [InlineData(PosteriorCovariance.Diagonal)]
    [InlineData(PosteriorCovariance.Full)]
    public void EachStepOfLaplaceFindsTheMode(PosteriorCovariance covariance)
    {
        // Q (new mode - old) = (r - mu(x' new mode)) x, Q being what it was before; then Q gains mu (1 - mu) x x'.
        const int D = 3;
        var oracle = new LogisticOracle { Covariance = covariance, Regularization = 0.7 };
        double[] model = new double[oracle.Length(D)];
        oracle.Reset(model, D);
        double[,] q = new double[D, D];
        for (int i = 0; i < D; i++)
            q[i, i] = 0.7;
        RandomStream stream = Key.Fold("laplace").Stream();
        double[] mode = new double[D];
        for (int t = 0; t < 200; t++)
        {
            double[] x = [.. Enumerable.Range(0, D).Select(_ => stream.NextNormal())];
            double reward = stream.NextDouble();
            oracle.Learn(model, x, reward, 1);
            double[] next = [.. Enumerable.Range(0, D).Select(i => ModeElement(i))];
            double mu = oracle.Predict(model, x);
            Promises.Close(1 / (1 + Math.Exp(-x.Zip(next, (a, b) => a * b).Sum())), mu, 1e-12, 0, "prediction");
            for (int i = 0; i < D; i++)
            {
                double left = 0;
                for (int j = 0; j < D; j++)
                    left += q[i, j] * (next[j] - mode[j]);
                Promises.Close((reward - mu) * x[i], left, 1e-9, 1e-10, $"step {t}, equation {i}");
            }

            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    q[i, j] += covariance == PosteriorCovariance.Full || i == j ? mu * (1 - mu) * x[i] * x[j] : 0;
            }

            mode = next;
        }

        // The mode's element by a prediction at a unit vector.
        double ModeElement(int i)
        {
            double[] unit = new double[D];
            unit[i] = 1;
            double p = oracle.Predict(model, unit);
            return Math.Log(p / (1 - p));
        }
    }
}
