using OptiCore.Optimizers;
using System.Runtime.CompilerServices;

namespace OptiCore.RL;

/// <summary>What tables of action values have in common. A row holds the values of one state.</summary>
internal static class Tabular
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(ReadOnlySpan<double> row)
    {
        double max = row[0];
        for (int a = 1; a < row.Length; a++)
            max = Math.Max(max, row[a]);
        return max;
    }

    /// <summary>The best action; of several equal ones the one that the random word picks, the first for 0.</summary>
    public static int Greedy(ReadOnlySpan<double> row, ulong word)
    {
        double max = Max(row);
        int ties = 0;
        foreach (double value in row)
            ties += value == max ? 1 : 0;
        int skip = (int)Math.BigMul(word, (ulong)ties, out _);
        for (int a = 0; ; a++)
        {
            if (row[a] == max && skip-- == 0)
                return a;
        }
    }

    /// <summary>The probability of an action under the policy that is uniform with probability epsilon and else greedy, uniform among equals.</summary>
    public static double Probability(ReadOnlySpan<double> row, int action, double epsilon)
    {
        double max = Max(row), uniform = epsilon / row.Length;
        if (row[action] != max)
            return uniform;
        int ties = 0;
        foreach (double value in row)
            ties += value == max ? 1 : 0;
        return uniform + ((1 - epsilon) / ties);
    }

    /// <summary>The expected value under that policy.</summary>
    public static double Expected(ReadOnlySpan<double> row, double epsilon)
    {
        double sum = 0;
        foreach (double value in row)
            sum += value;
        return (epsilon * sum / row.Length) + ((1 - epsilon) * Max(row));
    }

    /// <summary>A probability that follows a schedule; one that rises above 1 counts as 1.</summary>
    public static double Epsilon(Schedule exploration, long steps) => Math.Min(exploration.At(steps), 1);

    /// <summary>Accepts a schedule of probabilities for a member, which the exception names.</summary>
    public static Schedule Probabilities(Schedule value, [CallerMemberName] string name = "")
    {
        _ = Require.InClosed(Schedule.Valid(value, name).At(0), 0, 1, name);
        return value;
    }

    /// <summary>The learning rate of the n-th visit: rate / n^decay.</summary>
    public static double Rate(double rate, double decay, long visit) => decay switch
    {
        0 => rate,
        1 => rate / visit,
        _ => rate * Math.Pow(visit, -decay),
    };
}
