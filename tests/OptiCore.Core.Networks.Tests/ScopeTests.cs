using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

public sealed class ScopeTests
{
    [Fact]
    public void Parameters_are_named_by_their_parts_and_lie_one_after_the_other()
    {
        var network = new Network(new Mlp { Hidden = [4], Outputs = 2 }, [7, 3]);
        Assert.Equal(["layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias"], network.Parameters.Select(p => p.Name));
        Assert.Equal([0, 12, 16, 24], network.Parameters.Select(p => p.Offset));
        Assert.Equal(26, network.ParameterCount);
        Assert.True(network.OutputShape == [7, 2]);
    }

    [Fact]
    public void A_tensor_asked_for_twice_is_shared_and_its_gradient_is_the_sum()
    {
        // The gradient of three uses is one concatenation with the other tensors': no sum of vectors that are mostly zeros.
        var network = new Network(scope => Tied(scope, Variable.Input("x", [4, 3])));
        Assert.Equal(2, network.Parameters.Count);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [4, 3]);
        Variable gradient = Derivative.Gradient(Sum(Square(Tied(network.ScopeOf(parameters), x))), parameters);
        Assert.Equal("concatenate", gradient.ToString().Split(' ')[0]);
        double[] theta = Lab.Initial(network), input = Lab.Normal(12);
        Variable loss = Sum(Square(Tied(network.ScopeOf(parameters), x)));
        Replay<double> values = Lab.Start<double>([loss], (parameters, theta), (x, input));
        double[] exact = Lab.Value(gradient, (parameters, theta), (x, input));
        for (int i = 0; i < theta.Length; i++)
            Promises.Close((Moved(i, 1e-5) - Moved(i, -1e-5)) / 2e-5, exact[i], 1e-6, 1e-6, $"gradient {i}");

        double Moved(int index, double by)
        {
            theta.CopyTo(values.Input(0));
            values.Input(0)[index] += by;
            values.Run();
            return values.Output(0)[0];
        }

        static Variable Tied(Scope scope, Variable x)
        {
            var layer = new Linear(3);
            Scope part = scope.Part("shared");
            return layer.Apply(part, Tanh(layer.Apply(part, Tanh(layer.Apply(part, x)))));
        }
    }

    [Fact]
    public void Names_that_clash_are_refused()
    {
        Assert.Contains("different names", Assert.Throws<ArgumentException>(() => new Network(scope =>
            scope.Parameter("w", [2], Initializer.Zeros) + Sum(scope.Parameter("w", [3], Initializer.Zeros)))).Message, StringComparison.Ordinal);
        Assert.Contains("different names", Assert.Throws<ArgumentException>(() => new Network(scope =>
            scope.Parameter("w", [2], Initializer.Zeros) + scope.State("w", [2], Initializer.Zeros))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Network(scope => scope.Part("a.b").Parameter("w", [2], Initializer.Zeros)));
        var network = new Network(scope => scope.Parameter("w", [2], Initializer.Zeros));
        Scope applied = network.ScopeOf(Variable.Input("p", [2]));
        Assert.Contains("laid out", Assert.Throws<ArgumentException>(() => applied.Parameter("v", [2], Initializer.Zeros)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => network.ScopeOf(Variable.Input("p", [3])));
        Assert.Throws<InvalidOperationException>(() => network.Apply(Variable.Input("p", [2]), Variable.Input("x", [2])));
    }

    [Fact]
    public void Penalties_add_up()
    {
        var network = new Network(Write);
        Variable parameters = Variable.Input("p", [2]);
        Scope scope = network.ScopeOf(parameters);
        Write(scope);
        Assert.Equal(29, Lab.Value(scope.Penalty, (parameters, [3.0, 4.0]))[0]);
        Assert.Throws<ArgumentException>(() => scope.Penalize(parameters));

        static Variable Write(Scope scope)
        {
            Variable w = scope.Parameter("w", [2], Initializer.Zeros);
            scope.Penalize(Sum(Square(w)));
            scope.Part("inner").Penalize(w[1]);
            return w;
        }
    }

    [Fact]
    public void States_without_an_update_stay()
    {
        var network = new Network(Write);
        Variable parameters = Variable.Input("p", [0]), states = Variable.Input("s", [5]);
        Scope scope = network.ScopeOf(parameters, states, isTraining: true);
        Write(scope);
        Promises.SameBits([1, 2, 6, 8, 10], Lab.Value(scope.NextStates, (states, [1.0, 2, 3, 4, 5])), "next states");
        Assert.Throws<InvalidOperationException>(() => Write(network.ScopeOf(parameters)));
        Assert.Throws<ArgumentException>(() => scope.Update("other", 1));
        Assert.Throws<ArgumentException>(() => scope.Update("b", 1));

        static Variable Write(Scope scope)
        {
            Variable a = scope.State("a", [2], Initializer.Zeros), b = scope.State("b", [3], Initializer.Ones);
            scope.Update("b", 2 * b);
            return Sum(a) + Sum(b);
        }
    }

    [Fact]
    public void A_reparametrization_applies_once_and_from_the_outside_in()
    {
        int calls = 0;
        var network = new Network(scope => scope.Parameter("w", [2], Initializer.Zeros));
        Variable parameters = Variable.Input("p", [2]);
        Scope scope = network.ScopeOf(parameters).Reparametrized((_, _, w) => w + 1).Reparametrized((_, name, w) =>
        {
            calls++;
            return name == "w" ? 10 * w : w;
        });
        Variable first = scope.Parameter("w", [2], Initializer.Zeros), second = scope.Parameter("w", [2], Initializer.Zeros);
        Assert.Equal(first, second);
        Assert.Equal(1, calls);
        Promises.SameBits([20, 30], Lab.Value(first, (parameters, [1.0, 2.0])), "10 (w + 1)");
    }

    [Fact]
    public void Initial_numbers_depend_on_the_key_and_the_name_alone()
    {
        var small = new Network(new Mlp { Hidden = [4], Outputs = 2 }, [7, 3]);
        var large = new Network(new Sequential(new Linear(3), new Linear(3)), [7, 3]);
        double[] first = Lab.Initial(small), again = Lab.Initial(small), other = Lab.Initial(small, 2);
        Promises.SameBits(first, again, "same key");
        Assert.NotEqual(first, other);
        double[] layers = Lab.Initial(large);
        Assert.NotEqual(layers[0..9], layers[12..21]);
    }

    [Theory]
    [InlineData("glorot uniform")]
    [InlineData("glorot normal")]
    [InlineData("he uniform")]
    [InlineData("he normal")]
    [InlineData("lecun normal")]
    [InlineData("normal")]
    [InlineData("uniform")]
    [InlineData("orthogonal")]
    public void Deviations_are_those_of_the_numbers(string name)
    {
        Initializer initializer = name switch
        {
            "glorot uniform" => Initializer.GlorotUniform,
            "glorot normal" => Initializer.GlorotNormal,
            "he uniform" => Initializer.HeUniform,
            "he normal" => Initializer.HeNormal,
            "lecun normal" => Initializer.LeCunNormal,
            "normal" => Initializer.Normal(0.3),
            "uniform" => Initializer.Uniform(-0.2, 0.2),
            _ => Initializer.Orthogonal(1.5),
        };
        Shape shape = [80, 50];
        var values = new double[4000];
        initializer.Fill(RandomKey.FromSeed(1), shape, values);

        // The relative standard error of the deviation of 4000 numbers is at most 1 / sqrt(8000) for these laws.
        Promises.Close(initializer.Deviation(shape), Lab.RootMeanSquare(values), 5 / Math.Sqrt(8000), 0, name);
    }

    [Fact]
    public void Orthogonal_matrices_are_orthogonal_gate_by_gate()
    {
        var network = new Network(new Recurrent(new Gru(4)), [2, 3, 5]);
        double[] theta = Lab.Initial(network);
        NamedTensor recurrent = network.Parameters.Single(p => p.Name == "layer0.recurrent");
        for (int gate = 0; gate < 3; gate++)
        {
            for (int a = 0; a < 4; a++)
            {
                for (int b = 0; b < 4; b++)
                {
                    double dot = 0;
                    for (int i = 0; i < 4; i++)
                        dot += theta[recurrent.Offset + (i * 12) + (gate * 4) + a] * theta[recurrent.Offset + (i * 12) + (gate * 4) + b];
                    Promises.Close(a == b ? 1 : 0, dot, 0, 1e-14, $"gate {gate}, columns {a} and {b}");
                }
            }
        }
    }
}
