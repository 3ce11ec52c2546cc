using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Peers.Cases;

/// <summary>Small networks in single precision, against PyTorch: whole training steps (forward, backward, Adam), single decisions, products with Hessians.</summary>
internal static class NetworkCases
{
    private const string Torch = "import torch\ntorch.set_num_threads(1)\ntorch.manual_seed(0)\n";

    public static IEnumerable<PeerCase> All =>
    [
        Training(64, 64),
        Training(256, 64),
        Training(256, 256),
        Policy(),
        Scanned(),
        LongShortTermMemory(),
        Transformer(),
        HessianProduct(64, 64),
        .. Overheads(64, 64),
    ];

    private static PeerCase Training(int batch, int width) => new($"train MLP 8-{width}-{width}-4 batch={batch}", "PyTorch", () =>
    {
        var network = new Network(new Mlp { Hidden = [width, width], Outputs = 4 }, [batch, 8]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [batch, 8]), y = Variable.Input("y", [batch, 4]);
        Variable loss = Mean(Square(network.Apply(p, x) - y));
        Replay<float> replay = Start([p, x, y], network, loss, Gradient(loss, p));
        RuleState<float> adam = new Adam().Start<float>(ParameterLayout.Vector(network.ParameterCount));
        return new Contest(
            () =>
            {
                replay.Run();
                adam.Step(replay.Input(0), replay.Output(1));
            },
            new Python(
                Torch + Perceptron(width) + $"x = torch.randn({batch}, 8)\ny = torch.randn({batch}, 4)\nadam = torch.optim.Adam(net.parameters())\nloss = torch.nn.MSELoss()",
                "adam.zero_grad(set_to_none=True)\nloss(net(x), y).backward()\nadam.step()",
                []));
    });

    private static PeerCase Policy() => new("policy MLP 4-64-64-2 one observation", "PyTorch", () =>
    {
        var network = new Network(new Mlp { Hidden = [64, 64], Outputs = 2 }, [1, 4]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [1, 4]);
        Replay<float> replay = Start([p, x], network, network.Apply(p, x));
        return new Contest(
            replay.Run,
            new Python(
                Torch + "net = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 2))\nx = torch.randn(1, 4)",
                "with torch.no_grad(): net(x)",
                []));
    });

    private static PeerCase Scanned()
    {
        const int Batch = 32, Steps = 32, Inputs = 16, Width = 64;
        return new PeerCase($"train tanh RNN {Inputs}-{Width} steps={Steps} batch={Batch}", "PyTorch", () =>
        {
            Variable w = Variable.Input("w", [Inputs, Width]), u = Variable.Input("u", [Width, Width]), b = Variable.Input("b", [Width]), x = Variable.Input("x", [Steps, Batch, Inputs]);
            Variable projected = MatMul(x, w) + b;
            (_, Variable hidden) = Scan(
                (h, e) =>
                {
                    Variable next = Tanh(e + MatMul(h, u));
                    return (next, next);
                },
                BroadcastTo(0, [Batch, Width]),
                projected);
            Variable loss = Mean(Square(hidden));
            Replay<float> replay = Computation.Compile<float>([w, u, b, x], [loss, .. Gradients(loss, w, u, b)]).Start();
            for (int i = 0; i < 4; i++)
                Fill(replay.Input(i), 0.1f);
            return new Contest(
                replay.Run,
                new Python(
                    Torch + $"net = torch.nn.RNN({Inputs}, {Width})\nx = torch.randn({Steps}, {Batch}, {Inputs})",
                    "net.zero_grad(set_to_none=True)\nnet(x)[0].square().mean().backward()",
                    []));
        });
    }

    private static PeerCase LongShortTermMemory()
    {
        const int Batch = 32, Steps = 16, Inputs = 16, Width = 64;
        return new PeerCase($"train 2-layer LSTM {Inputs}-{Width} steps={Steps} batch={Batch}", "PyTorch", () =>
        {
            var network = new Network(new Recurrent(new Lstm(Width)) { Layers = 2 }, [Batch, Steps, Inputs]);
            Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [Batch, Steps, Inputs]);
            Variable loss = Mean(Square(network.Apply(p, x)));
            Replay<float> replay = Start([p, x], network, loss, Gradient(loss, p));
            RuleState<float> adam = new Adam().Start<float>(ParameterLayout.Vector(network.ParameterCount));
            return new Contest(
                () =>
                {
                    replay.Run();
                    adam.Step(replay.Input(0), replay.Output(1));
                },
                new Python(
                    Torch + $"net = torch.nn.LSTM({Inputs}, {Width}, 2, batch_first=True)\nx = torch.randn({Batch}, {Steps}, {Inputs})\nadam = torch.optim.Adam(net.parameters())",
                    "adam.zero_grad(set_to_none=True)\nnet(x)[0].square().mean().backward()\nadam.step()",
                    []));
        });
    }

    private static PeerCase Transformer()
    {
        const int Batch = 8, Places = 32, Width = 64, Heads = 4, Feed = 256;
        return new PeerCase($"train transformer block {Width} heads={Heads} places={Places} batch={Batch}", "PyTorch", () =>
        {
            var network = new Network(new TransformerBlock { Attention = new MultiHeadAttention(Heads), FeedWidth = Feed }, [Batch, Places, Width]);
            Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [Batch, Places, Width]);
            Variable loss = Mean(Square(network.Apply(p, x)));
            Replay<float> replay = Start([p, x], network, loss, Gradient(loss, p));
            RuleState<float> adam = new Adam().Start<float>(ParameterLayout.Vector(network.ParameterCount));
            return new Contest(
                () =>
                {
                    replay.Run();
                    adam.Step(replay.Input(0), replay.Output(1));
                },
                new Python(
                    Torch + $"net = torch.nn.TransformerEncoderLayer({Width}, {Heads}, {Feed}, dropout=0.0, activation='gelu', batch_first=True, norm_first=True)\nx = torch.randn({Batch}, {Places}, {Width})\nadam = torch.optim.Adam(net.parameters())",
                    "adam.zero_grad(set_to_none=True)\nnet(x).square().mean().backward()\nadam.step()",
                    []));
        });
    }

    private static PeerCase HessianProduct(int batch, int width) => new($"Hessian product MLP 8-{width}-{width}-4 batch={batch}", "PyTorch", () =>
    {
        var network = new Network(new Mlp { Hidden = [width, width], Outputs = 4 }, [batch, 8]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [batch, 8]), y = Variable.Input("y", [batch, 4]), v = Variable.Input("v", [network.ParameterCount]);
        Variable loss = Mean(Square(network.Apply(p, x) - y));
        Replay<float> replay = Start([p, x, y, v], network, HessianVector(loss, p, v));
        return new Contest(
            replay.Run,
            new Python(
                Torch + Perceptron(width) + $"x = torch.randn({batch}, 8)\ny = torch.randn({batch}, 4)\nps = list(net.parameters())\nvs = [torch.randn_like(p) for p in ps]\nloss = torch.nn.MSELoss()",
                "gs = torch.autograd.grad(loss(net(x), y), ps, create_graph=True)\ntorch.autograd.grad(gs, ps, vs)",
                []));
    });

    /// <summary>Not against a peer but against ourselves: what a gradient costs beside the value, and a product with the Hessian beside the gradient.</summary>
    private static IEnumerable<PeerCase> Overheads(int batch, int width)
    {
        yield return Beside("gradient", "value", static (loss, p, _) => Gradient(loss, p), static (loss, _, _) => loss);
        yield return Beside("Hessian product", "gradient", HessianVector, static (loss, p, _) => Gradient(loss, p));

        PeerCase Beside(string ours, string theirs, Func<Variable, Variable, Variable, Variable> first, Func<Variable, Variable, Variable, Variable> second) =>
            new($"{ours} MLP 8-{width}-{width}-4 batch={batch}", $"our {theirs}", () =>
            {
                var network = new Network(new Mlp { Hidden = [width, width], Outputs = 4 }, [batch, 8]);
                Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [batch, 8]), y = Variable.Input("y", [batch, 4]), v = Variable.Input("v", [network.ParameterCount]);
                Variable loss = Mean(Square(network.Apply(p, x) - y));
                return new Contest(Start([p, x, y, v], network, first(loss, p, v)).Run, new Native(Start([p, x, y, v], network, second(loss, p, v)).Run));
            });
    }

    private static string Perceptron(int width) =>
        $"net = torch.nn.Sequential(torch.nn.Linear(8, {width}), torch.nn.Tanh(), torch.nn.Linear({width}, {width}), torch.nn.Tanh(), torch.nn.Linear({width}, 4))\n";

    private static Replay<float> Start(ReadOnlySpan<Variable> inputs, Network network, params ReadOnlySpan<Variable> outputs)
    {
        Replay<float> replay = Computation.Compile<float>(inputs, outputs).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        for (int i = 1; i < inputs.Length; i++)
            Fill(replay.Input(i), 1);
        return replay;
    }

    private static void Fill(Span<float> values, float scale)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = scale * MathF.Sin(i + 1);
    }
}
