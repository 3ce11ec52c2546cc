using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.Networks;
using OptiCore.Numerics;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/numerics.md, docs/differentiation.md and docs/adding-an-algorithm.md.</summary>
public class FoundationDocuments
{
    [Fact]
    public void Numerics()
    {
        double[] design = new double[800], observed = new double[200], coefficients = new double[4];
        RandomFill.Normal(RandomKey.FromSeed(1), design);
        for (int i = 0; i < 200; i++)
            observed[i] = design[4 * i] - (2 * design[(4 * i) + 3]);

        double[] a = [4, 1, 1, 3], b = [1, 2], x = new double[2];
        bool regular = LinearSystem.TrySolve<double>(a, b, x);          // LU with partial pivoting; refine: true for the last digits

        var qr = new Qr<double>(rows: 200, columns: 4);                 // memory once
        qr.Factor(design);                                              // any number of times
        qr.TrySolve(observed, coefficients, out double residual);

        Assert.True(regular);
        Assert.Equal(1.0 / 11, x[0], 1e-15);
        Assert.Equal(7.0 / 11, x[1], 1e-15);
        Assert.Equal(-2, coefficients[3], 1e-13);
        Assert.Equal(0, residual, 1e-12);
    }

    [Fact]
    public void Formula()
    {
        float[] data = new float[64 * 8];
        RandomFill.Normal(RandomKey.FromSeed(1), data);

        Variable w = Variable.Input("w", [8, 4]), x = Variable.Input("x", [64, 8]), y = Variable.Input("y", [64, 4]);
        Variable loss = Mean(Square(Tanh(MatMul(x, w)) - y));              // shapes are checked here

        Computation<float> step = Computation.Compile<float>([w, x, y], loss, Gradient(loss, w));
        Replay<float> replay = step.Start();                               // all memory there will be
        data.CopyTo(replay.Input(1));
        replay.Run();                                                      // as often as wanted, nothing is allocated
        ReadOnlySpan<float> gradient = replay.Output(1);

        // At w = 0 and y = 0 the loss is at its minimum, 0.
        Assert.Equal(0, replay.Output(0)[0]);
        Assert.Equal(new float[32], gradient);
    }

    [Fact]
    public void TrainedNetwork()
    {
        float[] data = new float[64 * 8], targets = new float[64 * 4];
        RandomFill.Normal(RandomKey.FromSeed(2), data);
        RandomFill.Normal(RandomKey.FromSeed(3), targets);
        Variable x = Variable.Input("x", [64, 8]), y = Variable.Input("y", [64, 4]);

        var network = new Network(new Mlp { Hidden = [64, 64], Outputs = 4 }, [64, 8]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]);
        Variable loss = Losses.MeanSquaredError(network.Apply(p, x), y);
        Replay<float> replay = Computation.Compile<float>([p, x, y], loss, Gradient(loss, p)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        data.CopyTo(replay.Input(1));
        targets.CopyTo(replay.Input(2));

        RuleState<float> adam = new Adam { LearningRate = 1e-3 }.Start<float>(ParameterLayout.Vector(network.ParameterCount));
        for (int i = 0; i < 1000; i++)
        {
            replay.Run();
            adam.Step(replay.Input(0), replay.Output(1));
        }

        // The mean square of the targets is about 1: what a network that answers 0 would lose.
        Assert.True(replay.Output(0)[0] < 0.1, $"{replay.Output(0)[0]}");
    }

    [Fact]
    public void TheAlgorithmOfTheDocumentObeysTheLaws()
    {
        var row = new TestKit.SolverRow<double>("Gradient descent", new GradientDescent { Step = 0.02 }, TestKit.SolverProblem.EasyFunctions, 1e-9);
        foreach (Action<TestKit.SolverRow<double>> law in TestKit.SolverLaws<double>.All.Values)
            law(row);
    }
}

public sealed record GradientDescent : ISolver<double, IDifferentiableFunction<double>>
{
    public double Step { get; init => field = Require.Positive(value); } = 1e-3;
    public StoppingRules Stopping { get; init; } = new() { GradientTolerance = 1e-6 };

    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start);

    private sealed class State : SolverState<double>
    {
        private readonly GradientDescent _options;
        private readonly double[] _x;
        private double _value = double.NaN, _gradientNorm = double.NaN;

        public State(GradientDescent options, ProblemShape shape, ReadOnlySpan<double> start)
            : base(new Query<double>(shape, Oracle.Value | Oracle.Gradient))
        {
            _options = options;
            _x = start.ToArray();
            start.CopyTo(Query.Point());            // the first question
        }

        public override ReadOnlySpan<double> Point => _x;
        public override double Value => _value;
        public override double GradientNorm => _gradientNorm;

        public override Advance Tell()
        {
            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);   // a point that isn't finite never becomes the iterate
            Query.Point().CopyTo(_x);
            _value = Query.Value();
            _gradientNorm = Reduce.MaxNorm<double>(Query.Gradient());
            for (int i = 0; i < _x.Length; i++)              // the next question
                Query.Point()[i] = _x[i] - (_options.Step * Query.Gradient()[i]);
            return Advance.Iteration;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gradientNorm);
        }
    }
}
