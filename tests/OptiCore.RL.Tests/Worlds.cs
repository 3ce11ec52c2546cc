using OptiCore.Persistence;
using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests;

/// <summary>Tiny worlds whose answers are known by hand.</summary>
internal static class Worlds
{
    /// <summary>Four states that follow each other at random; the right action in state s is s and earns 1. Ten steps: perfect play earns 10, random play 2.5.</summary>
    public static TabularEnvironment Identity(int count) => new(
        TabularModel.Create(4, 4, [0.25, 0.25, 0.25, 0.25], (state, action) =>
            [.. Enumerable.Range(0, 4).Select(next => new TabularOutcome(0.25, next, action == state ? 1 : 0, false))]),
        count)
    {
        MaxEpisodeSteps = 10,
    };

    /// <summary>One state, one action, a reward of 1 for ever, cut off after five steps. With gamma = 0.9 the value is 10.</summary>
    public static TabularEnvironment Endless(int count) => new(
        TabularModel.Create(1, 1, [1.0], (_, _) => [new TabularOutcome(1, 0, 1, false)]), count)
    {
        MaxEpisodeSteps = 5,
    };

    /// <summary>One state, one action, a reward of 1, and with probability 1/5 the end. With gamma = 0.9 the value is 1 / (1 - 0.9 * 0.8).</summary>
    public static TabularEnvironment Mortal(int count) => new(
        TabularModel.Create(1, 1, [1.0], (_, _) => [new TabularOutcome(0.8, 0, 1, false), new TabularOutcome(0.2, 0, 1, true)]), count);

    /// <summary>
    /// A number of [-1, 1] is shown and to be answered by the same; the reward is 1 minus the distance, at least 0. Ten steps: perfect play earns 10, uniform play 25 / 6.
    /// </summary>
    public static IVectorEnvironment<float, float> Echo(int count) => new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new EchoWorld()), 10);

    /// <summary>One observation, actions without effect, a reward of 1 for ever, cut off after five steps. With gamma = 0.9 the value is 10.</summary>
    public static IVectorEnvironment<float, float> EndlessEcho(int count) =>
        new TimeLimit<float, float>(new EnvironmentArray<float, float>(count, static () => new EchoWorld { IsEndless = true }), 5);

    private sealed class EchoWorld : IEnvironment<float, float>, IPersistent
    {
        private RandomKey _key;
        private long _step;
        private float _shown;

        public bool IsEndless { get; init; }

        public Space<float> ObservationSpace { get; } = new Box(-1, 1, 1);

        public Space<float> ActionSpace { get; } = new Box(-1, 1, 1);

        public void Reset(RandomKey key, Span<float> observation)
        {
            (_key, _step) = (key, 0);
            Show(observation);
        }

        public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            double reward = IsEndless ? 1 : Math.Max(0, 1 - Math.Abs(Math.Clamp(action[0], -1, 1) - _shown));
            Show(observation);
            return new StepOutcome(reward);
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer(ref _key);
            archive.Transfer(ref _step);
            archive.Transfer(ref _shown);
        }

        private void Show(Span<float> observation)
        {
            _shown = IsEndless ? 1 : (float)((2 * _key.Fold(_step).Stream().NextDouble()) - 1);
            _step++;
            observation[0] = _shown;
        }
    }

    /// <summary>A random walk on the line of 21 places from its middle: a step goes to the side of the action with probability 3/4. Either end terminates.</summary>
    public sealed class Walk : IEnvironment<int, int>
    {
        private RandomStream _stream;
        private int _place;

        public Space<int> ObservationSpace { get; } = new Discrete(21);

        public Space<int> ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomKey key, Span<int> observation)
        {
            _stream = key.Stream();
            observation[0] = _place = 10;
        }

        public StepOutcome Step(ReadOnlySpan<int> action, Span<int> observation)
        {
            bool right = action[0] == 1 == _stream.NextDouble() < 0.75;
            observation[0] = _place += right ? 1 : -1;
            return new StepOutcome(-1, _place is 0 or 20);
        }
    }

    /// <summary>
    /// The random walk of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", examples 6.2 and 7.1: from the middle one state to the left or to the right, -1 for falling off on the left and 1 on the right.
    /// One action. The undiscounted value of state i of n is 2 (i + 1) / (n + 1) - 1.
    /// </summary>
    public static TabularModel RandomWalk(int states)
    {
        double[] initial = new double[states];
        initial[states / 2] = 1;
        return TabularModel.Create(states, 1, initial, (state, _) =>
        [
            new TabularOutcome(0.5, Math.Max(state - 1, 0), state == 0 ? -1 : 0, state == 0),
            new TabularOutcome(0.5, Math.Min(state + 1, states - 1), state == states - 1 ? 1 : 0, state == states - 1),
        ]);
    }

    /// <summary>The maze of example 8.1 of the same book: 6 by 9 cells, the goal pays 1 and ends; the shortest way takes 14 steps.</summary>
    public static TabularModel DynaMaze()
    {
        string[] map = [".......#G", "..#....#.", "S.#....#.", "..#......", ".....#...", "........."];
        double[] initial = new double[54];
        initial[18] = 1;
        return TabularModel.Create(54, 4, initial, (state, action) =>
        {
            (int row, int column) = Math.DivRem(state, 9);
            int r = Math.Clamp(row + (action == 0 ? -1 : action == 2 ? 1 : 0), 0, 5), c = Math.Clamp(column + (action == 1 ? 1 : action == 3 ? -1 : 0), 0, 8);
            if (map[r][c] == '#')
                (r, c) = (row, column);
            bool goal = map[r][c] == 'G';
            return [new TabularOutcome(1, (r * 9) + c, goal ? 1 : 0, goal)];
        });
    }

    /// <summary>
    /// A deep sea of n by n cells (I. Osband, B. Van Roy, D. Russo, Z. Wen (2019), "Deep exploration via randomized value functions"): each step goes down, and to the right or to the left; right costs 0.01 / n, and only who goes right all the way
    /// finds 1. Which action is right differs from cell to cell. An episode has n steps.
    /// </summary>
    public static TabularModel DeepSea(int n, ulong seed)
    {
        double[] initial = new double[n * n];
        initial[0] = 1;
        return TabularModel.Create(n * n, 2, initial, (state, action) =>
        {
            (int row, int column) = Math.DivRem(state, n);
            bool right = action == (RandomKey.FromSeed(seed).Fold(state).Stream().NextDouble() < 0.5 ? 0 : 1), last = row == n - 1;
            double reward = (right ? -0.01 / n : 0) + (right && last && column == n - 1 ? 1 : 0);
            int next = right ? Math.Min(column + 1, n - 1) : Math.Max(column - 1, 0);
            return [new TabularOutcome(1, last ? state : ((row + 1) * n) + next, reward, last)];
        });
    }

    /// <summary>
    /// RiverSwim (A. L. Strehl, M. L. Littman (2008), "An analysis of model-based interval estimation for Markov decision processes") of six states, with rewards scaled to [0, 1]: with the current to the left is sure and pays 0.005 at the left end,
    /// against it to the right is not, and pays 1 at the right end.
    /// </summary>
    public static TabularModel RiverSwim()
    {
        const int N = 6;
        double[] initial = new double[N];
        initial[0] = 1;
        return TabularModel.Create(N, 2, initial, (state, action) =>
        {
            if (action == 0)
                return [new TabularOutcome(1, Math.Max(state - 1, 0), state == 0 ? 0.005 : 0, false)];
            return state switch
            {
                0 => [new TabularOutcome(0.4, 0, 0, false), new TabularOutcome(0.6, 1, 0, false)],
                N - 1 => [new TabularOutcome(0.4, N - 2, 1, false), new TabularOutcome(0.6, N - 1, 1, false)],
                _ => [new TabularOutcome(0.05, state - 1, 0, false), new TabularOutcome(0.6, state, 0, false), new TabularOutcome(0.35, state + 1, 0, false)],
            };
        });
    }
}
