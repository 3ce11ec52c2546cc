using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>A system y' = L y + N(t, y) with a constant matrix L, in which whatever makes the system stiff is, and a rest N that changes slowly against it.</summary>
/// <remarks>Every method for <see cref="IOdeSystem"/> takes the system too.</remarks>
public interface ISemilinearOde : IOdeSystem
{
    /// <summary>True when L is diagonal.</summary>
    bool IsDiagonal { get; }

    /// <summary>L, n x n, row-major; or, where <see cref="IsDiagonal"/>, its n diagonal elements. Finite and constant.</summary>
    ReadOnlySpan<double> Linear { get; }

    /// <summary>Writes N(t, y).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="dy">Receives N, n elements; every one is written.</param>
    void Nonlinear(double t, ReadOnlySpan<double> y, Span<double> dy);

    /// <inheritdoc/>
    void IOdeSystem.Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        Nonlinear(t, y, dy);
        ReadOnlySpan<double> linear = Linear;
        if (!IsDiagonal)
        {
            Blas.Gemv(false, dy.Length, dy.Length, 1, linear, dy.Length, y, 1, dy);
            return;
        }

        for (int i = 0; i < dy.Length; i++)
            dy[i] += linear[i] * y[i];
    }
}

/// <summary>Makes semilinear systems of delegates.</summary>
public static class SemilinearOde
{
    /// <summary>y' = L y + N(t, y) with a dense L.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="linear">L, n x n, row-major, finite. It is copied.</param>
    /// <param name="nonlinear">Writes N(t, y).</param>
    /// <exception cref="ArgumentException">The length differs, or an element isn't finite.</exception>
    public static ISemilinearOde Dense(int dimension, ReadOnlySpan<double> linear, OdeDelegate nonlinear)
    {
        Require.Length(linear.Length, checked(Require.Positive(dimension, nameof(dimension)) * dimension), nameof(linear));
        return new DelegateSystem(dimension, linear, false, nonlinear);
    }

    /// <summary>y[i]' = linear[i] y[i] + N(t, y)[i].</summary>
    /// <param name="linear">The diagonal of L, n elements, finite. It is copied.</param>
    /// <param name="nonlinear">Writes N(t, y).</param>
    /// <exception cref="ArgumentException">There is no element, or one isn't finite.</exception>
    public static ISemilinearOde Diagonal(ReadOnlySpan<double> linear, OdeDelegate nonlinear) =>
        new DelegateSystem(Require.Positive(linear.Length, nameof(linear)), linear, true, nonlinear);

    private sealed class DelegateSystem : ISemilinearOde
    {
        private readonly double[] _linear;
        private readonly OdeDelegate _nonlinear;

        public DelegateSystem(int dimension, ReadOnlySpan<double> linear, bool isDiagonal, OdeDelegate nonlinear)
        {
            Require.AllFinite(linear, nameof(linear));
            Dimension = dimension;
            IsDiagonal = isDiagonal;
            _linear = linear.ToArray();
            _nonlinear = Require.NotNull(nonlinear);
        }

        public int Dimension { get; }

        public bool IsDiagonal { get; }

        public ReadOnlySpan<double> Linear => _linear;

        public void Nonlinear(double t, ReadOnlySpan<double> y, Span<double> dy) => _nonlinear(t, y, dy);
    }
}
