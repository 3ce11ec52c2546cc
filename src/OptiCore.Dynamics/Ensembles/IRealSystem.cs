using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// A right-hand side y' = f(t, y, p) that is written once for one problem and for eight side by side:
/// <code>
/// readonly struct Lorenz : IRealSystem
/// {
///     public int Dimension => 3;
///     public int ParameterCount => 1;
///
///     public void Derivative&lt;T&gt;(T t, ReadOnlySpan&lt;T&gt; y, ReadOnlySpan&lt;T&gt; p, Span&lt;T&gt; dy) where T : struct, IReal&lt;T&gt;
///     {
///         dy[0] = 10 * (y[1] - y[0]);
///         dy[1] = (y[0] * (p[0] - y[2])) - y[1];
///         dy[2] = (y[0] * y[1]) - (8.0 / 3 * y[2]);
///     }
/// }
/// </code>
/// </summary>
/// <remarks>What <see cref="IOdeSystem"/> says of components that aren't finite and of exceptions holds here too.</remarks>
public interface IRealSystem
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>The number of parameters; 0 where there are none.</summary>
    int ParameterCount { get; }

    /// <summary>Writes f(t, y, p).</summary>
    /// <typeparam name="T">One number, or several side by side.</typeparam>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="p">The parameters.</param>
    /// <param name="dy">Receives dy/dt, n elements; every one is written.</param>
    void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
        where T : struct, IReal<T>;
}

/// <summary>Makes ordinary systems of those over real numbers.</summary>
public static class RealSystem
{
    /// <summary>The system with its parameters.</summary>
    /// <typeparam name="TSystem">The system.</typeparam>
    /// <param name="system">The system.</param>
    /// <param name="parameters">Its parameters, copied; empty where it has none.</param>
    /// <exception cref="ArgumentException">The number of parameters isn't the system's.</exception>
    public static IOdeSystem With<TSystem>(this TSystem system, params ReadOnlySpan<double> parameters)
        where TSystem : struct, IRealSystem
    {
        Require.Length(parameters.Length, system.ParameterCount, nameof(parameters));
        return new RealSystemAdapter<TSystem>(system, parameters.ToArray());
    }
}

/// <summary>A system over real numbers as an ordinary one, with its parameters.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
/// <param name="system">The system.</param>
/// <param name="parameters">Its parameters.</param>
internal sealed class RealSystemAdapter<TSystem>(TSystem system, double[] parameters) : IOdeSystem
    where TSystem : struct, IRealSystem
{
    public int Dimension => system.Dimension;

    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) =>
        system.Derivative(new Real(t), Real.Of(y), Real.Of(parameters.AsSpan()), Real.Of(dy));
}
