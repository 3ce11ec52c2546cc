using OptiCore.Differentiation;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>Solutions of equations, differentiated through these: projections, constrained problems, and how exact the derivatives are.</summary>
public sealed class ImplicitTests
{
    [Fact]
    public void A_projection_onto_the_simplex_has_its_known_Jacobian()
    {
        Variable theta = Variable.Input("theta", [6]);
        Replay<double> replay = Computation.Compile<double>([theta], Simplex(theta), Jacobian(Simplex(theta), theta)).Start();
        for (int seed = 0; seed < 20; seed++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)seed), replay.Input(0));
            replay.Run();
            ReadOnlySpan<double> x = replay.Output(0);
            double sum = 0;
            int support = 0;
            foreach (double element in x)
            {
                Assert.True(element >= 0);
                sum += element;
                support += element > 0 ? 1 : 0;
            }

            Promises.Close(1, sum, 1e-14, 0, "the sum");

            // diag(s) - s s' / |s|, s the indicator of the support.
            for (int i = 0; i < 6; i++)
            {
                for (int j = 0; j < 6; j++)
                    Promises.Close(x[i] > 0 && x[j] > 0 ? (i == j ? 1 : 0) - (1.0 / support) : 0, replay.Output(1)[(i * 6) + j], 1e-12, 1e-12, $"({i}, {j})");
            }
        }
    }

    [Fact]
    public void Least_squares_on_the_simplex_are_differentiated_through_projected_gradients()
    {
        // The fixed point of w = P(w - A'(A w - y) / L); the projection within it is a solution itself.
        Variable a = Variable.Input("a", [5, 4]), y = Variable.Input("y", [5]);
        Variable Step(Variable w) => Simplex(w - (0.1 * MatMul(Transpose(a), MatMul(a, w) - y)));
        (Variable[] found, Variable count) = While(c => Max(Abs(c[0] - c[1])) > 1e-15, c => [Step(c[0]), c[0]], [BroadcastTo(0.25, [4]), BroadcastTo(0, [4])], 20_000);
        Variable w = ImplicitFixedPoint(found[0], Step, new LinearSolver { Tolerance = 1e-13 });
        Variable loss = Sum(Square(w - 0.3));
        Replay<double> replay = Computation.Compile<double>([a, y], loss, Gradient(loss, a), Gradient(loss, y), w, count).Start();
        RandomFill.Normal(RandomKey.FromSeed(11), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(12), replay.Input(1));
        replay.Run();
        Assert.InRange(replay.Output(4)[0], 5, 19_999);
        int zeros = replay.Output(3).ToArray().Count(element => element == 0);
        Assert.InRange(zeros, 0, 2);
        AgreesWithDifferences(replay, [1, 2], 1e-6, 1e-8);
    }

    [Fact]
    public void A_quadratic_program_with_equations_is_differentiated_through_its_optimality_conditions()
    {
        // min x'Q x / 2 + c'x under A x = b, by the residual of Karush, Kuhn and Tucker in (x, nu).
        const int n = 5, m = 2;
        Variable factor = Variable.Input("factor", [n, n]), c = Variable.Input("c", [n]), a = Variable.Input("a", [m, n]), b = Variable.Input("b", [m]);
        Variable q = MatMul(Transpose(factor), factor) + Identity(n);
        Variable matrix = Concatenate(0, Concatenate(1, q, Transpose(a)), Concatenate(1, a, BroadcastTo(0, [m, m])));
        Variable direct = Solve(matrix, Concatenate(0, -c, b));
        Variable z = Implicit(
            direct,
            point =>
            {
                (Variable x, Variable nu) = (point[..n], point[n..]);
                return Concatenate(0, MatMul(q, x) + c + MatMul(Transpose(a), nu), MatMul(a, x) - b);
            },
            new LinearSolver { Tolerance = 1e-14 });
        Variable Loss(Variable solution) => Sum(Square(solution[..n] - 0.5)) + Sum(solution[n..]);
        Variable loss = Loss(z);
        Variable[] inputs = [factor, c, a, b];
        Replay<double> replay = Computation.Compile<double>(inputs, [loss, .. Gradients(loss, inputs), .. Gradients(Loss(direct), inputs)]).Start();
        for (int i = 0; i < 4; i++)
            RandomFill.Normal(RandomKey.FromSeed((ulong)(20 + i)), replay.Input(i));
        replay.Run();
        for (int i = 0; i < 4; i++)
        {
            for (int k = 0; k < replay.Input(i).Length; k++)
                Promises.Close(replay.Output(5 + i)[k], replay.Output(1 + i)[k], 1e-9, 1e-9, "the derivative through the factorization");
        }

        AgreesWithDifferences(replay, [1, 2, 3, 4], 1e-6, 1e-7);
    }

    [Fact]
    public void The_error_of_a_derivative_is_proportional_to_that_of_the_solution()
    {
        Variable a = Variable.Input("a", [8, 4]), y = Variable.Input("y", [8]), lambda = Variable.Input("lambda", []), error = Variable.Input("error", [4]);
        Variable normal = MatMul(Transpose(a), a) + (lambda * Identity(4));
        Variable exact = Solve(normal, MatMul(Transpose(a), y), isPositiveDefinite: true);
        Variable w = Implicit(exact + error, v => MatMul(Transpose(a), MatMul(a, v) - y) + (lambda * v), new LinearSolver { Tolerance = 1e-14 });
        Replay<double> replay = Computation.Compile<double>([a, y, lambda, error], Gradient(Sum(Square(w)), lambda)).Start();
        RandomFill.Normal(RandomKey.FromSeed(31), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(32), replay.Input(1));
        replay.Input(2)[0] = 0.5;
        var direction = new double[4];
        RandomFill.Normal(RandomKey.FromSeed(33), direction);
        double At(double size)
        {
            for (int i = 0; i < 4; i++)
                replay.Input(3)[i] = size * direction[i];
            replay.Run();
            return replay.Output(0)[0];
        }

        double here = At(0), coarse = Math.Abs(At(1e-3) - here), fine = Math.Abs(At(1e-5) - here);
        Assert.True(coarse > 1e-8, "The direction must matter.");
        Assert.InRange(coarse / fine, 95, 105);
    }

    [Fact]
    public void Implicit_derivatives_equal_those_of_the_unrolled_iteration_as_far_as_it_has_converged()
    {
        Variable a = Variable.Input("a", [8, 4]), y = Variable.Input("y", [8]), lambda = Variable.Input("lambda", []);
        Variable Step(Variable w) => w - (0.05 * (MatMul(Transpose(a), MatMul(a, w) - y) + (lambda * w)));
        Variable Iterated(int steps) => Scan((c, _) => (Step(c), 0), BroadcastTo(0, [4]), BroadcastTo(0, [steps])).Carry;
        Variable Derived(Variable w) => Gradient(Sum(Square(w)), lambda);
        var solver = new LinearSolver { Tolerance = 1e-14 };
        Variable Through(int steps) => Derived(ImplicitFixedPoint(Iterated(steps), Step, solver));
        Computation<double> computation = Computation.Compile<double>([a, y, lambda], Derived(Iterated(60)), Through(60), Derived(Iterated(4000)), Through(4000), Max(Abs(Step(Iterated(60)) - Iterated(60))));
        Replay<double> replay = computation.Start();
        RandomFill.Normal(RandomKey.FromSeed(41), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(42), replay.Input(1));
        replay.Input(2)[0] = 0.5;
        replay.Run();
        (double early, double earlyImplicit, double late, double lateImplicit) = (replay.Output(0)[0], replay.Output(1)[0], replay.Output(2)[0], replay.Output(3)[0]);
        Promises.Close(late, lateImplicit, 1e-10, 1e-11, "at the solution");

        // Before: the implicit derivative is off by the solution's error, the unrolled one by about the number of steps times as much.
        double implicitError = Math.Abs(earlyImplicit - late), unrolledError = Math.Abs(early - late);
        Assert.InRange(implicitError, 1e-9, unrolledError);
        Assert.True(unrolledError < 60 * 100 * replay.Output(4)[0], $"{unrolledError} for a residual of {replay.Output(4)[0]}.");

        long few = Computation.Compile<double>([a, y, lambda], Through(60)).MemoryElements, many = Computation.Compile<double>([a, y, lambda], Through(4000)).MemoryElements;
        long fewKept = Computation.Compile<double>([a, y, lambda], Derived(Iterated(60))).MemoryElements, manyKept = Computation.Compile<double>([a, y, lambda], Derived(Iterated(4000))).MemoryElements;
        Assert.True(many - few <= 2 * 3940, $"{few} elements for 60 steps, {many} for 4000: no more than the loop's sequence.");
        Assert.True(manyKept - fewKept >= 4 * 3940, $"{fewKept} elements for 60 steps, {manyKept} for 4000.");
    }

    /// <summary>The Euclidean projection onto the simplex: what is above the level tau at which the rest has the sum 1. tau is found by sorting and differentiated through that condition.</summary>
    private static Variable Simplex(Variable theta)
    {
        int n = theta.Shape[0];
        Variable sorted = Sort(theta, descending: true), counts = Variable.Constant<double>([.. Enumerable.Range(1, n).Select(k => (double)k)], [n]);
        Variable levels = (CumulativeSum(sorted) - 1) / counts;
        Variable tau = Max(levels);
        Variable level = Implicit(tau, t => Sum(Relu(theta - t)) - 1);
        return Relu(theta - level);
    }

    /// <summary>Every element of some outputs, which are gradients of the first output by the inputs in their order, against central differences.</summary>
    private static void AgreesWithDifferences(Replay<double> replay, int[] gradients, double relative, double absolute)
    {
        const double h = 1e-5;
        replay.Run();
        double[][] all = Array.ConvertAll(gradients, output => replay.Output(output).ToArray());
        for (int input = 0; input < all.Length; input++)
        {
            for (int k = 0; k < all[input].Length; k++)
            {
                double at = replay.Input(input)[k];
                replay.Input(input)[k] = at + h;
                replay.Run();
                double up = replay.Output(0)[0];
                replay.Input(input)[k] = at - h;
                replay.Run();
                Promises.Close((up - replay.Output(0)[0]) / (2 * h), all[input][k], relative, absolute, $"by element {k} of input {input}");
                replay.Input(input)[k] = at;
            }
        }
    }
}
