using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// Losses as expressions. They are per element or per example, as each says, so that they may be weighed; <see cref="Operations.Mean(Variable)"/> makes a number of them. Predictions come
/// first, targets second; arguments broadcast.
/// </summary>
public static partial class Losses
{
    /// <summary>The mean over all elements of (prediction - target)^2, a number.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">The target.</param>
    public static Variable MeanSquaredError(Variable prediction, Variable target) => Mean(Square(prediction - target));

    /// <summary>The mean over all elements of |prediction - target|, a number.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">The target.</param>
    public static Variable MeanAbsoluteError(Variable prediction, Variable target) => Mean(Abs(prediction - target));

    /// <summary>Per element with e = prediction - target: e^2 / 2 for |e| up to delta, delta (|e| - delta / 2) beyond. P. J. Huber (1964), "Robust estimation of a location parameter".</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="target">The target.</param>
    /// <param name="delta">Where the square becomes linear.</param>
    public static Variable Huber(Variable prediction, Variable target, double delta = 1)
    {
        Require.Positive(delta, nameof(delta));
        Variable error = prediction - target, size = Abs(error);
        return Select(size <= delta, 0.5 * Square(error), delta * (size - (0.5 * delta)));
    }

    /// <summary>
    /// The pinball loss per element with e = target - prediction: max(tau e, (tau - 1) e), least in expectation at the tau-quantile. Smoothed: tau e + alpha log(1 + exp(-e / alpha)).
    /// </summary>
    /// <remarks>R. Koenker, G. Bassett (1978), "Regression quantiles"; S. Zheng (2011), "Gradient descent algorithms for quantile regression with smooth approximation".</remarks>
    /// <param name="prediction">The predicted quantiles.</param>
    /// <param name="target">The targets.</param>
    /// <param name="tau">The levels in (0, 1): a number, or a tensor that broadcasts.</param>
    /// <param name="smoothing">The width alpha of the rounded kink; 0 for none.</param>
    public static Variable Quantile(Variable prediction, Variable target, Variable tau, double smoothing = 0)
    {
        Require.NonNegative(smoothing, nameof(smoothing));
        Variable error = target - prediction;
        return smoothing == 0 ? Max(tau * error, (tau - 1) * error) : (tau * error) + (smoothing * Softplus(error * (-1 / smoothing)));
    }

    /// <summary>
    /// The earth mover's pinball loss of histograms, per example: sum_j max(tau e_j, (tau - 1) e_j) with e_j = u_j - U_j, the differences of the cumulative histograms of target and prediction.
    /// At tau = 1/2 it is half the earth mover's distance.
    /// </summary>
    /// <remarks>F. List (2021), "The earth mover's pinball loss: quantiles for histogram-valued regression".</remarks>
    /// <param name="prediction">The predicted histogram, bins along the last axis.</param>
    /// <param name="target">The histogram.</param>
    /// <param name="tau">The level in (0, 1): a number, or a tensor that broadcasts, with a last axis of 1.</param>
    /// <param name="smoothing">The width of the rounded kink, as of <see cref="Quantile"/>; 0 for none.</param>
    public static Variable EarthMoversPinball(Variable prediction, Variable target, Variable tau, double smoothing = 0) =>
        Sum(Quantile(CumulativeSum(prediction), CumulativeSum(target), tau, smoothing), -1);

    /// <summary>The negative logarithm of a normal law's density per element: (log(2 pi) + log variance + (target - mean)^2 / variance) / 2.</summary>
    /// <remarks>D. A. Nix, A. S. Weigend (1994), "Estimating the mean and variance of the target probability distribution".</remarks>
    /// <param name="mean">The predicted mean.</param>
    /// <param name="logVariance">The logarithm of the predicted variance, so that any number is right.</param>
    /// <param name="target">The target.</param>
    public static Variable GaussianNegativeLogLikelihood(Variable mean, Variable logVariance, Variable target) =>
        0.5 * (Math.Log(2 * Math.PI) + logVariance + (Square(target - mean) * Exp(-logVariance)));
}
