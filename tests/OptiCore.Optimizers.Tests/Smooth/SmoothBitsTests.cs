using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>Runs whose bits must not depend on the instruction set; <see cref="HardwareTests"/> repeats them with instruction sets switched off.</summary>
public class SmoothBitsTests
{
    [Fact]
    [Trait("Suite", "Kernels")]
    public void RunsOfMethodsWithKernelsOfTheirOwn()
    {
        double[] start = [.. Enumerable.Range(0, 37).Select(i => i % 2 == 0 ? -1.2 : 1.0)];
        var options = new RunOptions { MaxIterations = 25 };
        Assert.All(
            new (string Name, double[] Point)[]
            {
                ("L-BFGS", Minimize.Run(new Lbfgs { Memory = 5 }, new Rosenbrock(37), start, options).Point),
                ("L-BFGS-B", Minimize.Run(new LbfgsB { Memory = 5, Bounds = Bounds.All(-1.3, 1.1) }, new Rosenbrock(37), start, options).Point),
                ("BFGS", Minimize.Run(new Bfgs(), new Rosenbrock(37), start, options).Point),
                ("conjugate gradients", Minimize.Run(new NonlinearConjugateGradient(), new Rosenbrock(37), start, options).Point),
            },
            run =>
            {
                Assert.All(run.Point, x => Assert.True(double.IsFinite(x)));
                Hardware.SameBitsEverywhere<double>(run.Point, run.Name);
            });
    }
}
