using OptiCore.Dynamics;

namespace OptiCore.Samplers;

/// <summary>
/// The exact part of a step of the diffusion equation in lambda = log(alpha / sigma), from s to t with h = lambda_t - lambda_s: with predictions m that are a polynomial
/// D_1 + D_2 tau + D_3 tau^2 / 2 + ... in tau, the share of the step (0 at s, 1 at t), the sample becomes
/// <code>x_t = Scale x_s - Weight (psi_1(z) D_1 + psi_2(z) D_2 + psi_3(z) D_3 + ...) + Noise N(0, I),  psi_k(z) = z phi_k(z),</code>
/// where phi_k are the functions of exponential integrators: psi_1 = e^z - 1, psi_(k+1) = psi_k / z - 1 / k!.
/// </summary>
/// <remarks>
/// <para>Noise prediction: Scale = alpha_t / alpha_s, Weight = (1 + eta) sigma_t, z = h. Data prediction: Scale = sigma_t / sigma_s e^(-eta h), Weight = alpha_t, z = -(1 + eta) h.
/// eta = 0 is the probability-flow equation, eta = 1 the reverse stochastic equation of the diffusion; between and beyond, those with eta times the variance of its noise, all with the same marginals.
/// The standard deviation of the noise is sigma_t sqrt(eta (e^(2h) - 1)) or sigma_t sqrt(1 - e^(-2 eta h)).</para>
/// <para>C. Lu et al. (2022), "DPM-Solver" and "DPM-Solver++". One formula for both predictions is what lets solvers be written once.</para>
/// </remarks>
internal readonly ref struct ExponentialStep
{
    /// <summary>psi of higher order than any solver asks for.</summary>
    private const int Highest = 8;

    private readonly double _first;

    public ExponentialStep(in NoiseLevel from, in NoiseLevel to, Prediction prediction, double eta = 0)
    {
        H = to.Lambda - from.Lambda;
        if (prediction == Prediction.Noise)
        {
            Scale = to.Alpha / from.Alpha;
            Weight = (1 + eta) * to.Sigma;
            Z = H;

            // Without noise at the end sigma_t (e^h - 1) is zero times infinity; its limit isn't.
            bool isClean = to.Sigma == 0;
            _first = isClean ? (1 + eta) * to.Alpha * from.Ratio : Weight * Accurate.Expm1(H);
            Noise = eta == 0 ? 0 : isClean ? to.Alpha * from.Ratio * Math.Sqrt(eta) : to.Sigma * Math.Sqrt(eta * Accurate.Expm1(2 * H));
        }
        else
        {
            Scale = to.Sigma / from.Sigma * (eta == 0 ? 1 : Math.Exp(-eta * H));
            Weight = to.Alpha;
            Z = -(1 + eta) * H;
            _first = Weight * Accurate.Expm1(Z);
            Noise = eta == 0 ? 0 : to.Sigma * Math.Sqrt(-Accurate.Expm1(-2 * eta * H));
        }
    }

    /// <summary>The step in lambda.</summary>
    public double H { get; }

    /// <summary>The coefficient of the sample.</summary>
    public double Scale { get; }

    /// <summary>The common coefficient of the predictions.</summary>
    public double Weight { get; }

    /// <summary>The argument of the exponential functions.</summary>
    public double Z { get; }

    /// <summary>The standard deviation of the noise.</summary>
    public double Noise { get; }

    /// <summary>Weight psi_k(z).</summary>
    public double Psi(int k)
    {
        if (k == 1)
            return _first;
        Span<double> phi = stackalloc double[Highest];
        if (double.IsNegativeInfinity(Z))
        {
            // psi_(k+1) = phi_k - 1 / k!, and phi_k(-infinity) = 0.
            double factorial = 1;
            for (int j = 2; j < k; j++)
                factorial *= j;
            return -Weight / factorial;
        }

        // phi_(k-1) and the division by z lose digits near 0; phi_k doesn't.
        PhiFunctions.Evaluate(Z, phi[..(k + 1)]);
        return Weight * Z * phi[k];
    }
}
