using OptiCore.Numerics;

namespace OptiCore.RL;

/// <summary>How much of a later temporal difference reaches an earlier action value: the coefficient c_t that <see cref="Returns.Retrace"/> multiplies.</summary>
public enum TraceCutting
{
    /// <summary>c = lambda min(1, pi/mu): Retrace. Safe for any pair of policies and cuts no trace without need where they are alike.</summary>
    Retrace,

    /// <summary>c = lambda pi/mu: per-decision importance sampling, with lambda = 1 of D. Precup, R. S. Sutton, S. P. Singh (2000), "Eligibility Traces for Off-Policy Policy Evaluation". Unbounded variance.</summary>
    ImportanceSampling,

    /// <summary>c = lambda pi: tree backup, of the same paper. Needs no mu and probabilities rather than densities; cuts traces even on policy. With a greedy pi it is Watkins's Q(lambda).</summary>
    TreeBackup,

    /// <summary>
    /// c = lambda: Q(lambda) of A. Harutyunyan, M. G. Bellemare, T. Stepleton, R. Munos (2016), "Q(lambda) with Off-Policy Corrections". Needs no probabilities, converges only
    /// where the policies are close: lambda below (1 - gamma) / (gamma max |pi - mu|_1).
    /// </summary>
    QLambda,
}

/// <content>Off-policy corrections.</content>
public static partial class Returns
{
    /// <summary>
    /// V-trace targets and policy-gradient advantages of data that another policy mu has played. With the ratio w_t = pi(a_t|s_t) / mu(a_t|s_t), rho_t = min(rhoClip, w_t) and
    /// c_t = lambda min(traceClip, w_t): v_t = V(s_t) + delta_t + gamma c_t (v_{t+1} - V(s_{t+1})) along the chain and v = V + delta at a cut, where
    /// delta_t = rho_t (r_t + gamma V(s_{t+1}) - V(s_t)); the advantage is min(advantageClip, w_t) (r_t + gamma v_{t+1} - V(s_t)), with V in place of v at a cut. Nothing
    /// follows where terminated. O(T).
    /// </summary>
    /// <remarks>
    /// L. Espeholt et al. (2018), "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner Architectures", section 4; lambda is that of its remark 2. The advantage
    /// bootstraps from v_{t+1} for every lambda, as there; some libraries mix it with V by lambda. The fixed point of v is the value of a policy between mu and pi that rhoClip
    /// alone decides; traceClip decides the speed and should not exceed rhoClip. On policy, with clips of at least 1, v are the lambda returns.
    /// </remarks>
    /// <param name="rollout">What happened.</param>
    /// <param name="values">V(s_t). Along a chain V(s_{t+1}) is read from here, at its cut from the rollout.</param>
    /// <param name="logRatios">log pi(a_t|s_t) - log mu(a_t|s_t).</param>
    /// <param name="targets">Receives v. Must not overlap the inputs, the ratios excepted.</param>
    /// <param name="advantages">Receives the advantages. Must not overlap the inputs.</param>
    /// <param name="lambda">The parameter lambda of [0, 1].</param>
    /// <param name="rhoClip">The largest weight of a temporal difference, positive.</param>
    /// <param name="traceClip">The largest factor from step to step, positive.</param>
    /// <param name="advantageClip">The largest weight of an advantage, positive.</param>
    public static void VTrace(
        in Rollout rollout, ReadOnlySpan<float> values, ReadOnlySpan<float> logRatios, Span<float> targets, Span<float> advantages,
        double lambda = 1, double rhoClip = 1, double traceClip = 1, double advantageClip = 1)
    {
        rollout.Check();
        Require.InClosed(lambda, 0, 1, nameof(lambda));
        Require.Positive(rhoClip, nameof(rhoClip));
        Require.Positive(traceClip, nameof(traceClip));
        Require.Positive(advantageClip, nameof(advantageClip));
        Require.Length(values.Length, rollout.Length, nameof(values));
        Require.Length(logRatios.Length, rollout.Length, nameof(logRatios));
        Require.Length(targets.Length, rollout.Length, nameof(targets));
        Require.Length(advantages.Length, rollout.Length, nameof(advantages));
        VectorMath.Exp(logRatios, targets);
        for (int e = targets.Length - 1; e >= 0; e--)
        {
            double ratio = targets[e], oneStep = rollout.OneStep(e), correction = 0, estimate = oneStep;
            if (!rollout.IsCut(e))
            {
                int next = e + rollout.Count;
                correction = rollout.Discount * lambda * Math.Min(traceClip, ratio) * ((double)targets[next] - values[next]);
                estimate = rollout.Rewards[e] + (rollout.Discount * targets[next]);
            }

            advantages[e] = (float)(Math.Min(advantageClip, ratio) * (estimate - values[e]));
            targets[e] = (float)(values[e] + (Math.Min(rhoClip, ratio) * (oneStep - values[e])) + correction);
        }
    }

    /// <summary>The coefficients c_t of a family of off-policy returns, for <see cref="Retrace"/>. O(T).</summary>
    /// <param name="kind">The family.</param>
    /// <param name="lambda">The parameter lambda of [0, 1].</param>
    /// <param name="targetLogProbabilities">log pi(a_t|s_t). Not read, and may be empty, for <see cref="TraceCutting.QLambda"/>.</param>
    /// <param name="behaviourLogProbabilities">log mu(a_t|s_t). Not read, and may be empty, for <see cref="TraceCutting.QLambda"/> and <see cref="TraceCutting.TreeBackup"/>.</param>
    /// <param name="coefficients">Receives c.</param>
    public static void TraceCoefficients(
        TraceCutting kind, double lambda, ReadOnlySpan<float> targetLogProbabilities, ReadOnlySpan<float> behaviourLogProbabilities, Span<float> coefficients)
    {
        Require.Defined(kind, nameof(kind));
        Require.InClosed(lambda, 0, 1, nameof(lambda));
        if (kind == TraceCutting.QLambda)
        {
            coefficients.Fill((float)lambda);
            return;
        }

        Require.Length(targetLogProbabilities.Length, coefficients.Length, nameof(targetLogProbabilities));
        if (kind == TraceCutting.TreeBackup)
        {
            VectorMath.Exp(targetLogProbabilities, coefficients);
        }
        else
        {
            Require.Length(behaviourLogProbabilities.Length, coefficients.Length, nameof(behaviourLogProbabilities));
            for (int e = 0; e < coefficients.Length; e++)
                coefficients[e] = targetLogProbabilities[e] - behaviourLogProbabilities[e];
            VectorMath.Exp(coefficients, coefficients);
        }

        for (int e = 0; e < coefficients.Length; e++)
            coefficients[e] = (float)(lambda * (kind == TraceCutting.Retrace ? Math.Min(1, coefficients[e]) : coefficients[e]));
    }

    /// <summary>
    /// Off-policy targets of action values: Q'_t = Q(s_t, a_t) + sum over k >= t of gamma^{k-t} c_{t+1} ... c_k delta_k along the chain, with
    /// delta_k = r_k + gamma sum over a of pi(a|s_{k+1}) Q(s_{k+1}, a) - Q(s_k, a_k), without the middle term where terminated. O(T).
    /// </summary>
    /// <remarks>
    /// R. Munos, T. Stepleton, A. Harutyunyan, M. G. Bellemare (2016), "Safe and Efficient Off-Policy Reinforcement Learning", equation 3; the coefficients decide between Retrace,
    /// importance sampling, tree backup and Q(lambda). On policy, with lambda = 1 and the same value for every action, the targets are the discounted returns.
    /// </remarks>
    /// <param name="rollout">What happened; its next values are those that the target policy expects of Q.</param>
    /// <param name="actionValues">Q(s_t, a_t) of the actions that were taken.</param>
    /// <param name="coefficients">c_t, of <see cref="TraceCoefficients"/>. That of the first step of a chain isn't read.</param>
    /// <param name="targets">Receives Q'. Must not overlap the action values.</param>
    public static void Retrace(in Rollout rollout, ReadOnlySpan<float> actionValues, ReadOnlySpan<float> coefficients, Span<float> targets)
    {
        rollout.Check();
        Require.Length(actionValues.Length, rollout.Length, nameof(actionValues));
        Require.Length(coefficients.Length, rollout.Length, nameof(coefficients));
        Require.Length(targets.Length, rollout.Length, nameof(targets));
        for (int e = targets.Length - 1; e >= 0; e--)
        {
            double target = rollout.OneStep(e);
            if (!rollout.IsCut(e))
            {
                int next = e + rollout.Count;
                target += rollout.Discount * coefficients[next] * ((double)targets[next] - actionValues[next]);
            }

            targets[e] = (float)target;
        }
    }
}
