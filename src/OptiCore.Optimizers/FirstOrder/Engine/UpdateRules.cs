using System.Numerics;
using OptiCore.Devices;

namespace OptiCore.Optimizers;

/// <summary>Starts and composes update rules.</summary>
public static class UpdateRules
{
    /// <summary>Allocates the state of a rule.</summary>
    /// <typeparam name="T">The element type of parameters and gradients: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule.</param>
    /// <param name="layout">The number of parameters, or their shapes.</param>
    /// <exception cref="NotSupportedException">The element type is another one.</exception>
    public static RuleState<T> Start<T>(this IUpdateRule rule, ParameterLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(layout);
        if (typeof(T) == typeof(double))
            return (RuleState<T>)(object)rule.StartDouble(layout);
        if (typeof(T) == typeof(float))
            return (RuleState<T>)(object)rule.StartSingle(layout);
        throw new NotSupportedException($"Update rules work on float and double, not on {typeof(T).Name}.");
    }

    /// <summary>Allocates the state of a rule for parameters that lie on a device.</summary>
    /// <typeparam name="T">The element type of parameters and gradients: <see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="rule">The rule.</param>
    /// <param name="layout">The number of parameters, or their shapes.</param>
    /// <param name="device">The device: a <see cref="CpuDevice"/>, or one of another package that is an <see cref="IRuleDevice"/>.</param>
    /// <exception cref="NotSupportedException">The device has no kernel for the rule, or none for any.</exception>
    public static DeviceRuleState<T> Start<T>(this IUpdateRule rule, ParameterLayout layout, IDevice device) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(layout);
        return Require.NotNull(device) switch
        {
            IRuleDevice able => able.Start<T>(rule, layout),
            CpuDevice cpu => new HostRuleState<T>(cpu, rule.Start<T>(layout)),
            _ => throw new NotSupportedException($"'{device.Name}' has no update rules."),
        };
    }

    /// <summary>
    /// Composes two element-wise rules into one: the second takes what the first makes of the gradient. One pass over memory does both.
    /// </summary>
    /// <typeparam name="TFirst64">The first rule's lane for doubles; inferred.</typeparam>
    /// <typeparam name="TFirst32">The first rule's lane for floats; inferred.</typeparam>
    /// <typeparam name="TSecond64">The second rule's lane for doubles; inferred.</typeparam>
    /// <typeparam name="TSecond32">The second rule's lane for floats; inferred.</typeparam>
    /// <param name="first">The rule that sees the gradient.</param>
    /// <param name="second">The rule that sees the first one's update.</param>
    /// <returns>The chain. Composition is associative bit for bit.</returns>
    /// <remarks>
    /// A rule that needs a norm of its input (<see cref="ClipByNorm"/>) costs one more reading of the gradient at the beginning of a chain. After other
    /// rules it makes the chain write the update to memory in between; the result is the same. So put it first.
    /// </remarks>
    public static Chain<TFirst64, TFirst32, TSecond64, TSecond32> Then<TFirst64, TFirst32, TSecond64, TSecond32>(this IUpdateRule<TFirst64, TFirst32> first, IUpdateRule<TSecond64, TSecond32> second)
        where TFirst64 : struct, ILane<double>
        where TFirst32 : struct, ILane<float>
        where TSecond64 : struct, ILane<double>
        where TSecond32 : struct, ILane<float> =>
        new(Require.NotNull(first), Require.NotNull(second));

    /// <summary>Composes two rules of which one isn't element-wise, or isn't known to be: the update is written to memory between them.</summary>
    /// <param name="first">The rule that sees the gradient.</param>
    /// <param name="second">The rule that sees the first one's update.</param>
    public static Sequence Then(this IUpdateRule first, IUpdateRule second) => new(Require.NotNull(first), Require.NotNull(second));
}
