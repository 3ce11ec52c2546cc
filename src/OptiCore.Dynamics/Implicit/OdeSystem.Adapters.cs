using System.Buffers;
using System.Runtime.Intrinsics;
using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Writes the derivative of a state of dual numbers, so that the Jacobian comes with it.</summary>
/// <param name="t">The time: a variable too, for df/dt.</param>
/// <param name="y">The state.</param>
/// <param name="dy">Receives dy/dt; every element is written.</param>
public delegate void OdeDualDelegate(Dual4 t, ReadOnlySpan<Dual4> y, Span<Dual4> dy);

/// <content>Adapters that add a capability, each by name.</content>
public static partial class OdeSystem
{
    /// <summary>A system whose Jacobian is written by hand.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="derivative">Writes f(t, y).</param>
    /// <param name="jacobian">Writes df(i)/dy(j), n x n, row-major.</param>
    public static IOdeJacobian From(int dimension, OdeDelegate derivative, OdeJacobianDelegate jacobian) => new JacobianSystem(dimension, derivative, jacobian);

    /// <summary>A system with its exact Jacobian and df/dt by forward-mode differentiation of a formula over dual numbers.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="derivative">Writes f(t, y), computed by arithmetic and elementary functions.</param>
    /// <remarks>
    /// The derivative alone costs one evaluation of the formula with dual numbers, the Jacobian ceil(n / 4): for a few dozen variables at most. Safe for several threads if the formula is;
    /// nothing is allocated after the first calls.
    /// </remarks>
    public static IOdeJacobian FromDuals(int dimension, OdeDualDelegate derivative) => new DualSystem(dimension, derivative);

    /// <summary>A system with its exact Jacobian and df/dt from an expression that is traced once.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="derivative">Writes f(t, y), a vector of n elements, for a scalar t and a vector y; called once.</param>
    /// <exception cref="ArgumentException">The expression hasn't n elements.</exception>
    /// <remarks>Safe for several threads, each of which gets memory of its own; nothing is allocated after the first calls. Below some dozens of variables <see cref="FromDuals"/> may be faster.</remarks>
    public static IOdeJacobian Traced(int dimension, Func<Variable, Variable, Variable> derivative) => new TracedSystem(dimension, derivative);

    /// <summary>The problem M y' = f(t, y); see <see cref="IOdeMass"/>. A Jacobian stays one.</summary>
    /// <param name="system">f.</param>
    /// <param name="mass">M, n x n finite elements, row-major; copied.</param>
    /// <exception cref="ArgumentException">The length isn't n * n, an element isn't finite, or the system is a band.</exception>
    public static IOdeMass WithMass(this IOdeSystem system, ReadOnlySpan<double> mass)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (system is IOdeBand)
            throw new ArgumentException("The system is a band, whose mass matrix can only be the identity: solve it as a dense one.", nameof(system));
        Require.Length(mass.Length, checked(system.Dimension * system.Dimension), nameof(mass));
        Require.AllFinite(mass, nameof(mass));
        return system is IOdeJacobian known ? new MassJacobianSystem(known, mass.ToArray()) : new MassSystem(system, mass.ToArray());
    }

    /// <summary>The system with the promise that its Jacobian is a band; see <see cref="IOdeBand"/>. A Jacobian that is written by hand must write band rows.</summary>
    /// <param name="system">f.</param>
    /// <param name="lower">The diagonals kl below the main one, from 0 to n - 1.</param>
    /// <param name="upper">The diagonals ku above the main one, from 0 to n - 1.</param>
    /// <exception cref="ArgumentException">A width lies outside, or the system has a mass matrix.</exception>
    public static IOdeBand WithBand(this IOdeSystem system, int lower, int upper)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (system is IOdeMass)
            throw new ArgumentException("The system has a mass matrix, and can't be a band.", nameof(system));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Require.NonNegative(lower, nameof(lower)), system.Dimension, nameof(lower));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Require.NonNegative(upper, nameof(upper)), system.Dimension, nameof(upper));
        return system is IOdeJacobian known ? new BandJacobianSystem(known, lower, upper) : new BandSystem(system, lower, upper);
    }

    /// <summary>The sum of two right-hand sides, for methods that split them; see <see cref="ISplitOdeSystem"/>.</summary>
    /// <param name="explicitPart">The part that isn't stiff.</param>
    /// <param name="implicitPart">The stiff part, of the same dimension.</param>
    /// <exception cref="ArgumentException">The dimensions differ, or a part has a mass matrix.</exception>
    public static ISplitOdeSystem Split(IOdeSystem explicitPart, IOdeSystem implicitPart) => new SplitSystem(explicitPart, implicitPart);

    private sealed class JacobianSystem(int dimension, OdeDelegate derivative, OdeJacobianDelegate jacobian) : IOdeJacobian
    {
        private readonly OdeDelegate _derivative = Require.NotNull(derivative);
        private readonly OdeJacobianDelegate _jacobian = Require.NotNull(jacobian);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _derivative(t, y, dy);

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _jacobian(t, y, jacobian);
    }

    private class MassSystem(IOdeSystem system, double[] mass) : IOdeMass
    {
        public int Dimension => system.Dimension;

        public ReadOnlyMemory<double> Mass => mass;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => system.Derivative(t, y, dy);
    }

    private sealed class MassJacobianSystem(IOdeJacobian system, double[] mass) : MassSystem(system, mass), IOdeJacobian
    {
        private readonly IOdeJacobian _system = system;

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _system.Jacobian(t, y, jacobian);

        public bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative) => _system.TryTimeDerivative(t, y, derivative);
    }

    private class BandSystem(IOdeSystem system, int lower, int upper) : IOdeBand
    {
        public int Dimension => system.Dimension;

        public int LowerBandwidth => lower;

        public int UpperBandwidth => upper;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => system.Derivative(t, y, dy);
    }

    private sealed class BandJacobianSystem(IOdeJacobian system, int lower, int upper) : BandSystem(system, lower, upper), IOdeJacobian
    {
        private readonly IOdeJacobian _system = system;

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _system.Jacobian(t, y, jacobian);

        public bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative) => _system.TryTimeDerivative(t, y, derivative);
    }

    private sealed class SplitSystem : ISplitOdeSystem
    {
        public SplitSystem(IOdeSystem explicitPart, IOdeSystem implicitPart)
        {
            Explicit = Require.NotNull(explicitPart);
            Implicit = Require.NotNull(implicitPart);
            if (explicitPart.Dimension != implicitPart.Dimension)
                throw new ArgumentException(FormattableString.Invariant($"The parts have {explicitPart.Dimension} and {implicitPart.Dimension} state variables, but must have the same number."), nameof(implicitPart));
            if (explicitPart is IOdeMass || implicitPart is IOdeMass)
                throw new ArgumentException("A part has a mass matrix: methods that split take none.", explicitPart is IOdeMass ? nameof(explicitPart) : nameof(implicitPart));
        }

        public int Dimension => Explicit.Dimension;

        public IOdeSystem Explicit { get; }

        public IOdeSystem Implicit { get; }

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            double[] part = ArrayPool<double>.Shared.Rent(dy.Length);
            try
            {
                Explicit.Derivative(t, y, dy);
                Implicit.Derivative(t, y, part.AsSpan(0, dy.Length));
                for (int i = 0; i < dy.Length; i++)
                    dy[i] += part[i];
            }
            finally
            {
                ArrayPool<double>.Shared.Return(part);
            }
        }
    }

    private sealed class DualSystem(int dimension, OdeDualDelegate derivative) : IOdeJacobian
    {
        private readonly OdeDualDelegate _derivative = Require.NotNull(derivative);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            Dual4[] point = Constants(y), results = ArrayPool<Dual4>.Shared.Rent(Dimension);
            _derivative(t, point.AsSpan(0, Dimension), results.AsSpan(0, Dimension));
            for (int i = 0; i < dy.Length; i++)
                dy[i] = results[i].Value;
            Return(point, results);
        }

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian)
        {
            int n = Dimension;
            Dual4[] point = Constants(y), results = ArrayPool<Dual4>.Shared.Rent(n);
            for (int first = 0; first < n; first += 4)
            {
                int columns = Math.Min(4, n - first);
                for (int j = 0; j < columns; j++)
                    point[first + j] = Dual4.Variable(y[first + j], j);
                _derivative(t, point.AsSpan(0, n), results.AsSpan(0, n));
                for (int i = 0; i < n; i++)
                {
                    Vector256<double> row = results[i].Derivatives;
                    for (int j = 0; j < columns; j++)
                        jacobian[(i * n) + first + j] = row.GetElement(j);
                }

                for (int j = 0; j < columns; j++)
                    point[first + j] = y[first + j];
            }

            Return(point, results);
        }

        public bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative)
        {
            Dual4[] point = Constants(y), results = ArrayPool<Dual4>.Shared.Rent(Dimension);
            _derivative(Dual4.Variable(t, 0), point.AsSpan(0, Dimension), results.AsSpan(0, Dimension));
            for (int i = 0; i < derivative.Length; i++)
                derivative[i] = results[i].Derivatives.GetElement(0);
            Return(point, results);
            return true;
        }

        private static Dual4[] Constants(ReadOnlySpan<double> y)
        {
            Dual4[] point = ArrayPool<Dual4>.Shared.Rent(y.Length);
            for (int i = 0; i < y.Length; i++)
                point[i] = y[i];
            return point;
        }

        private static void Return(Dual4[] point, Dual4[] results)
        {
            ArrayPool<Dual4>.Shared.Return(point);
            ArrayPool<Dual4>.Shared.Return(results);
        }
    }

    private sealed class TracedSystem : IOdeJacobian
    {
        private readonly Pool _value, _jacobian, _timeDerivative;

        public TracedSystem(int dimension, Func<Variable, Variable, Variable> derivative)
        {
            Dimension = Require.Positive(dimension, nameof(dimension));
            Variable t = Variable.Input("t", Shape.Scalar), y = Variable.Input("y", [dimension]);
            Variable f = Require.NotNull(derivative)(t, y);
            if (f.Shape.ElementCount != dimension)
                throw new ArgumentException($"The derivative has the shape {f.Shape}; it must have {dimension} elements, one for each state variable.", nameof(derivative));
            _value = new Pool(Computation.Compile<double>([t, y], f));
            _jacobian = new Pool(Computation.Compile<double>([t, y], Differentiation.Derivative.Jacobian(f, y)));
            _timeDerivative = new Pool(Computation.Compile<double>([t, y], Differentiation.Derivative.JacobianVector(f, t, 1)));
        }

        public int Dimension { get; }

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _value.Run(t, y, dy);

        public void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian) => _jacobian.Run(t, y, jacobian);

        public bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative)
        {
            _timeDerivative.Run(t, y, derivative);
            return true;
        }

        /// <summary>Replays of one program, one for each thread that needs one at a time.</summary>
        private sealed class Pool(Computation<double> computation)
        {
            private readonly Lock _lock = new();
            private readonly Stack<Replay<double>> _free = new();

            public void Run(double t, ReadOnlySpan<double> y, Span<double> result)
            {
                Replay<double>? replay;
                lock (_lock)
                    _free.TryPop(out replay);
                replay ??= computation.Start();
                replay.Input(0)[0] = t;
                y.CopyTo(replay.Input(1));
                replay.Run();
                replay.Output(0).CopyTo(result);
                lock (_lock)
                    _free.Push(replay);
            }
        }
    }
}
