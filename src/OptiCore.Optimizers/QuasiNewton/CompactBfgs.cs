using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// The compact form of a limited-memory BFGS matrix, B = theta I - W M W^T with W = [Y, theta S] and M^-1 = [[-D, L^T], [L, theta S^T S]], where D is the diagonal and L the strictly
/// lower triangle of S^T Y: R. H. Byrd, J. Nocedal, R. B. Schnabel (1994), Representations of quasi-Newton matrices and their use in limited memory methods, Math. Program. 63, 129-156.
/// Small vectors and matrices have the fixed order 2 m, the places of missing pairs being those of an identity.
/// </summary>
internal sealed class CompactBfgs : IPersistent
{
    private readonly int _m;
    private readonly CurvaturePairs _pairs;
    private readonly double[] _inverseMiddle, _reduced, _stepPart, _changePart;
    private readonly Ldlt<double> _middle, _subspace;

    public CompactBfgs(int n, int capacity)
    {
        _m = capacity;
        _pairs = new CurvaturePairs(n, capacity);
        _inverseMiddle = new double[4 * capacity * capacity];
        _reduced = new double[4 * capacity * capacity];
        _stepPart = new double[capacity];
        _changePart = new double[capacity];
        _middle = new Ldlt<double>(2 * capacity);
        _subspace = new Ldlt<double>(2 * capacity);
    }

    /// <summary>theta.</summary>
    public double Scale { get; private set; } = 1;

    /// <summary>2 m: the length of small vectors.</summary>
    public int Order => 2 * _m;

    public int Count => _pairs.Count;

    public Span<double> NextStep => _pairs.NextStep;

    public Span<double> NextChange => _pairs.NextChange;

    /// <summary>Forgets all pairs: B = I.</summary>
    public void Clear()
    {
        _pairs.Clear();
        Scale = 1;
    }

    /// <summary>Takes the pair that was written. False, with all pairs forgotten, if the middle matrix has become singular.</summary>
    /// <param name="curvature">s.y.</param>
    /// <param name="changeSquare">y.y.</param>
    public bool Add(double curvature, double changeSquare)
    {
        // Once the oldest is dropped the slot of the new pair is another one, but the memory is the same.
        ReadOnlySpan<double> step = _pairs.NextStep;
        _pairs.Add(step, isStep: true);
        Scale = changeSquare / curvature;
        FillInverseMiddle();
        if (_middle.TryFactor(_inverseMiddle))
            return true;
        Clear();
        return false;
    }

    /// <summary>W^T v.</summary>
    public void MultiplyTransposed(ReadOnlySpan<double> v, Span<double> result)
    {
        result.Clear();
        _pairs.Multiply(v);
        for (int i = 0; i < Count; i++)
        {
            result[i] = _pairs.ChangeProducts[i];
            result[_m + i] = Scale * _pairs.StepProducts[i];
        }
    }

    /// <summary>Row b of W.</summary>
    public void Row(int b, Span<double> row)
    {
        row.Clear();
        for (int i = 0; i < Count; i++)
        {
            row[i] = _pairs.Y(i)[b];
            row[_m + i] = Scale * _pairs.S(i)[b];
        }
    }

    /// <summary>M v; both may be the same.</summary>
    public void MultiplyMiddle(ReadOnlySpan<double> v, Span<double> result) => _middle.Solve(v, result);

    /// <summary>result = scale x + factor W v.</summary>
    public void Combine(double scale, ReadOnlySpan<double> x, double factor, ReadOnlySpan<double> v, Span<double> result)
    {
        for (int i = 0; i < Count; i++)
        {
            _changePart[i] = factor * v[i];
            _stepPart[i] = factor * Scale * v[_m + i];
        }

        _pairs.Combine(scale, x, _stepPart, _changePart, result);
    }

    /// <summary>
    /// Prepares the inverse of B in the subspace of the free variables, 1/theta I + 1/theta^2 W_F K^-1 W_F^T with K = M^-1 - W_F^T W_F / theta; W_F^T W_F is summed over the free or taken
    /// away over the fixed variables, whichever are fewer. False if K is singular.
    /// </summary>
    /// <param name="isFree">Which variables are free.</param>
    /// <param name="free">Their number.</param>
    /// <param name="row">Workspace of 2 m elements.</param>
    public bool TryFactorSubspace(ReadOnlySpan<bool> isFree, int free, Span<double> row)
    {
        int order = Order, count = Count;
        bool overFixed = isFree.Length - free < free;
        double sign = overFixed ? 1 / Scale : -1 / Scale;
        _inverseMiddle.CopyTo(_reduced, 0);
        if (overFixed)
        {
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < count; j++)
                {
                    _reduced[(i * order) + j] -= _pairs.YY(i, j) / Scale;
                    _reduced[((_m + i) * order) + j] -= _pairs.SY(i, j);
                    if (j <= i)
                        _reduced[((_m + i) * order) + _m + j] -= Scale * _pairs.SS(i, j);
                }
            }
        }

        for (int b = 0; b < isFree.Length; b++)
        {
            if (isFree[b] == overFixed)
                continue;
            Row(b, row);
            for (int i = 0; i < order; i++)
            {
                double w = sign * row[i];
                for (int j = 0; w != 0 && j <= i; j++)
                    _reduced[(i * order) + j] += w * row[j];
            }
        }

        return _subspace.TryFactor(_reduced);
    }

    /// <summary>K^-1 v.</summary>
    public void SolveSubspace(ReadOnlySpan<double> v, Span<double> result) => _subspace.Solve(v, result);

    /// <summary>M^-1, of which the lower triangle is read.</summary>
    private void FillInverseMiddle()
    {
        int order = Order;
        Array.Clear(_inverseMiddle);
        for (int i = 0; i < _m; i++)
        {
            if (i >= Count)
            {
                _inverseMiddle[(i * order) + i] = _inverseMiddle[((_m + i) * order) + _m + i] = 1;
                continue;
            }

            _inverseMiddle[(i * order) + i] = -_pairs.SY(i, i);
            for (int j = 0; j <= i; j++)
            {
                if (j < i)
                    _inverseMiddle[((_m + i) * order) + j] = _pairs.SY(i, j);
                _inverseMiddle[((_m + i) * order) + _m + j] = Scale * _pairs.SS(i, j);
            }
        }
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_pairs);
        double scale = Scale;
        archive.Transfer(ref scale);
        Scale = scale;
        if (archive.IsLoading && Count > 0)
        {
            FillInverseMiddle();
            _middle.TryFactor(_inverseMiddle);
        }
    }
}
