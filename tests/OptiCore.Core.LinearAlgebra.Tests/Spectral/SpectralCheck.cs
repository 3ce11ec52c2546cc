using System.Numerics;
using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>What the tests of decompositions share: golden cases, products, errors.</summary>
internal static class SpectralCheck
{
    /// <summary>The golden cases that have a property.</summary>
    public static IEnumerable<JsonElement> With(string property) =>
        Reference.Json("golden/03_linalg.json").GetProperty("cases").EnumerateArray()
            .Where(c => c.TryGetProperty(property, out JsonElement p) && p.ValueKind != JsonValueKind.Null);

    public static (string Id, int Rows, int Columns, double[] A, double Condition) Read(JsonElement golden) => (
        golden.GetProperty("id").GetString()!, golden.GetProperty("rows").GetInt32(), golden.GetProperty("cols").GetInt32(), golden.RowMajor("A"),
        Math.Max(1, golden.Number("cond2")));

    /// <summary>A matrix of pairs [re, im] as two row-major arrays.</summary>
    public static (double[] Real, double[] Imaginary) Pairs(JsonElement golden, string property)
    {
        JsonElement[] all = [.. golden.GetProperty(property).EnumerateArray().SelectMany(row => row.EnumerateArray())];
        return ([.. all.Select(z => z[0].Number())], [.. all.Select(z => z[1].Number())]);
    }

    public static T[] Product<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, int m, int k, int n, bool transposeA = false, bool transposeB = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var c = new T[m * n];
        Blas.Gemm(transposeA, transposeB, m, n, k, T.One, a, Math.Max(1, transposeA ? m : k), b, Math.Max(1, transposeB ? k : n), T.Zero, c, Math.Max(1, n));
        return c;
    }

    public static double[] Product(double[] a, double[] b, int n) => Product<double>(a, b, n, n, n);

    public static double Epsilon<T>() where T : unmanaged, IFloatingPointIeee754<T> => double.CreateChecked(T.BitIncrement(T.One) - T.One);

    public static double MaxNorm<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double largest = 0;
        foreach (T value in x)
            largest = double.Max(largest, Math.Abs(double.CreateChecked(value)));
        return largest;
    }

    public static double MaxDifference<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Assert.Equal(x.Length, y.Length);
        double largest = 0;
        for (int i = 0; i < x.Length; i++)
            largest = double.Max(largest, Math.Abs(double.CreateChecked(x[i]) - double.CreateChecked(y[i])));
        return largest;
    }

    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, string what)
    {
        double error = MaxDifference(expected, actual), norm = MaxNorm(expected);
        Assert.True(error <= relative * norm, $"{what}: error {error:g3} of {norm:g3}, tolerance {relative:g3}");
    }

    /// <summary>The largest element of R R' - I for k rows of n elements.</summary>
    public static double OrthogonalityOfRows<T>(ReadOnlySpan<T> rows, int k, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] gram = Product(rows, rows, k, n, k, transposeB: true);
        for (int i = 0; i < k; i++)
            gram[(i * k) + i] -= T.One;
        return MaxNorm<T>(gram);
    }

    /// <summary>Columns of a matrix scaled: A diag(w).</summary>
    public static T[] ScaleColumns<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> w, int rows) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var b = new T[rows * w.Length];
        for (int i = 0; i < b.Length; i++)
            b[i] = a[i] * w[i % w.Length];
        return b;
    }

    public static T[] Transposed<T>(ReadOnlySpan<T> a, int rows, int columns) where T : unmanaged
    {
        var b = new T[a.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                b[(j * rows) + i] = a[(i * columns) + j];
        }

        return b;
    }
}
