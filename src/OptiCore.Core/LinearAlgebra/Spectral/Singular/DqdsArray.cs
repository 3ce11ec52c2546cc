using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>The array of <see cref="Dqds"/>: q and e as they are, and as they were before the last transform.</summary>
internal unsafe ref partial struct DqdsArray<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _n;
    private readonly T* _values;
    private readonly T* _boundaries;
    private readonly T _epsilon;
    private readonly T _tolerance;
    private readonly T _toleranceSquared;
    private T* _q;
    private T* _e;
    private T* _qBefore;
    private T* _eBefore;

    // The block that is worked on, and the sum of its shifts with what rounding has left of it.
    private int _first;
    private int _last;
    private T _sum;
    private T _sumRest;

    // Of the last transform: the smallest d, without the last, without the last two; the last, the last but one and but two; the smallest e, now and before.
    private T _least;
    private T _leastButOne;
    private T _leastButTwo;
    private T _end;
    private T _endButOne;
    private T _endButTwo;
    private T _leastBeside;
    private T _leastBesideBefore;
    private T _largest;

    // What is tried of the bound where no better shift is known, and what became of it.
    private T _fraction;
    private Guess _guess;

    /// <summary>An array whose q lie at 0 and whose e at n, with 2 n elements behind for another.</summary>
    public DqdsArray(int n, T* work)
    {
        _n = n;
        _values = _q = work;
        _boundaries = _e = work + n;
        _qBefore = work + (2 * n);
        _eBefore = work + (3 * n);

        // 100 eps: an e that is neglected changes a value by less than its rounding in the paper's analysis.
        _epsilon = SpectralKernels.Epsilon<T>();
        _tolerance = T.CreateTruncating(100) * _epsilon;
        _toleranceSquared = _tolerance * _tolerance;
    }

    private enum Guess
    {
        None,
        Held,
        Failed,
    }

    private static T Two => T.CreateTruncating(2);

    private static T Half => T.CreateTruncating(0.5);

    private static T Third => T.CreateTruncating(1.0 / 3);

    private static T Quarter => T.CreateTruncating(0.25);

    /// <summary>Replaces q by the eigenvalues of B'B, unordered; false when a block needs more sweeps.</summary>
    public bool Diagonalize(int sweepsPerValue)
    {
        if (_n > 2)
        {
            SplitByLi();
            SplitByLi();
        }

        for (_last = _n - 1; _last >= 0;)
        {
            // A boundary holds the shift of the block above it, with a minus.
            StartBlock(-_boundaries[_last]);
            long budget = (long)sweepsPerValue * (_last - _first + 1);
            while (true)
            {
                int lastBefore = _last;
                Deflate();
                if (_last < _first)
                    break;
                if (_least <= T.Zero || _last < lastBefore)
                    TurnRound();
                if (budget-- == 0)
                    return false;
                Step(lastBefore - _last);
                if (_q == _values && _last - _first >= 3)
                    Split();
            }
        }

        return true;
    }

    /// <summary>A transform without shift in which e is neglected where it changes no singular value, and before it the same from the other end.</summary>
    private void SplitByLi()
    {
        T d = _q[_n - 1], tiny = SpectralKernels.SmallestNormal<T>();
        for (int i = _n - 2; i >= 0; i--)
        {
            if (_e[i] <= _toleranceSquared * d)
            {
                _e[i] = T.Zero;
                d = _q[i];
            }
            else
            {
                d = _q[i] * (d / (d + _e[i]));
            }
        }

        d = _q[0];
        for (int i = 0; i < _n - 1; i++)
        {
            T sum = d + _e[i], next = _q[i + 1];
            if (_e[i] <= _toleranceSquared * d)
            {
                _qBefore[i] = d;
                _eBefore[i] = T.Zero;
                d = next;
            }
            else
            {
                _qBefore[i] = sum;
                (_eBefore[i], d) = Quotients(_e[i], d, sum, next, tiny);
            }
        }

        _qBefore[_n - 1] = d;
        _eBefore[_n - 1] = T.Zero;
        Exchange();
    }

    /// <summary>next e / sum and next d / sum, without overflow and underflow on the way.</summary>
    private static (T E, T D) Quotients(T e, T d, T sum, T next, T tiny)
    {
        if (tiny * next >= sum || tiny * sum >= next)
            return (next * (e / sum), next * (d / sum));
        T ratio = next / sum;
        return (e * ratio, d * ratio);
    }

    private void Exchange()
    {
        T* q = _q, e = _e;
        _q = _qBefore;
        _e = _eBefore;
        _qBefore = q;
        _eBefore = e;
    }

    /// <summary>Finds where the block begins that ends at <see cref="_last"/>, and a shift to begin with.</summary>
    private void StartBlock(T shift)
    {
        if (_q != _values)
            Exchange();
        _sum = shift;
        _sumRest = T.Zero;
        _guess = Guess.None;
        _fraction = T.Zero;
        T least = _q[_last], largestBeside = T.Zero;
        _largest = least;
        _leastBeside = _leastBesideBefore = T.PositiveInfinity;
        for (_first = _last; _first > 0 && _e[_first - 1] > T.Zero; _first--)
        {
            T beside = _e[_first - 1], q = _q[_first - 1];
            largestBeside = T.Max(largestBeside, beside);
            least = T.Min(least, q);
            _largest = T.Max(_largest, q + beside);
            _leastBeside = T.Min(_leastBeside, beside);
        }

        // Gerschgorin's bound for the smallest eigenvalue; what the transform would have told isn't known.
        _least = -T.Max(T.Zero, least - (Two * T.Sqrt(least) * T.Sqrt(largestBeside)));
    }

    /// <summary>The order in which small elements come last is the one that converges.</summary>
    private void TurnRound()
    {
        if (_last - _first < 2 || T.CreateTruncating(1.5) * _q[_first] >= _q[_last])
            return;
        int size = _last - _first;
        new Span<T>(_q + _first, size + 1).Reverse();
        new Span<T>(_qBefore + _first, size + 1).Reverse();
        new Span<T>(_e + _first, size).Reverse();
        new Span<T>(_eBefore + _first, size).Reverse();
        _least = T.Min(_least, T.Zero);
    }

    /// <summary>Takes values from the end of the block while what is beside them is negligible, also those of the last two together.</summary>
    private void Deflate()
    {
        while (_last >= _first)
        {
            int n = _last;
            if (n == _first || (n > _first + 1 && (_e[n - 1] <= _toleranceSquared * (_sum + _q[n]) || _eBefore[n - 1] <= _toleranceSquared * _q[n - 1])))
            {
                _values[n] = _q[n] + _sum;
                _last--;
                continue;
            }

            if (n > _first + 1 && _e[n - 2] > _toleranceSquared * _sum && _eBefore[n - 2] > _toleranceSquared * _q[n - 2])
                return;
            T high = T.Max(_q[n - 1], _q[n]), low = T.Min(_q[n - 1], _q[n]), beside = _e[n - 1], t = Half * (high - low + beside);
            if (beside > low * _toleranceSquared && t != T.Zero)
            {
                T s = low * (beside / t);
                s = s <= t ? low * (beside / (t * (T.One + T.Sqrt(T.One + (s / t))))) : low * (beside / (t + (T.Sqrt(t) * T.Sqrt(t + s))));
                t = high + (s + beside);
                low *= high / t;
                high = t;
            }

            _values[n - 1] = high + _sum;
            _values[n] = low + _sum;
            _last -= 2;
        }
    }

    /// <summary>A transform with the largest shift that is promising and proves to be none too large.</summary>
    private void Step(int deflated)
    {
        (T shift, bool guessed) = ChooseShift(deflated);
        _guess = guessed ? Guess.Held : Guess.None;
        _leastBesideBefore = _leastBeside;
        for (int failures = 0; ; failures++)
        {
            // Below the rounding of the sum a shift and a d count for nothing.
            T threshold = _epsilon * (_sum + shift);
            if (shift < threshold * Half)
                shift = T.Zero;
            Transform(shift, shift == T.Zero ? threshold : T.Zero);
            if (!T.IsFinite(_end))
            {
                TransformSafely();
                shift = T.Zero;
                break;
            }

            if (_least >= T.Zero)
                break;
            if (_leastButOne > T.Zero && _eBefore[_last - 1] < _tolerance * (_sum + _endButOne) && T.Abs(_end) < _tolerance * _sum)
            {
                // Converged, behind a rounding error with a minus.
                _qBefore[_last] = T.Zero;
                _least = T.Zero;
                break;
            }

            if (failures >= 2)
            {
                shift = T.Zero;
            }
            else if (_leastButOne > T.Zero)
            {
                // Only the last d is negative: it tells how much too large the shift was.
                shift = (shift + _least) * (T.One - (Two * _epsilon));
                _guess = Guess.None;
            }
            else
            {
                shift *= Quarter;
                _guess = guessed ? Guess.Failed : Guess.None;
            }
        }

        Exchange();

        // The sum of shifts with its rounding errors.
        if (shift < _sum)
        {
            _sumRest += shift;
            T sum = _sum + _sumRest;
            _sumRest -= sum - _sum;
            _sum = sum;
        }
        else
        {
            T sum = _sum + shift;
            _sumRest = _sum - (sum - shift) + _sumRest;
            _sum = sum;
        }
    }

    /// <summary>Begins a new block where e has become negligible.</summary>
    private void Split()
    {
        if (_leastBesideBefore > _toleranceSquared * _largest && _leastBeside > _toleranceSquared * _sum)
            return;
        int boundary = _first - 1;
        T largest = _q[_first], least = _e[_first], leastBefore = _eBefore[_first];
        for (int i = _first; i < _last - 2; i++)
        {
            if (_eBefore[i] <= _toleranceSquared * _q[i] || _e[i] <= _toleranceSquared * _sum)
            {
                // The values of the blocks above are larger by the shifts until now. A sum of 0 marks a boundary like any other.
                _e[i] = -_sum;
                boundary = i;
                largest = T.Zero;
                least = _e[i + 1];
                leastBefore = _eBefore[i + 1];
            }
            else
            {
                largest = T.Max(largest, _q[i + 1]);
                least = T.Min(least, _e[i]);
                leastBefore = T.Min(leastBefore, _eBefore[i]);
            }
        }

        _first = boundary + 1;
        _largest = largest;
        _leastBeside = least;
        _leastBesideBefore = leastBefore;
    }

    /// <summary>The transform by a shift, into what lies before. Without a shift a d below the threshold becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(T shift, T threshold)
    {
        int last = _last;
        T* q = _q, e = _e, newQ = _qBefore, newE = _eBefore;
        T d = q[_first] - shift, minus = -shift, least = d, leastBeside = T.PositiveInfinity, sum, ratio, beside;
        int i = _first;
        if (threshold > T.Zero)
        {
            // Apart, because the comparison would lengthen the chain of operations from one d to the next.
            for (; i < last - 2; i++)
            {
                sum = d + e[i];
                ratio = q[i + 1] / sum;
                d *= ratio;
                beside = e[i] * ratio;
                newQ[i] = sum;
                newE[i] = beside;
                d = d < threshold ? T.Zero : d;
                least = T.MinNative(least, d);
                leastBeside = T.MinNative(leastBeside, beside);
            }
        }

        // What the native minimum makes of NaN doesn't matter: the last d is NaN then too.
        for (; i < last - 2; i++)
        {
            sum = d + e[i];
            ratio = q[i + 1] / sum;
            d = T.FusedMultiplyAdd(d, ratio, minus);
            beside = e[i] * ratio;
            newQ[i] = sum;
            newE[i] = beside;
            least = T.MinNative(least, d);
            leastBeside = T.MinNative(leastBeside, beside);
        }

        _endButTwo = d;
        _leastButTwo = least;
        for (; i < last; i++)
        {
            sum = d + e[i];
            newQ[i] = sum;
            newE[i] = q[i + 1] * (e[i] / sum);
            d = (q[i + 1] * (d / sum)) - shift;
            leastBeside = newE[i] < leastBeside ? newE[i] : leastBeside;
            least = d < least ? d : least;
            if (i == last - 2)
            {
                _endButOne = d;
                _leastButOne = least;
            }
        }

        newQ[last] = _end = d;
        _least = least;
        _leastBeside = leastBeside;
    }

    /// <summary>The transform without shift, where a quotient would overflow or be that of zeros.</summary>
    private void TransformSafely()
    {
        T d = _q[_first], least = d, leastBeside = T.PositiveInfinity, tiny = SpectralKernels.SmallestNormal<T>();
        for (int i = _first; i < _last; i++)
        {
            if (i == _last - 2)
            {
                _endButTwo = d;
                _leastButTwo = least;
            }
            else if (i == _last - 1)
            {
                _endButOne = d;
                _leastButOne = least;
            }

            T sum = d + _e[i], next = _q[i + 1];
            _qBefore[i] = sum;
            (_eBefore[i], d) = sum == T.Zero ? (T.Zero, next) : Quotients(_e[i], d, sum, next, tiny);
            leastBeside = T.Min(leastBeside, _eBefore[i]);
            least = T.Min(least, d);
        }

        _qBefore[_last] = _end = d;
        _least = least;
        _leastBeside = leastBeside;
    }
}
