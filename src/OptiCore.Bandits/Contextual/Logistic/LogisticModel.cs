namespace OptiCore.Bandits;

/// <summary>How much of the posterior's covariance a logistic model keeps.</summary>
public enum PosteriorCovariance
{
    /// <summary>The variances: O(d) an update.</summary>
    Diagonal,

    /// <summary>All of it: O(d^2) an update.</summary>
    Full,
}

/// <summary>
/// Logistic regression as rewards arrive: after each the normal posterior N(m, Q^-1) is replaced by the Laplace approximation of itself times the likelihood of the reward. In one flat array.
/// </summary>
/// <remarks>
/// The mode of -(w - m)' Q (w - m) / 2 + r ln mu + (1 - r) ln(1 - mu), mu = 1 / (1 + exp(-x' w)), lies on the line m + s Q^-1 x, where s = r - mu(x' m + s x' Q^-1 x): one increasing equation, solved by
/// Newton's iteration in its bracket. There Q gains mu (1 - mu) x x', or its diagonal.
/// </remarks>
internal readonly ref struct LogisticModel(Span<double> block, int d, double lambda, PosteriorCovariance covariance)
{
    private readonly Span<double> _block = block;

    /// <summary>The numbers of a model of d features.</summary>
    public static int Length(int d, PosteriorCovariance covariance) => covariance == PosteriorCovariance.Full ? RidgeModel.Length(d) : 2 * d;

    /// <summary>The mode m.</summary>
    public Span<double> Mode => covariance == PosteriorCovariance.Full ? Normal.Coefficients : _block[..d];

    /// <summary>The diagonal of Q, where that is all there is.</summary>
    public Span<double> Precisions => _block.Slice(d, d);

    private RidgeModel Normal => new(_block, d, lambda);

    /// <summary>Where the mode lies among the numbers of a model.</summary>
    public static ReadOnlySpan<double> ModeOf(ReadOnlySpan<double> block, int d, PosteriorCovariance covariance) =>
        covariance == PosteriorCovariance.Full ? RidgeModel.CoefficientsOf(block, d) : block[..d];

    /// <summary>1 / (1 + exp(-u)).</summary>
    public static double Sigmoid(double u)
    {
        double e = Math.Exp(-Math.Abs(u));
        return u >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>Back to the prior.</summary>
    public void Reset()
    {
        if (covariance == PosteriorCovariance.Full)
        {
            Normal.Reset();
        }
        else
        {
            Mode.Clear();
            Precisions.Fill(lambda);
        }
    }

    /// <summary>x' m.</summary>
    public double Mean(ReadOnlySpan<double> x) => RidgeModel.Dot(x, Mode);

    /// <summary>x' Q^-1 x.</summary>
    public double Variance(ReadOnlySpan<double> x)
    {
        if (covariance == PosteriorCovariance.Full)
            return Normal.Variance(x);
        double sum = 0;
        Span<double> q = Precisions;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * x[i] / q[i];
        return sum;
    }

    /// <summary>Learns from a reward of [0, 1] that counts as often as its weight says. Returns what Q gained along x x'.</summary>
    public double Add(ReadOnlySpan<double> x, double reward, double weight = 1)
    {
        double eta = Mean(x), c = Variance(x);
        double step = Solve(eta, c, reward, weight), at = eta + (step * c), mu = Sigmoid(at), curvature = weight * mu * (1 - mu);
        if (covariance == PosteriorCovariance.Full)
        {
            Normal.AddTerms(x, curvature, step + (curvature * at));
            return curvature;
        }

        Span<double> m = Mode, q = Precisions;
        for (int i = 0; i < x.Length; i++)
        {
            m[i] += step * x[i] / q[i];
            q[i] += curvature * x[i] * x[i];
        }

        return curvature;
    }

    /// <summary>The root of s - weight (reward - mu(eta + s c)), which increases in s.</summary>
    private static double Solve(double eta, double c, double reward, double weight)
    {
        double low = weight * (reward - 1), high = weight * reward, s = Math.Clamp(0, low, high);
        for (int i = 0; i < 100; i++)
        {
            double mu = Sigmoid(eta + (s * c)), f = s - (weight * (reward - mu));
            if (f > 0)
                high = s;
            else
                low = s;
            double next = s - (f / (1 + (weight * c * mu * (1 - mu))));
            if (!(next > low && next < high))
                next = 0.5 * (low + high);
            if (Math.Abs(next - s) <= 1e-15 * Math.Max(1, Math.Abs(s)))
                return next;
            s = next;
        }

        return s;
    }
}
