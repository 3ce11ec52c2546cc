using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests;

/// <summary>The flows against tests/reference/dysts: parameters, starts, periods and derivatives that were computed independently of this transcription.</summary>
public class ChaoticFlowTests
{
    public static TheoryData<string> Names => [.. Reference.Json("dysts/systems.json").EnumerateObject().Select(p => p.Name)];

    [Fact]
    public void EverySystemOfTheReferenceIsThere() =>
        Assert.Equal(Reference.Json("dysts/systems.json").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), ChaoticFlows.All.Keys);

    [Theory, MemberData(nameof(Names))]
    public void AFlowHasTheReferencesNumbersAndDerivative(string name)
    {
        JsonElement item = Reference.Json("dysts/systems.json").GetProperty(name), upstream = item.GetProperty("upstream");
        ChaoticFlow flow = ChaoticFlows.All[name];
        Assert.Equal(name, flow.Name);
        Assert.Equal(upstream.Number("period"), flow.Period);
        Assert.Equal(upstream.Numbers("initial_conditions"), flow.Start.ToArray());
        Assert.Equal(upstream.GetProperty("parameters").EnumerateObject().Select(p => p.Name), flow.ParameterNames);
        foreach (JsonProperty parameter in upstream.GetProperty("parameters").EnumerateObject())
            Assert.Equal(parameter.Value.Number(), flow.Parameter(parameter.Name));
        Assert.Matches(@"\(\d{4}\), ", flow.Reference);

        double[] expected = item.Numbers("rhs_at_initial_conditions"), derivative = new double[flow.Dimension];
        flow.Derivative(0, flow.Start, derivative);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], derivative[i], 1e-13, 1e-13 * expected.Max(Math.Abs), $"{name}, derivative {i}");
    }

    [Theory, MemberData(nameof(Names))]
    public void TheJacobianAgreesWithDifferencesAnywhere(string name)
    {
        ChaoticFlow flow = ChaoticFlows.All[name];
        double[] start = flow.Start.ToArray();
        Prop.ForAll(Gen.Choose(-1000, 1000).Select(i => i / 2000.0).ArrayOf(start.Length).ToArbitrary(), shift =>
        {
            double[] y = [.. start.Zip(shift, (a, b) => a + (b * Math.Max(1, Math.Abs(a))))];
            JacobianCheck.Check(name, y, (x, f) => flow.Derivative(0, x, f), (x, j) => flow.Jacobian(0, x, j));
        }).Check(Forall.Config.WithMaxTest(20));
    }

    [Fact]
    public void EvaluationsAllocateNothing()
    {
        double[] dy = new double[6], jacobian = new double[36];
        foreach (ChaoticFlow flow in ChaoticFlows.All.Values.Where(f => f.Name is "Lorenz" or "LorenzCoupled" or "DoubleGyre"))
        {
            int n = flow.Dimension;
            Promises.AllocatesNothing(() =>
            {
                flow.Derivative(0, flow.Start, dy.AsSpan(0, n));
                flow.Jacobian(0, flow.Start, jacobian.AsSpan(0, n * n));
            }, flow.Name);
        }
    }

    [Fact]
    public void AParameterIsChangedByItsName()
    {
        ChaoticFlow changed = ChaoticFlows.Lorenz.With("rho", 14);
        Assert.Equal(14, changed.Parameter("rho"));
        Assert.Equal(28, ChaoticFlows.Lorenz.Parameter("rho"));
        double[] dy = new double[3];
        changed.Derivative(0, [1, 2, 3], dy);
        Assert.Equal((1 * (14 - 3)) - 2, dy[1]);
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => changed.With("r", 1));
        Assert.Contains("rho", unknown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => changed.With("rho", double.NaN));
        Assert.Throws<ArgumentException>(() => changed.Derivative(0, [1, 2], dy));
    }

    /// <summary>What the conservative ones conserve, at any state.</summary>
    [Fact]
    public void HamiltonianFlowsMoveAlongTheirEnergy()
    {
        ChaoticFlow henonHeiles = ChaoticFlows.All["HenonHeiles"], quadrupole = ChaoticFlows.All["NuclearQuadrupole"];
        Prop.ForAll(Gen.Choose(-1000, 1000).Select(i => i / 1000.0).ArrayOf(4).ToArbitrary(), u =>
        {
            double[] du = new double[4];
            henonHeiles.Derivative(0, u, du);
            double rate = ((u[0] + (2 * u[0] * u[1])) * du[0]) + ((u[1] + (u[0] * u[0]) - (u[1] * u[1])) * du[1]) + (u[2] * du[2]) + (u[3] * du[3]);
            Assert.True(Math.Abs(rate) < 1e-14, $"Energy changes at the rate {rate}.");

            // H = a (p^2 + q^2) / 2 + b (3 q2^2 q1 - q1^3) / sqrt 2 + d (q^2)^2 / 4.
            quadrupole.Derivative(0, u, du);
            (double q1, double q2, double b, double d) = (u[0], u[1], 0.55 / Math.Sqrt(2), 0.4);
            double slope1 = q1 + (3 * b * ((q2 * q2) - (q1 * q1))) + (d * q1 * ((q1 * q1) + (q2 * q2)));
            double slope2 = q2 + (6 * b * q1 * q2) + (d * q2 * ((q1 * q1) + (q2 * q2)));
            rate = (slope1 * du[0]) + (slope2 * du[1]) + (u[2] * du[2]) + (u[3] * du[3]);
            Assert.True(Math.Abs(rate) < 1e-14, $"Energy changes at the rate {rate}.");
        }).Check(Forall.Config);
    }
}

/// <summary>Compares a Jacobian with central differences, column by column.</summary>
internal static class JacobianCheck
{
    public delegate void Writer(ReadOnlySpan<double> x, Span<double> result);

    public static void Check(string what, double[] x, Writer function, Writer jacobian)
    {
        int n = x.Length;
        double[] j = new double[n * n], plus = new double[n], minus = new double[n];
        j.AsSpan().Fill(double.NaN);
        jacobian(x, j);
        for (int column = 0; column < n; column++)
        {
            double keep = x[column], h = 1e-5;
            x[column] = keep + h;
            double right = x[column];
            function(x, plus);
            x[column] = keep - h;
            double width = right - x[column];
            function(x, minus);
            x[column] = keep;
            double scale = Math.Max(1, Math.Max(plus.Max(Math.Abs), minus.Max(Math.Abs)));
            for (int row = 0; row < n; row++)
            {
                // Rounding of the values over the width, and the third derivatives, some thousands at most in these formulas.
                Promises.Close((plus[row] - minus[row]) / width, j[(row * n) + column], 1e-6, 1e-8 * scale, $"{what}, d f[{row}] / d y[{column}]");
            }
        }
    }
}
