using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>What every stochastic solver works with: the equation, the reader of the path, one step's noise, and buffers for the coefficients.</summary>
internal sealed class SdeWork
{
    private readonly ISde _system;
    private readonly bool _diagonal;
    private BrownianReader? _reader;
    private long _drifts;
    private long _diffusions;

    public SdeWork(ISde system, BrownianPath path, string method, SdeCalculus? calculus)
    {
        _system = Require.NotNull(system);
        if (calculus is { } needed && system.Calculus != needed && system is not IAdditiveSde)
            throw new ArgumentException($"{method} solves {needed} equations, this one is written as {system.Calculus}.", nameof(system));
        ArgumentNullException.ThrowIfNull(path);
        N = Require.Positive(system.Dimension, nameof(system));
        M = Require.Positive(system.NoiseDimension, nameof(system));
        _diagonal = system.Layout == NoiseLayout.Diagonal;
        if (_diagonal && N != M)
            throw new ArgumentException(FormattableString.Invariant($"A diagonal layout needs as many Brownian motions as state variables, not {M} for {N}."), nameof(system));
        F = new double[N];
        G = new double[_diagonal ? N : checked(N * M)];
        W = new double[M];
        H = new double[M];
        Error = new double[N];
        DriftError = new double[N];
        Read(path);
    }

    public int N { get; }

    public int M { get; }

    /// <summary>True when component i is driven by Brownian motion i or, with one motion, by it.</summary>
    public bool IsSingle => _diagonal || M == 1;

    public SdeCalculus Calculus => _system.Calculus;

    public BrownianPath Path { get; private set; } = null!;

    public long Drifts => _drifts;

    public long Diffusions => _diffusions;

    /// <summary>The drift and the diffusion at the step's beginning.</summary>
    public double[] F { get; }

    public double[] G { get; }

    /// <summary>The increment and the space-time Lévy area of the step.</summary>
    public double[] W { get; }

    public double[] H { get; }

    /// <summary>The estimated error of the noise's and the drift's part of the step.</summary>
    public double[] Error { get; }

    public double[] DriftError { get; }

    public BrownianReader Reader => _reader!;

    public double[] NewDiffusion() => new double[G.Length];

    public void Read(BrownianPath path)
    {
        if (path.Dimension != M)
            throw new ArgumentException(FormattableString.Invariant($"The path has {path.Dimension} dimensions, the equation {M} Brownian motions."), nameof(path));
        if (!ReferenceEquals(path, Path))
            _reader = path.Reader();
        Path = path;
        _drifts = _diffusions = 0;
    }

    /// <summary>Reads the noise of a step; of a step back in time, the negative increment and the same area, which are those of the path run backward.</summary>
    public void Noise(double t, double newTime, bool withArea)
    {
        bool forward = newTime > t;
        _reader!.Increment(forward ? t : newTime, forward ? newTime : t, W, withArea ? H : default);
        if (forward)
            return;
        for (int i = 0; i < W.Length; i++)
            W[i] = -W[i];
    }

    public bool Drift(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        _drifts++;
        _system.Drift(t, y, f);
        return AllFinite(f);
    }

    public bool Diffusion(double t, ReadOnlySpan<double> y, Span<double> g)
    {
        _diffusions++;
        _system.Diffusion(t, y, g);
        return AllFinite(g);
    }

    /// <summary>Adds scale g w.</summary>
    public void AddNoise(ReadOnlySpan<double> g, ReadOnlySpan<double> w, double scale, Span<double> y)
    {
        if (_diagonal)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] += scale * g[i] * w[i];
            return;
        }

        for (int i = 0; i < y.Length; i++)
        {
            double sum = 0;
            ReadOnlySpan<double> row = g.Slice(i * M, M);
            for (int j = 0; j < row.Length; j++)
                sum += row[j] * w[j];
            y[i] += scale * sum;
        }
    }

    public double ErrorNorm(ReadOnlySpan<double> y, ReadOnlySpan<double> newY, SdeSteps steps)
    {
        double sum = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double size = Math.Max(Math.Abs(y[i]), Math.Abs(newY[i]));
            double error = (steps.DriftErrorWeight * Math.Abs(DriftError[i])) + Math.Abs(Error[i]);
            double ratio = error / (steps.AbsoluteTolerance + (steps.RelativeTolerance * size));
            sum += ratio * ratio;
        }

        double norm = Math.Sqrt(sum / y.Length);
        return double.IsNaN(norm) ? double.PositiveInfinity : norm;
    }

    /// <summary>The root mean squares of drift and diffusion over the tolerance.</summary>
    public (double Drift, double Noise) ScaledCoefficients(ReadOnlySpan<double> y, SdeSteps steps)
    {
        double drift = 0, noise = 0;
        int columns = G.Length / N;
        for (int i = 0; i < N; i++)
        {
            double scale = steps.AbsoluteTolerance + (steps.RelativeTolerance * Math.Abs(y[i])), f = F[i] / scale;
            drift += f * f;
            for (int j = 0; j < columns; j++)
            {
                double g = G[(i * columns) + j] / scale;
                noise += g * g;
            }
        }

        return (Math.Sqrt(drift / N), Math.Sqrt(noise / N));
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _drifts);
        archive.Transfer(ref _diffusions);
    }

    /// <summary>True when every element is finite.</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        // x * 0 is 0 for every finite x and NaN for the others; NaN survives the sum.
        double check = 0;
        foreach (double value in values)
            check += value * 0;
        return check == 0;
    }
}

/// <summary>One method's step. It changes nothing but buffers until the step is committed.</summary>
internal abstract class SdeStepper(SdeWork work)
{
    public SdeWork Work { get; } = work;

    /// <summary>The new step size goes with the error to the power of minus this; 0 where there is no estimate.</summary>
    public virtual double ErrorExponent => 0;

    /// <summary>True when a step with negative increments goes back along the path.</summary>
    public virtual bool CanTurn => false;

    /// <summary>Computes the step from t to another time.</summary>
    /// <returns>False when something wasn't finite.</returns>
    public abstract bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY);

    /// <summary>The step that was tried last is taken.</summary>
    public virtual void Commit()
    {
    }

    /// <summary>The run begins again.</summary>
    public virtual void Restart()
    {
    }

    /// <summary>Stores or loads what the method carries from step to step.</summary>
    public virtual void Persist(StateArchive archive)
    {
    }
}
