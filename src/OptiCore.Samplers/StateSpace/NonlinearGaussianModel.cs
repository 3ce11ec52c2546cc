using System.Buffers;
using System.Numerics.Tensors;
using OptiCore.Dynamics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>
/// A state-space model with a nonlinear transition, a nonlinear observation and additive Gaussian noise: x_0 ~ N(m, P), x_t = f(t - 1, x_{t-1}, u_{t-1}) + N(0, Q), y_t = h(x_t) + N(0, R). It has every capability, so that it runs under
/// every filter of the package but the exact Kalman filter.
/// <code>
/// var model = new NonlinearGaussianModel(
///     DiscreteSystem.From(1, 1, (k, x, u, next) => next[0] = x[0] + (0.1 * Sin(x[0]))), q: [0.1],
///     Function.FromResiduals(1, 1, (x, y) => y[0] = x[0] * x[0]), r: [1], mean: [0], covariance: [1]);
/// </code>
/// </summary>
/// <remarks>
/// The proposal of the guided filter linearises h at f: A. Doucet, S. Godsill, C. Andrieu (2000), On sequential Monte Carlo sampling methods for Bayesian filtering; where h is linear it is the optimal one. Particles are taken one by one, since
/// the functions are; for speed write an <see cref="IStateSpaceModel"/> that works on whole blocks. NaN in an observation marks a missing element. The transition is as safe for several threads as its formulas.
/// </remarks>
public sealed class NonlinearGaussianModel : IDifferentiableGaussianModel, ITransitionDensityModel, IAdaptedModel
{
    private readonly IDifferentiableDiscreteSystem _transition;
    private readonly IDifferentiableResidualFunction<double> _observation;
    private readonly GaussianRoot _initial, _transitionNoise, _observationNoise;
    private readonly double[] _mean, _controls, _noControl;

    /// <summary>Makes a model.</summary>
    /// <param name="transition">The function f with its Jacobian: <c>DiscreteSystem.From(n, m, (k, x, u, next) => ...)</c>.</param>
    /// <param name="q">The covariance Q, n x n, positive semidefinite.</param>
    /// <param name="observation">The function h with its Jacobian: <c>Function.FromResiduals(n, p, (x, y) => ...)</c>.</param>
    /// <param name="r">The covariance R, p x p, positive semidefinite.</param>
    /// <param name="mean">The mean m of x_0, n elements.</param>
    /// <param name="covariance">The covariance P of x_0, n x n, positive semidefinite.</param>
    /// <param name="controls">The controls u_0, u_1, ..., m elements each; 0 where there are none any more.</param>
    /// <exception cref="ArgumentException">The sizes don't fit together, an element isn't finite, or a covariance isn't symmetric positive semidefinite.</exception>
    public NonlinearGaussianModel(
        IDifferentiableDiscreteSystem transition, ReadOnlySpan<double> q, IDifferentiableResidualFunction<double> observation, ReadOnlySpan<double> r, ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance,
        ReadOnlySpan<double> controls = default)
    {
        (_transition, _observation) = (Require.NotNull(transition), Require.NotNull(observation));
        (StateCount, ObservationCount) = (transition.StateCount, observation.ResidualCount);
        if (observation.Dimension != 0)
            Require.Length(observation.Dimension, StateCount, nameof(observation));
        Require.Length(mean.Length, StateCount, nameof(mean));
        Require.AllFinite(mean, nameof(mean));
        Require.AllFinite(controls, nameof(controls));
        if (controls.Length % transition.ControlCount != 0)
            throw new ArgumentException($"{nameof(controls)} has {controls.Length} elements; a multiple of {transition.ControlCount} was expected.", nameof(controls));
        (_mean, _controls, _noControl) = (mean.ToArray(), controls.ToArray(), new double[transition.ControlCount]);
        _initial = new GaussianRoot(covariance, StateCount, nameof(covariance));
        _transitionNoise = new GaussianRoot(q, StateCount, nameof(q));
        _observationNoise = new GaussianRoot(r, ObservationCount, nameof(r));
    }

    /// <inheritdoc/>
    public int StateCount { get; }

    /// <inheritdoc/>
    public int ObservationCount { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> InitialMean => _mean;

    /// <inheritdoc/>
    public ReadOnlySpan<double> InitialCovariance => _initial.Covariance;

    /// <inheritdoc/>
    public ReadOnlySpan<double> TransitionCovariance(int step) => _transitionNoise.Covariance;

    /// <inheritdoc/>
    public ReadOnlySpan<double> ObservationCovariance(int step) => _observationNoise.Covariance;

    /// <inheritdoc/>
    public void Transition(int step, ReadOnlySpan<double> x, Span<double> next) => _transition.Next(step - 1, x, Control(step - 1), next);

    /// <inheritdoc/>
    public void Observation(int step, ReadOnlySpan<double> x, Span<double> y) => _observation.Residuals(x, y);

    /// <inheritdoc/>
    public void TransitionAndJacobian(int step, ReadOnlySpan<double> x, Span<double> next, Span<double> jacobian)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(StateCount * _noControl.Length);
        _transition.NextAndJacobians(step - 1, x, Control(step - 1), next, jacobian, rented.AsSpan(0, StateCount * _noControl.Length));
        ArrayPool<double>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void ObservationAndJacobian(int step, ReadOnlySpan<double> x, Span<double> y, Span<double> jacobian) => _observation.ResidualsAndJacobian(x, y, jacobian);

    /// <inheritdoc/>
    public void DrawInitial(RandomKey key, ParticleBlock states)
    {
        _initial.Draw(key, states);
        for (int i = 0; i < StateCount; i++)
            TensorPrimitives.Add(states[i], _mean[i], states[i]);
    }

    /// <inheritdoc/>
    public void DrawTransition(int step, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next)
    {
        using var rented = new RentedBlock(StateCount, previous.Count);
        ParticleBlock means = rented.Block;
        Means(step, previous, means);
        _transitionNoise.Draw(key, next);
        for (int i = 0; i < StateCount; i++)
            TensorPrimitives.Add(next[i], means[i], next[i]);
    }

    /// <inheritdoc/>
    public void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities)
    {
        int n = StateCount, p = ObservationCount;
        using var rented = new RentedBlock(p, states.Count);
        ParticleBlock residuals = rented.Block;
        double[] vectors = ArrayPool<double>.Shared.Rent(n + p);
        Span<double> x = vectors.AsSpan(0, n), y = vectors.AsSpan(n, p);
        for (int i = 0; i < states.Count; i++)
        {
            states.Read(i, x);
            _observation.Residuals(x, y);
            for (int j = 0; j < p; j++)
                y[j] = double.IsNaN(observation[j]) ? 0 : observation[j] - y[j];
            residuals.Write(i, y);
        }

        ArrayPool<double>.Shared.Return(vectors);
        _observationNoise.LogDensity(observation, residuals, logDensities);
    }

    /// <inheritdoc/>
    public void LogTransition(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock next, Span<double> logDensities)
    {
        using var rented = new RentedBlock(StateCount, previous.Count);
        ParticleBlock residuals = rented.Block;
        Means(step, previous, residuals);
        for (int i = 0; i < StateCount; i++)
        {
            if (next.Count == 1)
                TensorPrimitives.Subtract(residuals[i], next[i][0], residuals[i]);
            else
                TensorPrimitives.Subtract(residuals[i], next[i], residuals[i]);
        }

        _transitionNoise.LogDensity(residuals, logDensities);
    }

    /// <inheritdoc/>
    public double LogTransitionBound(int step) => _transitionNoise.LogNormalizer;

    /// <inheritdoc/>
    public void DrawInitialProposal(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logWeights)
    {
        using var rented = new RentedBlock(StateCount, states.Count);
        for (int i = 0; i < StateCount; i++)
            rented.Block[i].Fill(_mean[i]);
        Propose(0, _initial, observation, rented.Block, key, states, logWeights);
    }

    /// <inheritdoc/>
    public void DrawProposal(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logWeights)
    {
        using var rented = new RentedBlock(StateCount, previous.Count);
        Means(step, previous, rented.Block);
        Propose(step, _transitionNoise, observation, rented.Block, key, next, logWeights);
    }

    /// <summary>Computes the log density of N(h(f), H Q H' + R) with h linearised at f, which is exact where h is linear.</summary>
    /// <inheritdoc/>
    public void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights)
    {
        using var rented = new RentedBlock(StateCount, previous.Count);
        Means(step, previous, rented.Block);
        using var work = new Linearization(StateCount, ObservationCount);
        for (int i = 0; i < previous.Count; i++)
        {
            rented.Block.Read(i, work.Mean);
            logWeights[i] = work.TryLinearize(this, step, _transitionNoise, observation) ? work.LogInnovation() : double.NegativeInfinity;
        }
    }

    private ReadOnlySpan<double> Control(int k)
    {
        int m = _noControl.Length;
        return (k + 1L) * m <= _controls.Length ? _controls.AsSpan(k * m, m) : _noControl;
    }

    private void Means(int step, ReadOnlyParticleBlock previous, ParticleBlock means)
    {
        int n = StateCount;
        double[] vectors = ArrayPool<double>.Shared.Rent(2 * n);
        Span<double> x = vectors.AsSpan(0, n), next = vectors.AsSpan(n, n);
        ReadOnlySpan<double> control = Control(step - 1);
        for (int i = 0; i < previous.Count; i++)
        {
            previous.Read(i, x);
            _transition.Next(step - 1, x, control, next);
            means.Write(i, next);
        }

        ArrayPool<double>.Shared.Return(vectors);
    }

    /// <summary>Draws of N(f + K e, Q - K S K') and the weights p(x | f) p(y | x) / q(x).</summary>
    private void Propose(int step, GaussianRoot prior, ReadOnlySpan<double> observation, ParticleBlock means, RandomKey key, ParticleBlock states, Span<double> logWeights)
    {
        int n = StateCount;
        for (int j = 0; j < n; j++)
            Randomness.RandomFill.Normal(key.Fold(j), states[j]);
        using var deviations = new RentedBlock(n, states.Count);
        using var densities = new RentedBlock(2, states.Count);
        Span<double> logProposals = densities.Block[0], logPriors = densities.Block[1];
        using var work = new Linearization(n, ObservationCount);
        for (int i = 0; i < states.Count; i++)
        {
            means.Read(i, work.Mean);
            states.Read(i, work.Draw);
            bool proposed = work.TryLinearize(this, step, prior, observation) && work.TryPropose(prior, out logProposals[i]);
            if (!proposed)
                logProposals[i] = double.PositiveInfinity;
            deviations.Block.Write(i, work.Draw);
            for (int j = 0; j < n; j++)
                work.Draw[j] += work.Mean[j];
            states.Write(i, work.Draw);
        }

        prior.LogDensity(deviations.Block, logPriors);
        LogObservation(step, observation, states, logWeights);
        TensorPrimitives.Add(logWeights, logPriors, logWeights);
        TensorPrimitives.Subtract(logWeights, logProposals, logWeights);
    }

    /// <summary>The observation linearised at one particle's mean; room from the array pool.</summary>
    private readonly ref struct Linearization
    {
        private readonly double[] _rented;
        private readonly Span<double> _jacobian, _cross, _innovationRoot, _innovation, _root;

        public Linearization(int n, int p)
        {
            _rented = ArrayPool<double>.Shared.Rent((2 * n) + (2 * p * n) + (p * p) + p + (n * n));
            Mean = _rented.AsSpan(0, n);
            Draw = _rented.AsSpan(n, n);
            _jacobian = _rented.AsSpan(2 * n, p * n);
            _cross = _rented.AsSpan((2 + p) * n, p * n);
            int next = (2 + (2 * p)) * n;
            _innovationRoot = _rented.AsSpan(next, p * p);
            _innovation = _rented.AsSpan(next + (p * p), p);
            _root = _rented.AsSpan(next + (p * p) + p, n * n);
        }

        /// <summary>The mean f of the state without the observation.</summary>
        public Span<double> Mean { get; }

        /// <summary>A standard normal vector, replaced by the deviation x - f of the proposed state.</summary>
        public Span<double> Draw { get; }

        public void Dispose() => ArrayPool<double>.Shared.Return(_rented);

        /// <summary>L^-1 (y - h(f)), the root L of S = H Q H' + R, and V = L^-1 H Q.</summary>
        public bool TryLinearize(NonlinearGaussianModel model, int step, GaussianRoot prior, ReadOnlySpan<double> observation)
        {
            int n = model.StateCount, p = model.ObservationCount;
            model.ObservationAndJacobian(step, Mean, _innovation, _jacobian);
            model._observationNoise.Covariance.CopyTo(_innovationRoot);
            Missing.Mask(observation, _innovationRoot);
            for (int i = 0; i < p; i++)
            {
                bool missing = double.IsNaN(observation[i]);
                _innovation[i] = missing ? 0 : observation[i] - _innovation[i];
                if (missing)
                    _jacobian.Slice(i * n, n).Clear();
            }

            Blas.Gemm(false, false, p, n, n, 1.0, _jacobian, n, prior.Covariance, n, 0.0, _cross, n);
            Blas.Gemm(false, true, p, p, n, 1.0, _cross, n, _jacobian, n, 1.0, _innovationRoot, p);
            if (!GaussianRoot.TryFactor(_innovationRoot, p, out bool definite) || !definite)
                return false;
            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, p, n, 1, _innovationRoot, p, _cross, n);
            Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, p, _innovationRoot, p, _innovation);
            return true;
        }

        /// <summary>The log density of the innovation; missing elements contribute what a standard normal residual of 0 would, which is the same for all particles.</summary>
        public double LogInnovation()
        {
            double sum = 0;
            int p = _innovation.Length;
            for (int i = 0; i < p; i++)
                sum -= (0.5 * _innovation[i] * _innovation[i]) + Math.Log(_innovationRoot[(i * p) + i]) + (0.5 * Math.Log(2 * Math.PI));
            return sum;
        }

        /// <summary>Turns the standard normal draw z into V'L^-1 e + M z with M M' = Q - V'V and computes its log density.</summary>
        public bool TryPropose(GaussianRoot prior, out double logDensity)
        {
            int n = Mean.Length, p = _innovation.Length;
            prior.Covariance.CopyTo(_root);
            Blas.Gemm(true, false, n, n, p, -1.0, _cross, n, _cross, n, 1.0, _root, n);
            logDensity = 0;
            if (!GaussianRoot.TryFactor(_root, n, out bool definite) || !definite)
                return false;
            for (int i = n - 1; i >= 0; i--)
            {
                logDensity -= (0.5 * Draw[i] * Draw[i]) + Math.Log(_root[(i * n) + i]) + (0.5 * Math.Log(2 * Math.PI));
                double sum = 0;
                for (int k = 0; k <= i; k++)
                    sum += _root[(i * n) + k] * Draw[k];
                Draw[i] = sum;
            }

            Blas.Gemv(true, p, n, 1.0, _cross, n, _innovation, 1.0, Draw);
            return true;
        }
    }
}
