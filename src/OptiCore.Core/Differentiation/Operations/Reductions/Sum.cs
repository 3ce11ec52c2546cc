using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The sum over neighbouring axes, which disappear.</summary>
/// <remarks>Sums over the last axes by <see cref="Reduce.Sum{T}(ReadOnlySpan{T})"/>; over others, row after row in blocks of <see cref="BlockRows"/>, whose sums are added: the same bits on all hardware.</remarks>
internal sealed record SumOperation(int FirstAxis, int AxisCount) : Operation
{
    /// <summary>Rows that are added one to the other before the sum is added to that of the blocks before: bounds the growth of rounding errors.</summary>
    public const int BlockRows = 128;

    public override string Name => "sum";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [inputs[0].Without(FirstAxis, AxisCount)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        Operations.Repeat(cotangents[0]!.Value, node.Inputs[0].Shape, FirstAxis, AxisCount);

    internal override int ScratchCount(Node node)
    {
        (_, int along, int inner) = Blocks.Around(node.Inputs[0].Shape, FirstAxis, AxisCount);
        return inner > 1 && along > BlockRows ? inner : 0;
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new SumKernel<T>(site, FirstAxis, AxisCount);

    private sealed class SumKernel<T>(KernelSite site, int firstAxis, int axisCount) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            (int outer, int along, int inner) = Blocks.Around(site.Inputs[0].Shape, firstAxis, axisCount);
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]), scratch = frame.Span(site.Scratch);
            if (inner == 1)
            {
                for (int i = 0; i < outer; i++)
                    target[i] = frame.Workers is { } workers && along >= 1 << 16 ? Reduce.Sum(source.Slice(i * along, along), workers) : Reduce.Sum(source.Slice(i * along, along));
                return;
            }

            for (int i = 0; i < outer; i++)
                Rows(source.Slice(i * along * inner, along * inner), along, inner, target.Slice(i * inner, inner), scratch);
        }

        private static void Rows(ReadOnlySpan<T> source, int rows, int columns, Span<T> target, Span<T> scratch)
        {
            if (rows == 0)
            {
                target.Clear();
                return;
            }

            AddRows(source, 0, Math.Min(rows, BlockRows), columns, target);
            for (int row = BlockRows; row < rows; row += BlockRows)
            {
                AddRows(source, row, Math.Min(row + BlockRows, rows), columns, scratch[..columns]);
                TensorPrimitives.Add(target, scratch[..columns], target);
            }
        }

        private static void AddRows(ReadOnlySpan<T> source, int from, int to, int columns, Span<T> sum)
        {
            int column = 0;
            for (; column <= columns - (4 * Vector<T>.Count); column += 4 * Vector<T>.Count)
            {
                // Four vectors of columns in registers, down the rows.
                Vector<T> first = Vector<T>.Zero, second = first, third = first, fourth = first;
                int at = (from * columns) + column;
                for (int row = from; row < to; row++, at += columns)
                {
                    first += new Vector<T>(source[at..]);
                    second += new Vector<T>(source[(at + Vector<T>.Count)..]);
                    third += new Vector<T>(source[(at + (2 * Vector<T>.Count))..]);
                    fourth += new Vector<T>(source[(at + (3 * Vector<T>.Count))..]);
                }

                first.CopyTo(sum[column..]);
                second.CopyTo(sum[(column + Vector<T>.Count)..]);
                third.CopyTo(sum[(column + (2 * Vector<T>.Count))..]);
                fourth.CopyTo(sum[(column + (3 * Vector<T>.Count))..]);
            }

            for (; column < columns; column++)
            {
                T total = T.Zero;
                for (int row = from, at = (from * columns) + column; row < to; row++, at += columns)
                    total += source[at];
                sum[column] = total;
            }
        }
    }
}
