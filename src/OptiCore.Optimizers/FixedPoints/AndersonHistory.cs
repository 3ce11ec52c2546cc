using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The last m differences of iterates and residuals of Anderson's method, with a QR factorization of the differences of residuals that is updated: a column is added by modified Gram-Schmidt
/// and the oldest taken away by Givens rotations. H. F. Walker, P. Ni (2011), section 4.
/// </summary>
internal sealed class AndersonHistory(int n, int capacity, double conditionLimit) : IPersistent
{
    private readonly double[] _steps = new double[checked(n * capacity)];
    private readonly double[] _q = new double[checked(n * capacity)];

    // Upper triangle, row-major, capacity x capacity.
    private readonly double[] _r = new double[capacity * capacity];
    private readonly double[] _gamma = new double[capacity];
    private int _count, _oldest;

    public int Count => _count;

    public void Clear() => (_count, _oldest) = (0, 0);

    /// <summary>Adds a difference of iterates and one of residuals; drops the oldest where there is no room or the triangle has become too ill-conditioned.</summary>
    public void Add(ReadOnlySpan<double> step, ReadOnlySpan<double> residualChange)
    {
        if (_count == capacity)
            DropOldest();
        step.CopyTo(Step(_count));
        Span<double> q = Q(_count);
        residualChange.CopyTo(q);
        for (int i = 0; i < _count; i++)
        {
            double product = Reduce.Dot<double>(Q(i), q);
            R(i, _count) = product;
            Vectors.AddScaled(q, -product, Q(i), q);
        }

        double length = Reduce.Norm<double>(q);
        R(_count, _count) = length;
        if (!(length > 0))
            return;
        Vectors.Scale(1 / length, q, q);
        _count++;
        while (_count > 1 && IsIllConditioned())
            DropOldest();
    }

    /// <summary>next = x + beta r - (S + beta Y) gamma with gamma = argmin |r - Y gamma|.</summary>
    public void Mix(ReadOnlySpan<double> x, ReadOnlySpan<double> residual, double beta, Span<double> next, Span<double> rest)
    {
        residual.CopyTo(rest);
        for (int i = 0; i < _count; i++)
        {
            _gamma[i] = Reduce.Dot<double>(Q(i), rest);
            Vectors.AddScaled(rest, -_gamma[i], Q(i), rest);
        }

        for (int i = _count - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < _count; j++)
                _gamma[i] -= R(i, j) * _gamma[j];
            _gamma[i] /= R(i, i);
        }

        Vectors.AddScaled(x, beta, rest, next);
        for (int i = 0; i < _count; i++)
            Vectors.AddScaled(next, -_gamma[i], Step(i), next);
    }

    private bool IsIllConditioned()
    {
        double least = double.PositiveInfinity, most = 0;
        for (int i = 0; i < _count; i++)
        {
            least = Math.Min(least, Math.Abs(R(i, i)));
            most = Math.Max(most, Math.Abs(R(i, i)));
        }

        return most > conditionLimit * least;
    }

    private void DropOldest()
    {
        _oldest = (_oldest + 1) % capacity;
        _count--;
        for (int j = 0; j < _count; j++)
        {
            for (int i = 0; i <= j + 1; i++)
                R(i, j) = R(i, j + 1);
        }

        // The triangle has an element below the diagonal in each column; rotations of rows take it away and turn the columns of Q.
        for (int j = 0; j < _count; j++)
        {
            double a = R(j, j), b = R(j + 1, j), length = Math.Sqrt((a * a) + (b * b));
            if (length == 0)
                continue;
            double cosine = a / length, sine = b / length;
            for (int k = j; k < _count; k++)
                (R(j, k), R(j + 1, k)) = ((cosine * R(j, k)) + (sine * R(j + 1, k)), (cosine * R(j + 1, k)) - (sine * R(j, k)));
            Span<double> q = Q(j), next = Q(j + 1);
            for (int k = 0; k < n; k++)
                (q[k], next[k]) = ((cosine * q[k]) + (sine * next[k]), (cosine * next[k]) - (sine * q[k]));
        }
    }

    private ref double R(int i, int j) => ref _r[(i * capacity) + j];

    private Span<double> Q(int i) => _q.AsSpan(i * n, n);

    private Span<double> Step(int i) => _steps.AsSpan((_oldest + i) % capacity * n, n);

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_steps);
        archive.Transfer<double>(_q);
        archive.Transfer<double>(_r);
        archive.Transfer(ref _count);
        archive.Transfer(ref _oldest);
    }
}
