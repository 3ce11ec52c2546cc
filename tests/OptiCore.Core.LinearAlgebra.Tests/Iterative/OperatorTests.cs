using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class OperatorTests
{
    /// <summary>Operators of every kind, with their dense matrices computed from unit vectors.</summary>
    private static IAdjointOperator<double>[] Operators(int m, int n, ulong seed)
    {
        IAdjointOperator<double> a = LinearOperator.Dense<double>(TestMatrices.Random(m, n, seed), m, n), b = ModelProblems.Random(m, n, 0.4, seed + 1), u = LinearOperator.LowRank<double>(
            TestMatrices.Random(m, 2, seed + 2), TestMatrices.Random(n, 2, seed + 3), 2);
        IAdjointOperator<double> d = LinearOperator.Diagonal<double>(TestMatrices.Random(n, 1, seed + 4));
        return
        [
            a, b, u, d, LinearOperator.Transpose(a), LinearOperator.Scale(-2.5, b), LinearOperator.Add(a, 0.5, b), LinearOperator.Compose(LinearOperator.Add(a, -1, u), d),
            LinearOperator.Identity<double>(n), ((CsrMatrix<double>)b).ToCsc(), LinearOperator.From<double>(m, n, a.Apply, a.ApplyAdjoint),
            LinearOperator.Compose(LinearOperator.Transpose(a), b), LinearOperator.Symmetric(d),
        ];
    }

    [Fact]
    public void AdjointsAreAdjointAndProductsLinear() => Forall.Check(Prop.ForAll(
        (from m in Gen.Choose(1, 20) from n in Gen.Choose(1, 20) from seed in Gen.Choose(0, int.MaxValue) select (m, n, seed)).ToArbitrary(),
        t =>
        {
            foreach (IAdjointOperator<double> a in Operators(t.m, t.n, (ulong)t.seed))
            {
                double[] x = TestMatrices.Random(a.Columns, 1, 1), z = TestMatrices.Random(a.Columns, 1, 2), y = TestMatrices.Random(a.Rows, 1, 3);
                double[] ax = new double[a.Rows], az = new double[a.Rows], sum = new double[a.Rows], aty = new double[a.Columns];
                ax.AsSpan().Fill(double.NaN);
                aty.AsSpan().Fill(double.NaN);
                a.Apply(x, ax);
                a.Apply(z, az);
                a.ApplyAdjoint(y, aty);
                a.Apply([.. x.Zip(z, (p, q) => p - (2 * q))], sum);
                if (!(Math.Abs(Reduce.Dot<double>(ax, y) - Reduce.Dot<double>(x, aty)) <= 1e-11))
                    return false;
                if (!(ModelProblems.Distance(sum, [.. ax.Zip(az, (p, q) => p - (2 * q))]) <= 1e-11))
                    return false;
            }

            return true;
        }));

    [Fact]
    public void CombinationsMeetTheirFormulas()
    {
        const int M = 5, N = 4;
        double[] da = TestMatrices.Random(M, N, 1), db = TestMatrices.Random(M, N, 2), x = TestMatrices.Random(N, 1, 3), y = new double[M];
        IAdjointOperator<double> a = LinearOperator.Dense<double>(da, M, N), b = LinearOperator.Dense<double>(db, M, N);
        double[] ax = ModelProblems.Product(da, x, M, N, 1), bx = ModelProblems.Product(db, x, M, N, 1);
        LinearOperator.Add(a, 3, b).Apply(x, y);
        Promises.Close(0, ModelProblems.Distance([.. ax.Zip(bx, (p, q) => p + (3 * q))], y), 0, 1e-14, "sum");
        LinearOperator.Scale(3, a).Apply(x, y);
        Promises.Close(0, ModelProblems.Distance([.. ax.Select(p => 3 * p)], y), 0, 1e-14, "multiple");
        double[] twice = new double[N], expected = new double[N];
        a.ApplyAdjoint(ax, expected);
        LinearOperator.Compose(LinearOperator.Transpose(a), a).Apply(x, twice);
        Promises.Close(0, ModelProblems.Distance(expected, twice), 0, 1e-14, "product");
        Assert.Same(a, LinearOperator.Transpose(LinearOperator.Transpose(a)));
        Assert.False(LinearOperator.Add(LinearOperator.From<double>(M, N, a.Apply), 1, b) is IAdjointOperator<double>);
        Assert.Throws<ArgumentException>("b", () => LinearOperator.Compose(a, b));
        Assert.Throws<ArgumentException>("b", () => LinearOperator.Add(a, 1, LinearOperator.Transpose(b)));
    }

    [Fact]
    public void ProductsAllocateNothing()
    {
        foreach (IAdjointOperator<double> a in Operators(7, 5, 3))
        {
            double[] x = new double[a.Columns], y = new double[a.Rows];
            Promises.AllocatesNothing(
                () =>
                {
                    a.Apply(x, y);
                    a.ApplyAdjoint(y, x);
                },
                a.GetType().Name);
        }
    }

    [Fact]
    public void PreconditionersAreWhatTheirFormulasSay()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(4);
        double[] x = ModelProblems.Right<double>(16), y = new double[16], z = new double[16];
        double[] dense = ModelProblems.Dense(a);

        var jacobi = new JacobiPreconditioner<double>(16);
        Assert.True(jacobi.TryFactor(a));
        jacobi.Apply(x, y);
        Promises.SameBits([.. x.Select(v => v / 4)], y, "Jacobi");

        // One block of the whole size is the matrix itself.
        var whole = new JacobiPreconditioner<double>(16, 16);
        Assert.True(whole.TryFactor(a));
        whole.Apply(x, y);
        Promises.Close(0, ModelProblems.Residual(a, x, y), 0, 1e-13, "whole block");
        var blocks = new JacobiPreconditioner<double>(16, 5);
        Assert.True(blocks.TryFactor(a));
        blocks.Apply(x, y);
        double[] block = new double[256];
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 16; j++)
                block[(i * 16) + j] = i / 5 == j / 5 ? dense[(i * 16) + j] : 0;
        }

        Promises.Close(0, ModelProblems.Distance(x, ModelProblems.Product(block, y, 16, 16, 1)), 0, 1e-13, "blocks");

        const double W = 1.3;
        new SsorPreconditioner<double>(a, W).Apply(x, y);
        double[] lower = new double[256], upper = new double[256];
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 16; j++)
            {
                double value = dense[(i * 16) + j];
                lower[(i * 16) + j] = j < i ? value : j == i ? value / W : 0;
                upper[(i * 16) + j] = j > i ? value : j == i ? value / W : 0;
            }
        }

        double[] back = ModelProblems.Product(lower, [.. ModelProblems.Product(upper, y, 16, 16, 1).Select(v => v * W / (2 - W) / 4)], 16, 16, 1);
        Promises.Close(0, ModelProblems.Distance(x, back), 0, 1e-13, "SSOR");

        // Without fill to be dropped, incomplete factorizations are complete.
        CsrMatrix<double> line = CsrMatrix<double>.FromTriplets(4, 4, [0, 1, 2, 3, 0, 1, 1, 2, 2, 3], [0, 1, 2, 3, 1, 0, 2, 1, 3, 2], [2.0, 2, 2, 2, -1, -1, -1, -1, -1, -1]);
        var ic = new IncompleteCholesky<double>(line);
        var ilu = new IncompleteLu<double>(line);
        Assert.True(ic.TryFactor(line, out int failed) && failed == -1 && ilu.TryFactor(line, out failed) && failed == -1);
        double[] b = [1, 2, 3, 4], s = new double[4], t = new double[4];
        ic.Apply(b, s);
        ilu.Apply(b, t);
        Promises.Close(0, ModelProblems.Residual(line, b, s) + ModelProblems.Residual(line, b, t), 0, 1e-13, "IC and ILU");
        ilu.ApplyAdjoint(b, t);
        Promises.Close(0, ModelProblems.Distance(s, t), 0, 1e-13, "ILU adjoint");

        // The product L L' equals A on the structure of A.
        CsrMatrix<double> hard = CsrMatrix<double>.FromTriplets(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1.0, 2, 2, 1]);
        var shifted = new IncompleteCholesky<double>(hard);
        Assert.False(shifted.TryFactor(hard, out failed));
        Assert.Equal(1, failed);
        Assert.InRange(shifted.Factor(hard), 1, 3);
        Assert.True(double.IsNaN(new IncompleteCholesky<double>(CsrMatrix<double>.FromDense([-1.0], 1, 1)).Factor(CsrMatrix<double>.FromDense([-1.0], 1, 1))));
        Assert.Throws<ArgumentException>("a", () => ic.TryFactor(a, out _));
        Assert.Throws<ArgumentException>("a", () => new IncompleteLu<double>(CsrMatrix<double>.FromDense([0.0, 1, 1, 0], 2, 2)));
    }
}
