namespace OptiCore.Dynamics;

/// <summary>One term of a coefficient of an exponential Runge-Kutta method: weight phi[function](scale z), with z = h L.</summary>
/// <param name="Function">The number k of the function phi[k], at least 0; see <see cref="PhiFunctions"/>.</param>
/// <param name="Scale">The factor of z; with 0 the term is the number weight / k!.</param>
/// <param name="Weight">The factor of the function.</param>
public readonly record struct PhiTerm(int Function, double Scale, double Weight);

/// <summary>
/// The coefficients of an exponential Runge-Kutta method for y' = L y + N(t, y): Y[i] = e^(c[i] h L) y + h sum over j &lt; i of a[i,j](h L) N(t + c[j] h, Y[j]) and
/// y(t + h) = e^(h L) y + h sum of b[i](h L) N(t + c[i] h, Y[i]), each coefficient a sum of <see cref="PhiTerm"/>.
/// </summary>
/// <remarks>M. Hochbruck, A. Ostermann (2010), Exponential integrators, section 2.3.</remarks>
public sealed class ExponentialScheme
{
    private const double Rounding = 1e-13;

    /// <summary>Creates a method.</summary>
    /// <param name="nodes">The nodes c, s elements, the first 0.</param>
    /// <param name="stages">The rows of a, s of them: row i has i coefficients, each a list of terms; an empty one is 0.</param>
    /// <param name="weights">The coefficients b, s of them.</param>
    /// <exception cref="ArgumentException">
    /// The lengths don't fit, the first node isn't 0, a function's number is negative, or the method isn't consistent: for L = 0 row i must sum to c[i], and the weights to 1.
    /// </exception>
    public ExponentialScheme(ReadOnlySpan<double> nodes, ReadOnlySpan<PhiTerm[][]> stages, ReadOnlySpan<PhiTerm[]> weights)
    {
        int s = Require.Positive(nodes.Length, nameof(nodes));
        Require.Length(stages.Length, s, nameof(stages));
        Require.Length(weights.Length, s, nameof(weights));
        if (nodes[0] != 0)
            throw new ArgumentException(FormattableString.Invariant($"nodes[0] is {nodes[0]} but must be 0: the first stage is the point."), nameof(nodes));
        Nodes = [.. nodes.ToArray(), 1];
        Rows = new PhiTerm[s + 1][][];
        for (int i = 0; i < s; i++)
        {
            Require.Length(stages[i].Length, i, FormattableString.Invariant($"{nameof(stages)}[{i}]"));
            Rows[i] = Consistent(stages[i], nodes[i], nameof(stages));
        }

        Rows[s] = Consistent(weights, 1, nameof(weights));
    }

    /// <summary>The field's name of the method.</summary>
    public required string Name { get; init => field = Require.NotNull(value, nameof(Name)); }

    /// <summary>The order p where h L is small; stiff problems may reduce it.</summary>
    public required int Order { get; init => field = Require.Positive(value); }

    /// <summary>The number s of stages: what a step evaluates N for.</summary>
    public int StageCount => Rows.Length - 1;

    /// <summary>The nodes, and that of the end.</summary>
    internal double[] Nodes { get; }

    /// <summary>The coefficients of each stage, and of the end.</summary>
    internal PhiTerm[][][] Rows { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static PhiTerm[][] Consistent(ReadOnlySpan<PhiTerm[]> row, double node, string name)
    {
        double total = 0;
        foreach (PhiTerm[] coefficient in row)
        {
            ArgumentNullException.ThrowIfNull(coefficient, name);
            foreach ((int function, double scale, double weight) in coefficient)
            {
                Require.NonNegative(function, name);
                Require.Finite(scale, name);
                total += weight / Factorial(function);
            }
        }

        if (!(Math.Abs(total - node) <= Rounding))
            throw new ArgumentException(FormattableString.Invariant($"{name} sums to {total} where L = 0, but must to {node}: otherwise the method isn't consistent."), name);
        return row.ToArray();
    }

    internal static double Factorial(int k)
    {
        double product = 1;
        for (int i = 2; i <= k; i++)
            product *= i;
        return product;
    }
}
