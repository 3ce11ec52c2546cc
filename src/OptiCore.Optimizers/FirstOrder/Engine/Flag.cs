namespace OptiCore.Optimizers;

/// <summary>A truth value as a field of a lane (<see cref="ILane{T}"/>): four bytes in the memory of every processor, where <see cref="bool"/> has no fixed form.</summary>
public readonly struct Flag
{
    private readonly int _value;

    private Flag(int value) => _value = value;

    /// <summary>The flag of a truth value.</summary>
    /// <param name="value">The truth value.</param>
    public static implicit operator Flag(bool value) => new(value ? 1 : 0);

    /// <summary>The truth value of a flag.</summary>
    /// <param name="flag">The flag.</param>
    public static implicit operator bool(Flag flag) => flag._value != 0;
}
