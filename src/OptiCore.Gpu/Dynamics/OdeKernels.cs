using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Dynamics;

namespace OptiCore.Gpu;

/// <summary>
/// The kernel of <see cref="GpuOdeEnsemble"/>: one trajectory a thread, state and stages in registers. The operations are those of the processor's ensembles (<see cref="OdeEnsemble"/>), one lane of them, in their order.
/// </summary>
internal static class OdeKernels
{
    /// <summary>Integrates whole trajectories.</summary>
    [Kernel]
    public static void Solve<TSystem, TState, TParameters>(
        TSystem system, DeviceTableau m, OdeSettings settings, TState absolute, long count, ArrayView<double> starts, ArrayView<double> parameters, ArrayView<double> saveTimes,
        ArrayView<double> finalStates, ArrayView<double> finalTimes, ArrayView<double> saved, ArrayView<int> savedCounts, ArrayView<int> reasons, ArrayView<long> steps)
        where TSystem : unmanaged, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters>
    {
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            TState y = TState.Load(starts, i, count);
            TParameters p = parameters.Length == TParameters.Length ? TParameters.Load(parameters, 0, 1) : TParameters.Load(parameters, i, count);
            double time = settings.Start, attempts = 0, accepted = 0, logError1 = 0, logError2 = 0;
            int save = 0, wasRejected = 0, reason = (int)OdeStopReason.None;
            while (save < saveTimes.Length && saveTimes[save] == time)
                Save(y, saved, save++, i, count);
            TState k1 = system.Derivative(new DeviceReal(time), y, p);
            if (settings.Start == settings.End)
                reason = (int)OdeStopReason.ReachedEnd;
            else if (!(TState.Check(k1, default) == 0))
                reason = (int)OdeStopReason.NonFiniteStart;
            double step = settings.FirstStep;
            if (reason == 0 && step == 0)
                step = ChooseStep<TSystem, TState, TParameters>(system, settings, absolute, y, k1, p);

            while (reason == 0)
            {
                double size = step < settings.MaxStep ? step : settings.MaxStep, left = Subtract(settings.End, time);
                bool isShort = Multiply(size, LaneLimits.LastStepStretch) < Abs(left);
                double newTime = isShort ? Add(time, Multiply(size, settings.Direction)) : settings.End, h = Subtract(newTime, time);

                TState k2 = default, k3 = default, k4 = default, k5 = default, k6 = default, sum = TState.Fused(k1, m.A21, default);
                if (m.Stages > 1)
                    k2 = Stage<TSystem, TState, TParameters>(system, m.C2, time, newTime, h, sum, y, p);
                if (m.Stages > 2)
                {
                    sum = TState.Fused(k2, m.A32, TState.Fused(k1, m.A31, default));
                    k3 = Stage<TSystem, TState, TParameters>(system, m.C3, time, newTime, h, sum, y, p);
                }

                if (m.Stages > 3)
                {
                    sum = TState.Fused(k3, m.A43, TState.Fused(k2, m.A42, TState.Fused(k1, m.A41, default)));
                    k4 = Stage<TSystem, TState, TParameters>(system, m.C4, time, newTime, h, sum, y, p);
                }

                if (m.Stages > 4)
                {
                    sum = TState.Fused(k4, m.A54, TState.Fused(k3, m.A53, TState.Fused(k2, m.A52, TState.Fused(k1, m.A51, default))));
                    k5 = Stage<TSystem, TState, TParameters>(system, m.C5, time, newTime, h, sum, y, p);
                }

                if (m.Stages > 5)
                {
                    sum = TState.Fused(k5, m.A65, TState.Fused(k4, m.A64, TState.Fused(k3, m.A63, TState.Fused(k2, m.A62, TState.Fused(k1, m.A61, default)))));
                    k6 = Stage<TSystem, TState, TParameters>(system, m.C6, time, newTime, h, sum, y, p);
                }

                sum = Sum(k1, k2, k3, k4, k5, k6, m.B1, m.B2, m.B3, m.B4, m.B5, m.B6);
                TState trial = TState.Fused(sum, h, y), last = system.Derivative(new DeviceReal(newTime), trial, p);

                // Not finite times nothing is NaN, which survives the sum and isn't accepted.
                double check = TState.Check(trial, last), error = check;
                if (settings.IsAdaptive != 0)
                {
                    sum = TState.Fused(last, m.EndError, Sum(k1, k2, k3, k4, k5, k6, m.E1, m.E2, m.E3, m.E4, m.E5, m.E6));
                    error = Add(Multiply(TState.SquaredError(TState.Fused(sum, h, default), y, trial, absolute, settings.Relative), settings.InverseDimension), check);
                }

                bool accept = error <= 1;
                attempts++;
                if (accept)
                {
                    while (save < saveTimes.Length && saveTimes[save] * settings.Direction <= newTime * settings.Direction)
                    {
                        double at = saveTimes[save];
                        TState between = trial;
                        if (at != newTime)
                            between = Dense(m, Divide(Subtract(at, time), h), h, y, k1, k2, k3, k4, k5, k6, last);
                        Save(between, saved, save++, i, count);
                    }

                    y = trial;
                    k1 = last;
                    time = newTime;
                    accepted++;
                }

                if (settings.IsAdaptive != 0)
                    step = NextStep(settings, error, step, size, h, isShort, accept, ref logError1, ref logError2, ref wasRejected);
                bool canShrink = settings.IsAdaptive != 0 && Add(Multiply(Abs(time), LaneLimits.SmallestRelativeStep), double.Epsilon) < step;
                if (accept)
                {
                    if (time == settings.End)
                        reason = (int)OdeStopReason.ReachedEnd;
                    else if (!(attempts < settings.MaxSteps))
                        reason = (int)OdeStopReason.MaxSteps;
                }
                else if (!canShrink)
                {
                    reason = ExactMath.AreEqual(error, error) != 0 ? (int)OdeStopReason.StepTooSmall : (int)OdeStopReason.NonFinite;
                }
                else if (!(attempts < settings.MaxSteps))
                {
                    reason = (int)OdeStopReason.MaxSteps;
                }
            }

            TState.Store(y, finalStates, i, count);
            finalTimes[i] = time;
            savedCounts[i] = save;
            reasons[i] = reason;
            steps[i] = (long)accepted;
            steps[i + count] = (long)(attempts - accepted);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TState Stage<TSystem, TState, TParameters>(TSystem system, double node, double time, double newTime, double h, TState sum, TState y, TParameters p)
        where TSystem : unmanaged, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters> =>
        system.Derivative(new DeviceReal(node == 1 ? newTime : Add(time, Multiply(h, node))), TState.Fused(sum, h, y), p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TState Sum<TState>(TState k1, TState k2, TState k3, TState k4, TState k5, TState k6, double w1, double w2, double w3, double w4, double w5, double w6)
        where TState : unmanaged, IDeviceVector<TState> =>
        TState.Fused(k6, w6, TState.Fused(k5, w5, TState.Fused(k4, w4, TState.Fused(k3, w3, TState.Fused(k2, w2, TState.Fused(k1, w1, default))))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Save<TState>(TState value, ArrayView<double> saved, int number, long trajectory, long count)
        where TState : unmanaged, IDeviceVector<TState> =>
        TState.Store(value, saved.SubView(number * TState.Length * count, TState.Length * count), trajectory, count);

    /// <summary>The state between a step's ends: <see cref="ButcherTableau"/> has the polynomial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TState Dense<TState>(DeviceTableau m, double part, double h, TState y, TState k1, TState k2, TState k3, TState k4, TState k5, TState k6, TState last)
        where TState : unmanaged, IDeviceVector<TState>
    {
        DeviceReal theta = new(part), rest = 1 - theta, square = theta * theta, cubic = square * (3 - (2 * theta)), factor = square * rest * rest;
        DeviceReal c1 = (cubic * m.B1) + (theta * rest * rest), c2 = cubic * m.B2, c3 = cubic * m.B3, c4 = cubic * m.B4, c5 = cubic * m.B5, c6 = cubic * m.B6, end = -(square * rest);
        if (m.HasDense != 0)
        {
            c1 += factor * m.D1;
            c2 += factor * m.D2;
            c3 += factor * m.D3;
            c4 += factor * m.D4;
            c5 += factor * m.D5;
            c6 += factor * m.D6;
            end += factor * m.EndDense;
        }

        TState sum = TState.Rounded(k2, c2.Value, TState.Rounded(k1, c1.Value, default));
        sum = TState.Rounded(k4, c4.Value, TState.Rounded(k3, c3.Value, sum));
        sum = TState.Rounded(k6, c6.Value, TState.Rounded(k5, c5.Value, sum));
        return TState.Rounded(TState.Rounded(last, end.Value, sum), h, y);
    }

    /// <summary>The starting step size from f at the start, as Hairer, Nørsett and Wanner (1993) choose it in section II.4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ChooseStep<TSystem, TState, TParameters>(TSystem system, OdeSettings settings, TState absolute, TState y, TState k1, TParameters p)
        where TSystem : unmanaged, IDeviceOde<TState, TParameters>
        where TState : unmanaged, IDeviceVector<TState>
        where TParameters : unmanaged, IDeviceVector<TParameters>
    {
        double distance = Abs(Subtract(settings.End, settings.Start)), limit = distance < settings.MaxStep ? distance : settings.MaxStep;
        double smallest = Add(Multiply(Abs(settings.Start), LaneLimits.SmallestRelativeStep), double.Epsilon);
        double d0 = Norm(TState.SquaredNorm(y, y, absolute, settings.Relative), TState.Length), d1 = Norm(TState.SquaredNorm(k1, y, absolute, settings.Relative), TState.Length);
        double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : Multiply(0.01, Divide(d0, d1));
        h0 = h0 < limit ? h0 : limit;
        double signed = Multiply(h0, settings.Direction), chosen;
        TState trial = TState.Rounded(k1, signed, y), spare = system.Derivative(new DeviceReal(Add(settings.Start, signed)), trial, p);
        if (!(TState.Check(trial, spare) == 0))
        {
            chosen = Multiply(h0, settings.MinFactor);
        }
        else
        {
            double d2 = Divide(Norm(TState.SquaredNorm(TState.Rounded(k1, -1, spare), y, absolute, settings.Relative), TState.Length), h0), steepest = d1 > d2 ? d1 : d2;
            double flat = Multiply(h0, 1e-3);
            double h1 = steepest <= 1e-15 ? (flat > 1e-6 ? flat : 1e-6) : DeviceReal.Pow(new DeviceReal(Divide(0.01, steepest)), settings.ErrorExponent).Value;
            double most = Multiply(100, h0);
            chosen = most < h1 ? most : h1;
            chosen = chosen < limit ? chosen : limit;
        }

        return chosen >= smallest ? chosen : smallest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Norm(double squares, int length) => ExactMath.Sqrt(Divide(squares, length));

    /// <summary>The controller's formula by logarithms of squared errors; infinite errors and NaN have large ones and come to the smallest factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double NextStep(OdeSettings settings, double error, double step, double size, double h, bool isShort, bool accept, ref double logError1, ref double logError2, ref int wasRejected)
    {
        double logError = StepPower.Log2(new PowerLane(error)).Value, exponent = Multiply(logError, settings.Power1);
        if (settings.Power2 != 0)
            exponent = Add(exponent, Multiply(logError1, settings.Power2));
        if (settings.Power3 != 0)
            exponent = Add(exponent, Multiply(logError2, settings.Power3));
        exponent = accept ? exponent : Multiply(logError, settings.RetryPower);
        double factor = Multiply(StepPower.Exp2(new PowerLane(exponent)).Value, settings.Safety);
        factor = factor < settings.MaxFactor ? factor : settings.MaxFactor;
        factor = factor > settings.MinFactor ? factor : settings.MinFactor;
        double calm = factor < 1 ? factor : 1, next = Multiply(size, wasRejected != 0 ? calm : factor), retry = Multiply(Abs(h), calm);
        next = isShort || next > step ? next : step;
        if (accept)
        {
            logError2 = logError1;
            logError1 = logError > LaneLimits.LogOfSmallestRememberedError ? logError : LaneLimits.LogOfSmallestRememberedError;
        }

        wasRejected = accept ? 0 : 1;
        return accept ? next : retry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Add(double a, double b) => ExactMath.Add(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Subtract(double a, double b) => ExactMath.Subtract(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Multiply(double a, double b) => ExactMath.Multiply(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Divide(double a, double b) => ExactMath.Divide(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Abs(double a) => DeviceReal.Abs(new DeviceReal(a)).Value;
}

/// <summary>One number of a thread, for the step controller's powers.</summary>
/// <param name="value">The number.</param>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct PowerLane(double value) : IPowerLanes<PowerLane>
{
    public readonly double Value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane All(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane operator +(PowerLane a, PowerLane b) => new(ExactMath.Add(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane operator -(PowerLane a, PowerLane b) => new(ExactMath.Subtract(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane operator *(PowerLane a, PowerLane b) => new(ExactMath.Multiply(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Fma(PowerLane a, PowerLane b, PowerLane c) => new(ExactMath.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Abs(PowerLane a) => new(Lane64.Abs(new Lane64(a.Value)).X);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Least(PowerLane a, PowerLane b) => a.Value < b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Largest(PowerLane a, PowerLane b) => a.Value > b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane AddBits(PowerLane a, long bits) => Of(Bits(a) + (ulong)bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Exponent(PowerLane a) => Of((Bits(a) >> 52) | 0x4330000000000000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane Mantissa(PowerLane a) => Of(Bits(a) & 0x000FFFFFFFFFFFFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane PowerOfTwo(PowerLane a) => Of((Bits(a) + 1023) << 52);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PowerLane IfZero(PowerLane x, PowerLane then, PowerLane otherwise) => x.Value == 0 ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(PowerLane a) => Interop.FloatAsInt(a.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PowerLane Of(ulong bits) => new(Interop.IntAsFloat(bits));
}
