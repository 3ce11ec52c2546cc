using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static OptiCore.Fourier.Lanes;

namespace OptiCore.Fourier;

/// <summary>The discrete Fourier transform of a small length, on one vector of independent sequences at a time.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal interface IButterfly<T> where T : unmanaged
{
    /// <summary>
    /// y[k] = w[k] sum_j x[j] exp(-2 pi i j k / radix). Outputs are written in ascending order of k, on which narrow passes rely: what they write
    /// beyond their lanes is overwritten by the next output.
    /// </summary>
    static abstract unsafe void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>;
}

/// <summary>Where a pass reads and writes.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal readonly unsafe ref struct Operands<T> where T : unmanaged
{
    public required T* InRe { get; init; }

    public required T* InIm { get; init; }

    /// <summary>The distance between two inputs of a butterfly.</summary>
    public required nint InStep { get; init; }

    public required T* OutRe { get; init; }

    public required T* OutIm { get; init; }

    /// <summary>The distance between two outputs of a butterfly.</summary>
    public required nint OutStep { get; init; }

    /// <summary>The factor of every output.</summary>
    public required Vector256<T> Scale { get; init; }

    /// <summary>The factor w[k] is at k times the step; w[0] is only there where the twiddles are per output.</summary>
    public required T* TwiddleRe { get; init; }

    public required T* TwiddleIm { get; init; }

    public required nint TwiddleStep { get; init; }

    /// <summary>The radix and its roots, for <see cref="ButterflyOdd{T}"/>.</summary>
    public required int Radix { get; init; }

    public required T* Roots { get; init; }

    /// <summary>Room for the terms of one butterfly.</summary>
    public required T* Scratch { get; init; }

    // The usual kinds are written out here: the compiler stops inlining in a method of 512 locals, which radix 8 would reach through one more level of calls.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load<TIn>(nint at, int j, out Vector256<T> x, out Vector256<T> y) where TIn : struct, IComplexMemory<T>
    {
        at += j * InStep;
        if (typeof(TIn) == typeof(Split<T>))
        {
            x = Vector256.Load(InRe + at);
            y = Vector256.Load(InIm + at);
        }
        else
        {
            TIn.Load(InRe, InIm, at, out x, out y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TOut, TTwiddles>(nint at, nint w, int k, Vector256<T> x, Vector256<T> y)
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        at += k * OutStep;
        if (!TTwiddles.None && (TTwiddles.PerOutput || k > 0))
        {
            w += k * TwiddleStep;
            Vector256<T> c, s;
            if (TTwiddles.PerLane)
            {
                c = Vector256.Load(TwiddleRe + w);
                s = Vector256.Load(TwiddleIm + w);
            }
            else
            {
                c = Vector256.Create(TwiddleRe[w]);
                s = Vector256.Create(TwiddleIm[w]);
            }

            Vector256<T> re = MultiplySubtract(x, c, y * s);
            y = MultiplyAdd(x, s, y * c);
            x = re;
        }

        if (typeof(TOut) == typeof(Split<T>))
        {
            x.Store(OutRe + at);
            y.Store(OutIm + at);
        }
        else
        {
            TOut.Store(OutRe, OutIm, at, Scale, x, y);
        }
    }
}

/// <summary>Radix 1: a copy, with the factors and the scale.</summary>
internal readonly struct Butterfly1<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        o.Store<TOut, TTwiddles>(y, w, 0, r0, i0);
    }
}

/// <summary>Radix 2.</summary>
internal readonly struct Butterfly2<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        o.Load<TIn>(x, 1, out Vector256<T> r1, out Vector256<T> i1);
        o.Store<TOut, TTwiddles>(y, w, 0, r0 + r1, i0 + i1);
        o.Store<TOut, TTwiddles>(y, w, 1, r0 - r1, i0 - i1);
    }
}

/// <summary>Radix 3.</summary>
internal readonly struct Butterfly3<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        Vector256<T> half = Vector256.Create(T.CreateTruncating(0.5)), sine = Vector256.Create(T.CreateTruncating(0.86602540378443864676));
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        o.Load<TIn>(x, 1, out Vector256<T> r1, out Vector256<T> i1);
        o.Load<TIn>(x, 2, out Vector256<T> r2, out Vector256<T> i2);
        Vector256<T> tr = r1 + r2, ti = i1 + i2;
        Vector256<T> ur = SubtractProduct(half, tr, r0), ui = SubtractProduct(half, ti, i0);
        Vector256<T> vr = r1 - r2, vi = i1 - i2;
        o.Store<TOut, TTwiddles>(y, w, 0, r0 + tr, i0 + ti);
        o.Store<TOut, TTwiddles>(y, w, 1, MultiplyAdd(sine, vi, ur), SubtractProduct(sine, vr, ui));
        o.Store<TOut, TTwiddles>(y, w, 2, SubtractProduct(sine, vi, ur), MultiplyAdd(sine, vr, ui));
    }
}

/// <summary>Radix 4.</summary>
internal readonly struct Butterfly4<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        o.Load<TIn>(x, 2, out Vector256<T> r2, out Vector256<T> i2);
        Vector256<T> ar = r0 + r2, ai = i0 + i2, br = r0 - r2, bi = i0 - i2;
        o.Load<TIn>(x, 1, out Vector256<T> r1, out Vector256<T> i1);
        o.Load<TIn>(x, 3, out Vector256<T> r3, out Vector256<T> i3);
        Vector256<T> cr = r1 + r3, ci = i1 + i3, dr = r1 - r3, di = i1 - i3;
        o.Store<TOut, TTwiddles>(y, w, 0, ar + cr, ai + ci);
        o.Store<TOut, TTwiddles>(y, w, 1, br + di, bi - dr);
        o.Store<TOut, TTwiddles>(y, w, 2, ar - cr, ai - ci);
        o.Store<TOut, TTwiddles>(y, w, 3, br - di, bi + dr);
    }
}

/// <summary>Radix 5.</summary>
internal readonly struct Butterfly5<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        Vector256<T> c1 = Vector256.Create(T.CreateTruncating(0.30901699437494742410)), c2 = Vector256.Create(T.CreateTruncating(0.80901699437494742410));
        Vector256<T> s1 = Vector256.Create(T.CreateTruncating(0.95105651629515357212)), s2 = Vector256.Create(T.CreateTruncating(0.58778525229247312917));
        o.Load<TIn>(x, 1, out Vector256<T> r1, out Vector256<T> i1);
        o.Load<TIn>(x, 4, out Vector256<T> r4, out Vector256<T> i4);
        Vector256<T> ar = r1 + r4, ai = i1 + i4, dr = r1 - r4, di = i1 - i4;
        o.Load<TIn>(x, 2, out Vector256<T> r2, out Vector256<T> i2);
        o.Load<TIn>(x, 3, out Vector256<T> r3, out Vector256<T> i3);
        Vector256<T> br = r2 + r3, bi = i2 + i3, er = r2 - r3, ei = i2 - i3;
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        Vector256<T> ur = SubtractProduct(c2, br, MultiplyAdd(c1, ar, r0)), ui = SubtractProduct(c2, bi, MultiplyAdd(c1, ai, i0));
        Vector256<T> pr = MultiplyAdd(c1, br, SubtractProduct(c2, ar, r0)), pi = MultiplyAdd(c1, bi, SubtractProduct(c2, ai, i0));
        Vector256<T> vr = MultiplyAdd(s1, dr, s2 * er), vi = MultiplyAdd(s1, di, s2 * ei);
        Vector256<T> qr = MultiplySubtract(s2, dr, s1 * er), qi = MultiplySubtract(s2, di, s1 * ei);
        o.Store<TOut, TTwiddles>(y, w, 0, r0 + (ar + br), i0 + (ai + bi));
        o.Store<TOut, TTwiddles>(y, w, 1, ur + vi, ui - vr);
        o.Store<TOut, TTwiddles>(y, w, 2, pr + qi, pi - qr);
        o.Store<TOut, TTwiddles>(y, w, 3, pr - qi, pi + qr);
        o.Store<TOut, TTwiddles>(y, w, 4, ur - vi, ui + vr);
    }
}

/// <summary>Radix 8: two of radix 4, whose odd one is turned by eighths; those products fuse with the last additions.</summary>
internal readonly struct Butterfly8<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Too many locals to be inlined into the loops.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        Vector256<T> eighth = Vector256.Create(T.CreateTruncating(0.70710678118654752440));
        o.Load<TIn>(x, 1, out Vector256<T> r1, out Vector256<T> i1);
        o.Load<TIn>(x, 5, out Vector256<T> r5, out Vector256<T> i5);
        Vector256<T> ar = r1 + r5, ai = i1 + i5, br = r1 - r5, bi = i1 - i5;
        o.Load<TIn>(x, 3, out Vector256<T> r3, out Vector256<T> i3);
        o.Load<TIn>(x, 7, out Vector256<T> r7, out Vector256<T> i7);
        Vector256<T> cr = r3 + r7, ci = i3 + i7, dr = r3 - r7, di = i3 - i7;
        Vector256<T> o0r = ar + cr, o0i = ai + ci, o2r = ai - ci, o2i = cr - ar;
        Vector256<T> o1r = br + di, o1i = bi - dr, o3r = br - di, o3i = bi + dr;
        Vector256<T> p1r = o1r + o1i, p1i = o1i - o1r, p3r = o3i - o3r, p3i = o3r + o3i;
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        o.Load<TIn>(x, 4, out Vector256<T> r4, out Vector256<T> i4);
        Vector256<T> er = r0 + r4, ei = i0 + i4, fr = r0 - r4, fi = i0 - i4;
        o.Load<TIn>(x, 2, out Vector256<T> r2, out Vector256<T> i2);
        o.Load<TIn>(x, 6, out Vector256<T> r6, out Vector256<T> i6);
        Vector256<T> gr = r2 + r6, gi = i2 + i6, hr = r2 - r6, hi = i2 - i6;
        Vector256<T> e0r = er + gr, e0i = ei + gi, e2r = er - gr, e2i = ei - gi;
        Vector256<T> e1r = fr + hi, e1i = fi - hr, e3r = fr - hi, e3i = fi + hr;
        o.Store<TOut, TTwiddles>(y, w, 0, e0r + o0r, e0i + o0i);
        o.Store<TOut, TTwiddles>(y, w, 1, MultiplyAdd(eighth, p1r, e1r), MultiplyAdd(eighth, p1i, e1i));
        o.Store<TOut, TTwiddles>(y, w, 2, e2r + o2r, e2i + o2i);
        o.Store<TOut, TTwiddles>(y, w, 3, MultiplyAdd(eighth, p3r, e3r), SubtractProduct(eighth, p3i, e3i));
        o.Store<TOut, TTwiddles>(y, w, 4, e0r - o0r, e0i - o0i);
        o.Store<TOut, TTwiddles>(y, w, 5, SubtractProduct(eighth, p1r, e1r), SubtractProduct(eighth, p1i, e1i));
        o.Store<TOut, TTwiddles>(y, w, 6, e2r - o2r, e2i - o2i);
        o.Store<TOut, TTwiddles>(y, w, 7, SubtractProduct(eighth, p3r, e3r), MultiplyAdd(eighth, p3i, e3i));
    }
}

/// <summary>
/// An odd radix by its definition, with the symmetry of the cosines and sines: (radix - 1)^2 fused multiply-adds. For 7, 11, 13 and the small primes after them.
/// </summary>
internal readonly struct ButterflyOdd<T> : IButterfly<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Step<TIn, TOut, TTwiddles>(in Operands<T> o, nint x, nint y, nint w)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TTwiddles : struct, ITwiddles<T>
    {
        int half = (o.Radix - 1) / 2, width = Vector256<T>.Count;
        T* terms = o.Scratch, results = terms + (4 * half * width);
        o.Load<TIn>(x, 0, out Vector256<T> r0, out Vector256<T> i0);
        Vector256<T> sumR = r0, sumI = i0;
        for (int j = 1; j <= half; j++)
        {
            o.Load<TIn>(x, j, out Vector256<T> ar, out Vector256<T> ai);
            o.Load<TIn>(x, o.Radix - j, out Vector256<T> br, out Vector256<T> bi);
            Vector256<T> pr = ar + br, pi = ai + bi;
            T* t = terms + (4 * (j - 1) * width);
            pr.Store(t);
            pi.Store(t + width);
            (ar - br).Store(t + (2 * width));
            (ai - bi).Store(t + (3 * width));
            sumR += pr;
            sumI += pi;
        }

        o.Store<TOut, TTwiddles>(y, w, 0, sumR, sumI);
        T* roots = o.Roots;
        for (int k = 1; k <= half; k++)
        {
            Vector256<T> ur = r0, ui = i0, vr = default, vi = default;
            T* t = terms;
            for (int j = 1; j <= half; j++, roots += 2, t += 4 * width)
            {
                Vector256<T> c = Vector256.Create(roots[0]), s = Vector256.Create(roots[1]);
                ur = MultiplyAdd(c, Vector256.Load(t), ur);
                ui = MultiplyAdd(c, Vector256.Load(t + width), ui);
                vr = MultiplyAdd(s, Vector256.Load(t + (2 * width)), vr);
                vi = MultiplyAdd(s, Vector256.Load(t + (3 * width)), vi);
            }

            o.Store<TOut, TTwiddles>(y, w, k, ur + vi, ui - vr);
            T* rest = results + (2 * (k - 1) * width);
            (ur - vi).Store(rest);
            (ui + vr).Store(rest + width);
        }

        for (int k = half; k >= 1; k--)
        {
            T* rest = results + (2 * (k - 1) * width);
            o.Store<TOut, TTwiddles>(y, w, o.Radix - k, Vector256.Load(rest), Vector256.Load(rest + width));
        }
    }
}
