namespace OptiCore.RL.Environments;

/// <summary>
/// Taxi of Gymnasium: fetch a passenger at one of four places of a walled grid of 5 by 5 and set them down at another. States are
/// ((row * 5 + column) * 5 + passenger) * 4 + destination, with the passenger at R, G, Y or B (0 to 3) or in the taxi (4); actions are 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off.
/// Every step costs 1, a pick-up or drop-off in the wrong place 10; the right drop-off earns 20 and terminates. Truncated after 200 steps.
/// </summary>
/// <remarks>T. G. Dietterich (2000), "Hierarchical reinforcement learning with the MAXQ value function decomposition". An episode begins in one of the 300 states whose passenger waits and isn't at the destination yet.</remarks>
public static class Taxi
{
    private const int Size = 5;
    private const int InTaxi = 4;

    /// <summary>Taxi-v3.</summary>
    /// <param name="count">The number of environments.</param>
    public static TabularEnvironment Create(int count = 1) => new(Model(), count) { MaxEpisodeSteps = 200 };

    /// <summary>The decision process.</summary>
    public static TabularModel Model()
    {
        double[] initial = new double[Size * Size * 5 * 4];
        for (int state = 0; state < initial.Length; state++)
        {
            int passenger = state / 4 % 5, destination = state % 4;
            initial[state] = passenger != InTaxi && passenger != destination ? 1.0 / 300 : 0;
        }

        return TabularModel.Create(initial.Length, 6, initial, static (state, action) =>
        {
            int row = state / 100, column = state / 20 % Size, passenger = state / 4 % 5, destination = state % 4;
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

            return [new TabularOutcome(1, (((((row * Size) + column) * 5) + passenger) * 4) + destination, reward, terminated)];
        });
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
