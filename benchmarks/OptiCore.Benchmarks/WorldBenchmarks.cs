using BenchmarkDotNet.Attributes;
using OptiCore;
using OptiCore.RL;
using OptiCore.RL.Environments;
using OptiCore.RL.Games;
using OptiCore.RL.Planning;

namespace OptiCore.Benchmarks;

/// <summary>
/// Games of pixels, grid worlds, solvers of games and tree search. An operation is one step of one of 1,024 environments with random actions (autoreset included), one iteration of a solver, or one simulation of a search.
/// </summary>
[MemoryDiagnoser]
public class WorldBenchmarks
{
    private const int Count = 1024;
    private const int Steps = 16;

    private readonly PixelGame<Spotlight> _spotlight = new(Count);
    private readonly PixelGame<Crossfire> _crossfire = new(Count);
    private readonly PixelGame<Warehouse> _warehouse = new(Count);
    private readonly PixelGame<Lamplighter> _lamplighter = new(Count);
    private readonly PixelGame<Intercept> _intercept = new(Count);
    private readonly GridWorld _fourRooms = new(GridLevels.FourRooms(), Count, slip: 1.0 / 3);
    private readonly RegretMinimization _leduc = new CounterfactualRegretPlus().Start(GameTree.Create(new LeducPoker()));
    private readonly TreeSearch<LineGameState> _search = new Uct().Start(new LineGame(6, 7, 4, hasGravity: true));
    private readonly int[] _actions = new int[Steps * Count];
    private StepBuffers<float> _fourChannels = null!;
    private StepBuffers<float> _threeChannels = null!;
    private StepBuffers<int> _states = null!;

    /// <summary>Random actions that are legal everywhere, drawn before the clock runs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        RandomKey key = RandomKey.FromSeed(1);
        RandomStream stream = key.Stream();
        foreach (ref int action in _actions.AsSpan())
            action = stream.NextInt32(4);
        _threeChannels = _spotlight.CreateBuffers();
        _fourChannels = _crossfire.CreateBuffers();
        _states = _fourRooms.CreateBuffers();
        _spotlight.Reset(key, _threeChannels);
        _crossfire.Reset(key, _fourChannels);
        _warehouse.Reset(key, _fourChannels);
        _lamplighter.Reset(key, _fourChannels);
        _intercept.Reset(key, _fourChannels);
        _fourRooms.Reset(key, _states);
    }

    /// <summary>Steps of Spotlight.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public float SpotlightSteps() => Play(_spotlight, _threeChannels);

    /// <summary>Steps of Crossfire.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public float CrossfireSteps() => Play(_crossfire, _fourChannels);

    /// <summary>Steps of Warehouse.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public float WarehouseSteps() => Play(_warehouse, _fourChannels);

    /// <summary>Steps of Lamplighter.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public float LamplighterSteps() => Play(_lamplighter, _fourChannels);

    /// <summary>Steps of Intercept.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public float InterceptSteps() => Play(_intercept, _fourChannels);

    /// <summary>Steps in the four rooms, a third of which slip.</summary>
    [Benchmark(OperationsPerInvoke = Steps * Count)]
    public int FourRoomsSteps() => Play(_fourRooms, _states);

    /// <summary>CFR+ on Leduc poker.</summary>
    [Benchmark]
    public long LeducIterations()
    {
        _leduc.Iterate();
        return _leduc.Iterations;
    }

    /// <summary>UCT from the empty board of Connect Four.</summary>
    [Benchmark(OperationsPerInvoke = 1000)]
    public double ConnectFourSimulations()
    {
        _search.Begin(default, RandomKey.FromSeed(1));
        _search.Simulate(1000);
        return _search.Value;
    }

    private TObservation Play<TObservation>(IVectorEnvironment<TObservation, int> environment, StepBuffers<TObservation> buffers) where TObservation : unmanaged
    {
        StepOutput<TObservation> output = buffers.Output;
        for (int t = 0; t < Steps; t++)
            environment.Step(_actions.AsSpan(t * Count, Count), output);
        return buffers.Observations[0];
    }
}
