using OptiCore.Distributions;

namespace OptiCore;

public partial struct RandomStream
{
    /// <summary>A Poisson number, by inversion for means below 10, else by transformed rejection. Reads two words, or about five.</summary>
    /// <remarks>W. Hörmann (1993), "The transformed rejection method for generating Poisson random variables".</remarks>
    /// <param name="rate">The mean, finite and at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mean is negative or not finite.</exception>
    public double NextPoisson(double rate)
    {
        Require.NonNegative(rate, nameof(rate));
        if (rate < PoissonProposal.Smallest)
            return DiscreteSearch.InvertPoisson(NextDouble(), rate);
        var proposal = new PoissonProposal(rate);
        double draw;
        while (!proposal.Accept(NextOpenDouble(), NextOpenDouble(), out draw))
        {
        }

        return draw;
    }

    /// <summary>A binomial number, by inversion when the mean of the rarer outcome is below 10, else by transformed rejection. Reads two words, or about five.</summary>
    /// <remarks>W. Hörmann (1993), "The generation of binomial random variates".</remarks>
    /// <param name="trials">The number of trials, at least 0.</param>
    /// <param name="probability">The probability of a success, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public int NextBinomial(int trials, double probability)
    {
        Require.NonNegative(trials, nameof(trials));
        Require.InClosed(probability, 0, 1, nameof(probability));
        if (trials * Math.Min(probability, 1 - probability) < BinomialProposal.Smallest)
            return (int)DiscreteSearch.InvertBinomial(NextDouble(), trials, probability);
        var proposal = new BinomialProposal(trials, probability);
        double draw;
        while (!proposal.Accept(NextOpenDouble(), NextOpenDouble(), out draw))
        {
        }

        return (int)draw;
    }
}
