namespace OptiCore.Samplers;

/// <summary>A step that goes down further than asked for and up again by fresh noise, which leaves the marginals as they are.</summary>
/// <param name="From">Where the step begins.</param>
/// <param name="Down">Where its deterministic part ends: the alpha of the target with less noise.</param>
/// <param name="Noise">The standard deviation of the noise that is added.</param>
internal readonly record struct AncestralStep(NoiseLevel From, NoiseLevel Down, double Noise)
{
    /// <summary>
    /// The step with eta times the noise of the posterior q(x_t | x_s, x_0) of the diffusion: with r = sigma / alpha, up^2 = eta^2 r_t^2 (r_s^2 - r_t^2) / r_s^2, at most r_t^2, and down^2 = r_t^2 - up^2.
    /// </summary>
    public static AncestralStep Between(in NoiseLevel from, in NoiseLevel to, double eta)
    {
        if (eta == 0 || to.Sigma == 0)
            return new AncestralStep(from, to, 0);

        // sigma_t^2 (1 - r_t^2 / r_s^2), as a product so that neither alpha = 0 at s nor close levels hurt.
        double quotient = to.Sigma * from.Alpha / (to.Alpha * from.Sigma);
        double up = Math.Min(to.Sigma, eta * to.Sigma * Math.Sqrt(Math.Max(0, (1 - quotient) * (1 + quotient))));
        return new AncestralStep(from, to with { Sigma = Math.Sqrt((to.Sigma - up) * (to.Sigma + up)) }, up);
    }

    /// <summary>Adds the deterministic part with one predicted data: sigma_d / sigma_s x + (alpha_d - alpha_s sigma_d / sigma_s) D, Euler's method in sigma / alpha.</summary>
    public void AddEuler(SolverPlan plan, Register sample, Register data) => AddEuler(plan, sample, data, From, Down);

    /// <summary>Euler's method in sigma / alpha between two levels.</summary>
    public static void AddEuler(SolverPlan plan, Register sample, Register data, in NoiseLevel from, in NoiseLevel to)
    {
        double scale = to.Sigma / from.Sigma;
        plan.Add(sample, scale).Add(data, to.Alpha - (from.Alpha * scale));
    }

    /// <summary>A slope eps in sigma / alpha: alpha_t / alpha_s x + alpha_t (r_t - r_s) eps.</summary>
    public static void AddSlope(SolverPlan plan, Register sample, Register slope, in NoiseLevel from, in NoiseLevel to, double share = 1)
    {
        if (share == 1)
            plan.Add(sample, to.Alpha / from.Alpha);
        plan.Add(slope, share * to.Alpha * (to.Ratio - from.Ratio));
    }
}
