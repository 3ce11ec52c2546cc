using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// The inner loop of logistic models: of log odds e and labels y, sum (y e - log(1 + exp e)) and the residuals y - 1 / (1 + exp -e).
/// </summary>
/// <remarks>
/// One exponential for both: with t = exp(-|e|), log(1 + exp e) = max(e, 0) + log(1 + t), and the probability is 1 / (1 + t) or t / (1 + t). The factors 1 + t lie between 1 and 2, so that the
/// product of a block of them neither overflows nor loses digits, and a block needs one logarithm per lane. The order of all sums is fixed: the same bits on any hardware.
/// </remarks>
internal static class LogisticKernel
{
    /// <summary>The most elements of one call: the product of their factors, 2^128 in each of the four lanes at most, is far from overflow.</summary>
    public const int Block = 512;

    /// <summary>Adds up a block.</summary>
    /// <param name="logits">The log odds e; receives the residuals.</param>
    /// <param name="labels">The labels y, 0 or 1, as many.</param>
    public static double Residuals(Span<double> logits, ReadOnlySpan<double> labels)
    {
        Span<double> small = stackalloc double[Block];
        small = small[..logits.Length];
        for (int i = 0; i < small.Length; i++)
            small[i] = -Math.Abs(logits[i]);
        VectorMath.Exp(small, small);
        Vector256<double> sums = Vector256<double>.Zero, products = Vector256<double>.One, one = Vector256<double>.One;
        int next = 0;
        for (; next <= logits.Length - 4; next += 4)
        {
            Vector256<double> e = Vector256.Create<double>(logits.Slice(next, 4)), y = Vector256.Create<double>(labels.Slice(next, 4)), t = Vector256.Create<double>(small.Slice(next, 4));
            Vector256<double> factor = one + t, isPositive = Vector256.GreaterThanOrEqual(e, Vector256<double>.Zero);
            Vector256<double> probability = Vector256.ConditionalSelect(isPositive, one, t) / factor;
            sums += (y * e) - (e & isPositive);
            products *= factor;
            (y - probability).CopyTo(logits.Slice(next, 4));
        }

        double sum = 0, product = 1;
        for (; next < logits.Length; next++)
        {
            double e = logits[next], t = small[next];
            sum += (labels[next] * e) - Math.Max(e, 0);
            product *= 1 + t;
            logits[next] = labels[next] - ((e >= 0 ? 1 : t) / (1 + t));
        }

        sum += (sums[0] + sums[1]) + (sums[2] + sums[3]);
        return sum - (Math.Log(products[0] * products[1]) + Math.Log(products[2] * products[3] * product));
    }
}
