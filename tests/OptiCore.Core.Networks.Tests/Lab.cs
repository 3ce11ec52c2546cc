using OptiCore.Differentiation;
using OptiCore.Randomness;

namespace OptiCore.Core.Tests.Networks;

/// <summary>What the tests of networks share: numbers of an expression, and a plain Adam.</summary>
internal static class Lab
{
    /// <summary>The numbers of an expression.</summary>
    public static double[] Value(Variable y, params (Variable Input, double[] Values)[] inputs)
    {
        Replay<double> replay = Start<double>([y], inputs);
        replay.Run();
        return replay.Output(0).ToArray();
    }

    /// <summary>The numbers of several expressions.</summary>
    public static double[][] Values(Variable[] y, params (Variable Input, double[] Values)[] inputs)
    {
        Replay<double> replay = Start<double>(y, inputs);
        replay.Run();
        return [.. Enumerable.Range(0, y.Length).Select(i => replay.Output(i).ToArray())];
    }

    /// <summary>The first parameters of a network.</summary>
    public static double[] Initial(OptiCore.Networks.Network network, ulong seed = 1)
    {
        var parameters = new double[network.ParameterCount];
        network.Initialize<double>(RandomKey.FromSeed(seed), parameters);
        return parameters;
    }

    /// <summary>The first states of a network.</summary>
    public static double[] InitialStates(OptiCore.Networks.Network network, ulong seed = 1)
    {
        var states = new double[network.StateCount];
        network.InitializeStates<double>(RandomKey.FromSeed(seed), states);
        return states;
    }

    /// <summary>Normal numbers.</summary>
    public static double[] Normal(int count, ulong seed = 1, double deviation = 1)
    {
        var values = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return Array.ConvertAll(values, x => deviation * x);
    }

    /// <summary>The root of the mean square.</summary>
    public static double RootMeanSquare(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value * value;
        return Math.Sqrt(sum / values.Length);
    }

    public static Replay<T> Start<T>(Variable[] y, params (Variable Input, double[] Values)[] inputs) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Replay<T> replay = Computation.Compile<T>([.. inputs.Select(i => i.Input)], y).Start();
        for (int i = 0; i < inputs.Length; i++)
        {
            for (int j = 0; j < inputs[i].Values.Length; j++)
                replay.Input(i)[j] = T.CreateTruncating(inputs[i].Values[j]);
        }

        return replay;
    }
}

/// <summary>Adam as in the paper, on spans.</summary>
internal sealed class TestAdam(int count, double rate)
{
    private readonly double[] _m = new double[count], _v = new double[count];
    private int _step;

    public void Step<T>(ReadOnlySpan<T> gradient, Span<T> parameters, ReadOnlySpan<double> factors = default) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        _step++;
        double first = 1 - Math.Pow(0.9, _step), second = 1 - Math.Pow(0.999, _step);
        for (int i = 0; i < _m.Length; i++)
        {
            double g = double.CreateTruncating(gradient[i]);
            _m[i] = (0.9 * _m[i]) + (0.1 * g);
            _v[i] = (0.999 * _v[i]) + (0.001 * g * g);
            double factor = factors.IsEmpty ? rate : rate * factors[i];
            parameters[i] -= T.CreateTruncating(factor * (_m[i] / first) / (Math.Sqrt(_v[i] / second) + 1e-8));
        }
    }
}
