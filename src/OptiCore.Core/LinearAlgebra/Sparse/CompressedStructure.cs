using System.Globalization;

namespace OptiCore.LinearAlgebra;

/// <summary>What compressed matrices do with their indices alone.</summary>
internal static class CompressedStructure
{
    public static void Check(int lines, int width, ReadOnlySpan<int> starts, ReadOnlySpan<int> indices, string startsName, string indicesName)
    {
        Require.Length(starts.Length, lines + 1, startsName);
        if (starts[0] != 0 || starts[^1] != indices.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{startsName} goes from {starts[0]} to {starts[^1]}, expected from 0 to the number {indices.Length} of elements."), startsName);
        for (int i = 0; i < lines; i++)
        {
            if (starts[i + 1] < starts[i] || starts[i + 1] > indices.Length)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{startsName}[{i + 1}] is {starts[i + 1]} after {starts[i]}; positions must not fall nor pass the end."), startsName);
            int before = -1;
            for (int p = starts[i]; p < starts[i + 1]; p++)
            {
                if (indices[p] <= before || indices[p] >= width)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{indicesName}[{p}] is {indices[p]}, expected more than {before} and less than {width}: indices ascend within a line."), indicesName);
                before = indices[p];
            }
        }
    }

    public static void CheckIndices(ReadOnlySpan<int> indices, int bound, string name)
    {
        for (int p = 0; p < indices.Length; p++)
        {
            if ((uint)indices[p] >= (uint)bound)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{p}] is {indices[p]}, expected 0 to {bound - 1}."), name);
        }
    }

    /// <summary>The order in which keys ascend, equal ones as they were (in a given order, or in their own).</summary>
    public static int[] StableOrder(ReadOnlySpan<int> keys, int bound, int[]? before)
    {
        int[] next = new int[bound + 1], order = new int[keys.Length];
        foreach (int key in keys)
            next[key + 1]++;
        for (int k = 0; k < bound; k++)
            next[k + 1] += next[k];
        for (int p = 0; p < order.Length; p++)
        {
            int at = before is null ? p : before[p];
            order[next[keys[at]]++] = at;
        }

        return order;
    }

    /// <summary>The transposed structure, and for each of its positions the position that it came from. The indices come out ascending.</summary>
    public static (int[] Starts, int[] Indices, int[] Source) Transpose(int lines, int width, int[] starts, int[] indices)
    {
        int[] turned = new int[width + 1], lineOf = new int[indices.Length], source = new int[indices.Length];
        foreach (int index in indices)
            turned[index + 1]++;
        for (int k = 0; k < width; k++)
            turned[k + 1] += turned[k];
        int[] next = turned[..width];
        for (int i = 0; i < lines; i++)
        {
            for (int p = starts[i]; p < starts[i + 1]; p++)
            {
                int to = next[indices[p]]++;
                lineOf[to] = i;
                source[to] = p;
            }
        }

        return (turned, lineOf, source);
    }

    /// <summary>The inverse of a permutation, which is checked.</summary>
    public static int[] Inverse(ReadOnlySpan<int> permutation, int n, string name)
    {
        Require.Length(permutation.Length, n, name);
        int[] inverse = new int[n];
        inverse.AsSpan().Fill(-1);
        for (int i = 0; i < n; i++)
        {
            int to = permutation[i];
            if ((uint)to >= (uint)n || inverse[to] >= 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {to}; a permutation holds each of 0 to {n - 1} once."), name);
            inverse[to] = i;
        }

        return inverse;
    }
}
