using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// Bayesian logistic regression for thousands of chains at once: w[k] ~ N(0, sd s) independently, y[i] ~ Bernoulli(1 / (1 + exp(-x[i] . w))). log p(w) = sum_i (y[i] e[i] - log(1 + exp(e[i]))) - |w|^2 / (2 s^2),
/// e[i] = x[i] . w.
/// </summary>
/// <remarks>
/// The logits of all chains are one matrix product E = X W, [rows, chains], and the gradients another, X' (y - sigmoid(E)): 4 m n operations a chain. Rows are taken in blocks whose logits fit 256 MB. Values and gradients agree with
/// those of the processor's posterior to a relative 1e-12 of the sums of absolute terms: the processor adds rows in another order.
/// </remarks>
public sealed class GpuLogisticRegression : IGpuLogDensity
{
    private const long LogitsOfBlock = 1L << 25;

    private readonly double[] _design;
    private readonly double[] _labels;
    private readonly double _priorPrecision;
    private readonly MatrixMethod _method;

    /// <summary>Creates the density.</summary>
    /// <param name="design">The rows x[i] of the design matrix, m x n, row-major; a bias is a column of ones.</param>
    /// <param name="labels">The labels y[i], m elements of 0 or 1.</param>
    /// <param name="priorScale">The standard deviation s of the weights.</param>
    /// <param name="method">Who computes the products.</param>
    /// <exception cref="ArgumentException">Sizes don't fit, an element isn't finite, or a label is neither 0 nor 1.</exception>
    public GpuLogisticRegression(ReadOnlySpan<double> design, ReadOnlySpan<double> labels, double priorScale = 1, MatrixMethod method = MatrixMethod.Reproducible)
    {
        Require.Positive(labels.Length, nameof(labels));
        Dimension = Require.Positive(design.Length / labels.Length, nameof(design));
        Require.Length(design.Length, Dimension * labels.Length, nameof(design));
        Require.AllFinite(design, nameof(design));
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] is not (0 or 1))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"labels[{i}] is {labels[i]}; every label must be 0 or 1."), nameof(labels));
        }

        _design = design.ToArray();
        _labels = labels.ToArray();
        _priorPrecision = 1 / (Require.Positive(priorScale, nameof(priorScale)) * priorScale);
        _method = Require.Defined(method, nameof(method));
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public GpuLogDensityState Start(GpuDevice device, int chains)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new State(this, device, Require.Positive(chains), (int)Math.Clamp(LogitsOfBlock / chains, 1, _labels.Length));
    }

    /// <summary>The same with a given number of rows in a block.</summary>
    internal GpuLogDensityState Start(GpuDevice device, int chains, int block) => new State(this, device, chains, block);

    private sealed class State : GpuLogDensityState
    {
        private readonly GpuDevice _device;
        private readonly MatrixProducts _products;
        private readonly DeviceBuffer<double> _design;
        private readonly DeviceBuffer<double> _labels;
        private readonly GpuBuffer<double> _logits;
        private readonly int _chains;
        private readonly int _rows;
        private readonly int _n;
        private readonly int _block;
        private readonly double _priorPrecision;
        private readonly Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>> _prior;
        private readonly Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>> _residuals;

        public State(GpuLogisticRegression density, GpuDevice device, int chains, int block)
        {
            _device = device;
            _chains = chains;
            _rows = density._labels.Length;
            _n = density.Dimension;
            _block = block;
            _priorPrecision = density._priorPrecision;
            _prior = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(LogisticKernels.Prior);
            _residuals = device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(LogisticKernels.Residuals);
            _products = new MatrixProducts(device, null, density._method);
            _design = device.Upload<double>(density._design);
            _labels = device.Upload<double>(density._labels);
            _logits = device.Allocate<double>((long)_block * chains);
            TakeMemory();
        }

        public override void Evaluate(ArrayView<double> positions, ArrayView<double> values, ArrayView<double> gradients)
        {
            AcceleratorStream stream = _device.Native(null);
            var columns = new KernelConfig(Math.Min((_chains + ChainColumns.Width - 1) / ChainColumns.Width, 1 << 16), _device.GroupSize);
            _prior(stream, columns, new ChainShape(_n, _chains), _priorPrecision, positions, values, gradients);
            ArrayView<double> design = _device.View(_design), labels = _device.View(_labels);
            for (int first = 0; first < _rows; first += _block)
            {
                int count = Math.Min(_block, _rows - first);
                ArrayView<double> rows = design.SubView((long)first * _n, (long)count * _n), logits = _logits.View.SubView(0, (long)count * _chains);
                _products.Gemm(false, false, count, _chains, _n, 1.0, rows, _n, positions, _chains, 0.0, logits, _chains);
                _residuals(stream, columns, new ChainShape(count, _chains), labels.SubView(first, count), logits, values);
                if (gradients.Length != 0)
                    _products.Gemm(true, false, _n, _chains, count, 1.0, rows, _n, logits, _chains, 1.0, gradients, _chains);
            }
        }

        /// <summary>Products take memory for pieces of long sums when they first need it: that shall not be in a run.</summary>
        private void TakeMemory()
        {
            using DeviceBuffer<double> positions = _device.Zeros<double>((long)_n * _chains), gradients = _device.Zeros<double>((long)_n * _chains), values = _device.Zeros<double>(_chains);
            Evaluate(_device.View(positions), _device.View(values), _device.View(gradients));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _products.Dispose();
                _design.Dispose();
                _labels.Dispose();
                _logits.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

internal static class LogisticKernels
{
    /// <summary>Log density and gradient of the prior: -t |w|^2 / 2 and -t w.</summary>
    [Kernel]
    internal static void Prior(ChainShape shape, double precision, ArrayView<double> positions, ArrayView<double> values, ArrayView<double> gradients)
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
                        long at = ((long)i * chains) + c;
                        double weight = positions[at];
                        sum = ExactMath.Add(sum, ExactMath.Multiply(weight, weight));
                        if (gradients.Length != 0)
                            gradients[at] = ExactMath.Multiply(-precision, weight);
                    }
                }

                partials[j] = sum;
            }

            ChainColumns.Fold(partials);
            for (int j = Group.IdxX; j < ChainColumns.Width; j += Group.DimX)
            {
                if (first + j < chains)
                    values[first + j] = ExactMath.Multiply(ExactMath.Multiply(-0.5, precision), partials[j]);
            }

            Group.Barrier();
        }
    }

    /// <summary>Replaces logits e of some rows by residuals y - sigmoid(e), and adds the rows' log likelihoods y e - log(1 + exp(e)) to the values.</summary>
    [Kernel]
    internal static void Residuals(ChainShape shape, ArrayView<double> labels, ArrayView<double> logits, ArrayView<double> values)
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
                        long at = ((long)i * chains) + c;
                        Lane64 logit = new(logits[at]), label = new(labels[i]);
                        sum = ExactMath.Add(sum, ((label * logit) - ActivationLanes.Softplus(logit)).X);
                        logits[at] = (label - ActivationLanes.Sigmoid(logit)).X;
                    }
                }

                partials[j] = sum;
            }

            ChainColumns.Fold(partials);
            for (int j = Group.IdxX; j < ChainColumns.Width; j += Group.DimX)
            {
                if (first + j < chains)
                    values[first + j] = ExactMath.Add(values[first + j], partials[j]);
            }

            Group.Barrier();
        }
    }
}
