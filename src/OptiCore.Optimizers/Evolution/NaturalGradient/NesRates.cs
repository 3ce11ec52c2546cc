namespace OptiCore.Optimizers;

/// <summary>What xNES and SNES share: fitness shaping and rates.</summary>
internal static class NesRates
{
    /// <summary>The utilities u_k = max(0, ln(lambda/2 + 1) - ln k) / sum - 1/lambda of the ranks k = 1 to lambda; they sum to 0.</summary>
    public static double[] Utilities(int lambda)
    {
        double[] u = new double[lambda];
        double sum = 0;
        for (int k = 0; k < lambda; k++)
        {
            u[k] = Math.Max(0, Math.Log((lambda / 2.0) + 1) - Math.Log(k + 1));
            sum += u[k];
        }

        foreach (ref double v in u.AsSpan())
            v = (v / sum) - (1.0 / lambda);
        return u;
    }

    /// <summary>The utility of a rank. A point that isn't defined may repel but not attract.</summary>
    public static double Utility(double[] utilities, int rank, Ranking ranking) => rank < ranking.FiniteCount ? utilities[rank] : Math.Min(0, utilities[rank]);
}
