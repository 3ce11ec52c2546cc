using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class EventTests
{
    public static TheoryData<string> Adaptive => OdeMethods.Adaptive;

    private static OdeEvent Ground => new((_, y) => y[0]) { Direction = CrossingDirection.Falling, IsTerminal = true };

    [Theory, InlineData("event_fall_0", -9.81), InlineData("event_fall_1", -1.62)]
    public void AFallEndsAtTheReferenceTime(string id, double gravity)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        OdeResult result = Ode.Solve(new ExplicitRungeKutta(), (_, y, dy) => (dy[0], dy[1]) = (y[1], gravity), (0, 100), item.Numbers("y0"), events: [Ground]);
        Assert.Equal(OdeStopReason.TerminalEvent, result.Reason);
        Assert.Equal(RunStatus.Completed, result.Status);
        Promises.Close(item.Number("t_event_exact"), result.FinalTime, 4e-15, 0, id);
        Assert.Equal(result.FinalTime, Assert.Single(result.Events).Time);
        Assert.Equal(result.FinalState, result.Events[0].State);
        Assert.Equal(result.FinalTime, result.Times[^1]);
        Assert.Contains("Event 0", result.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void EveryMethodFindsWhenAFallEnds(string name)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")["event_fall_0"];
        OdeMethod method = OdeMethods.Of(name) with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        OdeResult result = Ode.Solve(method, (_, y, dy) => (dy[0], dy[1]) = (y[1], -9.81), (0, 100), item.Numbers("y0"), events: [Ground]);
        Assert.Equal(OdeStopReason.TerminalEvent, result.Reason);
        Promises.Close(item.Number("t_event_exact"), result.FinalTime, 1e-6, 0, name);
        Assert.Equal(result.FinalState, Assert.Single(result.Events).State);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void EveryMethodGoesOnBehindAChange(string name)
    {
        // A dose every time the amount has fallen to a half: at multiples of ln 2 after the first.
        OdeMethod method = OdeMethods.Of(name) with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        OdeResult result = Ode.Solve(
            method,
            (_, y, dy) => dy[0] = -y[0],
            (0, 3.5),
            [1],
            events: [new((_, y) => y[0] - 0.5) { Direction = CrossingDirection.Falling, Change = (_, y) => y[0] += 0.5 }]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.Equal(5, result.Events.Count);

        // The errors that steps may have, added up.
        double bound = 1e-8 * result.Counts.AcceptedSteps;
        for (int i = 0; i < 5; i++)
            Promises.Close((i + 1) * Math.Log(2), result.Events[i].Time, bound, 0, name);
        Promises.Close(Math.Exp((5 * Math.Log(2)) - 3.5), result.FinalState[0], bound, 0, name);
    }

    [Fact]
    public void ABallBouncesAtTheTimesOfTheGeometricSeries()
    {
        const double Gravity = 9.81, Restitution = 0.8, Height = 10;
        OdeState state = new ExplicitRungeKutta().Start(
            OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = (y[1], -Gravity)), 0, [Height, 0], 100, [Ground]);
        double speed = Math.Sqrt(2 * Gravity * Height), time = speed / Gravity;
        for (int bounce = 0; bounce < 12; bounce++)
        {
            while (state.Step())
            {
            }

            Assert.Equal(OdeStopReason.TerminalEvent, state.Reason);
            Promises.Close(time, state.Time, 1e-13, 0, $"bounce {bounce}");
            Promises.Close(-speed, state.State[1], 1e-12, 0, $"speed at bounce {bounce}");
            state.Restart(state.Time, [0, -Restitution * state.State[1]]);
            speed *= Restitution;
            time += 2 * speed / Gravity;
        }
    }

    [Fact]
    public void ThePeriodOfTheVanDerPolOscillatorIsTheKnownOne()
    {
        // The period for mu = 1, 6.66328685932313..., is known to many digits: C. M. Andersen, J. F. Geer (1982), SIAM Journal on Applied Mathematics 42.
        OdeResult result = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13 },
            static (_, y, dy) => { dy[0] = y[1]; dy[1] = ((1 - (y[0] * y[0])) * y[1]) - y[0]; },
            (0, 100),
            [2, 0],
            events: [new((_, y) => y[0]) { Direction = CrossingDirection.Rising }]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.InRange(result.Events.Count, 14, 15);
        Assert.Equal(6.66328685932313, result.Events[^1].Time - result.Events[^2].Time, 1e-9);
    }

    [Theory, InlineData(1), InlineData(-1)]
    public void CrossingsComeInOrderWithTheirDirectionAlongTheIntegration(int sign)
    {
        // y = sin t: zero at multiples of pi; a second event at t = +-5.
        OdeResult result = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            static (_, y, dy) => (dy[0], dy[1]) = (y[1], -y[0]),
            (0, sign * 10),
            [0, 1],
            events:
            [
                new((_, y) => y[0]),
                new((_, y) => sign * y[0]) { Direction = CrossingDirection.Falling },
                new((t, _) => t - (sign * 5)),
            ]);
        Assert.Equal([(0, 1), (1, 1), (2, 0), (0, 2), (0, 3), (1, 3)], Sorted(result.Events));
        foreach (OdeEventRecord item in result.Events.Where(e => e.Index < 2))
            Assert.Equal(Math.Round(item.Time / Math.PI) * Math.PI, item.Time, 1e-8);
        Assert.Equal(sign * 5.0, result.Events.Single(e => e.Index == 2).Time, 1e-14);
        Assert.Equal(result.Events.OrderBy(e => sign * e.Time).Select(e => e.Time), result.Events.Select(e => e.Time));

        // Each event with the multiple of pi; simultaneous ones in either order.
        (int Index, int Half)[] Sorted(IEnumerable<OdeEventRecord> events) =>
            [.. events.Select(e => (e.Index, e.Index == 2 ? 0 : (int)Math.Round(sign * e.Time / Math.PI), e.Time)).OrderBy(e => Math.Round(sign * e.Time, 6)).ThenBy(e => e.Index).Select(e => (e.Index, e.Item2))];
    }

    [Fact]
    public void ATerminalEventHidesWhatWouldHaveComeLaterInItsStep()
    {
        OdeResult result = Ode.Solve(
            new ExplicitRungeKutta { FixedStep = 1 },
            static (_, _, dy) => dy[0] = 1,
            (0, 10),
            [0],
            events: [new((t, _) => t - 2.75), new((t, _) => t - 2.5) { IsTerminal = true }, new((t, _) => t - 2.25)]);
        Assert.Equal([2, 1], result.Events.Select(e => e.Index));
        Assert.Equal(2.5, result.FinalTime, 1e-14);
        Assert.Equal(2.5, result.FinalState[0], 1e-14);
    }

    [Fact]
    public void AnUndefinedEventIsNoCrossingAndAThrowingOneSurfaces()
    {
        OdeResult result = Ode.Solve(new ExplicitRungeKutta { FixedStep = 0.5 }, static (_, _, dy) => dy[0] = 1, (0, 2), [-1], events: [new((_, y) => Math.Sqrt(y[0]) - 2)]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.Empty(result.Events);
        var failure = new InvalidDataException("mine");
        Assert.Same(failure, Assert.Throws<InvalidDataException>(() =>
            Ode.Solve(new ExplicitRungeKutta(), static (_, _, dy) => dy[0] = 1, (0, 2), [-1], events: [new((_, _) => throw failure)])));
    }
}
