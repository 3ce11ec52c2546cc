using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>
/// The X with A X = B, or A' X = B. The arguments are A, which derivatives pass through, B, and the factors of A that are computed with: those of <see cref="LuFactorOperation"/>, or the
/// Cholesky factor of the symmetric part. The axes before the matrices broadcast. All NaN where A is singular.
/// </summary>
internal sealed record SolveOperation(bool IsPositiveDefinite, bool Transposed) : Operation
{
    public override string Name => "solve";

    internal override int ScratchCount(Node node) => Transposed ? node.Shapes[0][-1] * node.Shapes[0][-2] : 0;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape a, Shape b) = (SquareMatrix.Require(inputs[0], Name), inputs[1]);
        if (b.Rank < 2 || b[-2] != a[-1])
            throw Misfit("the right sides must have as many rows as the matrix.", a, b);
        if (!Shape.TryBroadcast(a.Leading(a.Rank - 2), b.Leading(b.Rank - 2), out Shape leading))
            throw Misfit("the axes before the matrices don't broadcast.", a, b);
        return [b.Trailing(2).After(leading.Lengths)];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        if (input > 1)
            return null;
        Variable[] inputs = (Variable[])node.Inputs.Clone();
        inputs[1] = cotangents[0]!.Value;
        Variable x = new(node, 0), g = (this with { Transposed = !IsPositiveDefinite && !Transposed }).ApplyOne(inputs);
        if (input == 1)
            return Operations.SumTo(g, node.Inputs[1].Shape);
        Variable full = Transposed ? Operations.MatMul(x, Operations.Transpose(g)) : Operations.MatMul(g, Operations.Transpose(x));
        return -Operations.SumTo(IsPositiveDefinite ? SquareMatrix.SymmetricPart(full) : full, node.Inputs[0].Shape);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => Apply(Batching.Align(inputs, batched, size));

    internal override Kernel<T> Lower<T>(KernelSite site) => new SolveKernel<T>(site, this);

    private sealed class SolveKernel<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly KernelSite _site;
        private readonly SolveOperation _operation;
        private readonly int[] _b, _factors;

        public SolveKernel(KernelSite site, SolveOperation operation)
        {
            _site = site;
            _operation = operation;
            _b = MatrixPlaces.Of(site.Inputs[1].Shape, null, site.Outputs[0].Shape).Offsets;
            _factors = MatrixPlaces.Of(site.Inputs[2].Shape, null, site.Outputs[0].Shape).Offsets;
        }

        public override object? NewState(Frame<T> frame) => _operation.IsPositiveDefinite ? null : new int[_site.Outputs[0].Shape[-2]];

        public override void Run(Frame<T> frame)
        {
            int n = _site.Outputs[0].Shape[-2], columns = _site.Outputs[0].Shape[-1], size = n * columns;
            ReadOnlySpan<T> right = frame.Span(_site.Inputs[1]), factors = frame.Span(_site.Inputs[2]);
            Span<T> target = frame.Span(_site.Outputs[0]);
            for (int i = 0; i < _b.Length && size > 0; i++)
            {
                ReadOnlySpan<T> b = right.Slice(_b[i], size), factor = factors.Slice(_factors[i], n * n);
                Span<T> x = target.Slice(i * size, size);
                if (LuFactorOperation.IsSingular(factor, n))
                {
                    x.Fill(T.NaN);
                    continue;
                }

                if (_operation.IsPositiveDefinite)
                {
                    b.CopyTo(x);
                    Triangular(factor, Triangle.Lower, false, Diagonal.Stored, n, x, columns, frame.Workers);
                    Triangular(factor, Triangle.Lower, true, Diagonal.Stored, n, x, columns, frame.Workers);
                    continue;
                }

                var permutation = (int[])frame.States[_site.Index]!;
                LuFactorOperation.Permutation(frame.Span(_site.Inputs[3]).Slice(_factors[i] / n, n), permutation);
                if (!_operation.Transposed)
                {
                    for (int row = 0; row < n; row++)
                        b.Slice(permutation[row] * columns, columns).CopyTo(x[(row * columns)..]);
                    Triangular(factor, Triangle.Lower, false, Diagonal.Unit, n, x, columns, frame.Workers);
                    Triangular(factor, Triangle.Upper, false, Diagonal.Stored, n, x, columns, frame.Workers);
                    continue;
                }

                Span<T> work = frame.Span(_site.Scratch);
                b.CopyTo(work);
                Triangular(factor, Triangle.Upper, true, Diagonal.Stored, n, work, columns, frame.Workers);
                Triangular(factor, Triangle.Lower, true, Diagonal.Unit, n, work, columns, frame.Workers);
                for (int row = 0; row < n; row++)
                    work.Slice(row * columns, columns).CopyTo(x[(permutation[row] * columns)..]);
            }
        }

        private static void Triangular(ReadOnlySpan<T> factor, Triangle triangle, bool transposed, Diagonal diagonal, int n, Span<T> x, int columns, IWorkers? workers)
        {
            if (columns == 1)
                Blas.Trsv(triangle, transposed, diagonal, n, factor, n, x);
            else
                Blas.Trsm(Side.Left, triangle, transposed, diagonal, n, columns, T.One, factor, n, x, columns, workers);
        }
    }
}
