using System.Numerics;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>Loops, recomputation, implicit functions and operations of one's own, under the same laws as all operations.</summary>
public sealed class StructuredTests
{
    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Rows = new()
    {
        ["scan"] = (x => Recurrence(x[0], x[1], x[2], reverse: false), [[4], [3, 2], [6, 4]]),
        ["scan, reverse"] = (x => Recurrence(x[0], x[1], x[2], reverse: true), [[4], [3, 2], [6, 4]]),
        ["scan with several"] = (x => Several(x[0], x[1], x[2]), [[2], [4, 2], []]),
        ["scan in a scan"] = (x => Scan((c, e) => (Scan((inner, f) => (Sin(inner + (e * f)), inner), c, x[2]).Carry, c * e), x[0], x[1]).Carry, [[2], [3, 2], [2, 2]]),
        ["while"] = (x => While(c => Sum(Square(c[0])) > 0.05, c => [Tanh(c[0] * x[1]) * 0.7], [x[0]], 20).Carry[0], [[3], [3]]),
        ["checkpoint"] = (x => Checkpoint(a => [Tanh(MatMul(a[0], x[1])) * a[0]], x[0])[0], [[2, 3], [3, 3]]),
        ["checkpoint in a scan"] = (x => Scan((c, e) => (Checkpoint(a => Sin(a * e) + x[2], c), e), x[0], x[1]).Carry, [[2], [3, 2], [2]]),
        ["solve a linear map"] = (x => SolveLinear(v => (3 * v) + MatMul(Tanh(x[0]), v) * 0.5, x[1]), [[3, 3], [3]]),
        ["solve a symmetric map"] = (x => SolveLinear(v => (2 * v) + MatMul(Transpose(x[0]), MatMul(x[0], v)), x[1], new LinearSolver { Method = LinearSolverMethod.ConjugateGradient, Tolerance = 1e-14 }), [[3, 3], [3]]),
        ["own operation"] = (x => new ScaledSine(1.5).Of(x[0]) * x[1], [[4], [4]]),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_batches_and_floats_agree_with_values(string name)
    {
        (Func<Variable[], Variable> function, Shape[] shapes) = Rows[name];
        for (int seed = 0; seed < 3; seed++)
            DerivativeLaws.Check(name, function, shapes, x => x, seed);
    }

    [Fact]
    public void A_loop_equals_its_unrolled_steps()
    {
        Variable x = Variable.Input("x", [2]), s = Variable.Input("s", [5, 2]);
        Variable carry = x;
        for (int t = 0; t < 5; t++)
            carry = Tanh(carry * 1.1) + s[t];
        Variable loop = Scan((c, e) => (Tanh(c * 1.1) + e, c), x, s).Carry;
        Replay<double> replay = Computation.Compile<double>([x, s], carry, loop, Gradient(Sum(carry), s), Gradient(Sum(loop), s)).Start();
        for (int i = 0; i < 10; i++)
            replay.Input(1)[i] = Math.Sin(i);
        replay.Input(0)[0] = 0.3;
        replay.Run();
        Promises.SameBits(replay.Output(0), replay.Output(1), "the loop");
        for (int i = 0; i < 10; i++)
            Promises.Close(replay.Output(2)[i], replay.Output(3)[i], 1e-14, 1e-14, "its gradient");
    }

    [Fact]
    public void A_gradient_needs_the_forward_loop_once()
    {
        Variable x = Variable.Input("x", [2]), s = Variable.Input("s", [5, 2]);
        Variable loss = Sum(Scan((c, e) => (Tanh(c * e), c), x, s).Carry);
        Computation<double> gradient = Computation.Compile<double>([x, s], [loss, .. Gradients(loss, x, s)]);
        int scans = gradient.Plan.Kernels.Count(kernel => kernel.GetType().Name.StartsWith("ScanKernel", StringComparison.Ordinal));
        Assert.Equal(2, scans);
    }

    [Fact]
    public void A_random_step_draws_by_its_number()
    {
        var key = KeyVariable.Input("key");
        Variable walk = Scan(step => ([step.Carry[0] + RandomNormal(key.Derive(step.Index), [])], [step.Carry[0]]), [(Variable)0], [], 4).Results[0];
        Replay<double> replay = Computation.Compile<double>([], walk).Start();
        RandomKey value = RandomKey.FromSeed(5);
        replay.SetKey(key, value);
        replay.Run();
        double expected = 0;
        for (int t = 0; t < 4; t++)
        {
            Assert.Equal(expected, replay.Output(0)[t]);
            var draw = new double[1];
            OptiCore.Randomness.RandomFill.Normal(value.Fold((ulong)t), draw);
            expected += draw[0];
        }
    }

    [Fact]
    public void Checkpoints_keep_less_memory()
    {
        Variable x = Variable.Input("x", [1000]);
        Variable Deep(Variable start, bool keep)
        {
            for (int block = 0; block < 8; block++)
            {
                Variable Steps(Variable v)
                {
                    for (int i = 0; i < 8; i++)
                        v = Softmax(Sin(v) * 3);
                    return v;
                }

                start = keep ? Steps(start) : Checkpoint(Steps, start);
            }

            return Sum(start);
        }

        Computation<double> kept = Computation.Compile<double>([x], Gradient(Deep(x, true), x)), again = Computation.Compile<double>([x], Gradient(Deep(x, false), x));
        Assert.True(again.MemoryElements < 0.6 * kept.MemoryElements, $"{again.MemoryElements} elements with checkpoints, {kept.MemoryElements} without.");
        var a = new double[1000];
        var b = new double[1000];
        Replay<double> first = kept.Start(), second = again.Start();
        double[] point = Enumerable.Range(0, 1000).Select(i => Math.Cos(i)).ToArray();
        first.Run(point, a);
        second.Run(point, b);
        for (int i = 0; i < 1000; i++)
            Promises.Close(a[i], b[i], 1e-14, 1e-14, "the gradient");
    }

    [Fact]
    public void Ridge_regression_is_differentiated_through_its_stationarity()
    {
        // The solution is an input: any solver may have found it.
        Variable a = Variable.Input("a", [6, 3]), y = Variable.Input("y", [6]), lambda = Variable.Input("lambda", []), found = Variable.Input("w", [3]);
        Variable w = Implicit(found, w => MatMul(Transpose(a), MatMul(a, w) - y) + (lambda * w));
        Variable loss = Sum(Square(w - 0.2));
        Replay<double> replay = Computation.Compile<double>([a, y, lambda, found], loss, Gradient(loss, lambda), Gradient(loss, y), Gradient(Gradient(loss, lambda), lambda)).Start();
        double[] data = Enumerable.Range(0, 18).Select(i => Math.Sin((3 * i) + 1)).ToArray(), target = Enumerable.Range(0, 6).Select(i => Math.Cos(i)).ToArray();

        (double Loss, double ByLambda) At(double l)
        {
            data.CopyTo(replay.Input(0));
            target.CopyTo(replay.Input(1));
            replay.Input(2)[0] = l;
            Solve(data, target, l).CopyTo(replay.Input(3));
            replay.Run();
            return (replay.Output(0)[0], replay.Output(1)[0]);
        }

        const double h = 1e-5;
        (double Loss, double ByLambda) up = At(0.5 + h), down = At(0.5 - h), here = At(0.5);
        Promises.Close((up.Loss - down.Loss) / (2 * h), here.ByLambda, 1e-7, 1e-9, "by the penalty");
        Promises.Close((up.ByLambda - down.ByLambda) / (2 * h), replay.Output(3)[0], 1e-6, 1e-8, "twice by the penalty");
        double byTarget = replay.Output(2)[2];
        target[2] += h;
        double higher = At(0.5).Loss;
        target[2] -= 2 * h;
        Promises.Close((higher - At(0.5).Loss) / (2 * h), byTarget, 1e-7, 1e-9, "by a target");
    }

    [Fact]
    public void A_lasso_is_differentiated_through_its_proximal_fixed_point()
    {
        // w = soft(w - A'(A w - y) / L, lambda / L), found by iterating it.
        Variable a = Variable.Input("a", [6, 3]), y = Variable.Input("y", [6]), lambda = Variable.Input("lambda", []);
        Variable Step(Variable w)
        {
            Variable moved = w - (0.05 * MatMul(Transpose(a), MatMul(a, w) - y));
            return Sign(moved) * Relu(Abs(moved) - (0.05 * lambda));
        }

        (Variable[] found, Variable count) = While(c => Max(Abs(c[0] - c[1])) > 1e-14, c => [Step(c[0]), c[0]], [BroadcastTo(0, [3]), BroadcastTo(1, [3])], 5000);
        Variable w = ImplicitFixedPoint(found[0], Step);
        Variable loss = Sum(Square(w - 0.2));
        Computation<double> computation = Computation.Compile<double>([a, y, lambda], loss, Gradient(loss, lambda), count, w);
        Replay<double> replay = computation.Start();
        for (int i = 0; i < 18; i++)
            replay.Input(0)[i] = Math.Sin((3 * i) + 1);
        for (int i = 0; i < 6; i++)
            replay.Input(1)[i] = 3 * Math.Cos(i);
        double At(double l)
        {
            replay.Input(2)[0] = l;
            replay.Run();
            return replay.Output(0)[0];
        }

        const double h = 1e-5;
        double slope = (At(0.7 + h) - At(0.7 - h)) / (2 * h);
        At(0.7);
        Assert.InRange(replay.Output(2)[0], 10, 4999);
        Promises.Close(slope, replay.Output(1)[0], 1e-6, 1e-8, "by the penalty");

        // The memory doesn't grow with the number of iterations.
        Assert.True(computation.MemoryElements < 1000, $"{computation.MemoryElements} elements.");
    }

    [Fact]
    public void Replays_of_loops_allocate_nothing()
    {
        Variable x = Variable.Input("x", [4]), s = Variable.Input("s", [6, 4]);
        Variable loss = Sum(Recurrence(x, Variable.Constant<double>([1, 2, 3, 4, 5, 6], [3, 2]), s, reverse: false));
        Replay<double> replay = Computation.Compile<double>([x, s], loss, Gradient(loss, s), SolveLinear(v => 2 * v + Sum(v) * 0.1, x)).Start();
        Promises.AllocatesNothing(replay.Run, "a gradient through a loop and a linear solve");
    }

    private static Variable Recurrence(Variable x, Variable w, Variable s, bool reverse)
    {
        (Variable carry, Variable results) = Scan((c, e) => (Tanh(c * e) + (0.3 * Sum(w)), Sin(c) * MatMul(Reshape(e, [2, 2]), Transpose(w))[0][0]), x, s, reverse);
        return Concatenate(0, carry, Reshape(results, [results.Shape.ElementCount]));
    }

    private static Variable Several(Variable a, Variable s, Variable scale)
    {
        (Variable[] carry, Variable[] results) = Scan(
            step => ([step.Carry[1] * 0.9, Sin(step.Carry[0] + step.Elements[0]) + (0.1 * step.Index)], [step.Carry[0] * scale, Exp(0.2 * step.Carry[1])]), [a, Cos(a)], [s], 4);
        return Sum(carry[0]) + Sum(Square(carry[1])) + Sum(results[0] * results[1]);
    }

    private static double[] Solve(double[] a, double[] y, double lambda)
    {
        var normal = new double[9];
        var right = new double[3];
        for (int i = 0; i < 3; i++)
        {
            for (int k = 0; k < 6; k++)
            {
                right[i] += a[(k * 3) + i] * y[k];
                for (int j = 0; j < 3; j++)
                    normal[(i * 3) + j] += a[(k * 3) + i] * a[(k * 3) + j];
            }

            normal[(i * 3) + i] += lambda;
        }

        for (int i = 0; i < 3; i++)
        {
            for (int k = i + 1; k < 3; k++)
            {
                double factor = normal[(k * 3) + i] / normal[(i * 3) + i];
                for (int j = i; j < 3; j++)
                    normal[(k * 3) + j] -= factor * normal[(i * 3) + j];
                right[k] -= factor * right[i];
            }
        }

        for (int i = 2; i >= 0; i--)
        {
            for (int j = i + 1; j < 3; j++)
                right[i] -= normal[(i * 3) + j] * right[j];
            right[i] /= normal[(i * 3) + i];
        }

        return right;
    }

    private sealed record ScaledSine(double Scale) : CustomOperation
    {
        public override string Name => "scaled sine";

        public override Shape ResultShape(IReadOnlyList<Shape> inputs) => inputs[0];

        public override void Compute<T>(CustomArguments<T> arguments)
        {
            for (int i = 0; i < arguments.Result.Length; i++)
                arguments.Result[i] = T.CreateTruncating(Scale) * T.Sin(arguments.Input(0)[i]);
        }

        public override Variable? Derivative(IReadOnlyList<Variable> inputs, Variable result, Variable cotangent, int input) => cotangent * Scale * Cos(inputs[0]);
    }
}
