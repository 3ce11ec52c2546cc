using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Pathfinder: variational inference along the path of a quasi-Newton method towards the mode. Each iterate of L-BFGS with its inverse Hessian is a normal distribution; the one of
/// the largest evidence lower bound E_q[log p - log q] approximates the target. Several paths are joined by importance resampling.
/// </summary>
/// <remarks>
/// <para>Zhang, Carpenter, Gelman, Vehtari (2022), Pathfinder: Parallel quasi-Newton variational inference. The inverse Hessian is diag(alpha) and a matrix of rank 2 <see cref="History"/>; alpha follows
/// Gilbert, Lemarechal (1989), and a pair (s, z) of step and change of gradient counts where s.z &gt; 1e-12 |z|^2. The bound of an iterate is the mean over <see cref="BoundDraws"/> draws, and negative
/// infinity where one of them has density zero. Draws of all paths are resampled with Pareto-smoothed weights p / q, whose shape tells whether to trust them.</para>
/// <para>Costs a few dozen gradients a path and <see cref="BoundDraws"/> values per iterate; a few per cent of a run of <see cref="NoUTurn"/>. Three uses: as an approximation (<see cref="Run"/>), where the
/// posterior is near to normal or a rough answer does; as the beginning of chains (<see cref="SamplingOptions.Initialization"/>), which then start in the bulk with scales that fit; and as a quick look
/// whether a model makes sense.</para>
/// </remarks>
[Algorithm("Pathfinder", "Variational inference", "Zhang, Carpenter, Gelman, Vehtari (2022), Pathfinder: Parallel quasi-Newton variational inference")]
public sealed record Pathfinder : IInitialization
{
    private const int StartAttempts = 100;

    // A pair of less curvature isn't used; the constant of the paper.
    private const double LeastCurvature = 1e-12;

    /// <summary>The number of paths. Default: 4; 1 is single-path Pathfinder.</summary>
    public int Paths { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The number of pairs that make the inverse Hessian. Default: 6, as in the paper.</summary>
    public int History { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The largest number of iterations of a path. Default: 1,000.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The number K of draws that estimate the bound of an iterate. Default: 5, as in the paper.</summary>
    public int BoundDraws { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The number of draws of each path's normal. Default: 250.</summary>
    public int DrawsPerPath { get; init => field = Require.Positive(value); } = 250;

    /// <summary>The number of draws that are resampled from those of all paths, with replacement. 0 keeps the paths' draws as they are. Default: 1,000.</summary>
    public int Draws { get; init => field = Require.NonNegative(value); } = 1000;

    /// <summary>The half width of random starting points. Default: 2, as in Stan.</summary>
    public double InitialRadius { get; init => field = Require.NonNegative(value); } = 2;

    /// <summary>The method that makes the paths. Default: a memory of 6 pairs, until no gradient component exceeds 1e-8 or the log density changes by less than 1e-12 of itself.</summary>
    public Lbfgs Optimizer { get; init => field = Require.NotNull(value); } = new() { Memory = 6, Stopping = new StoppingRules { GradientTolerance = 1e-8, ValueTolerance = 1e-12 } };

    /// <summary>Approximates a target.</summary>
    /// <param name="target">The log density, up to a constant; safe to call from several threads if there are several workers.</param>
    /// <param name="key">The randomness. Default: the key of seed 0.</param>
    /// <param name="workers">Run the paths. The result is the same for any number of them. Default: the calling thread.</param>
    /// <returns>Draws, the paths, and how far to trust them.</returns>
    /// <exception cref="SolverException">No path has an iterate with a finite bound; the message says what the paths met.</exception>
    public PathfinderResult Run(IDifferentiableFunction<double> target, RandomKey? key = null, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Dimension < 1)
            throw new ArgumentException("The density takes points of any length; make it with a number of variables, such as Function.From(3, x => ...).", nameof(target));
        RandomKey root = key ?? RandomKey.FromSeed(0);
        var paths = new PathfinderPath?[Paths];
        double[][] draws = new double[Paths][], ratios = new double[Paths][];
        double[] evaluations = new double[Paths];
        (workers ?? Workers.Serial).ForEach(Paths, p =>
        {
            RandomKey own = root.Fold(p);
            double[] start = new double[target.Dimension];
            if (!TryDrawStart(target, own.Fold("start"), start, ref evaluations[p]))
                return;
            paths[p] = Follow(target, start, own.Fold("path"), out double spent, out _);
            evaluations[p] += spent;
            if (paths[p] is not PathfinderPath path)
                return;
            (draws[p], ratios[p]) = DrawFrom(path.Approximation, target, own.Fold("draws"));
            evaluations[p] += DrawsPerPath;
        });
        return Join(target.Dimension, paths, draws, ratios, evaluations, root.Fold("resampling"));
    }

    /// <summary>Follows a path from where a chain would start, and begins it at one of the best iterate's own draws, taken in proportion to p / q.</summary>
    /// <param name="target">The log density.</param>
    /// <param name="start">Where the chain would start.</param>
    /// <param name="key">The randomness.</param>
    /// <exception cref="ArgumentException">The target has no gradient.</exception>
    ChainStart? IInitialization.Find(IProblem<double> target, ReadOnlySpan<double> start, RandomKey key)
    {
        if (target is not IDifferentiableFunction<double> density)
            throw new ArgumentException($"{nameof(Pathfinder)} follows gradients, which {target?.GetType().Name} doesn't have.", nameof(target));
        PathfinderPath? path = Follow(density, start.ToArray(), key, out double evaluations, out (double[] Draws, double[] LogRatios) sample);
        if (path is null)
            return null;
        double[] weights = new double[BoundDraws];
        double largest = Numerics.Reduce.Max<double>(sample.LogRatios);
        for (int k = 0; k < weights.Length; k++)
            weights[k] = Math.Exp(sample.LogRatios[k] - largest);
        RandomStream stream = key.Fold("choice").Stream();
        int chosen = new AliasTable(weights).Draw(ref stream);
        int n = start.Length;
        return new ChainStart(sample.Draws.AsSpan(chosen * n, n).ToArray()) { Approximation = path.Approximation, Evaluations = evaluations };
    }

    private bool TryDrawStart(IDifferentiableFunction<double> target, RandomKey key, double[] start, ref double evaluations)
    {
        double[] gradient = new double[start.Length];
        for (int attempt = 0; attempt < StartAttempts; attempt++)
        {
            StartingPoint.Uniform(key.Fold(attempt), InitialRadius, start);
            evaluations++;
            if (double.IsFinite(target.ValueAndGradient(start, gradient)) && double.IsFinite(Numerics.Reduce.Sum<double>(gradient)))
                return true;
        }

        return false;
    }

    /// <summary>One path, or null where no iterate has a finite bound.</summary>
    private PathfinderPath? Follow(IDifferentiableFunction<double> target, double[] start, RandomKey key, out double evaluations, out (double[] Draws, double[] LogRatios) sample)
    {
        int n = start.Length;
        var objective = new Negated(target);
        SolverRun<double> run = SolverRun<double>.Start(Optimizer, new ProblemShape(n), start, new RunOptions { MaxIterations = MaxIterations });
        double[] point = [.. start], gradient = new double[n], alpha = UnitMetric.Ones(n);
        objective.GradientAt(point, gradient);
        var pairs = new List<(double[] Step, double[] Change)>();
        LowRankNormal? best = null;
        double bestBound = double.NegativeInfinity;
        long bestIteration = 0;
        double[] draws = new double[BoundDraws * n], ratios = new double[BoundDraws];
        sample = (new double[BoundDraws * n], new double[BoundDraws]);
        double values = 0;
        for (long before = 0; ;)
        {
            bool goesOn = run.Step(objective);
            if (run.Iterations > before)
            {
                before = run.Iterations;
                double[] step = new double[n], change = new double[n];
                run.Point.CopyTo(step);
                objective.GradientAt(run.Point, change);
                for (int i = 0; i < n; i++)
                    (step[i], point[i], change[i], gradient[i]) = (step[i] - point[i], step[i], change[i] - gradient[i], change[i]);
                Remember(pairs, step, change, alpha);
                double[] uphill = new double[n];
                for (int i = 0; i < n; i++)
                    uphill[i] = -gradient[i];
                LowRankNormal? normal = LowRankNormal.FromPairs(point, uphill, alpha, pairs);
                double bound = normal is null ? double.NegativeInfinity : Bound(normal, target, key.Fold(before), draws, ratios, ref values);
                if (bound > bestBound)
                {
                    (best, bestBound, bestIteration) = (normal, bound, before);
                    draws.CopyTo(sample.Draws, 0);
                    ratios.CopyTo(sample.LogRatios, 0);
                }
            }

            if (!goesOn)
                break;
        }

        evaluations = objective.Evaluations + values;
        return best is null ? null : new PathfinderPath(best, bestBound) { BestIteration = bestIteration, Iterations = run.Iterations, Reason = run.Reason };
    }

    /// <summary>The mean of log p - log q over draws of q; negative infinity where one has density zero.</summary>
    private double Bound(LowRankNormal normal, IDifferentiableFunction<double> target, RandomKey key, double[] draws, double[] ratios, ref double values)
    {
        double bound = 0;
        for (int k = 0; k < BoundDraws; k++)
        {
            Span<double> x = draws.AsSpan(k * normal.Dimension, normal.Dimension);
            double logQ = normal.Draw(key.Fold(k), x);
            double logP = target.Value(x);
            values++;
            ratios[k] = logP - logQ;
            bound += (double.IsFinite(logP) ? ratios[k] : double.NegativeInfinity) / BoundDraws;
        }

        return bound;
    }

    /// <summary>Updates the diagonal and keeps the pair, where the curvature allows it.</summary>
    private void Remember(List<(double[] Step, double[] Change)> pairs, double[] step, double[] change, double[] alpha)
    {
        double b = 0, square = 0, a = 0, c = 0;
        for (int i = 0; i < alpha.Length; i++)
        {
            b += step[i] * change[i];
            square += change[i] * change[i];
            a += change[i] * alpha[i] * change[i];
            c += step[i] * step[i] / alpha[i];
        }

        if (!(b > LeastCurvature * square) || !double.IsFinite(a) || !double.IsFinite(c))
            return;
        for (int i = 0; i < alpha.Length; i++)
        {
            double inverse = (a / (b * alpha[i])) + (change[i] * change[i] / b) - (a * step[i] * step[i] / (b * c * alpha[i] * alpha[i]));

            // Positive by the Cauchy-Schwarz inequality, but for rounding.
            if (inverse > 0 && double.IsFinite(inverse))
                alpha[i] = 1 / inverse;
        }

        if (pairs.Count == History)
            pairs.RemoveAt(0);
        pairs.Add((step, change));
    }

    private (double[] Draws, double[] Ratios) DrawFrom(LowRankNormal normal, IDifferentiableFunction<double> target, RandomKey key)
    {
        int n = normal.Dimension;
        double[] draws = new double[DrawsPerPath * n], ratios = new double[DrawsPerPath];
        for (int i = 0; i < ratios.Length; i++)
        {
            Span<double> x = draws.AsSpan(i * n, n);
            double logQ = normal.Draw(key.Fold(i), x), logP = target.Value(x);
            ratios[i] = double.IsFinite(logP) ? logP - logQ : double.NegativeInfinity;
        }

        return (draws, ratios);
    }

    private PathfinderResult Join(int n, PathfinderPath?[] paths, double[][] draws, double[][] ratios, double[] evaluations, RandomKey key)
    {
        var found = new List<PathfinderPath>();
        var points = new List<double>();
        var logRatios = new List<double>();
        double total = 0;
        int hitLimit = 0, zero = 0;
        for (int p = 0; p < paths.Length; p++)
        {
            total += evaluations[p];
            if (paths[p] is not PathfinderPath path)
                continue;
            found.Add(path);
            hitLimit += path.Reason == StopReason.MaxIterations ? 1 : 0;
            for (int i = 0; i < ratios[p].Length; i++)
            {
                // Draws of density zero have weight zero: they can't be drawn again.
                if (double.IsNegativeInfinity(ratios[p][i]) && Draws > 0)
                {
                    zero++;
                    continue;
                }

                logRatios.Add(ratios[p][i]);
                points.AddRange(draws[p].AsSpan(i * n, n));
            }
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        if (found.Count == 0 || logRatios.Count == 0)
            throw new SolverException(string.Create(culture, $"None of {Paths} paths has an iterate with a finite evidence lower bound: the density is zero or its gradient infinite near all of them. Look at the density, or change {nameof(InitialRadius)}."));
        double shape = double.NaN;
        double[] kept = [.. points];
        if (Draws > 0)
        {
            double[] weights = [.. logRatios];
            shape = ParetoSmoothing.Smooth(weights, weights);
            for (int i = 0; i < weights.Length; i++)
                weights[i] = Math.Exp(weights[i]);
            int[] chosen = new int[Draws];
            new AliasTable(weights).Fill(key, chosen);
            kept = new double[Draws * n];
            for (int i = 0; i < Draws; i++)
                points.CopyTo(chosen[i] * n, kept, i * n, n);
        }

        var warnings = new List<string>();
        if (shape > 0.7)
            warnings.Add(string.Create(culture, $"The shape of the importance weights' tail is {shape:f2}, beyond 0.7: the target isn't near to the paths' normals. Use the draws to begin chains, not as the answer."));
        if (found.Count < Paths)
            warnings.Add(string.Create(culture, $"{Paths - found.Count} of {Paths} paths found no iterate with a finite evidence lower bound and were left out."));
        if (hitLimit > 0)
            warnings.Add(string.Create(culture, $"{hitLimit} of {Paths} paths reached the limit of {MaxIterations} iterations: the density may have no mode."));
        if (zero > 0)
            warnings.Add(string.Create(culture, $"{zero} of {found.Count * DrawsPerPath} draws have density zero and were left out."));
        return new PathfinderResult(kept, n) { Paths = found, ParetoShape = shape, Warnings = warnings, Evaluations = total };
    }

    /// <summary>-log p, which remembers the last points that were asked for, because an iterate is one of them.</summary>
    private sealed class Negated(IDifferentiableFunction<double> density) : IDifferentiableFunction<double>
    {
        private readonly double[] _point = new double[density.Dimension];
        private readonly double[] _gradient = new double[density.Dimension];
        private bool _known;

        public int Dimension => density.Dimension;

        public double Evaluations { get; private set; }

        public double Value(ReadOnlySpan<double> x)
        {
            Evaluations++;
            return -density.Value(x);
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            Evaluations++;
            double value = -density.ValueAndGradient(x, gradient);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = -gradient[i];
            x.CopyTo(_point);
            gradient.CopyTo(_gradient);
            _known = true;
            return value;
        }

        public void GradientAt(ReadOnlySpan<double> x, double[] gradient)
        {
            if (_known && x.SequenceEqual(_point))
                _gradient.CopyTo(gradient, 0);
            else
                ValueAndGradient(x, gradient);
        }
    }
}
