namespace OptiCore.RL.Environments;

/// <summary>
/// The access-control queue: customers of priorities 1, 2, 4 and 8, equally likely, arrive one at a step and are given one of ten servers (action 1) or turned away (action 0); an accepted one pays its priority. Then every
/// busy server becomes free with probability 0.06. State 4 free + p is that of free servers and a customer of priority 2^p; without a free server everybody is turned away. It goes on for ever.
/// </summary>
/// <remarks>R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", example 10.2. The highest average reward, which asks low priorities to wait when servers are few, is what methods for tasks without an end are measured by.</remarks>
public static class AccessControl
{
    private const int Servers = 10;
    private const int Priorities = 4;
    private const double Release = 0.06;

    /// <summary>The queue, beginning with all servers free.</summary>
    /// <param name="count">The number of environments.</param>
    public static TabularEnvironment Create(int count = 1) => new(Model(), count);

    /// <summary>The decision process.</summary>
    public static TabularModel Model()
    {
        double[] initial = new double[(Servers + 1) * Priorities];
        initial.AsSpan(Servers * Priorities, Priorities).Fill(1.0 / Priorities);
        return TabularModel.Create(initial.Length, 2, initial, static (state, action) =>
        {
            (int free, int priority) = Math.DivRem(state, Priorities);
            bool accepted = action == 1 && free > 0;
            int busy = Servers - free + (accepted ? 1 : 0);
            var outcomes = new TabularOutcome[(busy + 1) * Priorities];

            // Binomial(busy, 0.06) servers become free.
            double probability = Math.Pow(1 - Release, busy);
            for (int released = 0; released <= busy; released++)
            {
                for (int next = 0; next < Priorities; next++)
                    outcomes[(released * Priorities) + next] = new TabularOutcome(probability / Priorities, ((Servers - busy + released) * Priorities) + next, accepted ? 1 << priority : 0, false);
                probability *= (busy - released) / (released + 1.0) * (Release / (1 - Release));
            }

            return outcomes;
        });
    }
}
