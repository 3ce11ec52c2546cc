using System.Buffers;
using System.Globalization;

namespace OptiCore;

public static partial class Function
{
    /// <summary>A log density in two parts, without gradients: <c>Function.Temperable(logPrior, logLikelihood)</c>.</summary>
    /// <param name="reference">The reference r, a log density of finite integral.</param>
    /// <param name="likelihood">The rest l, of the same number of variables.</param>
    /// <exception cref="ArgumentException">The numbers of variables differ, or aren't given.</exception>
    public static ITemperableFunction<double> Temperable(IFunction<double> reference, IFunction<double> likelihood) => new TemperableFunction(reference, likelihood);

    /// <summary>A log density in two parts, with gradients: <c>Function.Temperable(logPrior, logLikelihood)</c>.</summary>
    /// <param name="reference">The reference r, a log density of finite integral.</param>
    /// <param name="likelihood">The rest l, of the same number of variables.</param>
    /// <exception cref="ArgumentException">The numbers of variables differ, or aren't given.</exception>
    public static IDifferentiableTemperableFunction<double> Temperable(IDifferentiableFunction<double> reference, IDifferentiableFunction<double> likelihood) =>
        new DifferentiableTemperableFunction(reference, likelihood);

    private class TemperableFunction : ITemperableFunction<double>
    {
        private readonly IFunction<double> _reference;
        private readonly IFunction<double> _likelihood;

        public TemperableFunction(IFunction<double> reference, IFunction<double> likelihood)
        {
            _reference = Require.NotNull(reference);
            _likelihood = Require.NotNull(likelihood);
            if (reference.Dimension < 1 || reference.Dimension != likelihood.Dimension)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The reference has {reference.Dimension} variables and the likelihood {likelihood.Dimension}; both must have the same number, at least 1."), nameof(likelihood));
        }

        public int Dimension => _reference.Dimension;

        public double Value(ReadOnlySpan<double> x) => Parts(x, out double likelihood) + likelihood;

        public double Parts(ReadOnlySpan<double> x, out double likelihood)
        {
            likelihood = _likelihood.Value(x);
            return _reference.Value(x);
        }
    }

    private sealed class DifferentiableTemperableFunction(IDifferentiableFunction<double> reference, IDifferentiableFunction<double> likelihood)
        : TemperableFunction(reference, likelihood), IDifferentiableTemperableFunction<double>
    {
        private readonly IDifferentiableFunction<double> _reference = reference;
        private readonly IDifferentiableFunction<double> _likelihood = likelihood;

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double[] buffer = ArrayPool<double>.Shared.Rent(x.Length);
            Span<double> other = buffer.AsSpan(0, x.Length);
            double value = PartsAndGradients(x, out double likelihood, gradient, other) + likelihood;
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += other[i];
            ArrayPool<double>.Shared.Return(buffer);
            return value;
        }

        public double PartsAndGradients(ReadOnlySpan<double> x, out double likelihood, Span<double> referenceGradient, Span<double> likelihoodGradient)
        {
            likelihood = _likelihood.ValueAndGradient(x, likelihoodGradient);
            return _reference.ValueAndGradient(x, referenceGradient);
        }
    }
}
