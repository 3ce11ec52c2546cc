using OptiCore.Differentiation;
using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LogDensities;

/// <summary>The traced laws against the distributions, with vectors and scalars in each place.</summary>
public sealed class LogProbabilityTests
{
    private static readonly double[] Reals = [-1.3, 0.2, 2.5], Positives = [0.4, 1.7, 3.1], Fractions = [0.15, 0.5, 0.93], Counts = [0, 3, 7];

    private delegate Variable Law(Variable x, Variable a, Variable b);

    private static readonly Dictionary<string, (double[] X, double[] A, double[] B, Law Law, Func<double, double, double, double> Expected)> Table = new()
    {
        ["normal"] = (Reals, Reals, Positives, LogProbability.Normal, (x, a, b) => new Normal(a, b).LogDensity(x)),
        ["normal, each"] = (Reals, Reals, Positives, (x, a, b) => Operations.Sum(LogProbability.NormalEach(x, a, b)), (x, a, b) => new Normal(a, b).LogDensity(x)),
        ["log-normal"] = (Positives, Reals, Positives, LogProbability.LogNormal, (x, a, b) => new LogNormal(a, b).LogDensity(x)),
        ["half-normal"] = (Positives, Positives, Positives, (x, a, b) => LogProbability.HalfNormal(x, a * b), (x, a, b) => new HalfNormal(a * b).LogDensity(x)),
        ["Cauchy"] = (Reals, Reals, Positives, LogProbability.Cauchy, (x, a, b) => new Cauchy(a, b).LogDensity(x)),
        ["half-Cauchy"] = (Positives, Positives, Positives, (x, a, b) => LogProbability.HalfCauchy(x, a * b), (x, a, b) => Math.Log(2) + new Cauchy(0, a * b).LogDensity(x)),
        ["Student"] = (Reals, Positives, Positives, (x, a, b) => LogProbability.StudentT(x, a, 0.5, b), (x, a, b) => new StudentT(a, 0.5, b).LogDensity(x)),
        ["Laplace"] = (Positives, Reals, Positives, LogProbability.Laplace, (x, a, b) => new Laplace(a, b).LogDensity(x)),
        ["exponential"] = (Positives, Positives, Positives, (x, a, b) => LogProbability.Exponential(x, a * b), (x, a, b) => new Distributions.Exponential(a * b).LogDensity(x)),
        ["gamma"] = (Positives, Positives, Positives, LogProbability.Gamma, (x, a, b) => new Gamma(a, 1 / b).LogDensity(x)),
        ["inverse gamma"] = (Positives, Positives, Positives, LogProbability.InverseGamma, (x, a, b) => new InverseGamma(a, b).LogDensity(x)),
        ["beta"] = (Fractions, Positives, Positives, LogProbability.Beta, (x, a, b) => new Beta(a, b).LogDensity(x)),
        ["Bernoulli"] = ([0, 1, 1], Reals, Reals, (x, a, b) => LogProbability.BernoulliLogit(x, a * b), (x, a, b) => new Bernoulli(SpecialFunctions.Expit(a * b)).LogDensity(x)),
        ["binomial"] = (Counts, [9, 7, 8], Reals, LogProbability.BinomialLogit, (x, n, e) => new Binomial((int)n, SpecialFunctions.Expit(e)).LogDensity(x)),
        ["Poisson"] = (Counts, Reals, Positives, (x, a, b) => LogProbability.PoissonLog(x, a * b), (x, a, b) => new Poisson(Math.Exp(a * b)).LogDensity(x)),
        ["negative binomial"] = (Counts, Reals, Positives, LogProbability.NegativeBinomialLog, NegativeBinomial),
    };

    public static TheoryData<string> Rows => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Sums_are_those_of_the_distribution(string row)
    {
        (double[] x, double[] a, double[] b, Law law, Func<double, double, double, double> expected) = Table[row];
        for (int scalars = 0; scalars < 8; scalars++)
        {
            // Each argument as a vector, or its first element for all.
            Variable vx = Argument(x, (scalars & 1) != 0), va = Argument(a, (scalars & 2) != 0), vb = Argument(b, (scalars & 4) != 0);
            double sum = 0;
            int count = scalars == 7 ? 1 : 3;
            for (int i = 0; i < count; i++)
                sum += expected(x[(scalars & 1) != 0 ? 0 : i], a[(scalars & 2) != 0 ? 0 : i], b[(scalars & 4) != 0 ? 0 : i]);
            Promises.Close(sum, Compute(law(vx, va, vb)), 1e-12, 1e-12, $"{row}, scalars {scalars}");

            // The same with inputs in place of constants, which aren't folded.
            var ia = Variable.Input("a", va.Shape);
            var ib = Variable.Input("b", vb.Shape);
            Variable value = law(vx, ia, ib);
            Assert.Equal(1, value.Shape.ElementCount);
            Replay<double> replay = Computation.Compile<double>([ia, ib], value).Start();
            a.AsSpan(0, va.Shape.ElementCount).CopyTo(replay.Input(0));
            b.AsSpan(0, vb.Shape.ElementCount).CopyTo(replay.Input(1));
            replay.Run();
            Promises.Close(sum, replay.Output(0)[0], 1e-12, 1e-12, $"{row} of inputs, scalars {scalars}");
        }
    }

    [Fact]
    public void A_mixture_is_the_logarithm_of_the_sum()
    {
        double expected = Reals.Sum(x => Math.Log((0.3 * Math.Exp(new Normal(0, 1).LogDensity(x))) + (0.7 * Math.Exp(new Normal(2, 0.5).LogDensity(x)))));
        Variable x = Argument(Reals, false);
        Promises.Close(expected, Compute(Operations.Sum(LogProbability.LogMix(0.3, LogProbability.NormalEach(x, 0, 1), LogProbability.NormalEach(x, 2, 0.5)))), 1e-12, 0, "mixture");
    }

    [Fact]
    public void Vectors_and_matrices()
    {
        double[] l = [2, 0, 0.5, 1.5], covariance = [4, 1, 1, 2.5];
        Variable factor = Variable.Constant<double>(l, [2, 2]), mean = Variable.Constant<double>([1.0, -1], [2]), rows = Variable.Constant<double>([0.3, 0.7, 2, -2], [2, 2]);
        var law = new MultivariateNormal([1, -1], covariance);
        Promises.Close(law.LogDensity([0.3, 0.7]) + law.LogDensity([2, -2]), Compute(LogProbability.MultivariateNormalCholesky(rows, mean, factor)), 1e-13, 0, "rows");
        Promises.Close(law.LogDensity([0.3, 0.7]), Compute(LogProbability.MultivariateNormalCholesky(rows[0], mean, factor)), 1e-13, 0, "a vector");
        Promises.Close(new Dirichlet([2, 0.5, 1]).LogDensity([0.2, 0.3, 0.5]), Compute(LogProbability.Dirichlet(Variable.Constant<double>([0.2, 0.3, 0.5], [3]), Variable.Constant<double>([2.0, 0.5, 1], [3]))), 1e-13, 0, "Dirichlet");

        double[] logits = [0.1, -0.4, 2, 1, 1, -3], y = [2, 0];
        double categorical = (logits[2] - SpecialFunctions.LogSumExp(logits.AsSpan(0, 3))) + (logits[3] - SpecialFunctions.LogSumExp(logits.AsSpan(3)));
        Promises.Close(categorical, Compute(LogProbability.CategoricalLogit(Variable.Constant<double>(y, [2]), Variable.Constant<double>(logits, [2, 3]))), 1e-13, 0, "categorical");
        Promises.Close(logits[2] + logits[0] - (2 * SpecialFunctions.LogSumExp(logits.AsSpan(0, 3))), Compute(LogProbability.CategoricalLogit(Variable.Constant<double>(y, [2]), Variable.Constant<double>(logits.AsSpan(0, 3), [3]))), 1e-13, 0, "categorical, one law");
    }

    [Fact]
    public void Correlations_of_a_uniform_law_have_a_flat_density()
    {
        // In two dimensions r has the density (1 - r^2)^(eta - 1) / constant; of the factor, whose element below the diagonal is r, it is the same.
        foreach (double r in new[] { -0.7, 0.2, 0.9 })
        {
            foreach (double eta in new[] { 1, 2.5 })
            {
                double root = Math.Sqrt(1 - (r * r));
                Variable factor = Variable.Constant<double>([1, 0, r, root], [2, 2]);
                Promises.Close((eta - 1) * Math.Log(1 - (r * r)), Compute(LogProbability.LkjCholesky(factor, eta)), 1e-13, 1e-13, $"r = {r}, eta = {eta}");
            }
        }
    }

    private static double NegativeBinomial(double y, double logMean, double dispersion)
    {
        double mean = Math.Exp(logMean), p = dispersion / (dispersion + mean);
        return SpecialFunctions.LogGamma(y + dispersion) - SpecialFunctions.LogGamma(dispersion) - SpecialFunctions.LogGamma(y + 1) + (dispersion * Math.Log(p)) + (y * Math.Log(1 - p));
    }

    private static Variable Argument(double[] values, bool isScalar) => isScalar ? values[0] : Variable.Constant<double>(values, [values.Length]);

    private static double Compute(Variable value)
    {
        Replay<double> replay = Computation.Compile<double>([], value).Start();
        replay.Run();
        return replay.Output(0)[0];
    }
}
