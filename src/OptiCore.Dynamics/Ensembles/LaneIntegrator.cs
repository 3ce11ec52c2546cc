using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Eight integrations side by side, each with a step size, an error and an end of its own. Decisions are masks; a lane leaves the vectors only when its trajectory begins,
/// ends or passes a time to save.
/// </summary>
/// <remarks>The methods of a step are compiled to the full at once: guided by profiles, as the runtime does otherwise, they were measured to be three times slower.</remarks>
internal sealed class LaneIntegrator<TSystem>
    where TSystem : struct, IRealSystem
{
    private const int Lanes = Real8.Count;
    private const double LastStepStretch = 1 + 1e-9;
    private const double SmallestRememberedError = 1e-4;

    // At least ten spacings of floating-point numbers.
    private const double SmallestRelativeStep = 10 * 2.220446049250313e-16;

    private readonly ExplicitRungeKutta _method;
    private readonly ButcherTableau _tableau;
    private readonly TSystem _system;
    private readonly double[] _starts;
    private readonly double[] _parameters;
    private readonly bool _sharesParameters;
    private readonly OdeEnsembleResult _result;
    private readonly double _start;
    private readonly double _end;
    private readonly double _exponent;
    private readonly int _n;
    private readonly int _endStage;

    private readonly Real8[] _y;
    private readonly Real8[] _trial;
    private readonly Real8[] _p;
    private readonly Real8[] _k;
    private readonly Real8[] _extraPoint;
    private readonly Real8[] _absolute;
    private readonly double[] _denseCoefficients;
    private readonly double[] _point;
    private readonly double[] _spare;
    private readonly double[] _derivative;
    private readonly int[] _trajectory = new int[Lanes];
    private readonly int[] _saved = new int[Lanes];
    private bool _hasDenseStages;

    // One number for each lane.
    private Real8 _t, _step, _logError1, _logError2, _accepted, _rejected, _wasRejected, _nextSave, _active;

    public LaneIntegrator(
        ExplicitRungeKutta method, TSystem system, double[] starts, double[] parameters, bool sharesParameters, (double Start, double End) span, OdeEnsembleResult result)
    {
        _method = method;
        _tableau = method.Tableau;
        _system = system;
        _starts = starts;
        _parameters = parameters;
        _sharesParameters = sharesParameters;
        _result = result;
        (_start, _end) = span;
        _n = system.Dimension;
        _endStage = _tableau.EndStage;
        _exponent = 1.0 / _tableau.ErrorOrder;
        int stages = _endStage + 1 + _tableau.DenseStages.Count;
        _y = new Real8[_n];
        _trial = new Real8[_n];
        _extraPoint = new Real8[_n];
        _p = new Real8[system.ParameterCount];
        _k = new Real8[checked(stages * _n)];
        _denseCoefficients = new double[stages];
        _point = new double[_n];
        _spare = new double[_n];
        _derivative = new double[_n];
        _absolute = new Real8[_n];
        for (int i = 0; i < _n; i++)
            _absolute[i] = Real8.Constant(method.AbsoluteTolerances.IsEmpty ? method.AbsoluteTolerance : method.AbsoluteTolerances.Span[i]);
    }

    /// <summary>Integrates the trajectories first to last - 1.</summary>
    public void Run(int first, int last)
    {
        int next = first, running = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            while (next < last && !Begin(lane, next))
                next++;
            if (next < last)
            {
                next++;
                running++;
            }
            else
            {
                Idle(lane);
            }
        }

        while (running > 0)
        {
            Real8 finished = Step();
            if (!Any(finished))
                continue;
            for (int lane = 0; lane < Lanes; lane++)
            {
                if (finished[lane] == 0)
                    continue;
                End(lane, (OdeStopReason)finished[lane]);
                while (next < last && !Begin(lane, next))
                    next++;
                if (next < last)
                {
                    next++;
                }
                else
                {
                    Idle(lane);
                    running--;
                }
            }
        }
    }

    /// <summary>One attempt in every lane.</summary>
    /// <returns>In each lane 0, or the reason why its trajectory is over.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Real8 Step()
    {
        bool adaptive = _method.FixedStep is null;
        Real8 zero = default, one = Real8.Constant(1), end = Real8.Constant(_end);
        Real8 size = Min(_step, Real8.Constant(_method.MaxStep)), remaining = end - _t;
        Real8 isLast = Real8.IfLess(size * LastStepStretch, Real8.Abs(remaining), zero, one);
        Real8 newTime = Real8.IfLess(zero, isLast, end, _t + (_end >= _start ? size : -size));
        Real8 h = newTime - _t;
        Real8 error = Try(h, newTime, adaptive);

        Real8 accept = Real8.IfLess(one, error, zero, one) * _active;
        accept = IfNaN(error, zero, accept);
        if (!adaptive || Any(accept))
            SavePassed(h, newTime, accept);

        // Accepted lanes move on.
        for (int i = 0; i < _n; i++)
        {
            ref Real8 first = ref _k[i];
            first = Real8.IfLess(zero, accept, _k[(_endStage * _n) + i], first);
            _y[i] = Real8.IfLess(zero, accept, _trial[i], _y[i]);
        }

        _t = Real8.IfLess(zero, accept, newTime, _t);
        Real8 reject = _active - accept;
        _accepted += accept;
        _rejected += reject;
        if (adaptive)
            ControlSteps(error, size, h, isLast, accept);

        // Who is done, out of steps, or can't go on?
        Real8 reached = Real8.IfLess(zero, Real8.Abs(end - _t), zero, Real8.Constant((double)OdeStopReason.ReachedEnd)) * accept;
        Real8 failure = IfNaN(error, Real8.Constant((double)OdeStopReason.NonFinite), Real8.Constant((double)OdeStopReason.StepTooSmall));
        Real8 smallest = (Real8.Abs(_t) * SmallestRelativeStep) + double.Epsilon;
        Real8 failed = (adaptive ? Real8.IfLess(smallest, _step, zero, failure) : failure) * reject;
        Real8 limit = Real8.IfLess(_accepted + _rejected, Real8.Constant(_method.MaxSteps), zero, Real8.Constant((double)OdeStopReason.MaxSteps)) * _active;
        return Real8.IfLess(zero, reached, reached, Real8.IfLess(zero, failed, failed, limit));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Real8 Try(Real8 h, Real8 newTime, bool adaptive)
    {
        int n = _n;
        _hasDenseStages = false;
        for (int s = 1; s < _tableau.StageCount; s++)
        {
            Combine(_tableau.StageTerms[s], h, _trial);
            double c = _tableau.Nodes[s];
            _system.Derivative<Real8>(c == 1 ? newTime : _t + (h * c), _trial, _p, _k.AsSpan(s * n, n));
        }

        if (!_tableau.IsFirstSameAsLast)
        {
            Combine(_tableau.SolutionTerms, h, _trial);
            _system.Derivative<Real8>(newTime, _trial, _p, _k.AsSpan(_endStage * n, n));
        }

        // Not finite times nothing is NaN, which survives the sum.
        Real8 check = default;
        for (int i = 0; i < n; i++)
            check += (_trial[i] + _k[(_endStage * n) + i]) * 0;
        if (!adaptive)
            return check;
        Real8 error = ErrorNorm(_tableau.ErrorTerms, h);
        if (!_tableau.SecondErrorWeights.IsEmpty)
        {
            Real8 second = ErrorNorm(_tableau.SecondErrorTerms, h), size = Real8.Sqrt((error * error) + (0.01 * second * second));
            error = Real8.IfLess(default, error, error * (error / size), error);
        }

        return error + check;
    }

    /// <summary>y + h sum of coefficient * stage, in each lane: two components at a time share the coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(StageTerms terms, Real8 h, Real8[] destination)
    {
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(terms.Coefficients);
        ref int stage = ref MemoryMarshal.GetArrayDataReference(terms.Stages);
        ref Real8 k = ref MemoryMarshal.GetArrayDataReference(_k);
        int count = terms.Stages.Length, n = _n, i = 0;
        for (; i + 1 < n; i += 2)
        {
            Real8 first = default, second = default;
            for (int j = 0; j < count; j++)
            {
                var factor = Real8.Constant(Unsafe.Add(ref coefficient, j));
                ref Real8 at = ref Unsafe.Add(ref k, (Unsafe.Add(ref stage, j) * n) + i);
                first = Fused(at, factor, first);
                second = Fused(Unsafe.Add(ref at, 1), factor, second);
            }

            destination[i] = Fused(h, first, _y[i]);
            destination[i + 1] = Fused(h, second, _y[i + 1]);
        }

        if (i < n)
            destination[i] = Fused(h, Sum(terms, i), _y[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Real8 ErrorNorm(StageTerms terms, Real8 h)
    {
        var relative = Real8.Constant(_method.RelativeTolerance);
        Real8 total = default;
        for (int i = 0; i < _n; i++)
        {
            Real8 ratio = Sum(terms, i) / Fused(relative, Max(Real8.Abs(_y[i]), Real8.Abs(_trial[i])), _absolute[i]);
            total = Fused(ratio, ratio, total);
        }

        return Real8.Abs(h) * Real8.Sqrt(total / _n);
    }

    /// <summary>The sum of coefficient * stage of one component: products and sums fused, every other term apart, so that four chains hide each other's latency.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Real8 Sum(StageTerms terms, int component)
    {
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(terms.Coefficients);
        ref int stage = ref MemoryMarshal.GetArrayDataReference(terms.Stages);
        ref Real8 k = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_k), component);
        int count = terms.Stages.Length, n = _n, j = 0;
        Real8 even = default, odd = default;
        for (; j + 1 < count; j += 2)
        {
            even = Fused(Real8.Constant(Unsafe.Add(ref coefficient, j)), Unsafe.Add(ref k, Unsafe.Add(ref stage, j) * n), even);
            odd = Fused(Real8.Constant(Unsafe.Add(ref coefficient, j + 1)), Unsafe.Add(ref k, Unsafe.Add(ref stage, j + 1) * n), odd);
        }

        if (j < count)
            even = Fused(Real8.Constant(Unsafe.Add(ref coefficient, j)), Unsafe.Add(ref k, Unsafe.Add(ref stage, j) * n), even);
        return even + odd;
    }

    /// <summary>The controller's formula by logarithms, all lanes at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ControlSteps(Real8 error, Real8 size, Real8 h, Real8 isLast, Real8 accept)
    {
        StepController controller = _method.Controller;
        Real8 zero = default;
        var logError = Real8.Log(error);
        Real8 exponent = logError * (-controller.Beta1 * _exponent);
        if (controller.Beta2 != 0)
            exponent += _logError1 * (-controller.Beta2 * _exponent);
        if (controller.Beta3 != 0)
            exponent += _logError2 * (-controller.Beta3 * _exponent);
        exponent = Real8.IfLess(zero, accept, exponent, logError * -_exponent);
        Real8 factor = Max(Min(controller.Safety * Real8.Exp(exponent), Real8.Constant(controller.MaxFactor)), Real8.Constant(controller.MinFactor));
        Real8 one = Real8.Constant(1), least = Real8.Constant(controller.MinFactor);
        Real8 taken = IfNaN(factor, Real8.Constant(controller.MaxFactor), factor);
        taken = Real8.IfLess(zero, _wasRejected, Min(taken, one), taken);
        Real8 next = size * taken;
        next = Real8.IfLess(zero, isLast, Max(next, _step), next);
        Real8 retry = Real8.Abs(h) * IfNaN(error, least, Real8.IfLess(Real8.Constant(double.MaxValue), error, least, Min(factor, one)));
        _step = Real8.IfLess(zero, _active, Real8.IfLess(zero, accept, next, retry), zero);
        _logError2 = Real8.IfLess(zero, accept, _logError1, _logError2);
        _logError1 = Real8.IfLess(zero, accept, Max(logError, Real8.Constant(Math.Log(SmallestRememberedError))), _logError1);
        _wasRejected = Real8.IfLess(zero, accept, zero, one);
    }

    /// <summary>Takes a trajectory into a lane.</summary>
    /// <returns>False when it was over at once.</returns>
    private bool Begin(int lane, int trajectory)
    {
        int m = _system.ParameterCount;
        ReadOnlySpan<double> start = _starts.AsSpan(trajectory * _n, _n), parameters = _parameters.AsSpan(_sharesParameters ? 0 : trajectory * m, m);
        _trajectory[lane] = trajectory;
        _saved[lane] = 0;
        Set(_y, lane, start);
        Set(_p, lane, parameters);
        Set(ref _t, lane, _start);
        Set(ref _accepted, lane, 0);
        Set(ref _rejected, lane, 0);
        Set(ref _wasRejected, lane, 0);
        Set(ref _logError1, lane, 0);
        Set(ref _logError2, lane, 0);
        Set(ref _active, lane, 1);
        while (_saved[lane] < _result.Times.Length && _result.Times[_saved[lane]] == _start)
            start.CopyTo(SaveSlot(lane));
        Set(ref _nextSave, lane, NextSave(lane));
        if (_start == _end)
        {
            End(lane, OdeStopReason.ReachedEnd);
            return false;
        }

        _system.Derivative(new Real(_start), Real.Of(start), Real.Of(parameters), Real.Of(_derivative.AsSpan()));
        if (!StageKernels.AllFinite(_derivative))
        {
            End(lane, OdeStopReason.NonFiniteStart);
            return false;
        }

        Set(_k.AsSpan(0, _n), lane, _derivative);
        Set(ref _step, lane, _method.FixedStep ?? _method.InitialStep ?? ChooseStep(start, parameters));
        return true;
    }

    private void Idle(int lane)
    {
        // A lane without work stands still on a finite point.
        Set(ref _active, lane, 0);
        Set(ref _step, lane, 0);
        Set(ref _nextSave, lane, double.PositiveInfinity);
    }

    private void End(int lane, OdeStopReason reason)
    {
        int trajectory = _trajectory[lane];
        for (int i = 0; i < _n; i++)
            _result.FinalStates[(trajectory * _n) + i] = _y[i][lane];
        _result.SavedCounts[trajectory] = _saved[lane];
        _result.Finish(trajectory, reason, _t[lane], (long)_accepted[lane], (long)_rejected[lane]);
    }

    /// <summary>Hairer, Nørsett and Wanner (1993), section II.4, "starting step size", for one trajectory.</summary>
    private double ChooseStep(ReadOnlySpan<double> y, ReadOnlySpan<double> parameters)
    {
        double distance = _end - _start, limit = Math.Min(Math.Abs(distance), _method.MaxStep), smallest = OdeState.SmallestStep(_start);
        double d0 = ScaledNorm(y, y), d1 = ScaledNorm(_derivative, y);
        double h0 = Math.Min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1), limit), signed = Math.CopySign(h0, distance);
        for (int i = 0; i < _n; i++)
            _point[i] = y[i] + (signed * _derivative[i]);
        if (StageKernels.AllFinite(_point))
            _system.Derivative(new Real(_start + signed), Real.Of((ReadOnlySpan<double>)_point), Real.Of(parameters), Real.Of(_spare.AsSpan()));
        if (!StageKernels.AllFinite(_point) || !StageKernels.AllFinite(_spare))
            return Math.Max(h0 * _method.Controller.MinFactor, smallest);
        for (int i = 0; i < _n; i++)
            _spare[i] -= _derivative[i];
        double steepest = Math.Max(d1, ScaledNorm(_spare, y) / h0);
        double h1 = steepest <= 1e-15 ? Math.Max(1e-6, h0 * 1e-3) : Math.Pow(0.01 / steepest, _exponent);
        double chosen = Math.Min(Math.Min(100 * h0, h1), limit);
        return chosen >= smallest ? chosen : smallest;
    }

    private double ScaledNorm(ReadOnlySpan<double> values, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double ratio = values[i] / (_absolute[i][0] + (_method.RelativeTolerance * Math.Abs(y[i])));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / values.Length);
    }

    /// <summary>Writes the states at the times that accepted lanes pass, before the lanes move on.</summary>
    private void SavePassed(Real8 h, Real8 newTime, Real8 accept)
    {
        Real8 one = Real8.Constant(1);
        Real8 passed = _end >= _start ? Real8.IfLess(newTime, _nextSave, default, one) : Real8.IfLess(_nextSave, newTime, default, one);
        passed *= accept;
        if (!Any(passed))
            return;
        for (int lane = 0; lane < Lanes; lane++)
        {
            if (passed[lane] == 0)
                continue;
            while (NextSave(lane) is double time && (_end >= _start ? time <= newTime[lane] : time >= newTime[lane]) && double.IsFinite(time))
            {
                if (time != newTime[lane])
                    ComputeDenseStages(h);
                Dense(lane, time == newTime[lane] ? 1 : (time - _t[lane]) / h[lane], h[lane], SaveSlot(lane));
            }

            Set(ref _nextSave, lane, NextSave(lane));
        }
    }

    private double NextSave(int lane) =>
        _saved[lane] < _result.Times.Length ? _result.Times[_saved[lane]] : _end >= _start ? double.PositiveInfinity : double.NegativeInfinity;

    private Span<double> SaveSlot(int lane) =>
        _result.States.AsSpan(((_trajectory[lane] * _result.Times.Length) + _saved[lane]++) * _n, _n);

    private void ComputeDenseStages(Real8 h)
    {
        if (_hasDenseStages)
            return;
        _hasDenseStages = true;
        for (int s = 0; s < _tableau.DenseStageTerms.Length; s++)
        {
            StageTerms terms = _tableau.DenseStageTerms[s];
            Combine(terms, h, _extraPoint);
            _system.Derivative<Real8>(_t + (h * terms.Sum), _extraPoint, _p, _k.AsSpan((_endStage + 1 + s) * _n, _n));
        }
    }

    private void Dense(int lane, double theta, double h, Span<double> destination)
    {
        if (theta == 1)
        {
            for (int i = 0; i < _n; i++)
                destination[i] = _trial[i][lane];
            return;
        }

        _tableau.DenseCoefficients(theta, _denseCoefficients, withRows: true);
        if (!Interpolates(lane, h, destination))
        {
            _tableau.DenseCoefficients(theta, _denseCoefficients, withRows: false);
            Interpolates(lane, h, destination);
        }
    }

    /// <summary>The sum over the stages whose coefficients aren't zero; false where it isn't finite, as further stages may not be.</summary>
    private bool Interpolates(int lane, double h, Span<double> destination)
    {
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int s = 0; s < _denseCoefficients.Length; s++)
            {
                if (_denseCoefficients[s] != 0)
                    sum += _denseCoefficients[s] * _k[(s * _n) + i][lane];
            }

            destination[i] = _y[i][lane] + (h * sum);
        }

        return StageKernels.AllFinite(destination);
    }

    private static void Set(Span<Real8> vectors, int lane, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            Set(ref vectors[i], lane, values[i]);
    }

    private static void Set(ref Real8 vector, int lane, double value) => Unsafe.Add(ref Unsafe.As<Real8, double>(ref vector), lane) = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Any(Real8 x) => x.Low != Vector256<double>.Zero || x.High != Vector256<double>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Fused(Real8 a, Real8 b, Real8 c) => new(Vector256.FusedMultiplyAdd(a.Low, b.Low, c.Low), Vector256.FusedMultiplyAdd(a.High, b.High, c.High));

    /// <summary>The smaller one; the second where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Min(Real8 a, Real8 b) => Real8.IfLess(a, b, a, b);

    /// <summary>The larger one; the second where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 Max(Real8 a, Real8 b) => Real8.IfLess(b, a, a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real8 IfNaN(Real8 x, Real8 then, Real8 otherwise) => new(
        Vector256.ConditionalSelect(Vector256.Equals(x.Low, x.Low), otherwise.Low, then.Low),
        Vector256.ConditionalSelect(Vector256.Equals(x.High, x.High), otherwise.High, then.High));
}
