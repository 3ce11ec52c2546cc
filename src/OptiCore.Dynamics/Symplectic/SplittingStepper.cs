using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of a <see cref="Splitting"/>: exact flows of the parts in place, in an order that is worked out once.</summary>
internal sealed class SplittingStepper : FixedSizeStepper
{
    // A flow as short as this is what rounding has left of none.
    private const double Rounding = 1e-14;

    private readonly ISplitOde _system;
    private readonly List<(int Part, double Coefficient)> _flows = [];

    public SplittingStepper(Splitting method, ISplitOde system, OdeVectors vectors)
        : base(method, system, vectors, method.Scheme.Order, method.FixedStep, method.Scheme.Order <= HermiteOrder)
    {
        _system = system;
        ReadOnlySpan<double> a = method.Scheme.Drifts.Span, b = method.Scheme.Kicks.Span;
        double beta = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double alpha = a[i] - beta;
            beta = b[i] - alpha;
            for (int part = 0; part < system.Parts; part++)
                Append(part, alpha);
            for (int part = system.Parts - 1; part >= 0; part--)
                Append(part, beta);
        }
    }

    protected internal override bool Prepare(double time) => true;

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_flows.Count, "number of flows");
    }

    protected override bool Advance(double time, double h, double newTime, double[] y, bool isWhole)
    {
        Span<double> state = y.AsSpan(0, Dimension);
        for (int i = 0; i < _flows.Count; i++)
        {
            (int part, double coefficient) = _flows[i];
            Evaluations++;
            _system.Flow(part, coefficient * h, state);
            if (!StageKernels.AllFinite(state))
                return false;
        }

        return true;
    }

    private void Append(int part, double coefficient)
    {
        if (Math.Abs(coefficient) <= Rounding)
            return;
        if (_flows.Count == 0 || _flows[^1].Part != part)
        {
            _flows.Add((part, coefficient));
            return;
        }

        double sum = _flows[^1].Coefficient + coefficient;
        _flows.RemoveAt(_flows.Count - 1);
        Append(part, sum);
    }
}
