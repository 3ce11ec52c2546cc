namespace OptiCore.Tour;

/// <summary>Reports on the thread that reports, so that a progress bar never lags behind its run.</summary>
internal sealed class Immediate<T>(Action<T> handle) : IProgress<T>
{
    public void Report(T value) => handle(value);
}
