using System.Text;
using System.Xml.Linq;
using OptiCore.Persistence;
using OptiCore.RL.Drawing;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Episodes are written, read back and drawn.</summary>
public class RecordingTests
{
    [Fact]
    public void Recorded_episodes_are_those_that_were_played()
    {
        var played = new List<RecordedEpisode<float, int>>();
        byte[] file = Record(out int steps, played.Add);
        using var reader = new EpisodeReader<float, int>(new MemoryStream(file));
        IReadOnlyList<RecordedEpisode<float, int>> episodes = reader.ReadAll();
        Assert.Equal((4, 1, 0L), (reader.ObservationLength, reader.ActionLength, reader.TornLine));
        Assert.Equal(played.Count, episodes.Count);
        Assert.True(played.Count > 10);
        for (int k = 0; k < played.Count; k++)
        {
            Assert.Equal((played[k].Environment, played[k].Number, played[k].Terminated, played[k].Truncated), (episodes[k].Environment, episodes[k].Number, episodes[k].Terminated, episodes[k].Truncated));
            Promises.SameBits(played[k].Observations, episodes[k].Observations, $"observations of episode {k}");
            Assert.Equal(played[k].Actions, episodes[k].Actions);
            Promises.SameBits(played[k].Rewards, episodes[k].Rewards, $"rewards of episode {k}");
        }

        // Every transition obeys the dynamics, the last one included.
        foreach (RecordedEpisode<float, int> episode in episodes)
        {
            for (int t = 0; t < episode.Length; t++)
            {
                ReadOnlySpan<float> s = episode.Observation(t), next = episode.Observation(t + 1);
                CartPoleState expected = CartPole.Next(new CartPoleState(s[0], s[1], s[2], s[3]), episode.Action(t)[0]);
                Assert.Equal(expected.Position, next[0], 1e-6);
                Assert.Equal(expected.AngularVelocity, next[3], 1e-6);
            }

            Assert.Equal(episode.Length, episode.Return);
        }
    }

    [Fact]
    public void Every_number_survives_the_file()
    {
        var episode = new RecordedEpisode<double, float>
        {
            Environment = 3,
            Number = 1L << 40,
            Observations = [double.NaN, double.PositiveInfinity, 0.1, -0.0, double.Epsilon, double.MaxValue],
            Actions = [float.NegativeInfinity, 1e-45f],
            Rewards = [1.0 / 3, double.NegativeInfinity],
            Terminated = true,
            Truncated = true,
        };
        using var stream = new MemoryStream();
        using (var writer = new EpisodeWriter<double, float>(stream, new StackedSpace<double>(new Line(), 2), new Box(-1, 1, 1), leaveOpen: true))
            writer.Write(episode);
        stream.Position = 0;
        using var reader = new EpisodeReader<double, float>(stream);
        RecordedEpisode<double, float> read = reader.Read()!;
        Assert.Null(reader.Read());
        Promises.SameBits(episode.Observations, read.Observations, "observations");
        Promises.SameBits(episode.Actions, read.Actions, "actions");
        Promises.SameBits(episode.Rewards, read.Rewards, "rewards");
        Assert.Equal((3, 1L << 40, true, true), (read.Environment, read.Number, read.Terminated, read.Truncated));
    }

    [Fact]
    public void An_episode_that_is_given_up_is_written_as_truncated_where_it_was()
    {
        using var stream = new MemoryStream();
        var inner = new CartPole(1);
        using var writer = new EpisodeWriter<float, int>(stream, inner.ObservationSpace, inner.ActionSpace, leaveOpen: true);
        var environment = new TimeLimit<float, int>(new EpisodeRecorder<float, int>(inner, writer), 4);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        for (int t = 0; t < 4; t++)
            environment.Step([1], buffers);
        stream.Position = 0;
        RecordedEpisode<float, int> episode = Assert.Single(new EpisodeReader<float, int>(stream, leaveOpen: true).ReadAll());
        Assert.Equal((4, false, true), (episode.Length, episode.Terminated, episode.Truncated));
        Assert.Equal(buffers.FinalObservation(0).ToArray(), episode.Observation(4).ToArray());
    }

    [Fact]
    public void Only_every_third_episode_is_written_if_so_asked()
    {
        using var stream = new MemoryStream();
        TabularEnvironment inner = Worlds.Endless(2);
        using var writer = new EpisodeWriter<int, int>(stream, inner.ObservationSpace, inner.ActionSpace, leaveOpen: true);
        var environment = new EpisodeRecorder<int, int>(inner, writer) { Every = 3 };
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        for (int t = 0; t < 35; t++)
            environment.Step([0, 0], buffers);
        stream.Position = 0;
        Assert.Equal([(0, 0L), (1, 0L), (0, 3L), (1, 3L), (0, 6L), (1, 6L)], new EpisodeReader<int, int>(stream, leaveOpen: true).ReadAll().Select(e => (e.Environment, e.Number)));
        Assert.Equal(6, writer.Count);
    }

    [Fact]
    public void A_resumed_recorder_writes_what_an_uninterrupted_one_does()
    {
        byte[] whole = Record(out int steps);
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        EpisodeRecorder<float, int> begun = Recorder(first), continued = Recorder(second);
        StepBuffers<float> buffers = begun.CreateBuffers();
        begun.Reset(RandomKey.FromSeed(6), buffers);
        Play(begun, buffers, 0, 77);
        StateArchive.Load(continued, StateArchive.Save(begun));
        long header = second.Length;
        Play(continued, buffers, 77, steps);
        Assert.Equal(whole, first.ToArray().Concat(second.ToArray().Skip((int)header)));
    }

    [Fact]
    public void A_line_that_was_cut_off_ends_the_file_and_is_reported()
    {
        byte[] file = Record(out _);
        using var reader = new EpisodeReader<float, int>(new MemoryStream(file, 0, file.Length - 30));
        int lines = Encoding.UTF8.GetString(file).Count(c => c == '\n');
        Assert.Equal(lines - 2, reader.ReadAll().Count);
        Assert.Equal(lines, reader.TornLine);
    }

    [Theory]
    [InlineData("", "no first line")]
    [InlineData("{\"format\":\"other\",\"version\":1}", "Line 1")]
    [InlineData("{\"format\":\"opticore-episodes\",\"version\":2}", "Line 1")]
    [InlineData("{\"format\":\"opticore-episodes\",\"version\":1,\"observation\":\"float64\",\"action\":\"int32\"}", "float64")]
    [InlineData("{\"format\":\"opticore-episodes\",\"version\":1,\"observation\":\"float32\"}", "\"action\"")]
    [InlineData("nonsense", "Line 1")]
    public void A_file_of_something_else_is_refused_with_what_is_wrong(string first, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => new EpisodeReader<float, int>(new MemoryStream(Encoding.UTF8.GetBytes(first)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"terminated\":true,", "\"terminated\":7,")]
    [InlineData("\"rewards\":[1,", "\"rewards\":[")]
    [InlineData("\"actions\":[", "\"actions\":[\"x\",")]
    [InlineData("\"episode\":", "\"chapter\":")]
    [InlineData("{\"environment\"", "\"environment\"")]
    public void A_damaged_line_is_named(string what, string by)
    {
        string[] lines = Encoding.UTF8.GetString(Record(out _)).Split('\n');
        Assert.Contains(what, lines[3], StringComparison.Ordinal);
        int at = lines[3].IndexOf(what, StringComparison.Ordinal);
        lines[3] = lines[3][..at] + by + lines[3][(at + what.Length)..];
        using var reader = new EpisodeReader<float, int>(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        Assert.Contains("Line 4", Assert.Throws<InvalidDataException>(() => reader.ReadAll()).Message, StringComparison.Ordinal);
        Assert.Equal(2, reader.Count);
    }

    [Fact]
    public void Elements_that_cannot_be_recorded_are_refused() =>
        Assert.Contains("Int64", Assert.Throws<NotSupportedException>(() => new EpisodeReader<long, int>(new MemoryStream())).Message, StringComparison.Ordinal);

    [Fact]
    public void An_episode_whose_lengths_do_not_fit_is_not_written()
    {
        using var stream = new MemoryStream();
        using var writer = new EpisodeWriter<float, int>(stream, new Box(0, 1, 2), new Discrete(2));
        long before = stream.Length;
        Assert.Contains("4", Assert.Throws<ArgumentException>(() => writer.Write(new RecordedEpisode<float, int>
        {
            Environment = 0,
            Number = 0,
            Observations = [1, 2, 3],
            Actions = [0],
            Rewards = [1],
            Terminated = true,
            Truncated = false,
        })).Message, StringComparison.Ordinal);
        Assert.Equal(before, stream.Length);
    }

    [Fact]
    public void Films_are_well_formed_and_have_a_frame_for_each_observation()
    {
        using var reader = new EpisodeReader<float, int>(new MemoryStream(Record(out _)));
        RecordedEpisode<float, int> episode = reader.Read()!;
        XElement film = XDocument.Parse(Film.Animation(new CartPoleScene(), episode, 50)).Root!;
        XNamespace svg = "http://www.w3.org/2000/svg";
        XElement[] frames = [.. film.Elements(svg + "g")];
        Assert.Equal(episode.Length + 1, frames.Length);

        // Keys of the timing follow each other without a gap, and the cart is where the observation says.
        string end = "0";
        for (int t = 0; t < frames.Length; t++)
        {
            string[] times = frames[t].Element(svg + "animate")!.Attribute("keyTimes")!.Value.Split(';');
            Assert.Equal(end, t == 0 ? times[0] : times[1]);
            end = times[^1];
            double left = double.Parse(frames[t].Element(svg + "rect")!.Attribute("x")!.Value, System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(160 + (60 * episode.Observation(t)[0]) - 22, left, 0.006);
        }

        XElement strip = XDocument.Parse(Film.Strip(new CartPoleScene(), episode, 6, 3)).Root!;
        Assert.Equal(6, strip.Elements(svg + "svg").Count());
        Assert.StartsWith(episode.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) + ", terminated", strip.Elements(svg + "text").Last().Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MountainCar")]
    [InlineData("Pendulum")]
    [InlineData("Acrobot")]
    [InlineData("FrozenLake")]
    [InlineData("CliffWalking")]
    [InlineData("Taxi")]
    public void Every_scene_draws_what_its_environment_shows(string name)
    {
        string film = name switch
        {
            "MountainCar" => Filmed(new MountainCar { MaxEpisodeSteps = 30 }, new MountainCarScene()),
            "Pendulum" => Filmed(new Pendulum { MaxEpisodeSteps = 30 }, new PendulumScene()),
            "Acrobot" => Filmed(new Acrobot { MaxEpisodeSteps = 30 }, new AcrobotScene()),
            "FrozenLake" => Filmed(FrozenLake.Create8x8(), new GridScene(FrozenLake.Map8x8)),
            "CliffWalking" => Filmed(new TimeLimit<int, int>(CliffWalking.Create(), 30), GridScene.Cliff),
            _ => Filmed(new TimeLimit<int, int>(Taxi.Create(), 30), new TaxiScene()),
        };
        XElement root = XDocument.Parse(film).Root!;
        Assert.True(root.Elements().Count() >= 2);
        Assert.DoesNotContain("NaN", film, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scene_of_other_observations_is_refused()
    {
        using var reader = new EpisodeReader<float, int>(new MemoryStream(Record(out _)));
        RecordedEpisode<float, int> episode = reader.Read()!;
        Assert.Throws<ArgumentException>(() => Film.Strip(new AcrobotScene(), episode));
        Assert.Throws<ArgumentOutOfRangeException>(() => Film.Animation(new CartPoleScene(), episode, 0));
        Assert.Throws<ArgumentException>(() => new GridScene(["SF", "F"]));
        Assert.Throws<ArgumentException>(() => new GridScene(["SX"]));
        Assert.Throws<ArgumentException>(() => new GridScene([]));
    }

    private static string Filmed<TObservation, TAction>(IVectorEnvironment<TObservation, TAction> inner, IScene<TObservation> scene)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        using var stream = new MemoryStream();
        using var writer = new EpisodeWriter<TObservation, TAction>(stream, inner.ObservationSpace, inner.ActionSpace, leaveOpen: true);
        var environment = new EpisodeRecorder<TObservation, TAction>(inner, writer);
        StepBuffers<TObservation> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(2), buffers);
        var action = new TAction[1];
        for (int t = 0; writer.Count == 0; t++)
        {
            environment.ActionSpace.Sample(RandomKey.FromSeed(5).Fold(t), action);
            environment.Step(action, buffers);
        }

        stream.Position = 0;
        return Film.Strip(scene, new EpisodeReader<TObservation, TAction>(stream, leaveOpen: true).Read()!, 12, 4);
    }

    private static EpisodeRecorder<float, int> Recorder(MemoryStream stream)
    {
        var inner = new CartPole(3) { MaxEpisodeSteps = 40 };
        return new EpisodeRecorder<float, int>(inner, new EpisodeWriter<float, int>(stream, inner.ObservationSpace, inner.ActionSpace, leaveOpen: true));
    }

    private static byte[] Record(out int steps, Action<RecordedEpisode<float, int>>? played = null)
    {
        steps = 200;
        using var stream = new MemoryStream();
        EpisodeRecorder<float, int> environment = Recorder(stream);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(6), buffers);
        Play(environment, buffers, 0, steps, played);
        return stream.ToArray();
    }

    /// <summary>Plays, and keeps its own account of what was played.</summary>
    private static void Play(EpisodeRecorder<float, int> environment, StepBuffers<float> buffers, int from, int to, Action<RecordedEpisode<float, int>>? played = null)
    {
        int[] numbers = new int[3];
        List<float>[] observations = [.. Enumerable.Range(0, 3).Select(i => buffers.Observation(i).ToArray().ToList())];
        List<int>[] actions = [[], [], []];
        for (int t = from; t < to; t++)
        {
            int[] step = [(t * 7 / 3) % 2, t % 3 == 0 ? 1 : 0, t / 2 % 2];
            environment.Step(step, buffers);
            for (int i = 0; i < 3; i++)
            {
                bool ended = buffers.Terminated[i] || buffers.Truncated[i];
                actions[i].Add(step[i]);
                observations[i].AddRange(ended ? buffers.FinalObservation(i).ToArray() : buffers.Observation(i).ToArray());
                if (!ended)
                    continue;
                played?.Invoke(new RecordedEpisode<float, int>
                {
                    Environment = i,
                    Number = numbers[i]++,
                    Observations = [.. observations[i]],
                    Actions = [.. actions[i]],
                    Rewards = [.. actions[i].Select(_ => 1.0)],
                    Terminated = buffers.Terminated[i],
                    Truncated = buffers.Truncated[i],
                });
                observations[i] = [.. buffers.Observation(i).ToArray()];
                actions[i] = [];
            }
        }
    }

    /// <summary>The real line in double precision, which the library itself has no space for.</summary>
    private sealed class Line : Space<double>
    {
        public override int Length => 1;

        public override int FlatLength => 1;

        public override bool Contains(ReadOnlySpan<double> value) => value.Length == 1;

        public override void Sample(RandomKey key, Span<double> value) => value[0] = key.Stream().NextNormal();

        public override void Flatten(ReadOnlySpan<double> value, Span<float> features) => features[0] = (float)value[0];

        public override string ToString() => "Line";
    }
}
