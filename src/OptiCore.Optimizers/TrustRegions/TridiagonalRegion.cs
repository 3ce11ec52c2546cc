using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// min gamma h_0 + 1/2 h.Th with |h| &lt;= Delta for a tridiagonal T: Newton's method on 1 / |h(lambda)| - 1 / Delta, safeguarded by an interval whose lower end grows where T + lambda I isn't
/// positive definite. Section 5 of Gould, Lucidi, Roma, Toint (1999).
/// </summary>
internal sealed class TridiagonalRegion(int capacity) : IPersistent
{
    private const int MaxIterations = 100;
    private const double Tolerance = 1e-10;

    private readonly double[] _pivots = new double[capacity];
    private readonly double[] _factors = new double[capacity];
    private readonly double[] _work = new double[capacity];

    public double[] Diagonal { get; } = new double[capacity];

    public double[] OffDiagonal { get; } = new double[capacity];

    /// <summary>h.</summary>
    public double[] Solution { get; } = new double[capacity];

    public bool IsOnBorder { get; private set; }

    public void Solve(int k, double gamma, double radius)
    {
        IsOnBorder = false;
        double norm = 0;
        bool definite = TryFactor(k, 0);
        if (definite)
        {
            norm = Step(k, gamma);
            if (norm <= radius)
                return;
        }

        IsOnBorder = true;
        double lowest = double.PositiveInfinity;
        for (int i = 0; i < k; i++)
            lowest = Math.Min(lowest, Diagonal[i] - (i > 0 ? Math.Abs(OffDiagonal[i - 1]) : 0) - (i < k - 1 ? Math.Abs(OffDiagonal[i]) : 0));
        double lower = 0, upper = (gamma / radius) + Math.Max(0, -lowest), lambda = definite ? Newton(k, 0, norm, radius) : 0;
        bool isFactored = false;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            if (!(lambda > lower && lambda < upper))
                lambda = Math.Max(Math.Sqrt(lower * upper), lower + (0.01 * (upper - lower)));
            if (!(lambda > lower && lambda < upper))
                break;
            isFactored = TryFactor(k, lambda);
            if (!isFactored)
            {
                lower = lambda;
                lambda = 0;
                continue;
            }

            norm = Step(k, gamma);
            if (Math.Abs(norm - radius) <= Tolerance * radius)
                return;
            if (norm > radius)
                lower = lambda;
            else
                upper = lambda;
            lambda = Newton(k, lambda, norm, radius);
        }

        // The interval has collapsed: its upper end is the step inside the region nearest to the border.
        if (TryFactor(k, upper))
            norm = Step(k, gamma);
        IsOnBorder = norm >= 0.9 * radius;
        if (norm > radius)
        {
            for (int i = 0; i < k; i++)
                Solution[i] *= radius / norm;
        }
    }

    /// <summary>-(gamma h_0 + 1/2 h.Th).</summary>
    public double Reduction(int k, double gamma)
    {
        double sum = 0;
        for (int i = 0; i < k; i++)
        {
            double product = Diagonal[i] * Solution[i];
            if (i > 0)
                product += OffDiagonal[i - 1] * Solution[i - 1];
            if (i < k - 1)
                product += OffDiagonal[i] * Solution[i + 1];
            sum += Solution[i] * product;
        }

        return -((gamma * Solution[0]) + (0.5 * sum));
    }

    private bool TryFactor(int k, double lambda)
    {
        for (int i = 0; i < k; i++)
        {
            double pivot = Diagonal[i] + lambda;
            if (i > 0)
            {
                _factors[i - 1] = OffDiagonal[i - 1] / _pivots[i - 1];
                pivot -= _factors[i - 1] * OffDiagonal[i - 1];
            }

            if (!(pivot > 0))
                return false;
            _pivots[i] = pivot;
        }

        return true;
    }

    private double Step(int k, double gamma)
    {
        double v = -gamma;
        for (int i = 0; i < k; i++)
        {
            Solution[i] = v / _pivots[i];
            if (i < k - 1)
                v *= -_factors[i];
        }

        for (int i = k - 2; i >= 0; i--)
            Solution[i] -= _factors[i] * Solution[i + 1];
        double sum = 0;
        for (int i = 0; i < k; i++)
            sum += Solution[i] * Solution[i];
        return Math.Sqrt(sum);
    }

    private double Newton(int k, double lambda, double norm, double radius)
    {
        // w.D^-1 w with L w = h is h.(T + lambda I)^-1 h.
        double sum = 0;
        for (int i = 0; i < k; i++)
        {
            _work[i] = Solution[i] - (i > 0 ? _factors[i - 1] * _work[i - 1] : 0);
            sum += _work[i] * _work[i] / _pivots[i];
        }

        return lambda + (norm * norm / sum * ((norm - radius) / radius));
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(Diagonal);
        archive.Transfer<double>(OffDiagonal);
        archive.Transfer<double>(Solution);
        bool border = IsOnBorder;
        archive.Transfer(ref border);
        IsOnBorder = border;
    }
}
