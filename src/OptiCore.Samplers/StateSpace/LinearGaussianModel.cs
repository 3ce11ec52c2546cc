using System.Globalization;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;

namespace OptiCore.Samplers;

/// <summary>
/// The linear-Gaussian state-space model: x_0 ~ N(m, P), x_t = A_t x_{t-1} + b_t + N(0, Q_t), y_t = H_t x_t + d_t + N(0, R_t). It has every capability, so that it runs under every filter of the package.
/// <code>
/// var level = new LinearGaussianModel([0], [10], new LinearGaussianStep(a: [1], q: [0.5], h: [1], r: [2]));
/// </code>
/// </summary>
/// <remarks>
/// The proposal of the guided filter is the optimal one, p(x_t | x_{t-1}, y_t), whose weights are p(y_t | x_{t-1}), which also is the lookahead. NaN in an observation marks a missing element; with some but not all missing, proposal and
/// lookahead factorise anew at each call, and then allocate. Transition densities need definite Q, observation densities definite R.
/// </remarks>
public sealed class LinearGaussianModel : ILinearGaussianModel, ITransitionDensityModel, IAdaptedModel
{
    private readonly double[] _mean;
    private readonly GaussianRoot _initial;
    private readonly LinearGaussianStep[] _steps;
    private GaussianProposal? _initialProposal;

    /// <summary>Makes a model.</summary>
    /// <param name="mean">The mean m of x_0, n elements.</param>
    /// <param name="covariance">The covariance P of x_0, n x n, positive semidefinite.</param>
    /// <param name="steps">The steps from t = 0 on, of which the last one holds for all later times: a single one is a model that doesn't change. The first one's A, b and Q aren't used at t = 0.</param>
    /// <exception cref="ArgumentException">The sizes don't fit together, an element isn't finite, a covariance isn't symmetric positive semidefinite, or there is no step.</exception>
    public LinearGaussianModel(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance, params ReadOnlySpan<LinearGaussianStep> steps)
    {
        if (steps.IsEmpty)
            throw new ArgumentException("There must be at least one step.", nameof(steps));
        _steps = steps.ToArray();
        (StateCount, ObservationCount) = (steps[0].StateCount, steps[0].ObservationCount);
        for (int t = 1; t < _steps.Length; t++)
        {
            if (_steps[t].StateCount != StateCount || _steps[t].ObservationCount != ObservationCount)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"steps[{t}] has {_steps[t].StateCount} states and {_steps[t].ObservationCount} observations, the first has {StateCount} and {ObservationCount}."), nameof(steps));
        }

        Require.Length(mean.Length, StateCount, nameof(mean));
        Require.AllFinite(mean, nameof(mean));
        _mean = mean.ToArray();
        _initial = new GaussianRoot(covariance, StateCount, nameof(covariance));
    }

    /// <inheritdoc/>
    public int StateCount { get; }

    /// <inheritdoc/>
    public int ObservationCount { get; }

    /// <summary>True when all steps are the same.</summary>
    public bool IsTimeInvariant => _steps.Length == 1;

    /// <inheritdoc/>
    public ReadOnlySpan<double> InitialMean => _mean;

    /// <inheritdoc/>
    public ReadOnlySpan<double> InitialCovariance => _initial.Covariance;

    /// <summary>The matrices of a step.</summary>
    /// <param name="step">The step t, from 0.</param>
    public LinearGaussianStep Step(int step) => _steps[Math.Min(step, _steps.Length - 1)];

    /// <inheritdoc/>
    public ReadOnlySpan<double> TransitionMatrix(int step) => Step(step).A;

    /// <inheritdoc/>
    public ReadOnlySpan<double> ObservationMatrix(int step) => Step(step).H;

    /// <inheritdoc/>
    public ReadOnlySpan<double> TransitionCovariance(int step) => Step(step).Q;

    /// <inheritdoc/>
    public ReadOnlySpan<double> ObservationCovariance(int step) => Step(step).R;

    /// <inheritdoc/>
    public void Transition(int step, ReadOnlySpan<double> x, Span<double> next)
    {
        LinearGaussianStep s = Step(step);
        s.B.CopyTo(next);
        Blas.Gemv(false, StateCount, StateCount, 1.0, s.A, StateCount, x, 1.0, next);
    }

    /// <inheritdoc/>
    public void Observation(int step, ReadOnlySpan<double> x, Span<double> y)
    {
        LinearGaussianStep s = Step(step);
        s.D.CopyTo(y);
        Blas.Gemv(false, ObservationCount, StateCount, 1.0, s.H, StateCount, x, 1.0, y);
    }

    /// <inheritdoc/>
    public void TransitionAndJacobian(int step, ReadOnlySpan<double> x, Span<double> next, Span<double> jacobian)
    {
        Transition(step, x, next);
        Step(step).A.CopyTo(jacobian);
    }

    /// <inheritdoc/>
    public void ObservationAndJacobian(int step, ReadOnlySpan<double> x, Span<double> y, Span<double> jacobian)
    {
        Observation(step, x, y);
        Step(step).H.CopyTo(jacobian);
    }

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
        LinearGaussianStep s = Step(step);
        s.TransitionNoise.Draw(key, next);
        AddAffine(s.A, s.B, 1, previous, next);
    }

    /// <inheritdoc/>
    public void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities)
    {
        LinearGaussianStep s = Step(step);
        using var rented = new RentedBlock(ObservationCount, states.Count);
        Residuals(s, observation, states, rented.Block);
        s.ObservationNoise.LogDensity(observation, rented.Block, logDensities);
    }

    /// <inheritdoc/>
    public void LogTransition(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock next, Span<double> logDensities)
    {
        LinearGaussianStep s = Step(step);
        using var rented = new RentedBlock(StateCount, previous.Count);
        ParticleBlock residuals = rented.Block;
        for (int i = 0; i < StateCount; i++)
        {
            if (next.Count == 1)
                residuals[i].Fill(next[i][0]);
            else
                next[i].CopyTo(residuals[i]);
        }

        AddAffine(s.A, s.B, -1, previous, residuals);
        s.TransitionNoise.LogDensity(residuals, logDensities);
    }

    /// <inheritdoc/>
    public double LogTransitionBound(int step) => Step(step).TransitionNoise.LogNormalizer;

    /// <inheritdoc/>
    public void DrawInitialProposal(ReadOnlySpan<double> observation, RandomKey key, ParticleBlock states, Span<double> logWeights)
    {
        LinearGaussianStep s = Step(0);
        GaussianProposal proposal = Missing.Any(observation)
            ? Masked(s, InitialCovariance, observation)
            : Volatile.Read(ref _initialProposal) ?? (_initialProposal = new GaussianProposal(InitialCovariance, s.H, s.R, StateCount, ObservationCount));
        using var means = new RentedBlock(StateCount, states.Count);
        for (int i = 0; i < StateCount; i++)
            means.Block[i].Fill(_mean[i]);
        Propose(proposal, s, observation, means.Block, key, states, logWeights);
    }

    /// <inheritdoc/>
    public void DrawProposal(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next, Span<double> logWeights)
    {
        LinearGaussianStep s = Step(step);
        using var means = new RentedBlock(StateCount, previous.Count);
        Means(s, previous, means.Block);
        Propose(Proposal(s, observation), s, observation, means.Block, key, next, logWeights);
    }

    /// <inheritdoc/>
    public void LogLookahead(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock previous, Span<double> logWeights)
    {
        LinearGaussianStep s = Step(step);
        using var means = new RentedBlock(StateCount, previous.Count);
        using var innovations = new RentedBlock(ObservationCount, previous.Count);
        Means(s, previous, means.Block);
        Residuals(s, observation, means.Block, innovations.Block);
        LogInnovation(Proposal(s, observation), observation, innovations.Block, logWeights);
    }

    private static void AddAffine(ReadOnlySpan<double> matrix, ReadOnlySpan<double> offset, double sign, ReadOnlyParticleBlock x, ParticleBlock sum)
    {
        int columns = x.Dimension;
        for (int i = 0; i < sum.Dimension; i++)
        {
            Span<double> row = sum[i];
            if (offset[i] != 0)
                TensorPrimitives.Add(row, sign * offset[i], row);
            for (int j = 0; j < columns; j++)
            {
                if (matrix[(i * columns) + j] is var a and not 0)
                    TensorPrimitives.MultiplyAdd(x[j], sign * a, row, row);
            }
        }
    }

    private static void Means(LinearGaussianStep s, ReadOnlyParticleBlock previous, ParticleBlock means)
    {
        for (int i = 0; i < means.Dimension; i++)
            means[i].Clear();
        AddAffine(s.A, s.B, 1, previous, means);
    }

    /// <summary>y - H x - d, with 0 where y is missing.</summary>
    private static void Residuals(LinearGaussianStep s, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, ParticleBlock residuals)
    {
        for (int i = 0; i < residuals.Dimension; i++)
            residuals[i].Fill(observation[i]);
        AddAffine(s.H, s.D, -1, states, residuals);
        for (int i = 0; i < residuals.Dimension; i++)
        {
            if (double.IsNaN(observation[i]))
                residuals[i].Clear();
        }
    }

    private static void Propose(GaussianProposal proposal, LinearGaussianStep s, ReadOnlySpan<double> observation, ReadOnlyParticleBlock means, RandomKey key, ParticleBlock states, Span<double> logWeights)
    {
        using var innovations = new RentedBlock(s.ObservationCount, states.Count);
        Residuals(s, observation, means, innovations.Block);
        proposal.Draw(key, innovations.Block, means, states);
        LogInnovation(proposal, observation, innovations.Block, logWeights);
    }

    private static void LogInnovation(GaussianProposal proposal, ReadOnlySpan<double> observation, ParticleBlock innovations, Span<double> logWeights)
    {
        proposal.Innovation.LogDensity(innovations, logWeights);

        // Each missing element counted as a standard normal residual of 0.
        int missing = 0;
        foreach (double y in observation)
            missing += double.IsNaN(y) ? 1 : 0;
        if (missing > 0)
            TensorPrimitives.Add(logWeights, 0.5 * missing * Math.Log(2 * Math.PI), logWeights);
    }

    private static GaussianProposal Proposal(LinearGaussianStep s, ReadOnlySpan<double> observation) => Missing.Any(observation) ? Masked(s, s.Q, observation) : s.Proposal;

    private static GaussianProposal Masked(LinearGaussianStep s, ReadOnlySpan<double> q, ReadOnlySpan<double> observation)
    {
        double[] h = s.H.ToArray(), r = s.R.ToArray();
        Missing.Mask(observation, r);
        for (int i = 0; i < s.ObservationCount; i++)
        {
            if (double.IsNaN(observation[i]))
                h.AsSpan(i * s.StateCount, s.StateCount).Clear();
        }

        return new GaussianProposal(q, h, r, s.StateCount, s.ObservationCount);
    }
}
