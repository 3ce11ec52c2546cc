using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>
/// The solution of an initial value problem as an expression in its start and its parameters, for losses and log densities that are traced:
/// <code>
/// Variable y = OdeOperation.Solve(new ExplicitRungeKutta(), system, y0, p, start: 0, times);      // shape [times, n]
/// Variable loss = Mean(Square(y - data));
/// </code>
/// </summary>
/// <remarks>
/// Its derivative is the adjoint's (<see cref="OdeAdjoint"/>); derivatives of the derivative aren't offered. A run that doesn't complete gives NaN. Each computation allocates, as every
/// integration does when it starts. Equal expressions share one integration.
/// </remarks>
public static class OdeOperation
{
    /// <summary>Writes the states of a solution at times.</summary>
    /// <param name="method">The method.</param>
    /// <param name="system">The right-hand side with its products, n state variables and m parameters.</param>
    /// <param name="state">The state at the start, shape [n].</param>
    /// <param name="parameters">The parameters, shape [m].</param>
    /// <param name="start">The time at which the integration starts.</param>
    /// <param name="times">The times, in the order of integration.</param>
    /// <param name="adjoint">How the derivative is computed; null for the default.</param>
    /// <returns>The states, shape [number of times, n].</returns>
    /// <exception cref="ArgumentException">Shapes don't fit, or the times aren't ordered.</exception>
    public static Variable Solve(
        OdeMethod method, IAdjointOde system, Variable state, Variable parameters, double start, ReadOnlySpan<double> times, OdeAdjoint? adjoint = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        Require.Finite(start);
        if (times.IsEmpty)
            throw new ArgumentException("There is no time.", nameof(times));
        Ode.CheckTimes(times, start, Require.Finite(times[^1], nameof(times)));
        return new SolutionOperation(new Problem(method, system, start, times.ToArray(), adjoint ?? new OdeAdjoint())).Of(state, parameters);
    }

    /// <summary>What both operations share. Equal only to itself.</summary>
    private sealed class Problem(OdeMethod method, IAdjointOde system, double start, double[] times, OdeAdjoint adjoint)
    {
        public int Dimension => system.Dimension;

        public int ParameterCount => system.ParameterCount;

        public int TimeCount => times.Length;

        public void Check(Shape state, Shape parameters)
        {
            if (state.Rank != 1 || state[0] != Dimension)
                throw new ArgumentException($"The state has the shape {state}, expected [{Dimension}].", nameof(state));
            if (parameters.Rank != 1 || parameters[0] != ParameterCount)
                throw new ArgumentException($"The parameters have the shape {parameters}, expected [{ParameterCount}].", nameof(parameters));
        }

        public double[] Solve(double[] state, double[] parameters)
        {
            double[] states = new double[times.Length * Dimension];
            states.AsSpan().Fill(double.NaN);
            if (AllFinite(state) && AllFinite(parameters))
                Ode.Solve(method, system.At(parameters), (start, times[^1]), state, times).States.CopyTo(states.AsSpan());
            return states;
        }

        public double[] Pull(double[] state, double[] parameters, double[] cotangents)
        {
            double[] gradient = new double[Dimension + ParameterCount];
            gradient.AsSpan().Fill(double.NaN);
            if (!AllFinite(state) || !AllFinite(parameters))
                return gradient;
            OdeAdjointResult result = adjoint.Solve(method, system, parameters, start, state, times, (k, _, g) =>
            {
                cotangents.AsSpan(k * Dimension, Dimension).CopyTo(g);
                return 0;
            });
            result.Start.CopyTo(gradient.AsSpan());
            result.Parameters.CopyTo(gradient.AsSpan(Dimension));
            return gradient;
        }

        private static bool AllFinite(double[] values) => StageKernels.AllFinite(values);
    }

    private sealed record SolutionOperation(Problem Problem) : CustomOperation
    {
        public override string Name => "OdeSolution";

        public override Shape ResultShape(IReadOnlyList<Shape> inputs)
        {
            Problem.Check(inputs[0], inputs[1]);
            return [Problem.TimeCount, Problem.Dimension];
        }

        public override void Compute<T>(CustomArguments<T> arguments) =>
            Write(Problem.Solve(Doubles(arguments.Input(0)), Doubles(arguments.Input(1))), arguments.Result);

        public override Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input)
        {
            Variable gradient = new PullOperation(Problem).Of(inputs[0], inputs[1], cotangent);
            return input == 0
                ? Operations.Slice(gradient, 0, 0, Problem.Dimension)
                : Operations.Slice(gradient, 0, Problem.Dimension, Problem.ParameterCount);
        }
    }

    /// <summary>dL/dy0 and dL/dp one behind the other, from the cotangents of the states.</summary>
    private sealed record PullOperation(Problem Problem) : CustomOperation
    {
        public override string Name => "OdeAdjoint";

        public override Shape ResultShape(IReadOnlyList<Shape> inputs) => [Problem.Dimension + Problem.ParameterCount];

        public override void Compute<T>(CustomArguments<T> arguments) =>
            Write(Problem.Pull(Doubles(arguments.Input(0)), Doubles(arguments.Input(1)), Doubles(arguments.Input(2))), arguments.Result);

        public override Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input) =>
            throw new NotSupportedException("The derivative of an adjoint gradient isn't offered: use forward sensitivities or differences for second derivatives of a solution.");
    }

    private static double[] Doubles<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] doubles = new double[values.Length];
        for (int i = 0; i < doubles.Length; i++)
            doubles[i] = double.CreateChecked(values[i]);
        return doubles;
    }

    private static void Write<T>(double[] values, Span<T> destination)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
            destination[i] = T.CreateChecked(values[i]);
    }
}
