using System.Runtime.InteropServices;

namespace OptiCore.RL;

/// <summary>Actions of an environment as the floats that networks deal with, and back. A <see cref="Discrete"/> action is counted from 0.</summary>
/// <typeparam name="TAction">The element type of the environment's actions.</typeparam>
/// <param name="space">Where they come from.</param>
public sealed class ActionTensors<TAction>(Space<TAction> space) where TAction : unmanaged
{
    private readonly int _start = (object)Require.NotNull(space) is Discrete discrete ? discrete.Start : 0;

    /// <summary>The number of elements of an action.</summary>
    public int Length { get; } = space.Length;

    /// <summary>Floats for a network.</summary>
    /// <param name="actions">Actions of the environment.</param>
    /// <param name="tensor">Receives as many floats.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Encode(ReadOnlySpan<TAction> actions, Span<float> tensor)
    {
        Require.Length(tensor.Length, actions.Length, nameof(tensor));
        if (typeof(TAction) == typeof(float))
        {
            MemoryMarshal.Cast<TAction, float>(actions).CopyTo(tensor);
            return;
        }

        ReadOnlySpan<int> numbers = MemoryMarshal.Cast<TAction, int>(actions);
        for (int i = 0; i < numbers.Length; i++)
            tensor[i] = numbers[i] - _start;
    }

    /// <summary>Actions for the environment.</summary>
    /// <param name="tensor">What a network chose.</param>
    /// <param name="actions">Receives as many elements.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Decode(ReadOnlySpan<float> tensor, Span<TAction> actions)
    {
        Require.Length(actions.Length, tensor.Length, nameof(actions));
        if (typeof(TAction) == typeof(float))
        {
            tensor.CopyTo(MemoryMarshal.Cast<TAction, float>(actions));
            return;
        }

        Span<int> numbers = MemoryMarshal.Cast<TAction, int>(actions);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (int)tensor[i] + _start;
    }
}
