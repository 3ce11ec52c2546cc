using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Divergences;

public sealed class FDivergenceTests
{
    private static readonly Dictionary<string, FDivergence> Kinds = new()
    {
        ["Kullback-Leibler"] = FDivergence.KullbackLeibler,
        ["reverse Kullback-Leibler"] = FDivergence.ReverseKullbackLeibler,
        ["chi squared"] = FDivergence.ChiSquared,
        ["reverse chi squared"] = FDivergence.ReverseChiSquared,
        ["squared Hellinger"] = FDivergence.SquaredHellinger,
        ["Jensen-Shannon"] = FDivergence.JensenShannon,
        ["Jeffreys"] = FDivergence.Jeffreys,
        ["triangular discrimination"] = FDivergence.TriangularDiscrimination,
        ["total variation"] = FDivergence.TotalVariation,
    };

    private static readonly double[] Mu = [0.3, 0.05, 0.2, 0.15, 0.1, 0.2], Nu = [0.1, 0.25, 0.2, 0.05, 0.3, 0.1];

    public static TheoryData<string> Names => [.. Kinds.Keys];

    public static TheoryData<string> Smooth => [.. Kinds.Keys.Where(name => name != "total variation")];

    [Theory]
    [MemberData(nameof(Names))]
    public void Divergences_have_their_textbook_values(string name)
    {
        double Sum(Func<double, double, double> term) => Mu.Zip(Nu, term).Sum();
        double kl = Sum((p, q) => p * Math.Log(p / q)), reverse = Sum((p, q) => q * Math.Log(q / p));
        double expected = name switch
        {
            "Kullback-Leibler" => kl,
            "reverse Kullback-Leibler" => reverse,
            "chi squared" => Sum((p, q) => (p - q) * (p - q) / q),
            "reverse chi squared" => Sum((p, q) => (p - q) * (p - q) / p),
            "squared Hellinger" => Sum((p, q) => Math.Pow(Math.Sqrt(p) - Math.Sqrt(q), 2)),
            "Jensen-Shannon" => 0.5 * (Sum((p, q) => p * Math.Log(2 * p / (p + q))) + Sum((p, q) => q * Math.Log(2 * q / (p + q)))),
            "Jeffreys" => kl + reverse,
            "triangular discrimination" => Sum((p, q) => (p - q) * (p - q) / (p + q)),
            _ => 0.5 * Sum((p, q) => Math.Abs(p - q)),
        };
        Promises.Close(expected, Kinds[name].Between(Mu, Nu), 1e-13, 0, name);
        Promises.Close(0, Kinds[name].Between(Mu, Mu), 0, 1e-15, "of equal distributions");

        // Of distributions apart: f(0) + the recession slope, of which one or both may be infinite.
        double apart = Kinds[name].Between([1, 0], [0, 1]), limit = Kinds[name].RecessionSlope + Kinds[name].Generator(0);
        if (double.IsInfinity(limit))
            Assert.Equal(double.PositiveInfinity, apart);
        else
            Promises.Close(limit, apart, 1e-14, 0, "of distributions apart");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Conjugates_are_suprema_over_ratios(string name)
    {
        FDivergence kind = Kinds[name];
        Variable y = Variable.Input("y", [1]);
        Replay<double> replay = Computation.Compile<double>([y], kind.Conjugate(y), Derivative.Gradient(Sum(kind.Conjugate(y)), y)).Start();
        foreach (double slope in new[] { -5, -2.5, -1, -0.3, 0.0, 0.1, 0.3 })
        {
            double supremum = -kind.Generator(0);
            for (double logarithm = -14; logarithm < 8; logarithm += 1e-4)
                supremum = Math.Max(supremum, (slope * Math.Exp(logarithm)) - kind.Generator(Math.Exp(logarithm)));
            Promises.Close(supremum, kind.Conjugate(slope), 1e-7, 1e-6, $"f*({slope})");
            replay.Input(0)[0] = slope;
            replay.Run();
            Promises.Close(kind.Conjugate(slope), replay.Output(0)[0], 1e-14, 1e-15, "the expression");
            Promises.Close(kind.ConjugateSlope(slope), replay.Output(1)[0], 1e-13, 1e-14, "its slope");
            double ratio = kind.ConjugateSlope(slope);
            if (ratio > 0 && name != "total variation")
            {
                Promises.Close(slope, kind.GeneratorSlope(ratio), 1e-12, 1e-13, "f' undoes f*'");
                double difference = (kind.ConjugateSlope(slope + 1e-6) - kind.ConjugateSlope(slope - 1e-6)) / 2e-6;
                Promises.Close(difference, kind.ConjugateCurvature(slope), 1e-6, 1e-8, "f*''");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void The_largest_bound_is_the_divergence(string name)
    {
        FDivergence kind = Kinds[name];
        ITwiceDifferentiableFunction<double> loss = Function.Trace(Mu.Length, g => -kind.Bound(g, g, Probabilities(Mu), Probabilities(Nu)));
        var lbfgs = new Lbfgs { Stopping = new StoppingRules { GradientTolerance = 1e-9 } };
        SolverResult<double> result = Minimize.Run<double, IDifferentiableFunction<double>>(lbfgs, loss, new double[Mu.Length], new RunOptions { MaxIterations = 2000 });
        Promises.Close(kind.Between(Mu, Nu), -result.Value, 0, 1e-8, name);
    }

    [Fact]
    public void The_largest_bound_of_total_variation_is_reached_by_subgradients()
    {
        // The bound is piecewise linear: steps of Polyak's length, which knows the optimum.
        FDivergence kind = FDivergence.TotalVariation;
        Variable g = Variable.Input("g", [Mu.Length]), bound = kind.Bound(g, g, Probabilities(Mu), Probabilities(Nu));
        Replay<double> replay = Computation.Compile<double>([g], bound, Derivative.Gradient(bound, g)).Start();
        RandomFill.Normal(RandomKey.FromSeed(1), replay.Input(0));
        double exact = kind.Between(Mu, Nu), best = double.NegativeInfinity;
        for (int i = 0; i < 5000 && exact - best > 1e-10; i++)
        {
            replay.Run();
            best = Math.Max(best, replay.Output(0)[0]);
            double square = 0;
            foreach (double element in replay.Output(1))
                square += element * element;
            for (int j = 0; j < Mu.Length && square > 0; j++)
                replay.Input(0)[j] += (exact - replay.Output(0)[0]) / square * replay.Output(1)[j];
        }

        Promises.Close(exact, best, 0, 1e-8, "the bound");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_tight_bound_lies_between_the_classical_one_and_the_divergence_and_ignores_constants(string name)
    {
        FDivergence kind = Kinds[name];
        Variable g = Variable.Input("g", [Mu.Length]);
        Variable tight = kind.Bound(g, g, Probabilities(Mu), Probabilities(Nu)), moved = kind.Bound(g + 3, g + 3, Probabilities(Mu), Probabilities(Nu));
        Variable classical = kind.ClassicalBound(g, g, Probabilities(Mu), Probabilities(Nu));
        Replay<double> replay = Computation.Compile<double>([g], tight, moved, classical).Start();
        double exact = kind.Between(Mu, Nu);
        int strictly = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)seed), replay.Input(0));

            // The classical bound allows no critic above the recession slope.
            double most = 0;
            foreach (double value in replay.Input(0))
                most = Math.Max(most, value);
            if (double.IsFinite(kind.RecessionSlope))
            {
                for (int i = 0; i < Mu.Length; i++)
                    replay.Input(0)[i] -= most - (0.9 * kind.RecessionSlope);
            }

            replay.Run();
            Assert.True(replay.Output(0)[0] <= exact + 1e-12 && replay.Output(2)[0] <= replay.Output(0)[0] + 1e-12, $"{replay.Output(2)[0]}, {replay.Output(0)[0]}, {exact}");
            Promises.Close(replay.Output(0)[0], replay.Output(1)[0], 1e-11, 1e-11, "a constant added");
            strictly += replay.Output(2)[0] < replay.Output(0)[0] - 1e-6 ? 1 : 0;
        }

        Assert.True(strictly > 90, $"{strictly}");
        for (int i = 0; i < Mu.Length; i++)
            replay.Input(0)[i] = kind.GeneratorSlope(Mu[i] / Nu[i]);
        replay.Run();
        Promises.Close(exact, replay.Output(0)[0], 1e-12, 0, "at the best critic");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_those_of_differences(string name)
    {
        FDivergence kind = Kinds[name];
        double[] point = [0.3, -0.6, 0.11, 0.9, -1.3, 0.25];
        ITwiceDifferentiableFunction<double> conjugate = Function.Trace(point.Length, g => kind.TightConjugate(g, Probabilities(Nu)));
        ITwiceDifferentiableFunction<double> shift = Function.Trace(point.Length, g => kind.Shift(g, Probabilities(Nu)));
        ITwiceDifferentiableFunction<double> weights = Function.Trace(point.Length, w => kind.TightConjugate(Probabilities(point), Softmax(w)));
        DerivativeCheck.Gradient(conjugate, point).EnsureCorrect();
        DerivativeCheck.Gradient(shift, point).EnsureCorrect();
        DerivativeCheck.Gradient(weights, point).EnsureCorrect();

        // Second derivatives pass through the implicit minimum too.
        ITwiceDifferentiableFunction<double> slope = Function.Trace(point.Length, g => Sum(Square(Derivative.Gradient(kind.TightConjugate(g, Probabilities(Nu)), g))));
        DerivativeCheck.Gradient(slope, point).EnsureCorrect();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_point_without_probability_bounds_the_shift(string name)
    {
        // mu has a point that nu hasn't: the bound grows with the critic there until the recession slope is reached.
        FDivergence kind = Kinds[name];
        double[] mu = [0.5, 0.3, 0.2], nu = [0.6, 0.4, 0];
        Variable g = Variable.Input("g", [3]), bound = kind.Bound(g, g, Probabilities(mu), Probabilities(nu));
        Replay<double> replay = Computation.Compile<double>([g], bound, Derivative.Gradient(bound, g)).Start();
        replay.Input(0)[0] = kind.GeneratorSlope(mu[0] / nu[0]);
        replay.Input(0)[1] = kind.GeneratorSlope(mu[1] / nu[1]);
        replay.Input(0)[2] = double.IsFinite(kind.RecessionSlope) ? kind.RecessionSlope : 20;
        replay.Run();
        double sum = 0;
        foreach (double element in replay.Output(1))
            sum += element;
        Promises.Close(0, sum, 0, 1e-10, "the gradient along (1, .., 1)");
        if (double.IsFinite(kind.RecessionSlope))
            Promises.Close(kind.Between(mu, nu), replay.Output(0)[0], 1e-12, 0, "the divergence");
        else
            Promises.Close(mu[2], replay.Output(1)[2], 1e-12, 0, "the slope by the critic there");
    }

    [Fact]
    public void The_conjugate_of_kullback_and_leibler_is_that_of_donsker_and_varadhan()
    {
        Variable g = Variable.Input("g", [8]);
        Replay<double> replay = Computation.Compile<double>([g], FDivergence.KullbackLeibler.TightConjugate(g), LogSumExp(g) - Math.Log(8)).Start();
        for (int seed = 0; seed < 20; seed++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)seed), replay.Input(0));
            for (int i = 0; i < 8; i++)
                replay.Input(0)[i] *= seed;
            replay.Run();
            Promises.Close(replay.Output(1)[0], replay.Output(0)[0], 1e-13, 1e-14, "log E exp");
        }
    }

    private static Variable Probabilities(double[] values) => Variable.Constant<double>(values, [values.Length]);
}
