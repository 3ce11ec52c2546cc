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
}
