namespace OptiCore.Problems;

/// <content>Functions that are searched in a box: the set of L. C. W. Dixon and G. P. Szegő (1978), and others with many minima. Points are given to the precision of a double.</content>
public static partial class ClassicFunctions
{
    private const string DixonSzego = "Dixon, Szegő (1978), The global optimization problem: an introduction";

    /// <summary>Branin's function, (x2 - 5.1 x1^2 / (4 pi^2) + 5 x1 / pi - 6)^2 + 10 (1 - 1 / (8 pi)) cos x1 + 10, with three global minima of value 10 / (8 pi).</summary>
    public static TestFunction<IDifferentiableFunction<double>> Branin() => new(
        "Branin", "Branin (1972), Widely convergent method for finding multiple solutions of simultaneous nonlinear equations",
        Function.WithGradient<double>(2, static (x, g) =>
        {
            const double B = 5.1 / (4 * Math.PI * Math.PI), C = 5 / Math.PI, T = 10 * (1 - (1 / (8 * Math.PI)));
            double u = x[1] - (B * x[0] * x[0]) + (C * x[0]) - 6;
            g[0] = (2 * u * (C - (2 * B * x[0]))) - (T * Math.Sin(x[0]));
            g[1] = 2 * u;
            return (u * u) + (T * Math.Cos(x[0])) + 10;
        }),
        [2.5, 7.5],
        [new(10 / (8 * Math.PI), [-Math.PI, 12.275]), new(10 / (8 * Math.PI), [Math.PI, 2.275]), new(10 / (8 * Math.PI), [3 * Math.PI, 2.475])])
    {
        Box = new Bounds([-5, 0], [10, 15]),
    };

    /// <summary>The function of Goldstein and Price, a polynomial of degree 8 with four minima, the global one 3 at (0, -1).</summary>
    public static TestFunction<IDifferentiableFunction<double>> GoldsteinPrice() => new(
        "Goldstein-Price", "Goldstein, Price (1971), On descent from local minima",
        Function.WithGradient<double>(2, static (x, g) =>
        {
            double a = x[0], b = x[1], s = a + b + 1, t = (2 * a) - (3 * b);
            double p = 19 - (14 * a) + (3 * a * a) - (14 * b) + (6 * a * b) + (3 * b * b), q = 18 - (32 * a) + (12 * a * a) + (48 * b) - (36 * a * b) + (27 * b * b);
            double u = 1 + (s * s * p), v = 30 + (t * t * q);
            double pa = -14 + (6 * a) + (6 * b), qa = -32 + (24 * a) - (36 * b), qb = 48 - (36 * a) + (54 * b);
            g[0] = (((2 * s * p) + (s * s * pa)) * v) + (u * ((4 * t * q) + (t * t * qa)));
            g[1] = (((2 * s * p) + (s * s * pa)) * v) + (u * ((-6 * t * q) + (t * t * qb)));
            return u * v;
        }),
        [-0.5, 0.25], [new(3, [0, -1])])
    {
        Box = Bounds.All(-2, 2),
    };

    /// <summary>The six-hump camel, (4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2: six minima, two of them global.</summary>
    public static TestFunction<IDifferentiableFunction<double>> SixHumpCamel() => new(
        "Six-hump camel", DixonSzego,
        Function.WithGradient<double>(2, static (x, g) =>
        {
            double a = x[0] * x[0], b = x[1] * x[1];
            g[0] = (((8 - (8.4 * a)) + (2 * a * a)) * x[0]) + x[1];
            g[1] = x[0] + (((16 * b) - 8) * x[1]);
            return ((4 - (2.1 * a) + (a * a / 3)) * a) + (x[0] * x[1]) + (((4 * b) - 4) * b);
        }),
        [1.5, 0.8],
        [new(-1.0316284534898774, [0.08984201310031806, -0.7126564030207396]), new(-1.0316284534898774, [-0.08984201310031806, 0.7126564030207396])])
    {
        Box = new Bounds([-3, -2], [3, 2]),
    };

    /// <summary>Hartmann's function of three variables, -sum_i c_i exp(-sum_j a_ij (x_j - p_ij)^2) with four terms.</summary>
    public static TestFunction<IDifferentiableFunction<double>> Hartmann3() => new(
        "Hartmann 3", DixonSzego,
        new Hartmann([3, 10, 30, 0.1, 10, 35, 3, 10, 30, 0.1, 10, 35], [0.3689, 0.1170, 0.2673, 0.4699, 0.4387, 0.7470, 0.1091, 0.8732, 0.5547, 0.0381, 0.5743, 0.8828]),
        [0.5, 0.5, 0.5], [new(-3.8627797873326625, [0.11458887665506897, 0.55564889461693, 0.8525469846866774])])
    {
        Box = Bounds.All(0, 1),
    };

    /// <summary>Hartmann's function of six variables.</summary>
    public static TestFunction<IDifferentiableFunction<double>> Hartmann6() => new(
        "Hartmann 6", DixonSzego,
        new Hartmann(
            [10, 3, 17, 3.5, 1.7, 8, 0.05, 10, 17, 0.1, 8, 14, 3, 3.5, 1.7, 10, 17, 8, 17, 8, 0.05, 10, 0.1, 14],
            [
                0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886, 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991,
                0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650, 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381,
            ]),
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
        [new(-3.3223680114155148, [0.20168951100670543, 0.15001069182345797, 0.476873974221897, 0.27533243049405605, 0.31165161660011326, 0.6573005340656203])])
    {
        Box = Bounds.All(0, 1),
    };

    /// <summary>Shekel's foxholes, -sum_i 1 / (c_i + |x - a_i|^2) of four variables, with as many minima as terms.</summary>
    /// <param name="terms">The number of terms: 5, 7 or 10.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another number of terms.</exception>
    public static TestFunction<IDifferentiableFunction<double>> Shekel(int terms) => new(
        "Shekel " + terms, DixonSzego, new ShekelFoxholes(terms), [5, 5, 5, 5],
        [
            terms switch
            {
                5 => new(-10.153199679058227, [4.00003715281967623, 4.00013327659156009, 4.00003715281967623, 4.00013327659156009]),
                7 => new(-10.402940566818661, [4.00057291618582335, 4.00068936618530425, 3.99948970885915061, 3.99960615885863153]),
                10 => new(-10.536409816692043, [4.00074653159204672, 4.0005929341385320, 3.99966339804032230, 3.99950980058680758]),
                _ => throw new ArgumentOutOfRangeException(nameof(terms), terms, $"{nameof(terms)} is {terms} but must be 5, 7 or 10."),
            },
        ])
    {
        Box = Bounds.All(0, 10),
    };

    /// <summary>Shubert's function, the product of sum_{i=1}^5 i cos((i + 1) x_j + i) over two variables: 760 minima in the box, 18 of them global.</summary>
    public static TestFunction<IDifferentiableFunction<double>> Shubert() => new(
        "Shubert", "Shubert (1972), A sequential method seeking the global maximum of a function",
        Function.WithGradient<double>(2, static (x, g) =>
        {
            double first = 0, second = 0, firstSlope = 0, secondSlope = 0;
            for (int i = 1; i <= 5; i++)
            {
                (double sine, double cosine) = Math.SinCos(((i + 1) * x[0]) + i);
                first += i * cosine;
                firstSlope -= i * (i + 1) * sine;
                (sine, cosine) = Math.SinCos(((i + 1) * x[1]) + i);
                second += i * cosine;
                secondSlope -= i * (i + 1) * sine;
            }

            g[0] = firstSlope * second;
            g[1] = first * secondSlope;
            return first * second;
        }),
        [0.5, 0.5], [new(-186.73090883102383, [-7.0835064076515596, 4.8580568788598255])])
    {
        Box = Bounds.All(-10, 10),
    };

    /// <summary>Schwefel's function, sum 418.98... - x_i sin sqrt |x_i|: the global minimum 0 lies near a corner, far from the next best ones.</summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> Schwefel(int dimension) => new(
        "Schwefel", "Schwefel (1981), Numerical optimization of computer models",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double root = Math.Sqrt(Math.Abs(x[i]));
                (double sine, double cosine) = Math.SinCos(root);
                sum += 418.98288727243371 - (x[i] * sine);
                g[i] = -sine - (root * cosine / 2);
            }

            return sum;
        }),
        Alternate(dimension, -120, 60), [new(0, Alternate(dimension, 420.96874635998203, 420.96874635998203))])
    {
        Box = Bounds.All(-500, 500),
    };

    private sealed class Hartmann(double[] widths, double[] centers) : IDifferentiableFunction<double>
    {
        private static readonly double[] Weights = [1, 1.2, 3, 3.2];

        public int Dimension => widths.Length / 4;

        public double Value(ReadOnlySpan<double> x) => ValueAndGradient(x, stackalloc double[Dimension]);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            gradient.Clear();
            double sum = 0;
            for (int i = 0; i < 4; i++)
            {
                double exponent = 0;
                for (int j = 0; j < x.Length; j++)
                {
                    double d = x[j] - centers[(i * x.Length) + j];
                    exponent += widths[(i * x.Length) + j] * d * d;
                }

                double term = Weights[i] * Math.Exp(-exponent);
                sum -= term;
                for (int j = 0; j < x.Length; j++)
                    gradient[j] += 2 * term * widths[(i * x.Length) + j] * (x[j] - centers[(i * x.Length) + j]);
            }

            return sum;
        }
    }

    private sealed class ShekelFoxholes(int terms) : IDifferentiableFunction<double>
    {
        private static readonly double[] Depths = [0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5];

        private static readonly double[] Centers =
        [
            4, 4, 4, 4, 1, 1, 1, 1, 8, 8, 8, 8, 6, 6, 6, 6, 3, 7, 3, 7,
            2, 9, 2, 9, 5, 5, 3, 3, 8, 1, 8, 1, 6, 2, 6, 2, 7, 3.6, 7, 3.6,
        ];

        public int Dimension => 4;

        public double Value(ReadOnlySpan<double> x) => ValueAndGradient(x, stackalloc double[4]);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            gradient.Clear();
            double sum = 0;
            for (int i = 0; i < terms; i++)
            {
                double square = Depths[i];
                for (int j = 0; j < 4; j++)
                    square += (x[j] - Centers[(4 * i) + j]) * (x[j] - Centers[(4 * i) + j]);
                sum -= 1 / square;
                for (int j = 0; j < 4; j++)
                    gradient[j] += 2 * (x[j] - Centers[(4 * i) + j]) / (square * square);
            }

            return sum;
        }
    }
}
