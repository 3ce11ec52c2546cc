using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>
/// Dynamical linear bandit: an action moves a hidden state, x' = A x + B a + noise, and pays y = omega'x + theta'a + noise, so that its effects spread over later rounds.
/// </summary>
/// <remarks>
/// <para>M. Mussi, A. M. Metelli, M. Restelli (2023), "Dynamical linear bandits", ICML. If the spectral radius of A is below 1, the best policy plays for ever the action with the largest h'a, with the cumulative
/// Markov parameter h = theta + B' (I - A)^-T omega, and earns h'a a round: that is the <see cref="Benchmark"/>. The state begins at 0. Noise is normal, independent in all coordinates.</para>
/// <para>O(n^2 + n d) a round.</para>
/// </remarks>
public sealed class DynamicalLinearBandit : IBanditWithMemory
{
    private readonly double[] _transition, _input, _output, _direct, _actions, _markov;
    private readonly double _stateNoise, _rewardNoise;
    private readonly int _n;

    /// <summary>Creates the bandit.</summary>
    /// <param name="transition">A, n x n, row after row; its spectral radius is below 1.</param>
    /// <param name="input">B, n x d, row after row.</param>
    /// <param name="output">omega, n numbers; n is at least 1.</param>
    /// <param name="direct">theta, d numbers; d is at least 1.</param>
    /// <param name="actions">The actions, K x d, row after row.</param>
    /// <param name="stateNoise">The standard deviation of the noise of each coordinate of the state, at least 0.</param>
    /// <param name="rewardNoise">The standard deviation of the noise of rewards, at least 0.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no state, feature or action, the spectral radius isn't below 1, or a deviation is negative or not finite.</exception>
    public DynamicalLinearBandit(
        ReadOnlySpan<double> transition, ReadOnlySpan<double> input, ReadOnlySpan<double> output, ReadOnlySpan<double> direct, ReadOnlySpan<double> actions, double stateNoise, double rewardNoise)
    {
        int n = _n = Require.Positive(output.Length, nameof(output)), d = Features = Require.Positive(direct.Length, nameof(direct));
        Require.Length(transition.Length, checked(n * n), nameof(transition));
        Require.Length(input.Length, checked(n * d), nameof(input));
        Arms = Require.Positive(actions.Length / d, nameof(actions));
        Require.Length(actions.Length, checked(Arms * d), nameof(actions));
        Require.AllFinite(transition, nameof(transition));
        Require.AllFinite(input, nameof(input));
        Require.AllFinite(output, nameof(output));
        Require.AllFinite(direct, nameof(direct));
        Require.AllFinite(actions, nameof(actions));
        _stateNoise = Require.NonNegative(stateNoise, nameof(stateNoise));
        _rewardNoise = Require.NonNegative(rewardNoise, nameof(rewardNoise));
        SpectralRadius = RadiusOf(transition, n);
        if (!(SpectralRadius < 1))
            throw new ArgumentOutOfRangeException(nameof(transition), SpectralRadius, "transition must have a spectral radius below 1: otherwise no long-run average exists.");
        (_transition, _input, _output, _direct, _actions) = (transition.ToArray(), input.ToArray(), output.ToArray(), direct.ToArray(), actions.ToArray());

        // h = theta + B'z with (I - A)'z = omega; the matrix is regular, as 1 isn't an eigenvalue of A.
        double[] system = new double[n * n], z = new double[n];
        for (int i = 0; i < system.Length; i++)
            system[i] = (i % (n + 1) == 0 ? 1 : 0) - _transition[i];
        int[] permutation = new int[n];
        Lu.TryFactor<double>(system, n, n, permutation);
        Lu.Solve<double>(system, n, n, permutation, _output, z, transpose: true);
        _markov = direct.ToArray();
        for (int i = 0; i < n; i++)
            RidgeModel.AddScaled(_markov, z[i], _input.AsSpan(i * d, d));
        BestArm = 0;
        for (int arm = 1; arm < Arms; arm++)
            BestArm = LongRunMean(arm) > LongRunMean(BestArm) ? arm : BestArm;
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> ActionFeatures => _actions;

    /// <inheritdoc/>
    public int StateLength => _n;

    /// <summary>The largest h'a.</summary>
    public double Benchmark => LongRunMean(BestArm);

    /// <summary>The action with the largest h'a, the first of equal ones.</summary>
    public int BestArm { get; }

    /// <summary>The cumulative Markov parameter h, d numbers.</summary>
    public ReadOnlySpan<double> MarkovParameter => _markov;

    /// <summary>The spectral radius of A.</summary>
    public double SpectralRadius { get; }

    /// <summary>The mean reward of an action that is played for ever, h'a.</summary>
    /// <param name="arm">The action, from 0.</param>
    public double LongRunMean(int arm) => RidgeModel.Dot(_markov, Action(arm));

    /// <inheritdoc/>
    public void Begin(Span<double> state) => state.Clear();

    /// <inheritdoc/>
    public double Mean(ReadOnlySpan<double> state, int arm) => RidgeModel.Dot(_output, state) + RidgeModel.Dot(_direct, Action(arm));

    /// <inheritdoc/>
    public double Play(Span<double> state, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        ReadOnlySpan<double> action = Action(arm);
        double reward = Mean(state, arm) + (_rewardNoise * stream.NextNormal());
        Span<double> next = _n <= 64 ? stackalloc double[_n] : new double[_n];
        for (int i = 0; i < _n; i++)
        {
            next[i] = RidgeModel.Dot(_transition.AsSpan(i * _n, _n), state) + RidgeModel.Dot(_input.AsSpan(i * Features, Features), action);
            next[i] += _stateNoise * stream.NextNormal();
        }

        next.CopyTo(state);
        return reward;
    }

    private ReadOnlySpan<double> Action(int arm) => _actions.AsSpan(arm * Features, Features);

    /// <summary>Gelfand's formula, the limit of |A^m|^(1/m), by squaring: 50 squarings leave a relative error below 1e-12 for any Jordan form.</summary>
    private static double RadiusOf(ReadOnlySpan<double> matrix, int n)
    {
        double[] power = matrix.ToArray(), square = new double[n * n];
        double logarithm = 0, weight = 1;
        for (int step = 0; step <= 50; step++, weight *= 0.5)
        {
            double norm = Math.Sqrt(RidgeModel.Dot(power, power));
            if (norm == 0)
                return 0;
            logarithm += weight * Math.Log(norm);
            for (int i = 0; i < power.Length; i++)
                power[i] /= norm;
            Array.Clear(square);
            for (int i = 0; i < n; i++)
            {
                for (int k = 0; k < n; k++)
                    RidgeModel.AddScaled(square.AsSpan(i * n, n), power[(i * n) + k], power.AsSpan(k * n, n));
            }

            (power, square) = (square, power);
        }

        return Math.Exp(logarithm);
    }
}
