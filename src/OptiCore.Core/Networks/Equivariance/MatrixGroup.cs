using System.Collections.Concurrent;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Networks;

/// <summary>
/// A group of d x d matrices, given by generators: of its Lie algebra, matrices A_i with exp(t A_i) in the group for all t, and discrete ones h_i. What is equivariant to the generators is to the
/// whole group that they generate.
/// </summary>
/// <remarks>Bases of equivariant maps are kept in the object: use one for all layers of a network. Safe for several threads.</remarks>
public sealed class MatrixGroup
{
    private readonly double[][] _algebra, _discrete, _inverses;
    private readonly ConcurrentDictionary<(int, int, int, int), EquivariantBasis> _bases = new();

    /// <summary>Copies generators.</summary>
    /// <param name="dimension">The order d of the matrices.</param>
    /// <param name="lieAlgebra">Generators of the Lie algebra, d x d each, row-major; may be none.</param>
    /// <param name="discrete">Discrete generators, d x d each, row-major, invertible; may be none.</param>
    /// <exception cref="ArgumentException">A length is wrong, an element isn't finite, or a discrete generator is singular.</exception>
    public MatrixGroup(int dimension, IReadOnlyList<double[]> lieAlgebra, IReadOnlyList<double[]> discrete)
    {
        Dimension = Require.Positive(dimension);
        _algebra = Copy(Require.NotNull(lieAlgebra), nameof(lieAlgebra));
        _discrete = Copy(Require.NotNull(discrete), nameof(discrete));
        _inverses = Array.ConvertAll(_discrete, Inverse);
        IsOrthogonal = true;
        foreach (double[] generator in _algebra)
            IsOrthogonal &= AreTransposes(generator, generator, -1);
        for (int i = 0; i < _discrete.Length; i++)
            IsOrthogonal &= AreTransposes(_discrete[i], _inverses[i], 1);
    }

    /// <summary>The order d of the matrices.</summary>
    public int Dimension { get; }

    /// <summary>The generators of the Lie algebra.</summary>
    public IReadOnlyList<double[]> LieAlgebra => _algebra;

    /// <summary>The discrete generators.</summary>
    public IReadOnlyList<double[]> Discrete => _discrete;

    /// <summary>Whether all matrices are orthogonal, so that vectors and dual vectors transform alike.</summary>
    public bool IsOrthogonal { get; }

    /// <summary>The inverses of the discrete generators.</summary>
    internal IReadOnlyList<double[]> DiscreteInverses => _inverses;

    /// <summary>The rotations of n dimensions, SO(n).</summary>
    /// <param name="n">The dimension.</param>
    public static MatrixGroup SpecialOrthogonal(int n) => new(n, Rotations(n), []);

    /// <summary>Rotations and reflections of n dimensions, O(n).</summary>
    /// <param name="n">The dimension.</param>
    public static MatrixGroup Orthogonal(int n)
    {
        double[] reflection = Identity(n);
        reflection[0] = -1;
        return new MatrixGroup(n, Rotations(n), [reflection]);
    }

    /// <summary>The Lorentz group, of coordinates (t, x, y, z) with the metric diag(1, -1, -1, -1).</summary>
    /// <param name="isProper">True for the connected part SO+(1, 3), false for all of O(1, 3), with reflections of space and time.</param>
    public static MatrixGroup Lorentz(bool isProper = true)
    {
        var generators = new List<double[]>();
        for (int i = 1; i < 4; i++)
        {
            var boost = new double[16];
            boost[i] = boost[4 * i] = 1;
            generators.Add(boost);
            for (int j = 1; j < i; j++)
                generators.Add(Rotation(4, j, i));
        }

        if (isProper)
            return new MatrixGroup(4, generators, []);
        double[] space = Identity(4), time = Identity(4);
        space[5] = -1;
        time[0] = -1;
        return new MatrixGroup(4, generators, [space, time]);
    }

    /// <summary>The permutations of n coordinates, S_n.</summary>
    /// <param name="n">The number of coordinates.</param>
    public static MatrixGroup Permutations(int n)
    {
        if (Require.Positive(n) == 1)
            return new MatrixGroup(1, [], []);
        double[] exchange = Identity(n);
        exchange[0] = exchange[n + 1] = 0;
        exchange[1] = exchange[n] = 1;
        return new MatrixGroup(n, [], [exchange, Shift(n)]);
    }

    /// <summary>The cyclic shifts of n coordinates, Z_n.</summary>
    /// <param name="n">The number of coordinates.</param>
    public static MatrixGroup Cyclic(int n) => new(Require.Positive(n), [], [Shift(n)]);

    /// <summary>Draws an element, g = exp(sum_i z_i A_i) times a random product of discrete generators: no invariant measure, but all parts of the group occur.</summary>
    /// <param name="key">The key; the same key draws the same element.</param>
    /// <param name="g">Receives the matrix, row-major.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void Sample(RandomKey key, Span<double> g)
    {
        int d = Dimension;
        Require.Length(g.Length, d * d, nameof(g));
        var exponent = new double[d * d];
        var coefficients = new double[Math.Max(1, _algebra.Length)];
        RandomFill.Normal(key.Fold("algebra"), coefficients);
        for (int i = 0; i < _algebra.Length; i++)
        {
            for (int k = 0; k < exponent.Length; k++)
                exponent[k] += coefficients[i] * _algebra[i][k];
        }

        double[] element = new double[d * d], product = new double[d * d];
        new MatrixExponential<double>(d).Compute(exponent, element);
        if (_discrete.Length > 0)
        {
            // So many factors that a permutation of many coordinates is mixed.
            var choices = new double[4 * d];
            RandomFill.Uniform(key.Fold("discrete"), choices);
            foreach (double choice in choices)
            {
                // One more than there are generators: to be left out is a choice too, or reflections would come in even numbers only.
                int index = (int)(choice * (_discrete.Length + 1));
                if (index == _discrete.Length)
                    continue;
                Blas.Multiply<double>(element, _discrete[index], product, d, d, d);
                (element, product) = (product, element);
            }
        }

        element.CopyTo(g);
    }

    /// <summary>The basis of maps of one tensor to another; computed once.</summary>
    internal EquivariantBasis BasisOf(TensorRank input, TensorRank output) =>
        _bases.GetOrAdd((input.Vectors, input.Duals, output.Vectors, output.Duals), _ => new EquivariantBasis(this, input, output));

    private static List<double[]> Rotations(int n)
    {
        var generators = new List<double[]>();
        for (int i = 0; i < Require.Positive(n); i++)
        {
            for (int j = 0; j < i; j++)
                generators.Add(Rotation(n, j, i));
        }

        return generators;
    }

    private static double[] Rotation(int n, int i, int j)
    {
        var generator = new double[n * n];
        generator[(i * n) + j] = -1;
        generator[(j * n) + i] = 1;
        return generator;
    }

    private static double[] Identity(int n)
    {
        var matrix = new double[n * n];
        for (int i = 0; i < n; i++)
            matrix[(i * n) + i] = 1;
        return matrix;
    }

    private static double[] Shift(int n)
    {
        var matrix = new double[n * n];
        for (int i = 0; i < n; i++)
            matrix[(((i + 1) % n) * n) + i] = 1;
        return matrix;
    }

    private double[][] Copy(IReadOnlyList<double[]> matrices, string name)
    {
        var copies = new double[matrices.Count][];
        for (int i = 0; i < copies.Length; i++)
        {
            Require.Length(matrices[i].Length, Dimension * Dimension, name);
            Require.AllFinite<double>(matrices[i], name);
            copies[i] = (double[])matrices[i].Clone();
        }

        return copies;
    }

    private double[] Inverse(double[] matrix)
    {
        int d = Dimension;
        double[] factors = (double[])matrix.Clone(), inverse = new double[d * d];
        var permutation = new int[d];
        if (!Lu.TryFactor<double>(factors, d, d, permutation))
            throw new ArgumentException("A discrete generator is singular.");
        Lu.Inverse<double>(factors, d, d, permutation, inverse, d);
        return inverse;
    }

    /// <summary>Whether a^T = sign b.</summary>
    private bool AreTransposes(double[] a, double[] b, double sign)
    {
        for (int i = 0; i < Dimension; i++)
        {
            for (int j = 0; j < Dimension; j++)
            {
                if (Math.Abs(a[(j * Dimension) + i] - (sign * b[(i * Dimension) + j])) > 1e-12)
                    return false;
            }
        }

        return true;
    }
}
