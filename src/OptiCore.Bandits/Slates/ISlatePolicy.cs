namespace OptiCore.Bandits;

/// <summary>A configured policy that shows several items at once, in an order, and is told which were clicked: an immutable, validated record.</summary>
/// <remarks>A new policy is one file: a record with its options that implements this interface, and its state, which derives from <see cref="SlateState"/>.</remarks>
public interface ISlatePolicy
{
    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="items">The number L of items.</param>
    /// <param name="positions">The number of positions, 1 to L.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or there are more positions than items.</exception>
    SlateState Start(int items, int positions);
}
