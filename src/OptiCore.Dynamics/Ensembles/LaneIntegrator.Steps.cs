using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <content>
/// The step of all lanes. Nothing in it branches on a lane. A small system's step is a chain of dependent operations, so that what counts is its length: coefficients
/// and places of a row's terms lie side by side, up to three components are summed at a time, and the controller's power is only as accurate as a step size needs.
/// </content>
/// <remarks>The methods are compiled to the full at once: guided by profiles, as the runtime does otherwise, they were measured to be three times slower.</remarks>
internal sealed unsafe partial class LaneIntegrator<TSystem>
{
    /// <summary>One attempt in every lane.</summary>
    /// <returns>A bit for each lane whose trajectory is over; <see cref="Reason"/> says why.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private uint Step()
    {
        LaneState* lanes = _lanes;
        Real8 end = Real8.Constant(_end), time = lanes->Time, step = lanes->Step;
        Real8 size = Min(step, Real8.Constant(_method.MaxStep)), remaining = end - time;
        var isShort = LaneMask.Less(size * LaneLimits.LastStepStretch, Real8.Abs(remaining));
        Real8 newTime = isShort.Select(time + (size * _direction), end);
        Real8 h = newTime - time;
        lanes->NewTime = newTime;
        lanes->Size = h;
        Try();

        // NaN isn't accepted.
        Real8 error = lanes->Error;
        LaneMask accept = LaneMask.LessOrEqual(error, Real8.Constant(1)) & lanes->Active, reject = lanes->Active.ButNot(accept);
        if (_saves)
            SavePassed(accept);

        // Accepted lanes move on.
        int n = _n;
        Real8* y = _y, trial = _trial, first = _k, last = _k + (_endStage * n);
        for (int i = 0; i < n; i++)
        {
            first[i] = accept.Select(last[i], first[i]);
            y[i] = accept.Select(trial[i], y[i]);
        }

        lanes->Time = time = accept.Select(newTime, time);
        Real8 one = Real8.Constant(1), attempts = lanes->Attempts + one;
        lanes->Attempts = attempts;
        lanes->Accepted += accept.OrZero(one);
        LaneMask failed = reject;
        if (_isAdaptive)
        {
            step = ControlSteps(error, step, size, h, isShort, accept);
            lanes->Step = step;
            failed = reject.ButNot(LaneMask.Less((Real8.Abs(time) * LaneLimits.SmallestRelativeStep) + double.Epsilon, step));
        }

        LaneMask reached = accept & LaneMask.Equal(newTime, end), exhausted = lanes->Active.ButNot(LaneMask.Less(attempts, Real8.Constant(_method.MaxSteps)));
        return (reached | failed | exhausted).Bits;
    }

    /// <summary>Writes the state at the steps' ends, f there, and the square of the error in units of the tolerance: NaN where something isn't finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Try()
    {
        int n = _n;
        LaneState* lanes = _lanes;
        Real8* trial = _trial, k = _k;
        var parameters = new ReadOnlySpan<Real8>(_p, _parameterCount);
        _hasDenseStages = false;
        Row[] rows = _stageRows;
        for (int s = 1; s < rows.Length; s++)
        {
            Combine(rows[s], _y, trial);
            double c = rows[s].Node;
            Real8 at = c == 1 ? lanes->NewTime : lanes->Time + (lanes->Size * c);
            _system.Derivative(at, new ReadOnlySpan<Real8>(trial, n), parameters, new Span<Real8>(k + (s * n), n));
        }

        Real8* last = k + (_endStage * n);
        if (!_isFirstSameAsLast)
        {
            Combine(_solutionRow, _y, trial);
            _system.Derivative(lanes->NewTime, new ReadOnlySpan<Real8>(trial, n), parameters, new Span<Real8>(last, n));
        }

        // Not finite times nothing is NaN, which survives the sum.
        Real8 check = default;
        for (int i = 0; i < n; i++)
            check = Fused(trial[i] + last[i], default, check);
        if (!_isAdaptive)
        {
            lanes->Error = check;
            return;
        }

        Real8 error = SquaredError(_errorRow);
        if (_hasSecondError)
        {
            Real8 both = error + (0.01 * SquaredError(_secondErrorRow));
            error *= LaneMask.Less(default, both).Select(error / both, error);
        }

        lanes->Error = error + check;
    }

    /// <summary>
    /// to = from + h sum of coefficient * stage in each lane. Components by threes and twos: each has two sums, and four sums or more hide each other's latency.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(Row row, Real8* from, Real8* to)
    {
        int left = _n;
        double* k = (double*)_k;
        Term* terms = row.Terms, beyond = terms + row.Count;
        Vector256<double> low = _lanes->Size.Low, high = _lanes->Size.High;
        while (left is 3 or > 4)
        {
            Vector256<double> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
            for (Term* term = terms; term < beyond; term++)
            {
                var factor = Vector256.Create(term->Coefficient);
                double* at = k + term->Offset;
                a0 = Vector256.FusedMultiplyAdd(Vector256.Load(at), factor, a0);
                a1 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 4), factor, a1);
                b0 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 8), factor, b0);
                b1 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 12), factor, b1);
                c0 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 16), factor, c0);
                c1 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 20), factor, c1);
            }

            to[0] = new(Vector256.FusedMultiplyAdd(low, a0, from[0].Low), Vector256.FusedMultiplyAdd(high, a1, from[0].High));
            to[1] = new(Vector256.FusedMultiplyAdd(low, b0, from[1].Low), Vector256.FusedMultiplyAdd(high, b1, from[1].High));
            to[2] = new(Vector256.FusedMultiplyAdd(low, c0, from[2].Low), Vector256.FusedMultiplyAdd(high, c1, from[2].High));
            k += 24;
            from += 3;
            to += 3;
            left -= 3;
        }

        while (left >= 2)
        {
            Vector256<double> a0 = default, a1 = default, b0 = default, b1 = default;
            for (Term* term = terms; term < beyond; term++)
            {
                var factor = Vector256.Create(term->Coefficient);
                double* at = k + term->Offset;
                a0 = Vector256.FusedMultiplyAdd(Vector256.Load(at), factor, a0);
                a1 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 4), factor, a1);
                b0 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 8), factor, b0);
                b1 = Vector256.FusedMultiplyAdd(Vector256.Load(at + 12), factor, b1);
            }

            to[0] = new(Vector256.FusedMultiplyAdd(low, a0, from[0].Low), Vector256.FusedMultiplyAdd(high, a1, from[0].High));
            to[1] = new(Vector256.FusedMultiplyAdd(low, b0, from[1].Low), Vector256.FusedMultiplyAdd(high, b1, from[1].High));
            k += 16;
            from += 2;
            to += 2;
            left -= 2;
        }

        if (left > 0)
        {
            Vector256<double> a0 = default, a1 = default;
            for (Term* term = terms; term < beyond; term++)
            {
                var factor = Vector256.Create(term->Coefficient);
                a0 = Vector256.FusedMultiplyAdd(Vector256.Load(k + term->Offset), factor, a0);
                a1 = Vector256.FusedMultiplyAdd(Vector256.Load(k + term->Offset + 4), factor, a1);
            }

            to[0] = new(Vector256.FusedMultiplyAdd(low, a0, from[0].Low), Vector256.FusedMultiplyAdd(high, a1, from[0].High));
        }
    }

    /// <summary>The mean square of h * sum of coefficient * stage over the tolerance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Real8 SquaredError(Row row)
    {
        int n = _n;
        Real8* y = _y, trial = _trial, errors = _spare, absolute = _absolute;
        Combine(row, _zero, errors);
        var relative = Real8.Constant(_method.RelativeTolerance);
        Real8 total = default;
        for (int i = 0; i < n; i++)
        {
            Real8 ratio = errors[i] / Fused(relative, Max(Real8.Abs(y[i]), Real8.Abs(trial[i])), absolute[i]);
            total = Fused(ratio, ratio, total);
        }

        return total * _inverseDimension;
    }

    /// <summary>The controller's formula by logarithms of squared errors, all lanes at once; infinite errors and NaN have large ones and come to the smallest factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Real8 ControlSteps(Real8 error, Real8 step, Real8 size, Real8 h, LaneMask isShort, LaneMask accept)
    {
        LaneState* lanes = _lanes;
        Real8 logError = StepPower.Log2(error), exponent = logError * _power1;
        if (_power2 != 0)
            exponent += lanes->LogError1 * _power2;
        if (_power3 != 0)
            exponent += lanes->LogError2 * _power3;
        exponent = accept.Select(exponent, logError * _retryPower);
        Real8 one = Real8.Constant(1);
        Real8 factor = Max(Min(StepPower.Exp2(exponent) * _method.Controller.Safety, Real8.Constant(_method.Controller.MaxFactor)), Real8.Constant(_method.Controller.MinFactor));
        Real8 calm = Min(factor, one), next = size * lanes->WasRejected.Select(calm, factor), retry = Real8.Abs(h) * calm;
        next = isShort.Select(next, Max(next, step));
        lanes->LogError2 = accept.Select(lanes->LogError1, lanes->LogError2);
        lanes->LogError1 = accept.Select(Max(logError, Real8.Constant(LaneLimits.LogOfSmallestRememberedError)), lanes->LogError1);
        lanes->WasRejected = lanes->Active.ButNot(accept);
        return lanes->Active.OrZero(accept.Select(next, retry));
    }

    /// <summary>Why the trajectory of a lane that <see cref="Step"/> named is over.</summary>
    private OdeStopReason Reason(int lane)
    {
        double error = _lanes->Error[lane];
        if (error <= 1)
            return _lanes->Time[lane] == _end ? OdeStopReason.ReachedEnd : OdeStopReason.MaxSteps;
        if (_isAdaptive && !IsSmallest(lane))
            return OdeStopReason.MaxSteps;
        return double.IsNaN(error) ? OdeStopReason.NonFinite : OdeStopReason.StepTooSmall;
    }

    private bool IsSmallest(int lane) => !((Math.Abs(_lanes->Time[lane]) * LaneLimits.SmallestRelativeStep) + double.Epsilon < _lanes->Step[lane]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Fused(Real8 a, Real8 b, Real8 c) => new(Vector256.FusedMultiplyAdd(a.Low, b.Low, c.Low), Vector256.FusedMultiplyAdd(a.High, b.High, c.High));

    // Where a number may be NaN the error is, whatever comes out here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Min(Real8 a, Real8 b) => new(Vector256.MinNative(a.Low, b.Low), Vector256.MinNative(a.High, b.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Max(Real8 a, Real8 b) => new(Vector256.MaxNative(a.Low, b.Low), Vector256.MaxNative(a.High, b.High));
}
