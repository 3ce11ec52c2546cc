using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Finds the point of a search space whose inputs promise most: scrambled Sobol points and points near the best observations are looked at, and the best of them are refined, continuous variables by
/// <see cref="LbfgsB"/> with the exact gradient, the others by trying every neighbour (each choice of a category, the next whole numbers) until none is better.
/// </summary>
internal sealed class AcquisitionMaximizer
{
    private const int Refined = 4;
    private const int Near = 32;

    private readonly SearchSpace _space;
    private readonly double[] _x;
    private readonly double[] _inputs;
    private readonly double[] _lower;
    private readonly double[] _upper;
    private readonly int[] _free;
    private readonly int _candidates;

    public AcquisitionMaximizer(SearchSpace space, int candidates)
    {
        _space = space;
        _candidates = candidates;
        _x = new double[space.Dimension];
        _inputs = new double[space.Dimension];
        List<int> free = [];
        for (int i = 0; i < space.Dimension; i++)
        {
            if (space.Variables[i].Choices == 0)
                free.Add(i);
        }

        _free = [.. free];
        _lower = new double[_free.Length];
        _upper = new double[_free.Length];
        Array.Fill(_upper, 1);
    }

    /// <summary>A promise of inputs, with its gradient where asked for.</summary>
    public delegate double Promise(ReadOnlySpan<double> inputs, Span<double> gradient);

    /// <summary>Writes the best point that was found.</summary>
    /// <param name="promise">The promise.</param>
    /// <param name="incumbent">A point of the space near which to look as well.</param>
    /// <param name="key">The randomness of the candidates.</param>
    /// <param name="best">Receives a point of the space.</param>
    /// <returns>Its promise.</returns>
    public double Maximize(Promise promise, ReadOnlySpan<double> incumbent, RandomKey key, Span<double> best)
    {
        int d = _space.Dimension;
        var units = new double[_candidates * d];
        Spread(incumbent, key, units);
        var points = new double[_candidates * d];
        var order = new int[_candidates];
        var promises = new double[_candidates];
        for (int i = 0; i < _candidates; i++)
        {
            Span<double> x = points.AsSpan(i * d, d);
            _space.FromUnit(units.AsSpan(i * d, d), x);
            _space.ToInputs(x, _inputs);
            promises[i] = -promise(_inputs, []);
            order[i] = i;
        }

        Array.Sort(promises, order);
        double most = double.NegativeInfinity;
        for (int i = 0; i < Math.Min(Refined, _candidates); i++)
        {
            points.AsSpan(order[i] * d, d).CopyTo(_x);
            double found = Refine(promise, -promises[i]);
            if (found > most || i == 0)
            {
                most = found;
                _x.CopyTo(best);
            }
        }

        return most;
    }

    /// <summary>Fills a set of points of the unit cube: scrambled Sobol points, the last ones near the incumbent.</summary>
    public void Spread(ReadOnlySpan<double> incumbent, RandomKey key, Span<double> units)
    {
        int far = units.Length - (Near * _space.Dimension);
        new Sobol(_space.Dimension, key.Fold(0)).Fill(units[..far]);
        Neighbours(incumbent, key.Fold(1), units[far..]);
    }

    /// <summary>Points around the incumbent: each coordinate is moved with probability 1/2, by a normal step of a tenth of its range or to another choice.</summary>
    private void Neighbours(ReadOnlySpan<double> incumbent, RandomKey key, Span<double> units)
    {
        int d = _space.Dimension;
        var normal = new double[units.Length];
        var uniform = new double[2 * units.Length];
        RandomFill.Normal(key.Fold(0), normal);
        RandomFill.Uniform(key.Fold(1), uniform);
        _space.ToInputs(incumbent, _inputs);
        for (int i = 0; i < units.Length; i++)
        {
            SearchVariable v = _space.Variables[i % d];
            double here = v.Kind == VariableKind.Categorical ? (_inputs[i % d] + 0.5) / v.Choices : _inputs[i % d];
            bool moves = uniform[2 * i] < 0.5;
            units[i] = !moves ? here : v.Kind == VariableKind.Categorical ? uniform[(2 * i) + 1] : Math.Clamp(here + (0.1 * normal[i]), 0, 1);
        }
    }

    /// <summary>Improves the point in <see cref="_x"/> in place and returns its promise.</summary>
    private double Refine(Promise promise, double current)
    {
        for (int round = 0; round < 10; round++)
        {
            double before = current;
            if (_free.Length > 0)
                current = RefineContinuous(promise, current);
            if (_free.Length == _space.Dimension)
                return current;
            current = RefineDiscrete(promise, current);
            if (current <= before)
                return current;
        }

        return current;
    }

    private double RefineContinuous(Promise promise, double current)
    {
        _space.ToInputs(_x, _inputs);
        var start = new double[_free.Length];
        for (int i = 0; i < start.Length; i++)
            start[i] = Math.Clamp(_inputs[_free[i]], 0, 1);
        var solver = new LbfgsB { Bounds = new Bounds(_lower, _upper), Stopping = new StoppingRules { GradientTolerance = 1e-6, ValueTolerance = 1e-10 } };
        SolverResult<double> result = Minimize.Run(solver, new Slice(promise, _inputs, _free), start, new RunOptions { MaxIterations = 100 });
        if (!(-result.Value > current))
            return current;
        for (int i = 0; i < start.Length; i++)
        {
            SearchVariable v = _space.Variables[_free[i]];
            _x[_free[i]] = v.Kind == VariableKind.Continuous
                ? Math.Clamp(v.Lower + (result.Point[i] * (v.Upper - v.Lower)), v.Lower, v.Upper)
                : Math.Clamp(v.Lower * Math.Pow(v.Upper / v.Lower, result.Point[i]), v.Lower, v.Upper);
        }

        return -result.Value;
    }

    private double RefineDiscrete(Promise promise, double current)
    {
        for (int i = 0; i < _space.Dimension; i++)
        {
            SearchVariable v = _space.Variables[i];
            if (v.Choices == 0)
                continue;
            bool category = v.Kind == VariableKind.Categorical;
            for (bool better = true; better;)
            {
                better = false;
                double here = _x[i], chosen = here;
                for (double other = category ? v.Lower : Math.Max(v.Lower, here - 1); other <= (category ? v.Upper : Math.Min(v.Upper, here + 1)); other++)
                {
                    if (other == here)
                        continue;
                    _x[i] = other;
                    _space.ToInputs(_x, _inputs);
                    double found = promise(_inputs, []);
                    if (found > current)
                        (current, chosen, better) = (found, other, true);
                }

                _x[i] = chosen;
            }
        }

        return current;
    }

    /// <summary>The negated promise as a function of the continuous inputs.</summary>
    private sealed class Slice(Promise promise, double[] inputs, int[] free) : IDifferentiableFunction<double>
    {
        private readonly double[] _gradient = new double[inputs.Length];

        public int Dimension => free.Length;

        public double Value(ReadOnlySpan<double> x)
        {
            Place(x);
            return -promise(inputs, []);
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            Place(x);
            double value = -promise(inputs, _gradient);
            for (int i = 0; i < free.Length; i++)
                gradient[i] = -_gradient[free[i]];
            return value;
        }

        private void Place(ReadOnlySpan<double> x)
        {
            for (int i = 0; i < free.Length; i++)
                inputs[free[i]] = x[i];
        }
    }
}
