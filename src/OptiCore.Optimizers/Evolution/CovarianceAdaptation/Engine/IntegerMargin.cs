using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Integer variables of CMA-ES with margin: a coordinate is rounded for the function, and after each update its mean and its scale are corrected so that the neighbouring integers keep a
/// least probability. Without that the standard deviation falls below the distance between integers, and the coordinate is stuck.
/// </summary>
/// <remarks>
/// R. Hamano, S. Saito, M. Nomura, S. Shirakawa (2022), CMA-ES with margin: lower-bounding marginal probability for mixed-integer black-box optimization, GECCO. The least probability
/// is alpha = 1/(n lambda), shared by both sides; a coordinate whose mean rounds to its first or last integer keeps it on the open side.
/// </remarks>
internal sealed class IntegerMargin : IPersistent
{
    private readonly bool[] _isInteger;
    private readonly double[] _lower, _upper, _scale;
    private readonly double _alpha;

    /// <summary>Starts with scales of 1.</summary>
    /// <param name="isInteger">Which variables are integers.</param>
    /// <param name="box">The bounds.</param>
    /// <param name="lambda">The points of a generation.</param>
    public IntegerMargin(bool[] isInteger, Box box, int lambda)
    {
        int n = isInteger.Length;
        _isInteger = isInteger;
        _lower = new double[n];
        _upper = new double[n];
        _scale = new double[n];
        _scale.AsSpan().Fill(1);
        _alpha = 1.0 / (n * (double)lambda);
        for (int i = 0; i < n; i++)
        {
            _lower[i] = Math.Ceiling(box.Lower[i]);
            _upper[i] = Math.Floor(box.Upper[i]);
            if (isInteger[i] && _lower[i] > _upper[i])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"No integer lies between the bounds of variable {i}."), nameof(box));
        }
    }

    /// <summary>The scale of each coordinate, the diagonal matrix A of the paper.</summary>
    public ReadOnlySpan<double> Scale => _scale;

    /// <summary>Whether a variable is an integer.</summary>
    public bool IsInteger(int i) => _isInteger[i];

    /// <summary>The integer that a coordinate stands for.</summary>
    public double Encode(int i, double v) => Math.Clamp(Math.Ceiling(v - 0.5), _lower[i], _upper[i]);

    /// <summary>Corrects mean and scale.</summary>
    /// <param name="mean">The mean; corrected.</param>
    /// <param name="sigma">The step size.</param>
    /// <param name="covariance">The covariance.</param>
    public void Correct(Span<double> mean, double sigma, CovarianceModel covariance)
    {
        for (int i = 0; i < mean.Length; i++)
        {
            if (!_isInteger[i] || _lower[i] == _upper[i])
                continue;
            double deviation = sigma * _scale[i] * Math.Sqrt(covariance.Variance(i));
            double bin = Encode(i, mean[i]), low = bin - 0.5, high = bin + 0.5;
            if (bin == _lower[i] || bin == _upper[i])
            {
                // One threshold matters, the one to the inside; a confidence interval of 1 - 2 alpha around the mean must reach it.
                double threshold = bin == _lower[i] ? high : low, away = mean[i] - threshold;
                mean[i] = threshold + (Math.Sign(away) * Math.Min(Math.Abs(away), deviation * SpecialFunctions.NormalQuantile(1 - _alpha)));
                continue;
            }

            double below = SpecialFunctions.NormalCdf((low - mean[i]) / deviation), above = SpecialFunctions.NormalCdf((mean[i] - high) / deviation);
            if (below >= _alpha / 2 && above >= _alpha / 2)
                continue;
            double between = 1 - below - above, newBelow = Math.Max(_alpha / 2, below), newAbove = Math.Max(_alpha / 2, above);
            double excess = (1 - newBelow - newAbove - between) / (newBelow + newAbove + between - (3 * _alpha / 2));
            newBelow += excess * (newBelow - (_alpha / 2));
            newAbove += excess * (newAbove - (_alpha / 2));
            double left = SpecialFunctions.NormalQuantile(1 - newBelow), right = SpecialFunctions.NormalQuantile(1 - newAbove);
            _scale[i] = (high - low) / (sigma * Math.Sqrt(covariance.Variance(i)) * (left + right));
            mean[i] = ((low * right) + (high * left)) / (left + right);
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive) => archive.Transfer<double>(_scale);
}
