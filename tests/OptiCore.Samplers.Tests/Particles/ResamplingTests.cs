using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Particles;

/// <summary>What holds for every resampling scheme: one row in the table, every law for every row.</summary>
public class ResamplingTests
{
    private static readonly Dictionary<string, IResampling> Table = new()
    {
        ["multinomial"] = new MultinomialResampling(),
        ["stratified"] = new StratifiedResampling(),
        ["systematic"] = new SystematicResampling(),
        ["residual"] = new ResidualResampling(),
    };

    public static TheoryData<string> Schemes => [.. Table.Keys];

    private static Arbitrary<double[]> WeightArrays => Gen.Choose(1, 1500).SelectMany(
        n => Gen.Choose(0, int.MaxValue).Select(
            seed =>
            {
                double[] w = new double[n];
                Randomness.RandomFill.Exponential(RandomKey.FromSeed((ulong)seed), w);
                for (int i = 0; i < n; i++)
                    w[i] = seed % 3 == 0 && i % 4 != 1 ? 0 : seed % 5 == 0 ? Math.Pow(w[i], 8) : w[i];
                w[seed % n] += 0.5;
                return w;
            })).ToArbitrary();

    [Fact]
    public void Every_published_scheme_has_a_row()
    {
        IEnumerable<Type> published = typeof(IResampling).Assembly.GetExportedTypes().Where(t => !t.IsInterface && t.IsAssignableTo(typeof(IResampling)));
        Assert.All(published, t => Assert.Contains(Table.Values, s => s.GetType() == t));
        Assert.All(published, t => Assert.True(t.IsDefined(typeof(AlgorithmAttribute), false), $"{t} has no [Algorithm]."));
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Ancestors_ascend_and_none_has_weight_0(string scheme) => Forall.Check(Prop.ForAll(WeightArrays, w =>
    {
        int[] ancestors = new int[(w.Length * 2 / 3) + 1];
        Resampling.Draw(Table[scheme], w, RandomKey.FromSeed((ulong)w.Length), ancestors);
        for (int k = 0; k < ancestors.Length; k++)
        {
            if (w[ancestors[k]] == 0 || (k > 0 && ancestors[k] < ancestors[k - 1]))
                return false;
        }

        return true;
    }));

    [Theory]
    [InlineData("systematic", true)]
    [InlineData("residual", false)]
    public void Copies_are_at_least_the_whole_part_and_systematic_ones_at_most_one_more(string scheme, bool bounded) => Forall.Check(Prop.ForAll(WeightArrays, w =>
    {
        int[] ancestors = new int[w.Length], copies = new int[w.Length];
        Resampling.Draw(Table[scheme], w, RandomKey.FromSeed((ulong)w.Length), ancestors);
        foreach (int a in ancestors)
            copies[a]++;
        double total = w.Sum();
        for (int i = 0; i < w.Length; i++)
        {
            double expected = w.Length * w[i] / total;
            if (copies[i] < Math.Floor(expected - 1e-9) || (bounded && copies[i] > Math.Ceiling(expected + 1e-9)))
                return false;
        }

        return true;
    }));

    /// <summary>Ancestor k is the first particle with m C_i > k + u, one after the other by the definition, for any numbers of weights and ancestors.</summary>
    [Fact]
    public void Systematic_ancestors_are_those_of_the_definition() => Forall.Check(Prop.ForAll(WeightArrays, w =>
    {
        double[] sums = new double[w.Length];
        Resampling.Cumulate(w, sums);
        foreach (int m in (int[])[1, 6, w.Length, (2 * w.Length) + 3])
        {
            RandomKey key = RandomKey.FromSeed((ulong)w.Length).Fold(m);
            int[] ancestors = new int[m];
            Resampling.Draw(new SystematicResampling(), w, key, ancestors);
            double u = key.Stream().NextDouble(), scale = m / sums[^1];
            int last = Array.FindIndex(sums, s => s == sums[^1]);
            for (int k = 0; k < m; k++)
            {
                int first = Array.FindIndex(sums, s => Math.Ceiling((s * scale) - u) > k);
                if (ancestors[k] != (first < 0 ? last : first))
                    return false;
            }
        }

        return true;
    }));

    [Fact]
    public void Cumulative_sums_never_fall_and_are_those_of_a_plain_loop_but_for_rounding() => Forall.Check(Prop.ForAll(WeightArrays, w =>
    {
        double[] sums = new double[w.Length], inPlace = [.. w];
        Resampling.Cumulate(w, sums);
        Resampling.Cumulate(inPlace, inPlace);
        double plain = 0;
        for (int i = 0; i < w.Length; i++)
        {
            // Two sums of i + 1 terms that aren't negative, each wrong by at most i half units in the last place (Higham 2002, section 4.2).
            plain += w[i];
            if (Math.Abs(sums[i] - plain) > 1.2e-16 * 2 * (i + 1) * plain || sums[i] < (i > 0 ? sums[i - 1] : 0) || (i > 0 && w[i] == 0 && sums[i] != sums[i - 1]))
                return false;
        }

        Promises.SameBits(sums, inPlace, "in place");
        return true;
    }));

    [Theory]
    [InlineData("systematic")]
    [InlineData("stratified")]
    [InlineData("residual")]
    public void Equal_weights_are_kept_as_they_are(string scheme)
    {
        foreach (int n in (int[])[1, 2, 7, 100, 1023, 1024, 3000])
        {
            double[] w = new double[n];
            int[] ancestors = new int[n];
            w.AsSpan().Fill(0.1);
            Resampling.Draw(Table[scheme], w, RandomKey.FromSeed(1), ancestors);

            // Cumulative sums of 0.1 round, so that a point of a stratum may lie on the other side of its end.
            int moved = ancestors.Where((a, i) => a != i).Count();
            Assert.InRange(moved, 0, scheme == "residual" ? 0 : 1);
        }
    }

    /// <summary>The mean number of copies over 4,000 draws against m W; the z of 40 weights stays below 4.5, a false alarm rate of 3e-4 for each scheme, with fixed keys.</summary>
    [Theory]
    [MemberData(nameof(Schemes))]
    public void The_number_of_copies_is_unbiased(string scheme)
    {
        const int Draws = 4000, N = 40, M = 25;
        double[] w = new double[N], sum = new double[N], squares = new double[N];
        Randomness.RandomFill.Exponential(RandomKey.FromSeed(9), w);
        int[] ancestors = new int[M];
        for (int d = 0; d < Draws; d++)
        {
            Resampling.Draw(Table[scheme], w, RandomKey.FromSeed(10).Fold(d), ancestors);
            for (int i = 0; i < N; i++)
            {
                int copies = ancestors.Count(a => a == i);
                sum[i] += copies;
                squares[i] += copies * copies;
            }
        }

        for (int i = 0; i < N; i++)
        {
            double mean = sum[i] / Draws, error = Math.Sqrt(Math.Max(1e-4, (squares[i] / Draws) - (mean * mean)) / Draws);
            Assert.InRange((mean - (M * w[i] / w.Sum())) / error, -4.5, 4.5);
        }
    }

    /// <summary>The variance of the resampled mean of a smooth function: stratified and residual schemes never exceed the multinomial one (Douc, Cappé, Moulines 2005); measured over 2,000 draws, within 10 %.</summary>
    [Fact]
    public void Variances_are_in_their_order() => Check.One(Forall.Config.WithMaxTest(10), Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
    {
        const int N = 50;
        double[] w = new double[N];
        Randomness.RandomFill.Exponential(RandomKey.FromSeed((ulong)seed), w);
        Dictionary<string, double> variances = Table.ToDictionary(row => row.Key, row => Variance(row.Value, w, RandomKey.FromSeed((ulong)seed)));
        return variances["stratified"] < 1.1 * variances["multinomial"] && variances["residual"] < 1.1 * variances["multinomial"] && variances["systematic"] < variances["residual"];
    }));

    [Fact]
    public void Mistakes_name_the_argument()
    {
        Assert.Equal("weights", Assert.Throws<ArgumentException>(() => Resampling.Draw(new SystematicResampling(), [0, 0], RandomKey.FromSeed(1), new int[2])).ParamName);
        Assert.Equal("weights", Assert.Throws<ArgumentException>(() => Resampling.Draw(new SystematicResampling(), [1, -1], RandomKey.FromSeed(1), new int[2])).ParamName);
        Assert.Equal("weights", Assert.Throws<ArgumentException>(() => Resampling.Draw(new SystematicResampling(), [1, double.NaN], RandomKey.FromSeed(1), new int[2])).ParamName);
    }

    private static double Variance(IResampling scheme, double[] w, RandomKey key)
    {
        const int Draws = 2000;
        int[] ancestors = new int[w.Length];
        double sum = 0, squares = 0;
        for (int d = 0; d < Draws; d++)
        {
            Resampling.Draw(scheme, w, key.Fold(d), ancestors);
            double mean = ancestors.Average(a => Math.Sin(0.1 * a));
            sum += mean;
            squares += mean * mean;
        }

        return (squares / Draws) - (sum / Draws * (sum / Draws));
    }
}
