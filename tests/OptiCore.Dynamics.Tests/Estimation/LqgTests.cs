using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Persistence;
using OptiCore.TestKit;
using static OptiCore.Dynamics.Tests.Control.RandomPlants;

namespace OptiCore.Dynamics.Tests.Estimation;

public class LqgTests
{
    [Fact]
    public void TheScalarFilterHasItsClosedForm()
    {
        // Continuous: p = a v + sqrt(a^2 v^2 + w v) for c = 1. Discrete random walk: p^2 - w p - w v = 0.
        KalmanDesign bucy = KalmanDesign.Design(LinearPlant.Continuous([0.5], [1]), [2], [3]).EnsureSolved();
        Assert.Equal(1.5 + Math.Sqrt(2.25 + 6), bucy.Covariance[0], 1e-13);
        Assert.Equal(bucy.Covariance[0] / 3, bucy.Gain[0], 1e-14);
        KalmanDesign walk = KalmanDesign.Design(LinearPlant.Discrete([1], [1]), [0.2], [3]).EnsureSolved();
        double p = (0.2 + Math.Sqrt(0.04 + (4 * 0.6))) / 2;
        Assert.Equal(p, walk.Covariance[0], 1e-13);
        Assert.Equal(p / (p + 3), walk.CorrectionGain[0], 1e-14);
    }

    [Fact]
    public void TheSteadyGainIsTheLimitOfTheFilter() => Prop.ForAll(Sizes(4), s =>
    {
        int n = s.N, p = 1;
        LinearPlant plant = LinearPlant.Discrete(Normal(s.Seed, n * n, 0.8 / Math.Sqrt(n)), Normal(s.Seed + 1, n), Normal(s.Seed + 2, n));
        double[] w = Positive(s.Seed + 3, n), covariance = Positive(s.Seed + 4, n);
        KalmanDesign design = KalmanDesign.Design(plant, w, [0.5]);
        double[] gain = new double[n * p];
        for (int k = 0; k < 3000; k++)
        {
            double[] pc = Product(covariance, plant.C, n, n, 1);
            double innovation = 0.5;
            for (int i = 0; i < n; i++)
                innovation += plant.C[i] * pc[i];
            for (int i = 0; i < n; i++)
            {
                gain[i] = pc[i] / innovation;
                for (int j = 0; j < n; j++)
                    covariance[(i * n) + j] -= pc[i] * pc[j] / innovation;
            }

            covariance = Product(Product(plant.A, covariance, n, n, n), Transpose(plant.A, n, n), n, n, n);
            for (int i = 0; i < n; i++)
            {
                // A skew part from rounding would grow where the plant is unstable.
                for (int j = 0; j <= i; j++)
                    covariance[(i * n) + j] = covariance[(j * n) + i] = (0.5 * (covariance[(i * n) + j] + covariance[(j * n) + i])) + w[(i * n) + j];
            }
        }

        Assert.True(design.IsSolved, design.Message);
        string report = FormattableString.Invariant($"covariance {Distance(covariance, design.Covariance)} of {covariance.Max(Math.Abs)}, gain {Distance(gain, design.CorrectionGain)}, poles {string.Join(" ", design.Poles)}, plant's {string.Join(" ", plant.Poles())}");
        Assert.True(Distance(covariance, design.Covariance) < 1e-9 * (1 + covariance.Max(Math.Abs)) && Distance(gain, design.CorrectionGain) < 1e-9 * (1 + gain.Max(Math.Abs)), report);
        return true;
    }).Check(Forall.Config.WithMaxTest(20));

    [Fact]
    public void PolesSeparate()
    {
        LinearPlant plant = LinearPlant.Continuous([0, 1, 2, -0.3], [0, 1], [1, 0]);
        Lqg lqg = Lqg.Design(plant, [2, 0, 0, 1], [0.5], [0.1, 0, 0, 1], [0.01]).EnsureSolved();
        LinearPlant compensator = lqg.ToCompensator();

        // Plant and compensator in feedback.
        double[] a = new double[16];
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2; j++)
            {
                a[(4 * i) + j] = plant.A[(2 * i) + j];
                a[(4 * i) + 2 + j] = plant.B[i] * compensator.C[j];
                a[(4 * (2 + i)) + j] = compensator.B[i] * plant.C[j];
                a[(4 * (2 + i)) + 2 + j] = compensator.A[(2 * i) + j];
            }
        }

        Complex[] poles = LinearPlant.Continuous(a, [1, 0, 0, 0]).Poles(), expected = [.. lqg.Regulator.Poles, .. lqg.Filter.Poles];
        foreach (Complex pole in expected)
            Assert.Contains(poles, other => Complex.Abs(pole - other) < 1e-8);
    }

    [Fact]
    public void TheControllersAverageCostIsWhatSeparationSays()
    {
        // The controller in feedback is linear in (x, prediction): its stationary covariance, by Stein's equation, gives the average of x'Q x + u'R u, which is
        // tr(X W) + tr(K'(R + B'X B) K S) with the covariance S of the corrected estimate's error.
        LinearPlant plant = LinearPlant.Continuous([0, 1, 2, -0.3], [0, 1], [1, 0]).Discretize(0.1);
        double[] q = [2, 0, 0, 1], w = [0.01, 0.002, 0.002, 0.02];
        const double R = 0.5, V = 0.05;
        Lqg lqg = Lqg.Design(plant, q, [R], w, [V]).EnsureSolved();
        double[] k = lqg.Regulator.Gain.ToArray(), m = lqg.Filter.CorrectionGain.ToArray(), x = lqg.Regulator.CostMatrix.ToArray(), p = lqg.Filter.Covariance.ToArray();

        // (x, z)+ with u = -K (z + M (C x + v - C z)): columns of the maps by feeding unit vectors to the controller itself.
        double[] map = new double[16], noise = new double[4], output = new double[5];
        for (int j = 0; j < 5; j++)
        {
            double[] state = new double[4], u = new double[1], y = new double[1];
            if (j < 4)
                state[j] = 1;
            LqgController controller = lqg.Start(state.AsSpan(2, 2));
            y[0] = state[0] + (j == 4 ? 1 : 0);
            controller.Step(y, u);
            for (int i = 0; i < 2; i++)
            {
                double next = (plant.A[2 * i] * state[0]) + (plant.A[(2 * i) + 1] * state[1]) + (plant.B[i] * u[0]);
                if (j < 4)
                    (map[(4 * i) + j], map[(4 * (2 + i)) + j]) = (next, controller.Prediction[i]);
                else
                    (noise[i], noise[2 + i]) = (next, controller.Prediction[i]);
            }

            output[j] = u[0];
        }

        double[] drive = new double[16], covariance = new double[16];
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
                drive[(4 * i) + j] = (V * noise[i] * noise[j]) + (i < 2 && j < 2 ? w[(2 * i) + j] : 0);
        }

        Assert.True(new LinearAlgebra.SylvesterEquation<double>(4, 4).TrySolveStein(map, drive, covariance));
        double average = R * V * output[4] * output[4];
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
                average += ((R * output[i] * output[j]) + (i < 2 && j < 2 ? q[(2 * i) + j] : 0)) * covariance[(4 * i) + j];
        }

        double weight = R, predicted = 0;
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2; j++)
                weight += plant.B[i] * x[(2 * i) + j] * plant.B[j];
        }

        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2; j++)
                predicted += (x[(2 * i) + j] * w[(2 * i) + j]) + (k[i] * weight * k[j] * (p[(2 * i) + j] - (m[i] * p[j])));
        }

        Promises.Close(predicted, average, 1e-10, 0, "average cost");
    }

    [Fact]
    public void AControllerIsSavedAndAllocatesNothing()
    {
        LinearPlant plant = LinearPlant.Discrete([1, 0.1, 0, 1], [0, 0.1], [1, 0]);
        Lqg lqg = Lqg.Design(plant, [1, 0, 0, 1], [1], [0.1, 0, 0, 0.1], [1]);
        LqgController first = lqg.Start([1, 0]), second = lqg.Start();
        double[] u = new double[1], v = new double[1];
        first.Step([0.9], u);
        StateArchive.Load(second, StateArchive.Save(first));
        first.Step([0.7], u);
        second.Step([0.7], v);
        Promises.SameBits(u, v, "control");
        double[] y = [0.3];
        Promises.AllocatesNothing(() => first.Step(y, u), "a step of the controller");
        Assert.Throws<InvalidOperationException>(() => Lqg.Design(LinearPlant.Continuous([0], [1]), [1], [1], [1], [1]).Start());
        Assert.Equal(DesignReason.NotStabilizable, KalmanDesign.Design(LinearPlant.Discrete([2, 0, 0, 0.5], [1, 1], [0, 1]), [1, 0, 0, 1], [1]).Reason);
    }
}
