using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The convex function kappa of <see cref="LionK"/>, whose gradient shapes the update, and whose conjugate kappa* is the constraint or penalty that the method solves for: it minimises
/// f(x) + kappa*(lambda x) / lambda.
/// </summary>
public abstract record LionPotential
{
    private protected LionPotential()
    {
    }

    /// <summary>kappa(u) = |u|_1, which makes Lion itself: the gradient is sign(u), the constraint |x|_inf &lt;= 1 / lambda.</summary>
    public static LionPotential L1 { get; } = new Signs();

    /// <summary>kappa(u) = |u|_2: the gradient is u / |u|, the constraint |x|_2 &lt;= 1 / lambda.</summary>
    public static LionPotential L2 { get; } = new Ball();

    /// <summary>kappa(u) = sum_i (u_i^2 / (2 e) where |u_i| &lt; e, |u_i| - e/2 elsewhere): the gradient is clip(u / e, -1, 1), the constraint |x|_inf &lt;= 1 / lambda with the penalty e lambda |x|^2 / 2.</summary>
    /// <param name="threshold">The threshold e, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold isn't positive and finite.</exception>
    public static LionPotential Huber(double threshold) => new Clipped(Require.Positive(threshold, nameof(threshold)));

    /// <summary>kappa(u) = the sum of the k largest |u_i|: the gradient is their signs and 0 elsewhere, the constraint |x|_inf &lt;= 1 / lambda and |x|_1 &lt;= k / lambda.</summary>
    /// <param name="count">The number k, at least 1. Of equal magnitudes the first ones count.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller.</exception>
    public static LionPotential TopK(int count) => new Largest(Require.Positive(count, nameof(count)));

    /// <summary>kappa(u).</summary>
    /// <param name="u">A vector.</param>
    public abstract double Value(ReadOnlySpan<double> u);

    /// <summary>kappa*(y) = sup_u (u . y - kappa(u)), infinite outside the constraint.</summary>
    /// <param name="y">A vector.</param>
    public abstract double Conjugate(ReadOnlySpan<double> y);

    /// <summary>u := the gradient of kappa at u, a subgradient where there are several.</summary>
    internal abstract void Gradient<T>(Span<T> u, Span<T> scratch, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T>;

    private sealed record Signs : LionPotential
    {
        public override double Value(ReadOnlySpan<double> u) => Reduce.SumOfMagnitudes(u);

        public override double Conjugate(ReadOnlySpan<double> y) => Reduce.MaxNorm(y) <= 1 ? 0 : double.PositiveInfinity;

        internal override void Gradient<T>(Span<T> u, Span<T> scratch, IWorkers workers)
        {
            int i = 0;
            for (; i <= u.Length - Vector<T>.Count; i += Vector<T>.Count)
                Sign(new Vector<T>(u[i..])).CopyTo(u[i..]);
            for (; i < u.Length; i++)
                u[i] = u[i] > T.Zero ? T.One : u[i] < T.Zero ? T.NegativeOne : u[i];
        }

        private static Vector<T> Sign<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector.ConditionalSelect(
            Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One, Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -Vector<T>.One, x));
    }

    private sealed record Ball : LionPotential
    {
        public override double Value(ReadOnlySpan<double> u) => Reduce.Norm(u);

        public override double Conjugate(ReadOnlySpan<double> y) => Reduce.Norm(y) <= 1 ? 0 : double.PositiveInfinity;

        internal override void Gradient<T>(Span<T> u, Span<T> scratch, IWorkers workers)
        {
            T norm = Reduce.Norm<T>(u, workers);
            if (norm != T.Zero)
                TensorPrimitives.Divide(u, norm, u);
        }
    }

    private sealed record Clipped(double Threshold) : LionPotential
    {
        public override double Value(ReadOnlySpan<double> u)
        {
            double sum = 0;
            foreach (double v in u)
            {
                double a = Math.Abs(v);
                sum += a < Threshold ? a * a / (2 * Threshold) : a - (Threshold / 2);
            }

            return sum;
        }

        public override double Conjugate(ReadOnlySpan<double> y) => Reduce.MaxNorm(y) <= 1 ? Threshold / 2 * Reduce.SumOfSquares(y) : double.PositiveInfinity;

        internal override void Gradient<T>(Span<T> u, Span<T> scratch, IWorkers workers)
        {
            T threshold = T.CreateTruncating(Threshold);
            TensorPrimitives.Divide(u, threshold, u);
            TensorPrimitives.Clamp(u, T.NegativeOne, T.One, u);
        }
    }

    private sealed record Largest(int Count) : LionPotential
    {
        public override double Value(ReadOnlySpan<double> u)
        {
            double[] magnitudes = new double[u.Length];
            TensorPrimitives.Abs(u, magnitudes);
            Array.Sort(magnitudes);
            return Reduce.Sum<double>(magnitudes.AsSpan(Math.Max(0, u.Length - Count)));
        }

        public override double Conjugate(ReadOnlySpan<double> y) => Reduce.MaxNorm(y) <= 1 && Reduce.SumOfMagnitudes(y) <= Count ? 0 : double.PositiveInfinity;

        internal override void Gradient<T>(Span<T> u, Span<T> scratch, IWorkers workers)
        {
            T threshold = T.Zero;
            int equal = 0;
            if (Count < u.Length)
            {
                TensorPrimitives.Abs(u, scratch);
                threshold = Selection.Smallest(scratch, u.Length - Count);
                equal = Count;
                foreach (T v in u)
                    equal -= T.Abs(v) > threshold ? 1 : 0;
            }

            for (int i = 0; i < u.Length; i++)
            {
                T a = T.Abs(u[i]);
                bool chosen = a > threshold || (a == threshold && equal-- > 0) || T.IsNaN(a);
                u[i] = !chosen ? T.Zero : u[i] > T.Zero ? T.One : u[i] < T.Zero ? T.NegativeOne : u[i];
            }
        }
    }
}
