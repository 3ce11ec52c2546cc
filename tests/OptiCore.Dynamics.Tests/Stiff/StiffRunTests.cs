using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class StiffRunTests
{
    public static TheoryData<string> Algebraic => OdeMethods.Algebraic;

    [Theory, MemberData(nameof(Algebraic))]
    public void AnIterationMatrixThatIsSingularForEveryStepIsToldAsNoConvergence(string name)
    {
        // 0 = f for a component on which nothing depends: M/(gamma h) - J has a zero column for every h.
        IOdeMass system = OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = (-y[0], 0)).WithMass([1, 0, 0, 0]);
        OdeResult result = Ode.Solve(OdeMethods.Of(name), system, (0, 1), [1, 2]);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.True(result.Reason is OdeStopReason.NoConvergence or OdeStopReason.NonFinite);
        Assert.Equal([1.0, 2.0], result.FinalState);
    }

    [Fact]
    public void InvalidOptionsNameTheMember()
    {
        Invalid("MaxIterations", () => new Radau { MaxIterations = 2 });
        Invalid("JacobianReuse", () => new Radau { JacobianReuse = 1 });
        Invalid("Safety", () => new Radau { Safety = 1 });
        Invalid("FixedStep", () => new Radau { FixedStep = 0 });
        Invalid("MaxOrder", () => new Bdf { MaxOrder = 6 });
        Invalid("MaxIterations", () => new Bdf { MaxIterations = 1 });
        Invalid("MaxOrder", () => new Adams { MaxOrder = 0 });
        Invalid("Tableau", () => new RosenbrockWanner { Tableau = null! });
        Invalid("JacobianSteps", () => new RosenbrockWanner { JacobianSteps = 0 });
        Invalid("Tableau", () => new DiagonallyImplicitRungeKutta { Tableau = null! });
        Invalid("MaxIterations", () => new DiagonallyImplicitRungeKutta { MaxIterations = 1 });
        Invalid("NonStiff", () => new AutoSwitch { NonStiff = null! });
        Invalid("StiffSteps", () => new AutoSwitch { StiffSteps = 0 });
        Invalid("NonStiffSteps", () => new AutoSwitch { NonStiffSteps = 0 });
        Invalid("implicitPart", () => OdeSystem.Split(OdeSystem.From(1, Problems.Smooth), OdeSystem.From(2, Problems.Smooth)));
        Invalid("lower", () => OdeSystem.From(2, Problems.Smooth).WithBand(2, 0));
        Refused("JacobianSteps", new RosenbrockWanner { JacobianSteps = 2 });
        Refused("NonStiff", new AutoSwitch { NonStiff = new Adams() });
        Refused("FixedStep", new AutoSwitch { Stiff = new Radau { FixedStep = 1 } });

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);

        static void Refused(string text, OdeMethod method) =>
            Assert.Contains(text, Assert.Throws<InvalidOperationException>(() => Ode.Solve(method, Problems.Smooth, (0, 1), [1, 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWMethodKeepsItsJacobianForSeveralSteps()
    {
        var method = new RosenbrockWanner { Tableau = Ros34Pw2.Tableau, RelativeTolerance = 1e-6 };
        OdeResult each = Ode.Solve(method, Problems.Smooth, (0, 5), Problems.SmoothAt(0)).EnsureCompleted();
        OdeResult kept = Ode.Solve(method with { JacobianSteps = 10 }, Problems.Smooth, (0, 5), Problems.SmoothAt(0)).EnsureCompleted();
        Assert.True(kept.Counts.JacobianEvaluations < 0.3 * each.Counts.JacobianEvaluations);
        Assert.True(Problems.SmoothError(5, kept.FinalState) < 1e-4);
    }

    [Fact]
    public void ABallUnderAStiffMethodEndsWhereItsBouncesAccumulate()
    {
        OdeResult result = Ode.Solve(
            new Radau(),
            static (_, y, dy) => (dy[0], dy[1]) = (y[1], -9.81),
            (0, 100),
            [1, 0],
            events: [new((_, y) => y[0]) { Direction = CrossingDirection.Falling, Change = (_, y) => (y[0], y[1]) = (0, -0.5 * y[1]) }]);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.Equal(OdeStopReason.EventsAccumulate, result.Reason);

        // Sum of the geometric series: sqrt(2 h / g) (1 + 2 r / (1 - r)).
        Assert.Equal(3 * Math.Sqrt(2 / 9.81), result.FinalTime, 1e-5);
    }

    [Fact]
    public void SplitBandAndMassAreResumedToTheBitAndAllocateNothing()
    {
        OdeDelegate diffusion = static (_, y, dy) =>
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = 50 * ((i > 0 ? y[i - 1] : 1) - (2 * y[i]) + (i < y.Length - 1 ? y[i + 1] : 0));
        };
        OdeDelegate reaction = static (t, y, dy) =>
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = y[i] * (Math.Sin(t) - y[i]);
        };
        double[] mass = new double[36];
        for (int i = 0; i < 36; i += 7)
            mass[i] = i == 35 ? 0 : 1 + i;
        (OdeMethod Method, IOdeSystem System)[] rows =
        [
            (new DiagonallyImplicitRungeKutta(), OdeSystem.Split(OdeSystem.From(6, reaction), OdeSystem.From(6, diffusion).WithBand(1, 1))),
            (new Radau(), OdeSystem.From(6, diffusion).WithBand(1, 1)),
            (new Bdf(), OdeSystem.From(40, diffusion).WithBand(1, 1)),
            (new RosenbrockWanner(), OdeSystem.From(40, diffusion)),
            (new Radau(), OdeSystem.From(6, diffusion).WithMass(mass)),
            (new Bdf(), OdeSystem.From(6, diffusion).WithMass(mass)),
            (new RosenbrockWanner { Tableau = Rodas4.Tableau }, OdeSystem.From(6, diffusion).WithMass(mass)),
        ];
        foreach ((OdeMethod method, IOdeSystem system) in rows)
        {
            OdeState whole = Start(3);
            var saved = new List<byte[]>();
            while (whole.Step())
                saved.Add(StateArchive.Save(whole));
            Assert.Equal(OdeStopReason.ReachedEnd, whole.Reason);
            byte[] end = StateArchive.Save(whole);
            foreach (byte[] bytes in saved.Where((_, i) => i % 5 == 0))
            {
                OdeState resumed = Start(3);
                StateArchive.Load(resumed, bytes);
                while (resumed.Step())
                {
                }

                Promises.SameBits(whole.State, resumed.State, method.GetType().Name);
                Assert.Equal(end, StateArchive.Save(resumed));
            }

            OdeState endless = Start(1e9, 1e-3);
            double[] y = new double[system.Dimension];
            Promises.AllocatesNothing(() =>
            {
                endless.Step();
                endless.Interpolate(0.5 * (endless.PreviousTime + endless.Time), y);
            }, method.GetType().Name);

            OdeState Start(double until, double largest = double.PositiveInfinity)
            {
                // The last row of the mass matrix is an equation, 50 (y4 - 2 y5) = 0, which zeros meet.
                return (method with { MaxSteps = long.MaxValue, MaxStep = largest }).Start(system, 0, new double[system.Dimension], until);
            }
        }
    }
}
