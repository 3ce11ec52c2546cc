using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Networks;

/// <summary>
/// An orthonormal basis of the equivariant linear maps of one tensor to another: of the null space of the stacked constraints [d rho(A_i); rho(h_i) - I] on vec(W), rho = rho_out x rho_in*.
/// </summary>
/// <remarks>
/// For small tensors from the singular value decomposition of the dense matrix. For large ones the matrix is only applied: gradient descent with momentum on |C X|^2 for a block of random columns X leaves
/// their parts in the null space, which are then orthonormalized; the block is doubled until it is larger than the space. M. Finzi, M. Welling, A. G. Wilson (2021), algorithm 1.
/// </remarks>
public sealed class EquivariantBasis
{
    private const int LargestDense = 700;
    private const double Tolerance = 1e-10;

    private readonly MatrixGroup _group;
    private readonly bool[] _isDual;

    /// <summary>Computes a basis.</summary>
    /// <param name="group">The group.</param>
    /// <param name="input">The tensor that is mapped.</param>
    /// <param name="output">The tensor it is mapped to.</param>
    /// <param name="isIterative">True for the iteration, false for the decomposition; null for what the size suggests.</param>
    /// <exception cref="InvalidOperationException">The iteration doesn't converge, or the decomposition doesn't.</exception>
    public EquivariantBasis(MatrixGroup group, TensorRank input, TensorRank output, bool? isIterative = null)
    {
        _group = Require.NotNull(group);

        // W has the output's axes first, then those of the dual of the input: where a vector comes in there is a dual axis.
        _isDual = new bool[output.Order + input.Order];
        _isDual.AsSpan(output.Vectors, output.Duals + input.Vectors).Fill(true);
        InputSize = input.Size(group.Dimension);
        OutputSize = output.Size(group.Dimension);
        Length = checked(InputSize * OutputSize);
        double[] rows = group.LieAlgebra.Count + group.Discrete.Count == 0 ? Everything() : isIterative ?? Length > LargestDense ? Iterate() : Decompose();
        Count = rows.Length / Length;
        Rows = rows;
    }

    /// <summary>The number of maps.</summary>
    public int Count { get; }

    /// <summary>The number of elements of the input tensor.</summary>
    public int InputSize { get; }

    /// <summary>The number of elements of the output tensor.</summary>
    public int OutputSize { get; }

    /// <summary>The maps one after the other, output x input each, row-major; orthonormal as vectors.</summary>
    public ReadOnlyMemory<double> Rows { get; }

    private int Length { get; }

    private int Generators => _group.LieAlgebra.Count + _group.Discrete.Count;

    private double[] Everything()
    {
        var identity = new double[Length * Length];
        for (int i = 0; i < Length; i++)
            identity[(i * Length) + i] = 1;
        return identity;
    }

    private double[] Decompose()
    {
        int n = Length, m = n * Generators;
        var constraints = new double[checked(m * n)];
        double[] unit = new double[n], image = new double[n];
        for (int j = 0; j < n; j++)
        {
            unit[j] = 1;
            for (int generator = 0; generator < Generators; generator++)
            {
                Constrain(generator, isAdjoint: false, unit, image);
                for (int i = 0; i < n; i++)
                    constraints[((((long)generator * n) + i) * n) + j] = image[i];
            }

            unit[j] = 0;
        }

        var svd = new Svd<double>(m, n);
        if (!svd.Factor(constraints))
            throw new InvalidOperationException("The singular value decomposition of the constraints doesn't converge.");

        // Without any constraint but 0 every map is equivariant.
        return svd.Values[0] < Tolerance ? Everything() : svd.NullSpaceBasis(Tolerance).ToArray();
    }

    private double[] Iterate()
    {
        int n = Length;
        double step = 1 / LargestSquare();
        RandomKey key = RandomKey.FromSeed(0);
        for (int columns = Math.Min(n, 8); ; columns = Math.Min(n, 2 * columns))
        {
            var x = new double[columns * n];
            RandomFill.Normal(key.Fold((ulong)columns), x);
            for (int i = 0; i < columns; i++)
                Descend(x.AsSpan(i * n, n), step);

            var svd = new Svd<double>(columns, n);
            if (!svd.Factor(x))
                throw new InvalidOperationException("The singular value decomposition of the null space doesn't converge.");

            // Columns of length sqrt(n) whose part outside of the null space is below the tolerance: what is that small isn't in it.
            int rank = 0;
            while (rank < columns && svd.Values[rank] > 1e-6 * Math.Sqrt(n))
                rank++;
            if (rank < columns || columns == n)
                return svd.RightRows[..(rank * n)].ToArray();
        }
    }

    /// <summary>Descends on |C x|^2 / 2 until what is left of the part outside of the null space is below the tolerance.</summary>
    private void Descend(Span<double> x, double step)
    {
        const int MostSteps = 20000;
        const double Momentum = 0.9;
        double[] gradient = new double[x.Length], velocity = new double[x.Length], scratch = new double[x.Length];
        for (int i = 0; i < MostSteps; i++)
        {
            double square = Normal(x, gradient, scratch);
            if (Math.Sqrt(square) <= Tolerance * Math.Sqrt(x.Length / step))
                return;
            for (int k = 0; k < x.Length; k++)
            {
                velocity[k] = (Momentum * velocity[k]) - (step * gradient[k]);
                x[k] += velocity[k];
            }
        }

        throw new InvalidOperationException($"The constraints are too badly conditioned for the iteration: {MostSteps} steps weren't enough.");
    }

    /// <summary>The largest eigenvalue of C^T C, by the power method, from above by a margin.</summary>
    private double LargestSquare()
    {
        double[] x = new double[Length], image = new double[Length], scratch = new double[Length];
        RandomFill.Normal(RandomKey.FromSeed(1), x);
        double value = 0;
        for (int i = 0; i < 30; i++)
        {
            Normal(x, image, scratch);
            value = Math.Sqrt(Reduce.Dot<double>(image, image));
            if (value == 0)
                return 1;
            for (int k = 0; k < x.Length; k++)
                x[k] = image[k] / value;
        }

        return 1.2 * value;
    }

    /// <summary>Writes C^T C x and returns |C x|^2.</summary>
    private double Normal(ReadOnlySpan<double> x, Span<double> result, double[] scratch)
    {
        result.Clear();
        double square = 0;
        var image = new double[x.Length];
        for (int generator = 0; generator < Generators; generator++)
        {
            Constrain(generator, isAdjoint: false, x, image);
            foreach (double element in image)
                square += element * element;
            Constrain(generator, isAdjoint: true, image, scratch);
            for (int k = 0; k < x.Length; k++)
                result[k] += scratch[k];
        }

        return square;
    }

    /// <summary>One generator's block of constraints, or its transpose, applied to vec(W).</summary>
    private void Constrain(int generator, bool isAdjoint, ReadOnlySpan<double> x, Span<double> result)
    {
        int d = _group.Dimension, order = _isDual.Length;
        var matrix = new double[d * d];
        if (generator < _group.LieAlgebra.Count)
        {
            // d rho(A): A along each axis of a vector, -A^T along each of a dual.
            result.Clear();
            for (int axis = 0; axis < order; axis++)
            {
                Fill(matrix, _group.LieAlgebra[generator], _isDual[axis] != isAdjoint, _isDual[axis] ? -1 : 1);
                TensorRepresentation.AlongAxis(d, matrix, order, axis, x, result);
            }

            return;
        }

        int index = generator - _group.LieAlgebra.Count;
        double[] values = x.ToArray(), next = new double[x.Length];
        for (int axis = 0; axis < order; axis++)
        {
            Fill(matrix, _isDual[axis] ? _group.DiscreteInverses[index] : _group.Discrete[index], _isDual[axis] != isAdjoint, 1);
            Array.Clear(next);
            TensorRepresentation.AlongAxis(d, matrix, order, axis, values, next);
            (values, next) = (next, values);
        }

        for (int k = 0; k < x.Length; k++)
            result[k] = values[k] - x[k];
    }

    private void Fill(double[] target, double[] source, bool isTransposed, double factor)
    {
        int d = _group.Dimension;
        for (int i = 0; i < d; i++)
        {
            for (int j = 0; j < d; j++)
                target[(i * d) + j] = factor * (isTransposed ? source[(j * d) + i] : source[(i * d) + j]);
        }
    }
}
