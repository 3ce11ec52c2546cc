namespace OptiCore.Dynamics;

/// <summary>
/// The Lyapunov dimension D = j + (lambda[1] + ... + lambda[j]) / |lambda[j + 1]|, with j the largest number of exponents whose sum isn't negative: conjectured to be the
/// information dimension of the attractor.
/// </summary>
/// <remarks>J. L. Kaplan, J. A. Yorke (1979), Chaotic behavior of multidimensional difference equations.</remarks>
[Algorithm("Kaplan-Yorke dimension", "Chaos", "J. L. Kaplan, J. A. Yorke (1979), Chaotic behavior of multidimensional difference equations")]
public static class KaplanYorke
{
    /// <summary>The dimension: 0 where all exponents are negative, their number where all sums are at least 0.</summary>
    /// <param name="exponents">The Lyapunov exponents in any order; those that are missing are taken as more negative than the last sum.</param>
    /// <exception cref="ArgumentException">There is none, or one is NaN.</exception>
    public static double Dimension(ReadOnlySpan<double> exponents)
    {
        if (exponents.IsEmpty)
            throw new ArgumentException("exponents is empty but must have at least one element.", nameof(exponents));
        Span<double> falling = exponents.Length <= 64 ? stackalloc double[exponents.Length] : new double[exponents.Length];
        exponents.CopyTo(falling);
        foreach (double exponent in falling)
        {
            if (double.IsNaN(exponent))
                throw new ArgumentException("exponents has a NaN.", nameof(exponents));
        }

        falling.Sort();
        falling.Reverse();
        double sum = 0;
        for (int j = 0; j < falling.Length; j++)
        {
            if (sum + falling[j] < 0)
                return j + (sum / -falling[j]);
            sum += falling[j];
        }

        return falling.Length;
    }
}
