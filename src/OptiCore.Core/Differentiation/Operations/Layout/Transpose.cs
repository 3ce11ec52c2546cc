using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The axes in another order: axis i of the result is axis order[i] of the argument.</summary>
internal sealed record TransposeOperation(AxisList Order) : Operation
{
    /// <summary>The matrices of the last two axes transposed.</summary>
    public static AxisList LastTwo(int rank)
    {
        var order = new int[rank];
        for (int i = 0; i < rank; i++)
            order[i] = i;
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return new AxisList(order);
    }

    public override string Name => "transpose";

    internal override bool TryView(Node node, out int offset)
    {
        // Only axes of length 1 change their places: the order in memory stays.
        offset = 0;
        int last = -1;
        foreach (int axis in Order.Values)
        {
            if (node.Inputs[0].Shape[axis] == 1)
                continue;
            if (axis < last)
                return false;
            last = axis;
        }

        return true;
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        int rank = inputs[0].Rank;
        var lengths = new int[rank];
        var seen = new bool[rank];
        bool isPermutation = Order.Values.Length == rank;
        for (int i = 0; i < rank && isPermutation; i++)
        {
            int axis = Order.Values[i];
            isPermutation = (uint)axis < (uint)rank && !seen[axis];
            if (!isPermutation)
                break;
            seen[axis] = true;
            lengths[i] = inputs[0][axis];
        }

        return isPermutation ? [Shape.Create(lengths)] : throw Misfit($"{Order} isn't an order of its axes.", inputs);
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        var inverse = new int[Order.Values.Length];
        for (int i = 0; i < inverse.Length; i++)
            inverse[Order.Values[i]] = i;
        return Operations.Transpose(cotangents[0]!.Value, inverse);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        var order = new int[Order.Values.Length + 1];
        for (int i = 1; i < order.Length; i++)
            order[i] = Order.Values[i - 1] + 1;
        return [Operations.Transpose(inputs[0], order)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new TransposeKernel<T>(site, Order.Values);

    private sealed unsafe class TransposeKernel<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Blocks of this many rows and columns stay in the first-level cache.
        private const int Block = 16;

        private readonly KernelSite _site;
        private readonly int[] _outerLengths, _outerStrides;
        private readonly int _rows, _columns, _rowStride, _columnStride;

        public TransposeKernel(KernelSite site, ReadOnlySpan<int> order)
        {
            _site = site;
            Shape from = site.Inputs[0].Shape, to = site.Outputs[0].Shape;
            int rank = from.Rank;
            var strides = new int[rank];
            for (int i = rank - 1, stride = 1; i >= 0; stride *= from[i--])
                strides[i] = stride;
            var lengths = new List<int>();
            var steps = new List<int>();

            // Axes that stay neighbours are one axis.
            for (int i = 0; i < rank; i++)
            {
                int step = strides[order[i]];
                if (to[i] == 1)
                    continue;
                if (steps.Count > 0 && steps[^1] == step * to[i])
                {
                    lengths[^1] *= to[i];
                    steps[^1] = step;
                }
                else
                {
                    lengths.Add(to[i]);
                    steps.Add(step);
                }
            }

            while (lengths.Count < 2)
            {
                lengths.Insert(0, 1);
                steps.Insert(0, 0);
            }

            _columns = lengths[^1];
            _columnStride = steps[^1];
            _rows = lengths[^2];
            _rowStride = steps[^2];
            _outerLengths = [.. lengths[..^2]];
            _outerStrides = [.. steps[..^2]];
        }

        public override void Run(Frame<T> frame)
        {
            T* source = frame.At(_site.Inputs[0]), target = frame.At(_site.Outputs[0]);
            int matrices = 1;
            foreach (int length in _outerLengths)
                matrices *= length;
            for (int matrix = 0; matrix < matrices; matrix++, target += _rows * _columns)
            {
                int offset = 0;
                for (int axis = _outerLengths.Length - 1, rest = matrix; axis >= 0; axis--)
                {
                    offset += rest % _outerLengths[axis] * _outerStrides[axis];
                    rest /= _outerLengths[axis];
                }

                Matrix(source + offset, target);
            }
        }

        private void Matrix(T* source, T* target)
        {
            if (_columnStride == 1)
            {
                for (int i = 0; i < _rows; i++, source += _rowStride, target += _columns)
                    RowCopy.Run(source, target, _columns);
                return;
            }

            for (int row = 0; row < _rows; row += Block)
            {
                int lastRow = Math.Min(row + Block, _rows);
                for (int column = 0; column < _columns; column += Block)
                {
                    int lastColumn = Math.Min(column + Block, _columns);
                    for (int i = row; i < lastRow; i++)
                    {
                        T* from = source + (i * _rowStride), to = target + (i * _columns);
                        for (int j = column; j < lastColumn; j++)
                            to[j] = from[j * _columnStride];
                    }
                }
            }
        }
    }
}
