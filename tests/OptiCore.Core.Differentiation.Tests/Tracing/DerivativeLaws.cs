using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>
/// What holds for every operation, checked for a random point and random weights: gradient and Jacobian-vector product against central differences, Hessian-vector product
/// against differences of gradients, a batch against its elements, floats against doubles.
/// </summary>
internal static class DerivativeLaws
{
    public static void Check(string name, Func<Variable[], Variable> function, Shape[] shapes, Func<double, double> domain, int seed, double tolerance = 1e-6, bool smooth = true)
    {
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Fold(name).Stream();
        double[][] point = Array.ConvertAll(shapes, shape => Draw(ref stream, shape.ElementCount, domain));
        double[][] direction = Array.ConvertAll(shapes, shape => Draw(ref stream, shape.ElementCount, x => x));
        Variable[] inputs = Array.ConvertAll(shapes, shape => Variable.Input("x", shape));
        Variable[] along = Array.ConvertAll(shapes, shape => Variable.Input("v", shape));
        Variable result = function(inputs);
        double[] weights = Draw(ref stream, result.Shape.ElementCount, x => x);
        Variable y = Sum(result * Variable.Constant<double>(weights, result.Shape));
        Variable[] gradients = Gradients(y, inputs);
        Variable slope = JacobianVector([y], inputs, along)[0];
        Variable[] curvature = JacobianVector(gradients, inputs, along);

        Computation<double> value = Computation.Compile<double>(inputs, y);
        Computation<double> all = Computation.Compile<double>([.. inputs, .. along], [y, slope, .. gradients, .. curvature]);
        Replay<double> values = value.Start(), replay = all.Start();
        for (int i = 0; i < inputs.Length; i++)
        {
            point[i].CopyTo(replay.Input(i));
            direction[i].CopyTo(replay.Input(inputs.Length + i));
        }

        replay.Run();
        double scale = 1 + Math.Abs(replay.Output(0)[0]);
        Assert.True(double.IsFinite(replay.Output(0)[0]), $"{name}: the value is {replay.Output(0)[0]}.");
        const double h = 1e-5;
        double expectedSlope = (Value(values, Moved(point, direction, h)) - Value(values, Moved(point, direction, -h))) / (2 * h);
        Close(expectedSlope, replay.Output(1)[0], $"{name}: derivative along a direction");
        for (int i = 0; i < inputs.Length; i++)
        {
            for (int j = 0; j < point[i].Length; j++)
            {
                double[][] unit = Array.ConvertAll(shapes, shape => new double[shape.ElementCount]);
                unit[i][j] = 1;
                double expected = (Value(values, Moved(point, unit, h)) - Value(values, Moved(point, unit, -h))) / (2 * h);
                Close(expected, replay.Output(2 + i)[j], $"{name}: gradient by element {j} of argument {i}");
            }
        }

        if (smooth)
        {
            Replay<double> slopes = Computation.Compile<double>(inputs, gradients).Start();
            double[][] up = Outputs(slopes, Moved(point, direction, h), shapes.Length), down = Outputs(slopes, Moved(point, direction, -h), shapes.Length);
            for (int i = 0; i < inputs.Length; i++)
            {
                for (int j = 0; j < point[i].Length; j++)
                    Close((up[i][j] - down[i][j]) / (2 * h), replay.Output(2 + inputs.Length + i)[j], $"{name}: Hessian times direction, element {j} of argument {i}");
            }
        }

        Batches(name, function, shapes, ref stream, domain);
        Floats(name, inputs, y, point, replay.Output(0)[0]);

        void Close(double expected, double actual, string what) => Promises.Close(expected, actual, tolerance, tolerance * scale, what);
    }

    /// <summary>All arguments batched, and each one alone with the others shared.</summary>
    private static void Batches(string name, Func<Variable[], Variable> function, Shape[] shapes, ref RandomStream stream, Func<double, double> domain)
    {
        const int Size = 3;
        for (int chosen = -1; chosen < shapes.Length; chosen++)
        {
            if (shapes.Length == 1 && chosen == 0)
                break;
            int only = chosen;
            Variable[] batches = new Variable[shapes.Length], elements = new Variable[shapes.Length];
            for (int i = 0; i < shapes.Length; i++)
            {
                elements[i] = Variable.Input("element", shapes[i]);
                batches[i] = only < 0 || i == only ? Variable.Input("batch", shapes[i].After([Size])) : Variable.Input("shared", shapes[i]);
            }

            Variable[] batched = Array.FindAll(batches, b => only < 0 || b == batches[only]);
            Variable result = Batch(
                e =>
                {
                    var arguments = (Variable[])batches.Clone();
                    for (int i = 0, next = 0; i < arguments.Length; i++)
                    {
                        if (only < 0 || i == only)
                            arguments[i] = e[next++];
                    }

                    return [function(arguments)];
                },
                batched)[0];
            Replay<double> whole = Computation.Compile<double>(batches, result).Start(), one = Computation.Compile<double>(elements, function(elements)).Start();
            for (int i = 0; i < shapes.Length; i++)
                Draw(ref stream, whole.Input(i).Length, domain).CopyTo(whole.Input(i));
            whole.Run();
            int length = one.Output(0).Length;
            for (int k = 0; k < Size; k++)
            {
                for (int i = 0; i < shapes.Length; i++)
                {
                    int count = shapes[i].ElementCount;
                    whole.Input(i).Slice(only < 0 || i == only ? k * count : 0, count).CopyTo(one.Input(i));
                }

                one.Run();
                for (int j = 0; j < length; j++)
                    Promises.Close(one.Output(0)[j], whole.Output(0)[(k * length) + j], 1e-12, 1e-12, $"{name}: element {j} of place {k} of a batch (argument {only} batched)");
            }
        }
    }

    private static void Floats(string name, Variable[] inputs, Variable y, double[][] point, double expected)
    {
        Replay<float> replay = Computation.Compile<float>(inputs, y).Start();
        for (int i = 0; i < inputs.Length; i++)
        {
            for (int j = 0; j < point[i].Length; j++)
                replay.Input(i)[j] = (float)point[i][j];
        }

        replay.Run();
        Promises.Close(expected, replay.Output(0)[0], 2e-4, 2e-4, $"{name}: in floats");
    }

    private static double Value(Replay<double> replay, double[][] point) => Outputs(replay, point, 1)[0][0];

    private static double[][] Outputs(Replay<double> replay, double[][] point, int count)
    {
        for (int i = 0; i < point.Length; i++)
            point[i].CopyTo(replay.Input(i));
        replay.Run();
        var outputs = new double[count][];
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = replay.Output(i).ToArray();
        return outputs;
    }

    private static double[][] Moved(double[][] point, double[][] direction, double step)
    {
        var moved = new double[point.Length][];
        for (int i = 0; i < moved.Length; i++)
            moved[i] = point[i].Zip(direction[i], (x, d) => x + (step * d)).ToArray();
        return moved;
    }

    private static double[] Draw(ref RandomStream stream, int count, Func<double, double> domain)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = domain((4 * stream.NextDouble()) - 2);
        return values;
    }
}
