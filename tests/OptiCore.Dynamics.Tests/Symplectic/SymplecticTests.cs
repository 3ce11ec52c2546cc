using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Symplectic;

public class SymplecticTests
{
    private const double Eccentricity = 0.3;

    public static TheoryData<string> All => SchemeTable.All;

    public static TheoryData<string> General => SchemeTable.General;

    public static TheoryData<string> Symmetric => SchemeTable.Symmetric;

    [Theory, MemberData(nameof(All))]
    public void HalvingTheStepDividesTheErrorByTwoToTheOrder(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        AssertOrder(name, scheme.Order, steps => Distance(
            Run(scheme, 3.0 / steps, Hamiltonians.Kepler, 0, Hamiltonians.KeplerAt(0, Eccentricity), 3),
            Hamiltonians.KeplerAt(3, Eccentricity)));
    }

    [Theory, MemberData(nameof(All))]
    public void TheOrderHoldsForForcesThatDependOnTime(string name)
    {
        // q = exp(sin t).
        SplittingScheme scheme = SchemeTable.Of(name);
        IPartitionedOde system = PartitionedOde.SecondOrder([2.0], static (t, q, dp) => dp[0] = 2 * ((Math.Cos(t) * Math.Cos(t)) - Math.Sin(t)) * q[0]);
        AssertOrder(name, scheme.Order, steps => Distance(
            Run(scheme, 2.0 / steps, system, 0.5, [Math.Exp(Math.Sin(0.5)), 2 * Math.Cos(0.5) * Math.Exp(Math.Sin(0.5))], 2.5),
            [Math.Exp(Math.Sin(2.5)), 2 * Math.Cos(2.5) * Math.Exp(Math.Sin(2.5))]));
    }

    [Theory, MemberData(nameof(General))]
    public void TheOrderHoldsForVelocitiesThatArentLinear(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        double[] exact = Ode.Solve(
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-14, AbsoluteTolerance = 1e-15 }, Hamiltonians.Relativistic, (0, 3), [1, 0.7]).EnsureCompleted().FinalState;
        AssertOrder(name, scheme.Order, steps => Distance(Run(scheme, 3.0 / steps, Hamiltonians.Relativistic, 0, [1, 0.7], 3), exact));
    }

    [Theory, MemberData(nameof(All))]
    public void TheDenseOutputIsAsAccurateAsTheSteps(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        double h = scheme.Order <= 4 ? 1.0 / 32 : 1.0 / 8;
        double slope = Math.Log2(Error(h) / Error(h / 2));
        double expected = Math.Min(scheme.Order > 4 ? scheme.Order + 1 : 4, scheme.Order + 1);
        Assert.True(slope > expected - 0.35, $"{name}: measured order {slope:f3}.");

        double Error(double step)
        {
            OdeState state = Start(scheme, step, Hamiltonians.Kepler, 0.7, Hamiltonians.KeplerAt(0.7, Eccentricity), 3);
            Assert.True(state.Step());
            double worst = 0;
            double[] y = new double[4];
            for (int i = 1; i < 16; i++)
            {
                double t = 0.7 + (step * i / 16);
                state.Interpolate(t, y);
                worst = Math.Max(worst, Distance(y, Hamiltonians.KeplerAt(t, Eccentricity)));
            }

            return worst;
        }
    }

    [Theory, MemberData(nameof(All))]
    public void TheEnergyOfAnOrbitStaysBoundedOverAHundredThousandSteps(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        (double amplitude, double drift, double momentum) = Watch(
            Start(scheme, 1.0 / 64, Hamiltonians.Kepler, 0, Hamiltonians.KeplerAt(0, Eccentricity), 100_000 / 64.0), Hamiltonians.KeplerEnergy);
        Assert.True(amplitude < (scheme.Order == 1 ? 2e-2 : 1e-4), $"{name}: the energy varies by {amplitude:g3}.");
        Assert.True(Math.Abs(drift) < (0.02 * amplitude) + 1e-12, $"{name}: the energy drifts by {drift:g3} where it varies by {amplitude:g3}.");

        // Every kick is towards the centre: each keeps the angular momentum, to rounding.
        Assert.True(momentum < 1e-12, $"{name}: the angular momentum varies by {momentum:g3}.");
    }

    [Theory, MemberData(nameof(All))]
    public void TheEnergyOfHenonHeilesStaysBoundedOverAHundredThousandSteps(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        (double amplitude, double drift, _) = Watch(
            Start(scheme, 1.0 / 16, Hamiltonians.HenonHeiles, 0, Hamiltonians.HenonHeilesStart, 100_000 / 16.0), Hamiltonians.HenonHeilesEnergy);
        Assert.True(amplitude < (scheme.Order == 1 ? 1e-2 : 1e-4), $"{name}: the energy varies by {amplitude:g3}.");
        Assert.True(Math.Abs(drift) < (0.02 * amplitude) + 1e-12, $"{name}: the energy drifts by {drift:g3} where it varies by {amplitude:g3}.");
    }

    /// <summary>The measure tells: a method that isn't symplectic drifts by it.</summary>
    [Fact]
    public void TheEnergyOfARungeKuttaMethodDrifts()
    {
        var method = new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 1.0 / 64, MaxSteps = long.MaxValue };
        (double amplitude, double drift, double momentum) = Watch(
            method.Start(Hamiltonians.Kepler, 0, Hamiltonians.KeplerAt(0, Eccentricity), 100_000 / 64.0), Hamiltonians.KeplerEnergy);
        Assert.True(Math.Abs(drift) > 0.5 * amplitude);
        Assert.True(momentum > 1e-9);
    }

    [Theory, MemberData(nameof(Symmetric))]
    public void ASymmetricSchemeReturnsToTheStartToRounding(string name)
    {
        Assert.InRange(ThereAndBack(SchemeTable.Of(name)), 0, 2e-12);
    }

    [Fact]
    public void OneThatIsntSymmetricDoesNotReturn() => Assert.True(ThereAndBack(SymplecticEuler.Scheme) > 1e-4);

    [Theory, MemberData(nameof(Symmetric))]
    public void NegatingTheMomentaRunsTimeBackwards(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        Prop.ForAll(
            Gen.Choose(-30, 30).Select(i => i / 100.0).Four().ToArbitrary(),
            start =>
            {
                double[] y = [start.Item1, start.Item2, start.Item3, start.Item4];
                double[] end = Run(scheme, 0.1, Hamiltonians.HenonHeiles, 0, y, 1);
                double[] back = Run(scheme, 0.1, Hamiltonians.HenonHeiles, 0, [end[0], end[1], -end[2], -end[3]], 1);
                Assert.True(Distance([back[0], back[1], -back[2], -back[3]], y) < 1e-13);
            }).Check(Forall.Config);
    }

    [Theory, MemberData(nameof(All))]
    public void EveryStepIsASymplecticMap(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        Assert.InRange(Defect(y => Run(scheme, 0.25, Hamiltonians.HenonHeiles, 0, y, 0.25)), 0, 1e-10);
    }

    [Fact]
    public void AStepOfARungeKuttaMethodIsNone()
    {
        var method = new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 0.25 };
        Assert.True(Defect(y => Ode.Solve(method, Hamiltonians.HenonHeiles, (0, 0.25), y).FinalState) > 1e-7);
    }

    [Theory, InlineData("BlanesMoan4", 60, "Yoshida4", 120)]
    public void TheOptimisedSchemeIsMoreAccurateForTheSameNumberOfForces(string better, int steps, string worse, int moreSteps)
    {
        OdeState one = Orbit(better, steps), other = Orbit(worse, moreSteps);
        Assert.Equal(other.Counts.Evaluations, one.Counts.Evaluations);
        double[] exact = Hamiltonians.KeplerAt(3, Eccentricity);
        Assert.True(Distance(one.State, exact) < 0.1 * Distance(other.State, exact));

        static OdeState Orbit(string name, int count)
        {
            OdeState state = Start(SchemeTable.Of(name), 3.0 / count, Hamiltonians.Kepler, 0, Hamiltonians.KeplerAt(0, Eccentricity), 3);
            while (state.Step())
            {
            }

            return state;
        }
    }

    private static void AssertOrder(string name, int order, Func<int, double> error)
    {
        int steps = order switch { 1 => 4096, 2 => 512, 3 => 2048, 4 => 128, 6 => 24, _ => 24 };
        double slope = Math.Log2(error(steps) / error(2 * steps));
        Assert.True(slope > order - 0.2 && slope < order + (order > 4 ? 0.8 : 0.2), $"{name}: measured order {slope:f3} from errors {error(steps):g3} and {error(2 * steps):g3}.");
    }

    private static double ThereAndBack(SplittingScheme scheme)
    {
        OdeState state = Start(scheme, 0.1, Hamiltonians.HenonHeiles, 0, Hamiltonians.HenonHeilesStart, 100);
        while (state.Step())
        {
        }

        Assert.Equal(1000, state.Counts.AcceptedSteps);
        state.ContinueTo(0);
        while (state.Step())
        {
        }

        Assert.Equal(0, state.Time);
        return Distance(state.State, Hamiltonians.HenonHeilesStart);
    }

    /// <summary>The largest element of J' Omega J - Omega, with J by differences of order 4.</summary>
    private static double Defect(Func<double[], double[]> map)
    {
        const int N = 4;
        const double Spacing = 1e-3;
        double[,] jacobian = new double[N, N];
        for (int j = 0; j < N; j++)
        {
            double[] a = At(j, -2), b = At(j, -1), c = At(j, 1), d = At(j, 2);
            for (int i = 0; i < N; i++)
                jacobian[i, j] = (a[i] - (8 * b[i]) + (8 * c[i]) - d[i]) / (12 * Spacing);
        }

        double worst = 0;
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                double form = 0;
                for (int k = 0; k < N / 2; k++)
                    form += (jacobian[k, i] * jacobian[k + (N / 2), j]) - (jacobian[k + (N / 2), i] * jacobian[k, j]);
                double omega = j == i + (N / 2) ? 1 : i == j + (N / 2) ? -1 : 0;
                worst = Math.Max(worst, Math.Abs(form - omega));
            }
        }

        return worst;

        double[] At(int j, int shift)
        {
            double[] y = [0.2, 0.1, 0.3, -0.15];
            y[j] += shift * Spacing;
            return map(y);
        }
    }

    /// <summary>Half the range of the energy, the change over the whole run of its least-squares line, and the range of the angular momentum.</summary>
    private static (double Amplitude, double Drift, double Momentum) Watch(OdeState state, Func<ReadOnlySpan<double>, double> energy)
    {
        var energies = new List<double>();
        double low = double.PositiveInfinity, high = double.NegativeInfinity, lowMomentum = low, highMomentum = high;
        while (state.Step())
        {
            double value = energy(state.State), momentum = Hamiltonians.AngularMomentum(state.State);
            energies.Add(value);
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
            (lowMomentum, highMomentum) = (Math.Min(lowMomentum, momentum), Math.Max(highMomentum, momentum));
        }

        Assert.Equal(OdeStopReason.ReachedEnd, state.Reason);
        Assert.Equal(100_000, energies.Count);
        double mean = energies.Average(), middle = (energies.Count - 1) / 2.0, products = 0, squares = 0;
        for (int i = 0; i < energies.Count; i++)
        {
            products += (i - middle) * (energies[i] - mean);
            squares += (i - middle) * (i - middle);
        }

        return (0.5 * (high - low), products / squares * energies.Count, highMomentum - lowMomentum);
    }

    private static OdeState Start(SplittingScheme scheme, double h, IPartitionedOde system, double time, double[] start, double end) =>
        new SymplecticIntegrator { Scheme = scheme, FixedStep = h, MaxSteps = long.MaxValue }.Start(system, time, start, end);

    private static double[] Run(SplittingScheme scheme, double h, IPartitionedOde system, double time, double[] start, double end) =>
        Ode.Solve(Start(scheme, h, system, time, start, end), [end]).EnsureCompleted().FinalState;

    private static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double worst = 0;
        for (int i = 0; i < a.Length; i++)
            worst = Math.Max(worst, Math.Abs(a[i] - b[i]));
        return worst;
    }
}
