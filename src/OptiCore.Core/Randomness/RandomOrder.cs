namespace OptiCore.Randomness;

/// <summary>Random orders: by choices that are exactly equally likely (a key has 128 bits, so that of more than 34 elements not every order has a key).</summary>
/// <remarks>R. Durstenfeld (1964), "Algorithm 235: Random permutation", after R. A. Fisher and F. Yates. Sequential; O(n).</remarks>
public static class RandomOrder
{
    /// <summary>Fills a span with a random permutation of 0, 1, ..., n - 1.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the permutation.</param>
    public static void Permutation(RandomKey key, Span<int> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = i;
        Shuffle(key, destination);
    }

    /// <summary>Puts the elements into a random order: the one that <see cref="Permutation"/> gives for the same key and length.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="elements">The elements.</param>
    public static void Shuffle<T>(RandomKey key, Span<T> elements)
    {
        RandomStream stream = key.Stream();
        for (int i = elements.Length - 1; i > 0; i--)
        {
            int j = stream.NextInt32(i + 1);
            (elements[i], elements[j]) = (elements[j], elements[i]);
        }
    }
}
