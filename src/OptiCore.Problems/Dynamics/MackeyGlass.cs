namespace OptiCore.Problems;

/// <summary>
/// Mackey and Glass's delay equation x'(t) = beta x(t - tau) / (1 + x(t - tau)^n) - gamma x(t): periodic for short delays, chaotic from tau about 16.8 on at the usual
/// parameters, with an attractor whose dimension grows with the delay.
/// </summary>
/// <remarks>
/// M. C. Mackey, L. Glass (1977), Oscillation and chaos in physiological control systems. <see cref="Fill"/> is the classical Runge-Kutta method of order 4 with steps that divide the delay;
/// the delayed values between two steps are Hermite's cubic ones, so that the whole is of order 4.
/// </remarks>
public sealed record MackeyGlass
{
    /// <summary>The production rate beta. Default: 0.2.</summary>
    public double Production { get; init => field = Require.Positive(value); } = 0.2;

    /// <summary>The decay rate gamma. Default: 0.1.</summary>
    public double Decay { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The exponent n. Default: 10.</summary>
    public double Exponent { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The delay tau. Default: 17.</summary>
    public double Delay { get; init => field = Require.Positive(value); } = 17;

    /// <summary>The value before the start, x(t) for t up to 0. Default: 1.2.</summary>
    public double History { get; init => field = Require.NonNegative(value); } = 1.2;

    /// <summary>The derivative x'(t).</summary>
    /// <param name="x">x(t).</param>
    /// <param name="delayed">x(t - tau).</param>
    public double Derivative(double x, double delayed) => (Production * delayed / (1 + Math.Pow(delayed, Exponent))) - (Decay * x);

    /// <summary>Writes x at multiples of an interval, the first at time <paramref name="interval"/> after the transient.</summary>
    /// <param name="series">Receives the values.</param>
    /// <param name="interval">The time between two of them; it is done in equal steps.</param>
    /// <param name="transient">How many values are left out before.</param>
    /// <param name="stepsPerInterval">The steps for an interval; the delay must be a whole number of steps.</param>
    /// <exception cref="ArgumentException">The delay isn't a whole number of steps, or an argument is out of range.</exception>
    public void Fill(Span<double> series, double interval = 1, int transient = 0, int stepsPerInterval = 10)
    {
        Require.Positive(interval, nameof(interval));
        Require.NonNegative(transient, nameof(transient));
        Require.Positive(stepsPerInterval, nameof(stepsPerInterval));
        double h = interval / stepsPerInterval, ratio = Delay / h;
        int lag = (int)Math.Round(ratio);
        if (lag < 1 || Math.Abs(ratio - lag) > 1e-9 * ratio)
            throw new ArgumentException(FormattableString.Invariant($"The delay {Delay} is {ratio} steps of {interval} / {stepsPerInterval}; it must be a whole number of steps."), nameof(stepsPerInterval));

        // A ring of the last lag + 1 values and their derivatives; the slope before the start is 0.
        double[] values = new double[lag + 1], slopes = new double[lag + 1];
        values.AsSpan().Fill(History);
        int now = lag;
        slopes[now] = Derivative(History, History);
        double x = History;
        long taken = 0;
        for (int i = -transient; i < series.Length; i++)
        {
            for (int step = 0; step < stepsPerInterval; step++)
            {
                int old = (now + 1) % (lag + 1), next = (now + 2) % (lag + 1);
                double left = values[old], right = values[next];

                // The slope jumps at time 0: the piece that ends there takes the one from the left.
                double slopeRight = taken == lag - 1 ? 0 : slopes[next];
                double middle = (0.5 * (left + right)) + (h / 8 * (slopes[old] - slopeRight));
                double k1 = Derivative(x, left), k2 = Derivative(x + (0.5 * h * k1), middle), k3 = Derivative(x + (0.5 * h * k2), middle);
                double k4 = Derivative(x + (h * k3), right);
                x += h / 6 * (k1 + (2 * (k2 + k3)) + k4);
                now = old;
                values[now] = x;
                slopes[now] = Derivative(x, right);
                taken++;
            }

            if (i >= 0)
                series[i] = x;
        }
    }
}
