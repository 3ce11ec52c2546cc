using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>
/// The Whittle index of each state of a restless arm: the subsidy for resting at which playing and resting are equally good. Of several such arms, play in each round the m whose present states have the
/// largest indices.
/// </summary>
/// <remarks>
/// <para>P. Whittle (1988), "Restless bandits: activity allocation in a changing world", Journal of Applied Probability 25. With rewards r_a(s), transitions P_a and discount beta the index W(s) is the lambda
/// with r_1(s) + beta (P_1 V)(s) = r_0(s) + lambda + beta (P_0 V)(s), V being the value function of the arm with lambda added to the reward of resting. Where resting freezes the state without
/// reward it is the Gittins index. The index policy is asymptotically optimal in the number of arms under the conditions of R. R. Weber, G. Weiss (1990).</para>
/// <para>The index is defined where the set of states that should rest grows with lambda (indexability); this is tested at the middle between any two neighbouring indices and outside of them, which is what the index
/// policy relies on. Each index is found by bisection to double accuracy, with policy iteration at each lambda: about 60 S systems of S equations, S^4 operations each 40 or so; for arms of up to
/// a hundred states.</para>
/// </remarks>
public static class WhittleIndex
{
    /// <summary>Computes the indices.</summary>
    /// <param name="rest">The transitions P_0 under rest, S by S, row-major; rows sum to 1.</param>
    /// <param name="play">The transitions P_1 under play.</param>
    /// <param name="restRewards">The rewards r_0 of resting, S numbers.</param>
    /// <param name="playRewards">The rewards r_1 of playing, S numbers.</param>
    /// <param name="discount">The discount beta, in [0, 1).</param>
    /// <param name="indices">Receives S indices.</param>
    /// <returns>False where the arm isn't indexable: the numbers are then no indices.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a row isn't a distribution, or a reward isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no state, or the discount lies outside [0, 1).</exception>
    public static bool TryCompute(
        ReadOnlySpan<double> rest, ReadOnlySpan<double> play, ReadOnlySpan<double> restRewards, ReadOnlySpan<double> playRewards, double discount, Span<double> indices)
    {
        int states = Require.Positive(restRewards.Length, nameof(restRewards));
        Require.Length(playRewards.Length, states, nameof(playRewards));
        Require.Length(indices.Length, states, nameof(indices));
        Require.AllFinite(restRewards, nameof(restRewards));
        Require.AllFinite(playRewards, nameof(playRewards));
        Require.InHalfOpen(discount, 0, 1, nameof(discount));
        RequireStochastic(rest, states, nameof(rest));
        RequireStochastic(play, states, nameof(play));

        var arm = new Arm(rest, play, restRewards, playRewards, discount);
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int s = 0; s < states; s++)
        {
            low = Math.Min(low, Math.Min(restRewards[s], playRewards[s]));
            high = Math.Max(high, Math.Max(restRewards[s], playRewards[s]));
        }

        // Beyond this subsidy no state is worth playing; below its negative none is worth resting.
        double limit = 2 * (high - low) / (1 - discount);
        for (int s = 0; s < states; s++)
        {
            double below = -limit, above = limit;
            for (int i = 0; i < 80 && above - below > 4e-16 * limit; i++)
            {
                double middle = 0.5 * (below + above);
                arm.Solve(middle);
                if (arm.Advantage(s) > 0)
                    below = middle;
                else
                    above = middle;
            }

            indices[s] = 0.5 * (below + above);
        }

        return IsIndexable(arm, indices, limit);
    }

    private static bool IsIndexable(Arm arm, ReadOnlySpan<double> indices, double limit)
    {
        double[] sorted = [-limit, .. indices, limit];
        Array.Sort(sorted);
        for (int i = 1; i < sorted.Length; i++)
        {
            // Indices that agree to rounding are of states that begin to rest together.
            if (sorted[i] - sorted[i - 1] <= 1e-9 * limit)
                continue;
            double lambda = 0.5 * (sorted[i] + sorted[i - 1]);
            arm.Solve(lambda);
            for (int s = 0; s < indices.Length; s++)
            {
                if (arm.Advantage(s) > 0 != indices[s] > lambda)
                    return false;
            }
        }

        return true;
    }

    private static void RequireStochastic(ReadOnlySpan<double> matrix, int states, string name)
    {
        Require.Length(matrix.Length, checked(states * states), name);
        for (int s = 0; s < states; s++)
        {
            double sum = 0;
            foreach (double p in matrix.Slice(s * states, states))
                sum += p >= 0 ? p : double.NaN;
            if (!(Math.Abs(sum - 1) <= 1e-9))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}: row {s} isn't a distribution, its numbers must be at least 0 and sum to 1."), name);
        }
    }

    /// <summary>One arm with a subsidy for resting, solved by policy iteration.</summary>
    private sealed class Arm(ReadOnlySpan<double> rest, ReadOnlySpan<double> play, ReadOnlySpan<double> restRewards, ReadOnlySpan<double> playRewards, double discount)
    {
        private readonly double[] _rest = rest.ToArray(), _play = play.ToArray(), _restRewards = restRewards.ToArray(), _playRewards = playRewards.ToArray();
        private readonly double[] _system = new double[rest.Length], _right = new double[restRewards.Length], _value = new double[restRewards.Length];
        private readonly bool[] _isPlayed = new bool[restRewards.Length];
        private readonly double _discount = discount;
        private double _subsidy;

        /// <summary>Playing's value minus resting's, in a state.</summary>
        public double Advantage(int s) => Value(_play, _playRewards[s], s) - Value(_rest, _restRewards[s] + _subsidy, s);

        /// <summary>Policy iteration, from the policy of the last subsidy.</summary>
        public void Solve(double subsidy)
        {
            _subsidy = subsidy;
            int states = _value.Length;
            for (int i = 0; i < 10_000; i++)
            {
                for (int s = 0; s < states; s++)
                {
                    double[] transitions = _isPlayed[s] ? _play : _rest;
                    for (int t = 0; t < states; t++)
                        _system[(s * states) + t] = (s == t ? 1 : 0) - (_discount * transitions[(s * states) + t]);
                    _right[s] = _isPlayed[s] ? _playRewards[s] : _restRewards[s] + subsidy;
                }

                if (!LinearSystem.TrySolve<double>(_system, _right, _value))
                    throw new InvalidOperationException("The equations of a policy's values are singular: the discount is too close to 1 for these transitions.");

                // An action is changed for a better one, not for rounding: that would go round in circles.
                bool isChanged = false;
                for (int s = 0; s < states; s++)
                {
                    double advantage = Advantage(s);
                    if (Math.Abs(advantage) > 1e-13 * (1 + Math.Abs(_value[s])) && advantage > 0 != _isPlayed[s])
                    {
                        _isPlayed[s] = advantage > 0;
                        isChanged = true;
                    }
                }

                if (!isChanged)
                    return;
            }

            throw new InvalidOperationException("Policy iteration didn't end.");
        }

        private double Value(double[] transitions, double reward, int s)
        {
            double sum = 0;
            for (int t = 0; t < _value.Length; t++)
                sum += transitions[(s * _value.Length) + t] * _value[t];
            return reward + (_discount * sum);
        }
    }
}
