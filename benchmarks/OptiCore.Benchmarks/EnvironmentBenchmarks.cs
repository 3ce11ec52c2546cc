using BenchmarkDotNet.Attributes;
using OptiCore;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Benchmarks;

/// <summary>
/// Environment steps and tabular learning. Each operation is one step of one environment, autoreset included: steps per second are the reciprocal.
/// </summary>
[MemoryDiagnoser]
public class EnvironmentBenchmarks
{
    private const int Steps = 1 << 14;

    private CartPole _cartPole = null!;
    private MountainCar _mountainCar = null!;
    private Pendulum _pendulum = null!;
    private Acrobot _acrobot = null!;
    private TabularEnvironment _frozenLake = null!;
    private TrainingRun<int, int> _qLearning = null!;
    private StepBuffers<float> _cartPoleBuffers = null!;
    private StepBuffers<float> _mountainCarBuffers = null!;
    private StepBuffers<float> _pendulumBuffers = null!;
    private StepBuffers<float> _acrobotBuffers = null!;
    private StepBuffers<int> _frozenLakeBuffers = null!;
    private int[] _actions = [];
    private int[] _threeActions = [];
    private float[] _torques = [];

    /// <summary>The number of environments that step together.</summary>
    [Params(1, 64, 1024)]
    public int Count { get; set; }

    /// <summary>Random actions, drawn before the clock runs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _cartPole = new CartPole(Count);
        _cartPoleBuffers = _cartPole.CreateBuffers();
        _cartPole.Reset(RandomKey.FromSeed(1), _cartPoleBuffers);
        _mountainCar = new MountainCar(Count);
        _mountainCarBuffers = _mountainCar.CreateBuffers();
        _mountainCar.Reset(RandomKey.FromSeed(1), _mountainCarBuffers);
        _pendulum = new Pendulum(Count);
        _pendulumBuffers = _pendulum.CreateBuffers();
        _pendulum.Reset(RandomKey.FromSeed(1), _pendulumBuffers);
        _acrobot = new Acrobot(Count);
        _acrobotBuffers = _acrobot.CreateBuffers();
        _acrobot.Reset(RandomKey.FromSeed(1), _acrobotBuffers);
        _frozenLake = FrozenLake.Create(Count);
        _frozenLakeBuffers = _frozenLake.CreateBuffers();
        _frozenLake.Reset(RandomKey.FromSeed(1), _frozenLakeBuffers);
        _qLearning = new QLearning { Exploration = 0.1 }.Start(FrozenLake.Create(Count), RandomKey.FromSeed(1));
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        _actions = new int[Steps];
        foreach (ref int action in _actions.AsSpan())
            action = (int)(stream.NextUInt32() >> 31);
        _threeActions = new int[Steps];
        foreach (ref int action in _threeActions.AsSpan())
            action = (int)(stream.NextUInt32() % 3);
        _torques = new float[Steps];
        foreach (ref float torque in _torques.AsSpan())
            torque = (float)((4 * stream.NextDouble()) - 2);
    }

    /// <summary>CartPole-v1 with random actions, about 22 steps to an episode.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public double CartPoleSteps()
    {
        StepOutput<float> output = _cartPoleBuffers.Output;
        for (int t = 0; t < Steps; t += Count)
            _cartPole.Step(_actions.AsSpan(t, Count), output);
        return _cartPoleBuffers.Observations[0];
    }

    /// <summary>MountainCar-v0 with random actions; every episode lasts 200 steps.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public double MountainCarSteps()
    {
        StepOutput<float> output = _mountainCarBuffers.Output;
        for (int t = 0; t < Steps; t += Count)
            _mountainCar.Step(_threeActions.AsSpan(t, Count), output);
        return _mountainCarBuffers.Observations[0];
    }

    /// <summary>Pendulum-v1 with random torques.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public double PendulumSteps()
    {
        StepOutput<float> output = _pendulumBuffers.Output;
        for (int t = 0; t < Steps; t += Count)
            _pendulum.Step(_torques.AsSpan(t, Count), output);
        return _pendulumBuffers.Observations[0];
    }

    /// <summary>Acrobot-v1 with random actions.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public double AcrobotSteps()
    {
        StepOutput<float> output = _acrobotBuffers.Output;
        for (int t = 0; t < Steps; t += Count)
            _acrobot.Step(_threeActions.AsSpan(t, Count), output);
        return _acrobotBuffers.Observations[0];
    }

    /// <summary>Slippery FrozenLake-v1 with random actions.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public int FrozenLakeSteps()
    {
        StepOutput<int> output = _frozenLakeBuffers.Output;
        for (int t = 0; t < Steps; t += Count)
            _frozenLake.Step(_actions.AsSpan(t, Count), output);
        return _frozenLakeBuffers.Observations[0];
    }

    /// <summary>Q-learning on FrozenLake-v1: exploration, environment step and update of the table.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public long QLearningUpdates()
    {
        for (int t = 0; t < Steps; t += Count)
            _qLearning.Step();
        return _qLearning.Episodes;
    }
}
