using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Schedules;

/// <summary>Every schedule of PyTorch, to 1e-12 of its base rate.</summary>
public class TorchScheduleTests
{
    private const string File = "golden/01_torch_lr_schedules.json";

    public static TheoryData<string> Cases => [.. Reference.Cases(File).Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void AScheduleHasPyTorchsRates(string id)
    {
        JsonElement golden = Reference.Cases(File)[id];
        double[] expected = golden.Numbers("lr");
        Func<int, double> rate = Rate(golden);
        for (int t = 0; t < expected.Length; t++)
            Promises.Close(expected[t], rate(t), 1e-12, 1e-12 * golden.Number("base_lr"), $"{id}: rate of step {t}");
    }

    private static Func<int, double> Rate(JsonElement golden)
    {
        JsonElement hyper = golden.GetProperty("hyper");
        double rate = golden.Number("base_lr");
        long steps(string name) => hyper.GetProperty(name).GetInt64();
        string text(string name, string otherwise) => hyper.TryGetProperty(name, out JsonElement value) ? value.GetString()! : otherwise;
        bool flag(string name) => hyper.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
        string scheduler = golden.GetProperty("scheduler").GetString()!;
        if (scheduler == "ReduceLROnPlateau")
        {
            double[] metric = golden.Numbers("metric");
            Plateau plateau = new ReduceOnPlateau
            {
                Maximize = text("mode", "min") == "max",
                Factor = hyper.Number("factor", 0.1),
                Patience = (int)hyper.Number("patience", 10),
                Threshold = hyper.Number("threshold", 1e-4),
                AbsoluteThreshold = text("threshold_mode", "rel") == "abs",
                Cooldown = (int)hyper.Number("cooldown", 0),
                MinRate = hyper.Number("min_lr", 0),
                MinChange = hyper.Number("eps", 1e-8),
            }.Start(rate);
            return t => plateau.Report(metric[t]);
        }

        Schedule schedule = scheduler switch
        {
            "StepLR" => Schedule.StepDecay(rate, steps("step_size"), hyper.Number("gamma", 0.1)),
            "MultiStepLR" => Schedule.MultiStep(rate, hyper.Number("gamma", 0.1), [.. hyper.Numbers("milestones").Select(m => (long)m)]),
            "ExponentialLR" => Schedule.Exponential(rate, hyper.Number("gamma")),
            "CosineAnnealingLR" => Schedule.Cosine(rate, steps("T_max"), hyper.Number("eta_min", 0), periodic: true),
            "CosineAnnealingWarmRestarts" => Schedule.CosineRestarts(rate, steps("T_0"), (int)hyper.Number("T_mult", 1), hyper.Number("eta_min", 0)),
            "OneCycleLR" => new OneCycle
            {
                Peak = hyper.Number("max_lr"),
                Steps = steps("total_steps"),
                RisingShare = hyper.Number("pct_start", 0.3),
                StraightLines = text("anneal_strategy", "cos") == "linear",
                Divisor = hyper.Number("div_factor", 25),
                FinalDivisor = hyper.Number("final_div_factor", 1e4),
                ThreePhases = flag("three_phase"),
            },
            "CyclicLR" => new Cyclic
            {
                Base = hyper.Number("base_lr"),
                Peak = hyper.Number("max_lr"),
                StepsUp = (long)hyper.Number("step_size_up", 2000),
                StepsDown = hyper.TryGetProperty("step_size_down", out JsonElement down) ? down.GetInt64() : null,
                Height = text("mode", "triangular") switch
                {
                    "triangular" => CycleHeight.Constant,
                    "triangular2" => CycleHeight.Halving,
                    "exp_range" => CycleHeight.Exponential,
                    string other => throw new ArgumentException(other),
                },
                Factor = hyper.Number("gamma", 1),
            },
            "PolynomialLR" => Schedule.Polynomial(rate, steps("total_iters"), hyper.Number("power", 1)),
            "LinearLR" => Schedule.Linear(rate * hyper.Number("start_factor", 1 / 3.0), rate * hyper.Number("end_factor", 1), (long)hyper.Number("total_iters", 5)),
            "ConstantLR" => Schedule.Constant(rate * hyper.Number("factor", 1 / 3.0)).Then(rate, after: (long)hyper.Number("total_iters", 5)),
            _ => throw new ArgumentException($"{golden.GetProperty("id")}: no schedule for {scheduler}."),
        };
        return t => schedule.At(t);
    }
}
