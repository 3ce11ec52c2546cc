using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The places of the smallest or the largest elements of the last axis, best first; of equal elements the first comes first. A NaN counts as the largest number.</summary>
internal sealed record ArgSortOperation(int Count, bool Descending) : Operation
{
    public override string Name => Descending ? "argsort, descending" : "argsort";

    internal override bool IsPiecewiseConstant => true;

    internal override int ScratchCount(Node node) => node.Inputs[0].Shape[-1];

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => Count >= 0 && Count <= inputs[0][-1]
        ? [inputs[0].With(-1, Count)]
        : throw new ArgumentOutOfRangeException(nameof(inputs), Count, $"{Name} of {inputs[0]}: the last axis hasn't so many elements.");

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(site.Inputs[0].Shape[-1], Name);
        return new ArgSortKernel<T>(site, Descending);
    }

    private sealed class ArgSortKernel<T>(KernelSite site, bool descending) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Of n elements, a heap of k finds the k best in about n + k log k log(n / k) steps for numbers in random order; sorting all is better for large k.
        private const int HeapPays = 8;

        public override object NewState(Frame<T> frame) => new int[site.Inputs[0].Shape[-1]];

        public override void Run(Frame<T> frame)
        {
            int along = site.Inputs[0].Shape[-1], count = site.Outputs[0].Shape[-1];
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]), keys = frame.Span(site.Scratch);
            Span<int> places = (int[])frame.States[site.Index]!;
            for (int row = 0; count > 0 && row < target.Length / count; row++)
            {
                Sort(source.Slice(row * along, along), count, keys, places);
                Span<T> result = target.Slice(row * count, count);
                for (int j = 0; j < count; j++)
                    result[j] = T.CreateTruncating(places[j]);
            }
        }

        private void Sort(ReadOnlySpan<T> x, int count, Span<T> keys, Span<int> places)
        {
            // NaNs stand on one end, in order; the keys of the others ascend.
            int missing = 0;
            foreach (T value in x)
                missing += T.IsNaN(value) ? 1 : 0;
            int first = descending ? missing : 0, next = first, nextMissing = descending ? 0 : x.Length - missing;
            for (int i = 0; i < x.Length; i++)
            {
                if (T.IsNaN(x[i]))
                {
                    places[nextMissing++] = i;
                    continue;
                }

                keys[next] = descending ? -x[i] : x[i];
                places[next++] = i;
            }

            int wanted = Math.Min(count, next) - first;
            if (wanted <= 0)
                return;
            keys = keys[first..next];
            places = places[first..next];
            if (wanted <= keys.Length / HeapPays)
                Select(keys, places, wanted);
            else
                wanted = keys.Length;
            keys[..wanted].Sort(places[..wanted]);

            // The sort isn't stable: the places of equal keys are put in order.
            for (int from = 0, to; from < wanted; from = to)
            {
                for (to = from + 1; to < wanted && keys[to] == keys[from];)
                    to++;
                if (to > from + 1)
                    places[from..to].Sort();
            }
        }

        /// <summary>Brings the smallest keys, of equal ones the first, to the front: a heap of as many with the last of them on top.</summary>
        private static void Select(Span<T> keys, Span<int> places, int count)
        {
            Span<T> heap = keys[..count];
            Span<int> at = places[..count];
            for (int root = (count / 2) - 1; root >= 0; root--)
                Sift(heap, at, root);
            for (int i = count; i < keys.Length; i++)
            {
                // A key equal to the top lies behind it in the tensor.
                if (!(keys[i] < heap[0]))
                    continue;
                (heap[0], at[0]) = (keys[i], places[i]);
                Sift(heap, at, 0);
            }
        }

        private static void Sift(Span<T> heap, Span<int> at, int root)
        {
            (T key, int place) = (heap[root], at[root]);
            while (true)
            {
                int child = (2 * root) + 1;
                if (child >= heap.Length)
                    break;
                if (child + 1 < heap.Length && (heap[child + 1] > heap[child] || (heap[child + 1] == heap[child] && at[child + 1] > at[child])))
                    child++;
                if (!(heap[child] > key || (heap[child] == key && at[child] > place)))
                    break;
                (heap[root], at[root]) = (heap[child], at[child]);
                root = child;
            }

            (heap[root], at[root]) = (key, place);
        }
    }
}
