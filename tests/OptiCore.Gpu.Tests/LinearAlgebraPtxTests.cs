using System.Reflection;
using System.Text.RegularExpressions;

namespace OptiCore.Gpu.Tests;

/// <summary>What the fast kernels of products consist of: that sums stay in registers, and that memory is read 16 bytes at a time.</summary>
public sealed partial class LinearAlgebraPtxTests
{
    [Theory]
    [InlineData(typeof(LargeTile<float, Lane32>), typeof(float), typeof(FromSingle), "f32", 64, 4)]
    [InlineData(typeof(LargeTile<double, Lane64>), typeof(double), typeof(FromDouble), "f64", 64, 8)]
    [InlineData(typeof(SmallTile<float, Lane32, TileOf64>), typeof(float), typeof(FromSingle), "f32", 16, 2)]
    [InlineData(typeof(SmallTile<float, Lane32, TileOf32>), typeof(float), typeof(FromSingle), "f32", 16, 2)]
    [InlineData(typeof(LargeTile<float, Lane32>), typeof(BFloat16), typeof(FromBFloat16), "f32", 64, 4)]
    public void Sums_stay_in_registers_and_memory_is_read_16_bytes_at_a_time(Type tile, Type stored, Type widening, string suffix, int sums, int loads)
    {
        Type element = tile.GetGenericArguments()[0], number = tile.GetGenericArguments()[1];
        MethodInfo kernel = LinearAlgebraRows.Products(element, stored, number, widening).Single(method => method.GetGenericArguments()[^1] == tile);
        string ptx = PtxTests.Compile(kernel);

        Assert.DoesNotContain("ld.local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("st.local", ptx, StringComparison.Ordinal);

        // The hot loop's terms, each with so many loads and sums, and the loop over terms that fill no tile; the sums are combined with C four at a time or one by one.
        int terms = (int)tile.GetProperty("Depth")!.GetValue(null)! + 1;
        Assert.Equal(terms * loads, Loads().Count(ptx));
        Assert.Equal(terms * loads, Regex.Count(ptx, @"ld\.shared"));
        Assert.Equal((terms + 2) * sums, Regex.Count(ptx, $@"fma\.rn\.{suffix}"));
    }

    [GeneratedRegex(@"ld\.shared\.v[24]\.f(32|64)")]
    private static partial Regex Loads();
}
