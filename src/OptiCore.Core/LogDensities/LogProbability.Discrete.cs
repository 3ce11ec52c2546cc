using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore;

public static partial class LogProbability
{
    /// <summary>Bernoulli's law by its log odds e: sum (y e - log(1 + exp e)).</summary>
    /// <param name="y">The outcomes, 0 or 1.</param>
    /// <param name="logit">The log odds of 1.</param>
    public static Variable BernoulliLogit(Variable y, Variable logit) => Sum((y * logit) - Softplus(logit));

    /// <summary>The binomial law by its log odds e: sum (y e - n log(1 + exp e) + log (n over y)).</summary>
    /// <param name="y">The numbers of successes.</param>
    /// <param name="trials">The numbers n of trials.</param>
    /// <param name="logit">The log odds of success.</param>
    public static Variable BinomialLogit(Variable y, Variable trials, Variable logit)
    {
        Variable constant = LogGamma(trials + 1) - LogGamma(y + 1) - LogGamma((trials - y) + 1), body = (y * logit) - (trials * Softplus(logit));
        return Spread(Sum(constant), constant, body.Shape.ElementCount) + Sum(body);
    }

    /// <summary>Poisson's law by the logarithm e of its mean: sum (y e - exp e - log y!).</summary>
    /// <param name="y">The counts.</param>
    /// <param name="logMean">The logarithm of the mean.</param>
    public static Variable PoissonLog(Variable y, Variable logMean)
    {
        Variable constant = LogGamma(y + 1), body = (y * logMean) - Exp(logMean);
        return Sum(body) - Spread(Sum(constant), constant, body.Shape.ElementCount);
    }

    /// <summary>The negative binomial law by the logarithm of its mean m; the variance is m + m^2 / dispersion.</summary>
    /// <param name="y">The counts.</param>
    /// <param name="logMean">log m.</param>
    /// <param name="dispersion">phi, positive; large is Poisson.</param>
    public static Variable NegativeBinomialLog(Variable y, Variable logMean, Variable dispersion)
    {
        // Gamma(y + phi) / (y! Gamma(phi)) (m / (m + phi))^y (phi / (m + phi))^phi, with log(m + phi) = log phi + log(1 + m / phi).
        Variable logDispersion = Log(dispersion), excess = logMean - logDispersion;
        Variable constant = LogGamma(y + dispersion) - LogGamma(dispersion) - LogGamma(y + 1), body = (y * excess) - ((y + dispersion) * Softplus(excess));
        return Spread(Sum(constant), constant, body.Shape.ElementCount) + Sum(body);
    }

    /// <summary>The categorical law by unnormalised log probabilities: sum_i log softmax(logits[i])[y[i]].</summary>
    /// <param name="y">The categories from 0, a vector of N.</param>
    /// <param name="logits">The log probabilities up to a constant, N x K, or K for all.</param>
    public static Variable CategoricalLogit(Variable y, Variable logits)
    {
        Variable log = LogSoftmax(logits);
        return logits.Rank == 1 ? Sum(Take(log, y)) : Sum(Gather(log, ExpandAxis(y, 1), 1));
    }

    /// <summary>The multivariate normal law with the covariance L L': sum over rows of -|L^-1 (x - mean)|^2 / 2 - sum_i log L[i,i] - n log(2 pi) / 2.</summary>
    /// <param name="x">One vector of n, or N x n with a vector in each row.</param>
    /// <param name="mean">The mean, a vector of n, or N x n.</param>
    /// <param name="factor">The lower triangular factor L, n x n.</param>
    public static Variable MultivariateNormalCholesky(Variable x, Variable mean, Variable factor)
    {
        Variable rest = x - mean;
        int n = factor.Shape[0], rows = rest.Shape.ElementCount / n;
        Variable whitened = TriangularSolve(factor, rest.Rank == 1 ? rest : Transpose(rest));
        return (-HalfLogTwoPi * n * rows) - (rows * Sum(Log(Diagonal(factor)))) - (0.5 * Sum(Square(whitened)));
    }

    /// <summary>
    /// The law of Lewandowski, Kurowicka and Joe of the Cholesky factor of a correlation matrix, up to its constant: sum_{i &gt; 1} (n - i + 2 eta - 2) log L[i,i].
    /// eta = 1 is uniform over correlation matrices.
    /// </summary>
    /// <param name="factor">The factor L, as of <see cref="CorrelationCholeskyConstraint"/>.</param>
    /// <param name="eta">The shape, positive.</param>
    public static Variable LkjCholesky(Variable factor, Variable eta)
    {
        int n = factor.Shape[0];
        var counts = new double[n];
        for (int i = 1; i < n; i++)
            counts[i] = n - i - 3;
        Variable logs = Log(Diagonal(factor));
        return Sum(logs * Variable.Constant<double>(counts, [n])) + (2 * eta * Sum(logs));
    }

    /// <summary>The product diag(scale) L of scales and a correlation's factor: the factor of the covariance.</summary>
    /// <param name="scale">The standard deviations, a vector of n.</param>
    /// <param name="factor">The factor, n x n.</param>
    public static Variable ScaleRows(Variable scale, Variable factor) => ExpandAxis(scale, 1) * factor;
}
