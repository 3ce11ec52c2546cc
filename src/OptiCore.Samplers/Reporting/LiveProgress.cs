using System.Globalization;
using System.Text;

namespace OptiCore.Samplers;

/// <summary>
/// Progress as text, one line a chain: a bar, transitions, whether it warms up or samples, the step size and divergences.
/// <code>Sample.Run(density, new SamplingOptions { Progress = new LiveProgress(Console.Out) });</code>
/// </summary>
/// <remarks>
/// On a terminal the lines are redrawn in place (ANSI control sequences); where the output is redirected, a line is written when a chain begins to sample and when it ends.
/// </remarks>
/// <param name="writer">Receives the text.</param>
/// <param name="redraw">Whether lines are redrawn in place. Default: when the console's output isn't redirected.</param>
public sealed class LiveProgress(TextWriter writer, bool? redraw = null) : IProgress<SamplingProgress>
{
    private const int BarWidth = 24;

    private readonly TextWriter _writer = Require.NotNull(writer);
    private readonly bool _redraw = redraw ?? !Console.IsOutputRedirected;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, SamplingProgress> _chains = [];
    private int _drawn;

    /// <inheritdoc/>
    public void Report(SamplingProgress value)
    {
        lock (_lock)
        {
            bool known = _chains.TryGetValue(value.Chain, out SamplingProgress before);
            _chains[value.Chain] = value;
            if (_redraw)
                Redraw();
            else if (value.Iteration == value.Iterations || (known && before.IsWarmUp && !value.IsWarmUp))
                _writer.WriteLine(Line(value));
        }
    }

    private void Redraw()
    {
        var text = new StringBuilder();
        if (_drawn > 0)
            text.Append(CultureInfo.InvariantCulture, $"\e[{_drawn}A");
        foreach (SamplingProgress chain in _chains.Values)
            text.Append("\e[2K").Append(Line(chain)).Append('\n');
        _drawn = _chains.Count;
        _writer.Write(text);
        _writer.Flush();
    }

    private static string Line(in SamplingProgress p)
    {
        int full = (int)((long)BarWidth * p.Iteration / Math.Max(1, p.Iterations));
        string name = p.Chains == 1 ? string.Create(CultureInfo.InvariantCulture, $"chain {p.Chain + 1,2}") : string.Create(CultureInfo.InvariantCulture, $"{p.Chains} chains");
        string step = double.IsNaN(p.StepSize) ? "" : string.Create(CultureInfo.InvariantCulture, $", step {p.StepSize:g3}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} {new string('#', full)}{new string('.', BarWidth - full)} {p.Iteration,6} / {p.Iterations} {(p.IsWarmUp ? "warm-up " : "sampling")}{step}, {p.Divergences} divergent");
    }
}
