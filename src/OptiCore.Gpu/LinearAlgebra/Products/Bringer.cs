using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>Which four elements of an operand's tile a thread brings, and where to.</summary>
internal struct Bringer
{
    /// <summary>The first of the four, for the first terms.</summary>
    public long First;

    /// <summary>From there to the next terms.</summary>
    public long Step;

    /// <summary>1 if the four belong to one term; otherwise to neighbouring terms of one row or column.</summary>
    public int InOneTerm;

    /// <summary>The first of the terms.</summary>
    public int Term;

    /// <summary>The first of the rows or columns in the tile.</summary>
    public int Place;

    /// <summary>The rows or columns from there on.</summary>
    public int Left;

    /// <summary>Divides the tile among the threads so that neighbours read neighbouring memory.</summary>
    /// <param name="inOneTerm">Whether neighbouring elements in memory belong to one term.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="left">The rows or columns from the tile's first one on.</param>
    /// <param name="from">The tile's first row or column.</param>
    /// <param name="leading">The distance between rows of the operand as it is stored.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bringer Of<TTile, L>(bool inOneTerm, int thread, int left, int from, long leading)
        where TTile : unmanaged, IProductTile<TTile, L>
        where L : unmanaged
    {
        var result = default(Bringer);
        if (inOneTerm)
        {
            result.InOneTerm = 1;
            result.Term = thread / (TTile.Width / 4);
            result.Place = thread % (TTile.Width / 4) * 4;
            result.First = (result.Term * leading) + from + result.Place;
            result.Step = TTile.Depth * leading;
        }
        else
        {
            result.Term = thread % (TTile.Depth / 4) * 4;
            result.Place = thread / (TTile.Depth / 4);
            result.First = ((from + result.Place) * leading) + result.Term;
            result.Step = TTile.Depth;
        }

        result.Left = left - result.Place;
        return result;
    }

    /// <summary>How many of the four are there.</summary>
    /// <param name="p">The first term of the tile.</param>
    /// <param name="depth">The terms.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Available(int p, int depth)
    {
        int terms = depth - p - Term;
        return InOneTerm != 0 ? (terms > 0 ? Left : 0) : Left > 0 ? terms : 0;
    }

    /// <summary>Writes the four into the group's memory.</summary>
    /// <param name="shared">The memory.</param>
    /// <param name="at">Where the operand's first line begins.</param>
    /// <param name="four">The elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Put<TTile, L>(ArrayView<Four<L>> shared, int at, Four<L> four)
        where TTile : unmanaged, IProductTile<TTile, L>
        where L : unmanaged
    {
        if (InOneTerm != 0)
        {
            shared[at + (Term * ((TTile.Width / 4) + 1)) + (Place / 4)] = four;
            return;
        }

        ArrayView<L> elements = shared.Cast<L>();
        int first = (at * 4) + (Term * (TTile.Width + 4)) + Place;
        elements[first] = four.X;
        elements[first + TTile.Width + 4] = four.Y;
        elements[first + (2 * (TTile.Width + 4))] = four.Z;
        elements[first + (3 * (TTile.Width + 4))] = four.W;
    }
}
