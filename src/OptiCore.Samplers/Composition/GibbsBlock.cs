namespace OptiCore.Samplers;

/// <summary>Draws some coordinates from their exact conditional distribution given the others.</summary>
/// <param name="position">The current point, n elements.</param>
/// <param name="key">The randomness.</param>
/// <param name="block">Receives the new values, in the order of the block's coordinates.</param>
public delegate void ConditionalDraw(ReadOnlySpan<double> position, RandomKey key, Span<double> block);

/// <summary>Coordinates that <see cref="Gibbs"/> moves together: <see cref="KernelBlock"/> or <see cref="ConditionalBlock"/>.</summary>
public abstract record GibbsBlock
{
    private protected GibbsBlock()
    {
    }

    /// <summary>The indices of the coordinates, at least one, each once.</summary>
    public required IReadOnlyList<int> Coordinates
    {
        get;
        init => field = Checked(value);
    }

    private static int[] Checked(IReadOnlyList<int> coordinates)
    {
        int[] copy = [.. Require.NotNull(coordinates, nameof(Coordinates))];
        Require.Positive(copy.Length, nameof(Coordinates));
        var seen = new HashSet<int>();
        foreach (int i in copy)
        {
            Require.NonNegative(i, nameof(Coordinates));
            if (!seen.Add(i))
                throw new ArgumentException($"{nameof(Coordinates)} has {i} twice.", nameof(coordinates));
        }

        return copy;
    }
}

/// <summary>Coordinates that a kernel moves, on their conditional density given the others.</summary>
public sealed record KernelBlock : GibbsBlock
{
    /// <summary>The kernel, which adapts to the conditional density on its own; one that asks for values alone, as <see cref="SliceSampler"/>, never asks for a gradient.</summary>
    public required ISampler<IDifferentiableFunction<double>> Kernel { get; init => field = Require.NotNull(value); }

    /// <summary>How many draws of the kernel a visit makes. Default: 1.</summary>
    public int Draws { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Names the coordinates and the kernel, by which a checkpoint is recognised.</summary>
    public override string ToString() => $"{nameof(KernelBlock)} {{ [{string.Join(", ", Coordinates)}], {Kernel}, {Draws} }}";
}

/// <summary>Coordinates that are drawn from their exact conditional distribution.</summary>
public sealed record ConditionalBlock : GibbsBlock
{
    /// <summary>Draws the coordinates given the others.</summary>
    public required ConditionalDraw Conditional { get; init => field = Require.NotNull(value); }

    /// <summary>Names the coordinates, by which a checkpoint is recognised.</summary>
    public override string ToString() => $"{nameof(ConditionalBlock)} {{ [{string.Join(", ", Coordinates)}] }}";
}
