using System.Buffers;
using System.Numerics.Tensors;
using OptiCore.Distributions;

namespace OptiCore.Samplers;

/// <summary>
/// A target between a reference that can be drawn from and a law of interest: densities p_0(x) L(x)^lambda for lambda from 0 to 1. Mostly p_0 is a prior and L a likelihood; the ratio of normalising constants then is the evidence.
/// </summary>
/// <remarks>In the terms of <see cref="ITemperableFunction{T}"/>, r = log p_0, normalised if the evidence is to be, and l = log L. With more than one worker the methods are called from several threads at once. A value of NaN counts as negative infinity.</remarks>
public interface ITemperedTarget : ITemperableFunction<double>
{
    /// <summary>Draws a point of the reference p_0.</summary>
    /// <param name="key">The point's randomness, all of it.</param>
    /// <param name="x">Receives n elements.</param>
    void DrawReference(RandomKey key, Span<double> x);
}

/// <summary>A tempered target with gradients, for Hamiltonian moves.</summary>
public interface IDifferentiableTemperedTarget : ITemperedTarget, IDifferentiableTemperableFunction<double>;

/// <summary>Makes tempered targets of a prior and a log likelihood.</summary>
public static class TemperedTarget
{
    /// <summary>A target with gradients.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="logLikelihood">The log likelihood with its gradient.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static IDifferentiableTemperedTarget From(IDifferentiableMultivariateDistribution prior, IDifferentiableFunction<double> logLikelihood) => new Differentiable(Require.NotNull(prior), Require.NotNull(logLikelihood));

    /// <summary>A target without gradients.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="logLikelihood">The log likelihood.</param>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static ITemperedTarget BlackBox(IMultivariateDistribution prior, IFunction<double> logLikelihood) => new Plain(Require.NotNull(prior), Require.NotNull(logLikelihood));

    private class Plain : ITemperedTarget
    {
        private readonly IMultivariateDistribution _prior;
        private readonly IFunction<double> _likelihood;

        public Plain(IMultivariateDistribution prior, IFunction<double> likelihood)
        {
            if (likelihood.Dimension != 0)
                Require.Length(likelihood.Dimension, prior.Dimension, "logLikelihood");
            (_prior, _likelihood) = (prior, likelihood);
        }

        public int Dimension => _prior.Dimension;

        public void DrawReference(RandomKey key, Span<double> x) => _prior.Fill(key, x);

        public double Value(ReadOnlySpan<double> x) => Parts(x, out double likelihood) + likelihood;

        public double Parts(ReadOnlySpan<double> x, out double likelihood)
        {
            // Outside of the prior's support the likelihood isn't asked: it may not be defined there.
            double reference = _prior.LogDensity(x);
            likelihood = double.IsFinite(reference) ? _likelihood.Value(x) : 0;
            return reference;
        }
    }

    private sealed class Differentiable(IDifferentiableMultivariateDistribution prior, IDifferentiableFunction<double> factor) : Plain(prior, factor), IDifferentiableTemperedTarget
    {
        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double[] buffer = ArrayPool<double>.Shared.Rent(x.Length);
            Span<double> other = buffer.AsSpan(0, x.Length);
            double value = PartsAndGradients(x, out double ofLikelihood, gradient, other) + ofLikelihood;
            TensorPrimitives.Add(gradient, other, gradient);
            ArrayPool<double>.Shared.Return(buffer);
            return value;
        }

        public double PartsAndGradients(ReadOnlySpan<double> x, out double likelihood, Span<double> referenceGradient, Span<double> likelihoodGradient)
        {
            double reference = prior.LogDensity(x);
            if (!double.IsFinite(reference))
            {
                likelihood = 0;
                referenceGradient.Clear();
                likelihoodGradient.Clear();
                return reference;
            }

            prior.LogDensityGradient(x, referenceGradient);
            likelihood = factor.ValueAndGradient(x, likelihoodGradient);
            return reference;
        }
    }
}
