using OptiCore.Optimizers;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>What a learner did online is compared with the returns that define it, computed from the whole episode.</summary>
public class ForwardViewTests
{
    private const int Layers = 6, Width = 3, Actions = 3;
    private const double Discount = 0.9, Alpha = 0.3, Epsilon = 0.5;

    /// <summary>Each episode passes through six layers of three states, so that no state occurs twice in it; the last layer ends it, or a limit cuts it off there.</summary>
    private static readonly TabularModel Layered = TabularModel.Create(Layers * Width, Actions, [.. Enumerable.Range(0, Layers * Width).Select(s => s < Width ? 1.0 / Width : 0)], (state, action) =>
    {
        RandomStream stream = RandomKey.FromSeed(4).Fold(state).Fold(action).Stream();
        int layer = state / Width;
        return [.. Enumerable.Range(0, Width).Select(k => new TabularOutcome(1.0 / Width, ((layer + 1) % Layers * Width) + k, stream.NextNormal(), layer == Layers - 1))];
    });

    public static TheoryData<string, double> Cases { get; } = new()
    {
        { "Sarsa accumulating", 0.7 }, { "Sarsa replacing", 0.7 }, { "Sarsa dutch", 0.7 }, { "Sarsa dutch", 0 }, { "Sarsa dutch", 1 },
        { "Watkins", 0.8 }, { "Watkins replacing", 1 }, { "Peng", 0.6 }, { "Peng", 1 },
        { "Tree 3", 0 }, { "Tree 20", 0 }, { "QSigma on", 0 }, { "QSigma on", 0.4 }, { "QSigma on", 1 }, { "QSigma off", 0.4 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void An_episode_moves_every_pair_towards_its_return(string method, double parameter)
    {
        TabularAgent agent = method switch
        {
            "Sarsa accumulating" => new Sarsa { Lambda = parameter, Traces = EligibilityTraceKind.Accumulating },
            "Sarsa replacing" => new Sarsa { Lambda = parameter, Traces = EligibilityTraceKind.Replacing },
            "Sarsa dutch" => new Sarsa { Lambda = parameter },
            "Watkins" => new WatkinsQLambda { Lambda = parameter },
            "Watkins replacing" => new WatkinsQLambda { Lambda = parameter, ReplacingTraces = true },
            "Peng" => new PengQLambda { Lambda = parameter },
            "Tree 3" => new TreeBackup { Steps = 3 },
            "Tree 20" => new TreeBackup { Steps = 20 },
            "QSigma on" => new QSigma { Steps = 20, Sigma = parameter },
            _ => new QSigma { Steps = 20, Sigma = parameter, OnPolicy = false },
        };
        agent = agent with { Discount = Discount, LearningRate = Alpha, Exploration = Epsilon };
        foreach (int limit in (int[])[100, 4])
        {
            var drive = new Drive(agent, Layered, 1, limit);
            for (int episode = 0; episode < 30; episode++)
            {
                double[] before = drive.State.ActionValues.ToArray();
                List<Seen> seen = drive.Episode();
                double[] expected = [.. before];
                for (int t = 0; t < seen.Count; t++)
                {
                    int pair = (seen[t].State * Actions) + seen[t].Action;
                    expected[pair] += Alpha * (Return(method, parameter, before, seen, t) - before[pair]);
                }

                for (int pair = 0; pair < expected.Length; pair++)
                    Promises.Close(expected[pair], drive.State.ActionValues[pair], 1e-12, 1e-12, $"{method}, limit {limit}, episode {episode}, pair {pair}");
            }
        }
    }

    /// <summary>The return of step t. Since no state occurs twice, the values before the episode are those that each step saw.</summary>
    private static double Return(string method, double parameter, double[] q, List<Seen> seen, int t)
    {
        Seen now = seen[t];
        bool last = t == seen.Count - 1, soft = method.StartsWith("Sarsa", StringComparison.Ordinal) || method == "QSigma on";
        double[] next = q.AsSpan(now.Next * Actions, Actions).ToArray();
        double greedy = next.Max(), expected = soft ? (Epsilon * next.Average()) + ((1 - Epsilon) * greedy) : greedy;
        if (now.Terminated)
            return now.Reward;
        if (last)
            return now.Reward + (Discount * expected);
        double taken = next[seen[t + 1].Action], after = Return(method, parameter, q, seen, t + 1);
        int ties = next.Count(v => v == greedy);
        double pi = (taken == greedy ? (soft ? 1 - Epsilon : 1) / ties : 0) + (soft ? Epsilon / Actions : 0);
        double mu = (taken == greedy ? (1 - Epsilon) / ties : 0) + (Epsilon / Actions);
        return now.Reward + (Discount * (method.Split(' ')[0] switch
        {
            "Sarsa" => ((1 - parameter) * taken) + (parameter * after),
            "Peng" => ((1 - parameter) * greedy) + (parameter * after),
            "Watkins" => taken == greedy ? ((1 - parameter) * greedy) + (parameter * after) : greedy,
            "Tree" => expected + (pi * ((method == "Tree 3" ? FewSteps(q, seen, t + 1, 2) : after) - taken)),
            _ => expected + (((parameter * pi / mu) + ((1 - parameter) * pi)) * (after - taken)),
        }));
    }

    private static double FewSteps(double[] q, List<Seen> seen, int t, int left)
    {
        Seen now = seen[t];
        if (now.Terminated)
            return now.Reward;
        double[] next = q.AsSpan(now.Next * Actions, Actions).ToArray();
        if (left == 1 || t == seen.Count - 1)
            return now.Reward + (Discount * next.Max());
        double taken = next[seen[t + 1].Action];
        double pi = taken == next.Max() ? 1.0 / next.Count(v => v == taken) : 0;
        return now.Reward + (Discount * (next.Max() + (pi * (FewSteps(q, seen, t + 1, left - 1) - taken))));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.6)]
    [InlineData(1.0)]
    public void True_online_sarsa_is_the_online_lambda_return_algorithm_where_states_recur(double lambda)
    {
        // A walk of five states to and fro, one action: the values of the walk are learnt.
        TabularModel walk = Worlds.RandomWalk(5);
        var drive = new Drive(new Sarsa { Discount = Discount, Lambda = lambda, LearningRate = Alpha, InitialValue = 0.4 }, walk, 3);
        for (int episode = 0; episode < 20; episode++)
        {
            double[] start = drive.State.ActionValues.ToArray();
            List<Seen> seen = drive.Episode();

            // w[h] are the weights at time h; the interim algorithm begins anew for every horizon h with returns cut off there.
            var w = new List<double[]> { start };
            for (int h = 1; h <= seen.Count; h++)
            {
                double[] weights = [.. start];
                for (int t = 0; t < h; t++)
                    weights[seen[t].State] += Alpha * (Interim(t, h) - weights[seen[t].State]);
                w.Add(weights);
            }

            for (int state = 0; state < start.Length; state++)
                Promises.Close(w[^1][state], drive.State.ActionValues[state], 1e-11, 1e-11, $"lambda {lambda}, episode {episode}, V({state})");

            double Interim(int t, int h)
            {
                double sum = 0, weight = 1, rewards = 0, discount = 1;
                for (int n = 1; t + n <= h; n++)
                {
                    rewards += discount * seen[t + n - 1].Reward;
                    discount *= Discount;
                    double value = rewards + (seen[t + n - 1].Terminated ? 0 : discount * w[t + n - 1][seen[t + n - 1].Next]);
                    sum += t + n == h ? weight * value : weight * (1 - lambda) * value;
                    weight *= lambda;
                }

                return sum;
            }
        }
    }

    [Fact]
    public void Sampling_may_fall_during_learning()
    {
        TabularAgent falling = new QSigma { Sigma = Schedule.Linear(1, 0, 100) }, sampling = new QSigma { Sigma = 1 }, expecting = new QSigma { Sigma = 0 };
        double[][] tables = [.. ((TabularAgent[])[falling, sampling, expecting]).Select(agent =>
        {
            var drive = new Drive(agent, Layered, 1);
            for (int episode = 0; episode < 50; episode++)
                drive.Episode();
            return drive.State.ActionValues.ToArray();
        })];
        Assert.NotEqual(tables[0], tables[1]);
        Assert.NotEqual(tables[0], tables[2]);
    }
}
