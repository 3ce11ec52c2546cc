using System.Globalization;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>Operators made of operators: Combettes and Pesquet (2011), table 10.1.</content>
public static partial class Prox
{
    /// <summary>A multiple w g: prox_{t (w g)} = prox_{(t w) g}.</summary>
    /// <param name="function">g.</param>
    /// <param name="weight">The factor w, positive.</param>
    public static IProximable Scale(IProximable function, double weight) => new ScaledFunction(Require.NotNull(function), Require.Positive(weight, nameof(weight)));

    /// <summary>A function of a scaled and moved argument, g(a x + b): prox_t(x) = (prox_{a^2 t g}(a x + b) - b) / a.</summary>
    /// <param name="function">g.</param>
    /// <param name="factor">The factor a, not 0.</param>
    /// <param name="offset">The offset b, n elements; empty for none.</param>
    /// <exception cref="ArgumentException">The offset has another length than g's points, or an element that isn't finite.</exception>
    public static IProximable Precompose(IProximable function, double factor, ReadOnlySpan<double> offset = default)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (!double.IsFinite(factor) || factor == 0)
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "factor must be finite and not 0.");
        Require.AllFinite(offset, nameof(offset));
        if (!offset.IsEmpty)
            RequireDimension(function, offset.Length, nameof(offset));
        return new PrecomposedFunction(function, factor, new NumberList<double>(offset));
    }

    /// <summary>A sum with a linear and a quadratic term, g(x) + c.x + m/2 |x|^2: prox_t(x) = prox_{t/(1 + t m) g}((x - t c) / (1 + t m)).</summary>
    /// <param name="function">g.</param>
    /// <param name="slope">The vector c, n elements; empty for none.</param>
    /// <param name="curvature">The factor m, at least 0.</param>
    /// <exception cref="ArgumentException">The slope has another length than g's points, or an element that isn't finite.</exception>
    public static IProximable Tilt(IProximable function, ReadOnlySpan<double> slope, double curvature = 0)
    {
        ArgumentNullException.ThrowIfNull(function);
        Require.AllFinite(slope, nameof(slope));
        if (!slope.IsEmpty)
            RequireDimension(function, slope.Length, nameof(slope));
        return new TiltedFunction(function, new NumberList<double>(slope), Require.NonNegative(curvature, nameof(curvature)));
    }

    /// <summary>A sum of functions of consecutive parts of the variables, g_1(x_1) + g_2(x_2) + ...: the operator acts on each part.</summary>
    /// <param name="parts">The functions and the numbers of their variables.</param>
    /// <exception cref="ArgumentException">There is none, or a function has another number of variables.</exception>
    public static IProximable Separable(params ReadOnlySpan<(IProximable Function, int Length)> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("A sum needs at least one part.", nameof(parts));
        foreach ((IProximable function, int length) in parts)
        {
            ArgumentNullException.ThrowIfNull(function, nameof(parts));
            RequireDimension(function, Require.Positive(length, nameof(parts)), nameof(parts));
        }

        return new SeparableFunction([.. parts]);
    }

    private sealed record ScaledFunction(IProximable Function, double Weight) : IProximable
    {
        public int Dimension => Function.Dimension;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Function.Value(x, work);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work) => Function.Apply(x, step * Weight, result, work);
    }

    private sealed record PrecomposedFunction(IProximable Function, double Factor, NumberList<double> Offset) : IProximable
    {
        public int Dimension => Offset.Count > 0 ? Offset.Count : Function.Dimension;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            Span<double> inner = work.Numbers(0, x.Length);
            Move(x, inner);
            return Function.Value(inner, work.Nested(0));
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            Move(x, result);
            Function.Apply(result, Factor * Factor * step, result, work.Nested(0));
            if (Offset.Count > 0)
                Vectors.Subtract(result, Offset.Span, result);
            Vectors.Scale(1 / Factor, result, result);
        }

        private void Move(ReadOnlySpan<double> x, Span<double> moved)
        {
            Vectors.Scale(Factor, x, moved);
            if (Offset.Count > 0)
                Vectors.AddScaled(moved[..x.Length], 1, Offset.Span, moved);
        }
    }

    private sealed record TiltedFunction(IProximable Function, NumberList<double> Slope, double Curvature) : IProximable
    {
        public int Dimension => Slope.Count > 0 ? Slope.Count : Function.Dimension;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) =>
            Function.Value(x, work) + (Slope.Count > 0 ? Reduce.Dot(Slope.Span, x) : 0) + (0.5 * Curvature * Reduce.SumOfSquares(x));

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double shrink = 1 / (1 + (step * Curvature));
            if (Slope.Count > 0)
                Vectors.AddScaled(x, -step, Slope.Span, result);
            else
                x.CopyTo(result);
            Vectors.Scale(shrink, result[..x.Length], result);
            Function.Apply(result, step * shrink, result, work);
        }
    }

    private sealed record SeparableFunction((IProximable Function, int Length)[] Parts) : IProximable
    {
        public int Dimension { get; } = Total(Parts);

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            double sum = 0;
            for (int i = 0, first = 0; i < Parts.Length; first += Parts[i++].Length)
                sum += Parts[i].Function.Value(x.Slice(first, Parts[i].Length), work.Nested(i));
            return sum;
        }

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            for (int i = 0, first = 0; i < Parts.Length; first += Parts[i++].Length)
                Parts[i].Function.Apply(x.Slice(first, Parts[i].Length), step, result.Slice(first, Parts[i].Length), work.Nested(i));
        }

        public bool Equals(SeparableFunction? other) => other is not null && Parts.AsSpan().SequenceEqual(other.Parts);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach ((IProximable function, int length) in Parts)
                hash.Add((function, length));
            return hash.ToHashCode();
        }

        public override string ToString() => "Separable(" + string.Join(", ", Array.ConvertAll(Parts, p => string.Create(CultureInfo.InvariantCulture, $"{p.Function} of {p.Length}"))) + ")";

        private static int Total((IProximable Function, int Length)[] parts)
        {
            int sum = 0;
            foreach ((_, int length) in parts)
                sum = checked(sum + length);
            return sum;
        }
    }
}
