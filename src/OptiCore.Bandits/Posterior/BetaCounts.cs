namespace OptiCore.Bandits;

/// <summary>The successes and failures of policies for rewards of 0 and 1 that take fractions too.</summary>
internal static class BetaCounts
{
    /// <summary>Whether a reward counts as a success: with probability equal to it, by a coin of the key and the number of the update (S. Agrawal, N. Goyal, 2012, algorithm 2).</summary>
    public static bool IsSuccess(double reward, RandomKey coins, long update) => reward == 1 || (reward > 0 && coins.Fold(update).Stream().NextDouble() < reward);
}
