using System.Globalization;
using System.Text;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// PBM-UCB, for users who look at position l with a known probability kappa_l, whatever the items, and click an item they look at with its attraction: shows the items with the largest
/// S / E + sqrt(N / E) sqrt((1 + eps) ln t / (2 E)), S being an item's clicks, N how often it was shown and E the sum of kappa over that, the largest at the best position.
/// </summary>
/// <remarks>
/// <para>P. Lagrée, C. Vernade, O. Cappé (2016), "Multiple-play bandits in the position-based model", NIPS, section 4.1. Regret of the order ln T with a constant that the position probabilities
/// enlarge.</para>
/// <para>O(L) a choice, no randomness. The probabilities of positions come from logs or from an experiment with items in random order; where users stop at the first click see
/// <see cref="CascadeKlUcb"/>.</para>
/// </remarks>
[Algorithm("PBM-UCB", "Slates", "P. Lagrée, C. Vernade, O. Cappé (2016), Multiple-play bandits in the position-based model")]
public sealed record PbmUcb : ISlatePolicy
{
    /// <summary>The probability kappa of each position to be looked at, in (0, 1], one a position.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is none, or one lies outside (0, 1].</exception>
    public required IReadOnlyList<double> Examination
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            Require.Positive(value.Count, nameof(Examination));
            for (int i = 0; i < value.Count; i++)
                Require.InOpenClosed(value[i], 0, 1, nameof(Examination));
            field = [.. value];
        }
    }

    /// <summary>eps, which the bound needs to be positive. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Epsilon { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There aren't as many positions as <see cref="Examination"/> says.</exception>
    public SlateState Start(int items, int positions) => new State(this, items, positions);

    /// <summary>Whether another policy has the same options.</summary>
    /// <param name="other">The other policy.</param>
    public bool Equals(PbmUcb? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The options as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(nameof(PbmUcb)).Append(CultureInfo.InvariantCulture, $" {{ Epsilon = {Epsilon}, Examination = [");
        for (int i = 0; i < Examination.Count; i++)
            text.Append(i == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{Examination[i]:r}");
        return text.Append("] }").ToString();
    }

    private sealed class State : SlateState
    {
        private readonly PbmUcb _policy;
        private readonly double[] _examined;
        private readonly int[] _order, _ranked;

        public State(PbmUcb policy, int items, int positions)
            : base(policy, items, positions)
        {
            _policy = policy;
            Require.Length(policy.Examination.Count, positions, nameof(Examination));
            _examined = new double[items];
            _order = new int[positions];
            _ranked = new int[positions];

            // The positions by falling probability, stable.
            for (int i = 0; i < positions; i++)
            {
                int at = i;
                for (; at > 0 && policy.Examination[_order[at - 1]] < policy.Examination[i]; at--)
                    _order[at] = _order[at - 1];
                _order[at] = i;
            }
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_examined.AsSpan());
        }

        protected override int Select(Span<int> slate)
        {
            base.Select(_ranked);
            for (int rank = 0; rank < _ranked.Length; rank++)
                slate[_order[rank]] = _ranked[rank];
            return slate.Length;
        }

        protected override void Learn(ReadOnlySpan<int> slate, ReadOnlySpan<double> clicks)
        {
            for (int position = 0; position < slate.Length; position++)
            {
                Observe(slate[position], clicks[position]);
                _examined[slate[position]] += _policy.Examination[position];
            }
        }

        protected override double Index(int item)
        {
            double examined = _examined[item];
            return examined == 0
                ? double.PositiveInfinity
                : (Clicks[item] / examined) + Math.Sqrt(Observations[item] / examined * (1 + _policy.Epsilon) * Math.Log(Updates) / (2 * examined));
        }

        protected override void Forget() => Array.Clear(_examined);

        protected override void Absorb(SlateState other) => RidgeModel.AddScaled(_examined, 1, ((State)other)._examined);
    }
}
