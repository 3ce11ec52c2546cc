using ILGPU;
using ILGPU.Runtime;
using OptiCore.Persistence;

namespace OptiCore.Gpu;

/// <summary>What is reported of one coordinate from moments that stayed on the device.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">The standard deviation, of the pooled variance within chains.</param>
/// <param name="McseMean">The Monte Carlo standard error of the mean.</param>
/// <param name="Ess">The effective sample size of the mean, by batch means: draws times the variance within chains, divided by the length of a batch times the variance of a chain's batch means. NaN before two batches are complete.</param>
/// <param name="RHat">
/// The potential scale reduction, sqrt(((N - 1) / N W + B / N) / W) with the variance W within chains of N draws and the variance B / N of their means (Gelman, Rubin 1992, Inference from iterative simulation using multiple sequences); NaN for
/// a single chain. Of short chains it is 1 + tau / (2 N) and more even where all is well.
/// </param>
public readonly record struct ChainMoment(double Mean, double StandardDeviation, double McseMean, double Ess, double RHat);

/// <summary>Means, variances and batch means of every coordinate of every chain, updated on the device after each draw: 5 numbers an element.</summary>
internal sealed class ChainMoments : IPersistent, IDisposable
{
    private readonly GpuDevice _device;
    private readonly ChainShape _shape;
    private readonly int _batchLength;
    private readonly GpuBuffer<double>[] _buffers = new GpuBuffer<double>[5];
    private readonly GpuBuffer<double> _sums;
    private readonly Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _absorb;
    private readonly Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _summarise;
    private int _count;

    public ChainMoments(GpuDevice device, ChainShape shape, int draws, int batches)
    {
        _device = device;
        _shape = shape;
        _batchLength = Math.Max(1, draws / batches);
        long size = (long)shape.Dimension * shape.Chains;
        for (int i = 0; i < _buffers.Length; i++)
        {
            _buffers[i] = device.Allocate<double>(size);
            _buffers[i].Clear();
        }

        _sums = device.Allocate<double>(4L * shape.Dimension);
        _absorb = device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MomentKernels.Absorb);
        _summarise = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(MomentKernels.Summarise);
    }

    /// <summary>Absorbs a draw of all chains.</summary>
    public void Add(GpuBuffer<double> positions)
    {
        int inBatch = (_count % _batchLength) + 1;
        _count++;
        _absorb(
            _device.Native(null), _device.Shape(positions.Length), _count, inBatch, inBatch == _batchLength ? _count / _batchLength : 0, positions.View, _buffers[0].View, _buffers[1].View, _buffers[2].View, _buffers[3].View,
            _buffers[4].View);
    }

    public ChainMoment[] Result()
    {
        int n = _shape.Dimension, chains = _shape.Chains, batches = _count / _batchLength;
        _summarise(_device.Native(null), new KernelConfig(Math.Min(n, 1 << 16), _device.GroupSize), _shape, _buffers[0].View, _buffers[1].View, _buffers[4].View, _sums.View);
        double[] sums = _sums.ToArray();
        var result = new ChainMoment[n];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> s = sums.AsSpan(4 * i, 4);
            double within = s[1] / ((double)chains * (_count - 1)), between = s[3] / (chains - 1);
            double ofBatches = batches < 2 ? double.NaN : s[2] / ((double)chains * (batches - 1));
            double ess = (double)chains * _count * within / (_batchLength * ofBatches);
            double deviation = Math.Sqrt(within);
            result[i] = new ChainMoment(s[0], deviation, deviation / Math.Sqrt(ess), ess, Math.Sqrt(((_count - 1.0) / _count) + (between / within)));
        }

        return result;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        foreach (GpuBuffer<double> buffer in _buffers)
            GpuChains.Transfer(archive, buffer);
    }

    public void Dispose()
    {
        foreach (GpuBuffer<double> buffer in _buffers)
            buffer.Dispose();
        _sums.Dispose();
    }
}

internal static class MomentKernels
{
    /// <summary>Welford's update of means and sums of squares by draw number <paramref name="count"/>, and of those of batch means where batch number <paramref name="batch"/> ends (0 where none does).</summary>
    [Kernel]
    internal static void Absorb(
        int count, int inBatch, int batch, ArrayView<double> positions, ArrayView<double> means, ArrayView<double> squares, ArrayView<double> batchMeans, ArrayView<double> meansOfBatches, ArrayView<double> squaresOfBatches)
    {
        for (long item = Threads.First; item < positions.Length; item += Threads.Count)
        {
            double x = positions[item], mean = means[item], delta = ExactMath.Subtract(x, mean);
            mean = ExactMath.Add(mean, ExactMath.Divide(delta, count));
            means[item] = mean;
            squares[item] = ExactMath.Add(squares[item], ExactMath.Multiply(delta, ExactMath.Subtract(x, mean)));
            double ofBatch = inBatch == 1 ? x : batchMeans[item];
            ofBatch = ExactMath.Add(ofBatch, ExactMath.Divide(ExactMath.Subtract(x, ofBatch), inBatch));
            batchMeans[item] = ofBatch;
            if (batch == 0)
                continue;
            double ofBatches = meansOfBatches[item];
            delta = ExactMath.Subtract(ofBatch, ofBatches);
            ofBatches = ExactMath.Add(ofBatches, ExactMath.Divide(delta, batch));
            meansOfBatches[item] = ofBatches;
            squaresOfBatches[item] = ExactMath.Add(squaresOfBatches[item], ExactMath.Multiply(delta, ExactMath.Subtract(ofBatch, ofBatches)));
        }
    }

    /// <summary>For each coordinate, over chains: the mean of means, the sums of squares, those of batches, and the sum of squared distances of means from their mean. One group a coordinate.</summary>
    [Kernel]
    internal static void Summarise(ChainShape shape, ArrayView<double> means, ArrayView<double> squares, ArrayView<double> squaresOfBatches, ArrayView<double> sums)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(ChainRows.Lanes);
        for (int i = Grid.IdxX; i < shape.Dimension; i += Grid.DimX)
        {
            long row = (long)i * shape.Chains;
            double mean = 0;
            for (int pass = 0; pass < 4; pass++)
            {
                for (int lane = Group.IdxX; lane < ChainRows.Lanes; lane += Group.DimX)
                {
                    double sum = 0;
                    for (int c = lane; c < shape.Chains; c += ChainRows.Lanes)
                    {
                        double term;
                        if (pass == 0)
                        {
                            term = means[row + c];
                        }
                        else if (pass == 1)
                        {
                            term = squares[row + c];
                        }
                        else if (pass == 2)
                        {
                            term = squaresOfBatches[row + c];
                        }
                        else
                        {
                            double difference = ExactMath.Subtract(means[row + c], mean);
                            term = ExactMath.Multiply(difference, difference);
                        }

                        sum = ExactMath.Add(sum, term);
                    }

                    lanes[lane] = sum;
                }

                ChainRows.Fold(lanes);
                double total = lanes[0];
                if (pass == 0)
                    total = mean = ExactMath.Divide(total, shape.Chains);
                if (Group.IdxX == 0)
                    sums[(4 * i) + pass] = total;
                Group.Barrier();
            }
        }
    }
}
