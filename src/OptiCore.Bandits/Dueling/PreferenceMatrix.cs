using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>What a dueling policy plays against. Immutable; a winner is a pure function of the pair and the randomness, so one instance serves many threads and every policy meets the same winners.</summary>
public interface IDuelingBandit
{
    /// <summary>The number K of arms.</summary>
    int Arms { get; }

    /// <summary>How far an arm falls short of the best one, at least 0; what a comparison of the arm with itself adds to the regret.</summary>
    /// <param name="arm">The arm, from 0.</param>
    double Gap(int arm);

    /// <summary>The arm that wins a duel.</summary>
    /// <param name="duel">The two arms.</param>
    /// <param name="key">The randomness of the unordered pair in this round of this replication; nothing else draws from it.</param>
    int Winner(Duel duel, RandomKey key);
}

/// <summary>What the regret of a duel is measured against.</summary>
public enum DuelBenchmark
{
    /// <summary>The arm w that beats every other: the gap of an arm i is P(w beats i) - 1/2.</summary>
    Condorcet,

    /// <summary>The arms that beat most others, which always exist: the gap of an arm is the largest share of others that any arm beats minus the share that it beats.</summary>
    Copeland,
}

/// <summary>The regret of a duel of two arms with gaps a and b.</summary>
public enum DuelRegret
{
    /// <summary>(a + b) / 2, the regret of most guarantees. Twice this is the strong regret of Y. Yue, J. Broder, R. Kleinberg, T. Joachims (2012), "The k-armed dueling bandits problem".</summary>
    Average,

    /// <summary>max(a, b): nothing only where both arms are best. V. Bengs, R. Busa-Fekete, A. El Mesaoudi-Paul, E. Hüllermeier (2021), "Preference-based online learning with dueling bandits: a survey".</summary>
    Strong,

    /// <summary>min(a, b): nothing where one of the two is best, as where users see both and take the better one. Yue and others (2012).</summary>
    Weak,
}

/// <summary>Arms of which i beats j with a fixed probability P_ij = 1 - P_ji.</summary>
public sealed class PreferenceMatrix : IDuelingBandit
{
    private readonly double[] _preferences, _copeland, _gaps;

    /// <summary>Creates the bandit.</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="preferences">The probabilities P_ij, K x K, row after row; 1/2 on the diagonal.</param>
    /// <param name="benchmark">What regret is measured against. Default: the arm that beats every other where there is one, else those that beat most.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a probability is NaN or outside [0, 1].</exception>
    /// <exception cref="ArgumentException">The length is wrong, P_ij + P_ji isn't 1 within 1e-12, or <see cref="DuelBenchmark.Condorcet"/> is asked for and no arm beats every other.</exception>
    public PreferenceMatrix(int arms, ReadOnlySpan<double> preferences, DuelBenchmark? benchmark = null)
    {
        Arms = Require.Positive(arms, nameof(arms));
        Require.Length(preferences.Length, checked(arms * arms), nameof(preferences));
        foreach (double p in preferences)
            Require.InClosed(p, 0, 1, nameof(preferences));
        for (int i = 0; i < arms; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double there = preferences[(i * arms) + j], back = preferences[(j * arms) + i];
                if (Math.Abs(there + back - 1) > 1e-12)
                {
                    throw new ArgumentException(
                        string.Create(CultureInfo.InvariantCulture, $"preferences has {there} for {i} against {j} and {back} for {j} against {i}; they must add up to 1."), nameof(preferences));
                }
            }
        }

        _preferences = preferences.ToArray();
        _copeland = new double[arms];
        double most = 0;
        int best = 0;
        for (int i = 0; i < arms; i++)
        {
            int beaten = 0;
            for (int j = 0; j < arms; j++)
                beaten += j != i && Preference(i, j) > 0.5 ? 1 : 0;
            _copeland[i] = arms == 1 ? 1 : beaten / (arms - 1.0);
            if (_copeland[i] > most)
                (most, best) = (_copeland[i], i);
        }

        CondorcetWinner = most == 1 ? best : null;
        Benchmark = benchmark is { } given ? Require.Defined(given, nameof(benchmark)) : most == 1 ? DuelBenchmark.Condorcet : DuelBenchmark.Copeland;
        if (Benchmark == DuelBenchmark.Condorcet && CondorcetWinner is null)
            throw new ArgumentException("No arm beats every other: regret can't be measured against a Condorcet winner.", nameof(benchmark));
        _gaps = new double[arms];
        for (int i = 0; i < arms; i++)
            _gaps[i] = Benchmark == DuelBenchmark.Condorcet ? Preference(best, i) - 0.5 : most - _copeland[i];
    }

    /// <summary>Arms with strengths w, of which i beats j with probability w_i / (w_i + w_j) (R. A. Bradley, M. E. Terry, 1952, "Rank analysis of incomplete block designs").</summary>
    /// <param name="strengths">The strengths, positive; at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a strength isn't positive and finite.</exception>
    public static PreferenceMatrix BradleyTerry(params ReadOnlySpan<double> strengths)
    {
        int arms = Require.Positive(strengths.Length, nameof(strengths));
        foreach (double strength in strengths)
            Require.Positive(strength, nameof(strengths));
        double[] preferences = new double[checked(arms * arms)];
        for (int i = 0; i < arms; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                // Halves, so that the sum of the largest strengths stays finite.
                double p = preferences[(i * arms) + j] = 0.5 * strengths[i] / ((0.5 * strengths[i]) + (0.5 * strengths[j]));
                preferences[(j * arms) + i] = 1 - p;
            }
        }

        return new PreferenceMatrix(arms, preferences);
    }

    /// <summary>Arms in a circle, each of which beats the floor((K - 1) / 2) that follow it with the same probability, as in rock, paper, scissors: nobody beats all others. With an even number of arms, opposite ones are equal.</summary>
    /// <param name="arms">The number K of arms, at least 3.</param>
    /// <param name="preference">The probability, in (1/2, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer arms, or the probability lies outside (1/2, 1].</exception>
    public static PreferenceMatrix Cycle(int arms, double preference)
    {
        Require.AtLeast(arms, 3, nameof(arms));
        Require.InOpenClosed(preference, 0.5, 1, nameof(preference));
        double[] preferences = new double[checked(arms * arms)];
        Array.Fill(preferences, 0.5);
        for (int i = 0; i < arms; i++)
        {
            for (int step = 1; step <= (arms - 1) / 2; step++)
            {
                int j = (i + step) % arms;
                preferences[(i * arms) + j] = preference;
                preferences[(j * arms) + i] = 1 - preference;
            }
        }

        return new PreferenceMatrix(arms, preferences);
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>What regret is measured against.</summary>
    public DuelBenchmark Benchmark { get; }

    /// <summary>The arm that beats every other with a probability above 1/2; null where there is none.</summary>
    public int? CondorcetWinner { get; }

    /// <summary>The share of the other arms that each arm beats with a probability above 1/2; 1 for a single arm.</summary>
    public ReadOnlySpan<double> CopelandScores => _copeland;

    /// <summary>
    /// The factor of ln T in the asymptotic lower bound of the average regret for every consistent policy, where an arm beats every other: the sum over the other arms i of the smallest
    /// (gap_i + gap_j) / (2 kl(P_ij, 1/2)) over the arms j that beat i. NaN where regret isn't measured against a Condorcet winner.
    /// </summary>
    /// <remarks>J. Komiyama, J. Honda, H. Kashima, H. Nakagawa (2015), "Regret lower bound and optimal algorithm in dueling bandit problem", COLT.</remarks>
    public double LowerBoundConstant
    {
        get
        {
            if (Benchmark != DuelBenchmark.Condorcet)
                return double.NaN;
            double sum = 0;
            for (int i = 0; i < Arms; i++)
            {
                double least = double.PositiveInfinity;
                for (int j = 0; j < Arms; j++)
                {
                    if (Preference(i, j) < 0.5)
                        least = Math.Min(least, (_gaps[i] + _gaps[j]) / (2 * default(BernoulliDivergence).Between(Preference(i, j), 0.5)));
                }

                sum += double.IsInfinity(least) ? 0 : least;
            }

            return sum;
        }
    }

    /// <summary>The probability that an arm beats another.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="other">The other arm, from 0.</param>
    public double Preference(int arm, int other) => _preferences[(arm * Arms) + other];

    /// <summary>The same preferences with regret against something else.</summary>
    /// <param name="benchmark">What regret is measured against.</param>
    /// <exception cref="ArgumentException"><see cref="DuelBenchmark.Condorcet"/> is asked for and no arm beats every other.</exception>
    public PreferenceMatrix Against(DuelBenchmark benchmark) => new(Arms, _preferences, benchmark);

    /// <inheritdoc/>
    public double Gap(int arm) => _gaps[arm];

    /// <inheritdoc/>
    public int Winner(Duel duel, RandomKey key)
    {
        // The same uniform decides both orders of a pair.
        int low = Math.Min(duel.First, duel.Second), high = Math.Max(duel.First, duel.Second);
        return key.Stream().NextDouble() < Preference(low, high) ? low : high;
    }
}
