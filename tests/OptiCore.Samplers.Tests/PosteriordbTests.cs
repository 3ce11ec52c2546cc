using System.Text.Json;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>Posteriors with gold-standard draws: means, standard deviations and quantiles within Monte Carlo error of both sides.</summary>
public class PosteriordbTests
{
    // With about 40 quantities a posterior and fixed keys: the chance of one |z| beyond 4.5 by accident is 3e-4.
    private const double LargestZ = 4.5;

    [Fact]
    public void Eight_schools_non_centred() => Check("eight_schools-eight_schools_noncentered", new EightSchoolsNonCentered(), new NoUTurn());

    [Fact]
    public void Interaction_of_mothers_education_and_intelligence()
    {
        JsonElement data = Data("kidiq-kidscore_interaction");
        double[] hs = data.Numbers("mom_hs"), iq = data.Numbers("mom_iq");
        double[] design = new double[4 * hs.Length];
        for (int i = 0; i < hs.Length; i++)
            new double[] { 1, hs[i], iq[i], hs[i] * iq[i] }.CopyTo(design, 4 * i);

        // The design isn't centred: the coefficients are correlated to 0.99, which a full metric takes away.
        Check("kidiq-kidscore_interaction", new LinearRegressionPosterior(design, data.Numbers("kid_score"), noiseScale: 2.5), new NoUTurn { Metric = new DenseMetric() });
    }

    [Fact]
    public void Autoregression_of_order_five() =>
        Check("arK-arK", LinearRegressionPosterior.Autoregression(Data("arK-arK").Numbers("y"), order: 5), new NoUTurn());

    [Fact]
    public void German_credit()
    {
        string[] lines = File.ReadAllLines(Reference.PathOf("inference-gym/german-credit-numeric.csv"));
        double[][] rows = [.. lines.Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',').Select(c => double.Parse(c)).ToArray())];
        Assert.Equal(1000, rows.Length);
        const int Features = 24, Columns = 25;
        double[] design = new double[rows.Length * Columns], labels = new double[rows.Length];
        for (int k = 0; k < Features; k++)
        {
            double mean = rows.Average(r => r[k]), sd = Math.Sqrt(rows.Average(r => (r[k] - mean) * (r[k] - mean)));
            for (int i = 0; i < rows.Length; i++)
                design[(i * Columns) + k] = (rows[i][k] - mean) / sd;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            design[(i * Columns) + Features] = 1;
            labels[i] = rows[i][Features] == 2 ? 1 : 0;
        }

        SamplingResult result = Sample.Run(new NoUTurn(), new LogisticRegressionPosterior(design, labels), new SamplingOptions { Chains = 2, WarmUp = 300, Draws = 500, Key = RandomKey.FromSeed(1) });
        foreach (JsonProperty p in Reference.Json("inference-gym/logistic-regression.json").GetProperty("summary").EnumerateObject())
        {
            double[] draws = result.Values(p.Name);
            CheckZ(p.Name + " mean", Diagnostics.Mean(draws), Diagnostics.McseMean(draws, 2), p.Value.Number("mean"), p.Value.Number("mcse_mean"));

            // No error is given for the sd: that of the mean is of its size, 1 / sqrt(2) of it for a normal posterior.
            CheckZ(p.Name + " sd", Diagnostics.StandardDeviation(draws), Diagnostics.McseSd(draws, 2), p.Value.Number("sd"), p.Value.Number("mcse_mean"));
        }
    }

    private static void Check(string posterior, ILogDensity density, ISampler sampler)
    {
        SamplingResult result = Sample.Run(sampler, density, new SamplingOptions { Chains = 4, WarmUp = 1000, Draws = 1000, Key = RandomKey.FromSeed(1) });
        int quantities = 0;
        foreach (JsonProperty p in Reference.Json($"posteriordb/{posterior}/reference.json").GetProperty("summary").EnumerateObject())
        {
            double[] draws = result.Values(p.Name);
            JsonElement r = p.Value;
            Assert.True(Diagnostics.RHat(draws, 4) < 1.01, $"{p.Name}: R-hat {Diagnostics.RHat(draws, 4):f4}.");
            CheckZ(p.Name + " mean", Diagnostics.Mean(draws), Diagnostics.McseMean(draws, 4), r.Number("mean"), r.Number("mcse_mean"));
            CheckZ(p.Name + " sd", Diagnostics.StandardDeviation(draws), Diagnostics.McseSd(draws, 4), r.Number("sd"), r.Number("mcse_sd"));
            foreach ((string name, double probability) in new[] { ("q05", 0.05), ("q50", 0.5), ("q95", 0.95) })
                CheckZ($"{p.Name} {name}", Diagnostics.Quantile(draws, probability), Diagnostics.McseQuantile(draws, 4, probability), r.Number(name), r.Number("mcse_" + name));
            quantities++;
        }

        Assert.True(quantities >= 4);
    }

    private static void CheckZ(string what, double estimate, double error, double reference, double referenceError)
    {
        double z = (estimate - reference) / Math.Sqrt((error * error) + (referenceError * referenceError));
        Assert.True(Math.Abs(z) < LargestZ, $"{what}: {estimate:g6} against {reference:g6}, z = {z:f2}.");
    }

    private static JsonElement Data(string posterior) => Reference.Json($"posteriordb/{posterior}/data.json");
}
