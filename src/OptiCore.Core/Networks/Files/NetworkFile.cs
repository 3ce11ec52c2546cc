using System.Numerics;

namespace OptiCore.Networks;

/// <summary>Parameters and states of a network as tensors of a <see cref="Safetensors"/> file, by their names.</summary>
public static class NetworkFile
{
    /// <summary>Adds all parameters and states of a network.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="file">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="states">Its states; empty for networks without.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the file has a tensor of one of the names already.</exception>
    public static void Add<T>(this Safetensors file, Network network, ReadOnlySpan<T> parameters, ReadOnlySpan<T> states = default) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(network);
        Require.Length(parameters.Length, network.ParameterCount, nameof(parameters));
        Require.Length(states.Length, network.StateCount, nameof(states));
        foreach (NamedTensor tensor in network.Parameters)
            file.Add(tensor.Name, tensor.Shape, parameters.Slice(tensor.Offset, tensor.Shape.ElementCount));
        foreach (NamedTensor tensor in network.States)
            file.Add(tensor.Name, tensor.Shape, states.Slice(tensor.Offset, tensor.Shape.ElementCount));
    }

    /// <summary>Reads all parameters and states of a network. The file must have them all, with their shapes, and nothing else.</summary>
    /// <typeparam name="T">The element type; numbers are converted to it.</typeparam>
    /// <param name="file">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Receives the parameters.</param>
    /// <param name="states">Receives the states; empty for networks without.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, has another shape, or is not of the network; nothing is written then.</exception>
    public static void Read<T>(this Safetensors file, Network network, Span<T> parameters, Span<T> states = default) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(network);
        Require.Length(parameters.Length, network.ParameterCount, nameof(parameters));
        Require.Length(states.Length, network.StateCount, nameof(states));
        var wanted = new HashSet<string>();
        foreach (NamedTensor tensor in (NamedTensor[])[.. network.Parameters, .. network.States])
        {
            if (!file.Contains(tensor.Name))
                throw new InvalidDataException($"The file has no tensor '{tensor.Name}' {tensor.Shape}.");
            SafetensorsEntry entry = file.Find(tensor.Name);
            if (entry.Shape != tensor.Shape)
                throw new InvalidDataException($"The tensor '{tensor.Name}' has the shape {entry.Shape} in the file and {tensor.Shape} in the network.");
            wanted.Add(tensor.Name);
        }

        foreach (SafetensorsEntry entry in file.Tensors)
        {
            if (!wanted.Contains(entry.Name))
                throw new InvalidDataException($"The file's tensor '{entry.Name}' {entry.Shape} is not one of the network.");
            if (entry.Type is not (SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F32 or SafetensorsType.F64))
                throw new InvalidDataException($"The file's tensor '{entry.Name}' is of type {entry.Type}, which is no floating-point type that is read.");
        }

        foreach (NamedTensor tensor in network.Parameters)
            file.Read(tensor.Name, parameters.Slice(tensor.Offset, tensor.Shape.ElementCount));
        foreach (NamedTensor tensor in network.States)
            file.Read(tensor.Name, states.Slice(tensor.Offset, tensor.Shape.ElementCount));
    }
}
