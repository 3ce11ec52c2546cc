using OptiCore.Dynamics;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Samplers.Tests.Kalman;

/// <summary>Filters and smoothers of means and covariances, against conditioning of the joint normal law, and against one another.</summary>
public class KalmanFilterTests
{
    private static readonly Dictionary<string, LinearGaussianModel> Models = new()
    {
        ["scalar"] = LinearModels.Scalar,
        ["rotation"] = LinearModels.Rotation,
        ["time-varying"] = LinearModels.Varying,
    };

    /// <summary>A filter is one row.</summary>
    private static readonly Dictionary<string, (Func<LinearGaussianModel, GaussianFilterState> Start, double Tolerance)> Filters = new()
    {
        ["Kalman"] = (new KalmanFilter().Start, 1e-11),
        ["Kalman, square root"] = (new KalmanFilter { Form = CovarianceForm.SquareRoot }.Start, 1e-11),
        ["extended"] = (new ExtendedKalmanFilter().Start, 1e-11),
        ["extended, iterated"] = (new ExtendedKalmanFilter { Iterations = 3 }.Start, 1e-11),
        ["extended, iterated, square root"] = (new ExtendedKalmanFilter { Iterations = 3, Form = CovarianceForm.SquareRoot }.Start, 1e-11),
        ["unscented"] = (new UnscentedKalmanFilter().Start, 1e-8),
        ["unscented, wide"] = (new UnscentedKalmanFilter { Alpha = 1, Kappa = 1 }.Start, 1e-11),
        ["unscented, square root"] = (new UnscentedKalmanFilter { Form = CovarianceForm.SquareRoot }.Start, 1e-8),
        ["unscented, square root, wide"] = (new UnscentedKalmanFilter { Form = CovarianceForm.SquareRoot, Alpha = 1, Kappa = 1 }.Start, 1e-11),
    };

    public static IEnumerable<TheoryDataRow<string, string>> FiltersAndModels => from filter in Filters.Keys from model in Models.Keys select new TheoryDataRow<string, string>(filter, model);

    public static TheoryData<string> FilterNames => [.. Filters.Keys];

    [Theory]
    [MemberData(nameof(FiltersAndModels))]
    public void Moments_and_likelihood_are_those_of_the_joint_normal_law(string filter, string model)
    {
        LinearGaussianModel m = Models[model];
        int n = m.StateCount, p = m.ObservationCount, steps = 9;
        double[] y = LinearModels.WithGaps(LinearModels.Series(m, steps, 3), p);
        (Func<LinearGaussianModel, GaussianFilterState> start, double tolerance) = Filters[filter];
        GaussianFilterState state = start(m);
        for (int t = 0; t < steps; t++)
        {
            Assert.True(state.Update(y.AsSpan(t * p, p)));
            (double[] mean, double[] covariance, double logDensity) = LinearModels.Condition(m, y, t, t + 1);
            (double[] predictedMean, double[] predicted, _) = LinearModels.Condition(m, y, t, t);
            Close(mean, state.Mean, tolerance, $"mean {t}");
            Close(covariance, state.Covariance, tolerance, $"covariance {t}");
            Close(predictedMean, state.PredictedMean, tolerance, $"predicted mean {t}");
            Close(predicted, state.PredictedCovariance, tolerance, $"predicted covariance {t}");
            Promises.Close(logDensity, state.LogLikelihood, tolerance, tolerance, $"log likelihood {t}");
        }

        Assert.Equal(steps, state.Count);
        Assert.Equal(n, state.Mean.Length);
    }

    [Theory]
    [MemberData(nameof(FiltersAndModels))]
    public void Smoothed_moments_are_those_of_the_joint_normal_law(string filter, string model)
    {
        LinearGaussianModel m = Models[model];
        int p = m.ObservationCount, steps = 9;
        double[] y = LinearModels.WithGaps(LinearModels.Series(m, steps, 4), p);
        (Func<LinearGaussianModel, GaussianFilterState> start, double tolerance) = Filters[filter];
        GaussianFilterResult filtered = GaussianFilter.Run(new Started(start), m, y).EnsureCompleted();
        GaussianSmootherResult smoothed = RauchTungStriebel.Smooth(filtered).EnsureCompleted();
        for (int t = 0; t < steps; t++)
        {
            (double[] mean, double[] covariance, _) = LinearModels.Condition(m, y, t, steps);
            Close(mean, smoothed.Mean(t), 10 * tolerance, $"mean {t}");
            Close(covariance, smoothed.Covariance(t), 10 * tolerance, $"covariance {t}");
        }

        Assert.Equal(filtered.LogLikelihood, filtered.LogLikelihoodIncrements.ToArray().Sum(), 1e-10);
    }

    [Fact]
    public void The_extended_filter_has_the_bits_of_the_Kalman_filter_on_a_linear_model()
    {
        double[] y = LinearModels.Series(LinearModels.Rotation, 30, 1);
        foreach (CovarianceForm form in Enum.GetValues<CovarianceForm>())
        {
            GaussianFilterResult kalman = GaussianFilter.Run(new KalmanFilter { Form = form }, LinearModels.Rotation, y), extended = GaussianFilter.Run(new ExtendedKalmanFilter { Form = form }, LinearModels.Rotation, y);
            Promises.SameBits(kalman.Means, extended.Means, form.ToString());
            Promises.SameBits(kalman.LogLikelihoodIncrements, extended.LogLikelihoodIncrements, form.ToString());
        }
    }

    [Fact]
    public void The_square_root_form_keeps_what_the_full_form_loses()
    {
        // A constant state of two numbers with variance 1, of which a sum and a nearly equal sum are measured with noise of variance e^2: the exact covariance has elements of order 1, and its determinant is of order e^2.
        const double E = 1e-7;
        var model = new LinearGaussianModel([0, 0], [1, 0, 0, 1], new LinearGaussianStep([1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1 + E], [E * E, 0, 0, E * E]));
        GaussianFilterState state = new KalmanFilter { Form = CovarianceForm.SquareRoot }.Start(model);
        Assert.True(state.Update([1, 1]));

        // The precision I + H'H / e^2 has elements (1 + 2/e^2, (2 + e)/e^2, (1 + (1 + (1 + e)^2)/e^2)); its determinant is 1 + (4 + 2 e + e^2)/e^2 + e^2/e^4.
        double determinant = 1 + ((4 + (2 * E) + (E * E)) / (E * E)) + (1 / (E * E));
        Promises.Close((1 + ((1 + ((1 + E) * (1 + E))) / (E * E))) / determinant, state.Covariance[0], 1e-6, 0, "variance");
        Promises.Close(-(2 + E) / (E * E) / determinant, state.Covariance[1], 1e-6, 0, "covariance");
    }

    [Fact]
    public void The_steady_state_is_the_limit_of_the_filter()
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.Series(model, 200, 2);
        GaussianFilterResult exact = GaussianFilter.Run(new KalmanFilter(), model, y), steady = GaussianFilter.Run(new SteadyStateKalmanFilter(), model, y);
        for (int t = 100; t < 200; t++)
        {
            Close(exact.Mean(t), steady.Mean(t), 1e-9, $"mean {t}");
            Close(exact.Covariance(t), steady.Covariance(t), 1e-9, $"covariance {t}");
            Close(exact.PredictedCovariance(t), steady.PredictedCovariance(t), 1e-9, $"predicted covariance {t}");
            Close(exact.CrossCovariance(t), steady.CrossCovariance(t), 1e-9, $"cross covariance {t}");
            Promises.Close(exact.LogLikelihoodIncrements[t], steady.LogLikelihoodIncrements[t], 1e-9, 1e-9, $"log likelihood {t}");
        }

        Close(exact.PredictedCovariance(199), SteadyStateKalmanFilter.Design(model).Covariance, 1e-9, "design");
        Assert.Throws<ArgumentException>(() => new SteadyStateKalmanFilter().Start(LinearModels.Varying));
        var unseen = new LinearGaussianModel([0], [1], new LinearGaussianStep([2], [1], [0], [1]));
        Assert.Throws<SolverException>(() => new SteadyStateKalmanFilter().Start(unseen));
    }

    [Fact]
    public void The_score_is_the_derivative_of_the_log_likelihood()
    {
        double[] y = LinearModels.WithGaps(LinearModels.Series(LinearModels.Rotation, 12, 6), 2);
        LinearGaussianStep s = LinearModels.Rotation.Step(0);
        double[][] parts = [s.A.ToArray(), s.B.ToArray(), s.Q.ToArray(), s.H.ToArray(), s.D.ToArray(), s.R.ToArray(), [1, -0.5], [1, 0.2, 0.2, 0.7]];
        KalmanScore score = KalmanScore.Compute(LinearModels.Rotation, y);
        double[][] gradients = [score.A.ToArray(), score.B.ToArray(), score.Q.ToArray(), score.H.ToArray(), score.D.ToArray(), score.R.ToArray(), score.InitialMean.ToArray(), score.InitialCovariance.ToArray()];
        Assert.Equal(LogLikelihood(), score.LogLikelihood, 1e-12);
        for (int part = 0; part < parts.Length; part++)
        {
            bool symmetric = part is 2 or 5 or 7;
            for (int i = 0; i < parts[part].Length; i++)
            {
                int mirror = symmetric ? ((i % 2) * 2) + (i / 2) : i;
                double expected = (Shifted(part, i, mirror, 1e-5) - Shifted(part, i, mirror, -1e-5)) / 2e-5;
                double actual = mirror == i ? gradients[part][i] : gradients[part][i] + gradients[part][mirror];
                Promises.Close(expected, actual, 1e-6, 1e-6, $"part {part}, element {i}");
            }
        }

        double Shifted(int part, int i, int mirror, double h)
        {
            double kept = parts[part][i];
            parts[part][i] += h;
            parts[part][mirror] = parts[part][i];
            double value = LogLikelihood();
            parts[part][i] = parts[part][mirror] = kept;
            return mirror == i ? value : value;
        }

        double LogLikelihood() => GaussianFilter.Run(new KalmanFilter(), new LinearGaussianModel(parts[6], parts[7], new LinearGaussianStep(parts[0], parts[2], parts[3], parts[5], parts[1], parts[4])), y).LogLikelihood;
    }

    [Fact]
    public void The_unscented_mean_of_a_square_is_exact_and_the_extended_one_is_not()
    {
        NonlinearGaussianModel model = Square();
        GaussianFilterState unscented = new UnscentedKalmanFilter().Start(model), extended = new ExtendedKalmanFilter().Start(model);
        foreach (GaussianFilterState state in (GaussianFilterState[])[unscented, extended])
        {
            state.Update([double.NaN]);
            state.Update([double.NaN]);
        }

        // x_0 ~ N(2, 0.5), x_1 = x_0^2 + N(0, 0.1): mean 4.5, and variance 4 m^2 P + 2 P^2 + Q = 8.6, which beta = 2 has right.
        Assert.Equal(4.5, unscented.PredictedMean[0], 1e-8);
        Assert.Equal(8.6, unscented.PredictedCovariance[0], 1e-4);
        Assert.Equal(4, extended.PredictedMean[0], 1e-12);
        Assert.Equal(8.1, extended.PredictedCovariance[0], 1e-12);
    }

    [Fact]
    public void Iterated_corrections_find_the_most_probable_state()
    {
        // -log p(x | y) = (x - 2)^2 / (2 0.5) + (y - x^3)^2 / (2 0.05), with y = 1.
        var model = new NonlinearGaussianModel(
            DiscreteSystem.From(1, 1, (_, x, _, next) => next[0] = x[0]), [0.1], Function.FromResiduals(1, 1, (x, y) => y[0] = x[0] * x[0] * x[0]), [0.05], [2], [0.5]);
        GaussianFilterState state = new ExtendedKalmanFilter { Iterations = 200 }.Start(model);
        Assert.True(state.Update([1]));
        double x = state.Mean[0];
        Assert.Equal(0, ((x - 2) / 0.5) - ((1 - (x * x * x)) * 3 * x * x / 0.05), 1e-6);
    }

    [Theory]
    [MemberData(nameof(FilterNames))]
    public void A_filter_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string filter)
    {
        LinearGaussianModel model = LinearModels.Rotation;
        double[] y = LinearModels.WithGaps(LinearModels.Series(model, 20, 8), 2);
        GaussianFilterState whole = Filters[filter].Start(model), first = Filters[filter].Start(model), second = Filters[filter].Start(model);
        for (int t = 0; t < 20; t++)
        {
            whole.Update(y.AsSpan(t * 2, 2));
            if (t < 11)
                first.Update(y.AsSpan(t * 2, 2));
        }

        StateArchive.Load(second, StateArchive.Save(first));
        for (int t = 11; t < 20; t++)
            second.Update(y.AsSpan(t * 2, 2));
        Promises.SameBits(whole.Mean, second.Mean, "mean");
        Promises.SameBits(whole.Covariance, second.Covariance, "covariance");
        Assert.Equal(whole.LogLikelihood, second.LogLikelihood);
        Assert.Equal(20, second.Count);
    }

    [Theory]
    [MemberData(nameof(FilterNames))]
    public void An_update_allocates_nothing(string filter)
    {
        GaussianFilterState state = Filters[filter].Start(LinearModels.Rotation);
        double[] y = [0.3, -0.1];
        Promises.AllocatesNothing(() => state.Update(y), filter);
    }

    [Fact]
    public void Mistakes_are_exceptions_and_a_step_that_cannot_be_done_is_an_outcome()
    {
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => new LinearGaussianStep([1, 2], [1], [1], [1])).ParamName);
        Assert.Equal("q", Assert.Throws<ArgumentException>(() => new LinearGaussianStep([1], [-1], [1], [1])).ParamName);
        Assert.Equal("mean", Assert.Throws<ArgumentException>(() => new LinearGaussianModel([0, 0], [1], new LinearGaussianStep([1], [1], [1], [1]))).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new UnscentedKalmanFilter { Alpha = 0 });
        Assert.Throws<ArgumentException>(() => new UnscentedKalmanFilter { Kappa = -3 }.Start(LinearModels.Rotation));
        Assert.Throws<ArgumentException>(() => GaussianFilter.Run(new KalmanFilter(), LinearModels.Rotation, new double[3]));
        Assert.Throws<ArgumentException>(() => new KalmanFilter().Start(LinearModels.Scalar).Update([double.PositiveInfinity]));

        // Observed exactly twice: the second time the innovation has no variance.
        var exact = new LinearGaussianModel([0], [1], new LinearGaussianStep([1], [0], [1], [0]));
        foreach (CovarianceForm form in Enum.GetValues<CovarianceForm>())
        {
            GaussianFilterResult result = GaussianFilter.Run(new KalmanFilter { Form = form }, exact, [1, 1, 1]);
            Assert.Equal(RunStatus.Failed, result.Status);
            Assert.Equal(1, result.Count);
            Assert.Contains("Step 1", result.Message, StringComparison.Ordinal);
            Assert.Equal(1, result.Mean(0)[0], 1e-12);
            Assert.Throws<SolverException>(result.EnsureCompleted);
        }
    }

    private static NonlinearGaussianModel Square() => new(
        DiscreteSystem.From(1, 1, (_, x, _, next) => next[0] = x[0] * x[0]), [0.1], Function.FromResiduals(1, 1, (x, y) => y[0] = Exp(x[0])), [1], [2], [0.5]);

    private static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], tolerance, tolerance, $"{what}, element {i}");
    }

    private sealed class Started(Func<LinearGaussianModel, GaussianFilterState> start) : IGaussianFilter<LinearGaussianModel>
    {
        public GaussianFilterState Start(LinearGaussianModel model) => start(model);
    }
}
