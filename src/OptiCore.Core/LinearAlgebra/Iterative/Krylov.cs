using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>How an iterative method ended.</summary>
public enum KrylovStatus
{
    /// <summary>The stopping rule of the method holds.</summary>
    Converged,

    /// <summary>The system has no solution to the tolerance; x minimises the norm of the residual.</summary>
    LeastSquares,

    /// <summary>The limit of iterations was reached; x is the last iterate.</summary>
    IterationLimit,

    /// <summary>The recursion can't go on (a division by zero, a preconditioner that isn't positive definite, a product that isn't finite); x is the last good iterate.</summary>
    Breakdown,

    /// <summary>A direction p with p' A p &lt;= 0 was found by a method for positive definite operators; x is the iterate before it.</summary>
    Indefinite,

    /// <summary>The residual doesn't fall any more, and isn't within the tolerance.</summary>
    Stagnated,

    /// <summary>The estimate of the condition number exceeded its limit.</summary>
    ConditionLimit,

    /// <summary>The observer asked to stop; x is the iterate that it saw.</summary>
    Stopped,
}

/// <summary>What an iterative method for a linear system or a least-squares problem reports at its end.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Iterations">The number of iterations.</param>
/// <param name="ResidualNorm">The norm of b - A x, in the norm in which the method minimises or watches it.</param>
public readonly record struct KrylovResult(KrylovStatus Status, int Iterations, double ResidualNorm)
{
    /// <summary>Whether the stopping rule of the method holds.</summary>
    public bool Converged => Status == KrylovStatus.Converged;

    /// <summary>An estimate of the norm of A' (b - A x), less damp^2 x where there is damping; NaN where the method has none.</summary>
    public double NormalResidualNorm { get; init; } = double.NaN;

    /// <summary>An estimate of a norm of A (LSQR and LSMR: the Frobenius norm, a growing lower bound); NaN where the method has none.</summary>
    public double OperatorNorm { get; init; } = double.NaN;

    /// <summary>An estimate of the condition number of A; NaN where the method has none.</summary>
    public double ConditionNumber { get; init; } = double.NaN;

    /// <summary>The norm of x; NaN where the method doesn't know it.</summary>
    public double SolutionNorm { get; init; } = double.NaN;
}

/// <summary>One iterate as an observer sees it. Spans are valid during the call only.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly ref struct KrylovStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number k of iterations before this iterate: 0 for the start.</summary>
    public required int Iteration { get; init; }

    /// <summary>The norm of the residual of the iterate, as the method knows it.</summary>
    public required double ResidualNorm { get; init; }

    /// <summary>The iterate x_k; empty inside a cycle of <see cref="Gmres"/>, which doesn't form it.</summary>
    public ReadOnlySpan<T> Solution { get; init; }

    /// <summary>The direction p of the step that is about to be taken, x_(k+1) = x_k + <see cref="StepLength"/> p; empty where the method doesn't show it, and at the last iterate.</summary>
    public ReadOnlySpan<T> Direction { get; init; }

    /// <summary>The curvature p' A p of the direction. If it isn't positive, the method ends here as <see cref="KrylovStatus.Indefinite"/>.</summary>
    public double Curvature { get; init; }

    /// <summary>The length of the step that is about to be taken.</summary>
    public double StepLength { get; init; }
}

/// <summary>Watches an iterative method and may stop it.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Seeing the step before it is taken is what truncated Newton methods and the trust-region method of Steihaug need: they stop where the curvature is negative or the
/// step would leave the region, and go on from the iterate along the direction on their own.</remarks>
public interface IKrylovObserver<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Called once for each iterate, the starting point included.</summary>
    /// <param name="step">The iterate, and the step that is about to be taken.</param>
    /// <returns>False to stop at this iterate.</returns>
    bool Continue(in KrylovStep<T> step);
}

/// <summary>
/// The memory of the iterative methods. It grows to what a method needs and is kept, so that a method which runs again with the same workspace allocates nothing. Serves
/// one run at a time, of any method.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class KrylovWorkspace<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _numbers = [];

    /// <summary>The number of elements held.</summary>
    public int Capacity => _numbers.Length;

    /// <summary>The first elements; their values are whatever was left there.</summary>
    internal Span<T> Take(long count)
    {
        if (_numbers.Length < count)
            _numbers = new T[checked((int)count)];
        return _numbers.AsSpan(0, (int)count);
    }
}

/// <summary>What the iterative methods share: vector updates with fixed bits, residuals, conversions.</summary>
internal static class Krylov
{
    /// <summary>The distance from 1 to the next larger number.</summary>
    public static T Epsilon<T>() where T : unmanaged, IFloatingPointIeee754<T> => T.BitIncrement(T.One) - T.One;

    public static double ToDouble<T>(T value) where T : unmanaged, IFloatingPointIeee754<T> => double.CreateTruncating(value);

    /// <summary>Cuts the next vector off a buffer.</summary>
    public static Span<T> Next<T>(ref Span<T> buffer, int length)
    {
        Span<T> next = buffer[..length];
        buffer = buffer[length..];
        return next;
    }

    /// <summary>The iteration limit of a configuration, or the method's own.</summary>
    public static int Limit(int? configured, long otherwise) => configured ?? (int)Math.Clamp(otherwise, 1, int.MaxValue);

    /// <summary>max(relative |b|, absolute).</summary>
    public static T Threshold<T>(double relative, T norm, double absolute) where T : unmanaged, IFloatingPointIeee754<T> =>
        T.Max(T.CreateSaturating(relative) * norm, T.CreateSaturating(absolute));

    /// <summary>r = b - A x, without a product where x is 0. The norm of r.</summary>
    public static T Residual<T>(ILinearOperator<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> x, Span<T> r) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (x.ContainsAnyExcept(T.Zero))
        {
            a.Apply(x, r);
            ScaleAdd(-T.One, r, b);
        }
        else
        {
            b.CopyTo(r);
        }

        return Reduce.Norm<T>(r);
    }

    /// <summary>Scales a residual by a power of two to a norm near 1, so that inner products of residuals neither overflow nor underflow. Exact.</summary>
    /// <returns>The power of two that the residual was divided by.</returns>
    public static T Normalize<T>(Span<T> r, T norm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (T.IsZero(norm) || !T.IsFinite(norm))
            return T.One;
        int limit = typeof(T) == typeof(float) ? 120 : 1000, exponent = Math.Clamp(T.ILogB(norm), -limit, limit);
        if (exponent != 0)
            System.Numerics.Tensors.TensorPrimitives.Multiply(r, T.ScaleB(T.One, -exponent), r);
        return T.ScaleB(T.One, exponent);
    }

    /// <summary>y[i] = fma(beta, y[i], x[i]).</summary>
    public static void ScaleAdd<T>(T beta, Span<T> y, ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T xs = ref MemoryMarshal.GetReference(x);
        ref T ys = ref MemoryMarshal.GetReference(y);
        nuint i = 0, length = (nuint)Math.Min(x.Length, y.Length);
        if (VectorKernels.IsVectorized<T>())
        {
            Vector256<T> scale = Vector256.Create(beta);
            for (; i + (nuint)Vector256<T>.Count <= length; i += (nuint)Vector256<T>.Count)
                VectorKernels.Fma(scale, Vector256.LoadUnsafe(ref ys, i), Vector256.LoadUnsafe(ref xs, i)).StoreUnsafe(ref ys, i);
        }

        for (; i < length; i++)
            Unsafe.Add(ref ys, i) = T.FusedMultiplyAdd(beta, Unsafe.Add(ref ys, i), Unsafe.Add(ref xs, i));
    }

    /// <summary>Divides a vector by its norm; a reciprocal where that is exact enough and can't overflow, else a division for each element.</summary>
    public static void Divide<T>(Span<T> x, T norm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (norm == T.One)
            return;
        System.Numerics.Tensors.TensorPrimitives.Divide(x, norm, x);
    }
}
