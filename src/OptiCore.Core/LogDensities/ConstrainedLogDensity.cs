using System.Buffers;

namespace OptiCore;

/// <summary>
/// A log density of constrained parameters with a gradient by hand: a derived class writes log p(x) and its gradient by x, and this one adds constraints, Jacobians and names.
/// For a density without a class of its own see <see cref="LogDensity"/>.
/// </summary>
/// <remarks>
/// Every call has buffers of its own, on the stack or from a pool, so that the density may be called from several threads at once, without allocating, where the derived class may.
/// Without constraints nothing is copied.
/// </remarks>
public abstract class ConstrainedLogDensity : ILogDensity
{
    private const int OnStack = 256;

    private readonly ParameterSpace? _generated;

    /// <summary>For derived classes.</summary>
    /// <param name="parameters">The parameters, at least one.</param>
    /// <param name="generated">Names and shapes of quantities that <see cref="Generate"/> computes of them, reported after them; null for none.</param>
    /// <exception cref="ArgumentException">There is no parameter, or a name occurs twice.</exception>
    protected ConstrainedLogDensity(ParameterSpace parameters, ParameterSpace? generated = null)
    {
        Parameters = Require.NotNull(parameters);
        Require.Positive(parameters.Dimension, nameof(parameters));
        _generated = generated;
        ParameterNames = [.. parameters.ElementNames, .. generated?.ElementNames ?? []];
        if (new HashSet<string>(ParameterNames, StringComparer.Ordinal).Count != ParameterNames.Count)
            throw new ArgumentException("A generated quantity has the name of a parameter.", nameof(generated));
    }

    /// <summary>The parameters with their constraints.</summary>
    public ParameterSpace Parameters { get; }

    /// <inheritdoc/>
    public int Dimension => Parameters.Dimension;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public int ParameterCount => ParameterNames.Count;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        if (Parameters.IsUnconstrained)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            return Evaluate(x);
        }

        int m = Parameters.ElementCount;
        double[]? rented = m > OnStack ? ArrayPool<double>.Shared.Rent(m) : null;
        Span<double> point = rented is null ? stackalloc double[m] : rented.AsSpan(0, m);
        double value = Parameters.Constrain(x, point);
        value += Evaluate(point);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        if (Parameters.IsUnconstrained)
        {
            Require.Length(x.Length, Dimension, nameof(x));
            Require.Length(gradient.Length, Dimension, nameof(gradient));
            return Evaluate(x, gradient);
        }

        int m = Parameters.ElementCount;
        double[]? rented = m > OnStack ? ArrayPool<double>.Shared.Rent(2 * m) : null;
        Span<double> buffer = rented is null ? stackalloc double[2 * m] : rented.AsSpan(0, 2 * m);
        Span<double> point = buffer[..m], slopes = buffer[m..];
        double value = Parameters.Constrain(x, point);
        value += Evaluate(point, slopes);
        Parameters.Pullback(x, point, slopes, gradient);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        Require.Length(parameters.Length, ParameterNames.Count, nameof(parameters));
        Parameters.Constrain(unconstrained, parameters[..Parameters.ElementCount]);
        if (_generated is not null)
            Generate(parameters[..Parameters.ElementCount], parameters[Parameters.ElementCount..]);
    }

    /// <summary>Computes log p(x), up to a constant, and its gradient by x.</summary>
    /// <param name="x">The constrained parameters, in order.</param>
    /// <param name="gradient">Receives d log p / dx; every element is written.</param>
    protected abstract double Evaluate(ReadOnlySpan<double> x, Span<double> gradient);

    /// <summary>Computes log p(x) alone; unless overridden, with the gradient.</summary>
    /// <param name="x">The constrained parameters, in order.</param>
    protected virtual double Evaluate(ReadOnlySpan<double> x)
    {
        double[]? rented = x.Length > OnStack ? ArrayPool<double>.Shared.Rent(x.Length) : null;
        Span<double> gradient = rented is null ? stackalloc double[x.Length] : rented.AsSpan(0, x.Length);
        double value = Evaluate(x, gradient);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return value;
    }

    /// <summary>Computes the generated quantities; called where some were announced.</summary>
    /// <param name="x">The constrained parameters.</param>
    /// <param name="generated">Receives the quantities; every element is written.</param>
    protected virtual void Generate(ReadOnlySpan<double> x, Span<double> generated) =>
        throw new NotSupportedException($"{GetType().Name} announced generated quantities, but doesn't override {nameof(Generate)}.");
}
