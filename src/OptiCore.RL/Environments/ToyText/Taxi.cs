namespace OptiCore.RL.Environments;

/// <summary>
/// Taxi of Gymnasium: fetch a passenger at one of four places of a walled grid of 5 by 5 and set them down at another. States are
/// ((row * 5 + column) * 5 + passenger) * 4 + destination, with the passenger at R, G, Y or B (0 to 3) or in the taxi (4); actions are 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off.
/// Every step costs 1, a pick-up or drop-off in the wrong place 10; the right drop-off earns 20 and terminates. Truncated after 200 steps.
/// </summary>
/// <remarks>
/// T. G. Dietterich (2000), "Hierarchical reinforcement learning with the MAXQ value function decomposition". An episode begins in one of the 300 states whose passenger waits and isn't at the
/// destination yet. In the rain a move that isn't blocked goes astray to either side; <see cref="FickleTaxi"/> has passengers who change their mind.
/// </remarks>
public static class Taxi
{
    private const int Size = 5;
    private const int InTaxi = 4;

    /// <summary>Taxi-v3, in later versions of Gymnasium Taxi-v4.</summary>
    /// <param name="count">The number of environments.</param>
    public static TabularEnvironment Create(int count = 1) => new(Model(), count) { MaxEpisodeSteps = 200 };

    /// <summary>Taxi-v4 in the rain.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="intendedProbability">The probability of the intended direction.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static TabularEnvironment CreateRainy(int count = 1, double intendedProbability = 0.8) => new(RainyModel(intendedProbability), count) { MaxEpisodeSteps = 200 };

    /// <summary>The decision process.</summary>
    public static TabularModel Model() => TabularModel.Create(Size * Size * 5 * 4, 6, Initial(), static (state, action) => [Outcome(state, action)]);

    /// <summary>The decision process in the rain: a move that no wall blocks goes in the intended direction with the given probability, and to its left and right with half of the rest each.</summary>
    /// <param name="intendedProbability">The probability of the intended direction.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1].</exception>
    public static TabularModel RainyModel(double intendedProbability = 0.8)
    {
        Require.InClosed(intendedProbability, 0, 1, nameof(intendedProbability));
        double astray = (1 - intendedProbability) / 2;
        return TabularModel.Create(Size * Size * 5 * 4, 6, Initial(), (state, action) =>
        {
            TabularOutcome intended = Outcome(state, action);
            if (action > 3)
                return [intended];

            // South, north, east, west: what lies to the left and right of each. A blocked move doesn't go astray.
            (int left, int right) = action switch
            {
                0 => (2, 3),
                1 => (3, 2),
                2 => (1, 0),
                _ => (0, 1),
            };
            bool blocked = intended.NextState == state;
            return
            [
                intended with { Probability = intendedProbability },
                (blocked ? intended : Outcome(state, left)) with { Probability = astray },
                (blocked ? intended : Outcome(state, right)) with { Probability = astray },
            ];
        });
    }

    /// <summary>Which actions change something in a state: moves that no wall blocks, and pick-ups and drop-offs that aren't fined.</summary>
    /// <param name="state">The state.</param>
    /// <param name="mask">Receives a flag for each of the six actions.</param>
    /// <exception cref="ArgumentException">The mask hasn't six elements.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public static void ActionMask(int state, Span<bool> mask)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)(Size * Size * 5 * 4), nameof(state));
        Require.Length(mask.Length, 6, nameof(mask));
        for (int action = 0; action < mask.Length; action++)
        {
            TabularOutcome outcome = Outcome(state, action);
            mask[action] = action < 4 ? outcome.NextState != state : outcome.Reward > -10;
        }
    }

    /// <summary>What an action does in dry weather.</summary>
    private static TabularOutcome Outcome(int state, int action)
    {
        (int row, int column, int passenger, int destination) = Decode(state);
        double reward = -1;
        bool terminated = false;
        int here = Place(row, column);
        switch (action)
        {
            case 0:
                row = Math.Min(row + 1, Size - 1);
                break;
            case 1:
                row = Math.Max(row - 1, 0);
                break;
            case 2:
                column = HasWallToTheEast(row, column) ? column : column + 1;
                break;
            case 3:
                column = column == 0 || HasWallToTheEast(row, column - 1) ? column : column - 1;
                break;
            case 4 when passenger != InTaxi && here == passenger:
                passenger = InTaxi;
                break;
            case 5 when passenger == InTaxi && here == destination:
                passenger = destination;
                reward = 20;
                terminated = true;
                break;
            case 5 when passenger == InTaxi && here >= 0:
                passenger = here;
                break;
            default:
                reward = -10;
                break;
        }

        return new TabularOutcome(1, Encode(row, column, passenger, destination), reward, terminated);
    }

    internal static int Encode(int row, int column, int passenger, int destination) => (((((row * Size) + column) * 5) + passenger) * 4) + destination;

    internal static (int Row, int Column, int Passenger, int Destination) Decode(int state) => (state / 100, state / 20 % Size, state / 4 % 5, state % 4);

    private static double[] Initial()
    {
        double[] initial = new double[Size * Size * 5 * 4];
        for (int state = 0; state < initial.Length; state++)
        {
            (_, _, int passenger, int destination) = Decode(state);
            initial[state] = passenger != InTaxi && passenger != destination ? 1.0 / 300 : 0;
        }

        return initial;
    }

    /// <summary>The number of the place R, G, Y or B, or -1 elsewhere.</summary>
    private static int Place(int row, int column) => (row, column) switch
    {
        (0, 0) => 0,
        (0, 4) => 1,
        (4, 0) => 2,
        (4, 3) => 3,
        _ => -1,
    };

    private static bool HasWallToTheEast(int row, int column) => (row, column) switch
    {
        (_, Size - 1) => true,
        (0 or 1, 1) => true,
        (3 or 4, 0 or 2) => true,
        _ => false,
    };
}
