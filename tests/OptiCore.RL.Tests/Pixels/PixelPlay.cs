using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests;

/// <summary>Plays games of pixels with hand-written policies.</summary>
internal static class PixelPlay
{
    public const int Cells = 100;

    /// <summary>The mean return of one episode in each of a number of environments.</summary>
    public static double MeanReturn<TGame>(Func<PixelGame<TGame>, int, int, int> policy, int count, ulong seed) where TGame : unmanaged, IPixelGame<TGame>
    {
        var environment = new PixelGame<TGame>(count);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(seed), buffers);
        int[] actions = new int[count];
        bool[] ended = new bool[count];
        double total = 0;
        for (int step = 0; ended.Contains(false); step++)
        {
            for (int i = 0; i < count; i++)
                actions[i] = policy(environment, i, step);
            environment.Step(actions, buffers);
            for (int i = 0; i < count; i++)
            {
                total += ended[i] ? 0 : buffers.Rewards[i];
                ended[i] |= buffers.Terminated[i] || buffers.Truncated[i];
            }
        }

        return total / count;
    }

    public static double RandomReturn<TGame>(int count, ulong seed) where TGame : unmanaged, IPixelGame<TGame> =>
        MeanReturn<TGame>((environment, i, step) =>
        {
            int[] action = new int[1];
            environment.ActionSpace.Sample(RandomKey.FromSeed(seed + 1).Fold(i).Fold(step), action);
            return action[0];
        }, count, seed);

    /// <summary>One environment in a given state.</summary>
    public static (PixelGame<TGame> Environment, StepBuffers<float> Buffers) In<TGame>(TGame state) where TGame : unmanaged, IPixelGame<TGame>
    {
        var environment = new PixelGame<TGame>();
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.SetState(0, state);
        return (environment, buffers);
    }

    /// <summary>The cells of a channel that are 1.</summary>
    public static int[] Lit(ReadOnlySpan<float> observation, int channel)
    {
        var lit = new List<int>();
        for (int cell = 0; cell < Cells; cell++)
        {
            if (observation[(channel * Cells) + cell] != 0)
                lit.Add(cell);
        }

        return [.. lit];
    }

    /// <summary>The move of a walker that shortens the way from a cell to another: rows first; 0 when it is there.</summary>
    public static int Towards(int from, int to)
    {
        int down = (to / 10) - (from / 10), right = (to % 10) - (from % 10);
        return down < 0 ? 1 : down > 0 ? 3 : right > 0 ? 2 : right < 0 ? 4 : 0;
    }

    public static int Walk(int cell, int action) => action switch
    {
        1 when cell >= 10 => cell - 10,
        2 when cell % 10 < 9 => cell + 1,
        3 when cell < 90 => cell + 10,
        4 when cell % 10 > 0 => cell - 1,
        _ => cell,
    };

    public static int Distance(int a, int b) => Math.Abs((a / 10) - (b / 10)) + Math.Abs((a % 10) - (b % 10));
}
