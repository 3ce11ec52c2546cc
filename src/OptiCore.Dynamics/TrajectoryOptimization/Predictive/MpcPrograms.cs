using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;

namespace OptiCore.Dynamics;

/// <summary>The quadratic programs of <see cref="LinearMpc"/>.</summary>
internal static class MpcPrograms
{
    /// <summary>Variables x(1..N), u(0..N-1); rows x(k+1) - A x(k) - B u(k) = 0, with A x(0) on the right of the first.</summary>
    public static QuadraticProgram Sparse(LinearMpc mpc, ReadOnlySpan<double> terminal, ReadOnlySpan<double> state)
    {
        int n = mpc.Plant.StateCount, m = mpc.Plant.ControlCount, steps = mpc.Horizon, count = steps * (n + m), first = steps * n;
        double[] quadratic = new double[count * count], rows = new double[first * count], right = new double[first], lower = new double[count], upper = new double[count];
        Unbounded(lower, upper);
        for (int k = 0; k < steps; k++)
        {
            int x = k * n, u = first + (k * m);
            Matrices.Paste(k == steps - 1 ? terminal : mpc.Q, n, n, quadratic, count, x, x);
            Matrices.Paste(mpc.R, m, m, quadratic, count, u, u);
            for (int i = 0; i < n; i++)
            {
                rows[((x + i) * count) + x + i] = 1;
                for (int j = 0; j < n && k > 0; j++)
                    rows[((x + i) * count) + x - n + j] = -mpc.Plant.A[(i * n) + j];
                for (int j = 0; j < m; j++)
                    rows[((x + i) * count) + u + j] = -mpc.Plant.B[(i * m) + j];
                if (k == 0)
                    right[i] = Matrices.Dot(mpc.Plant.A.Slice(i * n, n), state);
                if (mpc.StateBounds is not null)
                    (lower[x + i], upper[x + i]) = (mpc.StateBounds.Lower(i), mpc.StateBounds.Upper(i));
            }

            for (int j = 0; j < m && mpc.ControlBounds is not null; j++)
                (lower[u + j], upper[u + j]) = (mpc.ControlBounds.Lower(j), mpc.ControlBounds.Upper(j));
        }

        return new QuadraticProgram(
            CsrMatrix<double>.FromDense(quadratic, count, count),
            new LinearProgram(new double[count], CsrMatrix<double>.FromDense(rows, first, count), new Bounds(right, right), new Bounds(lower, upper)) { Offset = 0.5 * Matrices.Form(state, mpc.Q, state) });
    }

    /// <summary>Variables u(0..N-1): x(k) = A^k x(0) + sum_j A^(k-1-j) B u(j).</summary>
    public static QuadraticProgram Condensed(LinearMpc mpc, ReadOnlySpan<double> terminal, ReadOnlySpan<double> state)
    {
        int n = mpc.Plant.StateCount, m = mpc.Plant.ControlCount, steps = mpc.Horizon, count = steps * m;

        // The maps of the controls to all states, and the states without control.
        double[] map = new double[steps * n * count], free = new double[steps * n];
        for (int k = 0; k < steps; k++)
        {
            Span<double> block = map.AsSpan(k * n * count, n * count);
            Blas.Gemv(false, n, n, 1.0, mpc.Plant.A, n, k == 0 ? state : free.AsSpan((k - 1) * n, n), 0.0, free.AsSpan(k * n, n));
            if (k > 0)
                Blas.Multiply<double>(mpc.Plant.A, map.AsSpan((k - 1) * n * count, n * count), block, n, n, count);
            Matrices.Paste(mpc.Plant.B, n, m, block, count, 0, k * m);
        }

        double[] quadratic = new double[count * count], cost = new double[count], weighted = new double[n * count], weightedFree = new double[n], lower = new double[count], upper = new double[count];
        double offset = 0.5 * Matrices.Form(state, mpc.Q, state);
        Unbounded(lower, upper);
        for (int k = 0; k < steps; k++)
        {
            ReadOnlySpan<double> weight = k == steps - 1 ? terminal : mpc.Q, block = map.AsSpan(k * n * count, n * count), x = free.AsSpan(k * n, n);
            Blas.Multiply(weight, block, weighted, n, n, count);
            Blas.Gemm(true, false, count, count, n, 1.0, block, count, weighted, count, 1.0, quadratic, count);
            Blas.Gemv(false, n, n, 1.0, weight, n, x, 0.0, weightedFree);
            Blas.Gemv(true, n, count, 1.0, block, count, weightedFree, 1.0, cost);
            offset += 0.5 * Matrices.Form(x, weight, x);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < m; j++)
                    quadratic[(((k * m) + i) * count) + (k * m) + j] += mpc.R[(i * m) + j];
                if (mpc.ControlBounds is not null)
                    (lower[(k * m) + i], upper[(k * m) + i]) = (mpc.ControlBounds.Lower(i), mpc.ControlBounds.Upper(i));
            }
        }

        Matrices.Symmetrize(quadratic, count);
        int rowCount = mpc.StateBounds is null ? 0 : steps * n;
        double[] low = new double[Math.Max(1, rowCount)], high = new double[Math.Max(1, rowCount)];
        for (int i = 0; i < rowCount; i++)
            (low[i], high[i]) = (mpc.StateBounds!.Lower(i % n) - free[i], mpc.StateBounds.Upper(i % n) - free[i]);

        // Bounds can't be empty: without state bounds one row of zeros stands for none.
        double[] rows = rowCount == 0 ? new double[count] : map;
        return new QuadraticProgram(
            CsrMatrix<double>.FromDense(quadratic, count, count),
            new LinearProgram(cost, CsrMatrix<double>.FromDense(rows, low.Length, count), new Bounds(low, high), new Bounds(lower, upper)) { Offset = offset });
    }

    private static void Unbounded(double[] lower, double[] upper)
    {
        lower.AsSpan().Fill(double.NegativeInfinity);
        upper.AsSpan().Fill(double.PositiveInfinity);
    }
}
