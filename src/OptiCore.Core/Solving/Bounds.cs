using System.Globalization;
using System.Numerics;
using System.Text;

namespace OptiCore;

/// <summary>
/// Simple bounds on variables, lower[i] &lt;= x[i] &lt;= upper[i]. A side may be infinite; equal sides fix a variable. Immutable, equal by content.
/// </summary>
/// <remarks>An algorithm that has bounds (<see cref="IBoundedSolver"/>) never asks for a value outside them.</remarks>
public sealed class Bounds : IEquatable<Bounds>
{
    private readonly double[] _lower;
    private readonly double[] _upper;

    /// <summary>Bounds of each variable.</summary>
    /// <param name="lower">The lower bounds, n elements; negative infinity where there is none.</param>
    /// <param name="upper">The upper bounds, n elements; positive infinity where there is none.</param>
    /// <exception cref="ArgumentException">There are none, the lengths differ, a bound is NaN, an interval is empty or lies at an infinity.</exception>
    public Bounds(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
        : this(lower, upper, lower.Length)
    {
    }

    private Bounds(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, int dimension)
    {
        if (lower.IsEmpty)
            throw new ArgumentException("Bounds need at least one variable.", nameof(lower));
        if (lower.Length != upper.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are {lower.Length} lower and {upper.Length} upper bounds."), nameof(upper));
        for (int i = 0; i < lower.Length; i++)
        {
            if (lower[i] > upper[i])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The lower bound of variable {i}, {lower[i]:r}, lies above its upper bound, {upper[i]:r}."), nameof(lower));
            if (!(lower[i] <= upper[i]) || lower[i] == double.PositiveInfinity || upper[i] == double.NegativeInfinity)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The bounds of variable {i}, [{lower[i]:r}, {upper[i]:r}], hold no finite number."), nameof(lower));
        }

        _lower = lower.ToArray();
        _upper = upper.ToArray();
        Dimension = dimension;
    }

    /// <summary>The number n of variables; 0 for bounds that are the same for each of any number of variables.</summary>
    public int Dimension { get; }

    /// <summary>True when every bound is a finite number.</summary>
    public bool AreFinite => Array.TrueForAll(_lower, double.IsFinite) && Array.TrueForAll(_upper, double.IsFinite);

    /// <summary>The same bounds for each of any number of variables.</summary>
    /// <param name="lower">The lower bound, or negative infinity.</param>
    /// <param name="upper">The upper bound, or positive infinity.</param>
    /// <exception cref="ArgumentException">A bound is NaN, or the interval holds no finite number.</exception>
    public static Bounds All(double lower, double upper) => new([lower], [upper], 0);

    /// <summary>The lower bound of one variable.</summary>
    /// <param name="variable">Its number, from 0.</param>
    public double Lower(int variable) => _lower[Dimension == 0 ? 0 : variable];

    /// <summary>The upper bound of one variable.</summary>
    /// <param name="variable">Its number, from 0.</param>
    public double Upper(int variable) => _upper[Dimension == 0 ? 0 : variable];

    /// <summary>Writes the bounds as numbers of another type, rounded towards the inside where they have to be rounded.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="lower">Receives the n lower bounds.</param>
    /// <param name="upper">Receives the n upper bounds.</param>
    /// <exception cref="ArgumentException">The bounds are those of another number of variables, or no number of the type lies between two of them.</exception>
    public void CopyTo<T>(Span<T> lower, Span<T> upper) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireDimension(lower.Length, nameof(lower));
        Require.Length(upper.Length, lower.Length, nameof(upper));
        for (int i = 0; i < lower.Length; i++)
        {
            T low = T.CreateTruncating(Lower(i)), high = T.CreateTruncating(Upper(i));
            lower[i] = double.CreateTruncating(low) < Lower(i) ? T.BitIncrement(low) : low;
            upper[i] = double.CreateTruncating(high) > Upper(i) ? T.BitDecrement(high) : high;
            if (lower[i] > upper[i])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"No {typeof(T).Name} lies between the bounds {Lower(i):r} and {Upper(i):r} of variable {i}."), nameof(lower));
        }
    }

    /// <summary>True when every element lies within its bounds.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="x">The point, n elements.</param>
    public bool Contain<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireDimension(x.Length, nameof(x));
        for (int i = 0; i < x.Length; i++)
        {
            double v = double.CreateTruncating(x[i]);
            if (!(v >= Lower(i) && v <= Upper(i)))
                return false;
        }

        return true;
    }

    /// <summary>Refuses a starting point outside the bounds or of another length, naming the variable.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="start">The starting point.</param>
    /// <exception cref="ArgumentException">The point doesn't fit.</exception>
    public void RequireInside<T>(ReadOnlySpan<T> start) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RequireDimension(start.Length, nameof(start));
        for (int i = 0; i < start.Length; i++)
        {
            double v = double.CreateTruncating(start[i]);
            if (!(v >= Lower(i) && v <= Upper(i)))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"start[{i}] = {v:r} lies outside its bounds [{Lower(i):r}, {Upper(i):r}]."), nameof(start));
        }
    }

    /// <summary>Compares the bounds of every variable.</summary>
    /// <param name="other">Other bounds.</param>
    public bool Equals(Bounds? other) =>
        other is not null && Dimension == other.Dimension && _lower.AsSpan().SequenceEqual(other._lower) && _upper.AsSpan().SequenceEqual(other._upper);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Bounds);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (double v in _lower)
            hash.Add(v);
        foreach (double v in _upper)
            hash.Add(v);
        return hash.ToHashCode();
    }

    /// <summary>Every interval, so that a checkpoint knows the bounds that it belongs to.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < _lower.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? string.Empty : " x ")}[{_lower[i]:r}, {_upper[i]:r}]");
        return Dimension == 0 ? text.Append("^n").ToString() : text.ToString();
    }

    private void RequireDimension(int n, string name)
    {
        if (Dimension != 0 && Dimension != n)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The bounds are those of {Dimension} variables, the point has {n}."), name);
    }
}

/// <summary>An algorithm that keeps variables within bounds: every point that it asks for lies inside.</summary>
public interface IBoundedSolver
{
    /// <summary>The bounds; null for none.</summary>
    Bounds? Bounds { get; }
}
