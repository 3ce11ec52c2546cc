using System.Text.Json;

namespace OptiCore.Problems;

/// <summary>How hard NIST says that a set is.</summary>
public enum NistLevel
{
    /// <summary>Lower level of difficulty.</summary>
    Lower,

    /// <summary>Average level of difficulty.</summary>
    Average,

    /// <summary>Higher level of difficulty: plain Gauss-Newton fails on several of them from the first starting point.</summary>
    Higher,
}

/// <summary>
/// A data set of the NIST Statistical Reference Datasets for nonlinear regression, with certified answers. The residuals are model minus response.
/// </summary>
public sealed class NistProblem
{
    private NistProblem(JsonElement json, NistModel model)
    {
        Name = Text(json, "name");
        Formula = Text(json, "response") + " = " + Text(json, "model");
        Reference = Text(json, "reference");
        Level = Text(json, "difficulty") switch { "lower" => NistLevel.Lower, "average" => NistLevel.Average, "higher" => NistLevel.Higher, var other => throw new FormatException($"'{other}' is no level of difficulty.") };
        Start1 = Numbers(json.GetProperty("start_1"));
        Start2 = Numbers(json.GetProperty("start_2"));
        Certified = Numbers(json.GetProperty("certified"));
        CertifiedStandardDeviations = Numbers(json.GetProperty("certified_standard_deviation"));
        ResidualSumOfSquares = json.GetProperty("residual_sum_of_squares").GetDouble();
        ResidualStandardDeviation = json.GetProperty("residual_standard_deviation").GetDouble();
        DegreesOfFreedom = json.GetProperty("degrees_of_freedom").GetInt32();

        JsonElement rows = json.GetProperty("data");
        int count = rows.GetArrayLength(), predictors = json.GetProperty("predictors").GetArrayLength();
        var response = new double[count];
        var x = new double[count * predictors];
        for (int i = 0; i < count; i++)
        {
            response[i] = rows[i][0].GetDouble();
            for (int j = 0; j < predictors; j++)
                x[(i * predictors) + j] = rows[i][j + 1].GetDouble();
        }

        // Nelson's model is for the logarithm of the response.
        if (Text(json, "response") == "ln(y)")
        {
            for (int i = 0; i < count; i++)
                response[i] = Math.Log(response[i]);
        }

        int n = Certified.Length;
        Residuals = new ResidualModel(n, count, (b, r, jacobian) =>
        {
            for (int i = 0; i < r.Length; i++)
                r[i] = model(b, x.AsSpan(i * predictors, predictors), jacobian.IsEmpty ? [] : jacobian.Slice(i * n, n)) - response[i];
        });
    }

    /// <summary>The set's name.</summary>
    public string Name { get; }

    /// <summary>The level of difficulty.</summary>
    public NistLevel Level { get; }

    /// <summary>The model, as NIST writes it.</summary>
    public string Formula { get; }

    /// <summary>Where the data come from.</summary>
    public string Reference { get; }

    /// <summary>Model minus response, with the Jacobian written by hand.</summary>
    public IDifferentiableResidualFunction<double> Residuals { get; }

    /// <summary>The first starting point, far from the solution.</summary>
    public double[] Start1 { get; }

    /// <summary>The second starting point, nearer.</summary>
    public double[] Start2 { get; }

    /// <summary>The certified parameters, 11 digits.</summary>
    public double[] Certified { get; }

    /// <summary>The certified standard deviations of the parameters, 11 digits.</summary>
    public double[] CertifiedStandardDeviations { get; }

    /// <summary>The certified residual sum of squares. That of Lanczos1 is below what double precision can reproduce from the 11 printed digits.</summary>
    public double ResidualSumOfSquares { get; }

    /// <summary>The certified residual standard deviation.</summary>
    public double ResidualStandardDeviation { get; }

    /// <summary>Observations minus parameters.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>How many digits of an estimate agree with the certified ones: the smallest -log10 of the relative error, from 0 to 11.</summary>
    /// <param name="estimate">The estimated parameters.</param>
    public double Digits(ReadOnlySpan<double> estimate) => Digits(estimate, Certified);

    /// <summary>How many digits of standard deviations agree with the certified ones.</summary>
    /// <param name="estimate">The estimated standard deviations.</param>
    public double StandardDeviationDigits(ReadOnlySpan<double> estimate) => Digits(estimate, CertifiedStandardDeviations);

    /// <summary>Reads a set in the JSON form that is described beside the embedded data.</summary>
    /// <param name="stream">The JSON text.</param>
    /// <exception cref="FormatException">The set is unknown, so that there is no model for it.</exception>
    public static NistProblem Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using JsonDocument document = JsonDocument.Parse(stream);
        return new NistProblem(document.RootElement, NistModels.Find(Text(document.RootElement, "name")));
    }

    private static double Digits(ReadOnlySpan<double> estimate, double[] certified)
    {
        Require.Length(estimate.Length, certified.Length, nameof(estimate));
        double least = 11;
        for (int i = 0; i < certified.Length; i++)
        {
            double error = Math.Abs(estimate[i] - certified[i]) / Math.Abs(certified[i]);
            least = double.IsNaN(error) ? 0 : Math.Min(least, error == 0 ? 11 : -Math.Log10(error));
        }

        return Math.Max(0, least);
    }

    private static string Text(JsonElement json, string property) =>
        json.GetProperty(property).GetString() ?? throw new FormatException($"{property} is null.");

    private static double[] Numbers(JsonElement array)
    {
        var values = new double[array.GetArrayLength()];
        for (int i = 0; i < values.Length; i++)
            values[i] = array[i].GetDouble();
        return values;
    }
}
