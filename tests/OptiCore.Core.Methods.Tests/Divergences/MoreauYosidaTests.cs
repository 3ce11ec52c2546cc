using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Divergences;

public sealed class MoreauYosidaTests
{
    private static readonly double[] Points = [0, 0.5, 0.8, 1.7, 2], Mu = [0.35, 0.15, 0.3, 0.1, 0.1], Nu = [0.1, 0.2, 0.15, 0.25, 0.3];

    public static TheoryData<string> Names => ["KL", "Hellinger", "Jensen-Shannon", "chi squared"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_value_goes_from_the_distance_to_the_divergence(string name)
    {
        FDivergence kind = Kind(name);
        double distance = Wasserstein(Mu, Nu), divergence = kind.Between(Mu, Nu), before = 0;
        foreach (double lambda in new[] { 1e-4, 0.01, 0.1, 0.5, 2, 100 })
        {
            (double value, double[] middle) = Solve(kind, lambda);
            Assert.True(value >= before - 1e-10 && value <= Math.Min(lambda * distance, divergence) + 1e-10, $"{value} at {lambda}");

            // No gap to the problem whose dual this is: the critic's distribution xi = f*'(g - c) nu attains the value.
            Promises.Close(kind.Between(middle, Nu) + (lambda * Wasserstein(Mu, middle)), value, 1e-5, 1e-8, $"the primal value at {lambda}");
            before = value;
            if (lambda == 1e-4)
                Promises.Close(lambda * distance, value, 1e-3, 0, "the distance");
            if (lambda == 100)
                Promises.Close(divergence, value, 1e-8, 0, "the divergence");
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.5)]
    [InlineData(2.0)]
    public void Every_critic_gives_a_lower_bound(double power)
    {
        // Of inf_xi D(xi || nu) + lambda W_1(mu, xi)^alpha, which is not above its value at any xi.
        const double Lambda = 0.7;
        FDivergence kind = FDivergence.KullbackLeibler;
        var approximation = new MoreauYosida { Divergence = kind, Lambda = Lambda, Power = power };
        double least = double.PositiveInfinity;
        var logits = new double[Points.Length];
        for (int seed = 0; seed < 5000; seed++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)seed), logits);
            double[] xi = [.. logits.Select((l, i) => Math.Exp(0.3 * l) * Math.Sqrt(Mu[i] * Nu[i]))];
            double total = xi.Sum();
            xi = [.. xi.Select(x => x / total)];
            least = Math.Min(least, kind.Between(xi, Nu) + (Lambda * Math.Pow(Wasserstein(Mu, xi), power)));
        }

        Variable g = Variable.Input("g", [Points.Length]), slope = MoreauYosida.LargestSlope(g, Reshape(Constant(Points), [Points.Length, 1]));
        Variable objective = approximation.Objective(g, g, slope, Constant(Mu), Constant(Nu));
        Replay<double> replay = Computation.Compile<double>([g], objective, Derivative.Gradient(objective, g)).Start();
        double best = double.NegativeInfinity;
        for (int step = 0; step < 6000; step++)
        {
            replay.Run();
            best = Math.Max(best, replay.Output(0)[0]);
            Assert.True(replay.Output(0)[0] <= least + 1e-12);
            for (int i = 0; i < Points.Length; i++)
                replay.Input(0)[i] += 1.0 / (10 + (0.1 * step)) * replay.Output(1)[i];
        }

        // The best critic comes near to the least of the samples.
        Assert.InRange(best, 0.9 * least, least);
    }

    [Fact]
    public void The_penalty_is_the_conjugate_of_the_power()
    {
        foreach (double power in new[] { 1.2, 2, 3.5 })
        {
            var approximation = new MoreauYosida { Divergence = FDivergence.KullbackLeibler, Lambda = 0.6, Power = power };
            Replay<double> replay = Computation.Compile<double>(approximation.Penalty, Shape.Scalar).Start();
            replay.Input(0)[0] = 0.8;
            replay.Run();
            double supremum = 0;
            for (double t = 0; t < 10; t += 1e-4)
                supremum = Math.Max(supremum, (0.8 * t) - (0.6 * Math.Pow(t, power)));
            Promises.Close(supremum, replay.Output(0)[0], 1e-6, 0, $"the penalty for {power}");
        }
    }

    [Fact]
    public void Gradients_are_those_of_differences()
    {
        foreach (double power in new[] { 1.0, 2 })
        {
            var approximation = new MoreauYosida { Divergence = FDivergence.SquaredHellinger, Lambda = 0.4, Power = power };
            DerivativeCheck.Gradient(
                Function.Trace(5, g => approximation.Objective(g, g, MoreauYosida.LargestSlope(g, Reshape(Constant(Points), [5, 1])), Constant(Mu), Constant(Nu))), [0.3, -0.1, 0.5, 0.2, -0.9]).EnsureCorrect();
        }
    }

    private static FDivergence Kind(string name) => name switch
    {
        "KL" => FDivergence.KullbackLeibler,
        "Hellinger" => FDivergence.SquaredHellinger,
        "Jensen-Shannon" => FDivergence.JensenShannon,
        _ => FDivergence.ChiSquared,
    };

    /// <summary>On a line the Lipschitz condition is one of neighbours: projected gradients over their slopes, with Nesterov's momentum.</summary>
    private static (double Value, double[] Middle) Solve(FDivergence kind, double lambda)
    {
        int n = Points.Length;
        double[] gaps = [.. Enumerable.Range(0, n - 1).Select(i => Points[i + 1] - Points[i])];
        Variable steps = Variable.Input("steps", [n - 1]), g = Concatenate(0, [BroadcastTo(0, [1]), CumulativeSum(steps)]);
        var approximation = new MoreauYosida { Divergence = kind, Lambda = lambda };
        Variable slope = MoreauYosida.LargestSlope(g, Reshape(Constant(Points), [n, 1]));
        Variable bound = kind.Bound(g, g, Constant(Mu), Constant(Nu)), objective = approximation.Objective(g, g, slope, Constant(Mu), Constant(Nu));

        // The derivative of the tight conjugate by the critic is the distribution that attains it.
        Replay<double> replay = Computation.Compile<double>([steps], bound, Derivative.Gradient(bound, steps), Derivative.Gradient(kind.TightConjugate(g, Constant(Nu)), g), objective).Start();
        var x = new double[n - 1];
        var y = new double[n - 1];
        for (int i = 0; i < 20000; i++)
        {
            y.CopyTo(replay.Input(0));
            replay.Run();
            double inner = 0;
            var next = new double[n - 1];
            for (int j = 0; j < n - 1; j++)
            {
                next[j] = Math.Clamp(y[j] + (0.05 * replay.Output(1)[j]), -lambda * gaps[j], lambda * gaps[j]);
                inner += (next[j] - y[j]) * (next[j] - x[j]);
            }

            // Momentum starts anew where it leads back: B. O'Donoghue, E. Candes (2015).
            double momentum = inner < 0 ? 0 : 0.95;
            for (int j = 0; j < n - 1; j++)
            {
                y[j] = Math.Clamp(next[j] + (momentum * (next[j] - x[j])), -lambda * gaps[j], lambda * gaps[j]);
                x[j] = next[j];
            }
        }

        x.CopyTo(replay.Input(0));
        replay.Run();
        Promises.Close(replay.Output(0)[0], replay.Output(3)[0], 1e-12, 1e-13, "the objective of an allowed critic");
        return (replay.Output(3)[0], replay.Output(2).ToArray());
    }

    private static double Wasserstein(double[] p, double[] q)
    {
        double difference = 0, sum = 0;
        for (int i = 0; i < Points.Length - 1; i++)
        {
            difference += p[i] - q[i];
            sum += Math.Abs(difference) * (Points[i + 1] - Points[i]);
        }

        return sum;
    }

    private static Variable Constant(double[] values) => Variable.Constant<double>(values, [values.Length]);
}
