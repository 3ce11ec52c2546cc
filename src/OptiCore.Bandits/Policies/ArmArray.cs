using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>What a policy keeps of each arm, in one array that grows and shrinks with the arms, and is saved and cleared with the state.</summary>
/// <typeparam name="T">The element type, without references or padding where it is saved.</typeparam>
/// <remarks>Made by <see cref="PolicyState.PerArm{T}"/>.</remarks>
public sealed class ArmArray<T> : IArmArray where T : unmanaged
{
    private readonly bool _isSaved;
    private T[] _values;

    internal ArmArray(int arms, int width, bool isSaved)
    {
        Width = width;
        _isSaved = isSaved;
        _values = new T[checked(arms * width)];
    }

    /// <summary>The elements of an arm.</summary>
    public int Width { get; }

    /// <summary>The elements of all arms, arm after arm.</summary>
    public Span<T> Span => _values;

    /// <summary>The first element of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public ref T this[int arm] => ref _values[arm * Width];

    /// <summary>The elements of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public Span<T> Of(int arm) => _values.AsSpan(arm * Width, Width);

    void IArmArray.Add() => Array.Resize(ref _values, checked(_values.Length + Width));

    void IArmArray.RemoveAt(int arm)
    {
        var rest = new T[_values.Length - Width];
        _values.AsSpan(0, arm * Width).CopyTo(rest);
        _values.AsSpan((arm + 1) * Width).CopyTo(rest.AsSpan(arm * Width));
        _values = rest;
    }

    void IArmArray.Clear() => Array.Clear(_values);

    void IArmArray.Persist(StateArchive archive)
    {
        if (_isSaved)
            archive.Transfer(_values.AsSpan());
    }
}

/// <summary>An <see cref="ArmArray{T}"/> of any type.</summary>
internal interface IArmArray
{
    /// <summary>A new last arm, of zeros.</summary>
    void Add();

    /// <summary>Takes an arm away; those after it move down by one.</summary>
    void RemoveAt(int arm);

    /// <summary>Zeros.</summary>
    void Clear();

    /// <summary>Stores or replaces the elements.</summary>
    void Persist(StateArchive archive);
}
