using System.Text.Json;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>
/// Every posterior with known answers: means within Monte Carlo error of both sides, standard deviations within 5 %, chains that agree, and no divergence. Keys are fixed.
/// </summary>
public class PosteriordbTests
{
    private const double LargestZ = 4;
    private const double LargestRHat = 1.01;
    private const double LargestErrorOfSd = 0.05;

    // The centred schools have a funnel whose neck no step size follows everywhere.
    private const string Funnel = "eight_schools-eight_schools_centered";

    private static readonly NoUTurn Careful = new() { Adaptation = new WindowedAdaptation { TargetAcceptance = 0.99 } };
    private static readonly NoUTurn Correlated = new() { Metric = new DenseMetric() };

    /// <summary>What deviates from the defaults: target acceptances as those of the reference, metrics for designs that aren't centred, draws where few are independent or tails are heavy.</summary>
    private static readonly Dictionary<string, (NoUTurn Kernel, int Draws)> Settings = new()
    {
        ["arK-arK"] = (Correlated, 1000),
        ["diamonds-diamonds"] = (Correlated, 1000),
        ["earnings-logearn_height_male"] = (Correlated, 1000),
        [Funnel] = (Careful, 8000),
        ["eight_schools-eight_schools_noncentered"] = (new NoUTurn { Adaptation = new WindowedAdaptation { TargetAcceptance = 0.95 } }, 2000),
        ["gp_pois_regr-gp_pois_regr"] = (Careful, 2000),
        ["gp_pois_regr-gp_regr"] = (Careful, 2000),
        ["irt_2pl"] = (new NoUTurn { Adaptation = new WindowedAdaptation { TargetAcceptance = 0.9 } }, 6000),
        ["kidiq-kidscore_interaction"] = (Correlated, 1000),
        ["kilpisjarvi_mod-kilpisjarvi"] = (Correlated, 1000),
        ["mesquite-logmesquite"] = (Correlated, 1000),
        ["nes1980-nes"] = (Correlated, 1000),
        ["one_comp_mm_elim_abs-one_comp_mm_elim_abs"] = (Careful, 4000),
    };

    public static TheoryData<string> Names => [.. PosteriorDb.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Draws_are_those_of_the_gold_standard(string name)
    {
        (NoUTurn kernel, int draws) = Settings.GetValueOrDefault(name, (new NoUTurn(), 1000));
        SamplingResult result = Sample.Run(kernel, PosteriorDb.Load(name), new SamplingOptions { Draws = draws, Key = RandomKey.FromSeed(1), Workers = Workers.AllCores });
        if (name != Funnel)
            Assert.Equal(0, result.Divergences);
        int quantities = 0;
        foreach (JsonProperty p in Summary(name).EnumerateObject())
        {
            double[] values = result.Values(p.Name);
            Assert.True(Diagnostics.RHat(values, 4) < LargestRHat, $"{p.Name}: R-hat {Diagnostics.RHat(values, 4):f4}.");
            double sd = p.Value.Number("sd"), error = ReferenceError(name, p.Value);
            double z = (Diagnostics.Mean(values) - p.Value.Number("mean")) / Math.Sqrt(Math.Pow(Diagnostics.McseMean(values, 4), 2) + (error * error));
            Assert.True(Math.Abs(z) < LargestZ, $"{p.Name}: a mean of {Diagnostics.Mean(values):g6} against {p.Value.Number("mean"):g6}, {z:f2} standard errors.");
            if (!HasHeavyTail(name, p.Name))
            {
                // Of a tail like Cauchy's the reference itself doesn't know the standard deviation to 5 %: there its own error decides.
                double deviation = Diagnostics.StandardDeviation(values) - sd;
                double both = Math.Sqrt(Math.Pow(Diagnostics.McseSd(values, 4), 2) + Math.Pow(p.Value.Number("mcse_sd", 0), 2));
                double allowed = p.Value.Number("mcse_sd", 0) > 0.02 * sd ? LargestZ * both : LargestErrorOfSd * sd;
                Assert.True(Math.Abs(deviation) < allowed, $"{p.Name}: a standard deviation of {Diagnostics.StandardDeviation(values):g6} against {sd:g6}.");
            }

            quantities++;
        }

        Assert.True(quantities >= 2);
    }

    private static JsonElement Summary(string name) => name switch
    {
        "german_credit_numeric-logistic_regression" => Reference.Json("inference-gym/logistic-regression.json").GetProperty("summary"),
        "irt_2pl" or "low_dim_corr_gauss" => Reference.Json($"stan-benchmarks/{name}.json").GetProperty("summary"),
        _ => Reference.Json($"posteriordb/{name}/reference.json").GetProperty("summary"),
    };

    /// <summary>The error of the reference's mean. Of the item-response model it isn't given: its README says to allow for 0.03 standard deviations.</summary>
    private static double ReferenceError(string name, JsonElement row) =>
        name is "irt_2pl" ? 0.03 * row.Number("sd") / LargestZ : row.TryGetProperty("mcse_mean", out JsonElement error) ? error.GetDouble() : 0;

    /// <summary>Of which the reference's README says: don't test their standard deviations tightly.</summary>
    private static bool HasHeavyTail(string name, string parameter) => name is "irt_2pl" && parameter is "a[9]" or "a[12]";
}
