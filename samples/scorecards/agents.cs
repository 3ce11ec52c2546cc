#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false
// Scores of agents on classic tasks over several keys, and which details of PPO matter by how much.
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

Console.WriteLine($"Interquartile mean of {keys} keys with a 95 % bootstrap interval; 100 episodes each.");
bool reached = true;
Score("CartPole", "PPO", ppo, () => new CartPole(16), full ? 200_000 : 60_000, 475);
Score("CartPole", "A2C", new A2c { Optimizer = new ClipByNorm(0.5).Then(new RmsProp { LearningRate = 2e-3, Alpha = 0.99, Epsilon = 1e-5 }) }, () => new CartPole(16), full ? 500_000 : 40_000, 475);
Score("CartPole", "TRPO", new Trpo { RolloutSteps = 128 }, () => new CartPole(16), full ? 200_000 : 20_000, 475);
Score("CartPole", "DQN", new Dqn { Optimizer = new ClipByNorm(10).Then(new Adam { LearningRate = 1e-3 }) }, () => new CartPole(8), full ? 100_000 : 15_000, 475);
if (full)
{
    Score("Acrobot", "PPO", ppo, () => new Acrobot(16), 300_000, -100);
    Score("Pendulum", "PPO", ppo with { Discount = 0.9, Minibatches = 16, Epochs = 10, EntropyBonus = 0 }, () => new Pendulum(16), 400_000, -200);
    Score("Pendulum", "SAC", sac, () => new Pendulum(8), 40_000, -200);
    Score("Pendulum", "TD3", new Td3 { Actor = small, Critic = small, Replay = sac.Replay, BatchSize = 128, UpdatesPerTransition = 0.5, Optimizer = sac.Optimizer }, () => new Pendulum(8), 40_000, -200);
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
return reached || !full ? 0 : 1;

void Score<TAction>(string task, string name, IAgent<float, TAction> agent, Func<IVectorEnvironment<float, TAction>> create, long steps, double published) where TAction : unmanaged
{
    SeedStudyResult study = agent.Study(create, new SeedStudy { Seeds = keys, TrainingSteps = steps, EvaluationEpisodes = 100, Training = new TrainingOptions { CurveInterval = steps / 20 } }, key, Workers.AllCores);
    bool met = study.InterquartileMean >= published;
    reached &= met;
    Console.WriteLine($"  {task,-22} {name,-5} {steps,8} steps  {study}  published {published}{(met ? "" : "  not reached")}");
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
