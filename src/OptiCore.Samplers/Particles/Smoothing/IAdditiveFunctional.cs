namespace OptiCore.Samplers;

/// <summary>
/// An additive functional of a path, h(x_0, ..., x_T) = h_0(x_0) + sum_t h_t(x_{t-1}, x_t), with m values: sufficient statistics, moments, scores. What PaRIS and Parisian particle Gibbs estimate the expectation of, given all observations.
/// </summary>
public interface IAdditiveFunctional
{
    /// <summary>The number m of values.</summary>
    int ValueCount { get; }

    /// <summary>Writes h_0(x_0).</summary>
    /// <param name="states">The states x_0.</param>
    /// <param name="values">Receives m numbers a particle; the coordinates are the values.</param>
    void Start(ReadOnlyParticleBlock states, ParticleBlock values);

    /// <summary>Writes h_t(x_{t-1}, x_t).</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="previous">The states x_{t-1}.</param>
    /// <param name="states">As many states x_t.</param>
    /// <param name="values">Receives m numbers a pair.</param>
    void Increment(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock states, ParticleBlock values);
}

/// <summary>Computes m values of a pair of states; at t = 0 both are x_0.</summary>
/// <param name="step">The step t.</param>
/// <param name="previous">The state x_{t-1}.</param>
/// <param name="state">The state x_t.</param>
/// <param name="values">Receives m numbers.</param>
public delegate void AdditiveDelegate(int step, ReadOnlySpan<double> previous, ReadOnlySpan<double> state, Span<double> values);

/// <summary>Makes additive functionals.</summary>
public static class AdditiveFunctional
{
    /// <summary>A functional by a formula for single pairs.</summary>
    /// <param name="values">The number m of values.</param>
    /// <param name="formula">Computes them.</param>
    public static IAdditiveFunctional From(int values, AdditiveDelegate formula) => new ByDelegate(Require.Positive(values, nameof(values)), Require.NotNull(formula));

    private sealed class ByDelegate(int values, AdditiveDelegate formula) : IAdditiveFunctional
    {
        public int ValueCount => values;

        public void Start(ReadOnlyParticleBlock states, ParticleBlock results) => Increment(0, states, states, results);

        public void Increment(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock states, ParticleBlock results)
        {
            int n = states.Dimension;
            double[] rented = System.Buffers.ArrayPool<double>.Shared.Rent((2 * n) + values);
            Span<double> x = rented.AsSpan(0, n), next = rented.AsSpan(n, n), result = rented.AsSpan(2 * n, values);
            for (int i = 0; i < states.Count; i++)
            {
                previous.Read(i, x);
                states.Read(i, next);
                formula(step, x, next, result);
                results.Write(i, result);
            }

            System.Buffers.ArrayPool<double>.Shared.Return(rented);
        }
    }
}
