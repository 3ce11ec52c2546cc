namespace OptiCore.Dynamics;

/// <summary>A vector function of a time, a state and a control: what systems of continuous and of discrete time have in common.</summary>
internal interface ITransition
{
    int StateCount { get; }

    int ControlCount { get; }

    void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y);
}

/// <summary>A vector function with its Jacobians.</summary>
internal interface IDifferentiableTransition : ITransition
{
    void ValueAndJacobians(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y, Span<double> a, Span<double> b);
}

/// <summary>A function that also knows the Hessian of a weighted sum of its components.</summary>
internal interface ITwiceDifferentiableTransition : IDifferentiableTransition
{
    void Curvature(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian);
}

/// <summary>A transition as a system of continuous time.</summary>
internal class ContinuousSystem(ITransition transition) : IControlSystem
{
    public int StateCount => transition.StateCount;

    public int ControlCount => transition.ControlCount;

    public void Derivative(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx)
    {
        CheckSizes(transition, x, u, dx);
        transition.Value(t, x, u, dx);
    }

    public static void CheckSizes(ITransition transition, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> y)
    {
        Require.Length(x.Length, transition.StateCount, nameof(x));
        Require.Length(u.Length, transition.ControlCount, nameof(u));
        Require.Length(y.Length, transition.StateCount, nameof(y));
    }
}

/// <summary>A transition with Jacobians as a system of continuous time.</summary>
internal sealed class DifferentiableContinuousSystem(IDifferentiableTransition transition) : ContinuousSystem(transition), IDifferentiableControlSystem
{
    private readonly IDifferentiableTransition _transition = transition;

    public void DerivativeAndJacobians(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> dx, Span<double> a, Span<double> b)
    {
        CheckSizes(_transition, x, u, dx);
        Require.Length(a.Length, x.Length * x.Length, nameof(a));
        Require.Length(b.Length, x.Length * u.Length, nameof(b));
        _transition.ValueAndJacobians(t, x, u, dx, a, b);
    }
}

/// <summary>A transition as a system of discrete time.</summary>
internal class SteppedSystem(ITransition transition) : IDiscreteSystem
{
    public int StateCount => transition.StateCount;

    public int ControlCount => transition.ControlCount;

    public void Next(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next)
    {
        ContinuousSystem.CheckSizes(transition, x, u, next);
        transition.Value(step, x, u, next);
    }
}

/// <summary>A transition with Jacobians as a system of discrete time.</summary>
internal class DifferentiableSteppedSystem(IDifferentiableTransition transition) : SteppedSystem(transition), IDifferentiableDiscreteSystem
{
    private readonly IDifferentiableTransition _transition = transition;

    public void NextAndJacobians(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next, Span<double> a, Span<double> b)
    {
        ContinuousSystem.CheckSizes(_transition, x, u, next);
        Require.Length(a.Length, x.Length * x.Length, nameof(a));
        Require.Length(b.Length, x.Length * u.Length, nameof(b));
        _transition.ValueAndJacobians(step, x, u, next, a, b);
    }
}

/// <summary>A transition with curvature as a system of discrete time.</summary>
internal sealed class TwiceDifferentiableSteppedSystem(ITwiceDifferentiableTransition transition) : DifferentiableSteppedSystem(transition), ITwiceDifferentiableDiscreteSystem
{
    private readonly ITwiceDifferentiableTransition _transition = transition;

    public void Curvature(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        Require.Length(x.Length, StateCount, nameof(x));
        Require.Length(u.Length, ControlCount, nameof(u));
        Require.Length(multipliers.Length, x.Length, nameof(multipliers));
        Require.Length(hessian.Length, (x.Length + u.Length) * (x.Length + u.Length), nameof(hessian));
        _transition.Curvature(step, x, u, multipliers, hessian);
    }
}

/// <summary>A system of continuous time seen as a transition.</summary>
internal sealed class DerivativeTransition(IControlSystem system) : ITransition
{
    public int StateCount => system.StateCount;

    public int ControlCount => system.ControlCount;

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y) => system.Derivative(time, x, u, y);
}

/// <summary>A system of discrete time seen as a transition.</summary>
internal sealed class NextTransition(IDiscreteSystem system) : ITransition
{
    public int StateCount => system.StateCount;

    public int ControlCount => system.ControlCount;

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y) => system.Next((int)time, x, u, y);
}
