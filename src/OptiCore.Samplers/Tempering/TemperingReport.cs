namespace OptiCore.Samplers;

/// <summary>How the replicas of a chain of parallel tempering got on, since the end of its warm-up.</summary>
/// <param name="InverseTemperatures">The inverse temperatures beta, ascending to 1.</param>
/// <param name="RejectionRates">The mean probability that the swap of neighbours is rejected, one element less. Alike once they are tuned; beyond 0.8 or so there are too few rungs.</param>
/// <param name="AcceptStatistics">The mean acceptance statistic of each replica's kernel.</param>
/// <param name="RoundTrips">How often a replica came from the least beta to 1 and back. The chain moves between modes about as often.</param>
/// <param name="Transitions">The number of transitions.</param>
/// <param name="LogEvidence">
/// The logarithm of the integral of the density over that at the least beta, by the stepping-stone estimator, sum_r log mean_r exp((beta[r + 1] - beta[r]) l). With a normalised
/// reference and a least beta of 0 this is the log evidence.
/// </param>
/// <param name="ThermodynamicLogEvidence">The same by thermodynamic integration: the trapezoidal rule over the means of l. Its error is that of the rule, one-sided and larger with fewer rungs; a check of the other.</param>
public sealed record TemperingReport(
    IReadOnlyList<double> InverseTemperatures, IReadOnlyList<double> RejectionRates, IReadOnlyList<double> AcceptStatistics, long RoundTrips, long Transitions, double LogEvidence, double ThermodynamicLogEvidence)
{
    /// <summary>The communication barrier Lambda, the sum of the rejection rates: about (1 + Lambda)^-1 / 2 round trips a transition are the best that more rungs can reach.</summary>
    public double CommunicationBarrier
    {
        get
        {
            double sum = 0;
            foreach (double rate in RejectionRates)
                sum += rate;
            return sum;
        }
    }
}
