using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The matrix s M - J of a step's linear systems and its factorization: dense or a band; for a complex shift (dense only) as real and imaginary parts.</summary>
internal sealed class ShiftedMatrix
{
    // From here on blocks pay.
    private const int SmallestBlocked = 32;

    private readonly OdeStepper _owner;
    private readonly Linearization _jacobian;
    private readonly int _n;
    private readonly double[] _matrix;
    private readonly double[] _imaginary;
    private readonly int[] _pivots;
    private readonly double[] _copy;
    private readonly BandedLu<double>? _band;
    private bool _isFactored;

    public ShiftedMatrix(OdeStepper owner, Linearization jacobian, bool isComplex = false)
    {
        _owner = owner;
        _jacobian = jacobian;
        int n = _n = jacobian.Dimension;
        bool band = jacobian.IsBand && !isComplex;
        _matrix = new double[band ? jacobian.Values.Length : checked(n * n)];
        _imaginary = new double[isComplex ? n * n : 0];
        _pivots = new int[n];
        _copy = new double[isComplex || n < SmallestBlocked ? 0 : n];
        _band = band ? new BandedLu<double>(n, jacobian.Lower, jacobian.Upper) : null;
    }

    private bool IsBlocked => _band is null && _imaginary.Length == 0 && _n >= SmallestBlocked;

    /// <summary>Factorises s M - J.</summary>
    /// <returns>False when the matrix is singular or not finite.</returns>
    public bool TryFactor(double shift, double imaginaryShift = 0)
    {
        _owner.Factorizations++;
        double[] values = _jacobian.Values;
        if (_jacobian.IsBand && _band is null)
            ExpandBand(values);
        else
        {
            for (int i = 0; i < values.Length; i++)
                _matrix[i] = -values[i];
        }

        int diagonal = _band is null ? _n + 1 : _jacobian.Width, first = _band is null ? 0 : _jacobian.Lower;
        if (_jacobian.Mass is { } mass)
        {
            for (int i = 0; i < mass.Length; i++)
                _matrix[i] += shift * mass[i];
            for (int i = 0; i < _imaginary.Length; i++)
                _imaginary[i] = imaginaryShift * mass[i];
        }
        else
        {
            for (int i = 0; i < _n; i++)
                _matrix[first + (i * diagonal)] += shift;
            if (_imaginary.Length > 0)
            {
                Array.Clear(_imaginary);
                for (int i = 0; i < _n; i++)
                    _imaginary[i * (_n + 1)] = imaginaryShift;
            }
        }

        _isFactored = true;
        return _band is not null ? _band.TryFactor(_matrix)
            : _imaginary.Length > 0 ? SmallLu.TryFactor(_matrix, _imaginary, _n, _pivots)
            : IsBlocked ? Lu.TryFactor<double>(_matrix, _n, _n, _pivots)
            : SmallLu.TryFactor(_matrix, _n, _pivots);
    }

    /// <summary>Solves (s M - J) x = b in place.</summary>
    /// <param name="x">b, replaced by x; n elements.</param>
    public void Solve(Span<double> x)
    {
        if (_band is not null)
            _band.Solve(x);
        else if (IsBlocked)
        {
            x.CopyTo(_copy);
            Lu.Solve<double>(_matrix, _n, _n, _pivots, _copy, x);
        }
        else
            SmallLu.Solve(_matrix, _n, _pivots, x);
    }

    /// <summary>Solves the complex system in place.</summary>
    /// <param name="re">The real part of b, replaced by that of x; n elements.</param>
    /// <param name="im">The imaginary part.</param>
    public void Solve(Span<double> re, Span<double> im) => SmallLu.Solve(_matrix, _imaginary, _n, _pivots, re, im);

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _isFactored);
        archive.Transfer<double>(_matrix);
        archive.Transfer<double>(_imaginary);
        archive.Transfer<int>(_pivots);
        if (!archive.IsLoading || !_isFactored)
            return;
        foreach (int pivot in _pivots)
        {
            if (pivot < 0 || pivot >= _n)
                throw new CheckpointException("The saved state is damaged: its factorization is numbered impossibly.");
        }

        _band?.TryFactor(_matrix);
    }

    private void ExpandBand(double[] values)
    {
        int width = _jacobian.Width, lower = _jacobian.Lower;
        Array.Clear(_matrix);
        for (int i = 0; i < _n; i++)
        {
            for (int j = Math.Max(0, i - lower); j <= Math.Min(_n - 1, i + _jacobian.Upper); j++)
                _matrix[(i * _n) + j] = -values[(i * width) + j - i + lower];
        }
    }
}
