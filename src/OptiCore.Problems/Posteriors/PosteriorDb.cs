namespace OptiCore.Problems;

/// <summary>
/// Posteriors with known answers, with their data: the 17 of posteriordb that have reference draws here, the logistic regression of German credits (the Inference Gym's) and two of Stan's
/// benchmarks. Each name is that of the origin.
/// </summary>
/// <remarks>
/// <code>ILogDensity garch = PosteriorDb.Load("garch-garch11");</code>
/// M. Magnusson et al. (2024), posteriordb: Testing, benchmarking and developing Bayesian inference algorithms. Origins and licences of the data lie beside them.
/// </remarks>
public static class PosteriorDb
{
    private static readonly (string Name, Func<ILogDensity> Make)[] Table =
    [
        ("arK-arK", static () => LinearRegressionPosterior.Autoregression(PosteriorData.Load("arK").Numbers("y"), 5)),
        ("bball_drive_event_0-hmm_drive_0", Drive),
        ("diamonds-diamonds", Diamonds),
        ("earnings-logearn_height_male", Earnings),
        ("eight_schools-eight_schools_centered", static () => new EightSchoolsCentered()),
        ("eight_schools-eight_schools_noncentered", static () => new EightSchoolsNonCentered()),
        ("garch-garch11", Garch),
        ("german_credit_numeric-logistic_regression", GermanCredit),
        ("gp_pois_regr-gp_pois_regr", ProcessOfCounts),
        ("gp_pois_regr-gp_regr", Process),
        ("hudson_lynx_hare-lotka_volterra", LynxAndHare),
        ("irt_2pl", static () => new ItemResponsePosterior(PosteriorData.Load("irt_2pl").Numbers("y"), 20)),
        ("kidiq-kidscore_interaction", ChildrensScores),
        ("kilpisjarvi_mod-kilpisjarvi", Kilpisjarvi),
        ("low_dim_corr_gauss", static () => new CorrelatedNormalPosterior()),
        ("low_dim_gauss_mix-low_dim_gauss_mix", static () => new GaussianMixturePosterior(PosteriorData.Load("low_dim_gauss_mix").Numbers("y"))),
        ("mesquite-logmesquite", Mesquite),
        ("nes1980-nes", Election),
        ("one_comp_mm_elim_abs-one_comp_mm_elim_abs", Compartment),
        ("sblri-blr", Sblri),
    ];

    /// <summary>The names, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = Array.ConvertAll(Table, static row => row.Name);

    /// <summary>Makes a posterior with its data.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no posterior of this name.</exception>
    public static ILogDensity Load(string name)
    {
        foreach ((string row, Func<ILogDensity> make) in Table)
        {
            if (row == name)
                return make();
        }

        throw new ArgumentException($"There is no posterior '{name}'; there are {string.Join(", ", Names)}.", nameof(name));
    }

    private static DrivePosterior Drive()
    {
        PosteriorData data = PosteriorData.Load("bball_drive_event_0");
        return new DrivePosterior(data.Numbers("u"), data.Numbers("v"), data.Numbers("alpha"));
    }

    private static LinearRegressionPosterior Diamonds()
    {
        // The column of ones comes first; the others are centred, and the intercept last.
        PosteriorData data = PosteriorData.Load("diamonds");
        double[] y = data.Numbers("Y"), x = data.Numbers("X");
        int m = y.Length, n = x.Length / m;
        double[] means = new double[n];
        for (int i = 0; i < x.Length; i++)
            means[i % n] += x[i] / m;
        for (int i = 0; i < m; i++)
        {
            for (int k = 1; k < n; k++)
                x[(i * n) + k - 1] = x[(i * n) + k] - means[k];
            x[(i * n) + n - 1] = 1;
        }

        var priors = new RegressionPrior[n];
        priors.AsSpan().Fill(RegressionPrior.Normal(0, 1));
        priors[^1] = RegressionPrior.StudentT(3, 8, 10);
        return new LinearRegressionPosterior(x, y, priors, RegressionPrior.StudentT(3, 0, 10), [.. ParameterName.Vector("b", n - 1), "Intercept"]);
    }

    private static LinearRegressionPosterior Earnings()
    {
        PosteriorData data = PosteriorData.Load("earnings");
        double[] earnings = data.Numbers("earn");
        return new LinearRegressionPosterior(PosteriorData.Columns(Ones(earnings), data.Numbers("height"), data.Numbers("male")), Logarithms(earnings));
    }

    private static GarchPosterior Garch()
    {
        PosteriorData data = PosteriorData.Load("garch");
        return new GarchPosterior(data.Numbers("y"), data.Number("sigma1"));
    }

    private static LogisticRegressionPosterior GermanCredit()
    {
        // Columns standardised by the population's deviation, then a column of ones.
        PosteriorData data = PosteriorData.Load("german_credit_numeric");
        double[] x = data.Numbers("X"), labels = Array.ConvertAll(data.Numbers("class"), static c => c == 2 ? 1.0 : 0);
        int m = labels.Length, n = x.Length / m;
        double[] design = new double[m * (n + 1)];
        for (int k = 0; k < n; k++)
        {
            double mean = 0, squares = 0;
            for (int i = 0; i < m; i++)
                mean += x[(i * n) + k] / m;
            for (int i = 0; i < m; i++)
                squares += (x[(i * n) + k] - mean) * (x[(i * n) + k] - mean);
            double deviation = Math.Sqrt(squares / m);
            for (int i = 0; i < m; i++)
                design[(i * (n + 1)) + k] = (x[(i * n) + k] - mean) / deviation;
        }

        for (int i = 0; i < m; i++)
            design[(i * (n + 1)) + n] = 1;
        return new LogisticRegressionPosterior(design, labels);
    }

    private static GaussianProcessCountsPosterior ProcessOfCounts()
    {
        PosteriorData data = PosteriorData.Load("gp_pois_regr");
        return new GaussianProcessCountsPosterior(data.Numbers("x"), data.Numbers("k"));
    }

    private static GaussianProcessPosterior Process()
    {
        PosteriorData data = PosteriorData.Load("gp_pois_regr");
        return new GaussianProcessPosterior(data.Numbers("x"), data.Numbers("y"));
    }

    private static LotkaVolterraPosterior LynxAndHare()
    {
        PosteriorData data = PosteriorData.Load("hudson_lynx_hare");
        return new LotkaVolterraPosterior(data.Numbers("ts"), data.Numbers("y_init"), data.Numbers("y"));
    }

    private static LinearRegressionPosterior ChildrensScores()
    {
        PosteriorData data = PosteriorData.Load("kidiq");
        double[] school = data.Numbers("mom_hs"), quotient = data.Numbers("mom_iq"), both = new double[school.Length];
        for (int i = 0; i < both.Length; i++)
            both[i] = school[i] * quotient[i];
        return new LinearRegressionPosterior(PosteriorData.Columns(Ones(school), school, quotient, both), data.Numbers("kid_score"), noiseScale: 2.5);
    }

    private static LinearRegressionPosterior Kilpisjarvi()
    {
        PosteriorData data = PosteriorData.Load("kilpisjarvi_mod");
        double[] x = data.Numbers("x");
        return new LinearRegressionPosterior(
            PosteriorData.Columns(Ones(x), x),
            data.Numbers("y"),
            [RegressionPrior.Normal(data.Number("pmualpha"), data.Number("psalpha")), RegressionPrior.Normal(data.Number("pmubeta"), data.Number("psbeta"))],
            RegressionPrior.Flat,
            ["alpha", "beta"]);
    }

    private static LinearRegressionPosterior Mesquite()
    {
        PosteriorData data = PosteriorData.Load("mesquite");
        double[] group = data.Numbers("group");
        return new LinearRegressionPosterior(
            PosteriorData.Columns(
                Ones(group),
                Logarithms(data.Numbers("diam1")),
                Logarithms(data.Numbers("diam2")),
                Logarithms(data.Numbers("canopy_height")),
                Logarithms(data.Numbers("total_height")),
                Logarithms(data.Numbers("density")),
                group),
            Logarithms(data.Numbers("weight")));
    }

    private static LinearRegressionPosterior Election()
    {
        PosteriorData data = PosteriorData.Load("nes1980");
        double[] age = data.Numbers("age_discrete");
        return new LinearRegressionPosterior(
            PosteriorData.Columns(
                Ones(age),
                data.Numbers("real_ideo"),
                data.Numbers("race_adj"),
                Array.ConvertAll(age, static a => a == 2 ? 1.0 : 0),
                Array.ConvertAll(age, static a => a == 3 ? 1.0 : 0),
                Array.ConvertAll(age, static a => a == 4 ? 1.0 : 0),
                data.Numbers("educ1"),
                data.Numbers("gender"),
                data.Numbers("income")),
            data.Numbers("partyid7"));
    }

    private static MichaelisMentenPosterior Compartment()
    {
        PosteriorData data = PosteriorData.Load("one_comp_mm_elim_abs");
        return new MichaelisMentenPosterior(data.Number("D"), data.Number("V"), data.Number("t0"), data.Numbers("times"), data.Numbers("C_hat"));
    }

    private static LinearRegressionPosterior Sblri()
    {
        PosteriorData data = PosteriorData.Load("sblri");
        return new LinearRegressionPosterior(data.Numbers("X"), data.Numbers("y"), [RegressionPrior.Normal(0, 10)], RegressionPrior.Normal(0, 10));
    }

    private static double[] Ones(double[] like)
    {
        double[] ones = new double[like.Length];
        ones.AsSpan().Fill(1);
        return ones;
    }

    private static double[] Logarithms(double[] values) => Array.ConvertAll(values, static v => Math.Log(v));
}
