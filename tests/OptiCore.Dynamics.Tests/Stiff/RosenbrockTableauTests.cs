namespace OptiCore.Dynamics.Tests;

/// <summary>Conditions on the coefficients in the form that defines the methods, which the transformed ones are turned back to.</summary>
public class RosenbrockTableauTests
{
    private static readonly Dictionary<string, RosenbrockTableau> Rows = new()
    {
        [nameof(Rodas5P)] = Rodas5P.Tableau,
        [nameof(Rodas4)] = Rodas4.Tableau,
        [nameof(Rodas3)] = Rodas3.Tableau,
        [nameof(Ros34Pw2)] = Ros34Pw2.Tableau,
    };

    public static TheoryData<string> All => [.. Rows.Keys];

    [Theory, MemberData(nameof(All))]
    public void TheConditionsUpToOrderFourHold(string name)
    {
        // E. Hairer, G. Wanner (1996), section IV.7, table 7.1: beta = alpha + gamma; a node with one child passes to it by beta, with several by alpha.
        RosenbrockTableau tableau = Rows[name];
        (double[][] alpha, double[][] gamma) = Definition(tableau);
        int s = tableau.StageCount;
        double[][] beta = [.. Enumerable.Range(0, s).Select(i => (double[])[.. alpha[i].Zip(gamma[i], (x, g) => x + g)])];
        double[] b = Back(tableau.Weights, gamma), error = Back(tableau.ErrorWeights, gamma), ones = [.. b.Select(_ => 1.0)];
        double[] a1 = Apply(alpha, ones), b1 = Apply(beta, ones);
        Check(b, tableau.Order);
        Check([.. b.Zip(error, (x, e) => x - e)], tableau.EmbeddedOrder);
        for (int i = 0; i < s; i++)
        {
            Assert.Equal(tableau.Nodes[i], a1[i], 1e-12);
            Assert.Equal(tableau.TimeWeights[i], b1[i] - a1[i], 1e-12);
        }

        void Check(double[] weights, int order)
        {
            Close(1, Sum(weights, ones));
            Close(1.0 / 2, Sum(weights, b1));
            if (order >= 3)
            {
                Close(1.0 / 3, Sum(weights, Times(a1, a1)));
                Close(1.0 / 6, Sum(weights, Apply(beta, b1)));
            }

            if (order >= 4)
            {
                Close(1.0 / 4, Sum(weights, Times(a1, Times(a1, a1))));
                Close(1.0 / 8, Sum(weights, Times(a1, Apply(alpha, b1))));
                Close(1.0 / 12, Sum(weights, Apply(beta, Times(a1, a1))));
                Close(1.0 / 24, Sum(weights, Apply(beta, Apply(beta, b1))));
            }

            if (order >= 5)
            {
                Close(1.0 / 5, Sum(weights, Times(Times(a1, a1), Times(a1, a1))));
                Close(1.0 / 10, Sum(weights, Times(Times(a1, a1), Apply(alpha, b1))));
                Close(1.0 / 15, Sum(weights, Times(a1, Apply(alpha, Times(a1, a1)))));
                Close(1.0 / 30, Sum(weights, Times(a1, Apply(alpha, Apply(beta, b1)))));
                Close(1.0 / 20, Sum(weights, Times(Apply(alpha, b1), Apply(alpha, b1))));
                Close(1.0 / 20, Sum(weights, Apply(beta, Times(a1, Times(a1, a1)))));
                Close(1.0 / 40, Sum(weights, Apply(beta, Times(a1, Apply(alpha, b1)))));
                Close(1.0 / 60, Sum(weights, Apply(beta, Apply(beta, Times(a1, a1)))));
                Close(1.0 / 120, Sum(weights, Apply(beta, Apply(beta, Apply(beta, b1)))));
            }
        }
    }

    [Fact]
    public void TheWMethodMeetsItsConditionsWithAlphaAndGammaApart()
    {
        (double[][] alpha, double[][] gamma) = Definition(Ros34Pw2.Tableau);
        double[] b = Back(Ros34Pw2.Tableau.Weights, gamma), ones = [1, 1, 1, 1];
        double[] a1 = Apply(alpha, ones), g1 = Apply(gamma, ones);
        Close(1.0 / 2, Sum(b, a1));
        Close(0, Sum(b, g1));
        Close(1.0 / 6, Sum(b, Apply(alpha, a1)));
        Close(0, Sum(b, Apply(alpha, g1)));
        Close(0, Sum(b, Apply(gamma, a1)));
        Close(0, Sum(b, Apply(gamma, g1)));
    }

    /// <summary>alpha and gamma, s x s: gamma is the inverse of 1/gamma - c', alpha = a gamma.</summary>
    private static (double[][] Alpha, double[][] Gamma) Definition(RosenbrockTableau tableau)
    {
        int s = tableau.StageCount;
        double[][] gamma = new double[s][], alpha = new double[s][];
        for (int i = 0; i < s; i++)
        {
            gamma[i] = new double[s];
            gamma[i][i] = tableau.Gamma;
            for (int j = 0; j < i; j++)
            {
                for (int k = 0; k < i; k++)
                    gamma[i][j] += tableau.Gamma * tableau.C[i][k] * gamma[k][j];
            }

            alpha[i] = new double[s];
            for (int j = 0; j < i; j++)
            {
                for (int k = 0; k < i; k++)
                    alpha[i][j] += tableau.A[i][k] * gamma[k][j];
            }
        }

        return (alpha, gamma);
    }

    private static double[] Back(double[] weights, double[][] gamma) => [.. weights.Select((_, j) => weights.Select((w, i) => w * gamma[i][j]).Sum())];

    private static double Sum(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();

    private static double[] Times(double[] x, double[] y) => [.. x.Zip(y, (p, q) => p * q)];

    private static double[] Apply(double[][] a, double[] x) => [.. a.Select(row => Sum(row, x))];

    // The published decimals have 13 to 16 digits, and the terms cancel.
    private static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-11);
}
