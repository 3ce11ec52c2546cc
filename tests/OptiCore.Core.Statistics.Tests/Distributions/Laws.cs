using System.Text.Json;
using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.Distributions;

/// <summary>One row for each law: how the reference file's parameters make it, and further instances for the laws that every distribution has to obey.</summary>
public static class Laws
{
    /// <summary>By the reference file's name.</summary>
    public static readonly Dictionary<string, Func<JsonElement, IDistribution>> FromReference = new()
    {
        ["normal"] = p => new Normal(p.Number("mu"), p.Number("sigma")),
        ["student_t"] = p => new StudentT(p.Number("nu"), p.Number("mu"), p.Number("sigma")),
        ["gamma"] = p => new Gamma(p.Number("shape"), p.Number("scale")),
        ["inverse_gamma"] = p => new InverseGamma(p.Number("shape"), p.Number("scale")),
        ["beta"] = p => new Beta(p.Number("a"), p.Number("b")),
        ["exponential"] = p => new Exponential(p.Number("rate")),
        ["laplace"] = p => new Laplace(p.Number("mu"), p.Number("b")),
        ["logistic"] = p => new Logistic(p.Number("mu"), p.Number("s")),
        ["cauchy"] = p => new Cauchy(p.Number("x0"), p.Number("gamma")),
        ["chi2"] = p => new ChiSquared(p.Number("k")),
        ["f"] = p => new FisherF(p.Number("d1"), p.Number("d2")),
        ["lognormal"] = p => new LogNormal(p.Number("mu"), p.Number("sigma")),
        ["weibull"] = p => new Weibull(p.Number("k"), p.Number("lambda")),
        ["uniform"] = p => new Uniform(p.Number("low"), p.Number("high")),
        ["pareto"] = p => new Pareto(p.Number("alpha"), p.Number("xm")),
        ["gumbel"] = p => new Gumbel(p.Number("mu"), p.Number("beta")),
        ["half_normal"] = p => new HalfNormal(p.Number("sigma")),
        ["von_mises"] = p => new VonMises(p.Number("mu"), p.Number("kappa")),
        ["poisson"] = p => new Poisson(p.Number("rate")),
        ["binomial"] = p => new Binomial((int)p.Number("n"), p.Number("p")),
        ["negative_binomial"] = p => new NegativeBinomial(p.Number("r"), p.Number("p")),
        ["geometric"] = p => new Geometric(p.Number("p")),
        ["hypergeometric"] = p => new Hypergeometric((int)p.Number("M"), (int)p.Number("n"), (int)p.Number("N")),
    };

    /// <summary>How an instance is made from the parameters that its gradient has, in their order.</summary>
    public static readonly Dictionary<string, (double[] Parameters, Func<double[], IDistribution> Make)> Instances = new()
    {
        ["normal"] = ([0.3, 2], p => new Normal(p[0], p[1])),
        ["student t"] = ([4.2, -1, 0.7], p => new StudentT(p[0], p[1], p[2])),
        ["student t, heavy"] = ([0.8, 1, 3], p => new StudentT(p[0], p[1], p[2])),
        ["gamma"] = ([2.5, 0.4], p => new Gamma(p[0], p[1])),
        ["gamma, small shape"] = ([0.3, 2], p => new Gamma(p[0], p[1])),
        ["gamma, large shape"] = ([3000, 2], p => new Gamma(p[0], p[1])),
        ["chi-squared"] = ([5], p => new ChiSquared(p[0])),
        ["inverse gamma"] = ([4.5, 2], p => new InverseGamma(p[0], p[1])),
        ["beta"] = ([2.5, 4], p => new Beta(p[0], p[1])),
        ["beta, small shapes"] = ([0.4, 0.7], p => new Beta(p[0], p[1])),
        ["F"] = ([5, 12], p => new FisherF(p[0], p[1])),
        ["exponential"] = ([2.5], p => new Exponential(p[0])),
        ["laplace"] = ([-1, 0.5], p => new Laplace(p[0], p[1])),
        ["logistic"] = ([1, 0.5], p => new Logistic(p[0], p[1])),
        ["cauchy"] = ([1, 0.5], p => new Cauchy(p[0], p[1])),
        ["log-normal"] = ([0.5, 0.4], p => new LogNormal(p[0], p[1])),
        ["weibull"] = ([1.7, 3], p => new Weibull(p[0], p[1])),
        ["uniform"] = ([-2, 3], p => new Uniform(p[0], p[1])),
        ["pareto"] = ([4.5, 2], p => new Pareto(p[0], p[1])),
        ["gumbel"] = ([1, 2], p => new Gumbel(p[0], p[1])),
        ["half-normal"] = ([1.5], p => new HalfNormal(p[0])),
        ["von mises"] = ([0.4, 2], p => new VonMises(p[0], p[1])),
        ["von mises, concentrated"] = ([0, 500], p => new VonMises(p[0], p[1])),
        ["poisson"] = ([3.3], p => new Poisson(p[0])),
        ["poisson, large"] = ([250], p => new Poisson(p[0])),
        ["binomial"] = ([0.3], p => new Binomial(12, p[0])),
        ["binomial, large"] = ([0.72], p => new Binomial(900, p[0])),
        ["negative binomial"] = ([3.5, 0.3], p => new NegativeBinomial(p[0], p[1])),
        ["geometric"] = ([0.2], p => new Geometric(p[0])),
        ["bernoulli"] = ([0.3], p => new Bernoulli(p[0])),
        ["discrete uniform"] = ([], p => new DiscreteUniform(-3, 8)),
        ["categorical"] = ([], p => new Categorical(2, 0, 5, 1, 0.5)),
        ["hypergeometric"] = ([], p => new Hypergeometric(60, 25, 20)),
    };

    public static TheoryData<string> Names => [.. Instances.Keys];

    public static IDistribution Make(string name) => Instances[name].Make(Instances[name].Parameters);
}
