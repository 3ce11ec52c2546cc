namespace OptiCore.Randomness;

/// <summary>
/// A sequence of points of the unit cube [0, 1)^d that fill it more evenly than random points, so that means over them converge faster than 1/sqrt(n).
/// Point i is a pure function of i: pieces filled with their offsets are the whole.
/// </summary>
public interface IQuasiRandomSequence
{
    /// <summary>The number of coordinates d of a point.</summary>
    int Dimension { get; }

    /// <summary>Fills points one after the other.</summary>
    /// <param name="points">Receives whole points, row by row: a multiple of <see cref="Dimension"/> elements.</param>
    /// <param name="first">The index of the first point.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of the dimension.</exception>
    void Fill(Span<double> points, ulong first = 0);
}
