using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Samplers;

/// <summary>
/// Systematic resampling: m points at equal distances with one common uniform shift. Each particle has floor(m W) or floor(m W) + 1 copies; the fastest scheme, and the usual choice in filters.
/// </summary>
/// <remarks>
/// O(N). Its variance depends on the order of the particles and is mostly, not always, below that of the stratified scheme. J. Carpenter, P. Clifford, P. Fearnhead (1999), Improved particle filter for nonlinear problems.
/// </remarks>
[Algorithm("Systematic resampling", "Particle filters", "Carpenter, Clifford, Fearnhead (1999), Improved particle filter for nonlinear problems")]
public sealed record SystematicResampling : IResampling
{
    /// <inheritdoc/>
    public void Draw(ReadOnlySpan<double> weights, ReadOnlySpan<double> cumulative, RandomKey key, Span<double> workspace, Span<int> ancestors)
    {
        int n = cumulative.Length, m = ancestors.Length;
        double shift = key.Stream().NextDouble(), scale = m / cumulative[^1];

        // The last sum may be rounded to one end less: the points that are left belong to the last particle with a weight, whose sum is the same.
        int last = n - 1;
        while (last > 0 && cumulative[last - 1] == cumulative[^1])
            last--;

        // Particle i ends before the first k with k + u >= m C_i, at ceil(m C_i - u), and there particle i + 1 begins and leaves its mark; of those that begin at one place, the last one has the copies. Up to the next mark
        // they are its own. Nothing here has to be guessed by the processor, however the weights are.
        Span<int> marks = MemoryMarshal.Cast<double, int>(workspace)[..(m + 1)];
        marks.Clear();
        ref int mark = ref MemoryMarshal.GetReference(marks);
        int i = 0;
        for (; i <= last - 4; i += 4)
        {
            // Never outside the marks, whatever the sums are.
            Vector256<double> end = Vector256.Ceiling((Vector256.LoadUnsafe(in cumulative[i]) * scale) - Vector256.Create(shift));
            Vector128<int> ends = Vector128.Max(Vector128.Min(Narrow(end), Vector128.Create(m)), Vector128<int>.Zero);
            Unsafe.Add(ref mark, ends[0]) = i + 1;
            Unsafe.Add(ref mark, ends[1]) = i + 2;
            Unsafe.Add(ref mark, ends[2]) = i + 3;
            Unsafe.Add(ref mark, ends[3]) = i + 4;
        }

        for (; i < last; i++)
            marks[Math.Clamp((int)Math.Ceiling((cumulative[i] * scale) - shift), 0, m)] = i + 1;
        LargestSoFar(marks, ancestors);
    }

    /// <summary>The largest of each element and those before it, of numbers of at least 0.</summary>
    private static void LargestSoFar(ReadOnlySpan<int> x, Span<int> largest)
    {
        int i = 0;
        Vector128<int> before = Vector128<int>.Zero;
        for (; i <= largest.Length - 4; i += 4)
        {
            // Indices out of range give 0.
            Vector128<int> v = Vector128.LoadUnsafe(in x[i]);
            v = Vector128.Max(v, Vector128.Shuffle(v, Vector128.Create(-1, 0, 1, 2)));
            v = Vector128.Max(v, Vector128.Shuffle(v, Vector128.Create(-1, -1, 0, 1)));
            v = Vector128.Max(v, before);
            v.StoreUnsafe(ref largest[i]);
            before = Vector128.Shuffle(v, Vector128.Create(3, 3, 3, 3));
        }

        int last = before[0];
        for (; i < largest.Length; i++)
            largest[i] = last = Math.Max(last, x[i]);
    }

    /// <summary>Four numbers without fraction as integers.</summary>
    private static Vector128<int> Narrow(Vector256<double> value) =>
        Avx.IsSupported ? Avx.ConvertToVector128Int32(value) : Vector128.Create((int)value[0], (int)value[1], (int)value[2], (int)value[3]);
}
