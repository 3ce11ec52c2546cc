using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Networks;

public sealed class SafetensorsTests
{
    [Fact]
    public void A_file_of_all_types_is_read()
    {
        Safetensors file = Safetensors.Load(Reference.PathOf("safetensors/mixed.safetensors"));
        Assert.Equal(["half", "brain", "integers", "single", "empty", "scalar", "double"], file.Tensors.Select(t => t.Name));
        Assert.Equal("np", file.Metadata["format"]);
        Assert.Equal("größer", file.Metadata["note"]);
        Same([0.5, -2, 65504, 5.960464477539063e-08, double.PositiveInfinity, 0.0999755859375], "half", [2, 3], SafetensorsType.F16);
        Same([1, -3.140625, 3.3895313892515355e38, 0], "brain", [4], SafetensorsType.BF16);
        Same([1.5, -2.25, 0.10000000149011612, 3e38f, 1e-45f, double.NegativeInfinity], "single", [3, 2], SafetensorsType.F32);
        Same([0.1, Math.PI, -1e300, 5e-324], "double", [1, 4], SafetensorsType.F64);
        Same([42], "scalar", Shape.Scalar, SafetensorsType.F64);
        Same([], "empty", [0, 3], SafetensorsType.F32);
        Assert.Equal(new SafetensorsEntry("integers", SafetensorsType.I64, [2]), file.Find("integers"));
        Assert.Throws<NotSupportedException>(() => file.Read<double>("integers", new double[2]));
        Assert.Throws<KeyNotFoundException>(() => file.Find("nothing"));

        void Same(double[] expected, string name, Shape shape, SafetensorsType type)
        {
            Assert.Equal(new SafetensorsEntry(name, type, shape), file.Find(name));
            var values = new double[expected.Length];
            file.Read<double>(name, values);
            Promises.SameBits(expected, values, name);
        }
    }

    [Fact]
    public void What_is_written_has_the_bytes_of_the_format()
    {
        var file = new Safetensors();
        file.Metadata["format"] = "pt";
        file.Add<float>("layer0.weight", [2, 3], [1, 2, 3, 4, 5, 6.5f]);
        file.Add<float>("layer0.bias", [3], [-1, 0, 1e-3f]);
        file.Add<double>("scale", Shape.Scalar, [0.1]);
        file.Add<double>("moments", [2], [1e300, -2]);
        Assert.Equal(File.ReadAllBytes(Reference.PathOf("safetensors/written.safetensors")), Bytes(file));
    }

    [Fact]
    public void What_is_written_is_read_again() => Forall.Check(Prop.ForAll(
        Gen.Choose(-1000, 1000).Select(k => k / 7.0).ArrayOf().ToArbitrary(), Gen.Elements("a", "b.c", "weight", "größe \"x\"", "😀", "ﬀ").ToArbitrary(), (values, name) =>
        {
            var file = new Safetensors();
            file.Add<double>(name, [values.Length], values);
            file.Add<float>("other", [values.Length, 1], Array.ConvertAll(values, v => (float)v));
            byte[] bytes = Bytes(file);
            Safetensors again = Safetensors.Load(new MemoryStream(bytes));
            double[] back = new double[values.Length];
            again.Read<double>(name, back);
            long header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            return back.SequenceEqual(values) && header % 8 == 0 && bytes.AsSpan().SequenceEqual(Bytes(again)) && again.Find("other").Shape == [values.Length, 1];
        }));

    [Theory]
    [InlineData("", "ends within the 8 bytes")]
    [InlineData(" {}", "doesn't begin")]
    [InlineData("[]", "doesn't begin")]
    [InlineData("{", "no valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "no valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "holes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}""", "4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "after the last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "ends within the tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", "unknown type")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "nonnegative integer")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", "nonnegative integer")]
    [InlineData("""{"a":{"dtype":"F32","shape":[70000,70000],"data_offsets":[0,8]}}""", "more than")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", "unknown property")]
    [InlineData("""{"a":3}""", "no object")]
    [InlineData("""{"__metadata__":{"a":1}}""", "no text")]
    public void What_is_no_such_file_is_refused(string header, string reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), bytes = new byte[header.Length == 0 ? 5 : 8 + text.Length + 8];
        if (header.Length > 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
            text.CopyTo(bytes, 8);
        }

        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Safetensors.Load(new MemoryStream(bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_impossible_length_is_refused_before_it_is_read()
    {
        byte[] bytes = [255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}'];
        Assert.Contains("at most", Assert.Throws<InvalidDataException>(() => Safetensors.Load(new MemoryStream(bytes))).Message, StringComparison.Ordinal);
        bytes = [200, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'];
        Assert.Contains("ends within the header", Assert.Throws<InvalidDataException>(() => Safetensors.Load(new MemoryStream(bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_of_types_that_are_not_read_are_carried_along()
    {
        string header = """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F8_E5M2","shape":[2,2],"data_offsets":[4,8]}}""".PadRight(120);
        byte[] bytes = [120, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), 1, 2, 3, 4, 5, 6, 7, 8];
        Safetensors file = Safetensors.Load(new MemoryStream(bytes));
        Assert.Equal([SafetensorsType.F8E4M3, SafetensorsType.F8E5M2], file.Tensors.Select(t => t.Type));
        Assert.Equal(bytes, Bytes(file));
    }

    [Fact]
    public void A_network_is_saved_and_read_by_names()
    {
        var network = new Network(new Sequential(new Linear(3), new BatchNorm(), new Linear(2)), [4, 5]);
        double[] parameters = Lab.Initial(network), states = Lab.Normal(network.StateCount, 2), readParameters = new double[parameters.Length], readStates = new double[states.Length];
        var file = new Safetensors();
        file.Add<double>(network, parameters, states);
        Safetensors again = Safetensors.Load(new MemoryStream(Bytes(file)));
        again.Read<double>(network, readParameters, readStates);
        Promises.SameBits(parameters, readParameters, "parameters");
        Promises.SameBits(states, readStates, "states");

        var floats = new float[parameters.Length];
        again.Read<float>(network, floats, new float[states.Length]);
        Promises.SameBits(Array.ConvertAll(parameters, p => (float)p), floats, "as floats");

        // Another order of layers in the file is the same network; other shapes or names are not.
        var wider = new Network(new Sequential(new Linear(4), new BatchNorm(), new Linear(2)), [4, 5]);
        Assert.Contains("layer0.weight", Assert.Throws<InvalidDataException>(() => again.Read<double>(wider, new double[wider.ParameterCount], new double[wider.StateCount])).Message, StringComparison.Ordinal);
        var longer = new Network(new Sequential(new Linear(3), new BatchNorm(), new Linear(2), new Linear(1)), [4, 5]);
        Assert.Contains("no tensor 'layer3.weight'", Assert.Throws<InvalidDataException>(() => again.Read<double>(longer, new double[longer.ParameterCount], new double[longer.StateCount])).Message, StringComparison.Ordinal);
        again.Add<float>("more", [1], [1]);
        Assert.Contains("'more'", Assert.Throws<InvalidDataException>(() => again.Read<double>(network, readParameters, readStates)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_tensors_are_refused()
    {
        var file = new Safetensors();
        file.Add<float>("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => file.Add<float>("a", [1], [1]));
        Assert.Throws<ArgumentException>(() => file.Add<float>("b", [2], [1]));
        Assert.Throws<ArgumentException>(() => file.Add<float>("__metadata__", [1], [1]));
        Assert.Throws<NotSupportedException>(() => file.Add<Half>("b", [1], [Half.One]));
        Assert.Throws<ArgumentException>(() => file.Read<float>("a", new float[2]));
    }

    private static byte[] Bytes(Safetensors file)
    {
        using var stream = new MemoryStream();
        file.Save(stream);
        return stream.ToArray();
    }
}
