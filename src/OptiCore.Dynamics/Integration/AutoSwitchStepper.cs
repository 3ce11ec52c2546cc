using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>The steps of <see cref="AutoSwitch"/>: those of one of two steppers that share the vectors.</summary>
internal sealed class AutoSwitchStepper : OdeStepper
{
    // At the edge of stability is above 0.8 of it (DOPRI5 has 3.25 of 3.3; at tight tolerances the error control holds the steps a little inside); six quiet steps in a row clear the record.
    private const double Edge = 0.8, Inside = 0.5;
    private const double RootOfEpsilon = 1.4901161193847656e-8;
    private const int QuietSteps = 6;

    // At tight tolerances the stages of a smooth solution differ by more than what is left of the fast decays, and their difference doesn't show the largest eigenvalue. From so many explicit
    // steps in a row on it is sought by itself, once in so many steps.
    private const int StepsBeforeSearch = 100, StepsBetweenSearches = 10;

    private readonly AutoSwitch _method;
    private readonly OdeStepper _nonStiff, _stiff;
    private readonly double _limit;
    private int _signs;
    private int _quiet;
    private bool _isStiff;
    private bool _wasStiff;
    private readonly double[] _direction, _here, _there;
    private double _radius;
    private bool _searchIsDue;
    private int _explicitSteps;
    private long _searches;

    public AutoSwitchStepper(AutoSwitch method, IOdeSystem system, OdeVectors vectors, OdeStepper nonStiff, OdeStepper stiff)
        : base(method, system, vectors, 1)
    {
        _method = method;
        _nonStiff = nonStiff;
        _stiff = stiff;
        _limit = nonStiff.StabilityLimit;
        (_direction, _here, _there) = (new double[Dimension], new double[Dimension], new double[Dimension]);
    }

    public override long Evaluations => _nonStiff.Evaluations + _stiff.Evaluations + _searches;

    public override long JacobianEvaluations => _nonStiff.JacobianEvaluations + _stiff.JacobianEvaluations;

    public override long Factorizations => _nonStiff.Factorizations + _stiff.Factorizations;

    protected internal override OdeMethod ActiveMethod => Active.ActiveMethod;

    private OdeStepper Active => _isStiff ? _stiff : _nonStiff;

    protected internal override bool Prepare(double time)
    {
        if (!Active.Prepare(time))
            return false;
        if (_searchIsDue)
            Search(time);
        _searchIsDue = false;
        return true;
    }

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
        double estimate = Active.SpectralEstimate();
        if (!_isStiff)
        {
            _explicitSteps++;
            _searchIsDue = _explicitSteps >= StepsBeforeSearch && _explicitSteps % StepsBetweenSearches == 0;
            estimate = Math.Max(estimate, _radius);
        }

        double ratio = Math.Abs(h) * estimate / _limit;
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
        archive.Transfer<double>(_direction);
        archive.Transfer(ref _searchIsDue);
        archive.Transfer(ref _radius);
        archive.Transfer(ref _explicitSteps);
        archive.Transfer(ref _searches);
        _nonStiff.Persist(archive);
        _stiff.Persist(archive);
    }

    private void Switch()
    {
        _isStiff = !_isStiff;
        _signs = _quiet = 0;

        // What has been stiff once is searched soon again.
        _explicitSteps = StepsBeforeSearch - StepsBetweenSearches;
        _radius = 0;
        _searchIsDue = false;
        Active.Forget();
    }

    /// <summary>
    /// One step of the nonlinear power method: the difference of f along a direction is the next direction, and its length the spectral radius. B. P. Sommeijer, L. F. Shampine, J. G. Verwer (1998), RKC: an
    /// explicit solver for parabolic PDEs.
    /// </summary>
    private void Search(double time)
    {
        double[] y = Vectors.Point, shifted = Vectors.Trial;
        _searches += 2;
        System.Derivative(time, y.AsSpan(0, Dimension), _here);
        if (!StageKernels.AllFinite(_here))
            return;
        double norm = Reduce.Norm<double>(_direction), size = Reduce.Norm<double>(y.AsSpan(0, Dimension));
        if (!(norm > 0))
        {
            _here.CopyTo(_direction, 0);
            norm = Reduce.Norm<double>(_direction);
        }

        double length = RootOfEpsilon * (size > 0 ? size : RootOfEpsilon);
        if (!(norm > 0))
            return;
        for (int i = 0; i < Dimension; i++)
            shifted[i] = y[i] + (length / norm * _direction[i]);
        System.Derivative(time, shifted.AsSpan(0, Dimension), _there);
        if (!StageKernels.AllFinite(_there))
            return;
        for (int i = 0; i < Dimension; i++)
            _direction[i] = _there[i] - _here[i];
        _radius = Reduce.Norm<double>(_direction) / length;
    }
}
