using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The covariance matrix adaptation evolution strategy: samples from a normal distribution N(m, sigma^2 C), and moves its mean, its step size and its covariance so that good samples
/// become more likely. The method of choice for rugged, noisy, ill-conditioned or non-separable functions of 3 to some 100 variables without derivatives.
/// </summary>
/// <remarks>
/// <para>N. Hansen (2016), The CMA evolution strategy: a tutorial, arXiv:1604.00772, with all defaults of its table 1: weighted recombination with negative weights
/// (<see cref="Active"/>), rank-one and rank-mu updates, cumulative step-size adaptation, and every stopping criterion of its appendix: TolX, TolFun, TolFunHist, EqualFunValues,
/// ConditionCov, NoEffectAxis, NoEffectCoord, Stagnation and TolXUp. The first four count as convergence. Choices where the tutorial leaves one: C is decomposed every
/// 1/(2 n (c_1 + c_mu)) generations, rounded, and the step size grows at most e-fold in one.</para>
/// <para>Only the order of values matters (until the last values are equal), and the distribution adapts to any affine map of the variables. So scale them roughly: the
/// minimum should lie within a few <see cref="InitialStep"/> of the start in each coordinate.</para>
/// <para>The whole generation is one question, so that all workers evaluate it. Beside the function a generation costs O(lambda n^2), on average over its decompositions. A value that isn't
/// finite ranks last; ten generations of nothing else end the run.</para>
/// <para>With <see cref="Bounds"/> the samples are mapped into the box (the identity away from the bounds, a parabola near them, mirrored outside). With <see cref="Integers"/> the method is
/// CMA-ES with margin: Hamano, Saito, Nomura, Shirakawa (2022).</para>
/// <para>Several minima: <see cref="IpopCmaEs"/>, <see cref="BipopCmaEs"/>. Thousands of variables: <see cref="SeparableCmaEs"/>, <see cref="LmMaEs"/>. With derivatives prefer <see cref="Lbfgs"/>.</para>
/// </remarks>
[Algorithm("CMA-ES", "Evolution strategies", "Hansen (2016), The CMA evolution strategy: a tutorial", Capabilities = "values, bounds, integers, active update")]
public sealed record CmaEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate, sigma_0: about a third of the width in which the minimum is expected. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, lambda, at least 2; 0 for 4 + floor(3 ln n). More make the search more global and slower. Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>Whether the worse half of a generation has negative weights, so that C also shrinks. Default: on.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Converged when every standard deviation is below this times <see cref="InitialStep"/> (TolX). Default: 1e-12.</summary>
    public double PointTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Converged when the values of the last generations differ by less than this (TolFun, TolFunHist). Default: 1e-12.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>The variables that take whole numbers only; null for none. Their bounds, if any, are rounded inwards.</summary>
    public IntegerVariables? Integers { get; init; }

    /// <summary>None: an evolution strategy has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new CmaState(
        new CmaSettings
        {
            InitialStep = InitialStep,
            Population = Population,
            Active = Active,
            Separable = false,
            Bounds = Bounds,
            Integers = Integers,
            PointTolerance = PointTolerance,
            ValueTolerance = ValueTolerance,
        },
        shape,
        start,
        key);
}
