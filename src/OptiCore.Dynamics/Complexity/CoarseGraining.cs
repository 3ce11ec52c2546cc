namespace OptiCore.Dynamics;

/// <summary>The means of successive pieces of a series.</summary>
internal static class CoarseGraining
{
    public static double[] Means(ReadOnlySpan<double> series, int scale)
    {
        double[] means = new double[series.Length / scale];
        for (int i = 0; i < means.Length; i++)
        {
            double sum = 0;
            for (int j = 0; j < scale; j++)
                sum += series[(i * scale) + j];
            means[i] = sum / scale;
        }

        return means;
    }
}
