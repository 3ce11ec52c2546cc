using OptiCore.Integration;

namespace OptiCore.Bandits;

/// <summary>
/// The law of a mean sum_m p_m x_m whose weights p are Dirichlet(alpha), and the probability of each arm to have the largest of independent ones.
/// </summary>
/// <remarks>
/// With gammas G_m of shapes alpha_m the mean is at most y if Q = sum_m G_m (x_m - y) is at most 0, and Q has the characteristic function phi(u) = prod_m (1 - i u (x_m - y))^-alpha_m. So
/// P(mean &gt; y) = 1/2 + 1/pi int_0^inf Im phi(u) / u du (J. P. Imhof, 1961, "Computing the distribution of quadratic forms in normal variables"), and the density, its derivative by y with the
/// sign turned, is 1/pi int_0^inf Re[phi(u) sum_m alpha_m / (1 - i u (x_m - y))] du.
/// </remarks>
internal static class DirichletMean
{
    private const int Inner = 64, Outer = 8;

    private static readonly double[] Deviations = [-9, -6, -4, -2.5, -1.2, 0, 1.2, 2.5, 4, 6, 9];

    private static readonly GaussRule InnerRule = GaussRule.Legendre(Inner), OuterRule = GaussRule.Legendre(Outer);

    /// <summary>Elements of workspace for each arm, beside one for each point of the grid.</summary>
    public static int Scratch => Deviations.Length + 3;

    /// <summary>P(mean &lt;= y) and the density at y.</summary>
    public static (double Cdf, double Density) At(double y, ReadOnlySpan<double> alpha, ReadOnlySpan<double> x)
    {
        double squares = 0;
        for (int m = 0; m < x.Length; m++)
            squares += alpha[m] * (x[m] - y) * (x[m] - y);
        double scale = 1 / Math.Sqrt(squares), cdf = 0.5, density = 0;
        for (int node = 0; node < Inner; node++)
        {
            // u = scale t / (1 - t) for t of (0, 1).
            double t = 0.5 * (1 + InnerRule.Nodes[node]), u = scale * t / (1 - t), weight = 0.5 * InnerRule.Weights[node] * scale / ((1 - t) * (1 - t));
            double angle = 0, log = 0, real = 0, imaginary = 0;
            for (int m = 0; m < x.Length; m++)
            {
                double c = u * (x[m] - y), norm = 1 + (c * c);
                angle += alpha[m] * Math.Atan(c);
                log += alpha[m] * Math.Log(norm);
                real += alpha[m] / norm;
                imaginary += alpha[m] * c / norm;
            }

            double modulus = Math.Exp(-0.5 * log);
            if (modulus == 0)
                continue;
            (double sin, double cos) = Math.SinCos(angle);
            cdf -= weight * modulus * sin / (u * Math.PI);
            density += weight * modulus * ((cos * real) - (sin * imaginary)) / Math.PI;
        }

        return (Math.Clamp(cdf, 0, 1), Math.Max(0, density));
    }

    /// <summary>Writes the probability of each arm to have the largest mean, by quadrature between multiples of the standard deviations about the means and the points of the grid.</summary>
    /// <param name="alpha">The parameters of arm after arm.</param>
    /// <param name="x">The points of the grid, of [0, 1] and ascending, at least two.</param>
    /// <param name="scratch">Workspace of arms * <see cref="Scratch"/> + x.Length elements.</param>
    /// <param name="probabilities">Receives one probability an arm.</param>
    public static void Probabilities(ReadOnlySpan<double> alpha, ReadOnlySpan<double> x, Span<double> scratch, Span<double> probabilities)
    {
        int arms = probabilities.Length, points = x.Length;
        Span<double> bounds = scratch[..((arms * Deviations.Length) + points)], cdf = scratch.Slice(bounds.Length, arms), density = scratch.Slice(bounds.Length + arms, arms);
        x.CopyTo(bounds[(arms * Deviations.Length)..]);
        for (int arm = 0; arm < arms; arm++)
        {
            ReadOnlySpan<double> own = alpha.Slice(arm * points, points);
            double total = 0, mean = 0, variance = 0;
            foreach (double a in own)
                total += a;
            for (int m = 0; m < points; m++)
                mean += own[m] / total * x[m];
            for (int m = 0; m < points; m++)
                variance += own[m] / total * (x[m] - mean) * (x[m] - mean) / (total + 1);
            for (int i = 0; i < Deviations.Length; i++)
                bounds[(arm * Deviations.Length) + i] = Math.Clamp(mean + (Deviations[i] * Math.Sqrt(variance)), x[0], x[^1]);
        }

        bounds.Sort();
        probabilities.Clear();
        for (int i = 1; i < bounds.Length; i++)
        {
            double half = 0.5 * (bounds[i] - bounds[i - 1]), middle = bounds[i - 1] + half;
            for (int node = 0; node < Outer && half > 0; node++)
            {
                double y = middle + (half * OuterRule.Nodes[node]);
                for (int arm = 0; arm < arms; arm++)
                    (cdf[arm], density[arm]) = At(y, alpha.Slice(arm * points, points), x);
                for (int arm = 0; arm < arms; arm++)
                {
                    double product = half * OuterRule.Weights[node] * density[arm];
                    for (int other = 0; other < arms; other++)
                        product *= other == arm ? 1 : cdf[other];
                    probabilities[arm] += product;
                }
            }
        }

        double sum = 0;
        foreach (double p in probabilities)
            sum += p;
        foreach (ref double p in probabilities)
            p /= sum;
    }
}
