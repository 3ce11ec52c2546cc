using System.Numerics.Tensors;
using OptiCore.Networks;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Methods.Sampling;

/// <summary>Hash tables of classes, and the negatives that they give.</summary>
public sealed class HashedNegativesTests
{
    [Theory]
    [InlineData(0.9, 6, 4)]
    [InlineData(0.5, 4, 5)]
    [InlineData(0.0, 3, 2)]
    [InlineData(-0.4, 2, 3)]
    public void Vectors_collide_as_often_as_the_theory_says(double cosine, int bits, int tables)
    {
        const int dimension = 6, draws = 20_000;
        double[] pair = [1, 0, 0, 0, 0, 0, cosine, 0, Math.Sqrt(1 - (cosine * cosine)), 0, 0, 0];
        int together = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            var hashed = new SignHashTables<double>(pair, dimension, bits, tables, RandomKey.FromSeed(1).Fold(draw));
            bool any = false;
            for (int table = 0; table < tables; table++)
                any |= hashed.Codes(0)[table] == hashed.Codes(1)[table];
            together += any ? 1 : 0;
        }

        double p = SignHashTables<double>.CollisionProbability(cosine, bits, tables);
        Promises.Close(1 - Math.Pow(1 - Math.Pow(1 - (Math.Acos(cosine) / Math.PI), bits), tables), p, 1e-14, 0, "the formula");
        Promises.Close(p, (double)together / draws, 0, 4 * Math.Sqrt(p * (1 - p) / draws), "the rate");
    }

    [Fact]
    public void Buckets_hold_each_class_once_per_table_under_its_code_after_any_rehashing()
    {
        const int count = 300, dimension = 5;
        float[] vectors = Vectors(1, count, dimension);
        var tables = new SignHashTables<float>(vectors, dimension, 4, 3, RandomKey.FromSeed(2));
        Check();
        int[] changed = [3, 77, 299];
        foreach (int item in changed)
            vectors.AsSpan(item * dimension, dimension).Reverse();
        tables.Rehash(vectors, changed);
        Check();
        var anew = new SignHashTables<float>(vectors, dimension, 4, 3, RandomKey.FromSeed(2));
        for (int i = 0; i < count; i++)
            Assert.Equal(anew.Codes(i).ToArray(), tables.Codes(i).ToArray());

        void Check()
        {
            var codes = new int[3];
            for (int i = 0; i < count; i++)
            {
                tables.Hash(vectors.AsSpan(i * dimension, dimension), codes);
                Assert.Equal(codes, tables.Codes(i).ToArray());
            }

            for (int table = 0; table < 3; table++)
            {
                var seen = new List<int>();
                for (int code = 0; code < 16; code++)
                {
                    foreach (int item in tables.Bucket(table, code))
                    {
                        Assert.Equal(code, tables.Codes(item)[table]);
                        seen.Add(item);
                    }
                }

                seen.Sort();
                Assert.Equal(Enumerable.Range(0, count), seen);
            }
        }
    }

    [Fact]
    public void Samples_are_different_classes_of_the_buckets_without_the_positive()
    {
        const int count = 500, dimension = 8;
        float[] vectors = Vectors(3, count, dimension);
        var tables = new SignHashTables<float>(vectors, dimension, 5, 4, RandomKey.FromSeed(4));
        var sampler = new HashedNegatives<float>(tables);
        RandomStream stream = RandomKey.FromSeed(5).Stream();
        int fewest = int.MaxValue, most = 0;
        for (int positive = 0; positive < count; positive++)
        {
            var mates = new HashSet<int>();
            for (int table = 0; table < 4; table++)
                mates.UnionWith(tables.Bucket(table, tables.Codes(positive)[table]).ToArray());
            mates.Remove(positive);
            var negatives = new int[40];
            int found = positive % 2 == 0
                ? sampler.SampleByLabel(positive, negatives, ref stream)
                : sampler.SampleByEmbedding(vectors.AsSpan(positive * dimension, dimension), positive, negatives, ref stream);
            (fewest, most) = (Math.Min(fewest, found), Math.Max(most, found));
            Assert.Equal(Math.Min(40, mates.Count), found);
            Assert.Equal(40, negatives.Distinct().Count());
            Assert.DoesNotContain(positive, negatives);
            Assert.All(negatives[..found], item => Assert.Contains(item, mates));
        }

        // Both cases have occurred: enough mates, and a rest that is uniform.
        Assert.True(fewest < 40 && most == 40, $"{fewest} to {most}.");

        var chosen = new int[40];
        var probabilities = new double[40];
        Promises.AllocatesNothing(
            () =>
            {
                sampler.SampleByEmbedding(vectors.AsSpan(0, dimension), 0, chosen, ref stream);
                sampler.DrawByLabel(0, chosen, probabilities, ref stream);
                tables.Rehash(vectors);
            },
            "negatives");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Draws_have_the_probabilities_that_are_given_and_estimate_sums_without_bias(bool isLabel)
    {
        const int count = 60, dimension = 4, positive = 7, draws = 400_000;
        double[] vectors = Array.ConvertAll(Vectors(6, count, dimension), v => (double)v), embedding = [0.4, -1, 0.3, 0.8];
        var sampler = new HashedNegatives<double>(new SignHashTables<double>(vectors, dimension, 4, 5, RandomKey.FromSeed(7)));
        RandomStream stream = RandomKey.FromSeed(8).Stream();
        int[] classes = new int[draws], counts = new int[count];
        var probabilities = new double[draws];
        if (isLabel)
            sampler.DrawByLabel(positive, classes, probabilities, ref stream);
        else
            sampler.DrawByEmbedding(embedding, positive, classes, probabilities, ref stream);
        var known = new double[count];
        for (int i = 0; i < draws; i++)
        {
            counts[classes[i]]++;
            Assert.True(known[classes[i]] == 0 || known[classes[i]] == probabilities[i]);
            known[classes[i]] = probabilities[i];
        }

        Assert.Equal(0, counts[positive]);
        Promises.Close(1, known.Sum(), 1e-12, 0, "the sum of the probabilities");
        double chiSquare = 0;
        for (int i = 0; i < count; i++)
            chiSquare += i == positive ? 0 : Math.Pow(counts[i] - (draws * known[i]), 2) / (draws * known[i]);

        // 58 degrees of freedom: 97.0 is exceeded with the probability 0.001.
        Assert.InRange(chiSquare, 0, 97);

        // The gradient by the embedding of a sum over all negatives, sum_c log(1 + exp(s_c)), from few draws: right in each element.
        var exact = new double[dimension];
        var mean = new double[dimension];
        var square = new double[dimension];
        for (int c = 0; c < count; c++)
        {
            ReadOnlySpan<double> w = vectors.AsSpan(c * dimension, dimension);
            for (int k = 0; k < dimension; k++)
                exact[k] += c == positive ? 0 : w[k] / (1 + Math.Exp(-TensorPrimitives.Dot(w, embedding)));
        }

        const int each = 5;
        for (int first = 0; first < draws; first += each)
        {
            var estimate = new double[dimension];
            for (int i = first; i < first + each; i++)
            {
                ReadOnlySpan<double> w = vectors.AsSpan(classes[i] * dimension, dimension);
                for (int k = 0; k < dimension; k++)
                    estimate[k] += w[k] / (1 + Math.Exp(-TensorPrimitives.Dot(w, embedding))) / (each * probabilities[i]);
            }

            for (int k = 0; k < dimension; k++)
            {
                mean[k] += estimate[k] * each / draws;
                square[k] += Math.Pow(estimate[k] - exact[k], 2) * each / draws;
            }
        }

        for (int k = 0; k < dimension; k++)
            Promises.Close(exact[k], mean[k], 0, 4 * Math.Sqrt(square[k] * each / draws), "the gradient");
    }

    [Fact]
    public void Sampling_hardly_takes_longer_for_a_hundred_times_as_many_classes()
    {
        // As many classes in a bucket for each size, by the number of bits.
        const int dimension = 16, negatives = 20, queries = 2000;
        var visited = new double[3];
        for (int i = 0; i < 3; i++)
        {
            int count = (int)Math.Pow(10, 3 + i), bits = (int)Math.Round(Math.Log2(count / 10.0));
            float[] vectors = Vectors(9, count, dimension);
            var sampler = new HashedNegatives<float>(new SignHashTables<float>(vectors, dimension, bits, 10, RandomKey.FromSeed(10)));
            RandomStream stream = RandomKey.FromSeed(11).Stream();
            var chosen = new int[negatives];
            int found = 0;
            for (int query = 0; query < queries; query++)
            {
                int positive = stream.NextInt32(count);
                found += sampler.SampleByEmbedding(vectors.AsSpan(positive * dimension, dimension), positive, chosen, ref stream);
                visited[i] += (double)sampler.Visited / queries;
            }

            Assert.True(found > 0.95 * negatives * queries, $"{found} of {negatives * queries} negatives come from buckets.");
        }

        Assert.True(visited[2] < 1.2 * visited[0], $"{visited[0]}, {visited[1]} and {visited[2]} places in buckets for 1000, 10 000 and 100 000 classes.");
    }

    /// <summary>
    /// 20 000 classes in clusters of ten, each of which differs from its mates by little; the embedding has a few noisy directions. A classifier that starts with an example of each class, its scores
    /// at a temperature of a tenth, is refined by five negatives a step. What holds: five hard negatives teach more than five uniform or frequent ones, and those by the embedding more than
    /// twenty-five.
    /// </summary>
    /// <remarks>
    /// The rates are the best of 1, 3 and 10 for each. Shares of 4,000 examples have an error of 0.008; over five streams of training examples those by the embedding are 0.437 to 0.451, those of twenty-five
    /// uniform negatives 0.412 to 0.426. What doesn't hold: that it is so from any start, or in the same time. A temperature of a third leaves uniform negatives a gradient: after
    /// 400 000 steps five negatives by frequency are right more often there (0.58) than five by label (0.54). And a step is dearer: hashing takes bits x tables products of vectors, 280 here,
    /// beside which twenty-five uniform negatives are cheap. In seconds of one core for 100 000 steps: 0.85 by label and 1.45 by embedding for shares of 0.42 and 0.45, beside 0.55 for twenty-five
    /// uniform negatives and 0.42, and 1.06 for a hundred and 0.48. With vectors of 256 numbers: 2.6 by label for 0.87, 1.6 for twenty-five uniform ones and 0.86.
    /// </remarks>
    [Fact]
    public void Hard_negatives_teach_a_confident_classifier_of_many_classes_more_than_uniform_or_frequent_ones()
    {
        var task = new Classification();
        double embedding = task.Precision(Negatives.Embedding, 5, 1), label = task.Precision(Negatives.Label, 5, 1);
        double uniform = task.Precision(Negatives.Uniform, 5, 3), frequency = task.Precision(Negatives.Frequency, 5, 3), many = task.Precision(Negatives.Uniform, 25, 3);
        string all = $"Right: {embedding} by embedding, {label} by label, {uniform} by uniform negatives and {many} by five times as many, {frequency} by frequency.";
        double best = Math.Max(uniform, frequency);
        Assert.True(embedding > best + 0.05 && label > best + 0.05, all);
        Assert.True(embedding > many, all);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        float[] vectors = Vectors(12, 10, 3);
        var tables = new SignHashTables<float>(vectors, 3, 2, 2, RandomKey.FromSeed(13));
        var sampler = new HashedNegatives<float>(tables);
        RandomStream stream = RandomKey.FromSeed(14).Stream();
        Assert.Throws<ArgumentException>(() => new SignHashTables<float>(vectors, 4, 2, 2, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SignHashTables<float>(vectors, 3, 25, 2, default));
        Assert.Throws<ArgumentException>(() => tables.Hash(new float[2], new int[2]));
        Assert.Throws<ArgumentException>(() => tables.Rehash(new float[27]));
        Assert.Throws<ArgumentException>(() => new HashedNegatives<float>(new SignHashTables<float>(vectors.AsSpan(0, 3), 3, 2, 2, default)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HashedNegatives<float>(tables) { UniformShare = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.SampleByLabel(10, new int[1], ref stream));
        Assert.Throws<ArgumentException>(() => sampler.SampleByLabel(0, new int[10], ref stream));
        Assert.Throws<ArgumentException>(() => sampler.DrawByLabel(0, new int[2], new double[1], ref stream));
    }

    private static float[] Vectors(ulong seed, int count, int dimension)
    {
        var numbers = new double[count * dimension];
        RandomFill.Normal(RandomKey.FromSeed(seed), numbers);
        return Array.ConvertAll(numbers, v => (float)v);
    }

    private enum Negatives
    {
        Uniform,
        Frequency,
        Embedding,
        Label,
    }

    /// <summary>A softmax over many classes with a linear score, learned from one example a step.</summary>
    private sealed class Classification
    {
        private const int Classes = 20_000, Dimension = 32, Cluster = 10, Noisy = 8, Steps = 100_000, Period = 20_000;
        private readonly float[] _centres = new float[Classes * Dimension];
        private readonly AliasTable _law;

        public Classification()
        {
            double[] clusters = new double[Classes / Cluster * Dimension], own = new double[_centres.Length], frequencies = new double[Classes];
            RandomFill.Normal(RandomKey.FromSeed(1), clusters);
            RandomFill.Normal(RandomKey.FromSeed(2), own);
            for (int i = 0; i < own.Length; i++)
                _centres[i] = (float)((clusters[(i / Dimension / Cluster * Dimension) + (i % Dimension)] + (0.4 * own[i])) / Math.Sqrt(Dimension * 1.16));

            // Zipf's law with the exponent 1/2; ranks are spread over the clusters by a multiplier that has no factor with their number.
            for (int i = 0; i < Classes; i++)
                frequencies[(int)(i * 7919L % Classes)] = 1 / Math.Sqrt(i + 50.0);
            _law = new AliasTable(frequencies);
        }

        /// <summary>The share of examples whose class has the highest score.</summary>
        public double Precision(Negatives kind, int count, float rate)
        {
            float[] weights = new float[_centres.Length], x = new float[Dimension], scores = new float[Classes], logits = new float[count + 1];
            RandomStream first = RandomKey.FromSeed(3).Stream(), stream = RandomKey.FromSeed(5).Stream(), test = RandomKey.FromSeed(6).Stream();
            for (int c = 0; c < Classes; c++)
            {
                Example(c, x, ref first);
                for (int j = 0; j < Dimension; j++)
                    weights[(c * Dimension) + j] = 10 * x[j];
            }

            bool isHashed = kind is Negatives.Embedding or Negatives.Label;
            var tables = new SignHashTables<float>(weights, Dimension, 14, isHashed ? 20 : 1, RandomKey.FromSeed(4));
            var sampler = new HashedNegatives<float>(tables);
            var negatives = new int[count];
            for (int step = 1; step <= Steps; step++)
            {
                int y = _law.Draw(ref stream);
                Example(y, x, ref stream);
                if (kind == Negatives.Embedding)
                    sampler.SampleByEmbedding(x, y, negatives, ref stream);
                else if (kind == Negatives.Label)
                    sampler.SampleByLabel(y, negatives, ref stream);
                for (int i = 0; i < count && !isHashed; i++)
                {
                    do
                    {
                        negatives[i] = kind == Negatives.Uniform ? stream.NextInt32(Classes) : _law.Draw(ref stream);
                    }
                    while (negatives[i] == y);
                }

                for (int i = 0; i <= count; i++)
                    logits[i] = TensorPrimitives.Dot<float>(x, Row(weights, i == 0 ? y : negatives[i - 1]));
                TensorPrimitives.SoftMax<float>(logits, logits);
                for (int i = 0; i <= count; i++)
                {
                    Span<float> row = Row(weights, i == 0 ? y : negatives[i - 1]);
                    TensorPrimitives.MultiplyAdd<float>(x, rate * ((i == 0 ? 1 : 0) - logits[i]), row, row);
                }

                if (isHashed && step % Period == 0)
                    tables.Rehash(weights);
            }

            int right = 0;
            const int tests = 4000;
            for (int i = 0; i < tests; i++)
            {
                int y = _law.Draw(ref test);
                Example(y, x, ref test);
                for (int c = 0; c < Classes; c++)
                    scores[c] = TensorPrimitives.Dot<float>(x, Row(weights, c));
                right += TensorPrimitives.IndexOfMax<float>(scores) == y ? 1 : 0;
            }

            return (double)right / tests;
        }

        private static Span<float> Row(float[] weights, int c) => weights.AsSpan(c * Dimension, Dimension);

        private void Example(int c, Span<float> x, ref RandomStream stream)
        {
            for (int j = 0; j < Dimension; j++)
                x[j] = _centres[(c * Dimension) + j] + (float)((j < Noisy ? 0.9 : 0.3) / Math.Sqrt(Dimension) * stream.NextNormal());
        }
    }
}
