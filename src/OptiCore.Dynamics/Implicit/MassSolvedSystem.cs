using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>The explicit form y' = M^(-1) f(t, y) of a problem with a mass matrix that has an inverse.</summary>
internal class MassSolvedSystem : IOdeSystem
{
    private const double Epsilon = 2.220446049250313e-16;

    private readonly IOdeMass _system;
    private readonly double[] _lu;
    private readonly int[] _permutation;
    private readonly double[] _right;

    private MassSolvedSystem(IOdeMass system)
    {
        _system = system;
        int n = system.Dimension;
        Require.Length(system.Mass.Length, checked(n * n), nameof(IOdeMass.Mass));
        _lu = system.Mass.ToArray();
        _permutation = new int[n];
        _right = new double[n];
        double largest = 0;
        foreach (double element in _lu)
            largest = Math.Max(largest, Math.Abs(element));
        bool regular = Lu.TryFactor<double>(_lu, n, n, _permutation);
        for (int i = 0; i < n; i++)
            regular &= Math.Abs(_lu[i * (n + 1)]) > n * Epsilon * largest;
        if (!regular)
        {
            throw new ArgumentException(
                $"The system's mass matrix is singular, so that the problem is differential-algebraic: take an implicit method that solves such problems ({nameof(Radau)}, {nameof(Bdf)}, {nameof(RosenbrockWanner)}).",
                nameof(system));
        }
    }

    public int Dimension => _system.Dimension;

    /// <summary>The explicit form of a problem, with its Jacobian if it has one. For one integration: it has room for one evaluation at a time.</summary>
    /// <exception cref="ArgumentException">The mass matrix is singular.</exception>
    public static IOdeSystem Of(IOdeMass system) => system is IOdeJacobian known ? new WithJacobian(system, known) : new MassSolvedSystem(system);

    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        _system.Derivative(t, y, _right);
        Lu.Solve<double>(_lu, Dimension, Dimension, _permutation, _right, dy);
    }

    private sealed class WithJacobian(IOdeMass system, IOdeJacobian known) : MassSolvedSystem(system), IOdeJacobian
    {
        private readonly double[] _columns = new double[system.Dimension];

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian)
        {
            int n = Dimension;
            known.Jacobian(t, y, jacobian);
            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < n; i++)
                    _right[i] = jacobian[(i * n) + j];
                Lu.Solve<double>(_lu, n, n, _permutation, _right, _columns);
                for (int i = 0; i < n; i++)
                    jacobian[(i * n) + j] = _columns[i];
            }
        }

        public bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative)
        {
            if (!known.TryTimeDerivative(t, y, _right))
                return false;
            Lu.Solve<double>(_lu, Dimension, Dimension, _permutation, _right, derivative);
            return true;
        }
    }
}
