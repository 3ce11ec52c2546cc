using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.TrajectoryOptimization;

/// <summary>Controllers and trajectories have the same bits with instruction sets switched off; <see cref="HardwareTests"/> runs this test again without them.</summary>
public class SameBitsTests
{
    [Fact]
    [Trait("Suite", "Kernels")]
    public void OfControllersAndTrajectories()
    {
        LinearPlant plant = LinearPlant.Continuous([0, 1, 0, 2, -0.3, 1, 0.5, 0, -1], [0, 0, 1, 0, 0, 1]).Discretize(0.1);
        RegulatorDesign lqr = Lqr.Design(plant, [1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 0, 0, 1]).EnsureSolved();
        Hardware.SameBitsEverywhere(lqr.Gain, "gain");

        // Products and sums only: the library's sine may have other bits on other hardware.
        IDifferentiableDiscreteSystem oscillator = ControlSystem.From(2, 1, (_, x, u, dx) =>
        {
            dx[0] = x[1];
            dx[1] = x[0] - (x[0] * x[0] * x[0]) + u[0];
        }).Discretize(0.1);
        TrajectoryResult result = new IterativeLqr().Solve(new TrajectoryProblem(oscillator, new QuadraticCost(2, 1, [1, 1], [0.1], [10, 10]), 30) { ControlBounds = Bounds.All(-1, 1) }, [1.5, 0]).EnsureConverged();
        Hardware.SameBitsEverywhere<double>(result.Controls, "controls");
        LinearMpcController controller = new LinearMpc(plant, [1, 0, 0, 0, 1, 0, 0, 0, 1], [1, 0, 0, 1], 10) { ControlBounds = Bounds.All(-0.2, 0.2) }.Start();
        double[] u = new double[2];
        controller.Step([1, -1, 0.5], u);
        Hardware.SameBitsEverywhere(controller.Controls, "plan");
        Assert.Contains(controller.Controls.ToArray(), v => Math.Abs(v) > 0.19);
    }
}
