namespace OptiCore;

/// <summary>The numbers of a point by the names of its parameters: <c>p["tau"]</c>, <c>p.Vector("theta")[j]</c>.</summary>
/// <typeparam name="T">The kind of numbers: <see cref="double"/> or dual numbers.</typeparam>
public readonly ref struct ParameterValues<T>
{
    private readonly ParameterSpace _space;

    /// <summary>The point of a space.</summary>
    /// <param name="space">The parameters.</param>
    /// <param name="elements">Their elements, in order.</param>
    /// <exception cref="ArgumentException">The number of elements is wrong.</exception>
    public ParameterValues(ParameterSpace space, ReadOnlySpan<T> elements)
    {
        _space = Require.NotNull(space);
        Require.Length(elements.Length, space.ElementCount, nameof(elements));
        Elements = elements;
    }

    /// <summary>All elements in order; the fastest way, where places are known.</summary>
    public ReadOnlySpan<T> Elements { get; }

    /// <summary>A parameter of one element.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="ArgumentException">There is no such parameter, or it has several elements.</exception>
    public T this[string name]
    {
        get
        {
            (int first, int count) = _space.Extent(name);
            return count == 1 ? Elements[first] : throw new ArgumentException($"{name} has {count} elements: read them by Vector.", nameof(name));
        }
    }

    /// <summary>The elements of a parameter; those of a matrix row by row.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public ReadOnlySpan<T> Vector(string name)
    {
        (int first, int count) = _space.Extent(name);
        return Elements.Slice(first, count);
    }
}
