using System.Globalization;
using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>Against ArviZ and emcee: every case of the golden file, at the tolerance that its notes give.</summary>
public class DiagnosticsTests
{
    private const string File = "golden/06_mcmc_diagnostics.json";
    private const double Tight = 1e-9;
    private const double Ess = 1e-6;

    public static TheoryData<string> Chains => Ids("chains");

    public static TheoryData<string> Psis => Ids("psis");

    public static TheoryData<string> Mmd => Ids("mmd");

    public static TheoryData<string> Ksd => Ids("ksd");

    [Theory]
    [MemberData(nameof(Chains))]
    public void R_hat_is_that_of_ArviZ(string id)
    {
        (JsonElement c, double[] x, int chains) = Draws(id);
        Check(c, "rhat_rank", Diagnostics.RHat(x, chains), Tight);
        Check(c, "rhat_split", Diagnostics.RHatSplit(x, chains), Tight);
        Check(c, "rhat_folded", Diagnostics.RHatFolded(x, chains), Tight);
        Check(c, "rhat_z_scale", Diagnostics.RHatBulk(x, chains), Tight);
        Check(c, "rhat_identity", Diagnostics.RHatWhole(x, chains), Tight);
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void Effective_sizes_are_those_of_ArviZ(string id)
    {
        (JsonElement c, double[] x, int chains) = Draws(id);
        Check(c, "ess_bulk", Diagnostics.EssBulk(x, chains), Ess);
        Check(c, "ess_z_scale", Diagnostics.EssBulk(x, chains), Ess);
        Check(c, "ess_mean", Diagnostics.EssMean(x, chains), Ess);
        Check(c, "ess_sd", Diagnostics.EssSd(x, chains), Ess);
        Check(c, "ess_median", Diagnostics.EssMedian(x, chains), Ess);
        Check(c, "ess_mad", Diagnostics.EssMad(x, chains), Ess);
        Check(c, "ess_folded", Diagnostics.EssFolded(x, chains), Ess);
        Check(c, "ess_identity", Diagnostics.EssWhole(x, chains), Ess);
        Check(c, "ess_tail", Diagnostics.EssTail(x, chains), Ess);
        Check(c, "ess_tail_0.1_0.9", Diagnostics.EssTail(x, chains, 0.1, 0.9), Ess);
        foreach (JsonProperty p in c.GetProperty("ess_quantile").EnumerateObject())
            Promises.Close(p.Value.Number(), Diagnostics.EssQuantile(x, chains, Parse(p.Name)), Ess, 0, $"{id} ess_quantile {p.Name}");
        foreach (JsonProperty p in c.GetProperty("ess_local").EnumerateObject())
        {
            string[] ends = p.Name.Split('-');
            Promises.Close(p.Value.Number(), Diagnostics.EssLocal(x, chains, Parse(ends[0]), Parse(ends[1])), Ess, 0, $"{id} ess_local {p.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void Monte_Carlo_errors_moments_and_quantiles_are_those_of_ArviZ(string id)
    {
        (JsonElement c, double[] x, int chains) = Draws(id);
        Check(c, "mean", Diagnostics.Mean(x), Tight);
        Check(c, "sd", Diagnostics.StandardDeviation(x), Tight);
        Check(c, "mcse_mean", Diagnostics.McseMean(x, chains), Tight);
        Check(c, "mcse_sd", Diagnostics.McseSd(x, chains), Tight);
        Check(c, "mcse_median", Diagnostics.McseMedian(x, chains), Tight);
        foreach (JsonProperty p in c.GetProperty("mcse_quantile").EnumerateObject())
            Promises.Close(p.Value.Number(), Diagnostics.McseQuantile(x, chains, Parse(p.Name)), Tight, 0, $"{id} mcse_quantile {p.Name}");
        foreach (JsonProperty p in c.GetProperty("quantile").EnumerateObject())
            Promises.Close(p.Value.Number(), Diagnostics.Quantile(x, Parse(p.Name)), Tight, 0, $"{id} quantile {p.Name}");
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public void Autocorrelations_are_those_of_ArviZ_and_emcee(string id)
    {
        (JsonElement c, double[] x, int chains) = Draws(id);
        ReadOnlySpan<double> first = x.AsSpan(0, x.Length / chains);
        double[] expected = c.Numbers("autocov_first_chain_lags_0_5");
        double[] lags = new double[expected.Length];
        Diagnostics.Autocovariance(first, lags);
        double scale = expected[0];
        for (int i = 0; i < lags.Length; i++)
            Promises.Close(expected[i], lags[i], Tight, 1e-12 * scale, $"{id} autocovariance {i}");

        expected = c.Numbers("autocorr_first_chain_lags_0_20");
        lags = new double[expected.Length];
        Diagnostics.Autocorrelation(first, lags);
        for (int i = 0; i < lags.Length; i++)
            Promises.Close(expected[i], lags[i], Tight, 1e-12, $"{id} autocorrelation {i}");

        if (!c.TryGetProperty("emcee_tau_ensemble", out JsonElement ensemble))
            return;
        Promises.Close(ensemble.Number(), Diagnostics.IntegratedAutocorrelationTime(x, chains), Tight, 0, $"{id} emcee tau");
        double[] each = c.Numbers("emcee_tau_per_chain");
        for (int i = 0; i < chains; i++)
            Promises.Close(each[i], Diagnostics.IntegratedAutocorrelationTime(x.AsSpan(i * first.Length, first.Length), 1), Tight, 0, $"{id} emcee tau of chain {i}");
    }

    [Fact]
    public void The_fraction_of_missing_information_is_that_of_ArviZ()
    {
        JsonElement c = Reference.Cases(File)["bfmi"];
        double[] expected = c.Numbers("bfmi");
        int i = 0;
        foreach (JsonElement energies in c.GetProperty("energy").EnumerateArray())
            Promises.Close(expected[i++], Diagnostics.EnergyFractionOfMissingInformation(energies.Numbers()), Tight, 0, "bfmi");
        Assert.Equal(4, i);
    }

    [Theory]
    [MemberData(nameof(Psis))]
    public void Pareto_smoothing_is_that_of_ArviZ(string id)
    {
        JsonElement c = Reference.Cases(File)[id];
        double[] expected = c.Numbers("smoothed_log_weights");
        double[] smoothed = new double[expected.Length];
        double k = ParetoSmoothing.Smooth(c.Numbers("log_ratios"), smoothed);
        Promises.Close(c.Number("khat"), k, Tight, 0, $"{id} khat");
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], smoothed[i], Tight, 0, $"{id} weight {i}");
    }

    [Theory]
    [MemberData(nameof(Mmd))]
    public void Mean_discrepancies_are_those_of_the_formula(string id)
    {
        JsonElement c = Reference.Cases(File)[id], values = c.GetProperty("values");
        double[] x = c.RowMajor("X"), y = c.RowMajor("Y");
        int n = x.Length / c.GetProperty("X").GetArrayLength();
        foreach ((string name, IRadialKernel kernel) in new (string, IRadialKernel)[]
        {
            ("rbf_h0.5", new GaussianKernel { Bandwidth = 0.5 }), ("rbf_h1", new GaussianKernel()),
            ("rbf_h2", new GaussianKernel { Bandwidth = 2 }), ("imq_c1", new InverseMultiquadricKernel()),
        })
        {
            JsonElement expected = values.GetProperty(name);
            Promises.Close(expected.Number("mmd2_biased"), KernelDiscrepancy.SquaredMmd(x, y, n, kernel), Tight, 0, $"{id} {name}");
            if (expected.TryGetProperty("mmd2_unbiased", out JsonElement unbiased))
                Promises.Close(unbiased.Number(), KernelDiscrepancy.SquaredMmd(x, y, n, kernel, unbiased: true), Tight, 0, $"{id} {name} unbiased");
        }
    }

    [Theory]
    [MemberData(nameof(Ksd))]
    public void Stein_discrepancies_are_those_of_the_formula(string id)
    {
        JsonElement c = Reference.Cases(File)[id];
        var target = new Problems.MultivariateNormal(c.GetProperty("target").Numbers("mean"), c.GetProperty("target").RowMajor("cov"));
        int checkedValues = 0;
        foreach (JsonProperty p in c.GetProperty("values").EnumerateObject())
        {
            string[] parts = p.Name.Split('/');
            IRadialKernel kernel = parts[0] switch
            {
                "imq_c1_b-0.5" => new InverseMultiquadricKernel(),
                "imq_c0.5_b-0.8" => new InverseMultiquadricKernel { Offset = 0.5, Exponent = -0.8 },
                "rbf_h1" => new GaussianKernel(),
                string other => throw new InvalidOperationException($"{id}: no kernel for {other}."),
            };
            double[] points = c.RowMajor(parts[1]);
            Promises.Close(p.Value.Number("ksd2_v"), KernelDiscrepancy.SquaredKsd(points, target, kernel), Tight, 0, $"{id} {p.Name} v");
            Promises.Close(p.Value.Number("ksd2_u"), KernelDiscrepancy.SquaredKsd(points, target, kernel, unbiased: true), Tight, 1e-12, $"{id} {p.Name} u");
            checkedValues++;
        }

        Assert.Equal(6, checkedValues);
    }

    [Fact]
    public void A_draw_that_is_not_finite_and_too_few_draws_give_NaN_and_constants_carry_all_information()
    {
        double[] x = [1, 2, 3, double.NaN, 5, 6, 7, 8];
        Assert.True(double.IsNaN(Diagnostics.RHat(x, 2)));
        Assert.True(double.IsNaN(Diagnostics.EssBulk(x, 2)));
        Assert.True(double.IsNaN(Diagnostics.McseSd(x, 2)));
        Assert.True(double.IsNaN(Diagnostics.EssTail([1, 2, 3], 1)));
        Assert.Equal(20, Diagnostics.EssMean(new double[20], 2));
        Assert.Contains("multiple of 3", Assert.Throws<ArgumentException>(() => Diagnostics.RHat(x, 3)).Message);
    }

    private static TheoryData<string> Ids(string kind)
    {
        var ids = new TheoryData<string>();
        foreach ((string id, JsonElement c) in Reference.Cases(File))
        {
            if (c.GetProperty("kind").GetString() == kind)
                ids.Add(id);
        }

        Assert.NotEmpty(ids);
        return ids;
    }

    private static (JsonElement Case, double[] Draws, int Chains) Draws(string id)
    {
        JsonElement c = Reference.Cases(File)[id];
        int chains = c.GetProperty("chains").GetInt32(), draws = c.GetProperty("draws").GetInt32();
        JsonElement source = c.TryGetProperty("x", out JsonElement x) ? x : Reference.Json(File).GetProperty("cases")[c.GetProperty("draws_case").GetInt32()].GetProperty("x");
        double[] flat = new double[chains * draws];
        for (int i = 0; i < chains; i++)
            source[i].Numbers().AsSpan(0, draws).CopyTo(flat.AsSpan(i * draws));
        return (c, flat, chains);
    }

    private static void Check(JsonElement c, string property, double actual, double tolerance) =>
        Promises.Close(c.Number(property), actual, tolerance, 0, $"{c.GetProperty("id").GetString()} {property}");

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
