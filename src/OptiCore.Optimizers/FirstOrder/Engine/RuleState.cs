using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// Everything of an update rule that changes: allocated once by <see cref="UpdateRules.Start{T}(IUpdateRule, ParameterLayout)"/>, changed in place by every step, saved and
/// loaded bit for bit. Used by one thread at a time.
/// </summary>
/// <typeparam name="T">The element type of parameters and gradients: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="layout">The number of parameters, and their shapes.</param>
public abstract class RuleState<T>(ParameterLayout layout) : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private long _steps;
    private double _rateScale = 1;
    private T[]? _update;

    /// <summary>The number of parameters, and their shapes.</summary>
    public ParameterLayout Layout { get; } = Require.NotNull(layout);

    /// <summary>The number of parameters.</summary>
    public int Length => Layout.Length;

    /// <summary>The number of steps taken so far.</summary>
    public long Steps => _steps;

    /// <summary>
    /// The factor of every learning rate from the next step on: for rates that follow what happens (<see cref="ReduceOnPlateau"/>) rather than the step's
    /// number. Saved with the state. Default: 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public virtual double RateScale
    {
        get => _rateScale;
        set => _rateScale = Require.NonNegative(value);
    }

    /// <summary>The number of values that are remembered for each parameter.</summary>
    public virtual int SlotCount => 0;

    /// <summary>One value for each parameter that the rule remembers, such as the moments of Adam; in the order of the rules of a chain.</summary>
    /// <param name="slot">Its number, from 0 to <see cref="SlotCount"/> - 1; the rule's documentation says what it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such slot.</exception>
    public virtual ReadOnlySpan<T> Slot(int slot) => throw new ArgumentOutOfRangeException(nameof(slot), slot, "The rule has no slots.");

    /// <summary>True when the rule divides by estimates of the Hessian's diagonal, which it wants to be told by <see cref="ReportCurvature"/>.</summary>
    public virtual bool UsesCurvature => false;

    /// <summary>The point at which the method's result is to be evaluated: the parameters, or for methods that average, the average.</summary>
    /// <param name="parameters">The parameters after the last step.</param>
    /// <returns>The parameters or a part of the state; valid until the next step.</returns>
    public virtual ReadOnlySpan<T> EvaluationPoint(ReadOnlySpan<T> parameters) => parameters;

    /// <summary>Tells a new estimate of the Hessian's diagonal; see <see cref="CurvatureEstimate"/>.</summary>
    /// <param name="estimate">An estimate for each parameter.</param>
    /// <exception cref="InvalidOperationException">The rule doesn't use curvature.</exception>
    /// <exception cref="ArgumentException">The length differs from <see cref="Length"/>.</exception>
    public void ReportCurvature(ReadOnlySpan<T> estimate)
    {
        if (!UsesCurvature)
            throw new InvalidOperationException("The rule doesn't use estimates of the Hessian.");
        Require.Length(estimate.Length, Length, nameof(estimate));
        ReportCurvatureCore(estimate);
    }

    /// <summary>Takes one step: x := x - u, where u is what the rule makes of the gradient.</summary>
    /// <param name="parameters">The parameters x; changed in place.</param>
    /// <param name="gradient">The gradient at x.</param>
    /// <param name="workers">Who works on blocks of a large vector; the result has the same bits for any number. Default: this thread.</param>
    /// <exception cref="ArgumentException">A length differs from <see cref="Length"/>; nothing was changed.</exception>
    /// <remarks>
    /// A gradient element that isn't finite makes its parameter (with a norm, all of them) and its state not finite: the rule doesn't look. The run protocol
    /// (<see cref="FirstOrder"/>) never steps from such a gradient.
    /// </remarks>
    public void Step(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers? workers = null)
    {
        Require.Length(parameters.Length, Length, nameof(parameters));
        Require.Length(gradient.Length, Length, nameof(gradient));
        StepCore(parameters, gradient, workers ?? Workers.Serial);
        _steps++;
    }

    /// <summary>Advances the rule like <see cref="Step"/> but leaves the parameters: u := what the rule makes of u.</summary>
    /// <param name="update">The gradient, or what another rule made of it; replaced by this rule's update.</param>
    /// <param name="parameters">The parameters x.</param>
    /// <param name="workers">Who works on blocks of a large vector. Default: this thread.</param>
    /// <exception cref="ArgumentException">A length differs from <see cref="Length"/>; nothing was changed.</exception>
    public void Transform(Span<T> update, ReadOnlySpan<T> parameters, IWorkers? workers = null)
    {
        Require.Length(update.Length, Length, nameof(update));
        Require.Length(parameters.Length, Length, nameof(parameters));
        TransformCore(update, parameters, workers ?? Workers.Serial);
        _steps++;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Length, "parameters");
        archive.Transfer(ref _steps);
        archive.Transfer(ref _rateScale);
        PersistCore(archive);
    }

    /// <summary>Transfers the rule's own state; the number of steps is kept by a <see cref="DeviceRuleState{T}"/>.</summary>
    internal void PersistInner(StateArchive archive, long steps)
    {
        _steps = steps;
        PersistCore(archive);
    }

    /// <summary>Does what <see cref="Transform"/> promises; <see cref="Steps"/> is the number of steps before this one.</summary>
    /// <param name="update">The input; receives the rule's update.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="workers">Who works on blocks.</param>
    protected abstract void TransformCore(Span<T> update, ReadOnlySpan<T> parameters, IWorkers workers);

    /// <summary>Does what <see cref="Step"/> promises. Unless overridden: transforms a copy of the gradient and subtracts it.</summary>
    /// <param name="parameters">The parameters; changed in place.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="workers">Who works on blocks.</param>
    protected virtual void StepCore(Span<T> parameters, ReadOnlySpan<T> gradient, IWorkers workers)
    {
        _update ??= new T[Length];
        gradient.CopyTo(_update);
        TransformCore(_update, parameters, workers);
        TensorPrimitives.Subtract(parameters, _update, parameters);
    }

    /// <summary>Does what <see cref="ReportCurvature"/> promises; called only where <see cref="UsesCurvature"/> is true.</summary>
    /// <param name="estimate">An estimate for each parameter.</param>
    protected virtual void ReportCurvatureCore(ReadOnlySpan<T> estimate)
    {
    }

    /// <summary>Hands the rule's own state to the archive.</summary>
    /// <param name="archive">Reads the fields when it saves, replaces them when it loads.</param>
    protected abstract void PersistCore(StateArchive archive);
}
