namespace OptiCore.Samplers;

/// <summary>A root of the covariance of points in the unit cube.</summary>
internal static class CubeSpread
{
    /// <summary>Writes mean and lower triangular root of the covariance of some points; a floor keeps flat directions positive.</summary>
    public static void Compute(ReadOnlySpan<double> points, ReadOnlySpan<int> members, int n, Span<double> mean, Span<double> root)
    {
        mean.Clear();
        root.Clear();
        foreach (int m in members)
        {
            for (int j = 0; j < n; j++)
                mean[j] += points[(m * n) + j] / members.Length;
        }

        foreach (int m in members)
        {
            for (int i = 0; i < n; i++)
            {
                double d = (points[(m * n) + i] - mean[i]) / Math.Max(1, members.Length - 1);
                for (int j = 0; j <= i; j++)
                    root[(i * n) + j] += d * (points[(m * n) + j] - mean[j]);
            }
        }

        double trace = 0;
        for (int i = 0; i < n; i++)
            trace += root[(i * n) + i];
        double floor = Math.Max(trace / n * 1e-10, 1e-300);
        for (int i = 0; i < n; i++)
        {
            root[(i * n) + i] += floor;
            for (int j = 0; j < i; j++)
                root[(j * n) + i] = root[(i * n) + j];
        }

        GaussianRoot.TryFactor(root, n, out _);
        for (int i = 0; i < n; i++)
            root[(i * n) + i] = Math.Max(root[(i * n) + i], Math.Sqrt(floor));
    }

    /// <summary>0, 1, ..., count - 1.</summary>
    public static int[] All(int count)
    {
        int[] all = new int[count];
        for (int i = 0; i < count; i++)
            all[i] = i;
        return all;
    }
}
