namespace OptiCore.Samplers;

/// <summary>Where chains begin when nothing else is known.</summary>
internal static class StartingPoint
{
    public static void Uniform(RandomKey key, double radius, Span<double> position)
    {
        RandomStream stream = key.Stream();
        for (int i = 0; i < position.Length; i++)
            position[i] = radius * ((2 * stream.NextDouble()) - 1);
    }
}
