namespace OptiCore.RL;

/// <summary>
/// Returns, advantages and off-policy corrected targets of a <see cref="Rollout"/>. All are one backward pass over the entries (n-step returns are n), allocate nothing,
/// compute in double and round what they write to float. Inputs that aren't finite spread to the entries before them in their chain, no further.
/// </summary>
/// <remarks>Every method throws <see cref="ArgumentException"/> where lengths disagree and <see cref="ArgumentOutOfRangeException"/> for a parameter outside its range, naming it.</remarks>
public static partial class Returns
{
    /// <summary>
    /// Discounted returns: G_t = r_t + gamma G_{t+1} along the chain, with G = r + gamma V(s') at a cut that isn't terminated, and r where terminated. O(T).
    /// </summary>
    /// <param name="rollout">What happened.</param>
    /// <param name="returns">Receives G; may be the rewards or the next values.</param>
    public static void Discounted(in Rollout rollout, Span<float> returns) => Lambda(rollout, 1, returns);

    /// <summary>
    /// n-step returns: G_t = r_t + gamma r_{t+1} + ... + gamma^{m-1} r_{t+m-1} + gamma^m V(s_{t+m}), where m is n or, if that is less, the number of steps to the cut; without
    /// the last term where that cut is terminated. O(T n).
    /// </summary>
    /// <remarks>R. S. Sutton, A. G. Barto (2018), "Reinforcement Learning: An Introduction", 2nd edition, section 7.1.</remarks>
    /// <param name="rollout">What happened.</param>
    /// <param name="steps">The number of steps n, at least 1. One that is longer than the rollout gives <see cref="Discounted"/>.</param>
    /// <param name="returns">Receives G. Must not overlap the inputs.</param>
    public static void NStep(in Rollout rollout, int steps, Span<float> returns)
    {
        rollout.Check();
        Require.Positive(steps, nameof(steps));
        Require.Length(returns.Length, rollout.Length, nameof(returns));
        if ((long)steps * rollout.Count >= rollout.Length)
        {
            Discounted(rollout, returns);
            return;
        }

        for (int e = 0; e < returns.Length; e++)
            returns[e] = (float)rollout.OneStep(e);

        // Upwards, so that the k-step return of an entry is built from the (k-1)-step return of its successor.
        for (int k = 1; k < steps; k++)
        {
            for (int e = 0; e < returns.Length - rollout.Count; e++)
            {
                if (!rollout.IsCut(e))
                    returns[e] = (float)(rollout.Rewards[e] + (rollout.Discount * returns[e + rollout.Count]));
            }
        }
    }

    /// <summary>
    /// Lambda returns: G_t = r_t + gamma ((1 - lambda) V(s_{t+1}) + lambda G_{t+1}) along the chain, with G = r + gamma V(s') at a cut that isn't terminated, and r where
    /// terminated. O(T).
    /// </summary>
    /// <remarks>R. S. Sutton (1988), "Learning to Predict by the Methods of Temporal Differences", Machine Learning 3; the truncated form of R. S. Sutton, A. G. Barto (2018),
    /// "Reinforcement Learning: An Introduction", 2nd edition, section 12.3. lambda = 0 are one-step targets, lambda = 1 is <see cref="Discounted"/>.</remarks>
    /// <param name="rollout">What happened.</param>
    /// <param name="lambda">The weight lambda of [0, 1] of longer returns.</param>
    /// <param name="returns">Receives G; may be the rewards or the next values.</param>
    public static void Lambda(in Rollout rollout, double lambda, Span<float> returns)
    {
        rollout.Check();
        Require.InClosed(lambda, 0, 1, nameof(lambda));
        Require.Length(returns.Length, rollout.Length, nameof(returns));
        for (int e = returns.Length - 1; e >= 0; e--)
        {
            if (rollout.IsCut(e))
            {
                returns[e] = (float)rollout.OneStep(e);
                continue;
            }

            // With lambda = 1 the values aren't read, so that they needn't be known inside a chain.
            double next = lambda * returns[e + rollout.Count];
            if (lambda < 1)
                next += (1 - lambda) * rollout.NextValues[e];
            returns[e] = (float)(rollout.Rewards[e] + (rollout.Discount * next));
        }
    }

    /// <summary>
    /// Generalised advantage estimation: A_t = delta_t + gamma lambda A_{t+1} along the chain, A = delta at a cut, with delta_t = r_t + gamma V(s_{t+1}) - V(s_t), without the
    /// middle term where terminated. O(T).
    /// </summary>
    /// <remarks>
    /// J. Schulman, P. Moritz, S. Levine, M. I. Jordan, P. Abbeel (2016), "High-Dimensional Continuous Control Using Generalized Advantage Estimation". lambda = 0 is the
    /// temporal difference, lambda = 1 the discounted return minus the value. Advantages aren't normalised.
    /// </remarks>
    /// <param name="rollout">What happened.</param>
    /// <param name="values">V(s_t).</param>
    /// <param name="lambda">The parameter lambda of [0, 1]: little bias near 1, little variance near 0.</param>
    /// <param name="advantages">Receives A; may be the rewards or the next values.</param>
    /// <param name="targets">Receives V + A, the lambda returns to fit the values to; may be the values. May be left out.</param>
    public static void GeneralizedAdvantage(in Rollout rollout, ReadOnlySpan<float> values, double lambda, Span<float> advantages, Span<float> targets = default)
    {
        rollout.Check();
        Require.InClosed(lambda, 0, 1, nameof(lambda));
        Require.Length(values.Length, rollout.Length, nameof(values));
        Require.Length(advantages.Length, rollout.Length, nameof(advantages));
        if (targets.Length > 0)
            Require.Length(targets.Length, rollout.Length, nameof(targets));
        for (int e = advantages.Length - 1; e >= 0; e--)
        {
            double advantage = rollout.OneStep(e) - values[e];
            if (!rollout.IsCut(e))
                advantage += rollout.Discount * lambda * advantages[e + rollout.Count];
            if (targets.Length > 0)
                targets[e] = (float)(values[e] + advantage);
            advantages[e] = (float)advantage;
        }
    }
}
