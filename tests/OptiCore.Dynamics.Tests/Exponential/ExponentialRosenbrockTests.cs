using System.Numerics;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Exponential;

public class ExponentialRosenbrockTests
{
    private static readonly ExponentialRosenbrockEuler Method = new() { FixedStep = 0.07 };

    /// <summary>u' = u'' + u - u^3 + cos(t) / 2 at 12 points between walls at 0, by differences: a band, stiff, with a Jacobian that moves.</summary>
    private static readonly IOdeSystem Diffusion = OdeSystem.WithBand(
        OdeSystem.From(12, static (t, y, dy) =>
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = (169 * ((i > 0 ? y[i - 1] : 0) - (2 * y[i]) + (i < 11 ? y[i + 1] : 0))) + y[i] - (y[i] * y[i] * y[i]) + (0.5 * Math.Cos(t));
        }),
        1,
        1);

    private static double[] Start => [.. Enumerable.Range(0, 12).Select(i => Math.Sin(Math.PI * (i + 1) / 13))];

    [Fact]
    public void WhatIsLinearInStateAndTimeIsSolvedExactly()
    {
        // y1' = -100 (y1 - t) + 1 + 3 y2, y2' = -2 y2: y2 = e^(-2 t), y1 = t + a e^(-100 t) + 3/98 e^(-2 t).
        IOdeJacobian system = OdeSystem.FromDuals(2, static (t, y, dy) =>
        {
            dy[0] = (-100 * (y[0] - t)) + 1 + (3 * y[1]);
            dy[1] = -2 * y[1];
        });
        double[] times = [0.01, 0.33, 0.95, 1];
        OdeResult result = Ode.Solve(Method with { FixedStep = 0.3 }, system, (0, 1), [2 + (3.0 / 98), 1], times).EnsureCompleted();
        for (int k = 0; k < times.Length; k++)
        {
            Promises.Close(Math.Exp(-2 * times[k]), result.State(k)[1], 1e-13, 0, "slow");
            Promises.Close(times[k] + (2 * Math.Exp(-100 * times[k])) + (3.0 / 98 * Math.Exp(-2 * times[k])), result.State(k)[0], 0, 1e-7, "fast");
        }
    }

    [Fact]
    public void HalvingTheStepDividesTheErrorOfAStiffProblemByFour()
    {
        double[] exact = Ode.Solve(new Radau { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 }, Diffusion, (0, 1), Start).EnsureCompleted().FinalState;
        double coarse = Error(16), fine = Error(32), slope = Math.Log2(coarse / fine);
        Assert.True(slope is > 1.7 and < 2.4, $"measured order {slope:f3} from errors {coarse:g3} and {fine:g3}");

        // The stiffest rate is 676, far beyond what steps of 1/16 allow an explicit method.
        Assert.True(fine < 1e-3, $"{fine:g3}");

        double Error(int steps) => exact.Zip(Ode.Solve(Method with { FixedStep = 1.0 / steps }, Diffusion, (0, 1), Start, [1]).EnsureCompleted().FinalState, (a, b) => Math.Abs(a - b)).Max();
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBitAndStepsAllocateNothing()
    {
        OdeState whole = Begin();
        var saved = new List<byte[]>();
        do
            saved.Add(StateArchive.Save(whole));
        while (whole.Step());
        byte[] end = StateArchive.Save(whole);
        foreach (byte[] bytes in saved)
        {
            OdeState resumed = Begin();
            StateArchive.Load(resumed, bytes);
            while (resumed.Step())
            {
            }

            Assert.Equal(end, StateArchive.Save(resumed));
        }

        OdeState state = (Method with { FixedStep = 1e-3, MaxSteps = long.MaxValue }).Start(Diffusion, 0, Start, 1e6);
        double[] y = new double[12];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(0.5 * (state.PreviousTime + state.Time), y);
        }, "a step");

        static OdeState Begin() => Method.Start(Diffusion, 0, Start, 1, [new((_, y) => y[0] - 0.1)]);
    }

    [Fact]
    public void FunctionsOfComplexNumbersAreThoseOfTheirMatrices()
    {
        // x + i y is [[x, -y], [y, x]].
        foreach ((double x, double y) in new[] { (0.0, 0.0), (-0.3, 0.4), (-1.2, 1.5), (-1.5, 1.5), (0.0, 7.0), (-20.0, 3.0), (0.0, -0.001) })
        {
            double[] matrices = new double[16];
            var numbers = new Complex[4];
            new PhiFunctions(2, 3).Compute(1, [x, -y, y, x], matrices);
            PhiFunctions.Evaluate(new Complex(x, y), numbers);
            for (int k = 0; k < 4; k++)
            {
                Promises.Close(matrices[4 * k], numbers[k].Real, 0, 1e-14, $"phi[{k}]({x} + {y} i)");
                Promises.Close(matrices[(4 * k) + 2], numbers[k].Imaginary, 0, 1e-14, $"phi[{k}]({x} + {y} i)");
            }
        }
    }
}
