using OptiCore.Randomness;

namespace OptiCore.Samplers.Tests.Kalman;

/// <summary>Linear-Gaussian models and series of theirs, with the joint normal law of everything for answers that no filter had a part in.</summary>
internal static class LinearModels
{
    /// <summary>x_t = 0.9 x_{t-1} + N(0, 0.5), y_t = x_t + N(0, 0.8).</summary>
    public static LinearGaussianModel Scalar { get; } = new([0.3], [1.5], new LinearGaussianStep([0.9], [0.5], [1], [0.8]));

    /// <summary>A damped rotation with offsets and two correlated observations.</summary>
    public static LinearGaussianModel Rotation { get; } = new([1, -0.5], [1, 0.2, 0.2, 0.7], RotationStep(0.4, 1));

    /// <summary>The rotation with another step at each time.</summary>
    public static LinearGaussianModel Varying { get; } = new([1, -0.5], [1, 0.2, 0.2, 0.7], RotationStep(0.1, 1), RotationStep(0.5, 2), RotationStep(-0.3, 0.5), RotationStep(0.9, 1.2), RotationStep(0.2, 0.7));

    private static LinearGaussianStep RotationStep(double angle, double noise) => new(
        [0.95 * Math.Cos(angle), -0.95 * Math.Sin(angle), 0.95 * Math.Sin(angle), 0.95 * Math.Cos(angle)], [0.3 * noise, 0.1, 0.1, 0.4 * noise],
        [1, 0.5, -0.3, 1], [0.6, 0.2, 0.2, 0.9 * noise], [0.1, -0.2], [0.05, 0.3]);

    /// <summary>A series of observations.</summary>
    public static double[] Series(IStateSpaceModel model, int steps, ulong seed)
    {
        int n = model.StateCount, p = model.ObservationCount;
        var gaussian = (IGaussianModel)model;
        double[] y = new double[steps * p], x = new double[n], next = new double[n], noise = new double[p];
        RandomKey key = RandomKey.FromSeed(seed);
        for (int t = 0; t < steps; t++)
        {
            if (t == 0)
                model.DrawInitial(key.Fold(0), new ParticleBlock(next, n, 1, 1));
            else
                model.DrawTransition(t, new ReadOnlyParticleBlock(x, n, 1, 1), key.Fold(t), new ParticleBlock(next, n, 1, 1));
            next.CopyTo(x, 0);
            gaussian.Observation(t, x, y.AsSpan(t * p, p));
            RandomFill.Normal(key.Fold(t).Fold("noise"), noise);
            var root = new GaussianRoot(gaussian.ObservationCovariance(t), p, "r");
            for (int i = 0; i < p; i++)
            {
                for (int j = 0; j <= i; j++)
                    y[(t * p) + i] += root.Lower[(i * p) + j] * noise[j];
            }
        }

        return y;
    }

    /// <summary>The series with some elements and one whole observation missing.</summary>
    public static double[] WithGaps(double[] series, int p)
    {
        double[] y = [.. series];
        for (int i = 3; i < y.Length; i += 7)
            y[i] = double.NaN;
        y.AsSpan(2 * p, p).Fill(double.NaN);
        return y;
    }

    /// <summary>Mean and covariance of (x_0, ..., x_{T-1}, y_0, ..., y_{T-1}).</summary>
    public static (double[] Mean, double[,] Covariance) Joint(LinearGaussianModel model, int steps)
    {
        int n = model.StateCount, p = model.ObservationCount, states = steps * n, all = states + (steps * p);
        double[] mean = new double[all];
        double[,] c = new double[all, all];
        for (int i = 0; i < n; i++)
        {
            mean[i] = model.InitialMean[i];
            for (int j = 0; j < n; j++)
                c[i, j] = model.InitialCovariance[(i * n) + j];
        }

        for (int t = 1; t < steps; t++)
        {
            LinearGaussianStep s = model.Step(t);
            for (int i = 0; i < n; i++)
            {
                int row = (t * n) + i;
                mean[row] = s.B[i];
                for (int k = 0; k < n; k++)
                    mean[row] += s.A[(i * n) + k] * mean[((t - 1) * n) + k];
                for (int column = 0; column < t * n; column++)
                {
                    for (int k = 0; k < n; k++)
                        c[row, column] += s.A[(i * n) + k] * c[((t - 1) * n) + k, column];
                    c[column, row] = c[row, column];
                }
            }

            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = s.Q[(i * n) + j];
                    for (int k = 0; k < n; k++)
                        sum += s.A[(j * n) + k] * c[(t * n) + i, ((t - 1) * n) + k];
                    c[(t * n) + i, (t * n) + j] = sum;
                }
            }
        }

        for (int t = 0; t < steps; t++)
        {
            LinearGaussianStep s = model.Step(t);
            for (int i = 0; i < p; i++)
            {
                int row = states + (t * p) + i;
                mean[row] = s.D[i];
                for (int k = 0; k < n; k++)
                {
                    mean[row] += s.H[(i * n) + k] * mean[(t * n) + k];
                    for (int column = 0; column < states; column++)
                        c[row, column] += s.H[(i * n) + k] * c[(t * n) + k, column];
                }

                for (int column = 0; column < states; column++)
                    c[column, row] = c[row, column];
            }
        }

        for (int t = 0; t < steps; t++)
        {
            for (int u = 0; u < steps; u++)
            {
                for (int i = 0; i < p; i++)
                {
                    for (int j = 0; j < p; j++)
                    {
                        double sum = t == u ? model.Step(t).R[(i * p) + j] : 0;
                        for (int k = 0; k < n; k++)
                            sum += model.Step(t).H[(i * n) + k] * c[(t * n) + k, states + (u * p) + j];
                        c[states + (t * p) + i, states + (u * p) + j] = sum;
                    }
                }
            }
        }

        return (mean, c);
    }

    /// <summary>Mean and covariance of x_t given the elements of the first observations that are there, and their log density, by solving with the whole covariance.</summary>
    public static (double[] Mean, double[] Covariance, double LogDensity) Condition(LinearGaussianModel model, double[] observations, int step, int known)
    {
        int n = model.StateCount, p = model.ObservationCount, steps = observations.Length / p, states = steps * n;
        (double[] mean, double[,] c) = Joint(model, steps);
        int[] given = [.. Enumerable.Range(0, known * p).Where(i => !double.IsNaN(observations[i]))];
        int m = given.Length;
        double[] state = [.. Enumerable.Range(0, n).Select(i => mean[(step * n) + i])], covariance = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                covariance[(i * n) + j] = c[(step * n) + i, (step * n) + j];
        }

        if (m == 0)
            return (state, covariance, 0);
        double[] s = new double[m * m], residual = new double[m];
        for (int a = 0; a < m; a++)
        {
            residual[a] = observations[given[a]] - mean[states + given[a]];
            for (int b = 0; b < m; b++)
                s[(a * m) + b] = c[states + given[a], states + given[b]];
        }

        double logDensity = new Distributions.MultivariateNormal(new double[m], s).LogDensity(residual);
        Assert.True(LinearAlgebra.Cholesky.TryFactor<double>(s, m));
        LinearAlgebra.Cholesky.Solve<double>(s, m, m, residual);
        for (int i = 0; i < n; i++)
        {
            double[] weights = [.. given.Select(g => c[(step * n) + i, states + g])];
            for (int a = 0; a < m; a++)
                state[i] += weights[a] * residual[a];
            LinearAlgebra.Cholesky.Solve<double>(s, m, m, weights);
            for (int j = 0; j < n; j++)
            {
                for (int a = 0; a < m; a++)
                    covariance[(i * n) + j] -= weights[a] * c[(step * n) + j, states + given[a]];
            }
        }

        return (state, covariance, logDensity);
    }
}
