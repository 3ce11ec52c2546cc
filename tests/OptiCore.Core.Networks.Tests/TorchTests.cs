using System.Text.Json;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

/// <summary>Modules against PyTorch: outputs, and gradients by the input and by every parameter.</summary>
public sealed class TorchTests
{
    private const string File = "torch-networks/networks.json";

    /// <summary>Our parameters from PyTorch's; the map is used for values and for gradients.</summary>
    private delegate void Map(Source from, Dictionary<string, double[]> to);

    [Fact]
    public void LayerNorm_agrees() => Check("LayerNorm", new LayerNorm(), Norm);

    [Fact]
    public void GroupNorm_agrees() => Check(
        "GroupNorm", (scope, x) => Transpose(new GroupNorm(2) { PlaceAxes = 2 }.Apply(scope, Transpose(x, 0, 2, 3, 1)), 0, 3, 1, 2), Norm);

    [Fact]
    public void Rnn_agrees() => Check("RNN", new Recurrent(new Rnn(4)), (from, to) => Recurrence(from, to, 1));

    [Fact]
    public void Gru_of_two_layers_agrees() => Check("GRU", new Recurrent(new Gru(4)) { Layers = 2 }, (from, to) =>
    {
        for (int layer = 0; layer < 2; layer++)
        {
            // PyTorch has two biases for every gate; only the candidate's second one does something of its own.
            double[] first = from[$"bias_ih_l{layer}"], second = from[$"bias_hh_l{layer}"];
            to[$"layer{layer}.weight"] = from.Transposed($"weight_ih_l{layer}");
            to[$"layer{layer}.recurrent"] = from.Transposed($"weight_hh_l{layer}");
            to[$"layer{layer}.bias"] = [.. first.Select((b, i) => i < 8 && !from.IsGradient ? b + second[i] : b)];
            to[$"layer{layer}.candidateBias"] = second[8..];
        }
    });

    [Fact]
    public void Lstm_of_two_layers_agrees() => Check("LSTM", new Recurrent(new Lstm(4)) { Layers = 2 }, (from, to) => Recurrence(from, to, 2));

    [Fact]
    public void States_after_the_last_step_agree()
    {
        JsonElement expected = Reference.Json(File).GetProperty("LSTM");
        var recurrent = new Recurrent(new Lstm(4)) { Layers = 2 };
        var x = Variable.Input("x", [2, 5, 3]);
        var network = new Network(recurrent, x.Shape);
        var parameters = Variable.Input("parameters", [network.ParameterCount]);
        Variable zero = BroadcastTo(0, [2, 4]);
        Variable[] states = recurrent.Apply(network.ScopeOf(parameters), x, [zero, zero, zero, zero]).States;
        double[][] values = Lab.Values(states, (x, Source.Numbers(expected.GetProperty("x"))), (parameters, Flat(network, expected, (from, to) => Recurrence(from, to, 2), isGradient: false)));
        double[] h = expected.Numbers("h"), c = expected.Numbers("c");
        Same(h, [.. values[0], .. values[2]], "h");
        Same(c, [.. values[1], .. values[3]], "c");
    }

    [Fact]
    public void A_sequence_in_pieces_gives_what_it_gives_as_a_whole()
    {
        foreach (RecurrentCell cell in new RecurrentCell[] { new Rnn(3), new Gru(3), new Lstm(3) })
        {
            var recurrent = new Recurrent(cell) { Layers = 2 };
            var x = Variable.Input("x", [2, 6, 3]);
            var network = new Network(recurrent, x.Shape);
            var parameters = Variable.Input("parameters", [network.ParameterCount]);
            Scope scope = network.ScopeOf(parameters);
            Variable whole = recurrent.Apply(scope, x), last = (recurrent with { IsLastOnly = true }).Apply(scope, x), zero = BroadcastTo(0, [2, 3]);
            (Variable first, Variable[] between) = recurrent.Apply(scope, Slice(x, 1, 0, 4), [.. Enumerable.Repeat(zero, recurrent.StateCount)]);
            (Variable second, _) = recurrent.Apply(scope, Slice(x, 1, 4, 2), between);
            double[][] values = Lab.Values([whole, Concatenate(1, first, second), Reshape(Slice(whole, 1, 5, 1), [2, 3]), last], (x, Lab.Normal(36)), (parameters, Lab.Initial(network)));
            Same(values[0], values[1], $"{cell.GetType().Name} in pieces");
            Same(values[2], values[3], $"{cell.GetType().Name}, last step");
        }
    }

    [Fact]
    public void Causal_attention_agrees() => Check("MultiheadAttention", new MultiHeadAttention(2) { IsCausal = true }, (from, to) => Attention(from, to, "", ""));

    [Fact]
    public void Cross_attention_agrees()
    {
        JsonElement context = Reference.Json(File).GetProperty("CrossAttention").GetProperty("context");
        Variable keys = Variable.Constant<double>(Source.Numbers(context), [2, 5, 6]);
        Check("CrossAttention", (scope, x) => new MultiHeadAttention(3).Apply(scope, x, keys), (from, to) => Attention(from, to, "", ""));
    }

    [Theory]
    [InlineData("TransformerPreNorm", true)]
    [InlineData("TransformerPostNorm", false)]
    public void Transformer_blocks_agree(string name, bool isPreNorm) =>
        Check(name, new TransformerBlock { Attention = new MultiHeadAttention(2), FeedWidth = 8, IsPreNorm = isPreNorm }, (from, to) =>
        {
            Attention(from, to, "self_attn.", "attention.");
            foreach ((string theirs, string ours) in new[] { ("linear1", "feed0"), ("linear2", "feed1") })
            {
                to[ours + ".weight"] = from.Transposed(theirs + ".weight");
                to[ours + ".bias"] = from[theirs + ".bias"];
            }

            foreach ((string theirs, string ours) in new[] { ("norm1", "attentionNorm"), ("norm2", "feedNorm") })
            {
                to[ours + ".gain"] = from[theirs + ".weight"];
                to[ours + ".bias"] = from[theirs + ".bias"];
            }
        });

    [Fact]
    public void BatchNorm_agrees_in_training_and_evaluation()
    {
        JsonElement expected = Reference.Json(File).GetProperty("BatchNorm");
        var x = Variable.Input("x", [6, 4]);
        var network = new Network(new BatchNorm(), x.Shape);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), states = Variable.Input("states", [network.StateCount]);
        (Variable y, Variable next) = network.Apply(parameters, states, x, isTraining: true);
        Variable loss = Sum(y * Variable.Constant<double>(expected.Numbers("weights"), y.Shape));
        Variable[] gradients = Derivative.Gradients(loss, x, parameters);
        double[] numbers = Flat(network, expected, Norm, isGradient: false);
        double[][] values = Lab.Values(
            [y, next, .. gradients], (x, Source.Numbers(expected.GetProperty("x"))), (parameters, numbers), (states, Lab.InitialStates(network)));
        Same(Source.Numbers(expected.GetProperty("y")), values[0], "output");
        JsonElement running = expected.GetProperty("running");
        Same([.. running.Numbers("mean"), .. running.Numbers("variance")], values[1], "running moments");
        Same(expected.Numbers("gradient"), values[2], "gradient by the input");
        Same(Flat(network, expected, Norm, isGradient: true), values[3], "gradient by the parameters");

        JsonElement evaluation = expected.GetProperty("evaluation");
        var other = Variable.Input("x", [3, 4]);
        (Variable z, Variable same) = network.Apply(parameters, states, other);
        double[][] after = Lab.Values([z, same], (other, evaluation.Numbers("x")), (parameters, numbers), (states, values[1]));
        Same(evaluation.Numbers("y"), after[0], "evaluation");
        Promises.SameBits(values[1], after[1], "states in evaluation");
    }

    private static void Norm(Source from, Dictionary<string, double[]> to)
    {
        to["gain"] = from["weight"];
        to["bias"] = from["bias"];
    }

    private static void Recurrence(Source from, Dictionary<string, double[]> to, int layers)
    {
        for (int layer = 0; layer < layers; layer++)
        {
            double[] first = from[$"bias_ih_l{layer}"], second = from[$"bias_hh_l{layer}"];
            to[$"layer{layer}.weight"] = from.Transposed($"weight_ih_l{layer}");
            to[$"layer{layer}.recurrent"] = from.Transposed($"weight_hh_l{layer}");
            to[$"layer{layer}.bias"] = from.IsGradient ? first : [.. first.Zip(second, (a, b) => a + b)];
        }
    }

    private static void Attention(Source from, Dictionary<string, double[]> to, string theirs, string ours)
    {
        double[] weights = from[theirs + "in_proj_weight"], biases = from[theirs + "in_proj_bias"];
        int width = biases.Length / 3, block = width * width;
        string[] names = ["query", "key", "value"];
        for (int i = 0; i < 3; i++)
        {
            to[$"{ours}{names[i]}.weight"] = Source.Transpose(weights[(i * block)..((i + 1) * block)], width);
            to[$"{ours}{names[i]}.bias"] = biases[(i * width)..((i + 1) * width)];
        }

        to[ours + "output.weight"] = from.Transposed(theirs + "out_proj.weight");
        to[ours + "output.bias"] = from[theirs + "out_proj.bias"];
    }

    private static void Check(string name, Module module, Map map) => Check(name, module.Apply, map);

    private static void Check(string name, Func<Scope, Variable, Variable> module, Map map)
    {
        JsonElement expected = Reference.Json(File).GetProperty(name);
        var x = Variable.Input("x", Source.ShapeOf(expected.GetProperty("x")));
        var network = new Network(scope => module(scope, x));
        var parameters = Variable.Input("parameters", [network.ParameterCount]);
        Variable y = module(network.ScopeOf(parameters, isTraining: true), x);
        Assert.Equal(Source.ShapeOf(expected.GetProperty("y")), y.Shape);
        Assert.Equal(network.OutputShape, y.Shape);
        Variable[] gradients = Derivative.Gradients(Sum(y * Variable.Constant<double>(expected.Numbers("weights"), y.Shape)), x, parameters);
        double[][] values = Lab.Values(
            [y, .. gradients], (x, Source.Numbers(expected.GetProperty("x"))), (parameters, Flat(network, expected, map, isGradient: false)));
        Same(Source.Numbers(expected.GetProperty("y")), values[0], $"{name}: output");
        Same(expected.Numbers("gradient"), values[1], $"{name}: gradient by the input");
        Same(Flat(network, expected, map, isGradient: true), values[2], $"{name}: gradient by the parameters");
    }

    private static double[] Flat(Network network, JsonElement expected, Map map, bool isGradient)
    {
        var tensors = new Dictionary<string, double[]>();
        map(new Source(expected.GetProperty("parameters"), isGradient), tensors);
        Assert.Equal(network.Parameters.Select(p => p.Name).Order(), tensors.Keys.Order());
        var flat = new double[network.ParameterCount];
        foreach (NamedTensor tensor in network.Parameters)
        {
            Assert.Equal(tensor.Shape.ElementCount, tensors[tensor.Name].Length);
            tensors[tensor.Name].CopyTo(flat, tensor.Offset);
        }

        return flat;
    }

    private static void Same(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"{what}, element {i}");
    }

    private sealed class Source(JsonElement parameters, bool isGradient)
    {
        public bool IsGradient => isGradient;

        public double[] this[string name] => parameters.GetProperty(name).Numbers(isGradient ? "gradient" : "values");

        public static double[] Numbers(JsonElement tensor) => tensor.Numbers("values");

        public static Shape ShapeOf(JsonElement tensor) => Shape.Create([.. tensor.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())]);

        public static double[] Transpose(double[] values, int columns)
        {
            int rows = values.Length / columns;
            var result = new double[values.Length];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    result[(j * rows) + i] = values[(i * columns) + j];
            }

            return result;
        }

        public double[] Transposed(string name) => Transpose(this[name], ShapeOf(parameters.GetProperty(name))[1]);
    }
}
