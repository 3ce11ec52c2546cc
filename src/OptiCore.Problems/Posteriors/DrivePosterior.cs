using System.Buffers;
using OptiCore.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// The hidden Markov model hmm_drive_0 of a basketball player's drives: two states with transition rows theta1 and theta2, and in each state k two independent exponential observations,
/// u[t] ~ Exponential(phi[k]) and v[t] ~ Exponential(lambda[k]). Rows of the transition matrix ~ Dirichlet(alpha), phi[1] and lambda[1] ~ N(0, 1), phi[2] and lambda[2] ~ N(3, 1), both ordered and
/// positive. Both states start with weight 1.
/// </summary>
/// <remarks>
/// The likelihood by the forward recursion on probabilities that are scaled where they get small, the gradient by the backward recursion: L. R. Rabiner (1989), A tutorial on hidden Markov models
/// and selected applications in speech recognition. The emissions' exponentials are computed for a whole series at once.
/// </remarks>
public sealed class DrivePosterior : ConstrainedLogDensity
{
    private const double UpperMean = 3, Small = 1e-40, Rescaling = 1267650600228229401496703205376.0;

    private readonly double[] _u, _v;
    private readonly double[] _alpha;
    private readonly double _sumU, _sumV;

    /// <summary>Creates the density.</summary>
    /// <param name="u">The first series, T values.</param>
    /// <param name="v">The second series, T values.</param>
    /// <param name="alpha">The Dirichlet parameters, 2 x 2, a row for each state.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value isn't finite.</exception>
    public DrivePosterior(ReadOnlySpan<double> u, ReadOnlySpan<double> v, ReadOnlySpan<double> alpha)
        : base(new ParameterSpace().Simplex("theta1", 2).Simplex("theta2", 2).PositiveOrdered("phi", 2).PositiveOrdered("lambda", 2))
    {
        Require.Positive(u.Length, nameof(u));
        Require.Length(v.Length, u.Length, nameof(v));
        Require.Length(alpha.Length, 4, nameof(alpha));
        Require.AllFinite(u, nameof(u));
        Require.AllFinite(v, nameof(v));
        Require.AllFinite(alpha, nameof(alpha));
        _u = u.ToArray();
        _v = v.ToArray();
        _alpha = alpha.ToArray();
        for (int t = 0; t < u.Length; t++)
        {
            _sumU += u[t];
            _sumV += v[t];
        }
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double a11 = x[0], a12 = x[1], a21 = x[2], a22 = x[3], phi1 = x[4], phi2 = x[5], lambda1 = x[6], lambda2 = x[7];
        int length = _u.Length;
        double[] rented = ArrayPool<double>.Shared.Rent(4 * length);
        Span<double> first = rented.AsSpan(0, length), second = rented.AsSpan(length, length), forward1 = rented.AsSpan(2 * length, length), forward2 = rented.AsSpan(3 * length, length);

        // Emissions over the larger of both; the logarithm of the larger one goes to the value.
        double difference0 = Math.Log(phi2 * lambda2 / (phi1 * lambda1)), value = 0;
        for (int t = 0; t < first.Length; t++)
        {
            double d = difference0 - ((phi2 - phi1) * _u[t]) - ((lambda2 - lambda1) * _v[t]);
            first[t] = -Math.Max(d, 0);
            second[t] = Math.Min(d, 0);
            value += Math.Max(d, 0);
        }

        VectorMath.Exp(first, first);
        VectorMath.Exp(second, second);
        value += (length * Math.Log(phi1 * lambda1)) - (phi1 * _sumU) - (lambda1 * _sumV);

        // Forward: p and q are the probabilities of the series up to t and of each state at t, times a power of two that grows where they get small.
        double p = first[0], q = second[0];
        int rescalings = 0;
        for (int t = 0; ; t++)
        {
            if (p + q < Small)
            {
                p *= Rescaling;
                q *= Rescaling;
                rescalings++;
            }

            forward1[t] = p;
            forward2[t] = q;
            if (t + 1 == first.Length)
                break;
            (p, q) = (first[t + 1] * ((a11 * p) + (a21 * q)), second[t + 1] * ((a12 * p) + (a22 * q)));
        }

        value += Math.Log(p + q) - (rescalings * Math.Log(Rescaling));

        // Backward: b1 and b2 times the forward probabilities are those given the whole series, but for a factor that each time has for itself.
        double b1 = 1, b2 = 1, inverse = 1 / (p + q), by11 = 0, by12 = 0, by21 = 0, by22 = 0, weight = 0, weightU = 0, weightV = 0;
        for (int t = first.Length - 1; t >= 0; t--)
        {
            double inFirst = forward1[t] * b1 * inverse;
            weight += inFirst;
            weightU += inFirst * _u[t];
            weightV += inFirst * _v[t];
            if (t == 0)
                break;
            double e1 = first[t] * b1, e2 = second[t] * b2;
            (b1, b2) = ((a11 * e1) + (a12 * e2), (a21 * e1) + (a22 * e2));

            // The transition from t - 1 to t: its factor is that of t - 1.
            double before1 = forward1[t - 1], before2 = forward2[t - 1];
            inverse = 1 / ((before1 * b1) + (before2 * b2));
            by11 += before1 * e1 * inverse;
            by12 += before1 * e2 * inverse;
            by21 += before2 * e1 * inverse;
            by22 += before2 * e2 * inverse;
            if (b1 + b2 < Small)
            {
                b1 *= Rescaling;
                b2 *= Rescaling;
                inverse /= Rescaling;
            }
        }

        ArrayPool<double>.Shared.Return(rented);
        double other = length - weight;
        gradient[0] = by11 + ((_alpha[0] - 1) / a11);
        gradient[1] = by12 + ((_alpha[1] - 1) / a12);
        gradient[2] = by21 + ((_alpha[2] - 1) / a21);
        gradient[3] = by22 + ((_alpha[3] - 1) / a22);
        gradient[4] = (weight / phi1) - weightU - phi1;
        gradient[5] = (other / phi2) - (_sumU - weightU) - (phi2 - UpperMean);
        gradient[6] = (weight / lambda1) - weightV - lambda1;
        gradient[7] = (other / lambda2) - (_sumV - weightV) - (lambda2 - UpperMean);
        value += ((_alpha[0] - 1) * Math.Log(a11)) + ((_alpha[1] - 1) * Math.Log(a12)) + ((_alpha[2] - 1) * Math.Log(a21)) + ((_alpha[3] - 1) * Math.Log(a22));
        return value - (0.5 * ((phi1 * phi1) + ((phi2 - UpperMean) * (phi2 - UpperMean)) + (lambda1 * lambda1) + ((lambda2 - UpperMean) * (lambda2 - UpperMean))));
    }
}
