using FsCheck;
using FsCheck.Fluent;

namespace OptiCore.RL.Tests.Planning;

/// <summary>Random small decision processes, and what is known about them by other ways than the library's.</summary>
internal static class Models
{
    /// <summary>Decision processes of 2 to <paramref name="states"/> states and 1 to <paramref name="actions"/> actions with rewards of [-1, 1].</summary>
    public static Arbitrary<TabularModel> Arbitrary(int states = 6, int actions = 3, double termination = 0.2, bool dense = false) =>
        Gen.Choose(2, states).SelectMany(s => Gen.Choose(1, actions).SelectMany(a => Gen.Choose(0, int.MaxValue).Select(seed => Random((ulong)seed, s, a, termination, dense)))).ToArbitrary();

    /// <summary>Every pair has two possible successors, or all states where dense, and an outcome that ends the task with the given probability.</summary>
    public static TabularModel Random(ulong seed, int states, int actions, double termination = 0.2, bool dense = false)
    {
        RandomKey key = RandomKey.FromSeed(seed);
        double[] initial = [.. Enumerable.Repeat(1.0 / states, states)];
        return TabularModel.Create(states, actions, initial, (state, action) =>
        {
            RandomStream stream = key.Fold(state).Fold(action).Stream();
            var outcomes = new List<TabularOutcome>();
            int successors = dense ? states : 2;
            double[] weights = new double[successors];
            foreach (ref double weight in weights.AsSpan())
                weight = 0.05 + stream.NextDouble();
            for (int k = 0; k < successors; k++)
            {
                int next = dense ? k : (int)(stream.NextDouble() * states);
                outcomes.Add(new TabularOutcome((1 - termination) * weights[k] / weights.Sum(), next, (2 * stream.NextDouble()) - 1, false));
            }

            if (termination > 0)
                outcomes.Add(new TabularOutcome(1 - outcomes.Sum(o => o.Probability), state, (2 * stream.NextDouble()) - 1, true));
            else
                outcomes[^1] = outcomes[^1] with { Probability = outcomes[^1].Probability + 1 - outcomes.Sum(o => o.Probability) };
            return [.. outcomes];
        });
    }

    /// <summary>The best values over all deterministic policies, each evaluated by Gaussian elimination.</summary>
    public static double[] BestByEnumeration(TabularModel model, double discount)
    {
        double[] best = [.. Enumerable.Repeat(double.NegativeInfinity, model.States)];
        foreach (int[] policy in Policies(model))
        {
            double[] values = Evaluate(model, policy, discount);
            for (int state = 0; state < best.Length; state++)
                best[state] = Math.Max(best[state], values[state]);
        }

        return best;
    }

    public static IEnumerable<int[]> Policies(TabularModel model)
    {
        int[] policy = new int[model.States];
        while (true)
        {
            yield return policy;
            int state = 0;
            while (state < policy.Length && ++policy[state] == model.Actions)
                policy[state++] = 0;
            if (state == policy.Length)
                yield break;
        }
    }

    /// <summary>Solves V = r + gamma P V by Gaussian elimination.</summary>
    public static double[] Evaluate(TabularModel model, int[] policy, double discount)
    {
        int n = model.States;
        double[,] a = new double[n, n + 1];
        for (int state = 0; state < n; state++)
        {
            a[state, state] += 1;
            foreach (TabularOutcome outcome in model.Outcomes(state, policy[state]))
            {
                a[state, n] += outcome.Probability * outcome.Reward;
                if (!outcome.Terminated)
                    a[state, outcome.NextState] -= discount * outcome.Probability;
            }
        }

        return Eliminate(a);
    }

    /// <summary>Solves a linear system whose last column is the right side, with partial pivoting.</summary>
    public static double[] Eliminate(double[,] a)
    {
        int n = a.GetLength(0);
        for (int column = 0; column < n; column++)
        {
            int pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(a[row, column]));
            for (int k = 0; k <= n; k++)
                (a[column, k], a[pivot, k]) = (a[pivot, k], a[column, k]);
            for (int row = 0; row < n; row++)
            {
                if (row == column)
                    continue;
                double factor = a[row, column] / a[column, column];
                for (int k = column; k <= n; k++)
                    a[row, k] -= factor * a[column, k];
            }
        }

        return [.. Enumerable.Range(0, n).Select(row => a[row, n] / a[row, row])];
    }

    /// <summary>The fixed point of Q = r + gamma P ((1 - epsilon) max Q + epsilon mean Q): the best that can be done while exploring.</summary>
    public static double[] SoftOptimum(TabularModel model, double discount, double epsilon)
    {
        int actions = model.Actions;
        double[] q = new double[model.States * actions];
        for (int sweep = 0; sweep < 5000; sweep++)
        {
            double[] v = [.. Enumerable.Range(0, model.States).Select(s => ((1 - epsilon) * q.AsSpan(s * actions, actions).ToArray().Max()) + (epsilon * q.AsSpan(s * actions, actions).ToArray().Average()))];
            double change = 0;
            for (int pair = 0; pair < q.Length; pair++)
            {
                double value = 0;
                foreach (TabularOutcome outcome in model.Outcomes(pair / actions, pair % actions))
                    value += outcome.Probability * (outcome.Reward + (outcome.Terminated ? 0 : discount * v[outcome.NextState]));
                change = Math.Max(change, Math.Abs(value - q[pair]));
                q[pair] = value;
            }

            if (change < 1e-14)
                break;
        }

        return q;
    }
}
