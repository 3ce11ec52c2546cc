using System.Numerics.Tensors;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.RL;

/// <summary>The update of augmented random search as a minimiser of minus the return: point 2 k is x + nu delta_k, point 2 k + 1 is x - nu delta_k.</summary>
internal sealed class RandomDirections : SolverState<double>
{
    private readonly AugmentedRandomSearch _options;
    private readonly RandomKey _key;
    private readonly int _top;
    private readonly double[] _x;
    private readonly double[] _direction;
    private readonly double[] _scores;
    private readonly int[] _order;
    private double _value = double.NaN, _change = double.NaN;
    private long _iteration;

    public RandomDirections(AugmentedRandomSearch options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
        : base(new Query<double>(shape, Oracle.Value, 2 * options.Directions))
    {
        (_options, _key) = (options, key);
        _top = options.TopDirections > 0 ? options.TopDirections : options.Directions;
        _x = start.ToArray();
        _direction = new double[_x.Length];
        _scores = new double[options.Directions];
        _order = new int[options.Directions];
        Ask();
    }

    public override ReadOnlySpan<double> Point => _x;

    /// <summary>The mean of the values of the last question; the point itself isn't asked for.</summary>
    public override double Value => _value;

    public override double ValueChange => _change;

    public override Advance Tell()
    {
        // The lower value of the two sides is the higher return. A direction with a side that isn't finite is never followed.
        for (int k = 0; k < _order.Length; k++)
        {
            _order[k] = k;
            _scores[k] = Query.IsFinite(2 * k) && Query.IsFinite((2 * k) + 1) ? Math.Min(Query.Value(2 * k), Query.Value((2 * k) + 1)) : double.PositiveInfinity;
        }

        Array.Sort(_scores, _order);
        int followed = 0;
        while (followed < _top && double.IsFinite(_scores[followed]))
            followed++;
        if (followed == 0)
            return Advance.Stop(double.IsNaN(_value) ? StopReason.NonFiniteStart : StopReason.NonFinite);
        double mean = 0, squares = 0;
        for (int k = 0; k < followed; k++)
            mean += (Query.Value(2 * _order[k]) + Query.Value((2 * _order[k]) + 1)) / (2 * followed);
        for (int k = 0; k < followed; k++)
        {
            double plus = Query.Value(2 * _order[k]) - mean, minus = Query.Value((2 * _order[k]) + 1) - mean;
            squares += ((plus * plus) + (minus * minus)) / (2 * followed);
        }

        (_change, _value) = (_value - mean, mean);

        // Returns without differences have nothing to say.
        double rate = squares > 0 ? _options.StepSize / (followed * Math.Sqrt(squares)) : 0;
        for (int k = 0; k < followed && rate > 0; k++)
        {
            int i = _order[k];
            RandomFill.Normal(DirectionKey(i), _direction);
            TensorPrimitives.MultiplyAdd(_direction, -rate * (Query.Value(2 * i) - Query.Value((2 * i) + 1)), _x, _x);
        }

        _iteration++;
        Ask();
        return Advance.Iteration;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_x);
        archive.Transfer(ref _value);
        archive.Transfer(ref _change);
        archive.Transfer(ref _iteration);
    }

    private RandomKey DirectionKey(int direction) => _key.Fold(_iteration).Fold(direction);

    private void Ask()
    {
        Query.Count = Query.Capacity;
        for (int k = 0; k < _order.Length; k++)
        {
            RandomFill.Normal(DirectionKey(k), _direction);
            TensorPrimitives.MultiplyAdd(_direction, _options.Noise, _x, Query.Point(2 * k));
            TensorPrimitives.MultiplyAdd(_direction, -_options.Noise, _x, Query.Point((2 * k) + 1));
        }
    }
}
