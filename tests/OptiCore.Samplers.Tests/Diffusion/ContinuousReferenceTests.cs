using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Every trajectory of the authors' DPM-Solver and UniPC, state by state.</summary>
public class ContinuousReferenceTests
{
    private const double Tolerance = 1e-10;

    private static readonly IReadOnlyDictionary<string, JsonElement> All = Reference.Cases(Mixtures.Files[0]);

    public static TheoryData<string> Cases => [.. All.Keys];

    [Fact]
    public void The_model_is_that_of_the_reference()
    {
        foreach (JsonElement probe in Reference.Json(Mixtures.Files[0]).GetProperty("model_probe").EnumerateArray())
        {
            NoiseLevel level = new LinearVariancePreserving().At(probe.Number("t"));
            Promises.Close(probe.Number("alpha_bar"), level.Alpha * level.Alpha, 1e-13, 0, "alpha_bar");
            double[] noise = new double[Mixtures.Start.Length], expected = probe.RowMajor("eps");
            Mixtures.Golden.Evaluate(Mixtures.Start, level, noise);
            for (int i = 0; i < noise.Length; i++)
                Promises.Close(expected[i], noise[i], 1e-12, 1e-13, $"eps at {probe.Number("t")}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void States_are_those_of_the_authors(string id)
    {
        JsonElement reference = All[id];
        var call = new CallArguments(reference.GetProperty("call").GetString()!);
        (PlannedSolver solver, TimeGrid grid) = Interpret(reference.GetProperty("call").GetString()!, call);
        DiffusionResult result = DiffusionSampler.Run(Mixtures.Golden, solver, grid, Mixtures.Start, new DiffusionOptions { KeepsTrajectory = true });

        double[] times = reference.Numbers("t");
        JsonElement[] states = [.. reference.GetProperty("x").EnumerateArray()];
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.Equal(times.Length, result.Trajectory.Count);
        for (int i = 0; i < times.Length; i++)
        {
            Promises.Close(times[i], result.Trajectory[i].Level.Time, 1e-11, 0, $"{id}: time {i}");
            double[] expected = [.. states[i].EnumerateArray().SelectMany(row => row.Numbers())];
            for (int j = 0; j < expected.Length; j++)
                Promises.Close(expected[j], result.Trajectory[i].Samples[j], 0, Tolerance, $"{id}: state {i}, element {j}");
        }

        Assert.Equal(reference.GetProperty("steps").GetInt32(), result.Evaluations);
        if (reference.TryGetProperty("rms_error_to_exact", out JsonElement error))
            Promises.Close(error.Number(), Mixtures.RootMeanSquare(result.Samples, Reference.Json(Mixtures.Files[0]).RowMajor("exact_end")), 0.01, 0, $"{id}: error");
    }

    private static (PlannedSolver, TimeGrid) Interpret(string text, CallArguments call)
    {
        INoiseSchedule schedule = text.Contains("'cosine'", StringComparison.Ordinal) ? new CosineVariancePreserving() : new LinearVariancePreserving();
        int steps = call.Integer("steps", 20), order = call.Integer("order", 2);
        bool isSingle = call.Text("method", "multistep").StartsWith("singlestep", StringComparison.Ordinal), reduces = call.Flag("lower_order_final", true);
        double end = call.Number("t_end", 1e-3);
        TimeGrid grid = call.Text("skip_type") switch
        {
            "logSNR" when isSingle => TimeGrid.LogSnr(schedule, DpmSolverSingleStep.Groups(steps, order), end: end),
            "logSNR" => TimeGrid.LogSnr(schedule, steps, end: end),
            "time_quadratic" => TimeGrid.Quadratic(schedule, steps, end: end),
            _ => TimeGrid.Uniform(schedule, steps, end: end),
        };
        if (text.StartsWith("UniPC", StringComparison.Ordinal))
        {
            return (new UniPc
            {
                Order = order,
                Prediction = call.Text("algorithm_type") == "noise_prediction" ? Prediction.Noise : Prediction.Data,
                Variant = call.Text("variant", "bh1") switch { "bh1" => UniPcVariant.Bh1, "bh2" => UniPcVariant.Bh2, _ => UniPcVariant.Exact },
                ReduceOrderBelow = reduces ? int.MaxValue : 0,
            }, grid);
        }

        Prediction prediction = call.Text("algorithm_type") == "dpmsolver++" ? Prediction.Data : Prediction.Noise;
        DpmSolverEstimate estimate = call.Text("solver_type") == "taylor" ? DpmSolverEstimate.Taylor : DpmSolverEstimate.Midpoint;
        return isSingle
            ? (new DpmSolverSingleStep { Order = order, Prediction = prediction, Estimate = estimate }, grid)
            : (new DpmSolver { Order = order, Prediction = prediction, Estimate = estimate, ReduceOrderBelow = reduces ? 10 : 0 }, grid);
    }
}
