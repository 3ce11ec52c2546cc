using OptiCore.Optimizers;

namespace OptiCore.Peers.Cases;

/// <summary>
/// A step of every rule that PyTorch has as well, at a million parameters in single precision on one thread: against PyTorch's multi-tensor implementation, and against a copy that moves as many
/// bytes within as much memory, which is as fast as one pass over the operands can be.
/// </summary>
internal static class OptimizerCases
{
    private const int Count = 1 << 20;

    public static IEnumerable<PeerCase> All =>
    [
        .. Step("SGD", new Sgd(), "SGD(ps, lr=1e-3, foreach=True)"),
        .. Step("SGD momentum", new Sgd { Momentum = 0.9 }, "SGD(ps, lr=1e-3, momentum=0.9, foreach=True)"),
        .. Step("SGD Nesterov", new Sgd { Momentum = 0.9, Nesterov = true }, "SGD(ps, lr=1e-3, momentum=0.9, nesterov=True, foreach=True)"),
        .. Step("ASGD", new Asgd(), "ASGD(ps, foreach=True)"),
        .. Step("Adagrad", new Adagrad(), "Adagrad(ps, foreach=True)"),
        .. Step("Adadelta", new Adadelta(), "Adadelta(ps, foreach=True)"),
        .. Step("RMSprop", new RmsProp(), "RMSprop(ps, foreach=True)"),
        .. Step("RMSprop centred", new RmsProp { Centered = true, Momentum = 0.9 }, "RMSprop(ps, centered=True, momentum=0.9, foreach=True)"),
        .. Step("Rprop", new Rprop(), "Rprop(ps, foreach=True)"),
        .. Step("Adam", new Adam(), "Adam(ps, foreach=True)"),
        .. Step("AMSGrad", new Adam { AmsGrad = true }, "Adam(ps, amsgrad=True, foreach=True)"),
        .. Step("AdamW", new AdamW(), "AdamW(ps, foreach=True)"),
        .. Step("Adamax", new Adamax(), "Adamax(ps, foreach=True)"),
        .. Step("NAdam", new NAdam(), "NAdam(ps, foreach=True)"),
        .. Step("RAdam", new RAdam(), "RAdam(ps, foreach=True)"),
        .. Clipped(),
    ];

    private static PeerCase[] Step(string name, IUpdateRule rule, string optimizer) => Rows(name, rule, optimizer, "optimizer.step()");

    private static PeerCase[] Clipped() =>
        Rows("AdamW with clipped norm", new ClipByNorm(1).Then(new AdamW()), "AdamW(ps, foreach=True)", "torch.nn.utils.clip_grad_norm_(ps, 1.0)\noptimizer.step()", passesBefore: 1);

    private static PeerCase[] Rows(string name, IUpdateRule rule, string optimizer, string statement, int passesBefore = 0)
    {
        string task = $"optimizer {name} float n=2^20";
        return
        [
            new PeerCase(task, "PyTorch", () => new Contest(Ours(rule, out _), new Python(
                "import torch\ntorch.set_num_threads(1)\ntorch.manual_seed(0)\nps = [torch.nn.Parameter(torch.randn(256, 256)) for _ in range(16)]\nfor p in ps: p.grad = torch.randn_like(p)\n" + $"optimizer = torch.optim.{optimizer}",
                statement,
                []))),
            new PeerCase(task, "copy", () =>
            {
                Action ours = Ours(rule, out int slots);
                return new Contest(ours, new Native(Copy(vectors: 2 + slots, passes: 3 + (2 * slots) + passesBefore)));
            }),
        ];
    }

    /// <summary>Sixteen tensors of 2^16 elements, as a network has them.</summary>
    private static Action Ours(IUpdateRule rule, out int slots)
    {
        float[] parameters = new float[Count], gradient = new float[Count];
        for (int i = 0; i < Count; i++)
        {
            parameters[i] = MathF.Sin(i + 1);
            gradient[i] = MathF.Cos(i + 1);
        }

        int[][] shapes = new int[16][];
        Array.Fill(shapes, [256, 256]);
        RuleState<float> state = rule.Start<float>(ParameterLayout.Of(shapes));
        slots = state.SlotCount;
        return () => state.Step(parameters, gradient);
    }

    /// <summary>A copy from one half of so many vectors to the other, until so many of them have been read or written.</summary>
    private static Action Copy(int vectors, int passes)
    {
        float[] memory = new float[vectors * Count];
        int half = memory.Length / 2, total = passes * Count / 2;
        return () =>
        {
            for (int left = total; left > 0; left -= half)
                memory.AsSpan(0, Math.Min(half, left)).CopyTo(memory.AsSpan(half));
        };
    }
}
