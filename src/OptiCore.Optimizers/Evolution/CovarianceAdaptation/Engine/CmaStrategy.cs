namespace OptiCore.Optimizers;

/// <summary>The recombination weights and learning rates of CMA-ES, from the dimension and the population: table 1 of Hansen's tutorial.</summary>
internal sealed class CmaStrategy
{
    /// <summary>Computes the parameters.</summary>
    /// <param name="n">The number of variables.</param>
    /// <param name="lambda">The points of a generation, at least 2.</param>
    /// <param name="active">Whether the worse half has negative weights.</param>
    /// <param name="separable">Whether only n variances are learnt, for which the rates grow by (n + 2)/3 (Ros and Hansen 2008).</param>
    public CmaStrategy(int n, int lambda, bool active, bool separable)
    {
        Lambda = lambda;
        Mu = lambda / 2;
        double[] raw = new double[lambda];
        double positive = 0, positiveSquares = 0, negative = 0, negativeSquares = 0;
        for (int i = 0; i < lambda; i++)
        {
            raw[i] = Math.Log((lambda + 1) / 2.0) - Math.Log(i + 1);
            if (i < Mu)
            {
                positive += raw[i];
                positiveSquares += raw[i] * raw[i];
            }
            else
            {
                negative += raw[i];
                negativeSquares += raw[i] * raw[i];
            }
        }

        MuEff = positive * positive / positiveSquares;
        double muEffNegative = negativeSquares > 0 ? negative * negative / negativeSquares : 0;

        CSigma = (MuEff + 2) / (n + MuEff + 5);
        DSigma = 1 + (2 * Math.Max(0, Math.Sqrt((MuEff - 1) / (n + 1)) - 1)) + CSigma;
        CC = (4 + (MuEff / n)) / (n + 4 + (2 * MuEff / n));
        double faster = separable ? (n + 2) / 3.0 : 1;
        C1 = Math.Min(1, faster * 2 / (((n + 1.3) * (n + 1.3)) + MuEff));
        CMu = Math.Min(1 - C1, faster * 2 * (0.25 + MuEff + (1 / MuEff) - 2) / (((n + 2.0) * (n + 2.0)) + MuEff));

        // Negative weights are as large as keeps the matrix positive definite.
        double least = Math.Min(
            CMu > 0 ? 1 + (C1 / CMu) : 0,
            Math.Min(1 + (2 * muEffNegative / (MuEff + 2)), CMu > 0 ? (1 - C1 - CMu) / (n * CMu) : 0));
        Weights = new double[lambda];
        for (int i = 0; i < lambda; i++)
        {
            Weights[i] = i < Mu ? raw[i] / positive : active && negative < 0 ? raw[i] * least / -negative : 0;
            SumOfWeights += Weights[i];
        }

        ExpectedNorm = Math.Sqrt(n) * (1 - (1 / (4.0 * n)) + (1 / (21.0 * n * n)));
    }

    /// <summary>lambda, the points of a generation.</summary>
    public int Lambda { get; }

    /// <summary>mu, the number of positive weights.</summary>
    public int Mu { get; }

    /// <summary>The variance effective selection mass.</summary>
    public double MuEff { get; }

    /// <summary>The weights by rank; the positive ones sum to 1.</summary>
    public double[] Weights { get; }

    /// <summary>The sum of all weights.</summary>
    public double SumOfWeights { get; }

    /// <summary>The rate of the step-size path.</summary>
    public double CSigma { get; }

    /// <summary>The damping of the step size.</summary>
    public double DSigma { get; }

    /// <summary>The rate of the covariance path.</summary>
    public double CC { get; }

    /// <summary>The rate of the rank-one update.</summary>
    public double C1 { get; }

    /// <summary>The rate of the rank-mu update.</summary>
    public double CMu { get; }

    /// <summary>The expected length of a standard normal vector.</summary>
    public double ExpectedNorm { get; }

    /// <summary>4 + floor(3 ln n), the population that the tutorial recommends.</summary>
    public static int DefaultPopulation(int n) => 4 + (int)Math.Floor(3 * Math.Log(n));
}
