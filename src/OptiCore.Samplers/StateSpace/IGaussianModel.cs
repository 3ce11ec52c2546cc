namespace OptiCore.Samplers;

/// <summary>
/// A state-space model with additive Gaussian noise: x_0 ~ N(m, P), x_t = f_t(x_{t-1}) + N(0, Q_t), y_t = h_t(x_t) + N(0, R_t). For the unscented and ensemble filters.
/// </summary>
/// <remarks>Matrices are row-major. Single elements of an observation that are NaN are missing; the others count.</remarks>
public interface IGaussianModel : IStateSpaceModel
{
    /// <summary>The mean m of the initial state, n elements.</summary>
    ReadOnlySpan<double> InitialMean { get; }

    /// <summary>The covariance P of the initial state, n x n.</summary>
    ReadOnlySpan<double> InitialCovariance { get; }

    /// <summary>The covariance Q_t of the noise of the transition to x_t, n x n, positive semidefinite.</summary>
    /// <param name="step">The step t, from 1.</param>
    ReadOnlySpan<double> TransitionCovariance(int step);

    /// <summary>The covariance R_t of the noise of y_t, p x p, positive semidefinite.</summary>
    /// <param name="step">The step t.</param>
    ReadOnlySpan<double> ObservationCovariance(int step);

    /// <summary>Writes f_t(x).</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="x">The state x_{t-1}, n elements.</param>
    /// <param name="next">Receives n elements; apart from <paramref name="x"/>.</param>
    void Transition(int step, ReadOnlySpan<double> x, Span<double> next);

    /// <summary>Writes h_t(x).</summary>
    /// <param name="step">The step t.</param>
    /// <param name="x">The state x_t, n elements.</param>
    /// <param name="y">Receives p elements.</param>
    void Observation(int step, ReadOnlySpan<double> x, Span<double> y);
}

/// <summary>A Gaussian model with Jacobians: for the extended filter.</summary>
public interface IDifferentiableGaussianModel : IGaussianModel
{
    /// <summary>Writes f_t(x) and its Jacobian.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="x">The state x_{t-1}, n elements.</param>
    /// <param name="next">Receives n elements; apart from <paramref name="x"/>.</param>
    /// <param name="jacobian">Receives df/dx, n x n.</param>
    void TransitionAndJacobian(int step, ReadOnlySpan<double> x, Span<double> next, Span<double> jacobian);

    /// <summary>Writes h_t(x) and its Jacobian.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="x">The state x_t, n elements.</param>
    /// <param name="y">Receives p elements.</param>
    /// <param name="jacobian">Receives dh/dx, p x n.</param>
    void ObservationAndJacobian(int step, ReadOnlySpan<double> x, Span<double> y, Span<double> jacobian);
}

/// <summary>A Gaussian model with f_t(x) = A_t x + b_t and h_t(x) = H_t x + d_t, for which the Kalman filter is exact.</summary>
public interface ILinearGaussianModel : IDifferentiableGaussianModel
{
    /// <summary>The matrix A_t, n x n.</summary>
    /// <param name="step">The step t, from 1.</param>
    ReadOnlySpan<double> TransitionMatrix(int step);

    /// <summary>The matrix H_t, p x n.</summary>
    /// <param name="step">The step t.</param>
    ReadOnlySpan<double> ObservationMatrix(int step);
}
