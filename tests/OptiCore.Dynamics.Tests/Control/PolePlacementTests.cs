using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;
using static OptiCore.Dynamics.Tests.Control.RandomPlants;

namespace OptiCore.Dynamics.Tests.Control;

public class PolePlacementTests
{
    [Fact]
    public void OneControlHasAckermannsGain()
    {
        // A double integrator with poles p, q: K = (p q, -(p + q)); repeated poles too.
        LinearPlant plant = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]);
        Assert.InRange(Distance([6, 5], PolePlacement.Place(plant, -2, -3).EnsureSolved().Gain), 0, 1e-13);
        Assert.InRange(Distance([4, 4], PolePlacement.Place(plant, -2, -2).EnsureSolved().Gain), 0, 1e-13);
        Assert.InRange(Distance([5, 2], PolePlacement.Place(plant, [new Complex(-1, 2), new Complex(-1, -2)]).EnsureSolved().Gain), 0, 1e-13);
    }

    [Fact]
    public void PolesAreWhereTheyWereAsked() => Prop.ForAll((
        from n in Gen.Choose(2, 6)
        from m in Gen.Choose(1, 3)
        from seed in Gen.Choose(0, 1 << 20)
        select (n, Math.Min(n, m), (ulong)seed)).ToArbitrary(), p =>
    {
        (int n, int m, ulong seed) = p;
        LinearPlant plant = Plant((n, m, seed), discrete: false);

        // Distinct, with one or two pairs; the tolerance knows how sensitive a gain of one control is.
        Complex[] poles = [.. Enumerable.Range(0, n).Select(i => new Complex(-1 - (0.7 * (i / 2)), i / 2 * 2 + 1 < n && i / 2 < 2 ? (i % 2 == 0 ? 1 : -1) * (1 + (i / 2)) : 0.1 * 0))];
        for (int i = 4; i < n; i++)
            poles[i] = -3 - i;
        if (n % 2 == 1 && n < 5)
            poles[n - 1] = -4;
        RegulatorDesign design = PolePlacement.Place(plant, poles);
        Assert.True(design.IsSolved, design.Message);
        double size = 1 + design.Gain.ToArray().Max(Math.Abs);
        foreach (Complex pole in poles)
            Assert.True(design.Poles.Min(q => Complex.Abs(q - pole)) < (m == 1 ? 1e-5 : 1e-6) * size, $"{n}, {m}, {seed}: {pole} among {string.Join(" ", design.Poles)}, gain {size}");
        return true;
    }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void FreedomGoesIntoRobustness()
    {
        // The chemical reactor of Kautsky, Nichols and Van Dooren (1985), example 1, with the poles -0.2, -0.5, -5.0566, -8.6659: eigenvectors can be had whose condition is a few units.
        LinearPlant reactor = LinearPlant.Continuous(
            [1.38, -0.2077, 6.715, -5.676, -0.5814, -4.29, 0, 0.675, 1.067, 4.273, -6.654, 5.893, 0.048, 4.273, 1.343, -2.104],
            [0, 0, 5.679, 0, 1.136, -3.146, 1.136, 0]);
        RegulatorDesign design = PolePlacement.Place(reactor, -0.2, -0.5, -5.0566, -8.6659).EnsureSolved();
        double[] loop = reactor.A.ToArray(), bk = Product(reactor.B, design.Gain, 4, 2, 4);
        for (int i = 0; i < 16; i++)
            loop[i] -= bk[i];
        var eigen = new LinearAlgebra.GeneralEigen<double>(4);
        eigen.Factor(loop);
        var svd = new LinearAlgebra.Svd<double>(4, 4, LinearAlgebra.SingularVectors.None);
        svd.Factor(eigen.RightRows);
        Assert.InRange(svd.Values[0] / svd.Values[3], 1, 4);
        Assert.InRange(Distance([-8.6659, -5.0566, -0.5, -0.2], [.. design.Poles.Select(q => q.Real).Order()]), 0, 1e-10);
    }

    [Fact]
    public void RepeatedPolesNeedAsManyControlsAndMistakesAreNamed()
    {
        LinearPlant two = LinearPlant.Continuous([0, 1, 0, 0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 0, 1]);
        RegulatorDesign twice = PolePlacement.Place(two, -1, -1, -2).EnsureSolved();
        Assert.All(twice.Poles, q => Assert.True(Math.Min(Complex.Abs(q + 1), Complex.Abs(q + 2)) < 1e-6));
        Assert.False(PolePlacement.Place(two, -1, -1, -1).IsSolved);
        Assert.Equal(DesignReason.NotStabilizable, PolePlacement.Place(LinearPlant.Continuous([1, 0, 0, 2], [0, 1]), -1, -2).Reason);

        // As many controls as states: any poles.
        RegulatorDesign full = PolePlacement.Place(LinearPlant.Continuous([0, 1, 0, 0], [1, 0, 1, 1]), -1, -1).EnsureSolved();
        Assert.All(full.Poles, q => Assert.True(Complex.Abs(q + 1) < 1e-7));
        Assert.Throws<ArgumentException>(() => PolePlacement.Place(two, -1, -2));
        Assert.Contains("no conjugate", Assert.Throws<ArgumentException>(() => PolePlacement.Place(two, [new Complex(-1, 1), -1, -2])).Message, StringComparison.Ordinal);
    }
}
