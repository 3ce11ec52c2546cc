using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore;

/// <summary>
/// Logarithms of densities and probabilities as expressions, for models that are traced (<see cref="LogDensity.Trace"/>): each method gives the sum over all elements of x, with its
/// normalising constant. Arguments broadcast; the methods named "Each" keep the elements apart, for mixtures.
/// </summary>
/// <remarks>
/// They are written so that a scalar scale or rate is taken out of the sum. A value outside of a law's support isn't noticed: constrain the parameter. The laws are those of
/// <c>OptiCore.Distributions</c>, in the parametrisation of Stan.
/// </remarks>
public static partial class LogProbability
{
    private const double HalfLogTwoPi = 0.9189385332046727, LogPi = 1.1447298858494002, LogTwo = 0.6931471805599453;

    /// <summary>The normal law: -sum (z^2 / 2 + log scale + log(2 pi) / 2), z = (x - mean) / scale.</summary>
    /// <param name="x">The values.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="scale">The standard deviation.</param>
    public static Variable Normal(Variable x, Variable mean, Variable scale)
    {
        Variable rest = IsZero(mean) ? x : x - mean;
        int count = Count(rest, scale);
        Variable constant = -HalfLogTwoPi * count;
        if (scale.IsConstant(out double number))
            return (constant - (count * Math.Log(number))) + (-0.5 / (number * number) * Spread(Sum(Square(rest)), rest, count));
        return scale.Shape.ElementCount == 1
            ? constant - (count * Scalar(Log(scale))) - (0.5 * Sum(Square(rest)) / Scalar(Square(scale)))
            : constant - Spread(Sum(Log(scale)), scale, count) - (0.5 * Sum(Square(rest / scale)));
    }

    /// <summary>The normal law, element by element.</summary>
    /// <param name="x">The values.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="scale">The standard deviation.</param>
    public static Variable NormalEach(Variable x, Variable mean, Variable scale) => (-0.5 * Square((x - mean) / scale)) - (Log(scale) + HalfLogTwoPi);

    /// <summary>The half-normal law of x &gt; 0: twice the normal one.</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="scale">The scale.</param>
    public static Variable HalfNormal(Variable x, Variable scale) => Normal(x, 0, scale) + (LogTwo * Count(x, scale));

    /// <summary>The log-normal law: log x is normal.</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="mean">The mean of log x.</param>
    /// <param name="scale">The standard deviation of log x.</param>
    public static Variable LogNormal(Variable x, Variable mean, Variable scale)
    {
        Variable log = Log(x);
        return Normal(log, mean, scale) - Spread(Sum(log), x, Count(log - mean, scale));
    }

    /// <summary>The Cauchy law: -sum (log(1 + z^2) + log scale + log pi), z = (x - location) / scale.</summary>
    /// <param name="x">The values.</param>
    /// <param name="location">The median.</param>
    /// <param name="scale">The scale.</param>
    public static Variable Cauchy(Variable x, Variable location, Variable scale)
    {
        Variable z = (x - location) / scale;
        int count = z.Shape.ElementCount;
        return (-LogPi * count) - Sum(Log1p(Square(z))) - Spread(Sum(Log(scale)), scale, count);
    }

    /// <summary>The half-Cauchy law of x &gt; 0: twice the Cauchy one.</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="scale">The scale.</param>
    public static Variable HalfCauchy(Variable x, Variable scale) => Cauchy(x, 0, scale) + (LogTwo * Count(x, scale));

    /// <summary>Student's t law: sum (log Gamma((d + 1) / 2) - log Gamma(d / 2) - log(d pi) / 2 - log scale - (d + 1) / 2 log(1 + z^2 / d)).</summary>
    /// <param name="x">The values.</param>
    /// <param name="degrees">The degrees of freedom d.</param>
    /// <param name="location">The centre.</param>
    /// <param name="scale">The scale.</param>
    public static Variable StudentT(Variable x, Variable degrees, Variable location, Variable scale)
    {
        Variable z = (x - location) / scale;
        Variable half = 0.5 * (degrees + 1);
        Variable body = half * Log1p(Square(z) / degrees);
        int count = body.Shape.ElementCount;
        Variable constant = LogGamma(half) - LogGamma(0.5 * degrees) - (0.5 * (Log(degrees) + LogPi));
        return Spread(Sum(constant), constant, count) - Spread(Sum(Log(scale)), scale, count) - Sum(body);
    }

    /// <summary>Laplace's law: -sum (|x - location| / scale + log(2 scale)).</summary>
    /// <param name="x">The values.</param>
    /// <param name="location">The median.</param>
    /// <param name="scale">The scale.</param>
    public static Variable Laplace(Variable x, Variable location, Variable scale)
    {
        Variable z = Abs(x - location) / scale;
        int count = z.Shape.ElementCount;
        return (-LogTwo * count) - Sum(z) - Spread(Sum(Log(scale)), scale, count);
    }

    /// <summary>The exponential law: sum (log rate - rate x).</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="rate">The inverse mean.</param>
    public static Variable Exponential(Variable x, Variable rate)
    {
        Variable product = rate * x;
        return Spread(Sum(Log(rate)), rate, product.Shape.ElementCount) - Sum(product);
    }

    /// <summary>The gamma law: sum (a log b - log Gamma(a) + (a - 1) log x - b x).</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="shape">The shape a.</param>
    /// <param name="rate">The rate b.</param>
    public static Variable Gamma(Variable x, Variable shape, Variable rate)
    {
        Variable constant = (shape * Log(rate)) - LogGamma(shape), body = ((shape - 1) * Log(x)) - (rate * x);
        return Spread(Sum(constant), constant, body.Shape.ElementCount) + Sum(body);
    }

    /// <summary>The inverse gamma law: sum (a log b - log Gamma(a) - (a + 1) log x - b / x).</summary>
    /// <param name="x">The values, positive.</param>
    /// <param name="shape">The shape a.</param>
    /// <param name="scale">The scale b.</param>
    public static Variable InverseGamma(Variable x, Variable shape, Variable scale)
    {
        Variable constant = (shape * Log(scale)) - LogGamma(shape), body = ((shape + 1) * Log(x)) + (scale / x);
        return Spread(Sum(constant), constant, body.Shape.ElementCount) - Sum(body);
    }

    /// <summary>The beta law: sum ((a - 1) log x + (b - 1) log(1 - x) - log B(a, b)).</summary>
    /// <param name="x">The values, between 0 and 1.</param>
    /// <param name="a">The first exponent.</param>
    /// <param name="b">The second exponent.</param>
    public static Variable Beta(Variable x, Variable a, Variable b)
    {
        Variable constant = LogGamma(a + b) - LogGamma(a) - LogGamma(b), body = ((a - 1) * Log(x)) + ((b - 1) * Log1p(-x));
        return Spread(Sum(constant), constant, body.Shape.ElementCount) + Sum(body);
    }

    /// <summary>Dirichlet's law of one simplex: sum_k (a[k] - 1) log x[k] + log Gamma(sum a) - sum log Gamma(a).</summary>
    /// <param name="x">The simplex, a vector.</param>
    /// <param name="concentration">The exponents a, a vector or one number for all.</param>
    public static Variable Dirichlet(Variable x, Variable concentration)
    {
        Variable a = BroadcastTo(concentration, x.Shape);
        return Sum((a - 1) * Log(x)) + LogGamma(Sum(a)) - Sum(LogGamma(a));
    }

    /// <summary>The element-wise mixture of two, log(weight e^first + (1 - weight) e^second), without overflow.</summary>
    /// <param name="weight">The weight of the first, between 0 and 1.</param>
    /// <param name="first">The first logarithms, for instance of <see cref="NormalEach"/>.</param>
    /// <param name="second">The second ones.</param>
    public static Variable LogMix(Variable weight, Variable first, Variable second)
    {
        Variable a = Log(weight) + first, b = Log1p(-weight) + second;
        return b + Softplus(a - b);
    }

    /// <summary>The number of elements of a combination.</summary>
    private static int Count(Variable x, Variable y) => Shape.TryBroadcast(x.Shape, y.Shape, out Shape common)
        ? common.ElementCount
        : throw new ArgumentException($"A law's arguments of {x.Shape} and {y.Shape} don't broadcast.", nameof(y));

    /// <summary>A sum over x as if x had been repeated to so many elements.</summary>
    private static Variable Spread(Variable sum, Variable x, int count) => x.Shape.ElementCount == count ? sum : sum * ((double)count / x.Shape.ElementCount);

    private static Variable Scalar(Variable x) => Reshape(x, Shape.Scalar);

    private static bool IsZero(Variable x) => x.IsConstant(out double value) && value == 0;
}
