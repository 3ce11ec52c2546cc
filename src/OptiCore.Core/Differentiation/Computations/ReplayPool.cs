using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>Replays of one computation, one for each thread that needs one at a time.</summary>
internal sealed class ReplayPool<T>(Computation<T> computation) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Lock _lock = new();
    private readonly Stack<Replay<T>> _free = new();

    public Replay<T> Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Replay<T>? replay))
                return replay;
        }

        return computation.Start();
    }

    public void Return(Replay<T> replay)
    {
        lock (_lock)
            _free.Push(replay);
    }
}
