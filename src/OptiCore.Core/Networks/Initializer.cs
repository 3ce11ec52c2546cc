using OptiCore.Differentiation;
using OptiCore.Randomness;

namespace OptiCore.Networks;

/// <summary>What a tensor of parameters is before learning. Matrices are inputs x outputs; of a convolution's kernel the first axes are the receptive field.</summary>
public abstract record Initializer
{
    /// <summary>Zeros.</summary>
    public static Initializer Zeros { get; } = new Constant(0);

    /// <summary>Ones.</summary>
    public static Initializer Ones { get; } = new Constant(1);

    /// <summary>Uniform with the variance 2 / (inputs + outputs): X. Glorot, Y. Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks".</summary>
    public static Initializer GlorotUniform { get; } = new Scaled { Gain = 1, Fan = FanKind.Mean };

    /// <summary>Normal with the variance 2 / (inputs + outputs): X. Glorot, Y. Bengio (2010).</summary>
    public static Initializer GlorotNormal { get; } = new Scaled { Gain = 1, Fan = FanKind.Mean, IsNormal = true };

    /// <summary>Uniform with the variance 2 / inputs, for rectifiers: K. He et al. (2015), "Delving deep into rectifiers".</summary>
    public static Initializer HeUniform { get; } = new Scaled { Gain = 2, Fan = FanKind.In };

    /// <summary>Normal with the variance 2 / inputs, for rectifiers: K. He et al. (2015).</summary>
    public static Initializer HeNormal { get; } = new Scaled { Gain = 2, Fan = FanKind.In, IsNormal = true };

    /// <summary>Normal with the variance 1 / inputs: Y. LeCun et al. (1998), "Efficient backprop".</summary>
    public static Initializer LeCunNormal { get; } = new Scaled { Gain = 1, Fan = FanKind.In, IsNormal = true };

    /// <summary>Normal numbers.</summary>
    /// <param name="deviation">The standard deviation.</param>
    public static Initializer Normal(double deviation) => new NormalNumbers(Require.NonNegative(deviation, nameof(deviation)));

    /// <summary>Uniform numbers on an interval.</summary>
    /// <param name="least">The lower end.</param>
    /// <param name="most">The upper end.</param>
    public static Initializer Uniform(double least, double most) => new UniformNumbers(Require.Finite(least, nameof(least)), Require.Finite(most, nameof(most)));

    /// <summary>One number everywhere.</summary>
    /// <param name="value">The number.</param>
    public static Initializer Value(double value) => new Constant(value);

    /// <summary>A random matrix with orthonormal rows or columns, times a gain: A. M. Saxe, J. L. McClelland, S. Ganguli (2014), "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".</summary>
    /// <param name="gain">The factor: 1, or sqrt(2) before rectifiers.</param>
    public static Initializer Orthogonal(double gain = 1) => new OrthogonalMatrix(Require.Positive(gain, nameof(gain)));

    /// <summary>Writes the numbers.</summary>
    /// <param name="key">The key; the same key gives the same numbers.</param>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="values">Receives the elements, row-major.</param>
    public abstract void Fill(RandomKey key, Shape shape, Span<double> values);

    /// <summary>The standard deviation of the numbers of a tensor, 0 for fixed ones.</summary>
    /// <param name="shape">The tensor's shape.</param>
    public virtual double Deviation(Shape shape) => 0;

    /// <summary>The numbers of inputs and outputs of a tensor of weights.</summary>
    /// <param name="shape">Its shape: [..., inputs, outputs], the axes before being a convolution's receptive field.</param>
    public static (int Inputs, int Outputs) Fans(Shape shape)
    {
        if (shape.Rank < 2)
            return (Math.Max(1, shape.ElementCount), Math.Max(1, shape.ElementCount));
        int field = shape.Leading(shape.Rank - 2).ElementCount;
        return (field * shape[-2], field * shape[-1]);
    }

    private enum FanKind
    {
        In,
        Mean,
    }

    private sealed record Constant(double Number) : Initializer
    {
        public override void Fill(RandomKey key, Shape shape, Span<double> values) => values.Fill(Number);
    }

    private sealed record NormalNumbers(double Sigma) : Initializer
    {
        public override double Deviation(Shape shape) => Sigma;

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            RandomFill.Normal(key, values);
            for (int i = 0; i < values.Length; i++)
                values[i] *= Sigma;
        }
    }

    private sealed record UniformNumbers(double Least, double Most) : Initializer
    {
        public override double Deviation(Shape shape) => Math.Abs(Most - Least) / Math.Sqrt(12);

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            RandomFill.Uniform(key, values);
            for (int i = 0; i < values.Length; i++)
                values[i] = Least + ((Most - Least) * values[i]);
        }
    }

    private sealed record Scaled : Initializer
    {
        public required double Gain { get; init; }

        public required FanKind Fan { get; init; }

        public bool IsNormal { get; init; }

        public override double Deviation(Shape shape)
        {
            (int inputs, int outputs) = Fans(shape);
            return Math.Sqrt(Gain / (Fan == FanKind.In ? inputs : 0.5 * (inputs + outputs)));
        }

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            double deviation = Deviation(shape);
            Initializer numbers = IsNormal ? new NormalNumbers(deviation) : new UniformNumbers(-Math.Sqrt(3) * deviation, Math.Sqrt(3) * deviation);
            numbers.Fill(key, shape, values);
        }
    }

    private sealed record OrthogonalMatrix(double Gain) : Initializer
    {
        // Each of the longer axis' vectors has the norm 1.
        public override double Deviation(Shape shape) => Gain / Math.Sqrt(Math.Max(shape[-1], shape.ElementCount / Math.Max(1, shape[-1])));

        public override void Fill(RandomKey key, Shape shape, Span<double> values)
        {
            if (shape.Rank < 2)
                throw new ArgumentException($"An orthogonal initializer needs a matrix, not {shape}.", nameof(shape));
            int columns = shape[-1], rows = values.Length / Math.Max(1, columns), tall = Math.Max(rows, columns), thin = Math.Min(rows, columns);
            if (thin == 0)
                return;

            // Q of a normal matrix, with R's diagonal made positive, is uniform over orthonormal frames.
            var matrix = new double[tall * thin];
            RandomFill.Normal(key, matrix);
            for (int j = 0; j < thin; j++)
            {
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int k = 0; k < j; k++)
                    {
                        double overlap = 0;
                        for (int i = 0; i < tall; i++)
                            overlap += matrix[(i * thin) + k] * matrix[(i * thin) + j];
                        for (int i = 0; i < tall; i++)
                            matrix[(i * thin) + j] -= overlap * matrix[(i * thin) + k];
                    }
                }

                double norm = 0;
                for (int i = 0; i < tall; i++)
                    norm += matrix[(i * thin) + j] * matrix[(i * thin) + j];
                norm = Math.Sqrt(norm);
                for (int i = 0; i < tall; i++)
                    matrix[(i * thin) + j] /= norm;
            }

            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    values[(i * columns) + j] = Gain * (rows >= columns ? matrix[(i * thin) + j] : matrix[(j * thin) + i]);
            }
        }
    }
}
