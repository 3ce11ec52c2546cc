namespace OptiCore.Differentiation;

/// <summary>
/// The operations on variables beside arithmetic. For <c>using static OptiCore.Differentiation.Operations</c>, so that formulas read as formulas:
/// <c>Tanh(MatMul(x, w) + b)</c>.
/// </summary>
/// <remarks>Every operation checks its arguments' shapes when it is written, and has derivatives of any order. Element-wise functions have the accuracy of <see cref="Numerics.VectorMath"/>.</remarks>
public static partial class Operations
{
    /// <summary>x^2.</summary>
    public static Variable Square(Variable x) => Unary<Square>.Of(x);

    /// <summary>1 / x.</summary>
    public static Variable Reciprocal(Variable x) => Unary<Reciprocal>.Of(x);

    /// <summary>The square root.</summary>
    public static Variable Sqrt(Variable x) => Unary<SquareRoot>.Of(x);

    /// <summary>The cube root.</summary>
    public static Variable Cbrt(Variable x) => Unary<CubeRoot>.Of(x);

    /// <summary>e^x.</summary>
    public static Variable Exp(Variable x) => Unary<Exponential>.Of(x);

    /// <summary>e^x - 1, accurate near 0.</summary>
    public static Variable Expm1(Variable x) => Unary<ExponentialMinus1>.Of(x);

    /// <summary>The natural logarithm.</summary>
    public static Variable Log(Variable x) => Unary<Logarithm>.Of(x);

    /// <summary>log(1 + x), accurate near 0.</summary>
    public static Variable Log1p(Variable x) => Unary<Logarithm1Plus>.Of(x);

    /// <summary>The sine of x in radians.</summary>
    public static Variable Sin(Variable x) => Unary<Sine>.Of(x);

    /// <summary>The cosine of x in radians.</summary>
    public static Variable Cos(Variable x) => Unary<Cosine>.Of(x);

    /// <summary>The tangent of x in radians.</summary>
    public static Variable Tan(Variable x) => Unary<Tangent>.Of(x);

    /// <summary>The inverse sine.</summary>
    public static Variable Asin(Variable x) => Unary<ArcSine>.Of(x);

    /// <summary>The inverse cosine.</summary>
    public static Variable Acos(Variable x) => Unary<ArcCosine>.Of(x);

    /// <summary>The inverse tangent.</summary>
    public static Variable Atan(Variable x) => Unary<ArcTangent>.Of(x);

    /// <summary>The angle of the point (x, y).</summary>
    public static Variable Atan2(Variable y, Variable x) => BinaryCall<ArcTangent2>.Of(y, x);

    /// <summary>The hyperbolic sine.</summary>
    public static Variable Sinh(Variable x) => Unary<HyperbolicSine>.Of(x);

    /// <summary>The hyperbolic cosine.</summary>
    public static Variable Cosh(Variable x) => Unary<HyperbolicCosine>.Of(x);

    /// <summary>The hyperbolic tangent. Largest error 2 ULP, of floats 6 ULP: as networks need it, fast; it never leaves [-1, 1].</summary>
    public static Variable Tanh(Variable x) => Unary<HyperbolicTangent>.Of(x);

    /// <summary>The inverse hyperbolic sine.</summary>
    public static Variable Asinh(Variable x) => Unary<AreaHyperbolicSine>.Of(x);

    /// <summary>The inverse hyperbolic cosine.</summary>
    public static Variable Acosh(Variable x) => Unary<AreaHyperbolicCosine>.Of(x);

    /// <summary>The inverse hyperbolic tangent.</summary>
    public static Variable Atanh(Variable x) => Unary<AreaHyperbolicTangent>.Of(x);

    /// <summary>x^y; powers 0, 1 and 2 are the obvious ones. The derivative by y is taken as 0 where x is 0.</summary>
    public static Variable Pow(Variable x, Variable y) =>
        !y.IsConstant(out double exponent) || y.Rank > 0 ? BinaryCall<Power>.Of(x, y)
        : exponent switch
        {
            0 => BroadcastTo(1, x.Shape),
            1 => x,
            2 => Square(x),
            _ => BinaryCall<Power>.Of(x, y),
        };

    /// <summary>sqrt(x^2 + y^2) without overflow; at the origin the derivative is taken as 0.</summary>
    public static Variable Hypot(Variable x, Variable y) => BinaryCall<Hypotenuse>.Of(x, y);

    /// <summary>The larger of x and y; of equal ones each gets half of the derivative.</summary>
    public static Variable Max(Variable x, Variable y) => Binary<Maximum>.Of(x, y);

    /// <summary>The smaller of x and y; of equal ones each gets half of the derivative.</summary>
    public static Variable Min(Variable x, Variable y) => Binary<Minimum>.Of(x, y);

    /// <summary>x, but no less than one bound and no more than the other; the derivative is 1 between and at the bounds, 0 outside.</summary>
    public static Variable Clamp(Variable x, Variable least, Variable most) => Select((x >= least) * (x <= most), x, Select(x < least, least, most));

    /// <summary>|x|; the derivative at 0 is taken as 0.</summary>
    public static Variable Abs(Variable x) => Unary<Magnitude>.Of(x);

    /// <summary>-1, 0 or 1.</summary>
    public static Variable Sign(Variable x) => Unary<SignFunction>.Of(x);

    /// <summary>The largest integer that isn't larger.</summary>
    public static Variable Floor(Variable x) => Unary<Floor>.Of(x);

    /// <summary>The smallest integer that isn't smaller.</summary>
    public static Variable Ceiling(Variable x) => Unary<Ceiling>.Of(x);

    /// <summary>The nearest integer, of two the even one.</summary>
    public static Variable Round(Variable x) => Unary<Nearest>.Of(x);

    /// <summary>1 where x is NaN, else 0.</summary>
    public static Variable IsNaN(Variable x) => Unary<IsNotANumber>.Of(x);

    /// <summary>1 where x = y, else 0.</summary>
    public static Variable EqualTo(Variable x, Variable y) => Binary<Equal>.Of(x, y);

    /// <summary>x where the mask isn't 0, else y. Only the chosen one gets a derivative, even where the other is NaN.</summary>
    public static Variable Select(Variable mask, Variable x, Variable y) => SelectOperation.Instance.ApplyOne(mask, x, y);

    /// <summary>max(x, 0), with the derivative 0 at 0.</summary>
    public static Variable Relu(Variable x) => Unary<Rectifier>.Of(x);

    /// <summary>x where positive, else slope x. A. L. Maas, A. Y. Hannun, A. Y. Ng (2013), "Rectifier nonlinearities improve neural network acoustic models".</summary>
    public static Variable LeakyRelu(Variable x, double slope = 0.01) => Select(x > 0, x, slope * x);

    /// <summary>x where positive, else alpha (e^x - 1). D.-A. Clevert, T. Unterthiner, S. Hochreiter (2016), "Fast and accurate deep network learning by exponential linear units".</summary>
    public static Variable Elu(Variable x, double alpha = 1) => Select(x > 0, x, alpha * Expm1(Min(x, 0)));

    /// <summary>The scaled exponential linear unit. G. Klambauer et al. (2017), "Self-normalizing neural networks".</summary>
    public static Variable Selu(Variable x) => 1.0507009873554805 * Elu(x, 1.6732632423543772);

    /// <summary>1 / (1 + e^-x), for floats to 3 ULP.</summary>
    public static Variable Sigmoid(Variable x) => Unary<LogisticFunction>.Of(x);

    /// <summary>log(1 + e^x).</summary>
    public static Variable Softplus(Variable x) => Unary<SoftPlus>.Of(x);

    /// <summary>log(1 / (1 + e^-x)).</summary>
    public static Variable LogSigmoid(Variable x) => -Softplus(-x);

    /// <summary>x / (1 + e^-x), also called swish. P. Ramachandran, B. Zoph, Q. V. Le (2017), "Searching for activation functions".</summary>
    public static Variable Silu(Variable x) => Unary<SigmoidLinear>.Of(x);

    /// <summary>x Phi(x), for floats to 4 ULP. D. Hendrycks, K. Gimpel (2016), "Gaussian error linear units".</summary>
    public static Variable Gelu(Variable x) => Unary<GaussianErrorLinear>.Of(x);

    /// <summary>x tanh(softplus(x)). D. Misra (2019), "Mish: a self regularized non-monotonic neural activation function".</summary>
    public static Variable Mish(Variable x) => x * Tanh(Softplus(x));

    /// <summary>The error function.</summary>
    public static Variable Erf(Variable x) => Unary<ErrorFunction>.Of(x);

    /// <summary>1 - erf x, accurate for large x.</summary>
    public static Variable Erfc(Variable x) => Unary<ComplementaryErrorFunction>.Of(x);

    /// <summary>The inverse of the error function.</summary>
    public static Variable ErfInv(Variable x) => Unary<InverseErrorFunction>.Of(x);

    /// <summary>The distribution function of the standard normal law.</summary>
    public static Variable NormalCdf(Variable x) => Unary<NormalDistributionFunction>.Of(x);

    /// <summary>The density of the standard normal law.</summary>
    public static Variable NormalDensity(Variable x) => 0.3989422804014327 * Exp(-0.5 * Square(x));

    /// <summary>log |Gamma(x)|.</summary>
    public static Variable LogGamma(Variable x) => Unary<LogGammaFunction>.Of(x);

    /// <summary>The digamma function, the derivative of log Gamma.</summary>
    public static Variable Digamma(Variable x) => Unary<PsiFunction>.Of(x);

    /// <summary>x, through which no derivative passes.</summary>
    public static Variable StopGradient(Variable x) => new StopGradientOperation().ApplyOne(x);
}
