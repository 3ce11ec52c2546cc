using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The singular values of an upper bidiagonal matrix by the differential quotient-difference algorithm with shifts, all with high relative accuracy
/// down to 2^-500 times the largest for double, 2^-60 for float, below which quotients of squares aren't normal numbers.
/// </summary>
/// <remarks>
/// With q_i and e_i the squares of the elements on and beside the diagonal of B, a transform gives those of the bidiagonal C with C'C = B B' - s I, by a quotient and no
/// square root for each element. A shift s that was too large shows by a negative d, and is taken back. The values are found from the smallest up, at the end of the array.
/// Fernando and Parlett (1994), Accurate singular values and differential qd algorithms; Parlett and Marques (2000), An implementation of the dqds algorithm (positive case); Li's
/// test for splitting: section 5 there.
/// </remarks>
internal static unsafe class Dqds
{
    /// <summary>The sweeps after which an iteration is given up, for each value of a block: 4 are usual.</summary>
    public const int SweepsPerValue = 100;

    /// <summary>The elements of the buffer that <see cref="Run"/> needs.</summary>
    public static int WorkLength(int n) => checked(4 * n);

    /// <summary>Overwrites d by the singular values, unordered; e, of n - 1 elements, is only read. False, with d as it was, when the sweeps don't suffice.</summary>
    public static bool Run<T>(int n, T* d, T* e, T* work, int sweepsPerValue = SweepsPerValue) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (n == 0)
            return true;
        T largest = T.Abs(d[n - 1]);
        for (int i = 0; i < n - 1; i++)
            largest = T.Max(largest, T.Max(T.Abs(d[i]), T.Abs(e[i])));

        // The largest square near the end of the range: squares of small elements stay normal for as long as they can.
        int exponent = largest == T.Zero ? 0 : (typeof(T) == typeof(double) ? 480 : 55) - T.ILogB(largest);
        T* q = work, squares = work + n;
        for (int i = 0; i < n; i++)
        {
            T onDiagonal = T.ScaleB(d[i], exponent), beside = i < n - 1 ? T.ScaleB(e[i], exponent) : T.Zero;
            q[i] = onDiagonal * onDiagonal;
            squares[i] = beside * beside;
        }

        var array = new DqdsArray<T>(n, work);
        if (!array.Diagonalize(sweepsPerValue))
            return false;
        for (int i = 0; i < n; i++)
            d[i] = T.ScaleB(T.Sqrt(q[i]), -exponent);
        return true;
    }
}
