using ILGPU;

namespace OptiCore.Gpu;

/// <summary>Sums over all chains, of which tuning needs a few numbers. One group a row; rows in the order of <see cref="ChainRows"/>.</summary>
internal static class ChainStatistics
{
    /// <summary>totals[0] = sum a, totals[1] = sum 1 / a. One group.</summary>
    [Kernel]
    internal static void Acceptance(ArrayView<double> accept, ArrayView<double> totals)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
        {
            double sum = 0;
            for (long c = lane; c < accept.Length; c += ChainRows.Lanes)
                sum = ExactMath.Add(sum, accept[c]);
            lanes[lane] = sum;
        }

        ChainRows.Fold(lanes);
        if (Group.IdxX == 0)
            totals[0] = lanes[0];
        Group.Barrier();
        for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
        {
            double sum = 0;
            for (long c = lane; c < accept.Length; c += ChainRows.Lanes)
                sum = ExactMath.Add(sum, ExactMath.Divide(1, accept[c]));
            lanes[lane] = sum;
        }

        ChainRows.Fold(lanes);
        if (Group.IdxX == 0)
            totals[1] = lanes[0];
    }

    /// <summary>totals[at] = sum x. One group.</summary>
    [Kernel]
    internal static void Sum(ArrayView<double> values, ArrayView<double> totals, int at)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
        {
            double sum = 0;
            for (long c = lane; c < values.Length; c += ChainRows.Lanes)
                sum = ExactMath.Add(sum, values[c]);
            lanes[lane] = sum;
        }

        ChainRows.Fold(lanes);
        if (Group.IdxX == 0)
            totals[at] = lanes[0];
    }

    /// <summary>The mean position, and the mean of the proposals weighted by acceptance, in each coordinate.</summary>
    [Kernel]
    internal static void Means(
        ChainShape shape, ArrayView<double> accept, ArrayView<double> totals, ArrayView<double> positions, ArrayView<double> newPositions, ArrayView<double> means, ArrayView<double> newMeans)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int i = Grid.IdxX; i < shape.Dimension; i += Grid.DimX)
        {
            long row = (long)i * shape.Chains;
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int c = lane; c < shape.Chains; c += ChainRows.Lanes)
                    sum = ExactMath.Add(sum, positions[row + c]);
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            if (Group.IdxX == 0)
                means[i] = ExactMath.Divide(lanes[0], shape.Chains);
            Group.Barrier();
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                // The end of a trajectory that diverged may not be finite, and its weight is zero.
                double sum = 0;
                for (int c = lane; c < shape.Chains; c += ChainRows.Lanes)
                    sum = accept[c] > 0 ? ExactMath.Add(sum, ExactMath.Multiply(accept[c], newPositions[row + c])) : sum;
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            if (Group.IdxX == 0)
                newMeans[i] = ExactMath.Divide(lanes[0], totals[0]);
            Group.Barrier();
        }
    }

    /// <summary>Each chain's term of the gradient of ChEES with respect to log T: a t (sum_i (after^2 - before^2) / v_i) (sum_i after_i p_i) with distances from the means.</summary>
    [Kernel]
    internal static void Criterion(
        ChainShape shape, double time, ArrayView<double> accept, ArrayView<double> inverse, ArrayView<double> means, ArrayView<double> newMeans, ArrayView<double> positions, ArrayView<double> newPositions,
        ArrayView<double> newMomenta, ArrayView<double> terms)
    {
        ArrayView<double> changes = SharedMemory.Allocate<double>(ChainColumns.Partials);
        ArrayView<double> alongs = SharedMemory.Allocate<double>(ChainColumns.Partials);
        int chains = shape.Chains;
        for (long first = (long)Grid.IdxX * ChainColumns.Width; first < chains; first += (long)Grid.DimX * ChainColumns.Width)
        {
            for (int j = Group.IdxX; j < ChainColumns.Partials; j += Group.DimX)
            {
                long c = first + (j % ChainColumns.Width);
                double change = 0, along = 0;
                if (c < chains && accept[c] > 0)
                {
                    for (int i = j / ChainColumns.Width; i < shape.Dimension; i += ChainColumns.Slices)
                    {
                        long at = ((long)i * chains) + c;
                        double before = ExactMath.Subtract(positions[at], means[i]), after = ExactMath.Subtract(newPositions[at], newMeans[i]);
                        change = ExactMath.Add(change, ExactMath.Divide(ExactMath.Subtract(ExactMath.Multiply(after, after), ExactMath.Multiply(before, before)), inverse[i]));
                        along = ExactMath.Add(along, ExactMath.Multiply(after, newMomenta[at]));
                    }
                }

                changes[j] = change;
                alongs[j] = along;
            }

            ChainColumns.Fold(changes);
            ChainColumns.Fold(alongs);
            for (int j = Group.IdxX; j < ChainColumns.Width; j += Group.DimX)
            {
                long c = first + j;
                if (c < chains)
                    terms[c] = accept[c] > 0 ? ExactMath.Multiply(ExactMath.Multiply(ExactMath.Multiply(accept[c], time), changes[j]), alongs[j]) : 0;
            }

            Group.Barrier();
        }
    }

    /// <summary>Means and sums of squared deviations of all positions that were shown, of which there were <paramref name="before"/> (Chan, Golub, LeVeque 1983, Algorithms for computing the sample variance).</summary>
    [Kernel]
    internal static void Absorb(ChainShape shape, double before, ArrayView<double> positions, ArrayView<double> means, ArrayView<double> squares)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int i = Grid.IdxX; i < shape.Dimension; i += Grid.DimX)
        {
            long row = (long)i * shape.Chains;
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int c = lane; c < shape.Chains; c += ChainRows.Lanes)
                    sum = ExactMath.Add(sum, positions[row + c]);
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            double mean = ExactMath.Divide(lanes[0], shape.Chains);
            Group.Barrier();
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int c = lane; c < shape.Chains; c += ChainRows.Lanes)
                {
                    double difference = ExactMath.Subtract(positions[row + c], mean);
                    sum = ExactMath.Add(sum, ExactMath.Multiply(difference, difference));
                }

                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            if (Group.IdxX == 0)
            {
                double share = ExactMath.Divide(shape.Chains, ExactMath.Add(before, shape.Chains)), delta = ExactMath.Subtract(mean, means[i]);
                means[i] = ExactMath.Add(means[i], ExactMath.Multiply(share, delta));
                squares[i] = ExactMath.Add(squares[i], ExactMath.Add(lanes[0], ExactMath.Multiply(ExactMath.Multiply(share, before), ExactMath.Multiply(delta, delta))));
            }

            Group.Barrier();
        }
    }
}
