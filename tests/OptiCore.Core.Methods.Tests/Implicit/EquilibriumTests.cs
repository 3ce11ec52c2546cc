using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Implicit;

/// <summary>Fixed points by Anderson acceleration, and networks that are fixed points.</summary>
public sealed class EquilibriumTests
{
    [Fact]
    public void Anderson_acceleration_needs_fewer_steps_than_the_iteration_and_finds_the_same_point()
    {
        // Linear maps with eigenvalues up to 0.95 in modulus, one for each state.
        const int states = 3, n = 8;
        Variable b = Variable.Input("b", [states, n]);
        var diagonal = new double[states * n];
        for (int i = 0; i < diagonal.Length; i++)
            diagonal[i] = 0.95 * Math.Cos(i);
        Variable d = Variable.Constant<double>(diagonal, [states, n]);
        var solver = new Anderson { Tolerance = 1e-11, MaxIterations = 2000, History = 6, Regularization = 1e-10 };
        FixedPoint fast = solver.Solve(z => (d * z) + b, BroadcastTo(0, [states, n])), slow = (solver with { History = 1 }).Solve(z => (d * z) + b, BroadcastTo(0, [states, n]));
        Replay<double> replay = Computation.Compile<double>([b], fast.Solution, fast.Iterations, slow.Solution, slow.Iterations, fast.Residual, slow.Residual).Start();
        RandomFill.Normal(RandomKey.FromSeed(1), replay.Input(0));
        replay.Run();
        for (int i = 0; i < diagonal.Length; i++)
        {
            double exact = replay.Input(0)[i] / (1 - diagonal[i]);
            Promises.Close(exact, replay.Output(0)[i], 1e-8, 1e-9, "the accelerated point");
            Promises.Close(exact, replay.Output(2)[i], 1e-8, 1e-9, "the iterated point");
        }

        Assert.InRange(replay.Output(3)[0], 100, 1999);
        Assert.True(replay.Output(1)[0] < 0.4 * replay.Output(3)[0], $"{replay.Output(1)[0]} steps against {replay.Output(3)[0]}.");
        Assert.InRange(replay.Output(4)[0], 0, 1e-11);
        Assert.InRange(replay.Output(5)[0], 0, 1e-11);
        Promises.AllocatesNothing(replay.Run, "a fixed point", 20, 5);
    }

    [Fact]
    public void States_side_by_side_have_weights_of_their_own()
    {
        Variable x = Variable.Input("x", [2, 4]);
        Variable Solution(Variable start) => new Anderson { Tolerance = 1e-30, MaxIterations = 7 }.Solve(z => Tanh(z * 0.9) + Cos(start), start).Solution;
        Replay<double> replay = Computation.Compile<double>([x], Solution(x), Solution(x[0]), Solution(x[1])).Start();
        RandomFill.Normal(RandomKey.FromSeed(2), replay.Input(0));
        replay.Input(0)[4..].Fill(1e-3);
        replay.Run();
        for (int i = 0; i < 8; i++)
            Promises.Close(replay.Output(1 + (i / 4))[i % 4], replay.Output(0)[i], 1e-13, 1e-13, "a state alone");
    }

    [Fact]
    public void A_map_that_gives_NaN_ends_the_iteration()
    {
        FixedPoint found = new Anderson().Solve(z => Log(z - 5), BroadcastTo(0, [3]));
        Replay<float> replay = Computation.Compile<float>([], found.Residual, found.Iterations).Start();
        replay.Run();
        Assert.True(float.IsNaN(replay.Output(0)[0]));
        Assert.Equal(1, replay.Output(1)[0]);
    }

    [Fact]
    public void The_random_iterate_is_each_with_the_same_probability()
    {
        var key = KeyVariable.Input("key");
        Variable chosen = new Anderson { History = 1, MaxIterations = 4, Tolerance = 1e-9 }.Solve(z => (0.5 * z) + 1, BroadcastTo(0, [1]), key).RandomIterate;
        Replay<double> replay = Computation.Compile<double>([], chosen).Start();
        var counts = new Dictionary<double, int>();
        for (int i = 0; i < 4000; i++)
        {
            replay.SetKey(key, RandomKey.FromSeed(3).Fold(i));
            replay.Run();
            counts[replay.Output(0)[0]] = counts.GetValueOrDefault(replay.Output(0)[0]) + 1;
        }

        Assert.Equal([0, 1, 1.5, 1.75], counts.Keys.Order());

        // Four standard deviations of a binomial count.
        Assert.All(counts.Values, count => Assert.InRange(count, 1000 - 110, 1000 + 110));
    }

    [Fact]
    public void The_estimate_of_the_Jacobian_norm_is_unbiased()
    {
        const int n = 12, draws = 4000;
        Variable w = Variable.Input("w", [n, n]), z = Variable.Input("z", [n]);
        var key = KeyVariable.Input("key");
        Variable Map(Variable state) => Tanh(MatMul(state, w));
        Replay<double> replay = Computation.Compile<double>(
            [w, z], Mean(Sum(Square(Jacobian(Map(z), z)), 0)), JacobianRegularization.Estimate(Map, z, key, 1), JacobianRegularization.Estimate(Map, z, key, 2, 0.25)).Start();
        RandomFill.Normal(RandomKey.FromSeed(4), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(5), replay.Input(1));
        double sum = 0, squares = 0, rare = 0, rareSquares = 0;
        int computed = 0;
        for (int i = 0; i < draws; i++)
        {
            replay.SetKey(key, RandomKey.FromSeed(6).Fold(i));
            replay.Run();
            (double one, double other) = (replay.Output(1)[0], replay.Output(2)[0]);
            (sum, squares, rare, rareSquares) = (sum + one, squares + (one * one), rare + other, rareSquares + (other * other));
            computed += other != 0 ? 1 : 0;
        }

        void Near(double expected, double total, double totalSquares, string what)
        {
            double mean = total / draws, error = Math.Sqrt(((totalSquares / draws) - (mean * mean)) / draws);
            Assert.True(Math.Abs(mean - expected) < 4 * error, $"{what}: {mean}, not {expected} +- {error}.");
            Assert.True(error < 0.05 * expected, $"{what}: the error {error} is too large to tell.");
        }

        double exact = replay.Output(0)[0];
        Near(exact, sum, squares, "the estimate");
        Near(exact / 4, rare, rareSquares, "the estimate with a probability");
        Assert.InRange(computed, 1000 - 110, 1000 + 110);
    }

    [Fact]
    public void The_gradient_of_an_equilibrium_and_of_its_penalty_is_that_of_differences()
    {
        var module = new Equilibrium(5, new Anderson { Tolerance = 1e-13, MaxIterations = 200, Regularization = 1e-10 }, new LinearSolver { Tolerance = 1e-13 }, 0.5);
        var network = new Network(module, [3, 4]);
        Variable p = Variable.Input("p", [network.ParameterCount]), s = Variable.Input("s", [network.StateCount]), x = Variable.Input("x", [3, 4]);
        var key = KeyVariable.Input("key");
        (Variable output, Variable states) = network.Apply(p, s, x, key, isTraining: true);
        Variable loss = Sum(Square(output));
        Variable evaluated = Sum(Square(network.Apply(p, s, x).Output));
        Replay<double> replay = Computation.Compile<double>([p, s, x], loss, Gradient(loss, p), evaluated, DeepEquilibrium.JacobianPenalty(network, states)).Start();
        network.Initialize(RandomKey.FromSeed(7), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(8), replay.Input(2));
        replay.Run();
        Promises.Close(replay.Output(0)[0], replay.Output(2)[0], 1e-14, 0, "the output without training");
        Assert.True(replay.Output(3)[0] > 0);
        double[] gradient = replay.Output(1).ToArray(), point = replay.Input(0).ToArray();
        const double h = 1e-5;
        for (int i = 0; i < point.Length; i++)
        {
            replay.Input(0)[i] = point[i] + h;
            replay.Run();
            double up = replay.Output(0)[0];
            replay.Input(0)[i] = point[i] - h;
            replay.Run();
            Promises.Close((up - replay.Output(0)[0]) / (2 * h), gradient[i], 1e-6, 1e-8, "the gradient");
            replay.Input(0)[i] = point[i];
        }
    }

    [Fact]
    public void The_penalty_keeps_training_stable_and_halves_the_iterations_at_equal_loss()
    {
        (double firstPlain, double lastPlain, double lossPlain, _) = Train(0);
        (double firstPenalized, double lastPenalized, double lossPenalized, double radius) = Train(3);
        string all = $"Iterations {firstPlain} to {lastPlain} without, {firstPenalized} to {lastPenalized} with the penalty; losses {lossPlain} and {lossPenalized}; radius {radius}.";
        Assert.True(lastPlain > 1.25 * firstPlain, all);
        Assert.True(lastPenalized < firstPenalized, all);
        Assert.True(lastPenalized < 0.6 * lastPlain, all);
        Assert.True(radius < 1, all);
        Assert.True(lossPenalized < 1.1 * lossPlain, all);
    }

    /// <summary>The mean iterations of the first and the last 20 of 160 steps, the loss on other data, and the largest spectral radius of the cell's Jacobian there.</summary>
    private static (double First, double Last, double Loss, double Radius) Train(double gamma)
    {
        const int width = 64, batch = 16, length = 6, steps = 160, test = 128;
        var module = new Equilibrium(width, new Anderson { MaxIterations = 40 }, new LinearSolver { Tolerance = 1e-4, MaxIterations = 30 }, 0.6);
        var network = new Network(module, [batch, length]);
        Variable p = Variable.Input("p", [network.ParameterCount]), s = Variable.Input("s", [network.StateCount]), x = Variable.Input("x", [batch, length]), y = Variable.Input("y", [batch, 1]);
        var key = KeyVariable.Input("key");
        (Variable output, Variable next) = network.Apply(p, s, x, key, isTraining: true);
        Variable loss = Mean(Square(output - y)) + (gamma * DeepEquilibrium.JacobianPenalty(network, next));
        Replay<double> replay = Computation.Compile<double>([p, s, x, y], Gradient(loss, p), DeepEquilibrium.Iterations(network, next)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        RuleState<double> adam = new Adam { LearningRate = 0.003 }.Start<double>(ParameterLayout.Vector(network.ParameterCount));
        double first = 0, last = 0;
        for (int i = 0; i < steps; i++)
        {
            Sequences(RandomKey.FromSeed(7).Fold(i % 20), replay.Input(2), replay.Input(3), length);
            replay.SetKey(key, RandomKey.FromSeed(9).Fold(i));
            replay.Run();
            first += i < 20 ? replay.Output(1)[0] / 20 : 0;
            last += i >= steps - 20 ? replay.Output(1)[0] / 20 : 0;
            adam.Step(replay.Input(0), replay.Output(0));
        }

        Variable xs = Variable.Input("x", [test, length]), ys = Variable.Input("y", [test, 1]);
        Variable evaluated = Mean(Square(network.Apply(p, s, xs).Output - ys));
        NamedTensor inner = network.Parameters.Single(tensor => tensor.Name == "equilibrium.cell.inner.weight");
        Variable weight = Reshape(Slice(p, 0, inner.Offset, width * width), [width, width]);

        // The Jacobian of tanh(z W + u) by z, transposed: W with the columns times 1 - z^2.
        NamedTensor outer = network.Parameters.Single(tensor => tensor.Name == "equilibrium.cell.outer.weight"), bias = network.Parameters.Single(tensor => tensor.Name == "equilibrium.cell.outer.bias");
        Variable injected = MatMul(xs[..4], Reshape(Slice(p, 0, outer.Offset, length * width), [length, width])) + Slice(p, 0, bias.Offset, width);
        Variable z = new Anderson { Tolerance = 1e-8, MaxIterations = 200 }.Solve(state => Tanh(MatMul(state, weight) + injected), BroadcastTo(0, [4, width])).Solution;
        Variable jacobians = ExpandAxis(1 - Square(z), 1) * weight;
        Replay<double> evaluation = Computation.Compile<double>([p, s, xs, ys], evaluated, jacobians).Start();
        replay.Input(0).CopyTo(evaluation.Input(0));
        Sequences(RandomKey.FromSeed(100), evaluation.Input(2), evaluation.Input(3), length);
        evaluation.Run();
        double radius = 0;
        var eigen = new GeneralEigen<double>(width);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(eigen.Factor(evaluation.Output(1).Slice(i * width * width, width * width)));
            for (int k = 0; k < width; k++)
                radius = Math.Max(radius, double.Hypot(eigen.RealParts[k], eigen.ImaginaryParts[k]));
        }

        return (first, last, evaluation.Output(0)[0], radius);
    }

    /// <summary>Short sequences, and what a recurrence with a memory makes of them.</summary>
    private static void Sequences(RandomKey key, Span<double> x, Span<double> y, int length)
    {
        RandomFill.Normal(key, x);
        for (int i = 0; i < y.Length; i++)
        {
            double state = 0;
            for (int t = 0; t < length; t++)
                state = Math.Tanh((1.5 * state) + x[(i * length) + t]);
            y[i] = Math.Sin(2 * state) + (0.5 * x[i * length] * x[(i * length) + 1]);
        }
    }
}

/// <summary>An equilibrium of one tanh layer, read out linearly.</summary>
internal sealed record Equilibrium(int Width, Anderson Forward, LinearSolver Backward, double Scale) : Module
{
    public override Variable Apply(Scope scope, Variable x)
    {
        Variable z = new DeepEquilibrium
        {
            State = [Width],
            Forward = Forward,
            Backward = Backward,
            Cell = (cell, z, u) =>
                Tanh(new Linear(Width) { HasBias = false, Weights = Initializer.Normal(Scale / Math.Sqrt(Width)) }.Apply(cell.Part("inner"), z) + new Linear(Width).Apply(cell.Part("outer"), u)),
        }.Apply(scope.Part("equilibrium"), x);
        return new Linear(1).Apply(scope.Part("readout"), z);
    }
}
