namespace OptiCore.Optimizers;

/// <summary>What the differential evolutions share: distinct random members, crossover, and the repair of bounds.</summary>
internal static class Trials
{
    /// <summary>Draws different numbers below a bound, none of them the target's.</summary>
    /// <param name="stream">The randomness.</param>
    /// <param name="count">The bound.</param>
    /// <param name="target">The target's number.</param>
    /// <param name="chosen">Receives the numbers.</param>
    public static void Distinct(ref RandomStream stream, int count, int target, Span<int> chosen)
    {
        for (int k = 0; k < chosen.Length;)
        {
            int candidate = stream.NextInt32(count);
            if (candidate != target && !chosen[..k].Contains(candidate))
                chosen[k++] = candidate;
        }
    }

    /// <summary>Takes variables of the target back into the donor, each with probability 1 - rate but one never.</summary>
    public static void CrossBinomially(ref RandomStream stream, double rate, ReadOnlySpan<double> target, Span<double> donor)
    {
        int sure = stream.NextInt32(donor.Length);
        for (int j = 0; j < donor.Length; j++)
        {
            if (stream.NextDouble() >= rate && j != sure)
                donor[j] = target[j];
        }
    }

    /// <summary>Keeps a run of the donor's variables, which begins anywhere, goes on with probability rate and wraps around.</summary>
    public static void CrossExponentially(ref RandomStream stream, double rate, ReadOnlySpan<double> target, Span<double> donor)
    {
        int n = donor.Length, first = stream.NextInt32(n), length = 1;
        while (length < n && stream.NextDouble() < rate)
            length++;
        for (int k = length; k < n; k++)
            donor[(first + k) % n] = target[(first + k) % n];
    }

    /// <summary>A variable outside its bounds is put half-way between the bound and the target's.</summary>
    public static void Repair(Box box, ReadOnlySpan<double> target, Span<double> donor)
    {
        for (int j = 0; j < donor.Length; j++)
        {
            if (donor[j] < box.Lower[j])
                donor[j] = Math.Clamp((box.Lower[j] / 2) + (target[j] / 2), box.Lower[j], box.Upper[j]);
            else if (donor[j] > box.Upper[j])
                donor[j] = Math.Clamp((box.Upper[j] / 2) + (target[j] / 2), box.Lower[j], box.Upper[j]);
        }
    }
}
