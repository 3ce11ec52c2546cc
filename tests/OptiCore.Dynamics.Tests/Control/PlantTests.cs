using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;
using static OptiCore.Dynamics.Tests.Control.RandomPlants;

namespace OptiCore.Dynamics.Tests.Control;

public class PlantTests
{
    [Fact]
    public void TheDoubleIntegratorIsDiscretizedExactly()
    {
        LinearPlant plant = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]), held = plant.Discretize(0.3);
        Assert.InRange(Distance([1, 0.3, 0, 1], held.A), 0, 1e-15);
        Assert.InRange(Distance([0.045, 0.3], held.B), 0, 1e-16);
        Assert.Equal(0.3, held.Step);

        // White acceleration noise: [h^3/3, h^2/2; h^2/2, h] (Bar-Shalom).
        Assert.InRange(Distance([0.009, 0.045, 0.045, 0.3], plant.DiscretizeNoise([0, 0, 0, 1], 0.3)), 0, 1e-16);
        Assert.Throws<InvalidOperationException>(() => held.Discretize(0.1));
    }

    [Fact]
    public void DiscretizationFollowsTheFlow() => Prop.ForAll(Sizes(4), p =>
    {
        LinearPlant plant = Plant(p, discrete: false);
        double[] x = Normal(p.Seed + 1, p.N), u = Normal(p.Seed + 2, p.M), exact = new double[p.N], steps = new double[p.N];
        plant.Discretize(0.4).ToDiscreteSystem().Next(0, x, u, exact);
        plant.ToControlSystem().Discretize(0.4, DormandPrince.Tableau, substeps: 40).Next(0, x, u, steps);

        // Two half steps are one step, noise included: W(2h) = W(h) + e^(Ah) W(h) e^(A'h).
        double[] w = Positive(p.Seed + 3, p.N), half = plant.DiscretizeNoise(w, 0.2), whole = plant.DiscretizeNoise(w, 0.4);
        ReadOnlySpan<double> a = plant.Discretize(0.2).A;
        double[] moved = Product(Product(a, half, p.N, p.N, p.N), Transpose(a, p.N, p.N), p.N, p.N, p.N);
        for (int i = 0; i < moved.Length; i++)
            moved[i] += half[i];
        return Distance(exact, steps) < 1e-10 && Distance(whole, moved) < 1e-12 * (1 + whole.Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void UncontrollablePolesAreFoundInAnyCoordinates() => Prop.ForAll(Sizes(4), p =>
    {
        // A controllable part above a part that nothing reaches, hidden by an orthogonal rotation.
        int n = p.N + 2, m = p.M;
        double[] a = new double[n * n], b = new double[n * m];
        double[] inner = Normal(p.Seed, p.N * n), reached = Normal(p.Seed + 4, p.N * m);
        for (int i = 0; i < p.N; i++)
        {
            inner.AsSpan(i * n, n).CopyTo(a.AsSpan(i * n));
            reached.AsSpan(i * m, m).CopyTo(b.AsSpan(i * m));
        }

        // The hidden block [0.5, 1; -1, 0.5] has the poles 0.5 +- i.
        (a[(p.N * n) + p.N], a[(p.N * n) + p.N + 1], a[((p.N + 1) * n) + p.N], a[((p.N + 1) * n) + p.N + 1]) = (0.5, 1, -1, 0.5);
        double[] v = Normal(p.Seed + 8, n), h = new double[n * n];
        double norm = v.Sum(x => x * x);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                h[(i * n) + j] = (i == j ? 1 : 0) - (2 * v[i] * v[j] / norm);
        }

        LinearPlant plant = LinearPlant.Continuous(Product(Product(h, a, n, n, n), h, n, n, n), Product(h, b, n, n, m));
        Complex[] stuck = plant.UncontrollablePoles();
        return stuck.Length == 2 && stuck.All(s => Math.Abs(s.Real - 0.5) < 1e-8 && Math.Abs(Math.Abs(s.Imaginary) - 1) < 1e-8)
            && !plant.IsStabilizable() && plant.HautusMeasure(new Complex(0.5, 1)) < 1e-12 && plant.HautusMeasure(new Complex(0.5, 1.5)) > 1e-6;
    }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void ObservabilityIsControllabilityOfTheDual()
    {
        // Positions show velocities, velocities don't show positions.
        Assert.True(LinearPlant.Continuous([0, 1, 0, 0], [0, 1], [1, 0]).IsObservable());
        LinearPlant blind = LinearPlant.Continuous([0, 1, 0, 0], [0, 1], [0, 1]);
        Assert.False(blind.IsObservable());
        Assert.False(blind.IsDetectable());
        Assert.True(blind.IsControllable());
        Assert.True(LinearPlant.Continuous([-1, 1, 0, 0], [0, 1], [0, 1]).IsDetectable());

        // A triple integrator in a badly scaled basis, where powers of A lose rank.
        Assert.True(LinearPlant.Continuous([0, 1e-3, 0, 0, 0, 1e3, 0, 0, 0], [0, 0, 1]).IsControllable());
    }

    [Fact]
    public void GramiansAreIntegrals()
    {
        // a = -2, b = 3: 9 / 4 in continuous time; a = 0.5: 9 / (1 - 0.25) in discrete time.
        double[] w = new double[1];
        Assert.True(LinearPlant.Continuous([-2], [3]).TryControllabilityGramian(w));
        Assert.Equal(2.25, w[0], 1e-14);
        Assert.True(LinearPlant.Discrete([0.5], [3]).TryControllabilityGramian(w));
        Assert.Equal(12, w[0], 1e-13);
        Assert.False(LinearPlant.Continuous([0.1], [1]).TryControllabilityGramian(w));
        Assert.True(LinearPlant.Continuous([-2], [3], [4]).TryObservabilityGramian(w));
        Assert.Equal(4, w[0], 1e-14);
    }
}
