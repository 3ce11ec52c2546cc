using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Histograms;

/// <summary>Quantiles of histograms by the earth mover's pinball loss.</summary>
public sealed class EarthMoversPinballTests
{
    private const int Bins = 8, Steps = 6000;

    [Fact]
    public void At_the_median_it_is_half_the_cost_of_the_cheapest_transport() => Forall.Check(Prop.ForAll(
        Gen.Choose(0, 100).Select(k => (double)k).ArrayOf(Bins).ToArbitrary(), Gen.Choose(0, 100).Select(k => (double)k).ArrayOf(Bins).ToArbitrary(), (a, b) =>
        {
            a[0]++;
            b[^1]++;
            double sumA = a.Sum(), sumB = b.Sum();
            double[] u = Array.ConvertAll(a, v => v / sumA), v = Array.ConvertAll(b, w => w / sumB);
            Variable loss = Losses.EarthMoversPinball(Variable.Constant<double>(u, [Bins]), Variable.Constant<double>(v, [Bins]), 0.5);
            Replay<double> replay = Computation.Compile<double>([], loss).Start();
            replay.Run();
            return Math.Abs(replay.Output(0)[0] - (0.5 * Transport(u, v))) <= 1e-12;
        }));

    [Fact]
    public void One_network_learns_all_quantiles_and_its_median_moves_less_earth_than_the_cross_entropy()
    {
        const int batch = 256, test = 2000;
        Replay<double> quantiles = Train(batch, isPinball: true), means = Train(batch, isPinball: false);

        // The law is known: a histogram is (1 - w) A + w B, so that its cumulative sums fall with w, and their tau-quantile is the one at the (1 - tau)-quantile of w.
        var x = new double[test];
        var histograms = new double[test * Bins];
        Draw(RandomKey.FromSeed(9), x, histograms);
        double[] a = new double[Bins], b = new double[Bins], exact = new double[Bins];
        foreach (double tau in new[] { 0.1, 0.25, 0.5, 0.75, 0.9 })
        {
            double[] predicted = Predict(quantiles, x, tau);
            int[] below = new int[Bins], counted = new int[Bins];
            double error = 0;
            for (int i = 0; i < test; i++)
            {
                Components(x[i], a, b);
                for (int j = 0; j < Bins; j++)
                    exact[j] = a[j] + (Weight(1 - tau) * (b[j] - a[j]));
                double sum = 0, own = 0, truth = 0, sumA = 0, sumB = 0;
                for (int j = 0; j < Bins; j++)
                {
                    (sum, own, truth) = (sum + predicted[(i * Bins) + j], own + histograms[(i * Bins) + j], truth + exact[j]);
                    (sumA, sumB) = (sumA + a[j], sumB + b[j]);
                    error += Math.Abs(sum - truth) / (test * Bins);

                    // Where the cumulative sum hardly varies there is nothing to cover.
                    if (sumA - sumB < 0.3)
                        continue;
                    counted[j]++;
                    below[j] += own <= sum ? 1 : 0;
                }
            }

            Assert.True(error < 0.02, $"At {tau} the cumulative sums are off by {error} on average.");
            for (int j = 0; j < Bins; j++)
            {
                if (counted[j] > test / 4)
                    Assert.True(Math.Abs(((double)below[j] / counted[j]) - tau) < 0.05, $"Of bin {j}, {(double)below[j] / counted[j]} lie below the quantile at {tau}.");
            }
        }

        double median = Distance(Predict(quantiles, x, 0.5), histograms), mean = Distance(Predict(means, x, 0.5), histograms);
        Assert.True(median < 0.93 * mean, $"Earth mover's distances {median} and {mean}.");
    }

    private static Replay<double> Train(int batch, bool isPinball)
    {
        var network = new Network(new Mlp { Hidden = [32, 32], Outputs = Bins }, [batch, 2]);
        Variable p = Variable.Input("p", [network.ParameterCount]), input = Variable.Input("x", [batch, 2]), y = Variable.Input("y", [batch, Bins]);
        Variable logits = network.Apply(p, input);
        Variable loss = isPinball
            ? Mean(Losses.EarthMoversPinball(Softmax(logits), y, Slice(input, -1, 1, 1), 1e-3))
            : Mean(Losses.CrossEntropy(logits, y));
        Replay<double> replay = Computation.Compile<double>([p, input, y], Gradient(loss, p), Softmax(logits)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        RuleState<double> adam = new Adam { LearningRate = Schedule.Cosine(1e-2, Steps) }.Start<double>(ParameterLayout.Vector(network.ParameterCount));
        var x = new double[batch];
        var tau = new double[batch];
        var average = new double[network.ParameterCount];
        for (int i = 0; i < Steps; i++)
        {
            Draw(RandomKey.FromSeed(2).Fold(i), x, replay.Input(2));
            RandomFill.Uniform(RandomKey.FromSeed(3).Fold(i), tau);
            for (int k = 0; k < batch; k++)
                (replay.Input(1)[2 * k], replay.Input(1)[(2 * k) + 1]) = (x[k], isPinball ? tau[k] : 0.5);
            replay.Run();
            adam.Step(replay.Input(0), replay.Output(0));

            // The mean over the last third of the steps is nearer to the optimum than any of them.
            for (int k = 0; i >= Steps * 2 / 3 && k < average.Length; k++)
                average[k] += replay.Input(0)[k] / (Steps - (Steps * 2 / 3));
        }

        average.CopyTo(replay.Input(0));
        return replay;
    }

    private static double[] Predict(Replay<double> replay, ReadOnlySpan<double> x, double tau)
    {
        var all = new double[x.Length * Bins];
        int batch = replay.Input(2).Length / Bins;
        for (int first = 0; first < x.Length; first += batch)
        {
            int count = Math.Min(batch, x.Length - first);
            for (int k = 0; k < count; k++)
                (replay.Input(1)[2 * k], replay.Input(1)[(2 * k) + 1]) = (x[first + k], tau);
            replay.Run();
            replay.Output(1)[..(count * Bins)].CopyTo(all.AsSpan(first * Bins));
        }

        return all;
    }

    private static void Draw(RandomKey key, Span<double> x, Span<double> histograms)
    {
        RandomStream stream = key.Stream();
        double[] a = new double[Bins], b = new double[Bins];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = stream.NextDouble();
            double w = Weight(stream.NextDouble());
            Components(x[i], a, b);
            for (int j = 0; j < Bins; j++)
                histograms[(i * Bins) + j] = a[j] + (w * (b[j] - a[j]));
        }
    }

    /// <summary>The quantile function of w: its median is 0.15, its mean 0.29.</summary>
    private static double Weight(double p) => p < 0.6 ? 0.3 * p : 0.18 + (2.05 * (p - 0.6));

    /// <summary>Two bells, of which the first is to the left of the second.</summary>
    private static void Components(double x, double[] a, double[] b)
    {
        double sumA = 0, sumB = 0;
        for (int j = 0; j < Bins; j++)
        {
            a[j] = Math.Exp(-Math.Pow(j - 1 - (2 * x), 2));
            b[j] = Math.Exp(-Math.Pow(j - 4 - (2 * x), 2));
            (sumA, sumB) = (sumA + a[j], sumB + b[j]);
        }

        for (int j = 0; j < Bins; j++)
            (a[j], b[j]) = (a[j] / sumA, b[j] / sumB);
    }

    private static double Distance(double[] predicted, double[] histograms)
    {
        double distance = 0;
        for (int i = 0; i < predicted.Length; i += Bins)
        {
            double difference = 0;
            for (int j = 0; j < Bins; j++)
            {
                difference += predicted[i + j] - histograms[i + j];
                distance += Math.Abs(difference) * Bins / predicted.Length;
            }
        }

        return distance;
    }

    /// <summary>What it costs to move one histogram into another when the first mass that is left always goes to the first place that wants some: on a line, nothing is cheaper.</summary>
    private static double Transport(double[] from, double[] to)
    {
        double[] left = (double[])from.Clone(), wanted = (double[])to.Clone();
        double cost = 0;
        for (int i = 0, j = 0; i < Bins && j < Bins;)
        {
            double mass = Math.Min(left[i], wanted[j]);
            cost += mass * Math.Abs(i - j);
            left[i] -= mass;
            wanted[j] -= mass;
            if (left[i] <= wanted[j])
                i++;
            else
                j++;
        }

        return cost;
    }
}
