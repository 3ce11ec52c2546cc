using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

[Trait("Suite", "Kernels")]
public class HouseholderSketchTests
{
    private static (double[] A, double[] B) Problem(int rows, int columns, ulong seed)
    {
        double[] a = TestMatrices.Random(rows, columns, seed), truth = TestMatrices.Random(columns, 1, seed + 1), noise = TestMatrices.Random(rows, 1, seed + 2);
        for (int j = 0; j < columns; j += 3)
            truth[j] = 0;
        double[] b = Dense.Multiply(a, truth, rows, columns, 1);
        for (int i = 0; i < rows; i++)
            b[i] += 0.1 * noise[i];
        return (a, b);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 6)]
    [InlineData(50, 6)]
    [InlineData(12345, 6)]
    public void TheObjectiveIsKeptForEveryPoint(int rows, int columns)
    {
        (double[] a, double[] b) = Problem(rows, columns, 1);
        double[] r = new double[columns * columns], z = new double[columns];
        var sketch = new HouseholderSketch<double>(columns);
        sketch.Add(a, b);
        sketch.CopyTo(r, z);
        Assert.Equal(rows, sketch.Rows);
        for (ulong point = 0; point < 3; point++)
        {
            double[] x = TestMatrices.Random(columns, 1, 10 + point);
            double full = Dense.Multiply(a, x, rows, columns, 1).Zip(b, (f, v) => (f - v) * (f - v)).Sum();
            double small = Dense.Multiply(r, x, columns, columns, 1).Zip(z, (f, v) => (f - v) * (f - v)).Sum() + (sketch.ResidualNorm * sketch.ResidualNorm);
            Promises.Close(full, small, 1e-12, 1e-14, $"point {point}");
        }

        Hardware.SameBitsEverywhere<double>(r, $"R {rows}");
    }

    [Fact]
    public void PortionsDontMatterAndPartsJoin()
    {
        const int Rows = 9000, Columns = 7;
        (double[] a, double[] b) = Problem(Rows, Columns, 2);
        double[] r = new double[Columns * Columns], z = new double[Columns], other = new double[Columns * Columns], otherZ = new double[Columns];
        var whole = new HouseholderSketch<double>(Columns);
        whole.Add(a, b);
        whole.CopyTo(r, z);
        var portions = new HouseholderSketch<double>(Columns);
        portions.Add(a, b);
        portions.Clear();
        for (int from = 0, size = 1; from < Rows; from += size, size = Math.Min((2 * size) + 1, Rows - from))
            portions.Add(a.AsSpan(from * Columns, size * Columns), b.AsSpan(from, size));
        portions.CopyTo(other, otherZ);
        Promises.SameBits(r, other, "R of portions");
        Promises.SameBits(z, otherZ, "z of portions");

        HouseholderSketch<double> left = new(Columns), right = new(Columns);
        left.Add(a.AsSpan(0, 4000 * Columns), b.AsSpan(0, 4000));
        right.Add(a.AsSpan(4000 * Columns), b.AsSpan(4000));
        left.Add(right);
        Assert.Equal(Rows, left.Rows);
        double[] x = new double[Columns], y = new double[Columns];
        Assert.True(whole.TrySolve(0, x));
        Assert.True(left.TrySolve(0, y));
        Dense.AssertClose(x, y, 1e-13, "joined");
        Assert.Throws<ArgumentException>(() => left.Add(left));
        Assert.Throws<ArgumentException>(() => left.Add(new HouseholderSketch<double>(3)));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.01, 1)]
    [InlineData(1, 0.5)]
    [InlineData(30, 0)]
    [InlineData(30, 1)]
    [InlineData(300, 1)]
    public void ElasticNetOnTheSketchIsElasticNetOnTheData(double penalty, double lassoShare)
    {
        const int Rows = 4000, Columns = 20;
        (double[] a, double[] b) = Problem(Rows, Columns, 3);
        double[] r = new double[Columns * Columns], z = new double[Columns];
        var sketch = new HouseholderSketch<double>(Columns);
        sketch.Add(a, b);
        sketch.CopyTo(r, z);
        double[] full = CoordinateDescent.Solve(a, b, Rows, Columns, penalty * lassoShare, penalty * (1 - lassoShare));
        double[] small = CoordinateDescent.Solve(r, z, Columns, Columns, penalty * lassoShare, penalty * (1 - lassoShare));
        for (int j = 0; j < Columns; j++)
            Promises.Close(full[j], small[j], 1e-10, 1e-11, $"x[{j}]");
        if (penalty == 300)
            Assert.Contains(0.0, full);
        if (lassoShare > 0)
            return;

        // Without the lasso part the sketch itself has the solution.
        double[] ridge = new double[Columns];
        Assert.True(sketch.TrySolve(penalty, ridge));
        Dense.AssertClose(full, ridge, 1e-10, "ridge");
    }

    [Fact]
    public void TheErrorStaysBelowThatOfNormalEquations()
    {
        // Columns of a Vandermonde matrix, condition about 1e8, and a right side with a known solution.
        const int Rows = 2000, Columns = 11;
        double[] a = new double[Rows * Columns], b = new double[Rows], x = new double[Columns], normal = new double[Columns * Columns], y = new double[Columns];
        for (int i = 0; i < Rows; i++)
        {
            double power = 1;
            for (int j = 0; j < Columns; j++)
            {
                a[(i * Columns) + j] = power;
                b[i] += power;
                power *= (i + 0.5) / Rows;
            }
        }

        var qr = new Qr<double>(Rows, Columns);
        qr.Factor(a);
        Assert.InRange(qr.ReciprocalCondition(), 1e-10, 1e-7);
        var sketch = new HouseholderSketch<double>(Columns);
        sketch.Add(a, b);
        Assert.True(sketch.TrySolve(0, x));
        Blas.Gemm(true, false, Columns, Columns, Rows, 1, a, Columns, a, Columns, 0, normal, Columns);
        Blas.Gemv(true, Rows, Columns, 1, a, Columns, b, 0, y);
        double[] solved = new double[Columns];
        Assert.True(LinearSystem.TrySolve<double>(normal, y, solved));
        double error = x.Max(v => Math.Abs(v - 1)), normalError = solved.Max(v => Math.Abs(v - 1));
        Assert.True(error < 1e-7, $"sketch {error:g3}");
        Assert.True(error < normalError / 100, $"sketch {error:g3}, normal equations {normalError:g3}");
    }

    [Fact]
    public void SinglePrecisionAndMissingRanks()
    {
        var sketch = new HouseholderSketch<float>(2);
        float[] x = new float[2];
        Assert.False(sketch.TrySolve(0, x));
        sketch.Add([1, 1, 2, 2], [1, 2]);
        sketch.TrySolve(1, x);
        Assert.True(Math.Abs(x[0] - x[1]) < 1e-6 && Math.Abs(x[0] - (5f / 11)) < 1e-6, $"{x[0]}, {x[1]}");
        Assert.Equal("penalty", Assert.Throws<ArgumentOutOfRangeException>(() => sketch.TrySolve(-1, x)).ParamName);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => sketch.Add([1, 1, 2], [1, 2])).ParamName);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        (double[] a, double[] b) = Problem(700, 60, 4);
        var sketch = new HouseholderSketch<double>(60);
        double[] x = new double[60];
        Promises.AllocatesNothing(
            () =>
            {
                sketch.Add(a, b);
                sketch.TrySolve(0.5, x);
            },
            "sketch",
            warmUp: 60,
            measured: 10);
    }

    /// <summary>The minimiser of |A x - b|^2 / 2 + lasso |x|_1 + ridge |x|^2 / 2, to the last digits.</summary>
    private static class CoordinateDescent
    {
        public static double[] Solve(double[] a, double[] b, int rows, int columns, double lasso, double ridge)
        {
            double[] x = new double[columns], residual = [.. b], transposed = Dense.Transpose(a, rows, columns);
            for (int sweep = 0; sweep < 2000; sweep++)
            {
                double largest = 0;
                for (int j = 0; j < columns; j++)
                {
                    ReadOnlySpan<double> column = transposed.AsSpan(j * rows, rows);
                    double squares = OptiCore.Numerics.Reduce.SumOfSquares(column), gradient = OptiCore.Numerics.Reduce.Dot(column, residual) + (squares * x[j]);
                    double next = Math.Sign(gradient) * Math.Max(0, Math.Abs(gradient) - lasso) / (squares + ridge), change = next - x[j];
                    for (int i = 0; change != 0 && i < rows; i++)
                        residual[i] -= change * column[i];
                    x[j] = next;
                    largest = Math.Max(largest, Math.Abs(change));
                }

                if (largest < 1e-15)
                    break;
            }

            return x;
        }
    }
}
