using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <content>The unknowns of a group, in registers.</content>
internal static unsafe partial class TriangularSolve
{
    /// <summary>
    /// Up to six unknowns r of two registers of right sides: those at b + r stepB, less sum_q a[q stepA + r] x[q stepX] over so many terms, solved with the
    /// triangle, whose element (r, q) lies at q <see cref="Group"/> + r. The results go to y + r stepY, and back to b if that isn't the same place.
    /// </summary>
    /// <param name="rows">The unknowns.</param>
    /// <param name="depth">The terms.</param>
    /// <param name="a">The coefficients of what is known.</param>
    /// <param name="stepA">The distance between terms of <paramref name="a"/>.</param>
    /// <param name="triangle">The coefficients of the unknowns, with reciprocals of the pivots; null to leave the differences unsolved.</param>
    /// <param name="divide">Whether the triangle holds the pivots themselves.</param>
    /// <param name="x">What is known.</param>
    /// <param name="stepX">The distance between terms of <paramref name="x"/>.</param>
    /// <param name="y">Receives the unknowns.</param>
    /// <param name="stepY">The distance between unknowns.</param>
    /// <param name="b">The right sides.</param>
    /// <param name="stepB">The distance between right sides.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Unknowns<T, TRegister>(
        int rows, int depth, T* a, nint stepA, T* triangle, bool divide, T* x, nint stepX, T* y, nint stepY, T* b, nint stepB)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        switch (rows)
        {
            case 1:
                Unknowns<T, TRegister, GemmInPlace.One>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 2:
                Unknowns<T, TRegister, GemmInPlace.Two>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 3:
                Unknowns<T, TRegister, GemmInPlace.Three>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 4:
                Unknowns<T, TRegister, GemmInPlace.Four>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 5:
                Unknowns<T, TRegister, GemmInPlace.Five>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            default:
                Unknowns<T, TRegister, GemmInPlace.Six>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unknowns<T, TRegister, TRows>(
        int depth, T* a, nint stepA, T* triangle, bool divide, T* x, nint stepX, T* y, nint stepY, T* b, nint stepB)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        int width = TRegister.Count;
        T* from = b;
        TRegister s00 = TRegister.Load(from), s01 = TRegister.Load(from + width), s10 = default, s11 = default, s20 = default, s21 = default;
        TRegister s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        if (TRows.Value > 1)
        {
            from += stepB;
            s10 = TRegister.Load(from);
            s11 = TRegister.Load(from + width);
        }

        if (TRows.Value > 2)
        {
            from += stepB;
            s20 = TRegister.Load(from);
            s21 = TRegister.Load(from + width);
        }

        if (TRows.Value > 3)
        {
            from += stepB;
            s30 = TRegister.Load(from);
            s31 = TRegister.Load(from + width);
        }

        if (TRows.Value > 4)
        {
            from += stepB;
            s40 = TRegister.Load(from);
            s41 = TRegister.Load(from + width);
        }

        if (TRows.Value > 5)
        {
            from += stepB;
            s50 = TRegister.Load(from);
            s51 = TRegister.Load(from + width);
        }

        for (; depth > 0; depth--)
        {
            TRegister x0 = TRegister.Load(x), x1 = TRegister.Load(x + width), f = TRegister.All(a[0]);
            s00 = TRegister.FmaNegated(f, x0, s00);
            s01 = TRegister.FmaNegated(f, x1, s01);
            if (TRows.Value > 1)
            {
                f = TRegister.All(a[1]);
                s10 = TRegister.FmaNegated(f, x0, s10);
                s11 = TRegister.FmaNegated(f, x1, s11);
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(a[2]);
                s20 = TRegister.FmaNegated(f, x0, s20);
                s21 = TRegister.FmaNegated(f, x1, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(a[3]);
                s30 = TRegister.FmaNegated(f, x0, s30);
                s31 = TRegister.FmaNegated(f, x1, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(a[4]);
                s40 = TRegister.FmaNegated(f, x0, s40);
                s41 = TRegister.FmaNegated(f, x1, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(a[5]);
                s50 = TRegister.FmaNegated(f, x0, s50);
                s51 = TRegister.FmaNegated(f, x1, s51);
            }

            a += stepA;
            x += stepX;
        }

        if (triangle != null)
        {
            // Each unknown, once found, is subtracted from the later ones.
            T* t = triangle;
            TRegister f = TRegister.All(t[0]);
            s00 = divide ? s00 / f : s00 * f;
            s01 = divide ? s01 / f : s01 * f;
            if (TRows.Value > 1)
            {
                f = TRegister.All(t[1]);
                s10 = TRegister.FmaNegated(f, s00, s10);
                s11 = TRegister.FmaNegated(f, s01, s11);
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(t[2]);
                s20 = TRegister.FmaNegated(f, s00, s20);
                s21 = TRegister.FmaNegated(f, s01, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s00, s30);
                s31 = TRegister.FmaNegated(f, s01, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s00, s40);
                s41 = TRegister.FmaNegated(f, s01, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s00, s50);
                s51 = TRegister.FmaNegated(f, s01, s51);
            }

            if (TRows.Value > 1)
            {
                t += Group;
                f = TRegister.All(t[1]);
                s10 = divide ? s10 / f : s10 * f;
                s11 = divide ? s11 / f : s11 * f;
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(t[2]);
                s20 = TRegister.FmaNegated(f, s10, s20);
                s21 = TRegister.FmaNegated(f, s11, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s10, s30);
                s31 = TRegister.FmaNegated(f, s11, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s10, s40);
                s41 = TRegister.FmaNegated(f, s11, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s10, s50);
                s51 = TRegister.FmaNegated(f, s11, s51);
            }

            if (TRows.Value > 2)
            {
                t += Group;
                f = TRegister.All(t[2]);
                s20 = divide ? s20 / f : s20 * f;
                s21 = divide ? s21 / f : s21 * f;
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s20, s30);
                s31 = TRegister.FmaNegated(f, s21, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s20, s40);
                s41 = TRegister.FmaNegated(f, s21, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s20, s50);
                s51 = TRegister.FmaNegated(f, s21, s51);
            }

            if (TRows.Value > 3)
            {
                t += Group;
                f = TRegister.All(t[3]);
                s30 = divide ? s30 / f : s30 * f;
                s31 = divide ? s31 / f : s31 * f;
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s30, s40);
                s41 = TRegister.FmaNegated(f, s31, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s30, s50);
                s51 = TRegister.FmaNegated(f, s31, s51);
            }

            if (TRows.Value > 4)
            {
                t += Group;
                f = TRegister.All(t[4]);
                s40 = divide ? s40 / f : s40 * f;
                s41 = divide ? s41 / f : s41 * f;
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s40, s50);
                s51 = TRegister.FmaNegated(f, s41, s51);
                f = TRegister.All(t[Group + 5]);
                s50 = divide ? s50 / f : s50 * f;
                s51 = divide ? s51 / f : s51 * f;
            }
        }

        Write<T, TRegister, TRows>(y, stepY, s00, s01, s10, s11, s20, s21, s30, s31, s40, s41, s50, s51);
        if (b != y)
            Write<T, TRegister, TRows>(b, stepB, s00, s01, s10, s11, s20, s21, s30, s31, s40, s41, s50, s51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<T, TRegister, TRows>(
        T* y, nint step, TRegister s00, TRegister s01, TRegister s10, TRegister s11, TRegister s20, TRegister s21, TRegister s30, TRegister s31, TRegister s40, TRegister s41, TRegister s50, TRegister s51)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        int width = TRegister.Count;
        s00.Store(y);
        s01.Store(y + width);
        if (TRows.Value > 1)
        {
            y += step;
            s10.Store(y);
            s11.Store(y + width);
        }

        if (TRows.Value > 2)
        {
            y += step;
            s20.Store(y);
            s21.Store(y + width);
        }

        if (TRows.Value > 3)
        {
            y += step;
            s30.Store(y);
            s31.Store(y + width);
        }

        if (TRows.Value > 4)
        {
            y += step;
            s40.Store(y);
            s41.Store(y + width);
        }

        if (TRows.Value > 5)
        {
            y += step;
            s50.Store(y);
            s51.Store(y + width);
        }
    }
}
