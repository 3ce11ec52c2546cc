using OptiCore.Differentiation;
using OptiCore.Dynamics.Tests.Symplectic;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Dynamics.Tests.Sensitivity;

/// <summary>y1' = a y1 - b y1 y2, y2' = d y1 y2 - c y2 with p = (a, b, c, d): a part for each species, while the other rests, and a third one, y1' = 0.1 p4 (y2 - y1), that isn't theirs.</summary>
public class SplittingAdjointTests
{
    private static readonly double[] P = [1.5, 1, 3, 1], Y0 = [1, 1.2];

    // On steps, between them, and two within one step.
    private static readonly double[] Times = [0.5, 0.7123, 0.7301, 2, 2.99], Weights = [0.3, -1, 0.7, 2, 1, 0.5, -0.2, 0.9, 1.1, -0.4];

    private static readonly TracedSplitOde Species = ParametricOde.TraceSplit(
        2,
        4,
        static (_, y, p) =>
        {
            (Variable prey, Variable predator) = (At(y, 0), At(y, 1));
            return Concatenate(0, (At(p, 0) * prey) - (At(p, 1) * prey * predator) + (0.1 * At(p, 3) * (predator - prey)), (At(p, 3) * prey * predator) - (At(p, 2) * predator));
        },
        static (h, y, p) => Concatenate(0, At(y, 0) * Exp(h * (At(p, 0) - (At(p, 1) * At(y, 1)))), At(y, 1)),
        static (h, y, p) => Concatenate(0, At(y, 0), At(y, 1) * Exp(h * ((At(p, 3) * At(y, 0)) - At(p, 2)))),
        static (h, y, p) => Concatenate(0, At(y, 1) + ((At(y, 0) - At(y, 1)) * Exp(-0.1 * h * At(p, 3))), At(y, 1)));

    public static TheoryData<string, AdjointTrajectory> Cases
    {
        get
        {
            var cases = new TheoryData<string, AdjointTrajectory>();
            foreach (string scheme in SchemeTable.General)
            {
                foreach (AdjointTrajectory trajectory in Enum.GetValues<AdjointTrajectory>())
                    cases.Add(scheme, trajectory);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void TheGradientIsThatOfTheStepsInForwardMode(string scheme, AdjointTrajectory trajectory)
    {
        // Steps so long that the solution itself has no such accuracy: only the gradient of the computed steps agrees.
        var method = new Splitting { Scheme = SchemeTable.Of(scheme), FixedStep = 0.04 };
        OdeAdjointResult adjoint = Gradient(method, new OdeAdjoint { Trajectory = trajectory, StepsBetweenCheckpoints = 7 });
        (Dual4 loss, Dual4[] y) = ForwardMode(method, toStart: false);
        Promises.Close(loss.Value, adjoint.Loss, 1e-13, 1e-13, "loss");
        for (int j = 0; j < 4; j++)
            Promises.Close(loss.Derivatives[j], adjoint.Parameters[j], 1e-10, 1e-10, $"{scheme}, {trajectory}, parameter {j}");
        (loss, y) = ForwardMode(method, toStart: true);
        for (int j = 0; j < 2; j++)
            Promises.Close(loss.Derivatives[j], adjoint.Start[j], 1e-10, 1e-10, $"{scheme}, {trajectory}, start {j}");
        Assert.Equal(75, adjoint.Forward.AcceptedSteps);
        Assert.Equal(75, adjoint.Backward.AcceptedSteps);
    }

    [Fact]
    public void ItConvergesToTheGradientOfTheSolution()
    {
        OdeAdjointResult exact = new OdeAdjoint().Solve(
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-12 }, Species, P, 0, Y0, Times, Loss).EnsureCompleted();
        double coarse = Error(0.02), fine = Error(0.01);
        Assert.InRange(Math.Log2(coarse / fine), 3.7, 4.4);

        double Error(double step) => Gradient(new Splitting { Scheme = BlanesMoan4.Scheme, FixedStep = step }, new OdeAdjoint()).Parameters.Zip(exact.Parameters, (a, b) => Math.Abs(a - b)).Max();
    }

    [Fact]
    public void BackwardInTimeAndInAnExpressionItIsRightToo()
    {
        var method = new Splitting { FixedStep = 0.05 };
        Variable y0 = Variable.Input("y0", [2]), p = Variable.Input("p", [4]);
        Variable loss = Sum(OdeOperation.Solve(method, Species, y0, p, 1, [0.33, -0.2]));
        Replay<double> replay = Computation.Compile<double>([y0, p], loss, Derivative.Gradient(loss, p)).Start();
        double[] gradient = [.. At(0, 0).Gradient];
        for (int j = 0; j < 4; j++)
            Promises.Close((At(j, 1e-5).Value - At(j, -1e-5).Value) / 2e-5, gradient[j], 1e-7, 1e-7, $"parameter {j}");

        (double Value, double[] Gradient) At(int parameter, double change)
        {
            Y0.CopyTo(replay.Input(0));
            P.CopyTo(replay.Input(1));
            replay.Input(1)[parameter] += change;
            replay.Run();
            return (replay.Output(0)[0], replay.Output(1).ToArray());
        }
    }

    [Fact]
    public void WhatHasNoFlowsOrNoEndIsSaid()
    {
        TracedOde whole = ParametricOde.Trace(2, 1, static (_, y, p) => p * y);
        IJacobianOde linear = whole;
        Named("system", "IAdjointSplitOde", () => new OdeAdjoint().Solve(new Splitting { FixedStep = 0.1 }, whole, [1], 0, Y0, [1], Loss));
        Named("method", "Splitting", () => new OdeAdjoint().Solve(new SymplecticIntegrator { FixedStep = 0.1 }, whole, [1], 0, Y0, [1], Loss));
        Named("method", "ExplicitRungeKutta", () => new OdeAdjoint().Solve(new ExponentialIntegrator { FixedStep = 0.1 }, whole, [1], 0, Y0, [1], Loss));
        Named("method", "OdeAdjoint", () => ForwardSensitivity.Solve(new Splitting { FixedStep = 0.1 }, linear, [1], (0, 1), Y0));
        Named("flows", "part", () => ParametricOde.TraceSplit(2, 1, static (_, y, p) => p * y));
        Named("flows", "[1]", () => ParametricOde.TraceSplit(2, 1, static (_, y, p) => p * y, static (h, y, p) => p));

        // A flow that isn't finite on the way back: the square root's slope at 0.
        TracedSplitOde sharp = ParametricOde.TraceSplit(1, 1, static (_, y, p) => p * y, static (h, y, p) => Sqrt(y * y * 0) + y);
        OdeAdjointResult failed = new OdeAdjoint().Solve(new Splitting { FixedStep = 0.1 }, sharp, [1], 0, [1], [1], static (_, y, g) => g[0] = 1);
        Assert.Equal(RunStatus.Failed, failed.Status);
        Assert.Contains("way back", failed.Message, StringComparison.Ordinal);
        Assert.True(double.IsNaN(failed.Parameters[0]));

        static void Named(string argument, string content, Func<object> call)
        {
            ArgumentException thrown = Assert.ThrowsAny<ArgumentException>(call);
            Assert.Equal(argument, thrown.ParamName);
            Assert.Contains(content, thrown.Message, StringComparison.Ordinal);
        }
    }

    private static Variable At(Variable x, int i) => Slice(x, 0, i, 1);

    private static double Loss(int k, ReadOnlySpan<double> y, Span<double> gradient)
    {
        (gradient[0], gradient[1]) = (Weights[2 * k] * y[0], Weights[(2 * k) + 1]);
        return (0.5 * Weights[2 * k] * y[0] * y[0]) + (Weights[(2 * k) + 1] * y[1]);
    }

    private static OdeAdjointResult Gradient(Splitting method, OdeAdjoint options) => options.Solve(method, Species, P, 0, Y0, Times, Loss).EnsureCompleted();

    /// <summary>The same steps and dense output with dual numbers, written independently: chi(a1 h) chi*(b1 h) chi((a2 - ...) h) ...</summary>
    private static (Dual4 Loss, Dual4[] State) ForwardMode(Splitting method, bool toStart)
    {
        Dual4[] p = [.. P.Select((v, j) => toStart ? Dual4.Constant(v) : Dual4.Variable(v, j))], y = [.. Y0.Select((v, j) => toStart ? Dual4.Variable(v, j) : Dual4.Constant(v))];
        double h = method.FixedStep;
        Dual4 loss = default;
        int term = 0;
        for (int step = 0; step < 75; step++)
        {
            // The last step ends at 2.99.
            double from = step * h, size = step == 74 ? Times[^1] - from : h;
            Dual4[] end = Step(y, size);
            for (; term < Times.Length && Times[term] <= from + size + 1e-12; term++)
            {
                double theta = (Times[term] - from) / size;
                Dual4[] at = Math.Abs(theta - 1) < 1e-12 ? end : method.Scheme.Order <= 4 ? Hermite(y, end, theta, size) : Step(y, theta * size);
                loss += (0.5 * Weights[2 * term] * at[0] * at[0]) + (Weights[(2 * term) + 1] * at[1]);
            }

            y = end;
        }

        return (loss, y);

        Dual4[] Step(Dual4[] start, double size)
        {
            Dual4[] state = [.. start];
            double[] a = method.Scheme.Drifts.ToArray(), b = method.Scheme.Kicks.ToArray();
            double beta = 0;
            for (int i = 0; i < a.Length; i++)
            {
                double alpha = a[i] - beta;
                beta = b[i] - alpha;
                for (int part = 0; part < 3; part++)
                    Flow(part, alpha * size, state);
                for (int part = 2; part >= 0; part--)
                    Flow(part, beta * size, state);
            }

            return state;
        }

        void Flow(int part, double duration, Dual4[] state)
        {
            if (part == 0)
                state[0] *= Elementary.Exp(duration * (p[0] - (p[1] * state[1])));
            else if (part == 1)
                state[1] *= Elementary.Exp(duration * ((p[3] * state[0]) - p[2]));
            else
                state[0] = state[1] + ((state[0] - state[1]) * Elementary.Exp(-0.1 * duration * p[3]));
        }

        Dual4[] Hermite(Dual4[] start, Dual4[] end, double theta, double size)
        {
            Dual4[] first = Slope(start), last = Slope(end);
            double square = theta * theta, cube = square * theta;
            return [.. Enumerable.Range(0, 2).Select(i => (((2 * cube) - (3 * square) + 1) * start[i]) + ((cube - (2 * square) + theta) * size * first[i]) + (((-2 * cube) + (3 * square)) * end[i]) + ((cube - square) * size * last[i]))];
        }

        Dual4[] Slope(Dual4[] s) => [(p[0] * s[0]) - (p[1] * s[0] * s[1]) + (0.1 * p[3] * (s[1] - s[0])), (p[3] * s[0] * s[1]) - (p[2] * s[1])];
    }
}
