namespace OptiCore.Differentiation;

/// <summary>
/// The key of random draws in an expression: given for each replay, folded by constants and by numbers that the computation knows, such as the index of a step. Equal keys give equal draws:
/// fold a key for every purpose.
/// </summary>
/// <remarks>See <see cref="RandomKey"/>.</remarks>
public sealed class KeyVariable
{
    private KeyVariable(KeyVariable? root, Fold[] folds, string name)
    {
        Root = root ?? this;
        Folds = folds;
        Name = name;
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The key that is given for each replay.</summary>
    internal KeyVariable Root { get; }

    /// <summary>What it is folded by, in order.</summary>
    internal Fold[] Folds { get; }

    /// <summary>A key that is given for each replay by <see cref="Replay{T}.SetKey"/>.</summary>
    /// <param name="name">What messages call it.</param>
    public static KeyVariable Input(string name) => new(null, [], Require.NotNull(name));

    /// <summary>The key for a purpose, as of <see cref="RandomKey.Fold(ulong)"/>.</summary>
    /// <param name="index">The purpose's number.</param>
    public KeyVariable Derive(ulong index) => new(Root, [.. Folds, new Fold(index, null)], Name);

    /// <summary>The key for a step whose number the computation knows; in a batch, the key for each element.</summary>
    /// <param name="index">A scalar, a nonnegative integer.</param>
    /// <exception cref="ArgumentException">It isn't a scalar.</exception>
    public KeyVariable Derive(Variable index) => index.Rank == 0
        ? new(Root, [.. Folds, new Fold(0, index)], Name)
        : throw new ArgumentException($"A key is derived by a scalar, not by {index.Shape}.", nameof(index));

    internal readonly record struct Fold(ulong Constant, Variable? Index);
}
