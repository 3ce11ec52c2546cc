namespace OptiCore.Samplers;

/// <summary>
/// The extended Kalman filter: the Kalman filter of the model linearised at the current estimate. With <see cref="Iterations"/> above 1 the observation is linearised again at the corrected mean (the iterated filter), which is a Gauss-Newton
/// iteration for the most probable state.
/// </summary>
/// <remarks>
/// Exact for linear models, where it has the bits of <see cref="KalmanFilter"/>. For mild nonlinearity; where the state's uncertainty spans much curvature take <see cref="UnscentedKalmanFilter"/>, where laws have several modes a particle filter.
/// The log likelihood is that of the first linearisation. S. F. Schmidt, G. L. Smith, L. A. McGee (1962), Application of statistical filter theory to the optimal estimation of position and velocity; A. H. Jazwinski (1970), Stochastic processes and
/// filtering theory; the iteration in B. M. Bell, F. W. Cathey (1993), The iterated Kalman filter update as a Gauss-Newton method.
/// </remarks>
[Algorithm("Extended Kalman filter", "Filtering", "Jazwinski (1970), Stochastic processes and filtering theory", Capabilities = "iterated corrections, missing observations, Joseph and square-root form")]
public sealed record ExtendedKalmanFilter : IGaussianFilter<IDifferentiableGaussianModel>
{
    /// <summary>How covariances are carried. Default: full matrices with Joseph's correction.</summary>
    public CovarianceForm Form { get; init => field = Require.Defined(value); }

    /// <summary>How often the observation is linearised. Default: 1, the plain filter.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public GaussianFilterState Start(IDifferentiableGaussianModel model) => new LinearizedFilterState(model, Form, Iterations);
}
