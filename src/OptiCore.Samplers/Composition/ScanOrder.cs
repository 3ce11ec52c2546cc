using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>In which order a transition visits its coordinates or blocks. Each order leaves the target invariant.</summary>
public enum ScanOrder
{
    /// <summary>First to last, every time.</summary>
    Systematic,

    /// <summary>Each once, in an order drawn anew for every transition. The transition is reversible.</summary>
    Shuffled,

    /// <summary>As many visits, each of one drawn at random: some are visited twice and some not at all. The transition is reversible.</summary>
    Random,
}

/// <summary>Writes orders of visits.</summary>
internal static class Scan
{
    /// <summary>Fills the span with the indices to visit.</summary>
    public static void Write(ScanOrder order, RandomKey key, Span<int> visits)
    {
        switch (order)
        {
            case ScanOrder.Shuffled:
                RandomOrder.Permutation(key, visits);
                break;
            case ScanOrder.Random:
                RandomFill.Integers(key, visits.Length, visits);
                break;
            default:
                for (int i = 0; i < visits.Length; i++)
                    visits[i] = i;
                break;
        }
    }
}
