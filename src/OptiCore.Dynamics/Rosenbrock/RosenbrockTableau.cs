namespace OptiCore.Dynamics;

/// <summary>
/// The coefficients of a Rosenbrock method in the form without products of the Jacobian: stages
/// (M / (gamma h) - J) u(i) = f(t + c(i) h, y + sum a(i,j) u(j)) + M sum (c'(i,j) / h) u(j) + h d(i) df/dt, solution y + sum m(i) u(i), error estimate sum e(i) u(i).
/// </summary>
/// <remarks>
/// Between t and t + h, with theta from 0 to 1 and rest = 1 - theta, the solution is rest y + theta (y new + rest (D0 + theta (D1 + theta D2))) with D(j) = sum d(j,i) u(i) where the method has such
/// weights, else the cubic through both ends and the derivatives there. E. Hairer, G. Wanner (1996), Solving Ordinary Differential Equations II, section IV.7.
/// </remarks>
public sealed class RosenbrockTableau
{
    /// <summary>Creates a method from the transformed coefficients.</summary>
    /// <param name="gamma">The diagonal gamma, above 0.</param>
    /// <param name="a">The strictly lower triangle of the stages' points, s rows; row i (from 0) has i elements.</param>
    /// <param name="c">The strictly lower triangle c', s rows; row i has i elements.</param>
    /// <param name="nodes">The nodes, s elements.</param>
    /// <param name="timeWeights">The weights d of df/dt, s elements.</param>
    /// <param name="weights">The weights m of the solution, s elements.</param>
    /// <param name="errorWeights">The weights e of the error estimate, s elements.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public RosenbrockTableau(double gamma, double[][] a, double[][] c, double[] nodes, double[] timeWeights, double[] weights, double[] errorWeights)
    {
        Gamma = Require.Positive(gamma, nameof(gamma));
        ArgumentNullException.ThrowIfNull(weights);
        int s = Require.Positive(weights.Length, nameof(weights));
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(timeWeights);
        ArgumentNullException.ThrowIfNull(errorWeights);
        Require.Length(nodes.Length, s, nameof(nodes));
        Require.Length(timeWeights.Length, s, nameof(timeWeights));
        Require.Length(errorWeights.Length, s, nameof(errorWeights));
        A = Triangle(a, s, nameof(a));
        C = Triangle(c, s, nameof(c));
        Nodes = [.. nodes];
        TimeWeights = [.. timeWeights];
        Weights = [.. weights];
        ErrorWeights = [.. errorWeights];
    }

    /// <summary>The field's name of the method.</summary>
    public required string Name { get; init => field = Require.NotNull(value, nameof(Name)); }

    /// <summary>The order p: the error of a step is O(h^(p+1)).</summary>
    public required int Order { get; init => field = Require.Positive(value); }

    /// <summary>The order of the embedded solution.</summary>
    public required int EmbeddedOrder { get; init => field = Require.Positive(value); }

    /// <summary>True when the order holds for any matrix in place of J and any vector in place of df/dt: a W-method, for which an old Jacobian does.</summary>
    public bool IsInexact { get; init; }

    /// <summary>The weights of the dense output, up to three rows of s elements; empty for the cubic. Default: none.</summary>
    /// <exception cref="ArgumentException">There are more than three rows, or a length isn't s.</exception>
    public IReadOnlyList<double[]> DenseWeights
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(DenseWeights));
            if (value.Count > 3)
                throw new ArgumentException(FormattableString.Invariant($"There are {value.Count} rows of dense weights, expected at most 3."), nameof(DenseWeights));
            double[][] copy = new double[value.Count][];
            for (int i = 0; i < copy.Length; i++)
            {
                Require.Length(value[i].Length, StageCount, nameof(DenseWeights));
                copy[i] = [.. value[i]];
            }

            field = copy;
        }
    } = [];

    /// <summary>The order of the dense output: its error within a step is O(h^(order + 1)).</summary>
    public int DenseOrder { get => field > 0 ? field : 3; init => field = Require.Positive(value); }

    /// <summary>The number s of stages.</summary>
    public int StageCount => Weights.Length;

    /// <summary>The diagonal gamma.</summary>
    public double Gamma { get; }

    internal double[][] A { get; }

    internal double[][] C { get; }

    internal double[] Nodes { get; }

    internal double[] TimeWeights { get; }

    internal double[] Weights { get; }

    internal double[] ErrorWeights { get; }

    /// <summary>
    /// Creates a method from the coefficients of the form that papers define it in: k(i) = h f(t + alpha(i) h, y + sum alpha(i,j) k(j)) + h J sum gamma(i,j) k(j) + h^2 gamma(i) df/dt,
    /// y new = y + sum b(i) k(i).
    /// </summary>
    /// <param name="alpha">The strictly lower triangle of the points, s rows; row i has i elements.</param>
    /// <param name="gamma">The lower triangle with the diagonal, s rows; row i has i + 1 elements, the last always the same.</param>
    /// <param name="b">The weights, s elements.</param>
    /// <param name="embedded">The weights of the embedded solution, s elements.</param>
    /// <param name="name">The field's name.</param>
    /// <param name="order">The order.</param>
    /// <param name="embeddedOrder">The order of the embedded solution.</param>
    /// <param name="isInexact">Whether it is a W-method.</param>
    internal static RosenbrockTableau FromDefinition(double[][] alpha, double[][] gamma, double[] b, double[] embedded, string name, int order, int embeddedOrder, bool isInexact)
    {
        int s = b.Length;
        double diagonal = gamma[0][0];
        double[][] inverse = new double[s][], a = new double[s][], c = new double[s][];
        double[] nodes = new double[s], times = new double[s], weights = new double[s], errors = new double[s];

        // With u = Gamma k: a = alpha Gamma^(-1), m = b Gamma^(-1), c' = 1 / gamma - Gamma^(-1).
        for (int i = 0; i < s; i++)
        {
            inverse[i] = new double[i + 1];
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? 1 : 0;
                for (int k = j; k < i; k++)
                    sum -= gamma[i][k] * inverse[k][j];
                inverse[i][j] = sum / diagonal;
            }
        }

        for (int i = 0; i < s; i++)
        {
            (a[i], c[i]) = (new double[i], new double[i]);
            for (int j = 0; j < i; j++)
            {
                nodes[i] += alpha[i][j];
                c[i][j] = -inverse[i][j];
                for (int k = j; k < i; k++)
                    a[i][j] += alpha[i][k] * inverse[k][j];
            }

            for (int j = 0; j <= i; j++)
            {
                times[i] += gamma[i][j];
                weights[j] += b[i] * inverse[i][j];
                errors[j] += (b[i] - embedded[i]) * inverse[i][j];
            }
        }

        return new RosenbrockTableau(diagonal, a, c, nodes, times, weights, errors) { Name = name, Order = order, EmbeddedOrder = embeddedOrder, IsInexact = isInexact };
    }

    private static double[][] Triangle(double[][] rows, int s, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);
        Require.Length(rows.Length, s, name);
        double[][] copy = new double[s][];
        for (int i = 0; i < s; i++)
        {
            ArgumentNullException.ThrowIfNull(rows[i], name);
            if (rows[i].Length != i)
                throw new ArgumentException(FormattableString.Invariant($"Row {i} of {name} has {rows[i].Length} elements, expected {i}."), name);
            copy[i] = [.. rows[i]];
        }

        return copy;
    }
}
