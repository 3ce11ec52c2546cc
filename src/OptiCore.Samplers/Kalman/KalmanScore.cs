using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>
/// The gradient of a linear-Gaussian model's log likelihood in all of its matrices at once, by one pass of the Kalman filter and one of the smoother: by Fisher's identity it is the expectation of the gradient of log p(x, y) under the
/// smoothed law.
/// </summary>
/// <remarks>
/// <para>With e_t = x_t - A x_{t-1} - b and v_t = y_t - H x_t - d: dA = Q^-1 sum E[e_t x_{t-1}'], db = Q^-1 sum E[e_t], dQ = (Q^-1 sum E[e_t e_t'] Q^-1 - T Q^-1) / 2, and the same for H, d, R and for the initial law. The gradient in a symmetric
/// matrix is symmetric: the derivative in a symmetric direction is the sum of the products of the elements of both. Costs a filter and a smoother, O(T n^3), whatever the number of parameters; derivatives in parameters follow by the chain rule.</para>
/// <para>Needs definite P, Q and R and a model that doesn't change; missing elements of observations are left out. M. Segal, E. Weinstein (1989), A new method for evaluating the log-likelihood gradient, the Hessian, and the Fisher information matrix
/// for linear dynamic systems.</para>
/// </remarks>
[Algorithm("Score of the Kalman filter", "Filtering", "Segal, Weinstein (1989), A new method for evaluating the log-likelihood gradient, the Hessian, and the Fisher information matrix for linear dynamic systems", Capabilities = "all matrices in one pass")]
public sealed class KalmanScore
{
    private readonly double[] _a, _b, _q, _h, _d, _r, _mean, _covariance;

    private KalmanScore(double logLikelihood, int n, int p)
    {
        LogLikelihood = logLikelihood;
        (_a, _b, _q, _mean, _covariance) = (new double[n * n], new double[n], new double[n * n], new double[n], new double[n * n]);
        (_h, _d, _r) = (new double[p * n], new double[p], new double[p * p]);
    }

    /// <summary>The log likelihood.</summary>
    public double LogLikelihood { get; }

    /// <summary>The gradient in A, n x n.</summary>
    public ReadOnlySpan<double> A => _a;

    /// <summary>The gradient in b, n elements.</summary>
    public ReadOnlySpan<double> B => _b;

    /// <summary>The gradient in Q, n x n.</summary>
    public ReadOnlySpan<double> Q => _q;

    /// <summary>The gradient in H, p x n.</summary>
    public ReadOnlySpan<double> H => _h;

    /// <summary>The gradient in d, p elements.</summary>
    public ReadOnlySpan<double> D => _d;

    /// <summary>The gradient in R, p x p.</summary>
    public ReadOnlySpan<double> R => _r;

    /// <summary>The gradient in the initial mean, n elements.</summary>
    public ReadOnlySpan<double> InitialMean => _mean;

    /// <summary>The gradient in the initial covariance, n x n.</summary>
    public ReadOnlySpan<double> InitialCovariance => _covariance;

    /// <summary>Computes the gradient.</summary>
    /// <param name="model">A model that doesn't change in time, with definite covariances.</param>
    /// <param name="observations">The observations, p elements each; NaN where an element is missing.</param>
    /// <exception cref="ArgumentException">The model changes in time, a covariance is singular, or the observations' length doesn't fit.</exception>
    /// <exception cref="Solving.SolverException">The filter failed; the message says at which step.</exception>
    public static KalmanScore Compute(LinearGaussianModel model, ReadOnlySpan<double> observations)
    {
        ArgumentNullException.ThrowIfNull(model);
        LinearGaussianStep step = model.Step(0);
        int n = model.StateCount, p = model.ObservationCount;
        if (!model.IsTimeInvariant)
            throw new ArgumentException("The model changes in time.", nameof(model));
        if (!step.TransitionNoise.IsDefinite || !step.ObservationNoise.IsDefinite)
            throw new ArgumentException("Q and R must be positive definite.", nameof(model));
        GaussianFilterResult filtered = GaussianFilter.Run(new KalmanFilter(), model, observations).EnsureCompleted();
        var score = new KalmanScore(filtered.LogLikelihood, n, p);
        if (filtered.Count == 0)
            return score;
        GaussianSmootherResult smoothed = RauchTungStriebel.Smooth(filtered).EnsureCompleted();
        score.AddInitial(model, smoothed);
        score.AddTransitions(step, smoothed);
        score.AddObservations(step, smoothed, observations);
        return score;
    }

    private void AddInitial(LinearGaussianModel model, GaussianSmootherResult smoothed)
    {
        int n = model.StateCount;
        double[] root = Root(model.InitialCovariance, n), second = smoothed.Covariance(0).ToArray();
        for (int i = 0; i < n; i++)
            _mean[i] = smoothed.Mean(0)[i] - model.InitialMean[i];
        Blas.Ger<double>(n, n, 1, _mean, _mean, second, n);
        Cholesky.Solve<double>(root, n, n, _mean);
        CovarianceGradient(root, second, 1, n, _covariance);
    }

    private void AddTransitions(LinearGaussianStep step, GaussianSmootherResult smoothed)
    {
        int n = step.StateCount;
        double[] root = Root(step.Q, n), ee = new double[n * n], ex = new double[n * n], sum = new double[n], mean = new double[n], c = new double[n * n], ac = new double[n * n];
        for (int t = 1; t < smoothed.Count; t++)
        {
            // E[e] and, with C = Cov(x_{t-1}, x_t): Cov(e) = P_t - A C - C'A' + A P_{t-1} A', Cov(e, x_{t-1}) = C' - A P_{t-1}.
            ReadOnlySpan<double> previous = smoothed.Mean(t - 1);
            for (int i = 0; i < n; i++)
                mean[i] = smoothed.Mean(t)[i] - step.B[i];
            Blas.Gemv<double>(false, n, n, -1, step.A, n, previous, 1, mean);
            SmallMatrix.Transpose(smoothed.CrossCovariance(t), n, n, c);
            Blas.Gemm<double>(false, false, n, n, n, -1, step.A, n, smoothed.Covariance(t - 1), n, 1, c, n);
            Blas.Gemm(false, false, n, n, n, 1, step.A, n, smoothed.CrossCovariance(t), n, 0, ac, n);
            for (int i = 0; i < n; i++)
            {
                sum[i] += mean[i];
                for (int j = 0; j < n; j++)
                {
                    ex[(i * n) + j] += c[(i * n) + j] + (mean[i] * previous[j]);
                    ee[(i * n) + j] += smoothed.Covariance(t)[(i * n) + j] - ac[(i * n) + j] + (mean[i] * mean[j]);
                }
            }

            // P_t - A C - (C' - A P_{t-1}) A'.
            Blas.Gemm<double>(false, true, n, n, n, -1, c, n, step.A, n, 1, ee, n);
        }

        SmallMatrix.Symmetrize(ee, n);
        ex.CopyTo(_a, 0);
        Cholesky.Solve<double>(root, n, n, _a, n, n);
        sum.CopyTo(_b, 0);
        Cholesky.Solve<double>(root, n, n, _b);
        CovarianceGradient(root, ee, smoothed.Count - 1, n, _q);
    }

    private void AddObservations(LinearGaussianStep step, GaussianSmootherResult smoothed, ReadOnlySpan<double> observations)
    {
        int n = step.StateCount, p = step.ObservationCount;
        double[] h = new double[p * n], noise = new double[p * p], v = new double[p], weighted = new double[p], hp = new double[p * n], vx = new double[p * n], vv = new double[p * p], gradient = new double[p * p];
        for (int t = 0; t < smoothed.Count; t++)
        {
            ReadOnlySpan<double> y = observations.Slice(t * p, p), x = smoothed.Mean(t);
            if (Missing.All(y))
                continue;
            step.H.CopyTo(h);
            step.R.CopyTo(noise);
            Missing.Mask(y, noise);
            GaussianRoot.TryFactor(noise, p, out _);
            for (int i = 0; i < p; i++)
            {
                if (double.IsNaN(y[i]))
                    h.AsSpan(i * n, n).Clear();
                v[i] = y[i] - step.D[i];
            }

            Blas.Gemv<double>(false, p, n, -1, h, n, x, 1, v);
            for (int i = 0; i < p; i++)
                v[i] = double.IsNaN(y[i]) ? 0 : v[i];

            // E[v v'] = v v' + H P H', E[v x'] = v x' - H P.
            Blas.Gemm<double>(false, false, p, n, n, 1, h, n, smoothed.Covariance(t), n, 0, hp, n);
            vv.AsSpan().Clear();
            Blas.Gemm<double>(false, true, p, p, n, 1, hp, n, h, n, 0, vv, p);
            Blas.Ger<double>(p, p, 1, v, v, vv, p);
            for (int i = 0; i < vx.Length; i++)
                vx[i] = (v[i / n] * x[i % n]) - hp[i];
            Cholesky.Solve<double>(noise, p, p, vx, n, n);
            v.CopyTo(weighted, 0);
            Cholesky.Solve<double>(noise, p, p, weighted);
            CovarianceGradient(noise, vv, 1, p, gradient);
            for (int i = 0; i < p; i++)
            {
                if (double.IsNaN(y[i]))
                    continue;
                _d[i] += weighted[i];
                for (int j = 0; j < n; j++)
                    _h[(i * n) + j] += vx[(i * n) + j];
                for (int j = 0; j < p; j++)
                    _r[(i * p) + j] += double.IsNaN(y[j]) ? 0 : gradient[(i * p) + j];
            }
        }
    }

    private static double[] Root(ReadOnlySpan<double> covariance, int n)
    {
        double[] root = covariance.ToArray();
        return GaussianRoot.TryFactor(root, n, out bool definite) && definite ? root : throw new ArgumentException("The initial covariance must be positive definite.", nameof(covariance));
    }

    /// <summary>(C^-1 M C^-1 - count C^-1) / 2 from the root of C.</summary>
    private static void CovarianceGradient(ReadOnlySpan<double> root, ReadOnlySpan<double> moment, int count, int n, Span<double> gradient)
    {
        double[] left = moment.ToArray(), inverse = new double[n * n];
        Cholesky.Solve<double>(root, n, n, left, n, n);
        SmallMatrix.Transpose(left, n, n, gradient);
        Cholesky.Solve(root, n, n, gradient, n, n);
        for (int i = 0; i < n; i++)
            inverse[(i * n) + i] = count;
        Cholesky.Solve<double>(root, n, n, inverse, n, n);
        for (int i = 0; i < n * n; i++)
            gradient[i] = 0.5 * (gradient[i] - inverse[i]);
        SmallMatrix.Symmetrize(gradient, n);
    }
}
