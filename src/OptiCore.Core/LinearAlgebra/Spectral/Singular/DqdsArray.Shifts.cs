using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <content>The choice of shifts.</content>
internal unsafe ref partial struct DqdsArray<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>
    /// A shift from what the last transform told: the number of values that were deflated since, and where its smallest d stood. With d the smallest, at i, 1 / d is an element of the
    /// inverse's diagonal, and a vector z for it comes from quotients of the array; its Rayleigh quotient is d / |z|^2, and the residual bounds the error.
    /// </summary>
    /// <returns>The shift, and whether it is but a part of a bound.</returns>
    private (T Shift, bool Guessed) ChooseShift(int deflated)
    {
        // Not positive: nothing was deflated and the bound of a new block is in it, or there is a value 0.
        if (_least <= T.Zero)
            return (-_least, false);
        int n = _last;
        switch (deflated)
        {
            case 0 when _least == _end && _leastButOne == _endButOne:
                return (ByGap(), false);
            case 0 when _least == _end:
                return (ByResidual(_end, T.Zero, n - 1), false);
            case 0 when _least == _endButOne:
                return (_eBefore[n - 1] > _qBefore[n] ? Quarter * _least : ByResidual(_endButOne, _eBefore[n - 1] / _qBefore[n], n - 2), false);
            case 0 when _least == _endButTwo:
                if (_eBefore[n - 2] > _qBefore[n - 1] || _eBefore[n - 1] > _qBefore[n])
                    return (Quarter * _least, false);
                return (ByResidual(_endButTwo, _eBefore[n - 2] / _qBefore[n - 1] * (T.One + (_eBefore[n - 1] / _qBefore[n])), n - 3), false);
            case 0:
                _fraction = _guess switch
                {
                    Guess.Held => _fraction + (Third * (T.One - _fraction)),
                    Guess.Failed => Quarter * Third,
                    _ => Quarter,
                };
                return (_fraction * _least, true);
            case 1 when _leastButOne == _endButOne && _leastButTwo == _endButTwo:
                return (AfterDeflation(_leastButOne, Half * _leastButTwo), false);
            case 1:
                return (_leastButOne * (_leastButOne == _endButOne ? Half : Quarter), false);
            case 2 when _leastButTwo == _endButTwo && Two * _e[n - 1] < _q[n - 1]:
                return (AfterDeflation(_leastButTwo, _q[n - 1] + _e[n - 2] - (T.Sqrt(_q[n - 2]) * T.Sqrt(_e[n - 2]))), false);
            case 2:
                return (Quarter * _leastButTwo, false);
            default:
                return (T.Zero, false);
        }
    }

    /// <summary>The two smallest values are the last ones: a bound with the gap between them, or Gerschgorin's.</summary>
    private readonly T ByGap()
    {
        int n = _last;
        T near = T.Sqrt(_q[n]) * T.Sqrt(_e[n - 1]), far = T.Sqrt(_q[n - 1]) * T.Sqrt(_e[n - 2]), above = _q[n - 1] + _e[n - 1];
        T gapAbove = _leastButTwo - above - (Quarter * _leastButTwo);
        T gap = above - _end - (gapAbove > T.Zero && gapAbove > far ? far / gapAbove * far : near + far);
        if (gap > T.Zero && gap > near)
            return T.Max(_end - (near / gap * near), Half * _least);
        T shift = _end > near ? _end - near : T.Zero;
        if (above > near + far)
            shift = T.Min(shift, above - (near + far));
        return T.Max(shift, Third * _least);
    }

    /// <summary>d (1 - |z|) / (1 + |z|^2) with the rest z of the vector: the squares that are known, and those of the elements from i up.</summary>
    private readonly T ByResidual(T d, T known, int i)
    {
        // 0.563, 1.05: the paper's. Where the vector is none the bound is worth nothing.
        T enough = T.CreateTruncating(0.563), shift = Quarter * _least;
        if (!TrySumSquares(i, T.One, known, enough, out T squares))
            return shift;
        squares *= T.CreateTruncating(1.05);
        return squares < enough ? d * (T.One - T.Sqrt(squares)) / (T.One + squares) : shift;
    }

    /// <summary>The Rayleigh quotient of what is now the last value, less its error as the gap bounds it.</summary>
    private readonly T AfterDeflation(T d, T above)
    {
        T shift = Third * d;
        if (!TrySumSquares(_last - 1, T.One, T.Zero, T.PositiveInfinity, out T squares))
            return shift;
        T norm = T.Sqrt(T.CreateTruncating(1.05) * squares), quotient = d / (T.One + (norm * norm)), gap = above - quotient, safety = T.CreateTruncating(1.01);
        T loss = gap > T.Zero && gap > norm * quotient ? safety * quotient * (norm / gap) * norm : safety * norm;
        return T.Max(shift, quotient * (T.One - loss));
    }

    /// <summary>Adds the squares of the vector's elements i, i - 1, ... as long as they count; false where they grow.</summary>
    private readonly bool TrySumSquares(int i, T term, T sum, T enough, out T squares)
    {
        squares = sum;
        for (bool inner = false; i >= _first; i--, inner = true)
        {
            T before = term;
            if (_e[i] > _q[i])
                return false;
            term *= _e[i] / _q[i];
            squares += term;
            if (term == T.Zero || (inner && T.CreateTruncating(100) * T.Max(term, before) < squares) || enough < squares)
                return true;
        }

        return true;
    }
}
