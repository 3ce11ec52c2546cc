using OptiCore.LinearAlgebra;

namespace OptiCore.RL;

/// <summary>How a multi-step method goes on along the actions of a behaviour mu when it learns about a greedy policy pi.</summary>
public enum MultiStepTrace
{
    /// <summary>Goes on with lambda whatever is done, and bootstraps from mu's actions there: Peng's Q(lambda), whose fixed point is the value of lambda mu + (1 - lambda) pi.</summary>
    Peng,

    /// <summary>Goes on with lambda whatever is done, but bootstraps from pi (A. Harutyunyan, M. G. Bellemare, T. Stepleton, R. Munos (2016), "Q(lambda) with off-policy corrections"): converges for mu close to pi only.</summary>
    Uncorrected,

    /// <summary>
    /// Goes on with lambda while actions are greedy: Watkins's Q(lambda), tree backup and Retrace (R. Munos, T. Stepleton, A. Harutyunyan, M. G. Bellemare (2016), "Safe and efficient off-policy reinforcement learning"),
    /// which are the same for a deterministic pi. Converges to the optimum from every behaviour.
    /// </summary>
    Cut,
}

/// <summary>
/// Solves a known finite Markov decision process as multi-step off-policy learning does in expectation: with pi greedy for Q and mu the behaviour, Q &lt;- Q + (I - gamma P^{c mu})^-1 (r + gamma P^nu Q - Q), where
/// P^{c mu} goes on to a' with probability mu(a' | s') c(a', s') and nu is the policy that is bootstrapped from. After each iteration the behaviour follows the greedy policy by mu &lt;- (1 - a) mu + a pi.
/// </summary>
/// <remarks>
/// <para>T. Kozuno, Y. Tang, M. Rowland, R. Munos, S. Kapturowski, W. Dabney, M. Valko, D. Abel (2021), "Revisiting Peng's Q(lambda) for modern reinforcement learning". It answers what a trace does before anything is sampled: a
/// fixed behaviour makes Peng's method settle beside Q*, at the value of the best mixture lambda mu + (1 - lambda) pi, one that follows slowly makes it reach Q*: roughly in fewer
/// iterations than the methods that cut traces, the last digits in more, because it waits for the behaviour. To solve a model, <see cref="PolicyIteration"/> is cheaper: an iteration here costs O((states actions)^3) operations and (states actions)^2 numbers of memory.</para>
/// <para>The greedy policy takes the smallest action number among equals.</para>
/// </remarks>
[Algorithm("Multi-step off-policy iteration", "Planning", "T. Kozuno, Y. Tang, M. Rowland, R. Munos, S. Kapturowski, W. Dabney, M. Valko, D. Abel (2021), Revisiting Peng's Q(lambda) for modern reinforcement learning", Capabilities = "Peng, uncorrected, or cut as by Watkins, tree backup and Retrace")]
public sealed record MultiStepIteration
{
    /// <summary>The discount gamma of [0, 1). Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The decay lambda of [0, 1]. Default: 0.9.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 0.9;

    /// <summary>How the method goes on along the behaviour's actions. Default: <see cref="MultiStepTrace.Peng"/>.</summary>
    public MultiStepTrace Trace { get; init => field = Require.Defined(value); }

    /// <summary>The part a of [0, 1] by which the behaviour follows the greedy policy in each iteration; 0 keeps it. Default: 0.1.</summary>
    public double Tracking { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>The largest change of an iteration that counts as converged. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of iterations. Default: 10,000.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Iterates from Q = 0.</summary>
    /// <param name="model">The model.</param>
    /// <param name="behaviour">mu(a | s), row-major by state: what is played at first.</param>
    /// <param name="cancellationToken">Ends the iteration with the values so far; never throws.</param>
    /// <exception cref="ArgumentException">The table has another size, or a row isn't a distribution within 1e-9.</exception>
    public MultiStepSolution Solve(TabularModel model, ReadOnlySpan<double> behaviour, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        int states = model.States, actions = model.Actions;
        Require.Length(behaviour.Length, states * actions, nameof(behaviour));
        for (int state = 0; state < states; state++)
        {
            double sum = 0;
            foreach (double p in behaviour.Slice(state * actions, actions))
                sum += p >= 0 ? p : double.NaN;
            if (!(Math.Abs(sum - 1) <= 1e-9))
                throw new ArgumentException($"The behaviour's probabilities of state {state} must be at least 0 and add up to 1.", nameof(behaviour));
        }

        int n = states * actions;
        double[] q = new double[n], mu = behaviour.ToArray(), matrix = new double[n * n], residual = new double[n], change = new double[n];
        int[] greedy = new int[states], permutation = new int[n];
        double largest = double.PositiveInfinity;
        int iteration = 0;
        while (iteration < MaxIterations && (iteration == 0 || (largest > Tolerance && double.IsFinite(largest))) && !cancellationToken.IsCancellationRequested)
        {
            for (int state = 0; state < states; state++)
                greedy[state] = Tabular.Greedy(q.AsSpan(state * actions, actions), 0);
            Fill(model, q, mu, greedy, matrix, residual);
            Lu.TryFactor<double>(matrix, n, n, permutation);
            Lu.Solve<double>(matrix, n, n, permutation, residual, change);
            largest = 0;
            for (int pair = 0; pair < n; pair++)
            {
                q[pair] += change[pair];
                largest = Math.Max(largest, Math.Abs(change[pair]));
            }

            for (int pair = 0; pair < n; pair++)
            {
                int best = Tabular.Greedy(q.AsSpan(pair / actions * actions, actions), 0);
                mu[pair] += Tracking * ((best == pair % actions ? 1 : 0) - mu[pair]);
            }

            iteration++;
        }

        return new MultiStepSolution
        {
            Converged = largest <= Tolerance,
            Iterations = iteration,
            LastChange = largest,
            ActionValues = q,
            Behaviour = mu,
            Policy = new TabularPolicy(q, actions),
        };
    }

    /// <summary>The matrix I - gamma P^{c mu} and the residual r + gamma P^nu Q - Q.</summary>
    private void Fill(TabularModel model, double[] q, double[] mu, int[] greedy, double[] matrix, double[] residual)
    {
        int n = q.Length, actions = model.Actions;
        Array.Clear(matrix);
        for (int pair = 0; pair < n; pair++)
        {
            matrix[(pair * n) + pair] = 1;
            double target = 0;
            foreach (ref readonly TabularOutcome outcome in model.Outcomes(pair / actions, pair % actions))
            {
                target += outcome.Probability * outcome.Reward;
                if (outcome.Terminated)
                    continue;
                for (int action = 0; action < actions; action++)
                {
                    int next = (outcome.NextState * actions) + action;
                    double pi = greedy[outcome.NextState] == action ? 1 : 0;
                    double bootstrap = Trace == MultiStepTrace.Peng ? (Lambda * mu[next]) + ((1 - Lambda) * pi) : pi;
                    double goesOn = Lambda * (Trace switch
                    {
                        MultiStepTrace.Cut => mu[next] * pi,
                        _ => mu[next],
                    });
                    target += Discount * outcome.Probability * bootstrap * q[next];
                    matrix[(pair * n) + next] -= Discount * outcome.Probability * goesOn;
                }
            }

            residual[pair] = target - q[pair];
        }
    }
}

/// <summary>Where multi-step off-policy iteration came to rest.</summary>
public sealed record MultiStepSolution
{
    /// <summary>Whether the tolerance was reached.</summary>
    public required bool Converged { get; init; }

    /// <summary>The number of iterations.</summary>
    public required int Iterations { get; init; }

    /// <summary>The largest change of a value in the last iteration.</summary>
    public required double LastChange { get; init; }

    /// <summary>Q(s, a), row-major by state.</summary>
    public required double[] ActionValues { get; init; }

    /// <summary>The behaviour after the last iteration, row-major by state.</summary>
    public required double[] Behaviour { get; init; }

    /// <summary>The policy that is greedy with respect to <see cref="ActionValues"/>.</summary>
    public required TabularPolicy Policy { get; init; }
}
