using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// One pass of a Stockham transform: y[t, k, p] = w^(p k) sum_j x[t, p, j] exp(-2 pi i j k / radix), for every lane, where the sequences that earlier passes
/// have separated are counted by t, and the elements of each by p.
/// </summary>
internal static unsafe class Pass
{
    /// <summary>The largest radix that <see cref="ButterflyOdd{T}"/> does.</summary>
    public const int LargestRadix = 31;

    /// <summary>Elements of scratch memory that a pass needs.</summary>
    public static int Scratch<T>() where T : unmanaged => 4 * (LargestRadix + 1) * Vector256<T>.Count;

    /// <summary>The lanes are neighbours in memory: subsequences, columns or transposed rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TIn, TOut, TTwiddles>(in Step<T> step, T* inRe, T* inIm, nint inStride, T* outRe, T* outIm, nint outStride, int rows, int lanes, T scale, T* twiddleRe, T* twiddleIm, T* scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        nint twiddleStep = TTwiddles.PerOutput ? (nint)rows * lanes : step.Count;
        fixed (T* roots = step.Roots)
        {
            var o = new Operands<T>
            {
                InRe = inRe,
                InIm = inIm,
                InStep = inStride * rows * step.Count,
                OutRe = outRe,
                OutIm = outIm,
                OutStep = outStride * rows,
                Scale = Vector256.Create(scale),
                TwiddleRe = twiddleRe,
                TwiddleIm = twiddleIm,
                TwiddleStep = twiddleStep,
                Radix = step.Radix,
                Roots = roots,
                Scratch = scratch,
            };
            switch (step.Radix)
            {
                case 1:
                    Loop<T, Butterfly1<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                case 2:
                    Loop<T, Butterfly2<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                case 3:
                    Loop<T, Butterfly3<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                case 4:
                    Loop<T, Butterfly4<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                case 5:
                    Loop<T, Butterfly5<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                case 8:
                    Loop<T, Butterfly8<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
                default:
                    Loop<T, ButterflyOdd<T>, TIn, TOut, TTwiddles>(o, step.Count, inStride, outStride, rows, lanes);
                    break;
            }
        }
    }

    /// <summary>The first pass of a single transform, where the lanes are neighbouring elements: results are transposed on the way out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAcross<T, TIn>(in Step<T> step, T* inRe, T* inIm, T* outRe, T* outIm, T* twiddleRe, T* twiddleIm, T* scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TIn : struct, IComplexMemory<T>
    {
        fixed (T* roots = step.Roots)
        {
            T* tile = scratch + (2 * (LargestRadix + 1) * Vector256<T>.Count);
            if (step.Radix is 2 or 3 or 4 or 5 or 8)
                tile = scratch;
            var o = new Operands<T>
            {
                InRe = inRe,
                InIm = inIm,
                InStep = step.Count,
                OutRe = tile,
                OutIm = tile + (step.Radix * Vector256<T>.Count),
                OutStep = Vector256<T>.Count,
                Scale = default,
                TwiddleRe = twiddleRe,
                TwiddleIm = twiddleIm,
                TwiddleStep = step.Count,
                Radix = step.Radix,
                Roots = roots,
                Scratch = scratch,
            };
            switch (step.Radix)
            {
                case 2:
                    LoopAcross<T, Butterfly2<T>, TIn>(o, step.Count, outRe, outIm);
                    break;
                case 3:
                    LoopAcross<T, Butterfly3<T>, TIn>(o, step.Count, outRe, outIm);
                    break;
                case 4:
                    LoopAcross<T, Butterfly4<T>, TIn>(o, step.Count, outRe, outIm);
                    break;
                case 5:
                    LoopAcross<T, Butterfly5<T>, TIn>(o, step.Count, outRe, outIm);
                    break;
                case 8:
                    LoopAcross<T, Butterfly8<T>, TIn>(o, step.Count, outRe, outIm);
                    break;
                default:
                    throw new NotSupportedException($"Radix {step.Radix} can't be a first pass across lanes.");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<T, TButterfly, TIn, TOut, TTwiddles>(Operands<T> o, int count, nint inStride, nint outStride, int rows, int lanes)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TButterfly : struct, IButterfly<T>
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        nint radix = o.Radix, width = Vector256<T>.Count, last = lanes > width ? lanes - width : 0;
        for (nint p = 0; p < count; p++)
        {
            for (nint t = 0; t < rows; t++)
            {
                nint x = inStride * (t + (rows * p)), y = outStride * (t + (rows * radix * p));
                nint w = TTwiddles.PerOutput ? t * lanes : p;

                // The last vector overlaps the one before where the lanes aren't a multiple: it computes the same bits again.
                nint c = 0;
                while (true)
                {
                    TButterfly.Step<TIn, TOut, TTwiddles>(in o, x + c, y + c, TTwiddles.PerOutput ? w + c : w);
                    if (c >= last)
                        break;
                    c = Math.Min(c + width, last);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoopAcross<T, TButterfly, TIn>(Operands<T> o, int count, T* outRe, T* outIm)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TButterfly : struct, IButterfly<T>
        where TIn : struct, IComplexMemory<T>
    {
        int width = Vector256<T>.Count, radix = o.Radix;
        nint last = count - width, p = 0;
        while (true)
        {
            TButterfly.Step<TIn, Split<T>, LaneTwiddles<T>>(in o, p, 0, p);
            Spread(o.OutRe, radix, outRe + (radix * p));
            Spread(o.OutIm, radix, outIm + (radix * p));
            if (p >= last)
                break;
            p = nint.Min(p + width, last);
        }
    }

    /// <summary>One vector for each output becomes the outputs of each lane one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<T>(T* tile, int radix, T* to) where T : unmanaged
    {
        int width = Vector256<T>.Count;
        if (radix == width)
        {
            Lanes.Transpose(tile, width, to, radix);
        }
        else if (radix == 8)
        {
            Lanes.Transpose(tile, width, to, radix);
            Lanes.Transpose(tile + (4 * width), width, to + 4, radix);
        }
        else
        {
            for (int i = 0; i < width; i++)
            {
                for (int k = 0; k < radix; k++)
                    to[(i * radix) + k] = tile[(k * width) + i];
            }
        }
    }
}

/// <summary>What a pass needs to know about itself.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="Radix">The length of the butterflies.</param>
/// <param name="Count">The butterflies in each remaining sequence: its length over the radix.</param>
/// <param name="Twiddles">Where the factors of outputs 1, 2, ... begin in the plan's table, <paramref name="Count"/> for each.</param>
/// <param name="Roots">The cosines and sines of <see cref="ButterflyOdd{T}"/>.</param>
internal readonly record struct Step<T>(int Radix, int Count, int Twiddles, T[] Roots) where T : unmanaged;
