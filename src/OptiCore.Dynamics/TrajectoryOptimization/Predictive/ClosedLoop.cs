namespace OptiCore.Dynamics;

/// <summary>What a controlled system did.</summary>
/// <param name="StateCount">The number n of state variables.</param>
/// <param name="ControlCount">The number m of controls.</param>
/// <param name="States">The states, (N + 1) x n.</param>
/// <param name="Controls">The controls, N x m.</param>
/// <param name="Steps">The number N of steps that were done; fewer than asked for where a state or a control wasn't finite.</param>
public sealed record ClosedLoopRun(int StateCount, int ControlCount, double[] States, double[] Controls, int Steps)
{
    /// <summary>A state.</summary>
    /// <param name="k">Its number, from 0 to <see cref="Steps"/>.</param>
    public ReadOnlySpan<double> State(int k) => States.AsSpan(k * StateCount, StateCount);

    /// <summary>A control.</summary>
    /// <param name="k">Its number, from 0 to <see cref="Steps"/> - 1.</param>
    public ReadOnlySpan<double> Control(int k) => Controls.AsSpan(k * ControlCount, ControlCount);

    /// <summary>The cost of what was done, without one for the end.</summary>
    /// <param name="cost">The cost of steps.</param>
    public double Cost(ITrajectoryCost cost)
    {
        ArgumentNullException.ThrowIfNull(cost);
        double sum = 0;
        for (int k = 0; k < Steps; k++)
            sum += cost.Stage(k, State(k), Control(k));
        return sum;
    }
}

/// <summary>Simulates systems under control laws.</summary>
public static class ClosedLoop
{
    /// <summary>Runs a system of discrete time with a law: x(k+1) = f(k, x(k), c(k, x(k))) + w(k).</summary>
    /// <param name="system">The system, which needn't be the model that the law was made for.</param>
    /// <param name="law">The law; its time is the number of the step.</param>
    /// <param name="start">The first state, n elements.</param>
    /// <param name="steps">The number N of steps.</param>
    /// <param name="disturbances">The disturbances w, N x n; empty for none.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or the start isn't finite.</exception>
    public static ClosedLoopRun Simulate(IDiscreteSystem system, ControlLaw law, ReadOnlySpan<double> start, int steps, ReadOnlySpan<double> disturbances = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(law);
        Require.Positive(steps, nameof(steps));
        int n = system.StateCount, m = system.ControlCount;
        Require.Length(start.Length, n, nameof(start));
        Require.AllFinite(start, nameof(start));
        if (!disturbances.IsEmpty)
            Require.Length(disturbances.Length, steps * n, nameof(disturbances));
        double[] states = new double[(steps + 1) * n], controls = new double[steps * m];
        start.CopyTo(states);
        int done = 0;
        for (; done < steps; done++)
        {
            ReadOnlySpan<double> x = states.AsSpan(done * n, n);
            Span<double> u = controls.AsSpan(done * m, m), next = states.AsSpan((done + 1) * n, n);
            law(done, x, u);
            if (!Matrices.AllFinite(u))
                break;
            system.Next(done, x, u, next);
            for (int i = 0; i < n && !disturbances.IsEmpty; i++)
                next[i] += disturbances[(done * n) + i];
            if (!Matrices.AllFinite(next))
                break;
        }

        return new ClosedLoopRun(n, m, states[..((done + 1) * n)], controls[..(done * m)], done);
    }
}
