using System.Buffers;
using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// A control-affine model x' = W (phi(x), phi(x) u1, ..., phi(x) um) with features phi, fitted to states, controls and derivatives by ridge regression: the vector fields f and b1, ..., bm are each a linear combination of the same
/// features.
/// <code>
/// ControlAffineModel model = ControlAffineModel.Fit(Function.FromResiduals(2, 6, (x, phi) => ...), 1, states, controls, derivatives, ridge: 1e-6);
/// var controller = new StateDependentRegulator(model, q, r);
/// </code>
/// </summary>
/// <remarks>
/// <para>With it <see cref="StateDependentRegulator"/> is a controller learned from data. Where the paper learns the factorization by a second network with a penalty for not being one, here it is the integral of the Jacobian of the
/// learned fields, which is one by construction.</para>
/// <para>Fitting costs O(N d^2 + d^3) for N data and d = (m + 1) features. S. M. Richards, J.-J. Slotine, N. Azizan, M. Pavone (2023), Learning control-oriented dynamical structure from data.</para>
/// </remarks>
public sealed class ControlAffineModel : IDifferentiableControlSystem
{
    private readonly IDifferentiableResidualFunction<double> _features;
    private readonly int _count;
    private readonly double[] _weights;

    private ControlAffineModel(IDifferentiableResidualFunction<double> features, int controls, double[] weights) =>
        (_features, _count, _weights, StateCount, ControlCount) = (features, features.ResidualCount, weights, features.Dimension, controls);

    /// <inheritdoc/>
    public int StateCount { get; }

    /// <inheritdoc/>
    public int ControlCount { get; }

    /// <summary>The weights W, n x (m + 1) F: the row of a state variable holds those of f and then those of each control's field, F features each.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>Fits a model.</summary>
    /// <param name="features">The features phi of the n state variables with their Jacobian.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="states">The states, N x n.</param>
    /// <param name="inputs">The controls, N x m.</param>
    /// <param name="derivatives">The derivatives, N x n.</param>
    /// <param name="ridge">The weight of |W|^2 relative to the mean squared error of N data, positive.</param>
    /// <exception cref="ArgumentException">Lengths don't fit together, an element isn't finite, or there are no data.</exception>
    public static ControlAffineModel Fit(
        IDifferentiableResidualFunction<double> features, int controls, ReadOnlySpan<double> states, ReadOnlySpan<double> inputs, ReadOnlySpan<double> derivatives, double ridge)
    {
        ArgumentNullException.ThrowIfNull(features);
        Require.Positive(controls, nameof(controls));
        Require.Positive(ridge, nameof(ridge));
        int n = features.Dimension, m = controls, count = features.ResidualCount, data = states.Length / n, size = (m + 1) * count;
        if (data == 0 || data * n != states.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"states has {states.Length} elements; a positive multiple of {n} was expected."), nameof(states));
        Require.Length(inputs.Length, data * m, nameof(inputs));
        Require.Length(derivatives.Length, data * n, nameof(derivatives));
        Require.AllFinite(states, nameof(states));
        Require.AllFinite(inputs, nameof(inputs));
        Require.AllFinite(derivatives, nameof(derivatives));

        // Least squares of the stacked rows (features; sqrt(N ridge) I) by QR: normal equations would square the condition of the features.
        double[] design = new double[(data + size) * size], right = new double[data + size], solution = new double[size], weights = new double[n * size];
        double root = Math.Sqrt(ridge * data);
        for (int k = 0; k < data; k++)
        {
            Span<double> row = design.AsSpan(k * size, size);
            features.Residuals(states.Slice(k * n, n), row[..count]);
            for (int j = 0; j < m; j++)
            {
                for (int i = 0; i < count; i++)
                    row[((j + 1) * count) + i] = row[i] * inputs[(k * m) + j];
            }
        }

        for (int i = 0; i < size; i++)
            design[((data + i) * size) + i] = root;
        Require.AllFinite<double>(design, nameof(features));
        var qr = new Qr<double>(data + size, size);
        qr.Factor(design);
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < data; k++)
                right[k] = derivatives[(k * n) + i];
            right.AsSpan(data).Clear();
            qr.TrySolve(right, solution, out _);
            solution.CopyTo(weights, i * size);
        }

        return new ControlAffineModel(features, m, weights);
    }

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx)
    {
        Require.Length(x.Length, StateCount, nameof(x));
        Require.Length(u.Length, ControlCount, nameof(u));
        Require.Length(dx.Length, StateCount, nameof(dx));
        double[] buffer = ArrayPool<double>.Shared.Rent(_count);
        Span<double> phi = buffer.AsSpan(0, _count);
        _features.Residuals(x, phi);
        Combine(phi, u, dx);
        ArrayPool<double>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public void DerivativeAndJacobians(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx, Span<double> a, Span<double> b)
    {
        int n = StateCount, m = ControlCount, size = (m + 1) * _count;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(u.Length, m, nameof(u));
        Require.Length(dx.Length, n, nameof(dx));
        Require.Length(a.Length, n * n, nameof(a));
        Require.Length(b.Length, n * m, nameof(b));
        double[] buffer = ArrayPool<double>.Shared.Rent(_count * (n + 1));
        Span<double> phi = buffer.AsSpan(0, _count), jacobian = buffer.AsSpan(_count, _count * n);
        _features.ResidualsAndJacobian(x, phi, jacobian);
        Combine(phi, u, dx);
        a.Clear();
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = _weights.AsSpan(i * size, size);
            for (int j = 0; j < m; j++)
                b[(i * m) + j] = Matrices.Dot(row.Slice((j + 1) * _count, _count), phi);
            for (int k = 0; k < _count; k++)
            {
                double weight = row[k];
                for (int j = 0; j < m; j++)
                    weight += row[((j + 1) * _count) + k] * u[j];
                for (int l = 0; l < n; l++)
                    a[(i * n) + l] += weight * jacobian[(k * n) + l];
            }
        }

        ArrayPool<double>.Shared.Return(buffer);
    }

    private void Combine(ReadOnlySpan<double> phi, ReadOnlySpan<double> u, Span<double> dx)
    {
        int size = (ControlCount + 1) * _count;
        for (int i = 0; i < dx.Length; i++)
        {
            ReadOnlySpan<double> row = _weights.AsSpan(i * size, size);
            double sum = Matrices.Dot(row[.._count], phi);
            for (int j = 0; j < u.Length; j++)
                sum += u[j] * Matrices.Dot(row.Slice((j + 1) * _count, _count), phi);
            dx[i] = sum;
        }
    }
}
