using System.Buffers;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

public static partial class ControlSystem
{
    /// <summary>
    /// The system over time steps of one size, with the control held constant over each (a zero-order hold): x(k+1) is the solution of x' = f(t, x, u(k)) at t0 + (k + 1) h from x(k) at t0 + k h, by an
    /// explicit Runge-Kutta method. The Jacobians are those of the method, not approximations of the flow's: what an optimizer sees is exact.
    /// </summary>
    /// <param name="system">The system.</param>
    /// <param name="step">The time step h.</param>
    /// <param name="tableau">The method. Default: the classical one of order 4; <see cref="Euler"/> where the discrete model is meant to be Euler's.</param>
    /// <param name="substeps">Into how many equal steps of the method h is divided. Default: 1.</param>
    /// <remarks>
    /// Cost: s evaluations a substep for s stages, and for Jacobians s of them and s products of n x n by n x (n + m) matrices. Of a linear system <see cref="LinearPlant.Discretize(double)"/> gives the exact discretisation.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The time step isn't positive, or there are no substeps.</exception>
    public static IDifferentiableDiscreteSystem Discretize(this IDifferentiableControlSystem system, double step, ButcherTableau? tableau = null, int substeps = 1) =>
        new HeldSystem(Require.NotNull(system), Require.Positive(step, nameof(step)), tableau ?? RungeKutta4.Tableau, Require.Positive(substeps, nameof(substeps)));

    /// <summary>The system over time steps of one size, without Jacobians.</summary>
    /// <inheritdoc cref="Discretize(IDifferentiableControlSystem, double, ButcherTableau?, int)"/>
    public static IDiscreteSystem Discretize(this IControlSystem system, double step, ButcherTableau? tableau = null, int substeps = 1) => system is IDifferentiableControlSystem differentiable
        ? Discretize(differentiable, step, tableau, substeps)
        : new HeldValues(Require.NotNull(system), Require.Positive(step, nameof(step)), tableau ?? RungeKutta4.Tableau, Require.Positive(substeps, nameof(substeps)));

    /// <summary>The system with a fixed control law u = c(t, x) as an initial value problem for <see cref="Ode"/>.</summary>
    /// <param name="system">The system.</param>
    /// <param name="law">Writes the control for a time and a state.</param>
    public static IOdeSystem WithControl(this IControlSystem system, ControlLaw law)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(law);
        int m = system.ControlCount;
        return OdeSystem.From(system.StateCount, (t, x, dx) =>
        {
            double[] rented = ArrayPool<double>.Shared.Rent(m);
            law(t, x, rented.AsSpan(0, m));
            system.Derivative(t, x, rented.AsSpan(0, m), dx);
            ArrayPool<double>.Shared.Return(rented);
        });
    }

    private class HeldValues(IControlSystem system, double step, ButcherTableau tableau, int substeps) : IDiscreteSystem
    {
        protected ButcherTableau Tableau { get; } = tableau;

        protected int Substeps { get; } = substeps;

        protected int StageCount => Tableau.StageCount;

        protected double Substep { get; } = step / substeps;

        public int StateCount => system.StateCount;

        public int ControlCount => system.ControlCount;

        public void Next(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next)
        {
            int n = StateCount;
            double[] rented = ArrayPool<double>.Shared.Rent((StageCount + 1) * n);
            Span<double> stages = rented.AsSpan(0, StageCount * n), point = rented.AsSpan(StageCount * n, n);
            x.CopyTo(next);
            for (int s = 0; s < Substeps; s++)
            {
                double t = Time(step, s);
                for (int i = 0; i < StageCount; i++)
                {
                    Combine(next, Tableau.Row(i), stages, point);
                    system.Derivative(t + (Tableau.Nodes[i] * Substep), point, u, stages.Slice(i * n, n));
                }

                Combine(next, Tableau.Weights, stages, next);
            }

            ArrayPool<double>.Shared.Return(rented);
        }

        protected double Time(int step, int substep) => (((double)step * Substeps) + substep) * Substep;

        /// <summary>result = x + h sum_j w_j stage_j; the result may be x.</summary>
        protected void Combine(ReadOnlySpan<double> x, ReadOnlySpan<double> weights, ReadOnlySpan<double> stages, Span<double> result)
        {
            int n = x.Length;
            for (int i = 0; i < n; i++)
            {
                double sum = 0;
                for (int j = 0; j < weights.Length; j++)
                    sum += weights[j] * stages[(j * n) + i];
                result[i] = x[i] + (Substep * sum);
            }
        }
    }

    private sealed class HeldSystem(IDifferentiableControlSystem system, double step, ButcherTableau tableau, int substeps) : HeldValues(system, step, tableau, substeps), IDifferentiableDiscreteSystem
    {
        private readonly IDifferentiableControlSystem _system = system;

        public void NextAndJacobians(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next, Span<double> a, Span<double> b)
        {
            int n = StateCount, m = ControlCount, width = n + m, block = n * width;
            Require.Length(a.Length, n * n, nameof(a));
            Require.Length(b.Length, n * m, nameof(b));
            double[] rented = ArrayPool<double>.Shared.Rent(((StageCount + 1) * n) + ((StageCount + 2) * block) + (n * n) + (n * m));
            Span<double> rest = rented;
            Span<double> stages = Take(ref rest, StageCount * n), point = Take(ref rest, n), slopes = Take(ref rest, StageCount * block);
            Span<double> sensitivity = Take(ref rest, block), inner = Take(ref rest, block), fx = Take(ref rest, n * n), fu = Take(ref rest, n * m);

            // S = d(x, u)-derivative of the state so far, n x (n + m): (I, 0) at first.
            x.CopyTo(next);
            sensitivity.Clear();
            for (int i = 0; i < n; i++)
                sensitivity[(i * width) + i] = 1;
            for (int s = 0; s < Substeps; s++)
            {
                double t = Time(step, s);
                for (int i = 0; i < StageCount; i++)
                {
                    Combine(next, Tableau.Row(i), stages, point);
                    Combine(sensitivity, Tableau.Row(i), slopes, inner);
                    _system.DerivativeAndJacobians(t + (Tableau.Nodes[i] * Substep), point, u, stages.Slice(i * n, n), fx, fu);
                    Span<double> slope = slopes.Slice(i * block, block);
                    Blas.Multiply<double>(fx, inner, slope, n, n, width);
                    for (int row = 0; row < n; row++)
                    {
                        for (int j = 0; j < m; j++)
                            slope[(row * width) + n + j] += fu[(row * m) + j];
                    }
                }

                Combine(next, Tableau.Weights, stages, next);
                Combine(sensitivity, Tableau.Weights, slopes, sensitivity);
            }

            for (int row = 0; row < n; row++)
            {
                sensitivity.Slice(row * width, n).CopyTo(a[(row * n)..]);
                sensitivity.Slice((row * width) + n, m).CopyTo(b[(row * m)..]);
            }

            ArrayPool<double>.Shared.Return(rented);
        }

        private static Span<double> Take(ref Span<double> rest, int count)
        {
            Span<double> taken = rest[..count];
            rest = rest[count..];
            return taken;
        }
    }
}

/// <summary>Writes the control for a time and a state.</summary>
/// <param name="t">The time; in discrete time the number of the step.</param>
/// <param name="x">The state.</param>
/// <param name="u">Receives the control; every element is written.</param>
public delegate void ControlLaw(double t, ReadOnlySpan<double> x, Span<double> u);
