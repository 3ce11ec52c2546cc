namespace OptiCore.Samplers;

/// <summary>
/// The Kalman filter: the exact law N(m_t, P_t) of the state of a linear-Gaussian model given the observations so far, and the exact log likelihood.
/// <code>
/// var level = new LinearGaussianModel([0], [10], new LinearGaussianStep(a: [1], q: [0.5], h: [1], r: [2]));
/// GaussianFilterState filter = new KalmanFilter().Start(level);
/// filter.Update([1.3]);
/// </code>
/// </summary>
/// <remarks>
/// <para>Prediction m- = A m + b, P- = A P A' + Q; correction with S = H P- H' + R, K = P- H'S^-1, e = y - H m- - d: m = m- + K e and P by <see cref="Form"/>; log likelihood -(e'S^-1 e + log det S + p log 2 pi) / 2. Costs O(n^3 + p^3) a step.
/// Elements of an observation that are NaN are left out of it. A singular S (observations without noise of a known state) fails the step.</para>
/// <para>R. E. Kalman (1960), A new approach to linear filtering and prediction problems; Joseph's form in R. S. Bucy, P. D. Joseph (1968), Filtering for stochastic processes with applications to guidance; the square-root form by orthogonal
/// transformations in P. G. Kaminski, A. E. Bryson, S. F. Schmidt (1971), Discrete square root filtering: a survey of current techniques.</para>
/// </remarks>
[Algorithm("Kalman filter", "Filtering", "Kalman (1960), A new approach to linear filtering and prediction problems", Capabilities = "exact likelihood, missing observations, Joseph and square-root form")]
public sealed record KalmanFilter : IGaussianFilter<ILinearGaussianModel>
{
    /// <summary>How covariances are carried. Default: full matrices with Joseph's correction.</summary>
    public CovarianceForm Form { get; init => field = Require.Defined(value); }

    /// <inheritdoc/>
    public GaussianFilterState Start(ILinearGaussianModel model) => new LinearizedFilterState(model, Form, iterations: 1);
}
