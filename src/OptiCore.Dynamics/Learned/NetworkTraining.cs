using OptiCore.Differentiation;
using OptiCore.Optimizers;

namespace OptiCore.Dynamics;

/// <summary>How the networks of learned dynamics are trained: an update rule on random batches.</summary>
public sealed record NetworkTraining
{
    /// <summary>The update rule; null for Adam with <see cref="LearningRate"/>, which falls to 0 along a cosine. Default: null.</summary>
    public IUpdateRule? Optimizer { get; init; }

    /// <summary>The first learning rate of Adam, where there is no other <see cref="Optimizer"/>. Default: 0.003.</summary>
    public double LearningRate { get; init => field = Require.Positive(value); } = 3e-3;

    /// <summary>The number of steps. Default: 2000.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 2000;

    /// <summary>The number of windows in a batch. Default: 32.</summary>
    public int Batch { get; init => field = Require.Positive(value); } = 32;

    /// <summary>The randomness of the first parameters and of the batches.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Minimises a loss of parameters and a batch of windows.</summary>
    /// <param name="parameters">The parameters, which are trained in place.</param>
    /// <param name="data">The standardised series.</param>
    /// <param name="length">The number of states in a window.</param>
    /// <param name="loss">Writes the loss for the parameters and a batch of length x batch states, time first.</param>
    /// <returns>The mean loss of the last tenth of the steps.</returns>
    internal double Run(double[] parameters, TimeSeries data, int length, Func<Variable, Variable, Variable> loss)
    {
        int n = data.Dimension, batch = Batch, windows = 0;
        for (int piece = 0; piece < data.Pieces; piece++)
            windows += Math.Max(0, data.Piece(piece).Count - length + 1);
        if (windows == 0)
            throw new ArgumentException($"No piece has {length} states, which a training window needs.", nameof(data));
        var starts = new int[windows];
        for (int piece = 0, at = 0; piece < data.Pieces; piece++)
        {
            for (int i = 0; i <= data.Piece(piece).Count - length; i++)
                starts[at++] = data.Piece(piece).Start + i;
        }

        Variable p = Variable.Input("parameters", [parameters.Length]), x = Variable.Input("states", [length * batch, n]), y = loss(p, x);
        Replay<double> replay = Computation.Compile<double>([p, x], y, Derivative.Gradient(y, p)).Start();
        IUpdateRule optimizer = Optimizer ?? new Adam { LearningRate = new CosineDecay { Rate = LearningRate, Steps = Steps } };
        RuleState<double> rule = optimizer.StartDouble(ParameterLayout.Vector(parameters.Length));
        double last = 0;
        int tail = Math.Max(1, Steps / 10);
        for (int step = 0; step < Steps; step++)
        {
            RandomStream stream = Key.Fold("batches").Fold(step).Stream();
            Span<double> input = replay.Input(1);
            for (int b = 0; b < batch; b++)
            {
                int start = starts[stream.NextInt32(windows)];
                for (int t = 0; t < length; t++)
                    data[start + t].CopyTo(input[(((t * batch) + b) * n)..]);
            }

            parameters.CopyTo(replay.Input(0));
            replay.Run();
            double value = replay.Output(0)[0];
            if (!double.IsFinite(value))
                throw new InvalidOperationException($"The loss of training step {step} isn't finite: lower the learning rate or shorten the windows.");
            if (step >= Steps - tail)
                last += value / tail;
            rule.Step(parameters, replay.Output(1));
        }

        return last;
    }
}

/// <summary>Means and deviations of the variables of a series, and the series in their units.</summary>
internal sealed class Standardization
{
    public Standardization(TimeSeries data)
    {
        int n = data.Dimension;
        Means = new double[n];
        Scales = new double[n];
        var column = new double[data.Count];
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < column.Length; i++)
                column[i] = data[i][j];
            (double mean, double variance) = Numerics.Reduce.MeanAndVariance<double>(column, unbiased: false);
            (Means[j], Scales[j]) = (mean, variance > 0 ? Math.Sqrt(variance) : 1);
        }
    }

    public double[] Means { get; }

    public double[] Scales { get; }

    public void Forward(ReadOnlySpan<double> x, Span<double> z)
    {
        for (int j = 0; j < z.Length; j++)
            z[j] = (x[j] - Means[j]) / Scales[j];
    }

    public void Back(ReadOnlySpan<double> z, Span<double> x)
    {
        for (int j = 0; j < x.Length; j++)
            x[j] = Means[j] + (Scales[j] * z[j]);
    }

    public TimeSeries Apply(TimeSeries data)
    {
        int n = data.Dimension;
        var pieces = new TimeSeries[data.Pieces];
        for (int piece = 0; piece < pieces.Length; piece++)
        {
            (int start, int count) = data.Piece(piece);
            var states = new double[count * n];
            for (int i = 0; i < count; i++)
                Forward(data[start + i], states.AsSpan(i * n, n));
            pieces[piece] = new TimeSeries(states, n, data.Step);
        }

        return TimeSeries.Join(pieces);
    }
}
