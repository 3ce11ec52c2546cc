using OptiCore.Differentiation;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Dynamics.Tests.Sensitivity;

public class SensitivityTests
{
    private static readonly ExplicitRungeKutta Tight = new() { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-12 };

    /// <summary>y1' = a y1 - b y1 y2, y2' = -c y2 + d y1 y2 with p = (a, b, c, d).</summary>
    private static readonly TracedOde LotkaVolterra = ParametricOde.Trace(2, 4, static (_, y, p) =>
    {
        Variable prey = Slice(y, 0, 0, 1), predator = Slice(y, 0, 1, 1);
        return Concatenate(
            0,
            (Slice(p, 0, 0, 1) * prey) - (Slice(p, 0, 1, 1) * prey * predator),
            (Slice(p, 0, 3, 1) * prey * predator) - (Slice(p, 0, 2, 1) * predator));
    });

    private static readonly double[] P = [1.5, 1, 3, 1], Y0 = [1, 1.2], Times = [0.5, 1.3, 2, 3];
    private static readonly double[] Weights = [0.3, -1, 0.7, 2, 1, 0.5, -0.2, 0.9];

    public static TheoryData<AdjointTrajectory> Trajectories => [.. Enum.GetValues<AdjointTrajectory>()];

    [Fact]
    public void TheSensitivitiesOfALinearSystemAreThoseOfItsExponential()
    {
        // y' = -p y + q: y = q/p + (y0 - q/p) exp(-p t).
        TracedOde decay = ParametricOde.Trace(1, 2, static (_, y, p) => Slice(p, 0, 1, 1) - (Slice(p, 0, 0, 1) * y));
        const double P0 = 0.7, Q = 2, Start = 0.4;
        OdeSensitivityResult forward = ForwardSensitivity.Solve(Tight, decay, [P0, Q], (0, 3), [Start], [1, 3]);
        OdeAdjointResult adjoint = new OdeAdjoint().Solve(Tight, decay, [P0, Q], 0, [Start], [1, 3], static (_, y, g) =>
        {
            g[0] = 1;
            return y[0];
        }).EnsureCompleted();
        double[] toP = [.. new double[] { 1, 3 }.Select(t => (-Q / (P0 * P0) * (1 - Math.Exp(-P0 * t))) - (t * (Start - (Q / P0)) * Math.Exp(-P0 * t)))];
        double[] toQ = [.. new double[] { 1, 3 }.Select(t => (1 - Math.Exp(-P0 * t)) / P0)], toStart = [.. new double[] { 1, 3 }.Select(t => Math.Exp(-P0 * t))];
        for (int k = 0; k < 2; k++)
        {
            Promises.Close(toP[k], forward.ToParameters(k)[0], 1e-11, 1e-12, "dy/dp");
            Promises.Close(toQ[k], forward.ToParameters(k)[1], 1e-11, 1e-12, "dy/dq");
            Promises.Close(toStart[k], forward.ToStart(k)[0], 1e-11, 1e-12, "dy/dy0");
        }

        Promises.Close(toP.Sum(), adjoint.Parameters[0], 1e-10, 1e-11, "dL/dp");
        Promises.Close(toQ.Sum(), adjoint.Parameters[1], 1e-10, 1e-11, "dL/dq");
        Promises.Close(toStart.Sum(), adjoint.Start[0], 1e-10, 1e-11, "dL/dy0");
    }

    [Theory, MemberData(nameof(Trajectories))]
    public void TheAdjointIsTheForwardGradient(AdjointTrajectory trajectory)
    {
        OdeSensitivityResult forward = ForwardSensitivity.Solve(Tight, LotkaVolterra, P, (0, 3), Y0, Times);
        double[] toP = new double[4], toStart = new double[2];
        for (int k = 0; k < Times.Length; k++)
        {
            for (int i = 0; i < 2; i++)
            {
                for (int j = 0; j < 4; j++)
                    toP[j] += Weights[(2 * k) + i] * forward.ToParameters(k)[(2 * j) + i];
                for (int j = 0; j < 2; j++)
                    toStart[j] += Weights[(2 * k) + i] * forward.ToStart(k)[(2 * j) + i];
            }
        }

        OdeAdjointResult adjoint = Gradient(new OdeAdjoint { Trajectory = trajectory, StepsBetweenCheckpoints = 3 });
        for (int j = 0; j < 4; j++)
            Promises.Close(toP[j], adjoint.Parameters[j], 1e-9, 1e-9, $"{trajectory}, parameter {j}");
        for (int j = 0; j < 2; j++)
            Promises.Close(toStart[j], adjoint.Start[j], 1e-9, 1e-9, $"{trajectory}, start {j}");
        Promises.Close(Loss(P, Y0), adjoint.Loss, 1e-11, 1e-11, "loss");
    }

    [Fact]
    public void TheAdjointIsTheSameOverEveryFamilyOfMethods()
    {
        // Multistep and implicit methods forward and backward: the loss's kinks in time restart the one's history, the adjoint's system gives the others no Jacobian.
        OdeAdjointResult expected = Gradient(new OdeAdjoint());
        foreach (OdeMethod method in new OdeMethod[] { new Adams(), new Bdf(), new Radau(), new RosenbrockWanner(), new DiagonallyImplicitRungeKutta { Tableau = KenCarp4.Tableau }, new AutoSwitch() })
        {
            foreach (AdjointTrajectory trajectory in new[] { AdjointTrajectory.Interpolating, AdjointTrajectory.Checkpointed })
            {
                OdeAdjointResult found = new OdeAdjoint { Trajectory = trajectory }.Solve(method with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-9 }, LotkaVolterra, P, 0, Y0, Times, static (k, y, g) =>
                {
                    (g[0], g[1]) = (Weights[2 * k], Weights[(2 * k) + 1]);
                    return (g[0] * y[0]) + (g[1] * y[1]);
                }).EnsureCompleted();
                for (int j = 0; j < 4; j++)
                    Promises.Close(expected.Parameters[j], found.Parameters[j], 2e-5, 2e-5, $"{method.GetType().Name}, {trajectory}, parameter {j}");
                for (int j = 0; j < 2; j++)
                    Promises.Close(expected.Start[j], found.Start[j], 2e-5, 2e-5, $"{method.GetType().Name}, {trajectory}, start {j}");
            }
        }
    }

    [Fact]
    public void CheckpointsGiveTheBitsOfTheKeptTrajectory()
    {
        // The repeated stretches have the bits of the first run; only where the way back has to stop differs, and with one checkpoint nothing does.
        OdeAdjointResult kept = Gradient(new OdeAdjoint()), single = Gradient(new OdeAdjoint { Trajectory = AdjointTrajectory.Checkpointed, StepsBetweenCheckpoints = 100_000 });
        Promises.SameBits(kept.Parameters, single.Parameters, "parameters");
        Promises.SameBits(kept.Start, single.Start, "start");
    }

    [Fact]
    public void TheGradientIsThatOfDifferences()
    {
        OdeAdjointResult adjoint = Gradient(new OdeAdjoint());
        for (int j = 0; j < 4; j++)
        {
            double[] up = [.. P], down = [.. P];
            up[j] += 1e-4;
            down[j] -= 1e-4;
            Promises.Close((Loss(up, Y0) - Loss(down, Y0)) / 2e-4, adjoint.Parameters[j], 1e-5, 1e-6, $"parameter {j}");
        }
    }

    [Fact]
    public void BackwardInTimeTheGradientIsRightToo()
    {
        double[] times = [-0.5, -1];
        OdeAdjointResult adjoint = new OdeAdjoint { Trajectory = AdjointTrajectory.Checkpointed, StepsBetweenCheckpoints = 2 }
            .Solve(Tight, LotkaVolterra, P, 0, Y0, times, static (_, y, g) => { g[1] = 2 * y[1]; return y[1] * y[1]; }).EnsureCompleted();
        double[] up = [P[0] + 1e-4, .. P[1..]], down = [P[0] - 1e-4, .. P[1..]];
        Promises.Close((At(up) - At(down)) / 2e-4, adjoint.Parameters[0], 1e-5, 1e-7, "first parameter");

        double At(double[] p) => Ode.Solve(Tight, LotkaVolterra.At(p), (0, -1), Y0, times) is var r ? (r.State(0)[1] * r.State(0)[1]) + (r.State(1)[1] * r.State(1)[1]) : 0;
    }

    [Fact]
    public void AnExpressionContainsASolution()
    {
        Variable y0 = Variable.Input("y0", [2]), p = Variable.Input("p", [4]);
        Variable y = OdeOperation.Solve(Tight, LotkaVolterra, y0, Exp(p), 0, Times);
        Variable weights = Variable.Constant<double>(Weights, [4, 2]);
        Variable loss = Sum(y * weights);
        Replay<double> replay = Computation.Compile<double>([y0, p], loss, Derivative.Gradient(loss, y0), Derivative.Gradient(loss, p)).Start();
        Y0.CopyTo(replay.Input(0));
        for (int j = 0; j < 4; j++)
            replay.Input(1)[j] = Math.Log(P[j]);
        replay.Run();
        OdeAdjointResult adjoint = Gradient(new OdeAdjoint());
        Promises.Close(adjoint.Loss, replay.Output(0)[0], 1e-11, 1e-11, "loss");
        for (int j = 0; j < 2; j++)
            Promises.Close(adjoint.Start[j], replay.Output(1)[j], 1e-9, 1e-10, $"start {j}");
        for (int j = 0; j < 4; j++)
            Promises.Close(adjoint.Parameters[j] * P[j], replay.Output(2)[j], 1e-8, 1e-9, $"parameter {j}");
        Assert.Throws<NotSupportedException>(() => Derivative.Hessian(loss, p));
    }

    [Fact]
    public void ATrajectoryKeepsTheDenseOutput()
    {
        foreach (ButcherTableau tableau in new[] { DormandPrince.Tableau, DormandPrince8.Tableau, Verner9.Tableau })
        {
            OdeState state = (Tight with { Tableau = tableau, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 }).Start(LotkaVolterra.At(P), 0, Y0, 2);
            var trajectory = new OdeTrajectory(2);
            var samples = new List<(double Time, double[] State)>();
            while (state.Step())
            {
                trajectory.Append(state);
                for (int i = 0; i <= 8; i++)
                {
                    double time = state.PreviousTime + (i / 8.0 * (state.Time - state.PreviousTime));
                    double[] point = new double[2];
                    state.Interpolate(i == 8 ? state.Time : time, point);
                    samples.Add((i == 8 ? state.Time : time, point));
                }
            }

            Assert.Equal((0, 2), (trajectory.Start, trajectory.End));
            Assert.Equal(state.Counts.AcceptedSteps, trajectory.Count);
            foreach ((double time, double[] point) in samples)
            {
                for (int i = 0; i < 2; i++)
                    Promises.Close(point[i], trajectory.At(time)[i], 1e-13, 1e-13, $"{tableau.Name} at {time}");
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => trajectory.At(2.1).ToArray());
            Assert.Throws<ArgumentException>(() => trajectory.Append((Tight with { FixedStep = 0.1 }).Start(LotkaVolterra.At(P), 0, Y0, 1)));
        }
    }

    [Fact]
    public void WhatFailsIsSaidWithoutAGradient()
    {
        TracedOde explosive = ParametricOde.Trace(1, 1, static (_, y, p) => p * y * y);
        OdeAdjointResult result = new OdeAdjoint().Solve(new ExplicitRungeKutta(), explosive, [1], 0, [1], [0.5, 2], static (_, y, g) => g[0] = y[0]);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.True(double.IsNaN(result.Loss) && double.IsNaN(result.Parameters[0]) && double.IsNaN(result.Start[0]));
        Assert.Throws<SolverException>(result.EnsureCompleted);
        OdeAdjointResult undefined = new OdeAdjoint().Solve(new ExplicitRungeKutta(), explosive, [1], 0, [1], [0.5], static (_, y, g) => g[0] = double.NaN);
        Assert.Equal(RunStatus.Failed, undefined.Status);
        Assert.Contains("loss", undefined.Message, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(RunStatus.Stopped, new OdeAdjoint().Solve(new ExplicitRungeKutta(), explosive, [1], 0, [1], [0.5], static (_, y, g) => g[0] = 1, cancelled.Token).Status);
    }

    [Fact]
    public void BadInputIsNamed()
    {
        var adjoint = new OdeAdjoint();
        var method = new ExplicitRungeKutta();
        OdeLoss loss = static (_, y, g) => g[0] = 1;
        Named("parameters", () => adjoint.Solve(method, LotkaVolterra, [1], 0, Y0, Times, loss));
        Named("state", () => adjoint.Solve(method, LotkaVolterra, P, 0, [1], Times, loss));
        Named("times", () => adjoint.Solve(method, LotkaVolterra, P, 0, Y0, [], loss));
        Named("saveAt", () => adjoint.Solve(method, LotkaVolterra, P, 0, Y0, [2, 1], loss));
        Named("expression", () => ParametricOde.Trace(2, 1, static (_, y, p) => p));
        Named("parameters", () => ForwardSensitivity.Solve(method, LotkaVolterra, [1], (0, 1), Y0));
        Named("StepsBetweenCheckpoints", () => new OdeAdjoint { StepsBetweenCheckpoints = 0 });

        static void Named(string argument, Func<object> call) => Assert.Equal(argument, Assert.ThrowsAny<ArgumentException>(call).ParamName);
    }

    private static OdeAdjointResult Gradient(OdeAdjoint options) => options.Solve(Tight, LotkaVolterra, P, 0, Y0, Times, static (k, y, g) =>
    {
        (g[0], g[1]) = (Weights[2 * k], Weights[(2 * k) + 1]);
        return (g[0] * y[0]) + (g[1] * y[1]);
    }).EnsureCompleted();

    private static double Loss(double[] p, double[] y0)
    {
        OdeResult result = Ode.Solve(Tight, LotkaVolterra.At(p), (0, 3), y0, Times);
        double sum = 0;
        for (int i = 0; i < Weights.Length; i++)
            sum += Weights[i] * result.States[i];
        return sum;
    }
}
