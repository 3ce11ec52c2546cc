using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Replays of a program that wait for the next call; more are started when all are in use.</summary>
internal sealed class ReplayShelf(Computation<double> program)
{
    private readonly Replay<double>?[] _waiting = new Replay<double>?[Environment.ProcessorCount];

    /// <summary>Runs the program for a scalar and vectors on a borrowed memory, which <see cref="Return"/> gives back.</summary>
    public Replay<double> Run(double scalar, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v)
    {
        Replay<double> replay = Take();
        replay.Input(0)[0] = scalar;
        y.CopyTo(replay.Input(1));
        p.CopyTo(replay.Input(2));
        if (!v.IsEmpty)
            v.CopyTo(replay.Input(3));
        replay.Run();
        return replay;
    }

    public void Return(Replay<double> replay)
    {
        for (int i = 0; i < _waiting.Length; i++)
        {
            if (_waiting[i] is null && Interlocked.CompareExchange(ref _waiting[i], replay, null) is null)
                return;
        }
    }

    private Replay<double> Take()
    {
        for (int i = 0; i < _waiting.Length; i++)
        {
            if (_waiting[i] is not null && Interlocked.Exchange(ref _waiting[i], null) is { } replay)
                return replay;
        }

        return program.Start();
    }
}
