using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of a <see cref="Splitting"/>: exact flows of the parts in place, in an order that is worked out once.</summary>
internal sealed class SplittingStepper : FixedSizeStepper
{
    // A flow as short as this is what rounding has left of none.
    private const double Rounding = 1e-14;

    private readonly ISplitOde _system;
    private readonly List<(int Part, double Coefficient)> _flows;

    public SplittingStepper(Splitting method, ISplitOde system, OdeVectors vectors)
        : base(method, system, vectors, method.Scheme.Order, method.FixedStep, IsHermite(method.Scheme))
    {
        _system = system;
        _flows = Flows(method.Scheme, system.Parts);
    }

    /// <summary>Whether the dense output is the cubic Hermite polynomial; else it is a step of a part of the size.</summary>
    public static bool IsHermite(SplittingScheme scheme) => scheme.Order <= HermiteOrder;

    /// <summary>The flows of a step in their order: parts and durations in units of the step.</summary>
    public static List<(int Part, double Coefficient)> Flows(SplittingScheme scheme, int parts)
    {
        var flows = new List<(int Part, double Coefficient)>();
        ReadOnlySpan<double> a = scheme.Drifts.Span, b = scheme.Kicks.Span;
        double beta = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double alpha = a[i] - beta;
            beta = b[i] - alpha;
            for (int part = 0; part < parts; part++)
                Append(flows, part, alpha);
            for (int part = parts - 1; part >= 0; part--)
                Append(flows, part, beta);
        }

        return flows;
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

    private static void Append(List<(int Part, double Coefficient)> flows, int part, double coefficient)
    {
        if (Math.Abs(coefficient) <= Rounding)
            return;
        if (flows.Count == 0 || flows[^1].Part != part)
        {
            flows.Add((part, coefficient));
            return;
        }

        double sum = flows[^1].Coefficient + coefficient;
        flows.RemoveAt(flows.Count - 1);
        Append(flows, part, sum);
    }
}
