using System.Globalization;
using System.Text.Json;
using OptiCore.Optimizers;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Training of deep agents, exploration, environments and updates together, against Stable-Baselines3 and CleanRL on Gymnasium, with equal networks, batch sizes, numbers of environments and updates for each transition.
/// The checkouts are named by OPTICORE_STABLE_BASELINES3, OPTICORE_CLEANRL and OPTICORE_GYMNASIUM; the last, as for the environments, names more folders after the first where Gymnasium imports something that Debian lacks.
/// </summary>
/// <remarks>
/// <para>Both sides train on, from one measurement to the next, once replay memories and code are warm. Against CleanRL a task is a run of its script from the beginning, with its logging and its parser of arguments
/// replaced by nothing and by the arguments; its SAC updates the actor twice at every second step, which is the same work.</para>
/// <para>Stable-Baselines3's DQN isn't double and asks the network only where it doesn't explore: ours isn't double either, and epsilon is the smallest of both from the beginning.</para>
/// </remarks>
internal static class AgentCases
{
    private const string Baselines = "Stable-Baselines3", Clean = "CleanRL";

    private const string Packages = "OPTICORE_STABLE_BASELINES3", CleanPackages = "OPTICORE_CLEANRL", Environments = "OPTICORE_GYMNASIUM";

    public static IEnumerable<PeerCase> All =>
    [
        .. Rows(Baselines, Packages, "github.com/DLR-RM/stable-baselines3", StableBaselines),
        .. Rows(Clean, CleanPackages, "github.com/vwxyzjn/cleanrl", CleanRl),
    ];

    /// <summary>PPO as both peers have it by default but for the sizes: two tanh layers of 64 for the policy, two for the value.</summary>
    private static Ppo Proximal(int steps, int epochs, int minibatches) => new()
    {
        RolloutSteps = steps,
        Epochs = epochs,
        Minibatches = minibatches,
        EntropyBonus = 0,
        Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 3e-4, Epsilon = 1e-5 }),
    };

    private static Sac Soft(int width) => new()
    {
        Actor = Torso.Relu(width, width),
        Critic = Torso.Relu(width, width),
        Replay = new ReplayOptions { Capacity = 100_000 },
        LearningStarts = 256,
    };

    private static IEnumerable<PeerCase> StableBaselines(string folder)
    {
        yield return Proximal("agents PPO CartPole 1x2048", 1, 2048, 10, 32, 1);
        yield return Proximal("agents PPO CartPole 8x128", 8, 128, 4, 4, 1);
        yield return Proximal("agents PPO CartPole 8x128", 8, 128, 4, 4, Environment.ProcessorCount);
        yield return Deep(64);
        yield return Soft(64, 500);
        yield return Soft(256, 100);

        PeerCase Proximal(string name, int environments, int steps, int epochs, int minibatches, int threads) => new($"{name}, {environments * steps} steps", Baselines, () =>
        {
            int rows = environments * steps;
            return Of(AgentCases.Proximal(steps, epochs, minibatches), new CartPole(environments), rows, 4 * rows, threads, string.Create(CultureInfo.InvariantCulture, $"""
                environment = make_vec_env("CartPole-v1", {environments})
                model = PPO("MlpPolicy", environment, n_steps={steps}, n_epochs={epochs}, batch_size={rows / minibatches}, device="cpu", seed=1)
                """));
        })
        {
            Threads = threads,
        };

        PeerCase Deep(int width) => new($"agents DQN CartPole {width}-{width} batch=64, 1000 steps", Baselines, () =>
        {
            var agent = new Dqn
            {
                Torso = Torso.Relu(width, width),
                BatchSize = 64,
                IsDouble = false,
                Exploration = 0.05,
                LearningStarts = 256,
                Replay = new() { Capacity = 100_000 },
                UpdatesPerTransition = 0.25,
                TargetInterval = 2_500,
                TargetRate = 1,
                Optimizer = new ClipByNorm(10).Then(new Adam { LearningRate = 1e-4 }),
            };
            return Of(agent, new CartPole(1), 1000, 2000, 1, string.Create(CultureInfo.InvariantCulture, $"""
                model = DQN("MlpPolicy", "CartPole-v1", batch_size=64, learning_starts=256, train_freq=4, gradient_steps=1, buffer_size=100_000, exploration_initial_eps=0.05, policy_kwargs=dict(net_arch=[{width}, {width}]), device="cpu", seed=1)
                """));
        });

        PeerCase Soft(int width, int steps) => new($"agents SAC Pendulum {width}-{width} batch=256, {steps} steps", Baselines, () =>
            Of(AgentCases.Soft(width), Pendulum.Create(), steps, 300 + steps, 1, string.Create(CultureInfo.InvariantCulture, $"""
                model = SAC("MlpPolicy", "Pendulum-v1", batch_size=256, learning_starts=256, buffer_size=100_000, policy_kwargs=dict(net_arch=[{width}, {width}]), device="cpu", seed=1)
                """)));

        Contest Of<TAction>(IAgent<float, TAction> agent, IVectorEnvironment<float, TAction> environment, int steps, int warmUp, int threads, string model) where TAction : unmanaged
        {
            TrainingRun<float, TAction> run = Start(agent, environment, threads);
            run.Train(warmUp);
            return new Contest(
                () => run.Train(steps),
                Python(folder, threads, string.Create(CultureInfo.InvariantCulture, $"""
                    from stable_baselines3 import PPO, DQN, SAC
                    from stable_baselines3.common.env_util import make_vec_env
                    {model}
                    model.learn({warmUp}, log_interval=None)
                    """), $"model.learn({steps}, log_interval=None, reset_num_timesteps=False)"));
        }
    }

    private static IEnumerable<PeerCase> CleanRl(string folder)
    {
        yield return new PeerCase("agents PPO CartPole 8x128, 8192 steps from the start", Clean, () => new Contest(
            () => Start(Proximal(128, 4, 4), new CartPole(8), 1).Train(8192),
            Script("ppo.py", "total_timesteps=8192, num_envs=8, num_steps=128, num_minibatches=4, update_epochs=4, anneal_lr=False, clip_vloss=False, ent_coef=0.0, learning_rate=3e-4, cuda=False")));
        yield return new PeerCase("agents SAC Pendulum 256-256 batch=256, 500 steps from the start", Clean, () => new Contest(
            () => Start(Soft(256), Pendulum.Create(), 1).Train(500),
            Script("sac_continuous_action.py", "env_id='Pendulum-v1', total_timesteps=500, buffer_size=100_000, learning_starts=256, q_lr=3e-4, cuda=False")));

        Python Script(string file, string arguments) => Python(folder, 1, $"""
            import io, runpy, types
            class Silence:
                def __init__(self, *_): pass
                def __getattr__(self, _): return lambda *_: None
            sys.modules["torch.utils.tensorboard"] = types.SimpleNamespace(SummaryWriter=Silence)
            sys.modules["tyro"] = types.SimpleNamespace(cli=lambda kind: kind({arguments}))
            def game():
                with contextlib.redirect_stdout(io.StringIO()):
                    runpy.run_path({JsonSerializer.Serialize(Path.Combine(folder, "cleanrl", file))}, run_name="__main__")
            """, "game()");
    }

    private static TrainingRun<float, TAction> Start<TAction>(IAgent<float, TAction> agent, IVectorEnvironment<float, TAction> environment, int threads) where TAction : unmanaged =>
        agent.Start(environment, RandomKey.FromSeed(1), new TrainingOptions { Workers = threads == 1 ? Workers.Serial : Workers.Threads(threads) });

    private static IEnumerable<PeerCase> Rows(string peer, string variable, string repository, Func<string, IEnumerable<PeerCase>> rows)
    {
        string? missing = Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } ? $"{variable} names no checkout of {repository}"
            : Environment.GetEnvironmentVariable(Environments) is not { Length: > 0 } ? $"{Environments} names no checkout of github.com/Farama-Foundation/Gymnasium"
            : null;
        return missing is null
            ? rows(Environment.GetEnvironmentVariable(variable)!)
            : [new PeerCase("agents", peer, () => throw new InvalidOperationException("The row is skipped.")) { Missing = missing }];
    }

    /// <summary>The peers write their messages to the standard output, where only answers may stand.</summary>
    private static Python Python(string folder, int threads, string setup, string statement) => new(
        $"""
        import contextlib, os, sys, warnings
        sys.path[:0] = [{JsonSerializer.Serialize(folder)}] + os.environ["{Environments}"].split(os.pathsep)
        warnings.filterwarnings("ignore")
        with contextlib.redirect_stdout(sys.stderr):
            import torch
            torch.set_num_threads({threads.ToString(CultureInfo.InvariantCulture)})
        """ + "\n" + string.Join('\n', setup.Split('\n').Select(line => "    " + line)), statement, [], threads);
}
