using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// A state-value function that is linear in the features (1, s, s^2), fitted to returns by ridge regression, as in Y. Duan, X. Chen, R. Houthooft, J. Schulman, P. Abbeel (2016),
/// "Benchmarking deep reinforcement learning for continuous control", without their features of time: a value that a truncated episode bootstraps from can only depend on the state.
/// </summary>
/// <remarks>
/// The normal equations are scaled to a unit diagonal, and the ridge of 1e-6 is relative to it, so that constant or redundant features do no harm.
/// Adding a sample costs O(d^2), solving O(d^3), with d = 2 inputs + 1.
/// </remarks>
/// <param name="inputs">The number of elements of a state.</param>
internal sealed class LinearValue(int inputs) : IPersistent
{
    private const double Ridge = 1e-6;

    private readonly double[] _weights = new double[(2 * inputs) + 1];
    private readonly double[] _features = new double[(2 * inputs) + 1];
    private readonly double[] _gram = new double[((2 * inputs) + 1) * ((2 * inputs) + 1)];
    private readonly double[] _factor = new double[((2 * inputs) + 1) * ((2 * inputs) + 1)];
    private readonly double[] _right = new double[(2 * inputs) + 1];
    private readonly double[] _scales = new double[(2 * inputs) + 1];

    public double Value(ReadOnlySpan<float> state)
    {
        double value = _weights[0];
        for (int i = 0; i < state.Length; i++)
            value += ((_weights[1 + (2 * i)]) * state[i]) + (_weights[2 + (2 * i)] * state[i] * state[i]);
        return value;
    }

    public void Clear()
    {
        Array.Clear(_gram);
        Array.Clear(_right);
    }

    public void Add(ReadOnlySpan<float> state, double target)
    {
        _features[0] = 1;
        for (int i = 0; i < state.Length; i++)
        {
            _features[1 + (2 * i)] = state[i];
            _features[2 + (2 * i)] = (double)state[i] * state[i];
        }

        int d = _features.Length;
        for (int row = 0; row < d; row++)
        {
            double feature = _features[row];
            _right[row] += feature * target;
            for (int column = 0; column <= row; column++)
                _gram[(row * d) + column] += feature * _features[column];
        }
    }

    /// <summary>Solves for the weights by a Cholesky factorisation of the scaled normal equations; the ridge grows where rounding has made them indefinite.</summary>
    public void Fit()
    {
        int d = _right.Length;
        for (int i = 0; i < d; i++)
        {
            _scales[i] = _gram[(i * d) + i] > 0 ? 1 / Math.Sqrt(_gram[(i * d) + i]) : 1;
            _weights[i] = _right[i] * _scales[i];
        }

        double ridge = Ridge;
        while (!TryFactor(ridge))
        {
            ridge *= 10;
            if (ridge > 1)
            {
                // With a unit diagonal a ridge of 1 makes any finite sum of squares definite: this one isn't finite, and its values must not look as if they were.
                _weights.AsSpan().Fill(double.NaN);
                return;
            }
        }

        Cholesky.Solve<double>(_factor, d, d, _weights);
        for (int i = 0; i < d; i++)
            _weights[i] *= _scales[i];
    }

    private bool TryFactor(double ridge)
    {
        int d = _right.Length;
        for (int row = 0; row < d; row++)
        {
            for (int column = 0; column <= row; column++)
                _factor[(row * d) + column] = (_gram[(row * d) + column] * _scales[row] * _scales[column]) + (row == column ? ridge : 0);
        }

        return Cholesky.TryFactor<double>(_factor, d);
    }

    public void Persist(StateArchive archive) => archive.Transfer<double>(_weights);
}
