using OptiCore.Numerics;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Ensembles;

public class OdeEnsembleTests
{
    public static TheoryData<string> Adaptive => Tableaux.Adaptive;

    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    /// <summary>Lorenz's system with its three parameters.</summary>
    private readonly struct Lorenz : IRealSystem
    {
        public int Dimension => 3;

        public int ParameterCount => 3;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
            where T : struct, IReal<T>
        {
            dy[0] = p[0] * (y[1] - y[0]);
            dy[1] = (y[0] * (p[1] - y[2])) - y[1];
            dy[2] = (y[0] * y[1]) - (p[2] * y[2]);
        }
    }

    /// <summary>y1 = 1 / (1 + t^2), y2 = exp(sin t), see <see cref="Problems.Smooth"/>.</summary>
    private readonly struct Smooth : IRealSystem
    {
        public int Dimension => 2;

        public int ParameterCount => 0;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
            where T : struct, IReal<T>
        {
            dy[0] = -2 * t * y[0] * y[0];
            dy[1] = T.Cos(t) * y[1];
        }
    }

    /// <summary>y' = p y, and undefined above 2.</summary>
    private readonly struct Growth : IRealSystem
    {
        public int Dimension => 1;

        public int ParameterCount => 1;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
            where T : struct, IReal<T> => dy[0] = T.IfLess(T.Constant(2), y[0], T.Constant(double.NaN), p[0] * y[0]);
    }

    private static (double[] Starts, double[] Parameters) Draw(int count)
    {
        double[] starts = new double[3 * count], parameters = new double[3 * count];
        RandomStream stream = Key.Stream();
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < 3; j++)
                starts[(3 * i) + j] = -10 + (20 * stream.NextDouble());
            (parameters[3 * i], parameters[(3 * i) + 1], parameters[(3 * i) + 2]) = (8 + (4 * stream.NextDouble()), 10 + (20 * stream.NextDouble()), 8.0 / 3);
        }

        return (starts, parameters);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void ATrajectoryHasTheSameBitsAloneInAnyCompanyAndOnAnyNumberOfThreads(string name)
    {
        var method = new ExplicitRungeKutta { Tableau = Tableaux.Of(name), RelativeTolerance = 1e-5 };
        (double[] starts, double[] parameters) = Draw(300);
        double[] times = [0, 0.3, 0.31, 1.2, 2];
        OdeEnsembleResult together = OdeEnsemble.Solve(method, new Lorenz(), starts, parameters, (0, 2), times, Workers.Threads(3)).EnsureCompleted();
        OdeEnsembleResult serial = OdeEnsemble.Solve(method, new Lorenz(), starts, parameters, (0, 2), times);
        Promises.SameBits(serial.States, together.States, "threads");
        Promises.SameBits(serial.FinalStates, together.FinalStates, "threads");
        foreach (int i in new[] { 0, 7, 8, 127, 128, 299 })
        {
            OdeEnsembleResult alone = OdeEnsemble.Solve(method, new Lorenz(), starts.AsSpan(3 * i, 3), parameters.AsSpan(3 * i, 3), (0, 2), times);
            Promises.SameBits(alone.FinalState(0), together.FinalState(i), $"trajectory {i}");
            Assert.Equal(alone.Steps(0), together.Steps(i));
            for (int k = 0; k < times.Length; k++)
                Promises.SameBits(alone.State(0, k), together.State(i, k), $"trajectory {i}, time {k}");
        }
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void ATrajectoryIsTheOneOfASingleIntegrationWithinTheTolerance(string name)
    {
        var method = new ExplicitRungeKutta { Tableau = Tableaux.Of(name), RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 };
        (double[] starts, double[] parameters) = Draw(20);
        double[] times = [0.25, 0.5, 1];
        OdeEnsembleResult ensemble = OdeEnsemble.Solve(method, new Lorenz(), starts, parameters, (0, 1), times).EnsureCompleted();
        for (int i = 0; i < 20; i++)
        {
            double[] p = parameters[(3 * i)..(3 * (i + 1))];
            OdeResult single = Ode.Solve(method, new Lorenz().With(p), (0, 1), starts.AsSpan(3 * i, 3), times);
            Assert.Equal(single.Counts.AcceptedSteps, ensemble.Steps(i).Accepted);
            Assert.Equal(single.Counts.RejectedSteps, ensemble.Steps(i).Rejected);
            for (int k = 0; k < times.Length; k++)
            {
                for (int j = 0; j < 3; j++)
                    Promises.Close(single.State(k)[j], ensemble.State(i, k)[j], 1e-6, 1e-7, $"trajectory {i}");
            }
        }
    }

    [Fact]
    public void BackwardAndFixedStepsReachTheKnownSolution()
    {
        double[] starts = [.. Problems.SmoothAt(2), .. Problems.SmoothAt(2)];
        double[] times = [2, 1.5, 0.1, 0];
        foreach (ExplicitRungeKutta method in new[]
        {
            new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 0.003 },
        })
        {
            OdeEnsembleResult result = OdeEnsemble.Solve(method, default(Smooth), starts, [], (2, 0), times).EnsureCompleted();
            for (int i = 0; i < 2; i++)
            {
                Assert.Equal(0, result.FinalTimes[i]);
                Assert.Equal(times.Length, result.SavedCounts[i]);
                for (int k = 0; k < times.Length; k++)
                    Assert.True(Problems.SmoothError(times[k], result.State(i, k)) < 1e-8, method.Tableau.Name);
            }
        }
    }

    [Fact]
    public void EachTrajectorySaysHowItEnded()
    {
        // Growing past 2, staying below, undefined from the start, and one without way to go.
        double[] starts = [1, 1, 3, 1, 1], rates = [1, 0.1, 1, -1, 0.3];
        var method = new ExplicitRungeKutta();
        OdeEnsembleResult result = OdeEnsemble.Solve(method, default(Growth), starts, rates, (0, 2), [0.5, 1.9]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason(0));
        Assert.Equal(Math.Log(2), result.FinalTimes[0], 1e-6);
        Assert.Equal(2, result.FinalState(0)[0], 1e-6);
        Assert.Equal(1, result.SavedCounts[0]);
        Assert.Equal(OdeStopReason.NonFiniteStart, result.Reason(2));
        Assert.Equal(0, result.FinalTimes[2]);
        foreach (int i in new[] { 1, 3, 4 })
        {
            Assert.Equal(OdeStopReason.ReachedEnd, result.Reason(i));
            Assert.Equal(Math.Exp(2 * rates[i]), result.FinalState(i)[0], 1e-5);
        }

        Assert.Contains("Trajectory 0", Assert.Throws<SolverException>(result.EnsureCompleted).Message, StringComparison.Ordinal);
        Assert.Equal(OdeStopReason.MaxSteps, OdeEnsemble.Solve(method with { MaxSteps = 2 }, default(Growth), [1.0], [0.5], (0, 2)).Reason(0));
        Assert.Equal([1.0], OdeEnsemble.Solve(method, default(Growth), [1.0], [0.5], (2, 2)).EnsureCompleted().FinalStates);
        Assert.Empty(OdeEnsemble.Solve(method, default(Growth), [], [0.5], (0, 2)).FinalStates);
    }

    [Fact]
    public void SharedParametersAreThoseOfEveryTrajectory()
    {
        OdeEnsembleResult shared = OdeEnsemble.Solve(new ExplicitRungeKutta(), default(Growth), [1, 0.5, 0.25], [0.3], (0, 1));
        OdeEnsembleResult own = OdeEnsemble.Solve(new ExplicitRungeKutta(), default(Growth), [1, 0.5, 0.25], [0.3, 0.3, 0.3], (0, 1));
        Promises.SameBits(own.FinalStates, shared.FinalStates, "shared parameters");
    }

    [Fact]
    public void BadInputIsNamed()
    {
        var method = new ExplicitRungeKutta();
        Named("starts", () => OdeEnsemble.Solve(method, default(Lorenz), [1, 2], [1, 2, 3], (0, 1)));
        Named("starts", () => OdeEnsemble.Solve(method, default(Lorenz), [1, 2, double.NaN], [1, 2, 3], (0, 1)));
        Named("parameters", () => OdeEnsemble.Solve(method, default(Lorenz), [1, 2, 3], [1], (0, 1)));
        Named("saveAt", () => OdeEnsemble.Solve(method, default(Lorenz), [1, 2, 3], [1, 2, 3], (0, 1), [2]));
        Named("span", () => OdeEnsemble.Solve(method, default(Lorenz), [1, 2, 3], [1, 2, 3], (0, double.NaN)));
        Named("AbsoluteTolerances", () => OdeEnsemble.Solve(method with { AbsoluteTolerances = new double[] { 1, 1 } }, default(Lorenz), [1, 2, 3], [1, 2, 3], (0, 1)));
        Assert.Throws<InvalidOperationException>(() => OdeEnsemble.Solve(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau }, default(Lorenz), [1, 2, 3], [1, 2, 3], (0, 1)));

        static void Named(string argument, Func<object> call) => Assert.Equal(argument, Assert.ThrowsAny<ArgumentException>(call).ParamName);
    }

    [Fact]
    public void AnyMethodRunsOverThreads()
    {
        OdeResult[] results = OdeEnsemble.Solve(
            9, i => new ExplicitRungeKutta().Start(new Lorenz().With([10, 28, 8.0 / 3]), 0, [1, 1, 1 + i], 1), new double[] { 0.5, 1 }, Workers.Threads(2));
        for (int i = 0; i < results.Length; i++)
        {
            OdeResult single = Ode.Solve(new ExplicitRungeKutta(), new Lorenz().With([10, 28, 8.0 / 3]), (0, 1), [1, 1, 1 + i], [0.5, 1]);
            Promises.SameBits(single.States, results[i].States, $"trajectory {i}");
        }
    }
}
