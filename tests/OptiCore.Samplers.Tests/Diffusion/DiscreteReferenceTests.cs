using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Discrete schedulers, every sample that the model is asked about and the last, against diffusers.</summary>
public class DiscreteReferenceTests
{
    private const double Tolerance = 1e-9;

    private static readonly IReadOnlyDictionary<string, JsonElement> All = Reference.Cases(Mixtures.Files[1]);

    public static TheoryData<string> Cases => [.. All.Keys];

    [Fact]
    public void The_table_is_that_of_the_reference()
    {
        TabulatedSchedule schedule = TabulatedSchedule.Linear();
        foreach (JsonProperty sample in Reference.Json(Mixtures.Files[1]).GetProperty("alpha_bar_samples").EnumerateObject())
            Promises.Close(sample.Value.Number(), schedule.AlphaBar[int.Parse(sample.Name, System.Globalization.CultureInfo.InvariantCulture)], 1e-13, 0, sample.Name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Samples_are_those_of_the_reference(string id)
    {
        JsonElement reference = All[id];
        string name = reference.GetProperty("scheduler").GetString()!;
        var call = new CallArguments(reference.GetProperty("call").GetString()!);
        INoiseSchedule table = Table(call);
        if (reference.TryGetProperty("variance_exploding", out JsonElement exploding) && exploding.GetBoolean())
            table = new ExplodingView(table);
        var model = new RecordingModel(Corrected(Mixtures.Golden, call));
        double[][] samples = [.. reference.GetProperty("x").EnumerateArray().Select(x => x.EnumerateArray().SelectMany(row => row.Numbers()).ToArray())];
        DiffusionResult result = DiffusionSampler.Run(model, Solver(name, call), Grid(name, table, reference.GetProperty("steps").GetInt32(), call), samples[0], new DiffusionOptions
        {
            Noise = new RecordedNoise(Reference.Json(Mixtures.Files[1]).GetProperty("noise")),
        });

        double[] times = reference.Numbers("timesteps"), alphaBar = reference.Numbers("alpha_bar_of_model_call");
        Assert.Equal(times.Length, model.Calls.Count);
        for (int i = 0; i < samples.Length; i++)
        {
            double[] actual = i < times.Length ? model.Calls[i].X : result.Samples;
            double scale = Math.Max(1, samples[i].Max(Math.Abs));
            for (int j = 0; j < actual.Length; j++)
                Promises.Close(samples[i][j], actual[j], 0, Tolerance * scale, $"{id}: sample {i}, element {j}");
            if (i == times.Length)
                continue;
            NoiseLevel level = model.Calls[i].Level;
            Promises.Close(times[i], level.Time, 1e-10, 1e-10, $"{id}: time {i}");
            Promises.Close(alphaBar[i], level.Alpha * level.Alpha / ((level.Alpha * level.Alpha) + (level.Sigma * level.Sigma)), 1e-11, 0, $"{id}: alpha_bar {i}");
        }
    }

    private static TabulatedSchedule Table(CallArguments call)
    {
        int count = call.Integer("num_train_timesteps", 1000);
        double start = call.Number("beta_start", 1e-4), end = call.Number("beta_end", 0.02);
        return call.Text("beta_schedule", "linear") switch
        {
            "scaled_linear" => TabulatedSchedule.ScaledLinear(count, start, end),
            "squaredcos_cap_v2" => TabulatedSchedule.SquaredCosine(count),
            _ => TabulatedSchedule.Linear(count, start, end),
        };
    }

    private static IDiffusionModel Corrected(GaussianMixtureModel mixture, CallArguments call)
    {
        IDiffusionModel model = mixture.WithPrediction(call.Text("prediction_type", "epsilon") switch
        {
            "sample" => Prediction.Data,
            "v_prediction" => Prediction.V,
            _ => Prediction.Noise,
        });
        if (call.Flag("thresholding"))
            model = new DynamicThresholding(model) { Percentile = call.Number("dynamic_thresholding_ratio", 0.995), LargestThreshold = call.Number("sample_max_value", 1) };
        else if (call.Flag("clip_sample"))
            model = new DynamicThresholding(model) { Percentile = 0, Bound = call.Number("clip_sample_range", 1) };
        return model;
    }

    private static TimeGrid Grid(string name, INoiseSchedule table, int steps, CallArguments call)
    {
        bool isAncestral = name is "DDIMScheduler" or "DDPMScheduler" or "PNDMScheduler", isInSigma = table is ExplodingView;
        DiscreteSpacing spacing = call.Text("timestep_spacing", isAncestral ? "leading" : "linspace") switch
        {
            "leading" => DiscreteSpacing.Leading,
            "trailing" => DiscreteSpacing.Trailing,
            _ => DiscreteSpacing.Linspace,
        };
        FinalNoise final = name switch
        {
            "DDIMScheduler" => call.Flag("set_alpha_to_one", true) ? FinalNoise.Zero : FinalNoise.Least,
            "PNDMScheduler" => call.Flag("set_alpha_to_one", false) ? FinalNoise.Zero : FinalNoise.Least,
            "DEISMultistepScheduler" => FinalNoise.Least,
            _ => call.Text("final_sigmas_type", "zero") == "zero" ? FinalNoise.Zero : FinalNoise.Least,
        };
        bool isWhole = !isInSigma;
        if (call.Flag("use_karras_sigmas"))
        {
            TimeGrid karras = TimeGrid.Karras(table, steps, final: final);
            return isWhole ? karras.WithWholeTimes() : karras;
        }

        if (call.Flag("use_exponential_sigmas") || call.Flag("use_lu_lambdas"))
        {
            TimeGrid exponential = TimeGrid.Exponential(table, steps, final: final);
            return isWhole ? exponential.WithWholeTimes() : exponential;
        }

        return TimeGrid.Discrete(table, steps, spacing, call.Integer("steps_offset", 0), dropLast: !isAncestral && !isInSigma, wholeTimes: isWhole, final);
    }

    private static PlannedSolver Solver(string name, CallArguments call)
    {
        int order = call.Integer("solver_order", 2);
        bool reduces = call.Flag("lower_order_final", true);
        string algorithm = call.Text("algorithm_type", "dpmsolver++");
        Prediction prediction = algorithm.EndsWith("++", StringComparison.Ordinal) ? Prediction.Data : Prediction.Noise;
        DpmSolverEstimate estimate = call.Text("solver_type", "midpoint") == "heun" ? DpmSolverEstimate.Taylor : DpmSolverEstimate.Midpoint;
        return name switch
        {
            "DDIMScheduler" => new Ddim { Eta = call.Number("eta", 0) },
            "DDPMScheduler" => new Ddpm { Variance = call.Text("variance_type", "fixed_small").StartsWith("fixed_small", StringComparison.Ordinal) ? DdpmVariance.Small : DdpmVariance.Large },
            "PNDMScheduler" => new Pndm { RungeKuttaStart = !call.Flag("skip_prk_steps") },
            "DEISMultistepScheduler" => new Deis { Order = order, ReduceOrderBelow = reduces ? 15 : 0 },
            "UniPCMultistepScheduler" => new UniPc
            {
                Order = order,
                Prediction = call.Flag("predict_x0", true) ? Prediction.Data : Prediction.Noise,
                Variant = call.Text("solver_type", "bh2") == "bh1" ? UniPcVariant.Bh1 : UniPcVariant.Bh2,
                ReduceOrderBelow = reduces ? int.MaxValue : 0,
            },
            "DPMSolverMultistepScheduler" => new DpmSolver
            {
                Order = order,
                Prediction = prediction,
                Estimate = estimate,
                Eta = algorithm.StartsWith("sde", StringComparison.Ordinal) ? 1 : 0,
                ReduceOrderBelow = reduces ? 15 : 0,
            },
            "DPMSolverSinglestepScheduler" => new DpmSolverSingleStep { Order = order, Prediction = prediction, Estimate = estimate, InnerEstimate = estimate, EndsWithOrder1 = true },
            "EulerDiscreteScheduler" => new EulerSampler(),
            "EulerAncestralDiscreteScheduler" => new EulerAncestralSampler(),
            "HeunDiscreteScheduler" => new HeunSampler(),
            "LMSDiscreteScheduler" => new LmsSampler(),
            "KDPM2DiscreteScheduler" => new Dpm2Sampler(),
            "KDPM2AncestralDiscreteScheduler" => new Dpm2Sampler { Eta = 1 },
            _ => throw new ArgumentException($"No solver is known for {name}.", nameof(name)),
        };
    }
}
