using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>Sums of weighted squares, sum of weight (y - phi beta)^2: A = sum of weight phi phi', b = sum of weight y phi, and the minimiser of least norm. Features may be mostly 0.</summary>
internal sealed class NormalEquations(int length)
{
    private readonly double[] _matrix = new double[checked(length * length)];
    private readonly double[] _right = new double[length];
    private readonly int[] _nonzero = new int[length];

    public Span<double> Right => _right;

    public void Add(ReadOnlySpan<double> features, double weight, double value)
    {
        int count = 0;
        for (int j = 0; j < features.Length; j++)
        {
            if (features[j] != 0)
                _nonzero[count++] = j;
        }

        for (int s = 0; s < count; s++)
        {
            int j = _nonzero[s];
            double scaled = weight * features[j];
            _right[j] += scaled * value;
            Span<double> row = _matrix.AsSpan(j * length, length);
            for (int t = 0; t <= s; t++)
                row[_nonzero[t]] += scaled * features[_nonzero[t]];
        }
    }

    public void Clear()
    {
        Array.Clear(_matrix);
        Array.Clear(_right);
    }

    public void AddToDiagonal(int index, double value) => _matrix[(index * length) + index] += value;

    /// <summary>Writes the solution; of least norm when A is singular.</summary>
    public void Solve(Span<double> solution)
    {
        double[] factor = (double[])_matrix.Clone();
        if (Cholesky.TryFactor<double>(factor, length) && IsWellConditioned(factor))
        {
            _right.CopyTo(solution);
            Cholesky.Solve<double>(factor, length, length, solution);
            return;
        }

        for (int j = 0; j < length; j++)
        {
            for (int k = j + 1; k < length; k++)
                _matrix[(j * length) + k] = _matrix[(k * length) + j];
        }

        var orthogonal = new CompleteOrthogonal<double>(length, length);
        orthogonal.Factor(_matrix);
        orthogonal.Solve(_right, solution);
    }

    // The squares of the pivots of a matrix that is singular but for rounding lie at the rounding level.
    private bool IsWellConditioned(double[] factor)
    {
        double least = double.PositiveInfinity, largest = 0;
        for (int j = 0; j < length; j++)
        {
            double pivot = factor[(j * length) + j];
            least = Math.Min(least, pivot);
            largest = Math.Max(largest, pivot);
        }

        return least * least > length * 2.220446049250313e-16 * largest * largest;
    }
}
