using OptiCore.LinearAlgebra;

namespace OptiCore.Networks;

/// <summary>The type T(p, q) of a tensor, which transforms as the product of p vectors and q dual vectors: d^(p + q) numbers, the axes of vectors first. T(0, 0) is a scalar, T(1, 1) a linear map.</summary>
/// <param name="Vectors">The number p of axes that transform by g.</param>
/// <param name="Duals">The number q of axes that transform by the inverse transpose of g.</param>
public readonly record struct TensorRank(int Vectors, int Duals)
{
    /// <summary>The number of axes.</summary>
    public int Order => Vectors + Duals;

    /// <summary>The number of elements for matrices of an order.</summary>
    /// <param name="dimension">The order d.</param>
    public int Size(int dimension)
    {
        int size = 1;
        for (int i = 0; i < Order; i++)
            size = checked(size * dimension);
        return size;
    }
}

/// <summary>
/// How a vector of features transforms: as a sum of tensors, one after the other. Built by sums, products and duals: <c>2 * TensorRepresentation.Vector + TensorRepresentation.Scalar</c> has two
/// vectors and a scalar.
/// </summary>
/// <remarks>Tensors of one type lie side by side, in the order in which the types were named first. A product is the sum of the products of the terms, axes of vectors before those of duals.</remarks>
public sealed record TensorRepresentation
{
    private readonly (TensorRank Rank, int Count)[] _terms;

    private TensorRepresentation((TensorRank Rank, int Count)[] terms) => _terms = terms;

    private static TensorRepresentation Joined(ReadOnlySpan<(TensorRank Rank, int Count)> terms)
    {
        var joined = new List<(TensorRank Rank, int Count)>();
        foreach ((TensorRank rank, int count) in terms)
        {
            int known = joined.FindIndex(term => term.Rank == rank);
            if (known < 0)
                joined.Add((rank, count));
            else
                joined[known] = (rank, checked(joined[known].Count + count));
        }

        joined.RemoveAll(term => term.Count == 0);
        return new TensorRepresentation([.. joined]);
    }

    /// <summary>A scalar, which doesn't transform.</summary>
    public static TensorRepresentation Scalar { get; } = Tensor(0, 0);

    /// <summary>A vector, g v.</summary>
    public static TensorRepresentation Vector { get; } = Tensor(1, 0);

    /// <summary>The tensors and how many there are of each.</summary>
    public IReadOnlyList<(TensorRank Rank, int Count)> Terms => _terms;

    /// <summary>The representation of the dual space: vectors and dual vectors exchanged.</summary>
    public TensorRepresentation Dual => Mapped(term => (new TensorRank(term.Rank.Duals, term.Rank.Vectors), term.Count));

    /// <summary>Both, one after the other.</summary>
    /// <param name="left">A representation.</param>
    /// <param name="right">Another.</param>
    public static TensorRepresentation operator +(TensorRepresentation left, TensorRepresentation right) => Joined([.. Require.NotNull(left)._terms, .. Require.NotNull(right)._terms]);

    /// <summary>The tensor product.</summary>
    /// <param name="left">A representation.</param>
    /// <param name="right">Another.</param>
    public static TensorRepresentation operator *(TensorRepresentation left, TensorRepresentation right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var terms = new List<(TensorRank Rank, int Count)>();
        foreach ((TensorRank a, int first) in left._terms)
        {
            foreach ((TensorRank b, int second) in right._terms)
                terms.Add((new TensorRank(a.Vectors + b.Vectors, a.Duals + b.Duals), checked(first * second)));
        }

        return Joined([.. terms]);
    }

    /// <summary>Several of a kind.</summary>
    /// <param name="count">How many.</param>
    /// <param name="representation">The representation.</param>
    public static TensorRepresentation operator *(int count, TensorRepresentation representation)
    {
        Require.NonNegative(count);
        return Joined(Array.ConvertAll(Require.NotNull(representation)._terms, term => (term.Rank, checked(term.Count * count))));
    }

    /// <summary>A tensor T(p, q).</summary>
    /// <param name="vectors">The number p of axes that transform as vectors.</param>
    /// <param name="duals">The number q of axes that transform as dual vectors.</param>
    public static TensorRepresentation Tensor(int vectors, int duals = 0) => new([(new TensorRank(Require.NonNegative(vectors), Require.NonNegative(duals)), 1)]);

    /// <summary>The number of features.</summary>
    /// <param name="dimension">The order d of the group's matrices.</param>
    public int Size(int dimension)
    {
        int size = 0;
        foreach ((TensorRank rank, int count) in _terms)
            size = checked(size + (count * rank.Size(dimension)));
        return size;
    }

    /// <summary>Transforms features, rho(g) x.</summary>
    /// <param name="dimension">The order d of the group's matrices.</param>
    /// <param name="g">An element of the group, d x d, row-major.</param>
    /// <param name="x">The features.</param>
    /// <param name="result">Receives the transformed features.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the element is singular.</exception>
    public void Transform(int dimension, ReadOnlySpan<double> g, ReadOnlySpan<double> x, Span<double> result)
    {
        int square = checked(dimension * dimension);
        Require.Length(g.Length, square, nameof(g));
        Require.Length(x.Length, Size(dimension), nameof(x));
        Require.Length(result.Length, x.Length, nameof(result));
        double[] factors = g.ToArray(), inverse = new double[square], dual = new double[square];
        var permutation = new int[dimension];
        if (!Lu.TryFactor<double>(factors, dimension, dimension, permutation))
            throw new ArgumentException("The element is singular.", nameof(g));
        Lu.Inverse<double>(factors, dimension, dimension, permutation, inverse, dimension);
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                dual[(i * dimension) + j] = inverse[(j * dimension) + i];
        }

        int offset = 0;
        foreach ((TensorRank rank, int count) in _terms)
        {
            int size = rank.Size(dimension);
            double[] values = new double[size], next = new double[size];
            for (int copy = 0; copy < count; copy++, offset += size)
            {
                x.Slice(offset, size).CopyTo(values);
                for (int axis = 0; axis < rank.Order; axis++)
                {
                    Array.Clear(next);
                    AlongAxis(dimension, axis < rank.Vectors ? g : dual, rank.Order, axis, values, next);
                    (values, next) = (next, values);
                }

                values.CopyTo(result.Slice(offset, size));
            }
        }
    }

    /// <summary>As of tensors of an orthogonal group, where dual vectors are vectors. All stay in their places, so that terms of one type may be apart.</summary>
    internal TensorRepresentation For(MatrixGroup group) =>
        group.IsOrthogonal ? Mapped(term => (new TensorRank(term.Rank.Order, 0), term.Count)) : this;

    /// <inheritdoc/>
    public bool Equals(TensorRepresentation? other) => other is not null && _terms.AsSpan().SequenceEqual(other._terms);

    /// <inheritdoc/>
    public override int GetHashCode() => _terms.Length == 0 ? 0 : HashCode.Combine(_terms.Length, _terms[0]);

    /// <summary>The terms, as in <c>2 T(1, 0) + T(0, 0)</c>.</summary>
    public override string ToString() => string.Join(" + ", Array.ConvertAll(_terms, term => $"{(term.Count == 1 ? "" : term.Count + " ")}T({term.Rank.Vectors}, {term.Rank.Duals})"));

    /// <summary>Each term changed in its place.</summary>
    private TensorRepresentation Mapped(Converter<(TensorRank Rank, int Count), (TensorRank Rank, int Count)> change) => new(Array.ConvertAll(_terms, change));

    /// <summary>Adds the product of a matrix and a tensor along one of its axes.</summary>
    internal static void AlongAxis(int d, ReadOnlySpan<double> matrix, int order, int axis, ReadOnlySpan<double> x, Span<double> result)
    {
        int inner = 1;
        for (int i = axis + 1; i < order; i++)
            inner *= d;
        for (int start = 0; start < x.Length; start += d * inner)
        {
            for (int i = 0; i < d; i++)
            {
                for (int j = 0; j < d; j++)
                {
                    double factor = matrix[(i * d) + j];
                    if (factor == 0)
                        continue;
                    ReadOnlySpan<double> from = x.Slice(start + (j * inner), inner);
                    Span<double> to = result.Slice(start + (i * inner), inner);
                    for (int k = 0; k < inner; k++)
                        to[k] += factor * from[k];
                }
            }
        }
    }
}
