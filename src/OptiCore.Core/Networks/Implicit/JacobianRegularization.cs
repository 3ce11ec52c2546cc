using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Networks;

/// <summary>
/// The mean square of the elements of eps' J, eps standard normal: the unbiased estimate of |J|_F^2 / n that keeps the Jacobian of an iteration z = f(z), and with it the iteration, contractive.
/// </summary>
/// <remarks>
/// S. Bai, V. Koltun, J. Z. Kolter (2021), "Stabilizing equilibrium models by Jacobian regularization"; M. F. Hutchinson (1989), "A stochastic estimator of the trace of the influence matrix".
/// The Frobenius norm bounds the spectral radius. One vector-Jacobian product for each sample; the gradient goes through that product a second time.
/// </remarks>
public static class JacobianRegularization
{
    /// <summary>The estimate of |df/dz|_F^2 / n, where n is the number of elements of z: for states side by side, the mean of their own.</summary>
    /// <param name="map">Computes f(z), of the shape of z.</param>
    /// <param name="z">Where. It is held: derivatives of the estimate are those by what the map uses.</param>
    /// <param name="key">The key of eps, and of the choice whether to compute.</param>
    /// <param name="samples">The number of vectors eps.</param>
    /// <param name="probability">The probability with which it is computed; otherwise it is 0. It isn't divided by, so that the mean is that part of the norm.</param>
    public static Variable Estimate(Func<Variable, Variable> map, Variable z, KeyVariable key, int samples = 1, double probability = 1)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(key);
        Require.Positive(samples, nameof(samples));
        if (Require.InClosed(probability, 0, 1, nameof(probability)) == 1)
            return Mean(map, z, key, samples);

        // A loop of one step or none: what isn't chosen isn't computed either.
        Variable isChosen = RandomBernoulli(key.Derive(ulong.MaxValue), probability, []);
        (Variable[] carry, _) = While(c => c[1], _ => [Mean(map, z, key, samples), 0], [0, isChosen], 1);
        return carry[0];
    }

    private static Variable Mean(Func<Variable, Variable> map, Variable z, KeyVariable key, int samples)
    {
        Variable held = StopGradient(z), image = map(held), total = 0;
        for (int i = 0; i < samples; i++)
            total += Sum(Square(Derivative.VectorJacobian(image, held, RandomNormal(key.Derive((ulong)i), image.Shape))));
        return total * (1.0 / samples / z.Shape.ElementCount);
    }
}
