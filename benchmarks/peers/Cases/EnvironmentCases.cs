using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Peers.Cases;

/// <summary>
/// One step of 1,024 environments with random actions, resets included, against Gymnasium: its SyncVectorEnv, and for CartPole also the version that is written in vectors. Needs a checkout of Gymnasium and
/// what it imports (cloudpickle, typing_extensions, farama_notifications) in the folders of OPTICORE_GYMNASIUM, separated as in PATH; without it there are no rows.
/// </summary>
internal static class EnvironmentCases
{
    private const int Count = 1024, Rows = 64;

    private const string Setup = """
        import os, sys, warnings
        sys.path[:0] = os.environ["OPTICORE_GYMNASIUM"].split(os.pathsep)
        warnings.filterwarnings("ignore")
        import gymnasium
        envs = gymnasium.make_vec(name, num_envs=actions.shape[1], vectorization_mode=mode)
        envs.reset(seed=1)
        k = 0
        """;

    private const string Step = "k = (k + 1) % len(actions)\nenvs.step(actions[k])";

    public static IEnumerable<PeerCase> All => Environment.GetEnvironmentVariable("OPTICORE_GYMNASIUM") is not { Length: > 0 }
        ? []
        :
        [
            new PeerCase("environments CartPole", "Gymnasium sync", () => Discrete(new CartPole(Count), "CartPole-v1", "sync", 2)),
            new PeerCase("environments CartPole", "Gymnasium vector", () => Discrete(new CartPole(Count), "CartPole-v1", "vector_entry_point", 2)),
            new PeerCase("environments MountainCar", "Gymnasium sync", () => Discrete(new MountainCar(Count), "MountainCar-v0", "sync", 3)),
            new PeerCase("environments MountainCarContinuous", "Gymnasium sync", () => Continuous(new MountainCarContinuous(Count), "MountainCarContinuous-v0", 1)),
            new PeerCase("environments Pendulum", "Gymnasium sync", () => Continuous(new Pendulum(Count), "Pendulum-v1", 2)),
            new PeerCase("environments Acrobot", "Gymnasium sync", () => Discrete(new Acrobot(Count), "Acrobot-v1", "sync", 3)),
        ];

    private static Contest Discrete(IVectorEnvironment<float, int> environment, string name, string mode, int choices)
    {
        int[] actions = new int[Rows * Count];
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        foreach (ref int action in actions.AsSpan())
            action = (int)(stream.NextUInt32() % (uint)choices);
        return Of(environment, actions, name, mode, PeerArray.Of<int>("actions", actions, Rows, Count));
    }

    private static Contest Continuous(IVectorEnvironment<float, float> environment, string name, float bound)
    {
        float[] actions = new float[Rows * Count];
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        foreach (ref float action in actions.AsSpan())
            action = (float)(bound * ((2 * stream.NextDouble()) - 1));
        return Of(environment, actions, name, "sync", PeerArray.Of<float>("actions", actions, Rows, Count, 1));
    }

    private static Contest Of<TAction>(IVectorEnvironment<float, TAction> environment, TAction[] actions, string name, string mode, PeerArray array) where TAction : unmanaged
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        int k = 0;
        return new Contest(
            () =>
            {
                k = (k + 1) % Rows;
                environment.Step(actions.AsSpan(k * Count, Count), buffers);
            },
            new Python($"name, mode = \"{name}\", \"{mode}\"\n{Setup}", Step, [array]));
    }
}
