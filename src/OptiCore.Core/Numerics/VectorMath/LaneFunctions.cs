using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

// The functions of VectorMath as types, so that each loop is compiled with its function inside.

internal readonly struct ExpFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatExponentialLanes.Exp(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ExponentialLanes.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Exp(x);
}

internal readonly struct Exp2Function : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ExponentialLanes.Exp2(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Exp2(x);
}

internal readonly struct Expm1Function : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ExponentialLanes.Expm1(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Expm1(x);
}

internal readonly struct LogFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => LogarithmLanes.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatLogarithmLanes.Log(x, out usual);
}

internal readonly struct Log2Function : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => LogarithmLanes.Log2(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Log2(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatLogarithmLanes.Log2(x, out usual);
}

internal readonly struct Log10Function : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => LogarithmLanes.Log10(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Log10(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatLogarithmLanes.Log10(x, out usual);
}

internal readonly struct Log1pFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => LogarithmLanes.Log1p(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Log1p(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatLogarithmLanes.Log1p(x, out usual);
}

internal readonly struct PowFunction : ILaneFunction2
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x, L y) where L : struct, ILanes<L, double> => PowerLanes.Pow(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x, L y) where L : struct, ILanes<L, double> => SingleLanes.Pow(x, y);
}

internal readonly struct CbrtFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => PowerLanes.Cbrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => PowerLanes.Cbrt(x);
}

internal readonly struct HypotFunction : ILaneFunction2
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x, L y) where L : struct, ILanes<L, double> => PowerLanes.Hypot(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x, L y) where L : struct, ILanes<L, double> => SingleLanes.Hypot(x, y);
}

internal readonly struct TanhFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatExponentialLanes.Tanh(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Tanh(x);
}

internal readonly struct TanhOfNetworksFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatExponentialLanes.TanhOfNetworks(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Tanh(x);
}

internal readonly struct SinhFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Sinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Sinh(x);
}

internal readonly struct CoshFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Cosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Cosh(x);
}

internal readonly struct AsinhFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Asinh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Asinh(x);
}

internal readonly struct AcoshFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Acosh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Acosh(x);
}

internal readonly struct AtanhFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => HyperbolicLanes.Atanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Atanh(x);
}

internal readonly struct SinFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => TrigonometricLanes.Sin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Sin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatTrigonometricLanes.Sin(x, out usual);
}

internal readonly struct CosFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => TrigonometricLanes.Cos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Cos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatTrigonometricLanes.Cos(x, out usual);
}

internal readonly struct TanFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => TrigonometricLanes.Tan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Tan(x);
}

internal readonly struct AsinFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Asin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Asin(x);
}

internal readonly struct AcosFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Acos(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Acos(x);
}

internal readonly struct AtanFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Atan(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Atan(x);
}

internal readonly struct Atan2Function : ILaneFunction2
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x, L y) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Atan2(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x, L y) where L : struct, ILanes<L, double> => InverseTrigonometricLanes.Atan2(x, y);
}

internal readonly struct ErfFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ErrorFunctionLanes.Erf(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Erf(x);
}

internal readonly struct ErfcFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ErrorFunctionLanes.Erfc(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Erfc(x);
}

internal readonly struct NormalCdfFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ErrorFunctionLanes.NormalCdf(x, L.All(1.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.NormalCdf(x);
}

internal readonly struct ErfInvFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ErrorFunctionLanes.ErfInv(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.ErfInv(x);
}

internal readonly struct SigmoidFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatExponentialLanes.Sigmoid(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Sigmoid(x);
}

internal readonly struct SoftplusFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Softplus(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Softplus(x);
}

internal readonly struct LogSigmoidFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => LaneSums.Negate(ActivationLanes.Softplus(LaneSums.Negate(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => LaneSums.Negate(SingleLanes.Softplus(LaneSums.Negate(x)));
}

internal readonly struct GeluFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatErrorFunctionLanes.Gelu(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Gelu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Gelu(x);
}

internal readonly struct GeluSlopeFunction : IFloatFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float> => FloatErrorFunctionLanes.GeluSlope(x, out usual);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.GeluSlope(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.GeluSlope(x);
}

internal readonly struct GeluTanhFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.GeluTanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.GeluTanh(x);
}

internal readonly struct SiluFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Silu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Silu(x);
}

internal readonly struct MishFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Mish(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Mish(x);
}

internal readonly struct LogGammaFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => GammaLanes.LogGamma(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.LogGamma(x);
}

internal readonly struct DigammaFunction : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => GammaLanes.Digamma(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Digamma(x);
}
