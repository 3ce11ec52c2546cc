using OptiCore.Dynamics;

namespace OptiCore.Problems;

/// <summary>
/// Integrations of one equation with its variational equations, from one point of parameters after another: what a posterior over an equation's solutions evaluates. Each thread takes an
/// integration of its own, and gives it back.
/// </summary>
/// <typeparam name="TSystem">The equation together with its parameters.</typeparam>
/// <param name="make">Makes the equation; called once for each thread that needs one at a time.</param>
/// <param name="method">The method with its tolerances.</param>
/// <param name="times">The times of observations, increasing, after the start.</param>
internal sealed class ObservedOde<TSystem>(Func<TSystem> make, OdeMethod method, double[] times) where TSystem : class, IOdeSystem
{
    private const int StepLimit = 100_000;

    private readonly Lock _lock = new();
    private readonly Stack<Run> _free = new();

    /// <summary>The number of times.</summary>
    public int Count => times.Length;

    /// <summary>Takes an integration.</summary>
    public Run Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Run? run))
                return run;
        }

        return new Run(make(), method, times);
    }

    /// <summary>Gives it back.</summary>
    public void Return(Run run)
    {
        lock (_lock)
            _free.Push(run);
    }

    /// <summary>One integration.</summary>
    internal sealed class Run
    {
        private readonly OdeState _state;
        private readonly double[] _times;
        private readonly double[] _observed;

        public Run(TSystem system, OdeMethod method, double[] times)
        {
            System = system;
            _times = times;
            Start = new double[system.Dimension];
            _observed = new double[times.Length * system.Dimension];

            // The state counts its steps over its whole life; the limit for one solution is below.
            _state = (method with { MaxSteps = long.MaxValue }).Start(system, 0, Start, times[^1]);
        }

        /// <summary>The equation, whose parameters the caller sets.</summary>
        public TSystem System { get; }

        /// <summary>The point at the start, which the caller sets.</summary>
        public double[] Start { get; }

        /// <summary>Integrates.</summary>
        /// <param name="from">The time of the start.</param>
        /// <returns>False if the solution doesn't reach the last time.</returns>
        public bool TrySolve(double from)
        {
            foreach (double value in Start)
            {
                if (!double.IsFinite(value))
                    return false;
            }

            _state.Restart(from, Start);
            _state.ContinueTo(_times[^1]);
            int next = 0;
            for (int step = 0; step < StepLimit && next < _times.Length && _state.Step(); step++)
            {
                for (; next < _times.Length && _times[next] <= _state.Time; next++)
                    _state.Interpolate(_times[next], _observed.AsSpan(next * Start.Length, Start.Length));
            }

            return next == _times.Length;
        }

        /// <summary>The solution at a time.</summary>
        public ReadOnlySpan<double> At(int time) => _observed.AsSpan(time * Start.Length, Start.Length);
    }
}
