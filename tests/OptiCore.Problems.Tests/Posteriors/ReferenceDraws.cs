using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests.Posteriors;

/// <summary>The gold-standard draws of a posterior as unconstrained coordinates of its density.</summary>
internal static class ReferenceDraws
{
    /// <summary>The 2000 draws, each as a point of the density's coordinates.</summary>
    public static double[][] Of(string posterior, ILogDensity density)
    {
        string[] lines = [.. Reference.GzipLines($"posteriordb/{posterior}/draws-thinned.csv.gz").Where(l => l.Length > 0)];
        string[] header = lines[0].Split(',');
        double[][] points = [.. lines.Skip(1).Select(l => Point(density, header.Zip(l.Split(',')).ToDictionary(p => p.First, p => double.Parse(p.Second))))];
        Assert.Equal(2000, points.Length);
        return points;
    }

    private static double[] Point(ILogDensity density, Dictionary<string, double> draw)
    {
        switch (density)
        {
            case EightSchoolsNonCentered:
                return [.. Enumerable.Range(1, 8).Select(j => (draw[$"theta[{j}]"] - draw["mu"]) / draw["tau"]), draw["mu"], Math.Log(draw["tau"])];
            case EightSchoolsCentered:
                return [.. Enumerable.Range(1, 8).Select(j => draw[$"theta[{j}]"]), draw["mu"], Math.Log(draw["tau"])];
            case GarchPosterior:
                double alpha1 = draw["alpha1"], share = draw["beta1"] / (1 - alpha1);
                return [draw["mu"], Math.Log(draw["alpha0"]), SpecialFunctions.Logit(alpha1), SpecialFunctions.Logit(share)];
            case GaussianProcessCountsPosterior:
                Whiten(draw);
                break;
            case DrivePosterior:
                // The draws are rounded to nine digits: of rows of probabilities, the sum is 1 only so far.
                foreach (string row in new[] { "theta1", "theta2" })
                    draw[$"{row}[2]"] = 1 - draw[$"{row}[1]"];
                break;
        }

        var constrained = (ConstrainedLogDensity)density;
        double[] x = [.. constrained.Parameters.ElementNames.Select(n => draw[n])], u = new double[density.Dimension];
        constrained.Parameters.Unconstrain(x, u);
        return u;
    }

    /// <summary>f_tilde = L^-1 f, with the covariance written anew.</summary>
    private static void Whiten(Dictionary<string, double> draw)
    {
        double[] inputs = Reference.Json("posteriordb/gp_pois_regr-gp_pois_regr/data.json").Numbers("x");
        int n = inputs.Length;
        double[] c = new double[n * n], f = [.. Enumerable.Range(1, n).Select(i => draw[$"f[{i}]"])];
        for (int i = 0; i < n * n; i++)
            c[i] = (draw["alpha"] * draw["alpha"] * Math.Exp(-0.5 * Math.Pow((inputs[i / n] - inputs[i % n]) / draw["rho"], 2))) + (i / n == i % n ? 1e-10 : 0);
        Assert.True(Cholesky.TryFactor<double>(c, n));
        Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, n, c, n, f);
        for (int i = 0; i < n; i++)
            draw[$"f_tilde[{i + 1}]"] = f[i];
    }
}
