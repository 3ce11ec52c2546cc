using System.Globalization;
using System.Text;

namespace OptiCore.Dynamics;

/// <summary>
/// All monomials x_1^a1 ... x_n^an of a total degree from 0 (or 1, without the constant) to a largest one, by degree, within a degree x_1 first:
/// 1, x, y, x^2, x y, y^2, ... C(n + degree, n) functions, one product each.
/// </summary>
public sealed record MonomialFeatures : FeatureLibrary
{
    /// <summary>The largest total degree, at least 0. Default: 2.</summary>
    public int Degree { get; init => field = Require.NonNegative(value); } = 2;

    /// <summary>Whether the constant 1 is among the functions. Default: true.</summary>
    public bool IncludeConstant { get; init; } = true;

    /// <inheritdoc/>
    public override int Count(int dimension) => MultiIndex.CountTo(Require.Positive(dimension, nameof(dimension)), Degree) - (IncludeConstant ? 0 : 1);

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        int n = x.Length, at = 0;
        if (IncludeConstant)
            features[at++] = 1;
        if (Degree == 0)
            return;
        x.CopyTo(features[at..]);
        at += n;

        // The monomials of degree d that begin with x_i are x_i times the last ones of degree d - 1, those in x_i, ..., x_n.
        for (int d = 2; d <= Degree; d++)
        {
            int end = at;
            for (int i = 0; i < n; i++)
            {
                for (int from = end - MultiIndex.CountOf(n - i, d - 1); from < end; from++)
                    features[at++] = x[i] * features[from];
            }
        }
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        Span<int> exponents = new int[variables.Length];
        MultiIndex.Get(feature + (IncludeConstant ? 0 : 1), exponents);
        var text = new StringBuilder();
        for (int i = 0; i < exponents.Length; i++)
        {
            if (exponents[i] == 0)
                continue;
            if (text.Length > 0)
                text.Append(' ');
            text.Append(variables[i]);
            if (exponents[i] > 1)
                text.Append(CultureInfo.InvariantCulture, $"^{exponents[i]}");
        }

        return text.Length == 0 ? "1" : text.ToString();
    }
}

/// <summary>
/// Products of Hermite polynomials He_a1(x_1) ... He_an(x_n) / sqrt(a1! ... an!) of a total degree up to a largest one, in the order of <see cref="MonomialFeatures"/>: orthonormal for
/// standard normal variables, so that regressions on centred data of unit variance are better conditioned than with monomials, which span the same functions.
/// </summary>
public sealed record HermiteFeatures : FeatureLibrary
{
    /// <summary>The largest total degree, at least 0. Default: 4.</summary>
    public int Degree { get; init => field = Require.NonNegative(value); } = 4;

    /// <summary>What variables are divided by first. Default: 1.</summary>
    public double Scale { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public override int Count(int dimension) => MultiIndex.CountTo(Require.Positive(dimension, nameof(dimension)), Degree);

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        int n = x.Length, orders = Degree + 1, count = Count(n);
        Span<double> table = n * orders <= StackLimit ? stackalloc double[n * orders] : new double[n * orders];
        Span<int> index = n <= StackLimit ? stackalloc int[n] : new int[n];
        for (int i = 0; i < n; i++)
        {
            Span<double> row = table.Slice(i * orders, orders);
            double z = x[i] / Scale;
            row[0] = 1;
            if (Degree > 0)
                row[1] = z;
            for (int k = 1; k < Degree; k++)
                row[k + 1] = ((z * row[k]) - (Math.Sqrt(k) * row[k - 1])) / Math.Sqrt(k + 1);
        }

        index.Clear();
        for (int f = 0; f < count; f++)
        {
            double product = 1;
            for (int i = 0; i < n; i++)
                product *= table[(i * orders) + index[i]];
            features[f] = product;
            MultiIndex.Next(index);
        }
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        Span<int> index = new int[variables.Length];
        MultiIndex.Get(feature, index);
        var text = new StringBuilder();
        for (int i = 0; i < index.Length; i++)
        {
            if (index[i] > 0)
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? " " : "")}He{index[i]}({variables[i]})");
        }

        return text.Length == 0 ? "1" : text.ToString();
    }
}

/// <summary>Exponents of n variables by total degree, within a degree the larger first exponent first.</summary>
internal static class MultiIndex
{
    /// <summary>How many have one total degree: C(n + d - 1, d).</summary>
    public static int CountOf(int n, int degree)
    {
        long count = 1;
        for (int i = 1; i <= degree; i++)
            count = checked(count * (n - 1 + i)) / i;
        return checked((int)count);
    }

    /// <summary>How many have a total degree up to one: C(n + d, d).</summary>
    public static int CountTo(int n, int degree) => CountOf(n + 1, degree);

    /// <summary>The exponents after the given ones.</summary>
    public static void Next(Span<int> exponents)
    {
        int last = exponents.Length - 1, i = last - 1;
        while (i >= 0 && exponents[i] == 0)
            i--;
        int tail = exponents[last];
        exponents[last] = 0;
        if (i < 0)
        {
            exponents[0] = tail + 1;
            return;
        }

        exponents[i]--;
        exponents[i + 1] = tail + 1;
    }

    /// <summary>The exponents of a number, from 0.</summary>
    public static void Get(int number, Span<int> exponents)
    {
        exponents.Clear();
        for (int i = 0; i < number; i++)
            Next(exponents);
    }
}
