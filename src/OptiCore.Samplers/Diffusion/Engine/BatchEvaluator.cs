namespace OptiCore.Samplers;

/// <summary>Evaluates a model on a batch, in blocks of rows on several threads where the model allows it. The blocks don't depend on the number of workers.</summary>
internal sealed class BatchEvaluator
{
    private const int RowsPerBlock = 64;

    private readonly IDiffusionModel _model;
    private readonly IWorkers _workers;
    private readonly Action<int> _piece;
    private readonly int _elementsPerBlock;
    private double[] _source = [], _target = [];
    private NoiseLevel _level;

    public BatchEvaluator(IDiffusionModel model, IWorkers workers)
    {
        _model = model;
        _workers = workers;
        _elementsPerBlock = checked(RowsPerBlock * model.Dimension);
        _piece = Piece;
    }

    public long Evaluations { get; set; }

    /// <summary>Writes a prediction for the samples.</summary>
    /// <returns>False when it isn't finite.</returns>
    public bool Evaluate(double[] source, in NoiseLevel level, Prediction prediction, double[] target)
    {
        Evaluations++;
        int blocks = (source.Length + _elementsPerBlock - 1) / _elementsPerBlock;
        if (_workers.Count == 1 || blocks == 1 || !_model.IsConcurrent)
        {
            _model.Evaluate(source, level, target);
        }
        else
        {
            (_source, _target, _level) = (source, target, level);
            _workers.ForEach(blocks, _piece);
        }

        Predictions.Convert(_model.Prediction, prediction, level, source, target);
        return LinearCombination.AllFinite(target);
    }

    private void Piece(int block)
    {
        int from = block * _elementsPerBlock, length = Math.Min(_elementsPerBlock, _source.Length - from);
        _model.Evaluate(_source.AsSpan(from, length), _level, _target.AsSpan(from, length));
    }
}
