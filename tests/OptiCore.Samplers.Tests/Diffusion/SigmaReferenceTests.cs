using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Sigma schedules and samplers in sigma, state by state, against k-diffusion.</summary>
public class SigmaReferenceTests
{
    private const double Tolerance = 1e-9;

    private static readonly IReadOnlyDictionary<string, JsonElement> All = Reference.Cases(Mixtures.Files[2]);

    public static TheoryData<string> Schedules => [.. All.Where(c => c.Value.GetProperty("kind").GetString() == "sigmas").Select(c => c.Key)];

    public static TheoryData<string> Samplers => [.. All.Where(c => c.Value.GetProperty("kind").GetString() != "sigmas").Select(c => c.Key)];

    [Fact]
    public void The_denoiser_is_that_of_the_reference()
    {
        foreach (JsonElement probe in Reference.Json(Mixtures.Files[2]).GetProperty("denoiser_probe").EnumerateArray())
        {
            double[] y = probe.RowMajor("y"), expected = probe.RowMajor("D"), data = new double[y.Length];
            Mixtures.Golden.WithPrediction(Prediction.Data).Evaluate(y, new SigmaSchedule().At(probe.Number("sigma")), data);
            for (int i = 0; i < y.Length; i++)
                Promises.Close(expected[i], data[i], 1e-12, 1e-12, $"D at {probe.Number("sigma")}");
        }
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Sigmas_are_those_of_the_reference(string id)
    {
        JsonElement reference = All[id];
        double[] sigmas = reference.Numbers("sigmas");
        double low = reference.Number("sigma_min", 0.01), high = reference.Number("sigma_max", 80);
        int steps = sigmas.Length - 1;
        INoiseSchedule schedule = new SigmaSchedule();
        string kind = id.Split('/')[1];
        TimeGrid grid = kind switch
        {
            "exponential" => TimeGrid.Exponential(schedule, steps, low, high),

            // The exponent isn't recorded; the second number gives it.
            "polyexponential" => TimeGrid.PolyExponential(schedule, steps, low, high, reference.Number("rho", PolyExponent(sigmas))),
            "vp" => TimeGrid.VariancePreservingSigmas(schedule, steps),
            _ => TimeGrid.Karras(schedule, steps, low, high, kind.Length > 6 ? double.Parse(kind["karras".Length..], System.Globalization.CultureInfo.InvariantCulture) : 7),
        };
        Assert.Equal(sigmas.Length, grid.Count);
        for (int i = 0; i < sigmas.Length; i++)
            Promises.Close(sigmas[i], grid[i].Sigma, 1e-12, 0, $"{id}: {i}");
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void States_are_those_of_the_reference(string id)
    {
        JsonElement reference = All[id];
        var call = new CallArguments(reference.GetProperty("call").GetString()!);
        double[] sigmas = reference.Numbers("sigmas");
        double[] initial = [.. Reference.Json(Mixtures.Files[2]).RowMajor("x_init").Select(x => x * sigmas[0])];
        PlannedSolver solver = Interpret(reference.GetProperty("sampler").GetString()!, call);
        DiffusionResult result = DiffusionSampler.Run(Mixtures.Golden, solver, TimeGrid.FromSigmas(new SigmaSchedule(), sigmas), initial, new DiffusionOptions
        {
            KeepsTrajectory = true,
            Noise = new RecordedNoise(Reference.Json(Mixtures.Files[2]).GetProperty("noise")),
        });

        JsonElement[] states = [.. reference.GetProperty("x").EnumerateArray()];
        Assert.Equal(states.Length, result.Trajectory.Count);
        for (int i = 0; i < states.Length; i++)
        {
            double[] expected = [.. states[i].EnumerateArray().SelectMany(row => row.Numbers())];
            double scale = Math.Max(1, expected.Max(Math.Abs));
            for (int j = 0; j < expected.Length; j++)
                Promises.Close(expected[j], result.Trajectory[i].Samples[j], 0, Tolerance * scale, $"{id}: state {i}, element {j}");
        }

        if (reference.TryGetProperty("rms_error_to_exact", out JsonElement error))
            Promises.Close(error.Number(), Mixtures.RootMeanSquare(result.Samples, Reference.Json(Mixtures.Files[2]).RowMajor("exact_end")), 0.01, 0, $"{id}: error");
    }

    private static double PolyExponent(double[] sigmas) => Math.Round(
        Math.Log(Math.Log(sigmas[1] / sigmas[^2]) / Math.Log(sigmas[0] / sigmas[^2])) / Math.Log((sigmas.Length - 3.0) / (sigmas.Length - 2)), 6);

    private static PlannedSolver Interpret(string sampler, CallArguments call)
    {
        double eta = call.Number("eta", 1), noiseScale = call.Number("s_noise", 1);
        var churn = new Churn
        {
            Amount = call.Number("s_churn", 0),
            LeastSigma = call.Number("s_tmin", 0),
            LargestSigma = call.Number("s_tmax", double.PositiveInfinity),
            NoiseScale = noiseScale,
        };
        return sampler switch
        {
            "euler" => new EulerSampler { Churn = churn },
            "heun" => new HeunSampler { Churn = churn },
            "dpm_2" => new Dpm2Sampler { Churn = churn },
            "lms" => new LmsSampler { Order = call.Integer("order", 4) },
            "dpmpp_2m" => new DpmSolver { ReduceOrderBelow = 0 },
            "euler_ancestral" => new EulerAncestralSampler { Eta = eta, NoiseScale = noiseScale },
            "dpm_2_ancestral" => new Dpm2Sampler { Eta = eta, NoiseScale = noiseScale },
            "dpmpp_2s_ancestral" => new DpmPlusPlus2SAncestralSampler { Eta = eta, NoiseScale = noiseScale },
            "dpmpp_sde" => new DpmPlusPlusSdeSampler { Eta = eta, NoiseScale = noiseScale, Middle = call.Number("r", 0.5) },
            "dpmpp_2m_sde" => new DpmSolver
            {
                ReduceOrderBelow = 0,
                Eta = eta,
                NoiseScale = noiseScale,
                Estimate = call.Text("solver_type", "midpoint") == "heun" ? DpmSolverEstimate.Taylor : DpmSolverEstimate.Midpoint,
            },
            "dpmpp_3m_sde" => new DpmSolver { Order = 3, ReduceOrderBelow = 0, Eta = eta, NoiseScale = noiseScale, Estimate = DpmSolverEstimate.Taylor },
            _ => throw new ArgumentException($"No sampler is known for {sampler}.", nameof(sampler)),
        };
    }
}
