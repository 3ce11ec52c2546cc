using FsCheck;
using FsCheck.Fluent;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

public class IntegratorTests
{
    private static readonly (SplittingIntegrator Method, int Order)[] Methods =
    [
        (SplittingIntegrator.Leapfrog, 2), (SplittingIntegrator.TwoStage, 2), (SplittingIntegrator.ThreeStage, 2), (SplittingIntegrator.Yoshida4, 4),
    ];

    public static TheoryData<int> Rows => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Going_forward_and_back_with_negated_momentum_returns_to_the_start(int row)
    {
        Prop.ForAll(Gen.Choose(-200, 200).ArrayOf(4).ToArbitrary(), numbers =>
        {
            (Hamiltonian h, PhasePoint p) = Start([numbers[0] / 100.0, numbers[1] / 100.0], [numbers[2] / 100.0, numbers[3] / 100.0]);
            double[] before = [.. p.Position, .. p.Momentum];
            for (int i = 0; i < 20; i++)
                Assert.True(Methods[row].Method.Step(h, p, 0.05));
            for (int i = 0; i < 2; i++)
                p.Momentum[i] = -p.Momentum[i];
            h.Metric.Velocity(p.Momentum, p.Velocity);
            for (int i = 0; i < 20; i++)
                Assert.True(Methods[row].Method.Step(h, p, 0.05));
            for (int i = 0; i < 2; i++)
            {
                Assert.Equal(before[i], p.Position[i], 1e-11);
                Assert.Equal(before[2 + i], -p.Momentum[i], 1e-11);
            }
        }).Check(Forall.Config);
    }

    /// <summary>The Jacobian determinant of a step in phase space, by central differences.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void A_step_keeps_volume(int row)
    {
        double[] start = [0.4, -0.7, 0.3, 1.1];
        const double Delta = 1e-5;
        double[,] jacobian = new double[4, 4];
        for (int j = 0; j < 4; j++)
        {
            double[] plus = Step(start, j, Delta), minus = Step(start, j, -Delta);
            for (int i = 0; i < 4; i++)
                jacobian[i, j] = (plus[i] - minus[i]) / (2 * Delta);
        }

        Assert.Equal(1, Determinant(jacobian), 1e-8);

        double[] Step(double[] from, int index, double delta)
        {
            double[] moved = [.. from];
            moved[index] += delta;
            (Hamiltonian h, PhasePoint p) = Start(moved[..2], moved[2..]);
            Assert.True(Methods[row].Method.Step(h, p, 0.3));
            return [.. p.Position, .. p.Momentum];
        }
    }

    /// <summary>Halving the step divides the energy error after a fixed time by 2^order.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void The_energy_error_is_of_the_stated_order(int row)
    {
        (SplittingIntegrator method, int order) = Methods[row];
        double coarse = Error(32), fine = Error(64);
        Assert.InRange(Math.Log2(coarse / fine), order - 0.3, order + 0.3);

        double Error(int steps)
        {
            (Hamiltonian h, PhasePoint p) = Start([0.4, -0.7], [0.3, 1.1]);
            double before = h.Energy(p);
            for (int i = 0; i < steps; i++)
                Assert.True(method.Step(h, p, 1.7 / steps));
            return Math.Abs(h.Energy(p) - before);
        }
    }

    [Fact]
    public void A_composition_that_is_not_symmetric_or_not_consistent_is_refused()
    {
        Assert.Equal("kicks", Assert.Throws<ArgumentException>(() => new SplittingIntegrator("x", [0.3, 0.7], [1])).ParamName);
        Assert.Equal("drifts", Assert.Throws<ArgumentException>(() => new SplittingIntegrator("x", [0.5, 0.5], [0.9])).ParamName);
        Assert.Equal("kicks", Assert.Throws<ArgumentException>(() => new SplittingIntegrator("x", [1], [1])).ParamName);
    }

    private static (Hamiltonian, PhasePoint) Start(double[] position, double[] momentum)
    {
        MetricState metric = new DenseMetric().Start(2);
        metric.SetInverse([1.3, 0.4, 0.4, 0.8]);
        var h = new Hamiltonian(new Banana(curvature: 0.4, scale: 1.2), metric);
        var p = new PhasePoint(2);
        position.CopyTo(p.Position);
        momentum.CopyTo(p.Momentum);
        Assert.True(h.Evaluate(p));
        metric.Velocity(p.Momentum, p.Velocity);
        return (h, p);
    }

    private static double Determinant(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double determinant = 1;
        for (int k = 0; k < n; k++)
        {
            determinant *= matrix[k, k];
            for (int i = k + 1; i < n; i++)
            {
                double factor = matrix[i, k] / matrix[k, k];
                for (int j = k; j < n; j++)
                    matrix[i, j] -= factor * matrix[k, j];
            }
        }

        return determinant;
    }
}
