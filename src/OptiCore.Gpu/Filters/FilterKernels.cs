using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// The kernels of <see cref="GpuBootstrapFilter{TModel, TState, TObservation}"/>. Sums run over chunks of 64 particles, then over 64 chunks, then over those, each from the first to the last: the same bits for any number of threads, and
/// cumulative weights that never fall and don't rise at a particle without weight.
/// </summary>
internal static class FilterKernels
{
    /// <summary>The terms of a sum at each level.</summary>
    public const int Chunk = 64;

    /// <summary>The places among which the largest weight is looked for, so that threads don't wait for one.</summary>
    public const int Slots = 64;

    /// <summary>What the filter knows: the sum of weights and its logarithm, the logarithm of the likelihood, whether the next step resamples, whether no particle explains an observation.</summary>
    public const int Total = 0, LogTotal = 1, LogLikelihood = 2, Resamples = 3, Failed = 4, Facts = 5;

    /// <summary>Draws every particle's next state, from the particle that systematic resampling finds for it, and adds to its log weight.</summary>
    [Kernel]
    public static void Move<TModel, TState, TObservation>(
        TModel model, RandomKey key, int step, int stepCount, double shift, long count, ArrayView<double> observations, ArrayView<double> previous, ArrayView<double> next, ArrayView<double> logWeights,
        ArrayView<double> cumulative, ArrayView<double> facts, ArrayView<ulong> slots)
        where TModel : unmanaged, IDeviceStateSpaceModel<TState, TObservation>
        where TState : unmanaged, IDeviceVector<TState>
        where TObservation : unmanaged, IDeviceVector<TObservation>
    {
        TObservation observation = TObservation.Load(observations, step, stepCount);
        bool isSeen = TObservation.Check(observation, default) == 0, resamples = facts[Resamples] != 0;
        double scale = ExactMath.Divide(count, facts[Total]);
        ulong largest = 0;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            var random = new DeviceRandom(DeviceRandom.Fold(key, (ulong)i));
            double logWeight = 0;
            TState state;
            if (step == 0)
            {
                state = model.DrawInitial(ref random);
            }
            else
            {
                long ancestor = i;
                if (resamples)
                    ancestor = Ancestor(i, count, scale, shift, cumulative);
                else
                    logWeight = logWeights[i];
                state = model.DrawTransition(step, TState.Load(previous, ancestor, count), ref random);
            }

            if (isSeen)
                logWeight = ExactMath.Add(logWeight, model.LogObservation(step, observation, state).Value);

            // What isn't a number has no weight.
            logWeight = double.IsNaN(logWeight) ? double.NegativeInfinity : logWeight;
            TState.Store(state, next, i, count);
            logWeights[i] = logWeight;
            ulong order = Order(logWeight);
            largest = order > largest ? order : largest;
        }

        Atomic.Max(ref slots[Threads.First % Slots], largest);
    }

    /// <summary>Weights of chunks of particles relative to the largest, and their sums, sums of squares and sums of weighted states.</summary>
    [Kernel]
    public static void Weigh<TState>(
        long count, ArrayView<double> states, ArrayView<double> logWeights, ArrayView<double> weights, ArrayView<ulong> slots, ArrayView<double> sums, ArrayView<double> squares, ArrayView<double> moments)
        where TState : unmanaged, IDeviceVector<TState>
    {
        double largest = Largest(slots);
        for (long chunk = Threads.First; chunk < sums.Length; chunk += Threads.Count)
        {
            double sum = 0, square = 0;
            TState moment = default;
            long end = (chunk + 1) * Chunk < count ? (chunk + 1) * Chunk : count;
            for (long i = chunk * Chunk; i < end; i++)
            {
                double weight = largest == double.NegativeInfinity ? 0 : LaneMath.Exp(new Lane64(ExactMath.Subtract(logWeights[i], largest))).X;
                weights[i] = weight;
                sum = ExactMath.Add(sum, weight);
                square = ExactMath.FusedMultiplyAdd(weight, weight, square);
                if (weight > 0)
                    moment = TState.Fused(TState.Load(states, i, count), weight, moment);
            }

            sums[chunk] = sum;
            squares[chunk] = square;
            TState.Store(moment, moments, chunk, sums.Length);
        }
    }

    /// <summary>Sums of 64 chunks.</summary>
    [Kernel]
    public static void Gather<TState>(ArrayView<double> sums, ArrayView<double> squares, ArrayView<double> moments, ArrayView<double> upperSums, ArrayView<double> upperSquares, ArrayView<double> upperMoments)
        where TState : unmanaged, IDeviceVector<TState>
    {
        for (long upper = Threads.First; upper < upperSums.Length; upper += Threads.Count)
        {
            double sum = 0, square = 0;
            TState moment = default;
            long end = (upper + 1) * Chunk < sums.Length ? (upper + 1) * Chunk : sums.Length;
            for (long i = upper * Chunk; i < end; i++)
            {
                sum = ExactMath.Add(sum, sums[i]);
                square = ExactMath.Add(square, squares[i]);
                moment = TState.Rounded(TState.Load(moments, i, sums.Length), 1, moment);
            }

            upperSums[upper] = sum;
            upperSquares[upper] = square;
            TState.Store(moment, upperMoments, upper, upperSums.Length);
        }
    }

    /// <summary>One thread ends a step: the last sums, which become those of all before, the likelihood, the effective size, the mean, and whether the next step resamples.</summary>
    [Kernel]
    public static void Conclude<TState>(
        int step, int stepCount, double threshold, double logCount, long count, ArrayView<double> upperSums, ArrayView<double> upperSquares, ArrayView<double> upperMoments, ArrayView<double> facts, ArrayView<ulong> slots,
        ArrayView<double> increments, ArrayView<double> sizes, ArrayView<double> means)
        where TState : unmanaged, IDeviceVector<TState>
    {
        if (Threads.First > 0)
            return;
        double largest = Largest(slots), total = 0, squares = 0;
        TState moment = default;
        for (long upper = 0; upper < upperSums.Length; upper++)
        {
            double sum = upperSums[upper];
            upperSums[upper] = total;
            total = ExactMath.Add(total, sum);
            squares = ExactMath.Add(squares, upperSquares[upper]);
            moment = TState.Rounded(TState.Load(upperMoments, upper, upperSums.Length), 1, moment);
        }

        bool failed = facts[Failed] != 0 || !(total > 0);
        double before = step == 0 || facts[Resamples] != 0 ? logCount : facts[LogTotal];
        double logTotal = ExactMath.Add(largest, LaneMath.Log(new Lane64(total)).X), size = ExactMath.Divide(ExactMath.Multiply(total, total), squares);
        increments[step] = failed ? double.NegativeInfinity : ExactMath.Subtract(logTotal, before);
        sizes[step] = failed ? 0 : size;
        TState.Store(TState.Rounded(moment, failed ? double.NaN : ExactMath.Divide(1, total), default), means, step, stepCount);
        facts[LogLikelihood] = step == 0 ? increments[0] : ExactMath.Add(facts[LogLikelihood], increments[step]);
        facts[Total] = total;
        facts[LogTotal] = logTotal;
        facts[Failed] = failed ? 1.0 : 0.0;
        facts[Resamples] = !failed && size <= ExactMath.Multiply(threshold, count) ? 1.0 : 0.0;
        for (int i = 0; i < Slots; i++)
            slots[i] = 0;
    }

    /// <summary>Sums of the weights up to each particle, if the next step resamples.</summary>
    [Kernel]
    public static void Accumulate(long count, ArrayView<double> weights, ArrayView<double> sums, ArrayView<double> upperSums, ArrayView<double> facts, ArrayView<double> cumulative)
    {
        if (facts[Resamples] == 0)
            return;
        for (long chunk = Threads.First; chunk < sums.Length; chunk += Threads.Count)
        {
            long upper = chunk / Chunk;
            double before = upperSums[upper], among = 0, sum = 0;
            for (long other = upper * Chunk; other < chunk; other++)
                among = ExactMath.Add(among, sums[other]);
            long end = (chunk + 1) * Chunk < count ? (chunk + 1) * Chunk : count;
            for (long i = chunk * Chunk; i < end; i++)
            {
                sum = ExactMath.Add(sum, weights[i]);
                cumulative[i] = ExactMath.Add(before, ExactMath.Add(among, sum));
            }
        }
    }

    /// <summary>The first particle i with count C_i / total - shift above k: point k + shift lies among its weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Ancestor(long k, long count, double scale, double shift, ArrayView<double> cumulative)
    {
        long low = 0, high = count - 1;
        while (low < high)
        {
            long middle = (low + high) >> 1;
            if (ExactMath.Subtract(ExactMath.Multiply(cumulative[middle], scale), shift) > k)
                high = middle;
            else
                low = middle + 1;
        }

        if (ExactMath.Subtract(ExactMath.Multiply(cumulative[low], scale), shift) > k)
            return low;

        // The last sum may be rounded to one end less: the point belongs to the last particle with a weight, the first whose sum is all.
        double all = cumulative[count - 1];
        low = 0;
        while (low < high)
        {
            long middle = (low + high) >> 1;
            if (cumulative[middle] >= all)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>A number's place among all, as an integer; above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Order(double value)
    {
        ulong bits = Interop.FloatAsInt(value);
        return (bits >> 63) != 0 ? ~bits : bits | 0x8000000000000000;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Largest(ArrayView<ulong> slots)
    {
        ulong largest = 0;
        for (int i = 0; i < Slots; i++)
        {
            ulong slot = slots[i];
            largest = slot > largest ? slot : largest;
        }

        return Interop.IntAsFloat((largest >> 63) != 0 ? largest & 0x7FFFFFFFFFFFFFFF : ~largest);
    }
}
