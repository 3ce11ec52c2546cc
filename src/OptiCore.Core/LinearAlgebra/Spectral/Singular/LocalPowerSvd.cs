using OptiCore.Randomness;

namespace OptiCore.LinearAlgebra;

/// <summary>How <see cref="LocalPowerSvd"/> turns the bases of the nodes before it averages them.</summary>
public enum BasisAlignment
{
    /// <summary>Not at all. Bases that differ by a rotation cancel each other: for comparison only.</summary>
    None,

    /// <summary>Each vector is turned to the same side as the base node's.</summary>
    Signs,

    /// <summary>By the orthogonal matrix that brings the basis closest to the base node's (orthogonal Procrustes problem).</summary>
    Procrustes,
}

/// <summary>The configuration of <see cref="LocalPowerSvd"/>.</summary>
public sealed record LocalPowerOptions
{
    /// <summary>The number k of singular vectors. Default 5.</summary>
    public int Rank { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The number p of power iterations that every node does on its own part between two communications. Default 4; 1 is the ordinary distributed power iteration.</summary>
    public int LocalSteps { get; init => field = Require.Positive(value); } = 4;

    /// <summary>
    /// After this many communications p is halved, and so on until it is 1. Default 10. 0 keeps p: the error then stays at a level that grows with p and with the differences between the parts.
    /// </summary>
    public int HalveEvery { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>How bases are aligned. Default: <see cref="BasisAlignment.Procrustes"/>.</summary>
    public BasisAlignment Alignment { get; init => field = Require.Defined(value); } = BasisAlignment.Procrustes;
}

/// <summary>
/// The k leading right singular vectors of a matrix whose rows are spread over nodes, by local power iterations: nodes iterate on their own rows and rarely communicate.
/// </summary>
/// <remarks>
/// <para>With the parts A_i of s_i rows, n in all, a round is, at each node, p times Y_i = A_i' A_i Z_i / s_i, Z_i = orth(Y_i), but for the last time, when
/// Y = sum_i (s_i / n) Y_i O_i is formed, the only communication (k d numbers from each node and back), and Z = orth(Y) is sent to all. O_i aligns the basis Z_i before that step with the one of the
/// base node, the largest. To moderate accuracy this takes about p times fewer communications than p = 1; decaying p leads on to full accuracy.</para>
/// <para>About 4 p n d k operations a round. Workers do the nodes; the bits are the same for any number of them. After the start nothing is allocated with
/// one worker.</para>
/// <para>Li, Wang, Chen and Zhang (2021), Communication-efficient distributed SVD via local power iterations.</para>
/// </remarks>
public sealed class LocalPowerSvd
{
    private readonly LocalPowerOptions _options;
    private readonly ReadOnlyMemory<double>[] _parts;
    private readonly Node[] _nodes;
    private readonly int _base;
    private readonly double[] _sum;
    private readonly double[] _basis;
    private readonly double[] _gram;
    private readonly double[] _values;
    private readonly RowHouseholder<double> _qr;
    private readonly SymmetricEigen<double> _eigen;
    private readonly IWorkers _workers;
    private readonly Action<int> _iterate;
    private readonly long _rows;

    /// <summary>Places the parts on nodes and draws the first basis.</summary>
    /// <param name="parts">The rows of each node, row-major, at least one node with at least one row. Are only read and not copied.</param>
    /// <param name="columns">The number d of columns, at least the rank.</param>
    /// <param name="key">The key of the first basis.</param>
    /// <param name="options">The configuration; null for the defaults.</param>
    /// <param name="workers">Who does the nodes; null for the calling thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer columns than the rank.</exception>
    /// <exception cref="ArgumentException">There are no parts, or one is not a whole number of rows or has an element that isn't finite.</exception>
    public LocalPowerSvd(IReadOnlyList<ReadOnlyMemory<double>> parts, int columns, RandomKey key, LocalPowerOptions? options = null, IWorkers? workers = null)
    {
        _options = options ?? new LocalPowerOptions();
        _parts = [.. Require.NotNull(parts)];
        _workers = workers ?? Workers.Serial;
        Columns = Require.AtLeast(columns, _options.Rank, nameof(columns));
        if (_parts.Length == 0)
            throw new ArgumentException("There are no parts; at least one is expected.", nameof(parts));
        int k = _options.Rank;
        _nodes = new Node[_parts.Length];
        for (int i = 0; i < _nodes.Length; i++)
        {
            ReadOnlySpan<double> part = _parts[i].Span;
            if (part.IsEmpty || part.Length % columns != 0)
                throw new ArgumentException($"parts[{i}] has {part.Length} elements, expected a positive multiple of {columns}.", nameof(parts));
            Require.AllFinite(part, nameof(parts));
            _nodes[i] = new Node(part.Length / columns, k, columns);
            _rows += _nodes[i].Rows;
            if (_nodes[i].Rows > _nodes[_base].Rows)
                _base = i;
        }

        _sum = new double[k * columns];
        _basis = new double[k * columns];
        _gram = new double[k * k];
        _values = new double[k];
        _qr = new RowHouseholder<double>(k, columns, k);
        _eigen = new SymmetricEigen<double>(k);
        _iterate = Iterate;
        LocalSteps = _options.LocalSteps;
        RandomFill.Normal(key, _sum);
        Broadcast();
    }

    /// <summary>The number d of columns.</summary>
    public int Columns { get; }

    /// <summary>The number of communications so far.</summary>
    public int Communications { get; private set; }

    /// <summary>The number p of local steps of the next round.</summary>
    public int LocalSteps { get; private set; }

    /// <summary>The basis, k x d, row-major, with orthonormal rows. After <see cref="Ritz"/> the rows are the singular vectors.</summary>
    public ReadOnlySpan<double> RightRows => _basis;

    /// <summary>The k singular values that <see cref="Ritz"/> found, in descending order; zeros before.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>One round: the local steps of all nodes and one communication.</summary>
    public void Round()
    {
        _workers.ForEach(_nodes.Length, _iterate);
        Array.Clear(_sum);
        int k = _options.Rank;
        for (int i = 0; i < _nodes.Length; i++)
        {
            // O_i Y_i for bases as rows.
            Node node = _nodes[i];
            Align(node, _nodes[_base]);
            Blas.Gemm(false, false, k, Columns, k, (double)node.Rows / _rows, node.Rotation, k, node.Image, Columns, 1.0, _sum, Columns);
        }

        Broadcast();
        Communications++;
        if (_options.HalveEvery > 0 && Communications % _options.HalveEvery == 0)
            LocalSteps = Math.Max(1, LocalSteps / 2);
    }

    /// <summary>
    /// Turns the basis into singular vectors and computes the singular values, by the eigendecomposition of V A' A V' (Rayleigh and Ritz): one further communication of k^2 numbers from each node.
    /// </summary>
    /// <returns>False when an iteration did not converge, which is not known to happen.</returns>
    public bool Ritz()
    {
        int k = _options.Rank;
        Array.Clear(_gram);
        for (int i = 0; i < _nodes.Length; i++)
        {
            Node node = _nodes[i];
            Blas.Gemm(false, true, k, node.Rows, Columns, 1.0, _basis, Columns, _parts[i].Span, Columns, 0.0, node.Product, node.Rows);
            Blas.Gemm(false, true, k, k, node.Rows, 1.0, node.Product, node.Rows, node.Product, node.Rows, 1.0, _gram, k);
        }

        if (!_eigen.Factor(_gram))
            return false;
        Blas.Gemm(false, false, k, Columns, k, 1.0, _eigen.VectorRows, k, _basis, Columns, 0.0, _sum, Columns);
        for (int j = 0; j < k; j++)
        {
            _values[j] = Math.Sqrt(Math.Max(0, _eigen.Values[k - 1 - j]));
            _sum.AsSpan((k - 1 - j) * Columns, Columns).CopyTo(_basis.AsSpan(j * Columns));
        }

        foreach (Node node in _nodes)
            _basis.CopyTo(node.Basis, 0);
        Communications++;
        return true;
    }

    private void Broadcast()
    {
        _qr.Factor(_sum, Columns);
        _qr.FormRows(_sum, Columns, _basis, Columns);
        foreach (Node node in _nodes)
            _basis.CopyTo(node.Basis, 0);
    }

    /// <summary>The local steps of a node; the last image isn't orthonormalised.</summary>
    private void Iterate(int i)
    {
        Node node = _nodes[i];
        int k = _options.Rank;
        ReadOnlySpan<double> a = _parts[i].Span;
        for (int step = 1; step <= LocalSteps; step++)
        {
            Blas.Gemm(false, true, k, node.Rows, Columns, 1.0, node.Basis, Columns, a, Columns, 0.0, node.Product, node.Rows);
            Blas.Gemm(false, false, k, Columns, node.Rows, 1.0 / node.Rows, node.Product, node.Rows, a, Columns, 0.0, node.Image, Columns);
            if (step == LocalSteps)
                return;
            node.Qr.Factor(node.Image, Columns);
            node.Qr.FormRows(node.Image, Columns, node.Basis, Columns);
        }
    }

    private void Align(Node node, Node to)
    {
        int k = _options.Rank;
        if (_options.Alignment == BasisAlignment.Procrustes && node != to && LocalSteps > 1 && node.Subspaces.Procrustes(node.Basis, to.Basis, node.Rotation))
            return;
        Array.Clear(node.Rotation);
        for (int j = 0; j < k; j++)
        {
            bool turn = _options.Alignment == BasisAlignment.Signs
                && Numerics.Reduce.Dot<double>(node.Basis.AsSpan(j * Columns, Columns), to.Basis.AsSpan(j * Columns, Columns)) < 0;
            node.Rotation[(j * k) + j] = turn ? -1 : 1;
        }
    }

    private sealed class Node(int rows, int k, int columns)
    {
        public int Rows => rows;

        public double[] Basis { get; } = new double[k * columns];

        public double[] Image { get; } = new double[k * columns];

        public double[] Product { get; } = new double[k * rows];

        public double[] Rotation { get; } = new double[k * k];

        public RowHouseholder<double> Qr { get; } = new(k, columns, k);

        public Subspaces<double> Subspaces { get; } = new(k, columns);
    }
}
