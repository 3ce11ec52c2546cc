using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The compiled body of an operation, within the kernel that runs it.</summary>
internal sealed class Nested<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _keys;

    public Nested(Body body, KernelSite site)
    {
        Plan = new Plan<T>(body.Arguments, body.Results);
        _keys = Plan.Keys.ConvertAll(site.KeyIndex).ToArray();
    }

    public Plan<T> Plan { get; }

    /// <summary>The body's memory within a replay.</summary>
    public Replay<T> Start(Frame<T> frame) => new(Plan, frame.Workers, ownsInputs: false);

    /// <summary>Hands the replay's keys on to the body's.</summary>
    public void PassKeys(Frame<T> from, Frame<T> to)
    {
        for (int i = 0; i < _keys.Length; i++)
            to.Keys[i] = from.Keys[_keys[i]];
    }
}
