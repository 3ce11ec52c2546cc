using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Blackjack-v1 of Gymnasium: come closer to 21 than the dealer without going over it. The observation is (the player's sum, the dealer's open card, 1 for a usable ace), the actions are 0 stick
/// and 1 hit, cards come from an infinite deck. The reward at the end is 1 for winning, 0 for a draw, -1 for losing; every other is 0.
/// </summary>
/// <remarks>
/// R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", example 5.1. The dealer draws below 17. Two cards go to the dealer, then two to the player; a card reads two words of the
/// episode's stream. A player with an ace and a ten at once, a natural, wins against everything but another natural (<see cref="SuttonBarto"/>), or, as in a casino, may be paid 1.5 for
/// winning with it (<see cref="NaturalPaysMore"/>).
/// </remarks>
public sealed class Blackjack : IVectorEnvironment<int, int>
{
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly BlackjackHand[] _players;
    private readonly BlackjackHand[] _dealers;
    private readonly int[] _openCards;
    private readonly int[][] _stacks;
    private readonly int[] _drawn;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public Blackjack(int count = 1)
    {
        Count = Require.Positive(count, nameof(count));
        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _players = new BlackjackHand[count];
        _dealers = new BlackjackHand[count];
        _openCards = new int[count];
        _stacks = new int[count][];
        Array.Fill(_stacks, []);
        _drawn = new int[count];
    }

    /// <summary>Whether a natural of the player wins against everything but a natural of the dealer, as in the book of Sutton and Barto. Default: yes, as Gymnasium registers it.</summary>
    public bool SuttonBarto { get; init; } = true;

    /// <summary>Whether a win with a natural pays 1.5; without effect where <see cref="SuttonBarto"/> is set. Default: no.</summary>
    public bool NaturalPaysMore { get; init; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<int> ObservationSpace { get; } = new MultiDiscrete(32, 11, 2);

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; } = new Discrete(2);

    /// <summary>The player's hand in one environment.</summary>
    /// <param name="index">The environment.</param>
    public BlackjackHand GetPlayer(int index) => _players[index];

    /// <summary>The dealer's hand in one environment.</summary>
    /// <param name="index">The environment.</param>
    public BlackjackHand GetDealer(int index) => _dealers[index];

    /// <summary>Puts cards on top of the deck of one environment: they are drawn first, in order, and what follows them is random as ever. Replaces what was there.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="cards">Cards of 1, an ace, to 10.</param>
    /// <exception cref="ArgumentException">A card is outside 1..10.</exception>
    public void StackDeck(int index, params ReadOnlySpan<int> cards)
    {
        int wrong = cards.IndexOfAnyExceptInRange(1, 10);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Card {wrong} is {cards[wrong]} but must be in 1..10."), nameof(cards));
        _stacks[index] = cards.ToArray();
        _drawn[index] = 0;
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<int> observations)
    {
        Require.Length(observations.Length, 3 * Count, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            Deal(i, _keys.Current(i), observations.Slice(3 * i, 3));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<int> observation)
    {
        Require.Length(observation.Length, 3, nameof(observation));
        _keys.EnsureStarted();
        Deal(index, _keys.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 3);
        _keys.EnsureStarted();
        if (actions.ContainsAnyExceptInRange(0, 1))
            throw WrongAction.Of(actions, 1);

        output.Truncated.Clear();
        for (int i = 0; i < actions.Length; i++)
        {
            Span<int> observation = output.Observations.Slice(3 * i, 3);
            if (actions[i] == 1)
            {
                _players[i] = _players[i].With(Card(i));
                output.Terminated[i] = _players[i].IsBust;
                output.Rewards[i] = _players[i].IsBust ? -1 : 0;
            }
            else
            {
                while (_dealers[i].Sum < 17)
                    _dealers[i] = _dealers[i].With(Card(i));
                output.Terminated[i] = true;
                output.Rewards[i] = Payoff(_players[i], _dealers[i]);
            }

            Observe(i, observation);
            if (output.Terminated[i])
            {
                observation.CopyTo(output.FinalObservations[(3 * i)..]);
                Deal(i, _keys.Next(i), observation);
            }
        }
    }

    /// <summary>What sticking earns once both hands are final.</summary>
    /// <param name="player">The player's hand.</param>
    /// <param name="dealer">The dealer's hand.</param>
    public double Payoff(BlackjackHand player, BlackjackHand dealer)
    {
        if (SuttonBarto && player.IsNatural && !dealer.IsNatural)
            return 1;
        int difference = Score(player) - Score(dealer);
        return difference > 0 && !SuttonBarto && NaturalPaysMore && player.IsNatural ? 1.5 : Math.Sign(difference);

        static int Score(BlackjackHand hand) => hand.IsBust ? 0 : hand.Sum;
    }

    /// <summary>
    /// The decision process of the observations, state (sum * 11 + card) * 2 + ace, for planners. A natural is 21 like any other there, since how many cards a sum has isn't seen; a game that is over
    /// stays in its state.
    /// </summary>
    public static TabularModel Model() => BlackjackModel.Create();

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Transfer(_keys);
        archive.Transfer<BlackjackHand>(_players);
        archive.Transfer<BlackjackHand>(_dealers);
        archive.Transfer<int>(_openCards);
        archive.Transfer<int>(_drawn);
        for (int i = 0; i < Count; i++)
        {
            archive.Transfer(ref _stacks[i]);
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    private void Deal(int index, RandomKey key, Span<int> observation)
    {
        _streams[index] = key.Stream();
        _openCards[index] = Card(index);
        _dealers[index] = default(BlackjackHand).With(_openCards[index]).With(Card(index));
        _players[index] = default(BlackjackHand).With(Card(index)).With(Card(index));
        Observe(index, observation);
    }

    /// <summary>What lies on top of the deck, or one of thirteen ranks, four of which count 10.</summary>
    private int Card(int index)
    {
        if (_drawn[index] < _stacks[index].Length)
            return _stacks[index][_drawn[index]++];
        return Math.Min(1 + Draw.Below(ref _streams[index], 13), 10);
    }

    private void Observe(int index, Span<int> observation)
    {
        observation[0] = _players[index].Sum;
        observation[1] = _openCards[index];
        observation[2] = _players[index].HasUsableAce ? 1 : 0;
    }
}
