namespace OptiCore.Samplers;

/// <summary>Standard normal numbers of a stream.</summary>
internal static class NormalDraws
{
    /// <summary>
    /// Fills a span by the method of Box and Muller (1958), A note on the generation of random normal deviates: two uniforms give two normals,
    /// whatever they are, so that the number of words read depends on the length only.
    /// </summary>
    public static void Fill(ref RandomStream stream, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(stream.NextOpenDouble()));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * stream.NextOpenDouble());
            destination[i] = radius * cos;
            if (i + 1 < destination.Length)
                destination[i + 1] = radius * sin;
        }
    }
}
