using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <content>Rows that are shorter than a register or two: many side by side, a lane for each, with the bits of the row alone.</content>
public static partial class VectorMath
{
    private const int ShortColumns = 16, RowsAtOnce = 64;

    private static void LogSoftmaxShortRows<T>(ReadOnlySpan<T> x, int columns, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Avx512F.IsSupported)
            LogSoftmaxShortRows<T, Lanes512<T>>(x, columns, destination);
        else if (Vector128.IsHardwareAccelerated)
            LogSoftmaxShortRows<T, Lanes256<T>>(x, columns, destination);
        else
            LogSoftmaxShortRows<T, Lanes1<T>>(x, columns, destination);
    }

    [SkipLocalsInit]
    private static void LogSoftmaxShortRows<T, L>(ReadOnlySpan<T> x, int columns, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : struct, ILanes<L, T>
    {
        // Column c of the rows begins at c RowsAtOnce; rows beyond the last are zeros.
        Span<T> terms = stackalloc T[ShortColumns * RowsAtOnce], largest = stackalloc T[RowsAtOnce];
        for (int from = 0; from < x.Length; from += columns * RowsAtOnce)
        {
            int rows = Math.Min(RowsAtOnce, (x.Length - from) / columns), lanes = (rows + L.Count - 1) / L.Count * L.Count;
            ReadOnlySpan<T> source = x.Slice(from, rows * columns);
            for (int row = 0; row < lanes; row++)
            {
                T most = row < rows ? source[row * columns] : T.Zero;
                for (int c = 0; c < columns; c++)
                {
                    T term = row < rows ? source[(row * columns) + c] : T.Zero;
                    terms[(c * RowsAtOnce) + row] = term;
                    most = T.Max(most, term);
                }

                largest[row] = T.IsNaN(most) ? T.NaN : most;
            }

            ref T term0 = ref MemoryMarshal.GetReference(terms);
            ref T largest0 = ref MemoryMarshal.GetReference(largest);
            for (int row = 0; row < lanes; row += L.Count)
            {
                L shift = L.Load(ref largest0, (nuint)row);
                for (int c = 0; c < columns; c++)
                    L.Exp(L.Load(ref term0, (nuint)((c * RowsAtOnce) + row)) - shift).Store(ref term0, (nuint)((c * RowsAtOnce) + row));

                // The tree of LaneReduction: element c is joined with c + 16, c + 8, ..., c + 1; what isn't there is a zero.
                for (int half = ShortColumns / 2; half > 0; half /= 2)
                {
                    for (int c = 0; c < half && c + half < columns; c++)
                        (L.Load(ref term0, (nuint)((c * RowsAtOnce) + row)) + L.Load(ref term0, (nuint)(((c + half) * RowsAtOnce) + row))).Store(ref term0, (nuint)((c * RowsAtOnce) + row));
                }
            }

            for (int row = 0; row < rows; row++)
            {
                T sum = T.IsNaN(terms[row]) ? T.NaN : terms[row];
                double first = double.CreateTruncating(largest[row]), second = double.CreateTruncating(Log(sum));
                for (int i = row * columns; i < (row + 1) * columns; i++)
                    destination[from + i] = T.CreateTruncating((double.CreateTruncating(source[i]) - first) - second);
            }
        }
    }
}
