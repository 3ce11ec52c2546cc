using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// The target of one replica, r + beta l, or beta f where the density isn't in two parts. It keeps both parts at the replica's position, so that swaps and a new beta evaluate nothing anew.
/// </summary>
internal class Replica : IFunction<double>, IPersistent
{
    private readonly IFunction<double> _target;
    private readonly ITemperableFunction<double>? _parts;
    private double _beta;
    private double _evaluations;

    public Replica(IFunction<double> target)
    {
        _target = target;
        _parts = target as ITemperableFunction<double>;
        Current = new Record(target.Dimension);
        Latest = new Record(target.Dimension);
    }

    public int Dimension => _target.Dimension;

    public double Beta { get => _beta; set => _beta = value; }

    public double Evaluations => _evaluations;

    /// <summary>The tempered part l (or f) at the replica's position.</summary>
    public double Likelihood => Current.Likelihood;

    /// <summary>The whole log density at the replica's position.</summary>
    public double LogDensity => Current.Reference + Current.Likelihood;

    /// <summary>What is known at the replica's position.</summary>
    protected Record Current { get; private set; }

    /// <summary>What was evaluated last.</summary>
    protected Record Latest { get; private set; }

    public double Value(ReadOnlySpan<double> x)
    {
        Record at = Find(x);
        return Tempered(at.Reference, at.Likelihood);
    }

    /// <summary>Forgets all but the replica's position: what follows doesn't depend on what came before.</summary>
    public void BeginTransition() => Latest.IsKnown = false;

    /// <summary>Takes notice that the replica is at a position.</summary>
    public void Settle(ReadOnlySpan<double> position)
    {
        Record at = Find(position);
        if (ReferenceEquals(at, Latest))
            (Current, Latest) = (Latest, Current);
    }

    /// <summary>Two replicas change places.</summary>
    public static void Swap(Replica a, Replica b) => (a.Current, b.Current) = (b.Current, a.Current);

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _beta);
        archive.Transfer(ref _evaluations);
        archive.Transfer(Current);
        archive.Transfer(Latest);
    }

    /// <summary>Evaluates a point into a record.</summary>
    protected virtual void Evaluate(ReadOnlySpan<double> x, Record record)
    {
        if (_parts is null)
            (record.Reference, record.Likelihood) = (0, _target.Value(x));
        else
            (record.Reference, record.Likelihood) = (_parts.Parts(x, out double likelihood), likelihood);
    }

    /// <summary>r + beta l; where beta is 0, r alone, even if l isn't finite.</summary>
    protected double Tempered(double reference, double likelihood) => _beta == 0 ? reference : reference + (_beta * likelihood);

    /// <summary>What is known at a point; evaluates it where nothing is.</summary>
    protected Record Find(ReadOnlySpan<double> x)
    {
        if (Latest.IsKnown && x.SequenceEqual(Latest.Position))
            return Latest;
        if (Current.IsKnown && x.SequenceEqual(Current.Position))
            return Current;
        Latest.IsKnown = false;
        _evaluations++;
        Evaluate(x, Latest);
        if (double.IsNaN(Latest.Likelihood))
            Latest.Likelihood = double.NegativeInfinity;
        x.CopyTo(Latest.Position);
        Latest.IsKnown = true;
        return Latest;
    }

    /// <summary>A point with both parts and, for densities that have them, their gradients.</summary>
    protected sealed class Record(int dimension) : IPersistent
    {
        private double[] _referenceGradient = [];
        private double[] _likelihoodGradient = [];
        private double _reference;
        private double _likelihood;
        private bool _isKnown;

        public double[] Position { get; } = new double[dimension];

        public double[] ReferenceGradient => _referenceGradient;

        public double[] LikelihoodGradient => _likelihoodGradient;

        public double Reference { get => _reference; set => _reference = value; }

        public double Likelihood { get => _likelihood; set => _likelihood = value; }

        public bool IsKnown { get => _isKnown; set => _isKnown = value; }

        public void AllocateGradients()
        {
            _referenceGradient = new double[dimension];
            _likelihoodGradient = new double[dimension];
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(Position);
            archive.Transfer<double>(_referenceGradient);
            archive.Transfer<double>(_likelihoodGradient);
            archive.Transfer(ref _reference);
            archive.Transfer(ref _likelihood);
            archive.Transfer(ref _isKnown);
        }
    }
}

/// <summary>The target of one replica, with its gradient.</summary>
internal sealed class DifferentiableReplica : Replica, IDifferentiableFunction<double>
{
    private readonly IDifferentiableFunction<double> _target;
    private readonly IDifferentiableTemperableFunction<double>? _parts;

    public DifferentiableReplica(IDifferentiableFunction<double> target)
        : base(target)
    {
        _target = target;
        _parts = target as IDifferentiableTemperableFunction<double>;
        if (_parts is null && target is ITemperableFunction<double>)
            throw new ArgumentException($"{target.GetType().Name} splits its value but not its gradient: make it an {nameof(IDifferentiableTemperableFunction<double>)}.", nameof(target));
        Current.AllocateGradients();
        Latest.AllocateGradients();
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Record at = Find(x);
        if (Beta == 0)
        {
            at.ReferenceGradient.CopyTo(gradient);
        }
        else
        {
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = at.ReferenceGradient[i] + (Beta * at.LikelihoodGradient[i]);
        }

        return Tempered(at.Reference, at.Likelihood);
    }

    protected override void Evaluate(ReadOnlySpan<double> x, Record record)
    {
        if (_parts is null)
            (record.Reference, record.Likelihood) = (0, _target.ValueAndGradient(x, record.LikelihoodGradient));
        else
            (record.Reference, record.Likelihood) = (_parts.PartsAndGradients(x, out double likelihood, record.ReferenceGradient, record.LikelihoodGradient), likelihood);
    }
}
