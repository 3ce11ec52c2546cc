using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Brock, De, Smith, Simonyan (2021): adaptive clipping lets deep networks without normalisation train at large rates.</summary>
public class NormalizerFreeTests
{
    private const int Steps = 150, Seeds = 3;

    [Fact]
    public void AdaptiveClippingTrainsWhereNoClippingDiverges()
    {
        double[] x = SmallNetwork.Normal(128 * 4, 9), y = [.. Enumerable.Range(0, 128).Select(i => Math.Sin(2 * x[4 * i]) + (x[(4 * i) + 1] * x[(4 * i) + 2]))];
        var network = new SmallNetwork(new ResidualTower(8, 12), 128, 4, 1, x, y);
        foreach (double rate in new[] { 0.1, 0.2, 0.5 })
        {
            for (int seed = 0; seed < Seeds; seed++)
            {
                double plain = network.Train(Descent(rate), seed, Steps), clipped = network.Train(new AdaptiveGradientClipping { Limit = 0.1 }.Then(Descent(rate)), seed, Steps);
                Assert.True(clipped < 0.4 && !(plain < 5), $"rate {rate}, seed {seed}: {clipped} with adaptive clipping, {plain} without.");
            }
        }

        // Over a hundredfold range of rates one limit of the ratio serves, where each limit of the norm is slow at one end.
        double adaptive = Worst(new AdaptiveGradientClipping { Limit = 0.1 }), low = Worst(new ClipByNorm(0.1)), high = Worst(new ClipByNorm(1));
        Assert.True(adaptive < low && adaptive < high, $"At the worst rate: {adaptive} with adaptive clipping, {low} and {high} with the norm clipped.");

        double Worst(IUpdateRule clip) => new[] { 0.005, 0.5 }.Max(rate => Enumerable.Range(0, Seeds).Average(seed => network.Train(clip.Then(Descent(rate)), seed, Steps)));

        static IUpdateRule Descent(double rate) => new Sgd { LearningRate = rate, Momentum = 0.9, Nesterov = true };
    }

    /// <summary>Residual branches h + alpha f(h / beta) with scaled weight standardisation: the variance grows by alpha^2 a branch, beta is its root.</summary>
    private sealed record ResidualTower(int Depth, int Width) : Module
    {
        private const double Alpha = 0.7;

        public override Variable Apply(Scope scope, Variable x)
        {
            Variable h = Standardised(scope.Part("stem"), x, Width);
            double variance = 1;
            for (int i = 0; i < Depth; i++)
            {
                Variable branch = Standardised(scope.Part($"branch{i}"), 1.7139588594436646 * Relu(h / Math.Sqrt(variance)), Width);
                h += Alpha * branch;
                variance += Alpha * Alpha;
            }

            return new Linear(1).Apply(scope.Part("head"), h / Math.Sqrt(variance));
        }

        private static Variable Standardised(Scope scope, Variable x, int outputs)
        {
            int inputs = x.Shape[-1];
            Variable w = scope.Parameter("weight", [inputs, outputs], Initializer.GlorotUniform), gain = scope.Parameter("gain", [outputs], Initializer.Ones), bias = scope.Parameter("bias", [outputs], Initializer.Zeros);
            Variable centred = w - Mean(w, 0, keepAxis: true), variance = Mean(Square(centred), 0, keepAxis: true);
            return MatMul(x, gain * centred / Sqrt((variance * inputs) + 1e-8)) + bias;
        }
    }
}
