using OptiCore.Differentiation;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Signatures;

public class CdeTests
{
    private static readonly double[] Matrices =
    [
        0.1, -0.7, 0.2, 0.5, 0.3, -0.4, 0, 0.6, -0.2,
        -0.3, 0.2, 0.5, -0.6, 0.1, 0.4, 0.3, -0.5, 0.2,
    ];

    /// <summary>A smooth curve, joined by lines through many points.</summary>
    private static ControlPath Curve(int pieces, double size = 1)
    {
        double[] times = [.. Enumerable.Range(0, pieces + 1).Select(i => (double)i / pieces)];
        return ControlPath.Linear(times, [.. times.SelectMany(t => new[] { size * Math.Sin(5 * t), size * (Math.Cos(3 * t) + (t * t)) })]);
    }

    private static void Fields(ReadOnlySpan<double> z, Span<double> f)
    {
        f[0] = Math.Cos(z[1]);
        f[1] = z[0] * z[1];
        f[2] = Math.Sin(z[0]);
        f[3] = 1 - (z[1] * z[1]);
    }

    private static Variable Fields(Variable z)
    {
        Variable x = Operations.Slice(z, 0, 0, 1), y = Operations.Slice(z, 0, 1, 1);
        return Operations.Reshape(Operations.Concatenate(0, Operations.Cos(y), x * y, Operations.Sin(x), 1 - (y * y)), [2, 2]);
    }

    [Fact]
    public void ControlsGoThroughTheirObservationsAndKnowTheirDerivatives()
    {
        double[] times = [0, 0.5, 0.8, 2], values = [1, 2, 0, 3, 2, 5, 1, 1];
        foreach (ControlPath path in new[] { ControlPath.Linear(times, values), ControlPath.Hermite(times, values) })
        {
            double[] at = new double[2], above = new double[2], slope = new double[2];
            for (int i = 0; i < 4; i++)
            {
                path.Evaluate(times[i], at);
                Assert.Equal(path.Value(i).ToArray(), at, (a, b) => Math.Abs(a - b) < 1e-14);
            }

            foreach (double t in new[] { 0.1, 0.6, 0.79, 1.5 })
            {
                path.Evaluate(t - 1e-6, at);
                path.Evaluate(t + 1e-6, above);
                path.Derivative(path.Piece(t), t, slope);
                for (int c = 0; c < 2; c++)
                    Assert.Equal((above[c] - at[c]) / 2e-6, slope[c], 1e-7);
            }

            for (int i = 1; i < 3; i++)
            {
                path.Derivative(i - 1, times[i], at);
                path.Derivative(i, times[i], above);
                Assert.Equal(path.IsSmooth, Math.Abs(at[0] - above[0]) < 1e-13);
            }
        }
    }

    [Fact]
    public void TheHermitePathDoesntLookAhead()
    {
        double[] first = new double[1], second = new double[1];
        ControlPath.Hermite([0, 1, 2, 3], [0, 1, 5, 2]).Evaluate(1.3, first);
        ControlPath.Hermite([0, 1, 2, 3], [0, 1, 5, -9]).Evaluate(1.3, second);
        Assert.Equal(first, second);
    }

    [Fact]
    public void AnExponentialFollowsTheChainRule()
    {
        // dz = z dX has z = z0 exp(X - X0) for any X.
        double[] times = [0, 0.5, 0.8, 2], values = [1, 0, 2, 1];
        foreach (ControlPath path in new[] { ControlPath.Linear(times, values), ControlPath.Hermite(times, values) })
        {
            double[] save = [0, 0.2, 0.8, 1.7, 2], at = new double[1];
            OdeResult result = Cde.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, static (z, f) => f[0] = z[0], path, [3], save).EnsureCompleted();
            Assert.Equal(save, result.Times);
            for (int i = 0; i < save.Length; i++)
            {
                path.Evaluate(save[i], at);
                Assert.Equal(3 * Math.Exp(at[0] - 1), result.States[i], 1e-6);
            }
        }

        Assert.Equal(times, Cde.Solve(new ExplicitRungeKutta(), static (z, f) => f[0] = z[0], ControlPath.Linear(times, values), [3]).Times);
    }

    [Fact]
    public void BracketsOfLinearFieldsAreCommutators()
    {
        LieField linear = LieField.Linear(Matrices, 3, 4);
        Variable a = Variable.Constant<double>(Matrices.AsSpan(0, 9), [3, 3]), b = Variable.Constant<double>(Matrices.AsSpan(9), [3, 3]);
        LieField traced = LieField.Trace(z => Operations.Stack(1, Operations.MatMul(a, z), Operations.MatMul(b, z)), 3, 2, 4);
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        double[] coordinates = new double[linear.Basis.Length];
        for (int i = 0; i < coordinates.Length; i++)
            coordinates[i] = 0.5 * stream.NextNormal();
        double[] first = [1, -0.5, 2], second = [1, -0.5, 2];
        Assert.Equal(OdeStopReason.ReachedEnd, linear.Flow(coordinates, first));
        Assert.Equal(OdeStopReason.ReachedEnd, traced.Flow(coordinates, second));
        for (int i = 0; i < 3; i++)
            Assert.Equal(first[i], second[i], 1e-7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TheErrorFallsWithTheDepth(int depth)
    {
        ControlPath curve = Curve(256);
        double[] exact = Cde.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 }, Fields, curve, [0.4, 0.3]).FinalState;
        LieField field = LieField.Trace(Fields, 2, 2, depth, new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 });
        double coarse = Error(32), fine = Error(8);

        // Along a smooth curve level k of the log-signature is of the order of h^(k+1) for even k and h^(k+2) for odd k > 1: what is left out makes orders 2, 4, 4, 6
        // (A. Iserles, S. P. Nørsett, 1999, On the solution of linear differential equations in Lie groups).
        int order = 2 * ((depth / 2) + 1);
        Assert.InRange(0.5 * Math.Log2(coarse / fine), order - 0.4, order + 0.6);

        double Error(int pieces)
        {
            double[] z = Cde.SolveByLogSignature(field, curve, [0.4, 0.3], pieces).EnsureCompleted().FinalState;
            return Math.Max(Math.Abs(z[0] - exact[0]), Math.Abs(z[1] - exact[1]));
        }
    }

    [Fact]
    public void ALinearEquationAlongOnePieceAStepIsExact()
    {
        ControlPath curve = Curve(20);
        double[] exact = Cde.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 }, static (z, f) =>
        {
            f.Clear();
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    f[2 * i] += Matrices[(3 * i) + j] * z[j];
                    f[(2 * i) + 1] += Matrices[9 + (3 * i) + j] * z[j];
                }
            }
        }, curve, [1, 0, -1]).FinalState;
        OdeResult result = Cde.SolveByLogSignature(LieField.Linear(Matrices, 3, 1), curve, [1, 0, -1], 1);
        Assert.Equal(21, result.Times.Length);
        for (int i = 0; i < 3; i++)
            Assert.Equal(exact[i], result.FinalState[i], 1e-9);

        // Two levels more make one step over a quarter of the curve nearly as good.
        double[] deep = Cde.SolveByLogSignature(LieField.Linear(Matrices, 3, 6), curve, [1, 0, -1], 5).FinalState;
        for (int i = 0; i < 3; i++)
            Assert.Equal(exact[i], deep[i], 1e-4);
    }

    [Fact]
    public void FlowsAllocateNothing()
    {
        LieField linear = LieField.Linear(Matrices, 3, 3), traced = LieField.Trace(Fields, 2, 2, 3);
        double[] a = [1, 0, 0], b = [0.2, 0.1], coordinates = new double[linear.Basis.Length];
        coordinates[2] = 0.01;
        Promises.AllocatesNothing(() =>
        {
            linear.Flow(coordinates, a);
            traced.Flow(coordinates, b);
        }, "flow");
    }

    [Fact]
    public void WhatIsNotFiniteIsAStatusAndBadInputIsNamed()
    {
        ControlPath path = ControlPath.Linear([0, 1, 2], [0, 1, 5]);
        OdeResult result = Cde.Solve(new ExplicitRungeKutta(), static (z, f) => f[0] = z[0] > 1.5 ? double.NaN : 1, path, [0.9]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.InRange(result.FinalState[0], 1.4, 1.5001);
        OdeResult burst = Cde.SolveByLogSignature(LieField.Trace(static z => Operations.Reshape(z * z, [1, 1]), 1, 1, 2), path, [0.9], 1);
        Assert.Equal(2, burst.Times.Length);
        Assert.Equal(Solving.RunStatus.Failed, burst.Status);
        Assert.Equal(OdeStopReason.Cancelled, Cde.Solve(new ExplicitRungeKutta(), static (_, f) => f[0] = 1, path, [0], cancellationToken: new CancellationToken(true)).Reason);

        Invalid("times", () => ControlPath.Linear([0], [1]));
        Invalid("times", () => ControlPath.Linear([0, 0], [1, 2]));
        Invalid("values", () => ControlPath.Hermite([0, 1], [1, 2, 3]));
        Invalid("values", () => ControlPath.Hermite([0, 1], [1, double.NaN]));
        Invalid("matrices", () => LieField.Linear([1, 2, 3], 2, 1));
        Invalid("field", () => LieField.Trace(static z => z, 2, 2, 1));
        Invalid("depth", () => LieField.Linear([1], 1, 0));
        Invalid("state", () => Cde.SolveByLogSignature(LieField.Linear([1], 1, 1), path, [1, 2], 1));
        Invalid("control", () => Cde.SolveByLogSignature(LieField.Linear([1, 2], 1, 1), path, [1], 1));
        Invalid("piecesPerStep", () => Cde.SolveByLogSignature(LieField.Linear([1], 1, 1), path, [1], 0));
        Invalid("saveAt", () => Cde.Solve(new ExplicitRungeKutta(), static (_, f) => f[0] = 1, path, [0], [3]));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
