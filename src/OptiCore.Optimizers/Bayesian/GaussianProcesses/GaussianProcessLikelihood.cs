using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The negative logarithm of the profile likelihood of a <see cref="GaussianProcess"/> (less that of the prior), per observation, as a function of theta = (log l_1, ..., log l_d, log eta); without the last
/// element when the noise ratio is known.
/// </summary>
/// <remarks>With a = R^-1 (y - m): d(-log p)/dtheta = sum_ij W_ij dR_ij/dtheta, W = (R^-1 - a a' / s^2) / 2; what depends on m and s^2 vanishes, for they are stationary.</remarks>
internal sealed class GaussianProcessLikelihood : IDifferentiableFunction<double>
{
    private readonly GaussianProcess _process;
    private readonly double[] _factor;
    private readonly double[] _slopes;
    private readonly double[] _inverse;
    private readonly double[] _solution;
    private readonly double[] _squares;
    private readonly double[] _lengthScales;

    public GaussianProcessLikelihood(GaussianProcess process)
    {
        _process = process;
        int n = process.Count;
        _factor = new double[n * n];
        _slopes = new double[n * n];
        _inverse = new double[n * n];
        _solution = new double[n];
        _squares = new double[n];
        _lengthScales = new double[process.Dimension];
    }

    public int Dimension => _process.Dimension + (_process.Options.NoiseRatio is null ? 1 : 0);

    private double PriorMean => Math.Sqrt(2) + (0.5 * Math.Log(_process.Dimension));

    public double Value(ReadOnlySpan<double> x) => ValueAndGradient(x, new double[x.Length]);

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = _process.Count, inputs = _process.Dimension;
        GaussianProcessOptions options = _process.Options;
        for (int d = 0; d < inputs; d++)
            _lengthScales[d] = Math.Exp(x[d]);
        double ratio = options.NoiseRatio ?? Math.Exp(x[inputs]);
        if (!_process.TryFactor(_lengthScales, ratio, _factor, _slopes, _solution, out _, out double variance, out double likelihood) || !(variance > 0))
            return double.PositiveInfinity;
        Cholesky.Inverse<double>(_factor, n, n, _inverse, n);
        gradient.Clear();
        double diagonal = 0;
        for (int i = 0; i < n; i++)
        {
            Span<double> weights = _inverse.AsSpan(i * n, i);
            double a = _solution[i] / variance;
            for (int j = 0; j < i; j++)
                weights[j] = (weights[j] - (a * _solution[j])) * _slopes[(i * n) + j];
            diagonal += 0.5 * (_inverse[(i * n) + i] - (a * _solution[i]));
            for (int d = 0; d < inputs; d++)
            {
                // Each pair counts twice, which takes the half of W.
                ReadOnlySpan<double> column = _process.Column(d, n);
                Span<double> squares = _squares.AsSpan(0, i);
                squares.Clear();
                GaussianProcess.AddSquares(column[i], column[..i], 1, _process.IsCategorical(d), squares);
                gradient[d] += Reduce.Dot<double>(weights, squares);
            }
        }

        double value = -likelihood;
        for (int d = 0; d < inputs; d++)
        {
            gradient[d] *= -2 / (_lengthScales[d] * _lengthScales[d]);
            if (!options.LengthScalePrior)
                continue;
            double deviation = x[d] - PriorMean;
            value += deviation * deviation / 6;
            gradient[d] += deviation / 3;
        }

        if (options.NoiseRatio is null)
            gradient[inputs] = diagonal * ratio;
        Vectors.Scale(1.0 / n, gradient, gradient);
        return value / n;
    }

    /// <summary>Sets the hyperparameters of the process to the best of several searches: from the present ones, from the initial ones, and from draws of the prior.</summary>
    public void Maximize(RandomKey key)
    {
        GaussianProcessOptions options = _process.Options;
        int inputs = _process.Dimension, n = Dimension;
        double[] lower = new double[n], upper = new double[n], start = new double[n], best = new double[n];
        Array.Fill(lower, Math.Log(options.MinLengthScale));
        Array.Fill(upper, Math.Log(options.MaxLengthScale));
        if (n > inputs)
            (lower[inputs], upper[inputs]) = (Math.Log(options.MinNoiseRatio), 0);
        var solver = new LbfgsB { Bounds = new Bounds(lower, upper), Stopping = new StoppingRules { GradientTolerance = 1e-5, ValueTolerance = 1e-9 } };
        var limits = new RunOptions { MaxIterations = options.MaxIterations };
        double bestValue = double.PositiveInfinity;
        for (int attempt = 0; attempt <= options.Restarts; attempt++)
        {
            for (int d = 0; d < inputs; d++)
                start[d] = Math.Log(attempt == 0 ? _process.LengthScales[d] : _process.InitialLengthScale);
            if (n > inputs)
                start[inputs] = Math.Log(attempt == 0 ? _process.NoiseRatio : attempt == 1 ? 1e-4 : 1e-2);
            if (attempt > 1)
            {
                RandomFill.Normal(key.Fold(attempt), start.AsSpan(0, inputs));
                for (int d = 0; d < inputs; d++)
                    start[d] += Math.Log(_process.InitialLengthScale);
            }

            for (int i = 0; i < n; i++)
                start[i] = Math.Clamp(start[i], lower[i], upper[i]);
            SolverResult<double> result = Minimize.Run(solver, this, start, limits);
            if (result.Value < bestValue)
            {
                bestValue = result.Value;
                result.Point.CopyTo(best, 0);
            }
        }

        // Where no covariance was positive definite the hyperparameters stay, and conditioning raises the noise.
        if (!double.IsFinite(bestValue))
            return;
        for (int d = 0; d < inputs; d++)
            _lengthScales[d] = Math.Exp(best[d]);
        _process.SetHyperparameters(_lengthScales, options.NoiseRatio ?? Math.Exp(best[inputs]));
    }
}
