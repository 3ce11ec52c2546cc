using System.Text;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

public class StanCsvTests
{
    private static readonly SamplingOptions Options = new() { Chains = 2, WarmUp = 120, Draws = 40, Key = RandomKey.FromSeed(7) };

    [Fact]
    public void The_header_has_the_columns_of_CmdStan_in_their_order()
    {
        string[] lines = Lines(Sample.Run(new NoUTurn(), new EightSchoolsNonCentered(), Options), chain: 1);
        Assert.Contains("# method = sample (Default)", lines);
        Assert.Contains("#     num_samples = 40", lines);
        Assert.Contains("#     num_warmup = 120", lines);
        Assert.Contains("#     save_warmup = 0 (Default)", lines);
        Assert.Contains("# id = 2", lines);
        string header = lines.First(l => !l.StartsWith('#'));
        Assert.Equal(
            "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__,z.1,z.2,z.3,z.4,z.5,z.6,z.7,z.8,mu,tau,"
            + "theta.1,theta.2,theta.3,theta.4,theta.5,theta.6,theta.7,theta.8",
            header);

        // Where ArviZ looks for step size and metric: after the header, the metric on the line below its title.
        int at = Array.IndexOf(lines, "# Diagonal elements of inverse mass matrix:");
        Assert.True(at > Array.IndexOf(lines, header));
        Assert.Equal(10, lines[at + 1].Split(',').Length);
        Assert.StartsWith("# Step size = ", lines[at - 1], StringComparison.Ordinal);
        Assert.Equal(40, lines.Skip(1).Count(l => l.Length > 0 && !l.StartsWith('#')) - 1);
        Assert.Contains(lines, l => l.EndsWith("seconds (Warm-up)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_is_read_back_to_the_bit(bool dense)
    {
        var sampler = new NoUTurn { Metric = dense ? new DenseMetric() : new DiagonalMetric() };
        SamplingResult written = Sample.Run(sampler, new EightSchoolsNonCentered(), Options);
        Stream[] streams = [.. Enumerable.Range(0, 2).Select(c => Written(written, c))];
        SamplingResult read = StanCsv.Read(streams);
        Assert.Equal(written.ParameterNames, read.ParameterNames);
        Assert.Equal(written.WarmUp, read.WarmUp);
        Promises.SameBits(Targets.AllDraws(written), Targets.AllDraws(read), "draws");
        for (int c = 0; c < 2; c++)
        {
            Assert.Equal(written.Chains[c].InverseMetric, read.Chains[c].InverseMetric);
            Assert.Equal(written.Chains[c].StepSize, read.Chains[c].StepSize);
            Assert.Equal(written.Chains[c].DivergenceCount, read.Chains[c].DivergenceCount);
        }

        Assert.Equal(written.Summary().Parameters, read.Summary().Parameters);
    }

    /// <summary>A file as CmdStan writes it with a saved warm-up and other statistics; its warm-up is left out.</summary>
    [Fact]
    public void A_saved_warm_up_is_left_out_and_unknown_statistics_are_no_parameters()
    {
        const string Text = """
            # stan_version_major = 2
            #     num_samples = 2
            #     num_warmup = 4
            #     save_warmup = 1
            #     thin = 2
            lp__,accept_stat__,stepsize__,int_time__,energy__,Omega.1.2,sigma
            -1,0.5,0.1,6.28,2,9,9
            -2,0.6,0.1,6.28,3,9,9
            # Adaptation terminated
            # Step size = 0.25
            # Diagonal elements of inverse mass matrix:
            # 0.5, 2
            -3,0.7,0.25,6.28,4,0.125,1e-3
            -4,0.8,0.25,6.28,5,-inf,nan

            #  Elapsed Time: 0.01 seconds (Warm-up)
            """;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(Text));
        SamplingResult result = StanCsv.Read(stream);
        Assert.Equal(["Omega[1,2]", "sigma"], result.ParameterNames);
        Assert.Equal([0.125, double.NegativeInfinity], result.Values("Omega[1,2]"));
        Assert.Equal([0.001, double.NaN], result.Values("sigma"));
        Assert.Equal(-3, result.Chains[0].Statistics[0].LogDensity);
        Assert.Equal(0.25, result.Chains[0].StepSize);
        Assert.Equal([0.5, 2], result.Chains[0].InverseMetric);
    }

    [Fact]
    public void A_damaged_file_is_refused_with_its_line()
    {
        Assert.Contains("Line 2", Assert.Throws<FormatException>(() => Read("lp__,x\n1,abc\n")).Message, StringComparison.Ordinal);
        Assert.Contains("Line 3", Assert.Throws<FormatException>(() => Read("lp__,x\n1,2\n1\n")).Message, StringComparison.Ordinal);
        Assert.Contains("header", Assert.Throws<FormatException>(() => Read("# nothing\n")).Message, StringComparison.Ordinal);

        static SamplingResult Read(string text) => StanCsv.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));
    }

    private static MemoryStream Written(SamplingResult result, int chain)
    {
        var stream = new MemoryStream();
        StanCsv.Write(stream, result, chain);
        stream.Position = 0;
        return stream;
    }

    private static string[] Lines(SamplingResult result, int chain) => Encoding.UTF8.GetString(Written(result, chain).ToArray()).Split('\n');
}
