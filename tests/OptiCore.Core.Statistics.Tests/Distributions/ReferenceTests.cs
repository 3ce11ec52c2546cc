using System.Text.Json;
using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.Distributions;

public class ReferenceTests
{
    private const string File = "golden/02_distributions.json";

    public static TheoryData<string> Cases => [.. Reference.Cases(File).Where(c => Laws.FromReference.ContainsKey(c.Value.GetProperty("distribution").GetString()!)).Select(c => c.Key)];

    [Fact]
    public void DistributionFunctionsOfDirectionsEqualIntegralsAtFortyDigits()
    {
        foreach ((string id, JsonElement reference) in Reference.Cases("von-mises/cdf.json"))
        {
            var law = new VonMises(reference.Number("mu"), reference.Number("kappa"));
            double[] x = reference.Numbers("x"), cdf = reference.Numbers("cdf");
            for (int i = 0; i < x.Length; i++)
            {
                Promises.Close(cdf[i], law.Cdf(x[i]), 2e-12, 0, $"{id}: cdf at {x[i]:r}");
                Promises.Close(1 - cdf[i], law.Survival(x[i]), 2e-12, 2.3e-16, $"{id}: survival at {x[i]:r}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheReference(string id)
    {
        JsonElement reference = Reference.Cases(File)[id];
        IDistribution law = Laws.FromReference[reference.GetProperty("distribution").GetString()!](reference.GetProperty("params"));
        double[] x = reference.Numbers("x");
        Check("logpdf", law.LogDensity, absolute: 1e-13);
        Check("logpmf", law.LogDensity, absolute: 1e-13);
        Check("pdf", law.Density, absolute: 0);
        Check("pmf", law.Density, absolute: 0);
        // SciPy's distribution functions of directions are wrong in the tails, and for kappa = 100, where it takes the normal law's, by 1.6e-7: their exact values are in a file of ours.
        if (law is not VonMises)
        {
            Check("cdf", law.Cdf, absolute: 0);
            Check("sf", law.Survival, absolute: 0);
        }

        if (reference.TryGetProperty("ppf", out JsonElement quantiles))
        {
            double[] p = reference.Numbers("p"), expected = quantiles.Numbers();
            for (int i = 0; i < p.Length; i++)
            {
                // SciPy's quantiles weren't checked and are off by up to 1e-8: one that the distribution function, which was, maps back to p is right too.
                double quantile = law.Quantile(p[i]);
                if (law is IDiscreteDistribution || Math.Abs(law.Cdf(quantile) - p[i]) > 1e-13 * p[i])
                    Promises.Close(expected[i], quantile, 1e-11, 1e-14, $"{id}: quantile of {p[i]}");
            }
        }

        Moment("mean", law.Mean);
        Moment("var", law.Variance);
        Moment("skewness", law.Skewness);
        Moment("excess_kurtosis", law.ExcessKurtosis);
        Moment("entropy", law.Entropy);
        if (law is VonMises directions)
            Moment("circular_mean_resultant_length", directions.MeanResultantLength);

        void Check(string property, Func<double, double> actual, double absolute)
        {
            if (!reference.TryGetProperty(property, out JsonElement values))
                return;
            double[] expected = values.Numbers();
            for (int i = 0; i < x.Length; i++)
            {
                // SciPy's own error, where it was measured, is not ours; the points at which it is off have an exact value.
                double value = Exact(property, x[i]) ?? expected[i];
                double tolerance = 1e-12 * Math.Max(1, property is "pdf" or "pmf" ? Math.Abs(Math.Log(Math.Max(value, 1e-300))) : 1);
                double within = absolute;
                if (property == "sf")
                {
                    // Not checked either, and often 1 - cdf: in the lower half that is what is compared with, from the distribution function that was.
                    double cdf = Exact("cdf", x[i]) ?? reference.Numbers("cdf")[i];
                    value = cdf < 0.5 ? 1 - cdf : value;
                    within = 2.3e-16;
                }

                Promises.Close(value, actual(x[i]), tolerance, within, $"{id}: {property} at {x[i]:r}");
            }
        }

        double? Exact(string what, double at)
        {
            if (!reference.TryGetProperty("exact_where_scipy_is_off", out JsonElement list))
                return null;
            foreach (JsonElement entry in list.EnumerateArray())
            {
                if (entry.GetProperty("what").GetString() == what && entry.Number("x") == at)
                    return entry.Number("exact");
            }

            return null;
        }

        void Moment(string property, double actual)
        {
            if (!reference.TryGetProperty(property, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
                return;
            double expected = value.Number();

            // The reference writes NaN or infinity for moments that don't exist or are infinite, without telling them apart.
            if (!double.IsFinite(expected))
                Assert.False(double.IsFinite(actual), $"{id}: {property} is {actual}, expected none.");
            else
                Promises.Close(expected, actual, 1e-9, 1e-12, $"{id}: {property}");
        }
    }
}
