using System.Buffers;
using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>
/// Regression on Chebyshev polynomials of the context: the estimate Start + c_0 + sum over features j and degrees k of c_jk T_k(2 (x_j - Low) / (High - Low) - 1), by least squares with a little ridge, the coefficients bounded by
/// |c_0| &lt;= Bound and |c_jk| &lt;= Bound / ((High - Low) k). For rewards that depend smoothly, but not linearly, on a few numbers.
/// </summary>
/// <remarks>
/// <para>M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), "Learning to relax: setting solver parameters across a sequence of linear system instances", ICLR, algorithm ChebCB, is <see cref="SquareCb"/> on this oracle with one
/// feature: Lipschitz functions have Chebyshev coefficients that fall as 1/k, which the bounds say. With several features the model is a sum of functions of one each. Contexts outside of [Low, High] count as its ends.</para>
/// <para>The minimum is that of the normal equations where it keeps the bounds; else coordinates go to their own minima in turn, from the last fit on, until nothing moves by more than 1e-13 (at most 1000 rounds). With n = 1 + d (Terms - 1)
/// coefficients O(n) a prediction, O(n^3) an update. A model without observations estimates <see cref="Start"/>: with the largest reward there, every arm is tried.</para>
/// </remarks>
public sealed record ChebyshevOracle : IRegressionOracle
{
    /// <summary>The number m of polynomials, T_0 to T_(m - 1). Default: 6, as in the paper's experiments.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Terms { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The smallest value of a feature. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't finite.</exception>
    public double Low { get; init => field = Require.Finite(value); }

    /// <summary>The largest value of a feature, more than <see cref="Low"/> (checked when a policy starts). Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't finite.</exception>
    public double High { get; init => field = Require.Finite(value); } = 1;

    /// <summary>The bound of the first coefficient, and that of T_k times (High - Low) k. Default: 1, enough for rewards in [0, 1] whose slope is at most about 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Bound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The estimate of a model without observations. Default: 1, the largest reward of [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't finite.</exception>
    public double Start { get; init => field = Require.Finite(value); } = 1;

    /// <summary>The ridge, positive, in observations. Default: 1e-3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1e-3;

    /// <inheritdoc/>
    public ModelSharing Sharing => ModelSharing.Disjoint;

    /// <inheritdoc/>
    public RewardRange Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public bool CanMerge => true;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The interval of features is empty.</exception>
    public int Length(int features)
    {
        if (!(High > Low))
            throw new InvalidOperationException($"High is {High} but must be more than Low, {Low}.");
        int n = Count(features);
        return checked((n * n) + (2 * n));
    }

    /// <inheritdoc/>
    public void Reset(Span<double> model, int features) => model.Clear();

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> model, ReadOnlySpan<double> x)
    {
        int n = Count(x.Length), at = 1;
        ReadOnlySpan<double> c = model[((n * n) + n)..];
        double sum = Start + c[0];
        foreach (double feature in x)
        {
            double t = Scaled(feature), before = 1, polynomial = t;
            for (int k = 1; k < Terms; k++, at++)
            {
                sum += c[at] * polynomial;
                (before, polynomial) = (polynomial, (2 * t * polynomial) - before);
            }
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Learn(Span<double> model, ReadOnlySpan<double> x, double reward, double weight)
    {
        int n = Count(x.Length), at = 1;
        double[] rented = ArrayPool<double>.Shared.Rent(n);
        Span<double> terms = rented.AsSpan(0, n);
        terms[0] = 1;
        foreach (double feature in x)
        {
            double t = Scaled(feature), before = 1, polynomial = t;
            for (int k = 1; k < Terms; k++, at++)
            {
                terms[at] = polynomial;
                (before, polynomial) = (polynomial, (2 * t * polynomial) - before);
            }
        }

        RidgeModel.AddOuter(model[..(n * n)], weight, terms);
        RidgeModel.AddScaled(model.Slice(n * n, n), weight * (reward - Start), terms);
        ArrayPool<double>.Shared.Return(rented);
        Fit(model, n);
    }

    /// <inheritdoc/>
    public void Absorb(Span<double> model, ReadOnlySpan<double> other, int features)
    {
        int n = Count(features), sums = (n * n) + n;
        RidgeModel.AddScaled(model[..sums], 1, other[..sums]);
        Fit(model, n);
    }

    private int Count(int features) => checked(1 + (features * (Terms - 1)));

    private double Scaled(double feature) => (2 * (Math.Clamp(feature, Low, High) - Low) / (High - Low)) - 1;

    /// <summary>The bound of a coefficient: 0 is the constant, then come T_1 to T_(m - 1) of one feature after the other.</summary>
    private double Limit(int coefficient) => coefficient == 0 ? Bound : Bound / ((High - Low) * (1 + ((coefficient - 1) % (Terms - 1))));

    private void Fit(Span<double> model, int n)
    {
        ReadOnlySpan<double> gram = model[..(n * n)], moment = model.Slice(n * n, n);
        Span<double> c = model.Slice((n * n) + n, n);
        double[] rented = ArrayPool<double>.Shared.Rent((n * n) + n);
        Span<double> l = rented.AsSpan(0, n * n), free = rented.AsSpan(n * n, n);
        gram.CopyTo(l);
        for (int i = 0; i < n; i++)
            l[i * (n + 1)] += Regularization;
        bool fits = Cholesky.TryFactor(l, n);
        if (fits)
        {
            moment.CopyTo(free);
            Cholesky.Solve<double>(l, n, n, free);
            for (int i = 0; i < n; i++)
                fits &= Math.Abs(free[i]) <= Limit(i);
            if (fits)
                free.CopyTo(c);
        }

        ArrayPool<double>.Shared.Return(rented);
        for (int round = 0; round < 1000 && !fits; round++)
        {
            double largest = 0;
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<double> row = gram.Slice(i * n, n);
                double next = c[i] + ((moment[i] - RidgeModel.Dot(row, c) - (Regularization * c[i])) / (row[i] + Regularization));
                next = Math.Clamp(next, -Limit(i), Limit(i));
                largest = Math.Max(largest, Math.Abs(next - c[i]));
                c[i] = next;
            }

            fits = largest <= 1e-13;
        }
    }
}
