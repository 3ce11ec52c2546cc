using OptiCore.Bandits;
using OptiCore.Dynamics;
using OptiCore.Gpu;

namespace OptiCore.GpuTour.Chapters;

/// <summary>Many small simulations, one a thread: bandits, and pendulums as differential equations.</summary>
internal sealed class SimulateChapter : IChapter
{
    public string Title => "A million simulations";

    public void Run(DeviceTour tour)
    {
        if (!tour.HasKernels(out GpuDevice device))
            return;
        Play(tour, device);
        Swing(tour, device);
    }

    private static void Play(DeviceTour tour, GpuDevice device)
    {
        var bandit = new BernoulliBandit(0.3, 0.75, 0.5);
        var options = new SimulationOptions { Rounds = tour.Size(1000, 100), Replications = tour.Size(1_000_000, 32), Key = tour.Key, Checkpoints = [10, 50, 100], Workers = Workers.AllCores };
        GpuRegret ucb = GpuBanditSimulator.Run(device, bandit, new DeviceUcb1(1), options);
        GpuRegret thompson = GpuBanditSimulator.Run(device, bandit, new DeviceBetaThompson(1, 1), options);
        Console.WriteLine($"Regret of {options.Replications:N0} replications, with standard errors:");
        Console.WriteLine("  round                UCB1               Thompson");
        for (int c = 0; c < ucb.Checkpoints.Length; c++)
            Console.WriteLine($"{ucb.Checkpoints[c],7}   {ucb.MeanRegret[c],8:f4} +- {ucb.StandardErrors[c]:f4}   {thompson.MeanRegret[c],10:f4} +- {thompson.StandardErrors[c]:f4}");

        // The choices are the processor's, so that the mean number of plays, which is exact, is too.
        options = options with { Replications = Math.Min(options.Replications, 1000) };
        RegretReport processor = BanditSimulator.Run([new Ucb1()], bandit, options);
        tour.Compare("Plays of each arm by UCB1", processor.Policies[0].MeanPulls, GpuBanditSimulator.Run(device, bandit, new DeviceUcb1(1), options).MeanPulls);
    }

    private static void Swing(DeviceTour tour, GpuDevice device)
    {
        int count = tour.Size(1_000_000, 32);
        (var starts, var frictions) = (new double[2 * count], new double[count]);
        for (int i = 0; i < count; i++)
            (starts[2 * i], frictions[i]) = (3.0 * i / count, 0.1 + (0.4 * i / count));
        var method = new ExplicitRungeKutta { InitialStep = 0.01, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        using GpuOdeResult swings = GpuOdeEnsemble.Solve<DampedPendulum, DeviceVector2, DeviceVector1>(device, method, new DampedPendulum(), starts, frictions, (0, 5)).EnsureCompleted();
        double[] ends = swings.FinalStates.ToArray();
        Console.WriteLine($"\n{count:N0} damped pendulums after 5 s: the largest angle is {ends.AsSpan(0, count).ToArray().Max():f3}, after {swings.Steps.ToArray().AsSpan(0, count).ToArray().Max()} steps at most.");

        int few = Math.Min(count, 1000);
        OdeEnsembleResult here = OdeEnsemble.Solve(method, new DampedPendulum(), starts.AsSpan(0, 2 * few), frictions.AsSpan(0, few), (0, 5), workers: Workers.AllCores).EnsureCompleted();
        var angles = new double[few];
        for (int i = 0; i < few; i++)
            angles[i] = here.FinalState(i)[0];
        tour.Compare<double>($"Angles of the first {few} pendulums", angles, ends.AsSpan(0, few));
    }
}
