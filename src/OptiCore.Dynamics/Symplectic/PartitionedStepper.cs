using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of a <see cref="SymplecticIntegrator"/>: drifts and kicks in place, the force at the end of a step kept where the next one begins with it.</summary>
internal sealed class PartitionedStepper : FixedSizeStepper
{
    private readonly IPartitionedOde _system;
    private readonly SplittingScheme.Substep[] _substeps;
    private readonly bool _keepsForce;
    private readonly int _positions;
    private readonly double[] _work;
    private double[] _startForce;
    private double[] _endForce;
    private bool _hasStartForce;
    private bool _hasEndForce;

    public PartitionedStepper(SymplecticIntegrator method, IPartitionedOde system, OdeVectors vectors)
        : base(method, system, vectors, method.Scheme.Order, method.FixedStep, method.Scheme.Order <= HermiteOrder)
    {
        _system = system;
        _substeps = method.Scheme.Substeps;
        _keepsForce = method.Scheme.IsFirstSameAsLast;
        _positions = system.Positions;
        _work = new double[_positions];
        _startForce = new double[_keepsForce ? _positions : 0];
        _endForce = new double[_keepsForce ? _positions : 0];
    }

    protected internal override bool Prepare(double time)
    {
        if (!_keepsForce)
            return true;
        if (_hasEndForce)
        {
            (_startForce, _endForce) = (_endForce, _startForce);
            _hasStartForce = true;
            _hasEndForce = false;
        }

        if (!_hasStartForce)
            _hasStartForce = EvaluateForce(time, Vectors.Point, _startForce);
        return _hasStartForce;
    }

    protected internal override void Accept(double h, double error)
    {
        _hasStartForce = false;
        _hasEndForce = _keepsForce;
    }

    protected internal override void Forget()
    {
        base.Forget();
        _hasStartForce = _hasEndForce = false;
    }

    protected internal override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Expect(_substeps.Length, "number of drifts and kicks");
        archive.Transfer<double>(_startForce);
        archive.Transfer<double>(_endForce);
        archive.Transfer(ref _hasStartForce);
        archive.Transfer(ref _hasEndForce);
    }

    protected override bool Advance(double time, double h, double newTime, double[] y, bool isWhole)
    {
        Span<double> q = y.AsSpan(0, _positions), p = y.AsSpan(_positions, _positions);
        int last = _substeps.Length - 1;
        for (int i = 0; i <= last; i++)
        {
            (bool isKick, double coefficient, double before) = _substeps[i];
            if (!isKick)
            {
                _system.Velocity(p, _work);
                if (!AddScaled(coefficient * h, _work, q))
                    return false;
                continue;
            }

            double[] force = _work;
            if (_keepsForce && i == 0)
            {
                force = _startForce;
            }
            else
            {
                if (_keepsForce && i == last && isWhole)
                    force = _endForce;
                if (!EvaluateForce(before == 1 ? newTime : time + (before * h), y, force))
                    return false;
            }

            if (!AddScaled(coefficient * h, force, p))
                return false;
        }

        return true;
    }

    private bool EvaluateForce(double time, double[] y, double[] force)
    {
        Evaluations++;
        _system.Force(time, y.AsSpan(0, _positions), force);
        return StageKernels.AllFinite(force);
    }
}
