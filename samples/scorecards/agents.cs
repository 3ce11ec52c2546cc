#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false
// Scores of agents on classic tasks over several keys, and which details of PPO matter by how much, and a ranking of policy gradients.
//
//     dotnet run -c Release samples/scorecards/agents.cs             two keys, short
//     dotnet run -c Release samples/scorecards/agents.cs -- --full   ten keys, as published
using OptiCore;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.RL;
using OptiCore.RL.Environments;

bool full = args.Contains("--full");
int keys = full ? 10 : 2;
RandomKey key = RandomKey.FromSeed(2026);
IUpdateRule Clipped(double rate) => new ClipByNorm(0.5).Then(new Adam { LearningRate = rate, Epsilon = 1e-5 });

var ppo = new Ppo { Minibatches = 8, Optimizer = Clipped(1e-3) };
Torso small = new() { Hidden = [64, 64], Activation = OptiCore.Differentiation.Operations.Relu, Weights = Initializer.GlorotUniform };
Sac sac = new() { Actor = small, Critic = small, Replay = new() { Capacity = 50_000 }, BatchSize = 128, UpdatesPerTransition = 0.5, Optimizer = new Adam { LearningRate = 1e-3 } };
Td3 td3 = new() { Actor = small, Critic = small, Replay = sac.Replay, BatchSize = 128, UpdatesPerTransition = 0.5, Optimizer = sac.Optimizer };

Console.WriteLine($"Interquartile mean of {keys} keys with a 95 % bootstrap interval; 100 episodes each.");
bool reached = true;
var curves = new List<string> { "task,agent,transitions,interquartile mean,low,high" };
Score("CartPole", "PPO", ppo, () => new CartPole(16), full ? 200_000 : 60_000, 475);
Score("CartPole", "A2C", new A2c { Optimizer = new ClipByNorm(0.5).Then(new RmsProp { LearningRate = 2e-3, Alpha = 0.99, Epsilon = 1e-5 }) }, () => new CartPole(16), full ? 500_000 : 40_000, 475);
Score("CartPole", "TRPO", new Trpo { RolloutSteps = 128 }, () => new CartPole(16), full ? 200_000 : 20_000, 475);
Score("CartPole", "DQN", new Dqn { Returns = ReturnModel.Quantiles(21) }, () => new CartPole(4), full ? 100_000 : 5_000, 475);
if (full)
{
    Score("Acrobot", "PPO", ppo, () => new Acrobot(16), 300_000, -100);
    Score("Pendulum", "SAC", sac, () => new Pendulum(8), 40_000, -200);
    Score("Pendulum", "TD3", td3, () => new Pendulum(8), 40_000, -200);
    Score("Pendulum", "DDPG", new Ddpg { Base = td3 with { NoiseCorrelation = 0.85 } }, () => new Pendulum(8), 30_000, -200);
    Score("Pendulum", "PPO", ppo with { Discount = 0.9, Minibatches = 16, Epochs = 10, EntropyBonus = 0 }, () => new Pendulum(16), 400_000, -200);
    Score("MountainCarContinuous", "TD3", td3 with { NoiseCorrelation = 0.95, ExplorationNoise = 0.8, LearningStarts = 4_000, UpdatesPerTransition = 0.25 }, () => new MountainCarContinuous(8), 120_000, 90);
    Score("MountainCarContinuous", "CMA-ES", new EvolutionStrategySearch { Solver = new CmaEs(), Torso = null, NormalizesObservations = true }, () => new MountainCarContinuous(16), 120_000, 90);

    // Whoever changes how agents learn runs this again and commits what has become of the curves.
    File.WriteAllLines("samples/scorecards/learning-curves.csv", curves);
}

Console.WriteLine();
Console.WriteLine($"Details of PPO: mean return over the whole of {(full ? 100_000 : 30_000)} steps of CartPole, the area under the learning curve.");
Detail("as it is", ppo);
Detail("advantages not normalised", ppo with { NormalizeAdvantages = false });
Detail("norm of the gradient not clipped", ppo with { Optimizer = new Adam { LearningRate = 1e-3, Epsilon = 1e-5 } });
Detail("Adam's epsilon 1e-8", ppo with { Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-3 }) });
Detail("values clipped to 0.2", ppo with { ValueClipRange = 0.2 });
Detail("ratios not clipped", ppo with { ClipRange = 1e6 });
Detail("no entropy bonus", ppo with { EntropyBonus = 0 });
Detail("one network for both", ppo with { Networks = new() { Value = null } });
Detail("Glorot's weights", ppo with { Networks = new() { Policy = Torso.Tanh(64, 64) with { Weights = Initializer.GlorotUniform }, Value = Torso.Tanh(64, 64) with { Weights = Initializer.GlorotUniform } } });
Detail("divergence penalised instead", ppo with { Surrogate = PpoSurrogate.Penalty });

Console.WriteLine();
Console.WriteLine("Policy gradients side by side: final policies at equal transitions, with equal networks of two tanh layers of 64 and 16 environments, from the best to the worst.");
Rank("CartPole", () => new CartPole(16), full ? 50_000 : 10_000, 0.99, 0.01);
if (full)
{
    Rank("Acrobot", () => new Acrobot(16), 150_000, 0.99, 0.01);
    Rank("Pendulum", () => new Pendulum(16), 300_000, 0.9, 0);
}

return reached || !full ? 0 : 1;

void Score<TAction>(string task, string name, IAgent<float, TAction> agent, Func<IVectorEnvironment<float, TAction>> create, long steps, double published) where TAction : unmanaged
{
    SeedStudyResult study = agent.Study(create, new SeedStudy { Seeds = keys, TrainingSteps = steps, EvaluationEpisodes = 100, Training = new TrainingOptions { CurveInterval = steps / 20 } }, key, Workers.AllCores);
    foreach (StudyPoint point in study.Curve)
        curves.Add(FormattableString.Invariant($"{task},{name},{point.Steps},{point.InterquartileMean:g6},{point.IntervalLow:g6},{point.IntervalHigh:g6}"));
    bool met = study.InterquartileMean >= published;
    reached &= met;
    Console.WriteLine($"  {task,-22} {name,-5} {steps,8} steps  {study}  published {published}{(met ? "" : "  not reached")}");
}

void Rank<TAction>(string task, Func<IVectorEnvironment<float, TAction>> create, long steps, double discount, double entropy) where TAction : unmanaged
{
    (string Name, IAgent<float, TAction> Agent)[] agents =
    [
        ("REINFORCE", (IAgent<float, TAction>)(object)new Reinforce { Networks = new(), Discount = discount, EntropyBonus = entropy, Optimizer = Clipped(3e-3) }),
        ("A2C", (IAgent<float, TAction>)(object)new A2c { Discount = discount, EntropyBonus = entropy, Optimizer = new ClipByNorm(0.5).Then(new RmsProp { LearningRate = 2e-3, Alpha = 0.99, Epsilon = 1e-5 }) }),
        ("TRPO", (IAgent<float, TAction>)(object)new Trpo { Discount = discount, RolloutSteps = 128 }),
        ("PPO", (IAgent<float, TAction>)(object)(ppo with { Discount = discount, EntropyBonus = entropy })),
        ("V-MPO", (IAgent<float, TAction>)(object)new Vmpo { Discount = discount, Lambda = 0.95, Epochs = 4, TrustRegion = 0.02, TemperatureBound = 0.1, CovarianceTrustRegion = 1e-3, Optimizer = Clipped(1e-3) }),
    ];
    int rankKeys = full ? 5 : keys;
    double[][] returns = [.. agents.Select(_ => new double[rankKeys])];
    Workers.AllCores.ForEach(agents.Length * rankKeys, i =>
    {
        (int a, int k) = Math.DivRem(i, rankKeys);
        RandomKey own = key.Fold("ranking").Fold(k);
        returns[a][k] = agents[a].Agent.Start(create(), own.Fold("training")).Train(steps).LastPolicy.Evaluate(create(), 100, own.Fold("evaluation")).MeanReturn;
    });
    Console.WriteLine($"  {task}, {steps} transitions, mean over {rankKeys} keys +- its standard error");
    foreach (int a in Enumerable.Range(0, agents.Length).OrderByDescending(a => returns[a].Average()))
    {
        double mean = returns[a].Average(), error = Math.Sqrt(returns[a].Sum(r => (r - mean) * (r - mean)) / (rankKeys - 1) / rankKeys);
        Console.WriteLine($"    {agents[a].Name,-10} {mean,9:f1} +- {error:f1}");
    }
}

void Detail(string name, Ppo agent)
{
    long steps = full ? 100_000 : 30_000;
    double[] areas = new double[keys];
    Workers.AllCores.ForEach(keys, k =>
    {
        TrainingResult<float, int> result = agent.Start(new CartPole(16), key.Fold("details").Fold(k), new TrainingOptions { CurveInterval = 2000 }).Train(steps);
        areas[k] = result.Curve.Average(point => point.MeanReturn);
    });
    double mean = areas.Average(), error = Math.Sqrt(areas.Sum(a => (a - mean) * (a - mean)) / (keys - 1) / keys);
    Console.WriteLine($"  {name,-36} {mean,6:f1} +- {error:f1}");
}
