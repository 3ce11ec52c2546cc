namespace OptiCore.Randomness;

/// <summary>What quasi-random sequences share.</summary>
internal static class QuasiRandom
{
    /// <summary>The number of points in a span of whole points.</summary>
    public static int Points(int length, int dimension, string name)
    {
        (int count, int rest) = Math.DivRem(length, dimension);
        return rest == 0 ? count : throw new ArgumentException($"The span has {length} elements, which is not a multiple of the dimension {dimension}.", name);
    }
}
