using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Every rule that PyTorch has follows PyTorch's path, in double precision.</summary>
public class TorchTrajectoryTests
{
    /// <summary>L-BFGS isn't an update rule; its cases are for the quasi-Newton tests.</summary>
    public static TheoryData<string> Cases =>
        [.. Reference.Cases(TorchProblems.File).Where(c => c.Value.GetProperty("optimizer").GetString() != "LBFGS").Select(c => c.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ARuleFollowsPyTorchsPath(string id)
    {
        JsonElement golden = Reference.Cases(TorchProblems.File)[id];
        string problem = golden.GetProperty("problem").GetString()!;
        IDifferentiableFunction<double> function = TorchProblems.Get(problem);
        RuleState<double> state = Rule(golden).Start<double>(function.Dimension);
        double[] x = TorchProblems.Start(problem), gradient = new double[x.Length], tolerances = golden.Numbers("tol");
        JsonElement[] path = [.. golden.GetProperty("x").EnumerateArray()];
        int compared = 0;
        for (int k = 0; k < path.Length && tolerances[k / 10] <= 1e-6; k++, compared++)
        {
            function.ValueAndGradient(x, gradient);
            state.Step(x, gradient);
            double[] expected = path[k].Numbers();
            for (int i = 0; i < x.Length; i++)
                Promises.Close(expected[i], x[i], 0, tolerances[k / 10], $"{id}: x[{i}] after step {k + 1}");
        }

        Assert.True(compared >= 10, $"{id}: only {compared} steps are not chaotic.");
        if (golden.TryGetProperty("ax_final", out JsonElement average))
        {
            double[] expected = average.Numbers();
            for (int i = 0; i < x.Length; i++)
                Promises.Close(expected[i], state.Slot(0)[i], 0, tolerances[^1], $"{id}: average of x[{i}]");
        }
    }

    [Theory]
    [InlineData("sgd-6-logreg")]
    [InlineData("adamw-2-quadratic10")]
    public void TheRunProtocolWalksTheSamePath(string id)
    {
        JsonElement golden = Reference.Cases(TorchProblems.File)[id];
        string problem = golden.GetProperty("problem").GetString()!;
        IDifferentiableFunction<double> function = TorchProblems.Get(problem);
        var solver = new OptiCore.Optimizers.FirstOrder(Rule(golden)) { Stopping = StoppingRules.Never };
        SolverResult<double> result = Minimize.Run(solver, function, TorchProblems.Start(problem), new RunOptions { MaxIterations = 100 });
        double[] expected = golden.GetProperty("x")[99].Numbers();
        Assert.Equal(StopReason.MaxIterations, result.Reason);
        Assert.Equal(101, result.Evaluations.Gradients);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], result.LastPoint[i], 0, golden.Numbers("tol")[^1], $"{id}: x[{i}]");
    }

    private static IUpdateRule Rule(JsonElement golden)
    {
        JsonElement hyper = golden.GetProperty("hyper");
        string optimizer = golden.GetProperty("optimizer").GetString()!;
        double rate = hyper.Number("lr");
        double decay = hyper.Number("weight_decay", optimizer == "AdamW" ? 0.01 : 0);
        double beta1 = 0.9, beta2 = 0.999;
        if (hyper.TryGetProperty("betas", out JsonElement betas))
            (beta1, beta2) = (betas[0].GetDouble(), betas[1].GetDouble());
        double epsilon(double otherwise) => hyper.Number("eps", otherwise);
        bool flag(string name) => hyper.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
        double[] pair(string name, double[] otherwise) => hyper.TryGetProperty(name, out JsonElement value) ? value.Numbers() : otherwise;
        return optimizer switch
        {
            "SGD" => new Sgd
            {
                LearningRate = rate,
                Momentum = hyper.Number("momentum", 0),
                Dampening = hyper.Number("dampening", 0),
                Nesterov = flag("nesterov"),
                WeightDecay = decay,
            },
            "ASGD" => new Asgd
            {
                LearningRate = rate,
                Decay = hyper.Number("lambd", 1e-4),
                Alpha = hyper.Number("alpha", 0.75),
                AveragingStart = hyper.Number("t0", 1e6),
                WeightDecay = decay,
            },
            "Adagrad" => new Adagrad
            {
                LearningRate = rate,
                LearningRateDecay = hyper.Number("lr_decay", 0),
                InitialAccumulator = hyper.Number("initial_accumulator_value", 0),
                Epsilon = epsilon(1e-10),
                WeightDecay = decay,
            },
            "Adadelta" => new Adadelta { LearningRate = rate, Rho = hyper.Number("rho", 0.9), Epsilon = epsilon(1e-6), WeightDecay = decay },
            "RMSprop" => new RmsProp
            {
                LearningRate = rate,
                Alpha = hyper.Number("alpha", 0.99),
                Momentum = hyper.Number("momentum", 0),
                Centered = flag("centered"),
                Epsilon = epsilon(1e-8),
                WeightDecay = decay,
            },
            "Rprop" => new Rprop
            {
                InitialStep = rate,
                EtaMinus = pair("etas", [0.5, 1.2])[0],
                EtaPlus = pair("etas", [0.5, 1.2])[1],
                MinStep = pair("step_sizes", [1e-6, 50])[0],
                MaxStep = pair("step_sizes", [1e-6, 50])[1],
            },
            "Adam" => new Adam { LearningRate = rate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon(1e-8), WeightDecay = decay, AmsGrad = flag("amsgrad") },
            "AdamW" => new AdamW { LearningRate = rate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon(1e-8), WeightDecay = decay, AmsGrad = flag("amsgrad") },
            "Adamax" => new Adamax { LearningRate = rate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon(1e-8), WeightDecay = decay },
            "NAdam" => new NAdam
            {
                LearningRate = rate,
                Beta1 = beta1,
                Beta2 = beta2,
                Epsilon = epsilon(1e-8),
                MomentumDecay = hyper.Number("momentum_decay", 0.004),
                WeightDecay = decay,
            },
            "RAdam" => new RAdam { LearningRate = rate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon(1e-8), WeightDecay = decay },
            _ => throw new ArgumentException($"{golden.GetProperty("id")}: no rule for {optimizer}."),
        };
    }
}
