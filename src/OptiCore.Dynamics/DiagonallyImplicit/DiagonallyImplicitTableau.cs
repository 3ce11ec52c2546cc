namespace OptiCore.Dynamics;

/// <summary>
/// The coefficients of a diagonally implicit Runge-Kutta method whose first stage is explicit and whose last is the solution (stiffly accurate): stages
/// z(i) = h s(t + c(i) h, Y(i)), Y(i) = y + sum over j &lt;= i of a(i,j) z(j) with a(i,i) the same gamma for i > 1, y(t + h) the last Y, error estimate sum e(i) z(i). An additive method has further
/// rows for g of f = g + s: Y(i) gets sum over j &lt; i of a'(i,j) h g(j), and y(t + h) = y + sum b(i) (z(i) + h g(i)).
/// </summary>
public sealed class DiagonallyImplicitTableau
{
    private const double Rounding = 1e-12;

    /// <summary>Creates a method.</summary>
    /// <param name="a">The lower triangle with the diagonal, s rows; row i (from 0) has i + 1 elements. The first is 0; the last are the weights of the solution.</param>
    /// <param name="nodes">The nodes, s elements; each is the sum of its row.</param>
    /// <param name="errorWeights">The weights e of the error estimate, s elements.</param>
    /// <param name="explicitRows">The strictly lower triangle a' of an additive method, s rows with the same sums, or null.</param>
    /// <exception cref="ArgumentException">Sizes or sums don't agree, or the diagonal isn't constant; the message says where.</exception>
    public DiagonallyImplicitTableau(double[][] a, double[] nodes, double[] errorWeights, double[][]? explicitRows = null)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(errorWeights);
        int s = Require.AtLeast(nodes.Length, 2, nameof(nodes));
        Require.Length(errorWeights.Length, s, nameof(errorWeights));
        A = Rows(a, nodes, 1, nameof(a));
        Gamma = Require.Positive(A[^1][^1], nameof(a));
        if (A[0][0] != 0)
            throw new ArgumentException(FormattableString.Invariant($"The first stage has the diagonal {A[0][0]}, expected 0: it is explicit."), nameof(a));
        for (int i = 1; i < s; i++)
        {
            if (Math.Abs(A[i][i] - Gamma) > Rounding)
                throw new ArgumentException(FormattableString.Invariant($"Row {i} of a has the diagonal {A[i][i]}, expected {Gamma} as the last."), nameof(a));
        }

        Nodes = [.. nodes];
        ErrorWeights = [.. errorWeights];
        ExplicitA = explicitRows is null ? null : Rows(explicitRows, nodes, 0, nameof(explicitRows));
    }

    /// <summary>The field's name of the method.</summary>
    public required string Name { get; init => field = Require.NotNull(value, nameof(Name)); }

    /// <summary>The order p: the error of a step is O(h^(p+1)).</summary>
    public required int Order { get; init => field = Require.Positive(value); }

    /// <summary>The order of the embedded solution with weights b - e.</summary>
    public required int EmbeddedOrder { get; init => field = Require.Positive(value); }

    /// <summary>True when the error estimate goes through the step's linear system, so that stiff components don't make it useless: for an embedded solution that isn't stable for them.</summary>
    public bool FiltersError { get; init; }

    /// <summary>The number s of stages.</summary>
    public int StageCount => Nodes.Length;

    /// <summary>The diagonal gamma.</summary>
    public double Gamma { get; }

    /// <summary>Whether there are rows for a part that isn't stiff.</summary>
    public bool IsAdditive => ExplicitA is not null;

    /// <summary>The weights b of the solution, s elements.</summary>
    public ReadOnlySpan<double> Weights => A[^1];

    internal double[][] A { get; }

    internal double[][]? ExplicitA { get; }

    internal double[] Nodes { get; }

    internal double[] ErrorWeights { get; }

    private static double[][] Rows(double[][] rows, double[] nodes, int extra, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);
        Require.Length(rows.Length, nodes.Length, name);
        double[][] copy = new double[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(rows[i], name);
            if (rows[i].Length != i + extra)
                throw new ArgumentException(FormattableString.Invariant($"Row {i} of {name} has {rows[i].Length} elements, expected {i + extra}."), name);
            double sum = 0;
            foreach (double element in rows[i])
                sum += element;
            if (!(Math.Abs(sum - nodes[i]) <= Rounding))
                throw new ArgumentException(FormattableString.Invariant($"The sum of row {i} of {name} is {sum}, expected {nodes[i]}, its node."), name);
            copy[i] = [.. rows[i]];
        }

        return copy;
    }
}
