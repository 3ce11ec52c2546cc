using System.Globalization;

namespace OptiCore.RL.Environments;

/// <summary>What is said about a discrete action outside its space.</summary>
internal static class WrongAction
{
    public static ArgumentException Of(ReadOnlySpan<int> actions, int last)
    {
        int wrong = actions.IndexOfAnyExceptInRange(0, last);
        return new ArgumentException(
            string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be {(last == 1 ? "0 or 1" : string.Create(CultureInfo.InvariantCulture, $"in 0..{last}"))}."),
            nameof(actions));
    }
}
