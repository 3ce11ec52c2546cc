using System.Globalization;
using System.Runtime.InteropServices;

namespace OptiCore.RL;

/// <summary>What the protocol asks of actions.</summary>
internal static class ActionCheck
{
    /// <summary>Continuous actions may lie outside their bounds, as exploration noise does, and the environment clips them; everything else must be a value of the space.</summary>
    public static void Check<TAction>(Space<TAction> space, ReadOnlySpan<TAction> actions) where TAction : unmanaged
    {
        if ((object)space is Box)
        {
            Require.AllFinite<float>(MemoryMarshal.Cast<TAction, float>(actions), nameof(actions));
            return;
        }

        int length = space.Length;
        for (int i = 0; i * length < actions.Length; i++)
        {
            if (!space.Contains(actions.Slice(i * length, length)))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {i} is outside {space}."), nameof(actions));
        }
    }
}
