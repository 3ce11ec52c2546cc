using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="AutoSwitch"/>: those of one of two steppers that share the vectors.</summary>
internal sealed class AutoSwitchStepper : OdeStepper
{
    // At the edge of stability is above 0.98 of it, as 3.25 of 3.3 in DOPRI5; six quiet steps in a row clear the record.
    private const double Edge = 0.98, Inside = 0.5;
    private const int QuietSteps = 6;

    private readonly AutoSwitch _method;
    private readonly OdeStepper _nonStiff, _stiff;
    private readonly double _limit;
    private int _signs;
    private int _quiet;
    private bool _isStiff;
    private bool _wasStiff;

    public AutoSwitchStepper(AutoSwitch method, IOdeSystem system, OdeVectors vectors, OdeStepper nonStiff, OdeStepper stiff)
        : base(method, system, vectors, 1)
    {
        _method = method;
        _nonStiff = nonStiff;
        _stiff = stiff;
        _limit = nonStiff.StabilityLimit;
    }

    public override long Evaluations => _nonStiff.Evaluations + _stiff.Evaluations;

    public override long JacobianEvaluations => _nonStiff.JacobianEvaluations + _stiff.JacobianEvaluations;

    public override long Factorizations => _nonStiff.Factorizations + _stiff.Factorizations;

    protected internal override OdeMethod ActiveMethod => Active.ActiveMethod;

    private OdeStepper Active => _isStiff ? _stiff : _nonStiff;

    protected internal override bool Prepare(double time) => Active.Prepare(time);

    protected internal override double ChooseStep(double time, double distance) => Active.ChooseStep(time, distance);

    protected internal override double Try(double time, double h, double newTime)
    {
        _wasStiff = _isStiff;
        return Active.Try(time, h, newTime);
    }

    protected internal override double NextFactor(double h, double error, bool afterRejection) => Active.NextFactor(h, error, afterRejection);

    protected internal override double RetryFactor(double error) => Active.RetryFactor(error);

    protected internal override void Accept(double h, double error)
    {
        Active.Accept(h, error);
        double ratio = Math.Abs(h) * Active.SpectralEstimate() / _limit;
        if (_isStiff)
        {
            _signs = ratio < Inside ? _signs + 1 : 0;
            if (_signs >= _method.NonStiffSteps)
                Switch();
        }
        else if (ratio > Edge)
        {
            _quiet = 0;
            if (++_signs >= _method.StiffSteps)
                Switch();
        }
        else if (++_quiet == QuietSteps)
            _signs = 0;
    }

    protected internal override void Dense(double theta, double[] start, double[] destination) => (_wasStiff ? _stiff : _nonStiff).Dense(theta, start, destination);

    /// <summary>Stiffness stays a property of the problem where the state changes.</summary>
    protected internal override void Forget()
    {
        _nonStiff.Forget();
        _stiff.Forget();
    }

    protected internal override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _signs);
        archive.Transfer(ref _quiet);
        archive.Transfer(ref _isStiff);
        archive.Transfer(ref _wasStiff);
        _nonStiff.Persist(archive);
        _stiff.Persist(archive);
    }

    private void Switch()
    {
        _isStiff = !_isStiff;
        _signs = _quiet = 0;
        Active.Forget();
    }
}
