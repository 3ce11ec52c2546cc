namespace OptiCore.Bandits;

/// <summary>The Kullback-Leibler divergence of a one-parameter exponential family in its means.</summary>
/// <remarks>
/// With the family's variance function V, kl(p, q) is the integral of (x - p) / V(x) for x from p to q. So it is at least (q - p)^2 / (2 max V),
/// which gives cheap tests and starting points, and its derivative in q is (q - p) / V(q).
/// </remarks>
internal interface IDivergence
{
    /// <summary>kl(p, q).</summary>
    double Between(double p, double q);

    /// <summary>Whether kl(p, q) &gt; budget, for q &gt; p, often without a logarithm.</summary>
    bool Exceeds(double p, double q, double budget);

    /// <summary>The largest q with kl(p, q) &lt;= budget, to double accuracy.</summary>
    double UpperBound(double p, double budget);
}

/// <summary>Rewards of 0 and 1. V(x) = x (1 - x).</summary>
internal readonly struct BernoulliDivergence : IDivergence
{
    public double Between(double p, double q)
    {
        // ln(p/q) and ln((1-p)/(1-q)) of nearly equal arguments lose no digits in this form.
        double success = p == 0 ? 0 : p * Logarithm.OnePlus((p - q) / q);
        double failure = p == 1 ? 0 : (1 - p) * Logarithm.OnePlus((q - p) / (1 - q));
        return success + failure;
    }

    public bool Exceeds(double p, double q, double budget)
    {
        // The largest variance between p and q.
        double variance = q <= 0.5 ? q * (1 - q) : p >= 0.5 ? p * (1 - p) : 0.25;
        double distance = q - p;
        return distance * distance > 2 * variance * budget || Between(p, q) > budget;
    }

    public double UpperBound(double p, double budget)
    {
        if (p >= 1 || budget <= 0)
            return p;
        if (p == 0)
            return budget < 1e-3 ? Logarithm.OneMinusExpOfMinus(budget) : 1 - Math.Exp(-budget);

        // From above: (q - p)^2 <= 2 budget q (1 - q) while q <= 1/2, (q - p)^2 <= budget / 2 always.
        double center = p + budget;
        double high = (center + Math.Sqrt((center * center) - ((1 + (2 * budget)) * p * p))) / (1 + (2 * budget));
        if (!(high <= 0.5))
            high = p + Math.Sqrt(budget / 2);
        if (high > 0.9)
        {
            // (1-p) ln((1-p)/(1-q)) <= budget - p ln p: close to 1 the exact shape.
            double logarithmic = 1 - ((1 - p) * Math.Exp(-(budget - (p * Math.Log(p))) / (1 - p)));
            high = Math.Min(Math.Min(high, logarithmic), Math.BitDecrement(1.0));
        }

        // Halley's iteration in the bracket: f is convex and increasing, f' = (q-p)/V and f'' = (V - (q-p) V')/V^2.
        double low = p;
        double q = high;
        for (int i = 0; i < 64; i++)
        {
            double f = Between(p, q) - budget;
            if (f > 0)
                high = q;
            else
                low = q;
            double variance = q * (1 - q);
            double distance = q - p;
            double newton = f * variance / distance;
            double curvature = (variance - (distance * (1 - (2 * q)))) / (variance * distance);
            double next = q - (newton / (1 - (0.5 * newton * curvature)));

            // The order is three: a step of 1e-5 of the distance to the singularities leaves an error below the last digit.
            if (Math.Abs(next - q) <= 1e-5 * Math.Min(distance, 1 - q))
                return Math.Clamp(next, low, high);
            q = next > low && next < high ? next : 0.5 * (low + high);
        }

        return low;
    }
}

/// <summary>Normal rewards of known standard deviation. V is constant.</summary>
internal readonly struct GaussianDivergence(double standardDeviation) : IDivergence
{
    public double Between(double p, double q)
    {
        double z = (p - q) / standardDeviation;
        return 0.5 * z * z;
    }

    public bool Exceeds(double p, double q, double budget) => Between(p, q) > budget;

    public double UpperBound(double p, double budget) => budget <= 0 ? p : p + (standardDeviation * Math.Sqrt(2 * budget));
}

/// <summary>Exponential rewards. V(x) = x^2; the divergence depends on the ratio r = p/q alone: r - 1 - ln r.</summary>
internal readonly struct ExponentialDivergence : IDivergence
{
    public double Between(double p, double q)
    {
        double excess = (p - q) / q;
        return excess - Logarithm.OnePlus(excess);
    }

    public bool Exceeds(double p, double q, double budget) => Between(p, q) > budget;

    public double UpperBound(double p, double budget)
    {
        if (budget <= 0)
            return p;

        // In y = 1 - p/q, of (0, 1): -y - ln(1 - y) = budget, convex and increasing, with derivative y/(1-y). Both starts lie above the root:
        // -y - ln(1-y) >= y^2/2, and y <= 1 gives ln(1-y) >= -1 - budget.
        double y = Math.Min(Math.Sqrt(2 * budget), 1 - Math.Exp(-1 - budget));
        for (int i = 0; i < 64; i++)
        {
            double f = -y - Logarithm.OnePlus(-y) - budget;
            double next = y - (f * (1 - y) / y);
            if (!(next < y) || next <= 0)
                break;
            y = next;
        }

        return p / (1 - y);
    }
}

/// <summary>Poisson counts. V(x) = x.</summary>
internal readonly struct PoissonDivergence : IDivergence
{
    public double Between(double p, double q) => p == 0 ? q : q - p + (p * Logarithm.OnePlus((p - q) / q));

    public bool Exceeds(double p, double q, double budget)
    {
        double distance = q - p;
        return distance * distance > 2 * q * budget || Between(p, q) > budget;
    }

    public double UpperBound(double p, double budget)
    {
        if (p == 0 || budget <= 0)
            return p + Math.Max(0, budget);

        // (q - p)^2 <= 2 q budget bounds the root from above; Newton's iteration on a convex function then falls to it.
        double q = p + budget + Math.Sqrt(budget * (budget + (2 * p)));
        for (int i = 0; i < 64; i++)
        {
            double next = q - ((Between(p, q) - budget) * q / (q - p));
            if (!(next < q) || next <= p)
                break;
            q = next;
        }

        return q;
    }
}

/// <summary>Logarithms that keep their digits near ln 1.</summary>
internal static class Logarithm
{
    /// <summary>ln(1 + x), accurate for small x: the rounding of 1 + x is undone by a ratio (W. Kahan).</summary>
    public static double OnePlus(double x)
    {
        double u = 1 + x;
        if (u == 1)
            return x;
        double log = Math.Log(u);
        return u is > 2 or < 0.5 ? log : log * (x / (u - 1));
    }

    /// <summary>1 - exp(-x) for x below 1e-3, by its series.</summary>
    public static double OneMinusExpOfMinus(double x) => x * (1 - (x / 2 * (1 - (x / 3 * (1 - (x / 4 * (1 - (x / 5))))))));
}
