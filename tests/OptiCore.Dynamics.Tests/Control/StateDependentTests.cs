using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;
using static OptiCore.Dynamics.Tests.Control.RandomPlants;
using static OptiCore.Elementary;

namespace OptiCore.Dynamics.Tests.Control;

public class StateDependentTests
{
    private static readonly IDifferentiableControlSystem VanDerPol = ControlSystem.From(2, 1, (_, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = ((1 - (x[0] * x[0])) * x[1]) - x[0] + u[0];
    });

    private static readonly IDifferentiableControlSystem Duffing = ControlSystem.From(2, 1, (_, x, u, dx) =>
    {
        dx[0] = x[1];
        dx[1] = x[0] - (x[0] * x[0] * x[0]) - (0.2 * x[1]) + ((2 + Cos(x[0])) * u[0]);
    });

    // All monomials up to degree 3, and the cosine: they hold either system's fields, but nobody says which.
    private static readonly IDifferentiableResidualFunction<double> Features = Function.FromResiduals(2, 11, (x, phi) =>
    {
        int k = 0;
        for (int i = 0; i <= 3; i++)
        {
            for (int j = 0; j <= 3 - i; j++)
            {
                var value = x[0] * 0 + 1;
                for (int a = 0; a < i; a++)
                    value *= x[0];
                for (int b = 0; b < j; b++)
                    value *= x[1];
                phi[k++] = value;
            }
        }

        phi[k] = Cos(x[0]);
    });

    [Fact]
    public void OnALinearPlantItIsTheRegulator() => Prop.ForAll(Sizes(4), p =>
    {
        LinearPlant plant = Plant(p, discrete: false);
        double[] q = Positive(p.Seed, p.N), r = Positive(p.Seed + 5, p.M), x = Normal(p.Seed + 1, p.N), reference = Normal(p.Seed + 2, p.N), control = Normal(p.Seed + 3, p.M), u = new double[p.M], expected = new double[p.M];
        bool solved = new StateDependentRegulator(plant.ToControlSystem(), q, r).Control(x, reference, control, u);
        Lqr.Design(plant, q, r).Around(reference, control)(0, x, expected);
        return solved && Distance(expected, u) < 1e-9 * (1 + expected.Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void TheFactorizationIsOne() => Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
    {
        double[] x = Normal((ulong)seed, 2), reference = Normal((ulong)seed + 1, 2), control = Normal((ulong)seed + 2, 1), a = new double[4], f = new double[2], f0 = new double[2];
        new StateDependentRegulator(VanDerPol, [1, 0, 0, 1], [1]).Factorize(x, reference, control, a);
        VanDerPol.Derivative(0, x, control, f);
        VanDerPol.Derivative(0, reference, control, f0);
        for (int i = 0; i < 2; i++)
            f[i] -= f0[i] + (a[2 * i] * (x[0] - reference[0])) + (a[(2 * i) + 1] * (x[1] - reference[1]));
        return Distance(f, new double[2]) < 1e-11 * (1 + x.Max(Math.Abs) + reference.Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(40));

    [Theory]
    [InlineData("van der Pol")]
    [InlineData("Duffing")]
    public void LearnedFromFewDataItTracksBetterThanARegulatorAtThePoint(string name)
    {
        IDifferentiableControlSystem system = name == "Duffing" ? Duffing : VanDerPol;
        const int Data = 60;
        double[] states = Normal(11, 2 * Data, 1.5), controls = Normal(12, Data, 2), derivatives = new double[2 * Data], noise = Normal(13, 2 * Data, 0.02);
        for (int k = 0; k < Data; k++)
            system.Derivative(0, states.AsSpan(2 * k, 2), controls.AsSpan(k, 1), derivatives.AsSpan(2 * k, 2));
        for (int i = 0; i < derivatives.Length; i++)
            derivatives[i] += noise[i];
        ControlAffineModel model = ControlAffineModel.Fit(Features, 1, states, controls, derivatives, 1e-6);
        double[] q = [10, 0, 0, 1], r = [1];
        var learned = new StateDependentRegulator(model, q, r);
        var exact = new StateDependentRegulator(system, q, r);

        // Duffing's oscillator follows sin t, van der Pol's goes to 1.5, where it is damped, from where it isn't; the regulators are those at the reference's centre. The reference's control inverts the second equation of the system,
        // for what was learned that of the model.
        bool follows = name == "Duffing";
        double[] centre = [follows ? 0 : 1.5, 0], control = [follows ? 0 : 1.5];
        RegulatorDesign atCentre = Lqr.Design(LinearPlant.Linearize(system, centre, control), q, r).EnsureSolved(), ofModel = Lqr.Design(LinearPlant.Linearize(model, centre, control), q, r).EnsureSolved();
        double sdre = Track(system, model, follows, (x, goal, held, u) => learned.Control(x, goal, held, u)), known = Track(system, system, follows, (x, goal, held, u) => exact.Control(x, goal, held, u));
        double linear = Track(system, system, follows, (x, goal, held, u) => atCentre.Around(goal, held)(0, x, u)), generic = Track(system, model, follows, (x, goal, held, u) => ofModel.Around(goal, held)(0, x, u));
        Assert.True(sdre < linear, $"{name}: learned {sdre}, exact {known}, regulator at the centre {linear}, with the model {generic}");
        Assert.True(sdre < generic, $"{name}: learned {sdre}, exact {known}, regulator at the centre {linear}, with the model {generic}");
        Assert.True(sdre < 1.2 * known, $"{name}: learned {sdre}, exact {known}, regulator at the centre {linear}, with the model {generic}");
    }

    [Fact]
    public void AControlAllocatesNothingAndKeepsItsGainWhereThereIsNone()
    {
        var controller = new StateDependentRegulator(VanDerPol, [1, 0, 0, 1], [1]);
        double[] x = [0.3, 1], goal = [0, 0.5], held = [0], u = new double[1];
        Promises.AllocatesNothing(() => controller.Control(x, goal, held, u), "a control");

        // At x0 = -2 the control has no effect, and the oscillator's poles there are stable or not: the gain is finite either way.
        controller.Control([0.3, 1], goal, held, u);
        double[] gain = controller.Gain.ToArray();
        bool solved = new StateDependentRegulator(ControlSystem.From(1, 1, (_, y, v, dy) => dy[0] = y[0] + (0 * v[0])), [1], [1]).Control([1], [0], [0], u);
        Assert.False(solved);
        Assert.Equal(0, u[0]);
        Assert.All(gain, k => Assert.True(double.IsFinite(k)));
        Assert.Throws<ArgumentException>(() => new StateDependentRegulator(VanDerPol, [1, 0, 0, 1], [-1]));
        Assert.Throws<ArgumentException>(() => ControlAffineModel.Fit(Features, 1, [1, 2, 3], [1], [1, 2], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ControlAffineModel.Fit(Features, 1, [1, 2], [1], [1, 2], 0));
    }

    private delegate void Feedback(double[] x, double[] goal, double[] held, double[] u);

    /// <summary>The root mean square distance from the reference over [0, 10], for three starts off it.</summary>
    private static double Track(IDifferentiableControlSystem system, IDifferentiableControlSystem model, bool follows, Feedback feedback)
    {
        IDiscreteSystem steps = system.Discretize(0.02);
        double[] goal = new double[2], held = new double[1], u = new double[1], dx = new double[2], a = new double[4], b = new double[2], next = new double[2];
        double sum = 0;
        foreach (double[] start in new double[][] { [1.5, -1], [-1, -1], [0.5, -2] })
        {
            double[] x = [.. start];
            for (int k = 0; k < 500; k++)
            {
                double t = 0.02 * k, later = t + 0.02;
                (goal[0], goal[1]) = follows ? (Math.Sin(t), Math.Cos(t)) : (1.5, 0);
                model.DerivativeAndJacobians(0, goal, [0], dx, a, b);
                held[0] = ((follows ? -Math.Sin(t) : 0) - dx[1]) / b[1];
                feedback(x, goal, held, u);
                steps.Next(k, x, u, next);
                next.CopyTo(x, 0);
                double first = x[0] - (follows ? Math.Sin(later) : 1.5), second = x[1] - (follows ? Math.Cos(later) : 0);
                sum += (first * first) + (second * second);
            }
        }

        return Math.Sqrt(sum / 1500);
    }
}
