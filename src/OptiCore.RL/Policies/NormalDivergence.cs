using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>KL(p || q) of normal laws p, q with independent elements.</summary>
internal static class NormalDivergence
{
    /// <summary>sum log sigma_q - log sigma_p + (sigma_p^2 + (mu_p - mu_q)^2) / (2 sigma_q^2) - 1/2, [rows].</summary>
    public static Variable Whole(Variable fromMean, Variable fromLog, Variable toMean, Variable toLog) =>
        Sum(toLog - fromLog + (0.5 * (Exp(2 * (fromLog - toLog)) + Square((fromMean - toMean) * Exp(-toLog)))) - 0.5, -1);

    /// <summary>sum (mu_p - mu_q)^2 / (2 sigma_p^2), then sum log sigma_q - log sigma_p + sigma_p^2 / (2 sigma_q^2) - 1/2, [rows, 2].</summary>
    public static Variable ByPart(Variable fromMean, Variable fromLog, Variable toMean, Variable toLog)
    {
        Variable mean = Sum(0.5 * Square((fromMean - toMean) * Exp(-fromLog)), -1);
        Variable covariance = Sum(toLog - fromLog + (0.5 * Exp(2 * (fromLog - toLog))) - 0.5, -1);
        return Concatenate(-1, ExpandAxis(mean, -1), ExpandAxis(covariance, -1));
    }
}
