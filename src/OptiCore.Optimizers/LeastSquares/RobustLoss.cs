namespace OptiCore.Optimizers;

/// <summary>
/// A robust loss: the objective 1/2 sum_i C^2 rho(r_i^2 / C^2) instead of 1/2 sum_i r_i^2, with a function rho that grows more slowly than its argument, so that residuals far beyond the scale C
/// pull little. rho(0) = 0 and rho'(0) = 1: small residuals count as they do in least squares.
/// </summary>
/// <remarks>
/// A method of least squares minimises it by the correction of B. Triggs, P. McLauchlan, R. Hartley and A. Fitzgibbon (2000), Bundle adjustment - a modern synthesis, section 4.3: residuals become
/// rho' r / s and rows of the Jacobian s J with s^2 = rho' + 2 rho'' r^2/C^2, so that gradient and Gauss-Newton Hessian are those of the robust objective. Where s^2 isn't positive (the loss is
/// concave there) its second-order part is dropped for that residual: s^2 = rho', iteratively reweighted least squares.
/// </remarks>
public sealed record RobustLoss
{
    private readonly Kind _kind;

    private RobustLoss(Kind kind, double scale)
    {
        _kind = kind;
        Scale = Require.Positive(scale, "scale");
        Name = kind.ToString();
    }

    private enum Kind
    {
        Squares = 0,
        Huber = 1,
        SoftL1 = 2,
        Cauchy = 3,
        Arctan = 4,
        Tukey = 5,
        Welsch = 6,
    }

    /// <summary>The name of the loss.</summary>
    public string Name { get; }

    /// <summary>The scale C: residuals of that size and more count less.</summary>
    public double Scale { get; }

    /// <summary>Plain least squares, rho(z) = z.</summary>
    public static RobustLoss Squares { get; } = new(Kind.Squares, 1);

    /// <summary>rho(z) = z for z &lt;= 1, else 2 sqrt(z) - 1: squares inside, absolute values outside. Huber (1964).</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss Huber(double scale = 1) => new(Kind.Huber, scale);

    /// <summary>rho(z) = 2 (sqrt(1 + z) - 1): a smooth form of Huber's loss.</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss SoftL1(double scale = 1) => new(Kind.SoftL1, scale);

    /// <summary>rho(z) = log(1 + z): the likelihood of Cauchy errors.</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss Cauchy(double scale = 1) => new(Kind.Cauchy, scale);

    /// <summary>rho(z) = arctan z: bounded.</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss Arctan(double scale = 1) => new(Kind.Arctan, scale);

    /// <summary>rho(z) = (1 - (1 - z)^3) / 3 for z &lt;= 1, else 1/3: residuals beyond the scale don't count at all. Beaton and Tukey (1974).</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss Tukey(double scale = 1) => new(Kind.Tukey, scale);

    /// <summary>rho(z) = 1 - exp(-z): bounded and smooth. Dennis and Welsch (1978).</summary>
    /// <param name="scale">The scale C, positive.</param>
    public static RobustLoss Welsch(double scale = 1) => new(Kind.Welsch, scale);

    /// <summary>Computes rho and its first two derivatives.</summary>
    /// <param name="z">The squared residual divided by C^2, at least 0.</param>
    public (double Value, double First, double Second) Evaluate(double z)
    {
        switch (_kind)
        {
            case Kind.Huber:
                double root = Math.Sqrt(z);
                return z <= 1 ? (z, 1, 0) : ((2 * root) - 1, 1 / root, -0.5 / (root * z));
            case Kind.SoftL1:
                double s = Math.Sqrt(1 + z);
                return (2 * z / (1 + s), 1 / s, -0.5 / (s * (1 + z)));
            case Kind.Cauchy:
                double c = 1 / (1 + z);
                return (SpecialFunctions.LogOnePlus(z), c, -c * c);
            case Kind.Arctan:
                double a = 1 / (1 + (z * z));
                return (Math.Atan(z), a, -2 * z * a * a);
            case Kind.Tukey:
                double t = 1 - z;
                return z <= 1 ? (z * (1 - z + (z * z / 3)), t * t, -2 * t) : (1.0 / 3, 0, 0);
            case Kind.Welsch:
                double e = Math.Exp(-z);

                // 1 - exp(-z) without its cancellation.
                return (2 * Math.Exp(-0.5 * z) * Math.Sinh(0.5 * Math.Min(z, 1000)), e, -e);
            default:
                return (z, 1, 0);
        }
    }

    /// <summary>Computes the objective 1/2 sum C^2 rho(r^2 / C^2).</summary>
    /// <param name="residuals">The residuals r.</param>
    public double Objective(ReadOnlySpan<double> residuals)
    {
        double sum = 0;
        foreach (double r in residuals)
        {
            double z = r / Scale;
            sum += _kind == Kind.Squares ? r * r : Scale * Scale * Evaluate(z * z).Value;
        }

        return 0.5 * sum;
    }

    /// <summary>Turns residuals and Jacobian into those of the least-squares problem that the robust one looks like here.</summary>
    internal void Correct(Span<double> residuals, Span<double> jacobian)
    {
        if (_kind == Kind.Squares)
            return;
        int n = jacobian.Length / residuals.Length;
        for (int i = 0; i < residuals.Length; i++)
        {
            double z = residuals[i] / Scale;
            (_, double first, double second) = Evaluate(z * z);
            double square = first + (2 * second * z * z);

            // Next to nothing is left of the curvature where the loss turns concave.
            if (!(square > 1e-8 * first))
                square = first;
            double factor = Math.Sqrt(square);
            residuals[i] = factor == 0 ? 0 : residuals[i] * (first / factor);
            Vectors.Scale(factor, jacobian.Slice(i * n, n), jacobian.Slice(i * n, n));
        }
    }
}
