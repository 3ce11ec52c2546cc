using ILGPU;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>How chains are dealt to folds.</summary>
/// <param name="Folds">The number of folds.</param>
/// <param name="Size">The chains of each.</param>
/// <param name="Still">The fold that stands still in this transition.</param>
internal readonly record struct FoldShape(int Folds, int Size, int Still)
{
    /// <summary>The fold from which a fold takes its parameters.</summary>
    public int Source(int fold) => fold == 0 ? Folds - 1 : fold - 1;
}

/// <summary>Steps of MEADS, in the order of operations of <see cref="Meads"/>: the same bits.</summary>
internal static class MeadsKernels
{
    /// <summary>Means and standard deviations [folds, dimension] of each fold's positions. One group an element.</summary>
    [Kernel]
    internal static void Scales(ChainShape shape, FoldShape folds, ArrayView<int> order, ArrayView<double> positions, ArrayView<double> means, ArrayView<double> scales)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int item = Grid.IdxX; item < folds.Folds * shape.Dimension; item += Grid.DimX)
        {
            int fold = item / shape.Dimension, i = item - (fold * shape.Dimension), first = fold * folds.Size;
            long row = (long)i * shape.Chains;
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int j = lane; j < folds.Size; j += ChainRows.Lanes)
                    sum = ExactMath.Add(sum, positions[row + order[first + j]]);
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            double mean = ExactMath.Divide(lanes[0], folds.Size);
            Group.Barrier();
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int j = lane; j < folds.Size; j += ChainRows.Lanes)
                {
                    double difference = ExactMath.Subtract(positions[row + order[first + j]], mean);
                    sum = ExactMath.Add(sum, ExactMath.Multiply(difference, difference));
                }

                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            if (Group.IdxX == 0)
            {
                means[item] = mean;
                scales[item] = lanes[0] > 0 ? ExactMath.Sqrt(ExactMath.Divide(lanes[0], folds.Size)) : 1;
            }

            Group.Barrier();
        }
    }

    /// <summary>Scaled gradients and standardised positions, the chains in the order of the folds.</summary>
    [Kernel]
    internal static void Standardise(
        ChainShape shape, FoldShape folds, ArrayView<int> order, ArrayView<double> means, ArrayView<double> scales, ArrayView<double> positions, ArrayView<double> gradients, ArrayView<double> scaledGradients,
        ArrayView<double> standardised)
    {
        int chains = shape.Chains;
        for (long item = Threads.First; item < positions.Length; item += Threads.Count)
        {
            int i = shape.Row(item), j = shape.Chain(item, i), of = ((j / folds.Size) * shape.Dimension) + i;
            long from = ((long)i * chains) + order[j];
            scaledGradients[item] = ExactMath.Multiply(gradients[from], scales[of]);
            standardised[item] = ExactMath.Divide(ExactMath.Subtract(positions[from], means[of]), scales[of]);
        }
    }

    /// <summary>|y|^2 of each column.</summary>
    [Kernel]
    internal static void SquareNorms(ChainShape shape, ArrayView<double> matrix, ArrayView<double> squares)
    {
        ArrayView<double> partials = SharedMemory.Allocate<double>(ChainColumns.Partials);
        int chains = shape.Chains;
        for (long first = (long)Grid.IdxX * ChainColumns.Width; first < chains; first += (long)Grid.DimX * ChainColumns.Width)
        {
            for (int j = Group.IdxX; j < ChainColumns.Partials; j += Group.DimX)
            {
                long c = first + (j % ChainColumns.Width);
                double sum = 0;
                if (c < chains)
                {
                    for (int i = j / ChainColumns.Width; i < shape.Dimension; i += ChainColumns.Slices)
                    {
                        double y = matrix[((long)i * chains) + c];
                        sum = ExactMath.Add(sum, ExactMath.Multiply(y, y));
                    }
                }

                partials[j] = sum;
            }

            ChainColumns.Fold(partials);
            for (int j = Group.IdxX; j < ChainColumns.Width; j += Group.DimX)
            {
                if (first + j < chains)
                    squares[first + j] = partials[j];
            }

            Group.Barrier();
        }
    }

    /// <summary>The largest eigenvalue of each fold from the square norms of its columns and the products of its matrix with itself. One group a fold.</summary>
    [Kernel]
    internal static void Eigenvalues(FoldShape folds, ArrayView<double> squares, ArrayView<double> products, ArrayView<double> eigenvalues)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        long elements = products.Length / folds.Folds;
        for (int fold = Grid.IdxX; fold < folds.Folds; fold += Grid.DimX)
        {
            int first = fold * folds.Size;
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int j = lane; j < folds.Size; j += ChainRows.Lanes)
                    sum = ExactMath.Add(sum, squares[first + j]);
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            double total = lanes[0];
            Group.Barrier();
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (int j = lane; j < folds.Size; j += ChainRows.Lanes)
                    sum = ExactMath.Add(sum, ExactMath.Multiply(squares[first + j], squares[first + j]));
                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            double quartics = lanes[0];
            Group.Barrier();
            for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
            {
                double sum = 0;
                for (long j = lane; j < elements; j += ChainRows.Lanes)
                {
                    double product = products[(fold * elements) + j];
                    sum = ExactMath.Add(sum, ExactMath.Multiply(product, product));
                }

                lanes[lane] = sum;
            }

            ChainRows.Fold(lanes);
            if (Group.IdxX == 0)
                eigenvalues[fold] = MeadsRule.LargestEigenvalue(new DeviceReal(lanes[0]), new DeviceReal(quartics), new DeviceReal(total), new DeviceReal(folds.Size)).Value;
            Group.Barrier();
        }
    }

    /// <summary>Step sizes and refreshments of all folds.</summary>
    [Kernel]
    internal static void Parameters(
        double multiplier, double slowdown, double transition, ArrayView<double> ofGradients, ArrayView<double> ofPositions, ArrayView<double> stepSizes, ArrayView<double> refreshments)
    {
        for (long fold = Threads.First; fold < stepSizes.Length; fold += Threads.Count)
        {
            DeviceReal step = MeadsRule.StepSize(new DeviceReal(ofGradients[fold]), new DeviceReal(multiplier));
            stepSizes[fold] = step.Value;
            refreshments[fold] = MeadsRule.Refreshment(new DeviceReal(ofPositions[fold]), step, new DeviceReal(slowdown), new DeviceReal(transition)).Value;
        }
    }

    /// <summary>The first momenta, N(0, 1), and slices 2 u - 1.</summary>
    [Kernel]
    internal static void Start(ChainShape shape, ArrayView<RandomKey> keys, ArrayView<double> uniforms, ArrayView<double> momenta, ArrayView<double> slices)
    {
        int chains = shape.Chains, n = shape.Dimension;
        long items = (long)((n + 1) / 2) * chains;
        for (long item = Threads.First; item < items; item += Threads.Count)
        {
            int pair = shape.Row(item), c = shape.Chain(item, pair);
            ChainKernels.Normals(keys[c], (ulong)pair, out double first, out double second);
            long at = ((long)(2 * pair) * chains) + c;
            momenta[at] = first;
            if ((2 * pair) + 1 < n)
                momenta[at + chains] = second;
            if (pair == 0)
                slices[c] = ExactMath.Subtract(ExactMath.Multiply(2, uniforms[c]), 1);
        }
    }

    /// <summary>Refreshed momenta, with which proposals begin where the chains are.</summary>
    [Kernel]
    internal static void Refresh(
        ChainShape shape, FoldShape folds, ArrayView<int> foldOf, ArrayView<double> refreshments, ArrayView<RandomKey> keys, ArrayView<double> positions, ArrayView<double> gradients, ArrayView<double> momenta,
        ArrayView<double> refreshed, ArrayView<double> newPositions, ArrayView<double> newGradients, ArrayView<double> newMomenta)
    {
        int chains = shape.Chains, n = shape.Dimension;
        long items = (long)((n + 1) / 2) * chains;
        for (long item = Threads.First; item < items; item += Threads.Count)
        {
            int pair = shape.Row(item), c = shape.Chain(item, pair), fold = foldOf[c];
            double kept = 1, added = 0, first = 0, second = 0;
            if (fold != folds.Still)
            {
                double alpha = refreshments[folds.Source(fold)];
                kept = ExactMath.Sqrt(ExactMath.Subtract(1, alpha));
                added = ExactMath.Sqrt(alpha);
                ChainKernels.Normals(keys[c], (ulong)pair, out first, out second);
            }

            long at = ((long)(2 * pair) * chains) + c;
            double momentum = ExactMath.Add(ExactMath.Multiply(kept, momenta[at]), ExactMath.Multiply(added, first));
            refreshed[at] = momentum;
            newMomenta[at] = momentum;
            newPositions[at] = positions[at];
            newGradients[at] = gradients[at];
            if ((2 * pair) + 1 >= n)
                continue;
            at += chains;
            momentum = ExactMath.Add(ExactMath.Multiply(kept, momenta[at]), ExactMath.Multiply(added, second));
            refreshed[at] = momentum;
            newMomenta[at] = momentum;
            newPositions[at] = positions[at];
            newGradients[at] = gradients[at];
        }
    }

    /// <summary>Half a kick and a drift in scaled coordinates, of all folds but the one that stands still.</summary>
    [Kernel]
    internal static void Drift(
        ChainShape shape, FoldShape folds, ArrayView<int> foldOf, ArrayView<double> stepSizes, ArrayView<double> scales, ArrayView<double> positions, ArrayView<double> momenta, ArrayView<double> gradients)
    {
        for (long item = Threads.First; item < positions.Length; item += Threads.Count)
        {
            int i = shape.Row(item), c = shape.Chain(item, i), fold = foldOf[c];
            if (fold == folds.Still)
                continue;
            int source = folds.Source(fold);
            double scale = scales[(source * shape.Dimension) + i], step = stepSizes[source];
            double momentum = ExactMath.Add(ExactMath.Multiply(ExactMath.Multiply(gradients[item], scale), ExactMath.Multiply(0.5, step)), momenta[item]);
            momenta[item] = momentum;
            positions[item] = ExactMath.Add(ExactMath.Multiply(ExactMath.Multiply(momentum, scale), step), positions[item]);
        }
    }

    /// <summary>The last half of the kick.</summary>
    [Kernel]
    internal static void Kick(ChainShape shape, FoldShape folds, ArrayView<int> foldOf, ArrayView<double> stepSizes, ArrayView<double> scales, ArrayView<double> momenta, ArrayView<double> gradients)
    {
        for (long item = Threads.First; item < momenta.Length; item += Threads.Count)
        {
            int i = shape.Row(item), c = shape.Chain(item, i), fold = foldOf[c];
            if (fold == folds.Still)
                continue;
            int source = folds.Source(fold);
            momenta[item] = ExactMath.Add(
                ExactMath.Multiply(ExactMath.Multiply(gradients[item], scales[(source * shape.Dimension) + i]), ExactMath.Multiply(0.5, stepSizes[source])), momenta[item]);
        }
    }

    /// <summary>Accepts where |u| &lt; e^(H - H') with the slice moved on, of all folds but the one that stands still.</summary>
    [Kernel]
    internal static void Accept(
        FoldShape folds, double maxError, ArrayView<int> foldOf, ArrayView<double> refreshments, ArrayView<double> startEnergies, ArrayView<double> newEnergies, ArrayView<double> newLogDensities,
        ArrayView<double> logDensities, ArrayView<double> energies, ArrayView<double> accept, ArrayView<double> slices, ArrayView<int> moved, ArrayView<int> underWay)
    {
        for (long c = Threads.First; c < foldOf.Length; c += Threads.Count)
        {
            int fold = foldOf[c];
            double start = startEnergies[c];
            moved[c] = 0;
            underWay[c] = 1;
            if (fold == folds.Still)
            {
                accept[c] = 1;
                energies[c] = start;
                continue;
            }

            double error = ExactMath.Subtract(newEnergies[c], start), ratio = 0;
            if (error <= maxError)
                ratio = DeviceReal.Exp(new DeviceReal(ExactMath.Subtract(start, newEnergies[c]))).Value;
            else
                underWay[c] = 0;
            double slice = MeadsRule.Shift(new DeviceReal(slices[c]), new DeviceReal(refreshments[folds.Source(fold)])).Value;
            double magnitude = slice < 0 ? -slice : slice;
            accept[c] = ratio < 1 ? ratio : 1;
            if (magnitude < ratio)
            {
                moved[c] = 1;
                slice = ExactMath.Divide(slice, ratio);
                energies[c] = newEnergies[c];
                logDensities[c] = newLogDensities[c];
            }
            else
            {
                energies[c] = start;
            }

            slices[c] = slice;
        }
    }

    /// <summary>Counts divergences, which are chains that aren't under way.</summary>
    [Kernel]
    internal static void CountDivergences(ArrayView<int> underWay, ArrayView<int> divergences)
    {
        for (long c = Threads.First; c < underWay.Length; c += Threads.Count)
            divergences[c] += 1 - underWay[c];
    }

    /// <summary>Chains that moved are where their proposals are, and go on; the others keep their refreshed momentum, reversed unless their fold stood still.</summary>
    [Kernel]
    internal static void Commit(
        ChainShape shape, FoldShape folds, ArrayView<int> foldOf, ArrayView<int> moved, ArrayView<double> refreshed, ArrayView<double> newPositions, ArrayView<double> newGradients, ArrayView<double> newMomenta,
        ArrayView<double> positions, ArrayView<double> gradients, ArrayView<double> momenta)
    {
        for (long item = Threads.First; item < positions.Length; item += Threads.Count)
        {
            int c = shape.Chain(item, shape.Row(item));
            if (moved[c] != 0)
            {
                positions[item] = newPositions[item];
                gradients[item] = newGradients[item];
                momenta[item] = newMomenta[item];
            }
            else
            {
                double momentum = refreshed[item];
                momenta[item] = foldOf[c] == folds.Still ? momentum : -momentum;
            }
        }
    }
}
