namespace OptiCore.Problems;

/// <summary>Functions that everybody tests with, each with a gradient written by hand, a usual start and its known minima.</summary>
public static partial class ClassicFunctions
{
    /// <summary>Rosenbrock's chain from (-1.2, 1, -1.2, 1, ...); see <see cref="OptiCore.Problems.Rosenbrock"/>.</summary>
    /// <param name="dimension">The number n of variables, at least 2.</param>
    public static TestFunction<ITwiceDifferentiableFunction<double>> Rosenbrock(int dimension) => new(
        "Rosenbrock", "Rosenbrock (1960), An automatic method for finding the greatest or least value of a function",
        new Rosenbrock(dimension), Alternate(dimension, -1.2, 1), [new(0, Alternate(dimension, 1, 1))]);

    /// <summary>The sphere, sum x_i^2, with its minimum 0 at the origin.</summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> Sphere(int dimension) => new(
        "Sphere", "De Jong (1975), An analysis of the behavior of a class of genetic adaptive systems",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                sum += x[i] * x[i];
                g[i] = 2 * x[i];
            }

            return sum;
        }),
        Alternate(dimension, 3, -2), [new(0, new double[dimension])]);

    /// <summary>Rastrigin's function, 10 n + sum x_i^2 - 10 cos(2 pi x_i): a minimum near every integer point, the global one 0 at the origin.</summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> Rastrigin(int dimension) => new(
        "Rastrigin", "Rastrigin (1974), Systems of extremal control; Mühlenbein, Schomisch, Born (1991), The parallel genetic algorithm as function optimizer",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double sum = 10.0 * x.Length;
            for (int i = 0; i < x.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(2 * Math.PI * x[i]);
                sum += (x[i] * x[i]) - (10 * cosine);
                g[i] = (2 * x[i]) + (20 * Math.PI * sine);
            }

            return sum;
        }),
        Alternate(dimension, 2.3, -1.7), [new(0, new double[dimension])]);

    /// <summary>
    /// Ackley's function, -20 exp(-0.2 sqrt(mean x_i^2)) - exp(mean cos(2 pi x_i)) + 20 + e: a funnel with ripples, its minimum 0 at the origin, where
    /// it has a cone's tip and the gradient is taken as 0.
    /// </summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> Ackley(int dimension) => new(
        "Ackley", "Ackley (1987), A connectionist machine for genetic hillclimbing",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double square = 0, cosines = 0;
            foreach (double v in x)
            {
                square += v * v;
                cosines += Math.Cos(2 * Math.PI * v);
            }

            int n = x.Length;
            double radius = Math.Sqrt(square / n), funnel = Math.Exp(-0.2 * radius), ripple = Math.Exp(cosines / n);
            for (int i = 0; i < n; i++)
                g[i] = (radius == 0 ? 0 : 4 * funnel * x[i] / (n * radius)) + (ripple * 2 * Math.PI * Math.Sin(2 * Math.PI * x[i]) / n);
            return (20 * (1 - funnel)) + (Math.E - ripple);
        }),
        Alternate(dimension, 2.3, -1.7), [new(0, new double[dimension])]);

    /// <summary>Griewank's function, 1 + sum x_i^2 / 4000 - prod cos(x_i / sqrt(i)), with its minimum 0 at the origin among many local ones.</summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> Griewank(int dimension) => new(
        "Griewank", "Griewank (1981), Generalized descent for global optimization",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double sum = 0, product = 1;
            for (int i = 0; i < x.Length; i++)
            {
                sum += x[i] * x[i] / 4000;
                product *= Math.Cos(x[i] / Math.Sqrt(i + 1));
            }

            for (int i = 0; i < x.Length; i++)
            {
                // The product of the others is formed anew, because a cosine may be 0.
                double others = 1;
                for (int k = 0; k < x.Length; k++)
                    others *= k == i ? 1 : Math.Cos(x[k] / Math.Sqrt(k + 1));
                g[i] = (x[i] / 2000) + (others * Math.Sin(x[i] / Math.Sqrt(i + 1)) / Math.Sqrt(i + 1));
            }

            return 1 + sum - product;
        }),
        Alternate(dimension, 12, -7), [new(0, new double[dimension])]);

    /// <summary>The function of Styblinski and Tang, 1/2 sum x_i^4 - 16 x_i^2 + 5 x_i: 2^n minima, the global one at -2.903534 in every component.</summary>
    /// <param name="dimension">The number n of variables.</param>
    public static TestFunction<IDifferentiableFunction<double>> StyblinskiTang(int dimension) => new(
        "Styblinski-Tang", "Styblinski, Tang (1990), Experiments in nonconvex optimization: stochastic approximation with function smoothing and simulated annealing",
        Function.WithGradient<double>(dimension, static (x, g) =>
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double square = x[i] * x[i];
                sum += ((square * square) - (16 * square) + (5 * x[i])) / 2;
                g[i] = (2 * square * x[i]) - (16 * x[i]) + 2.5;
            }

            return sum;
        }),
        Alternate(dimension, -2, -3), [new(-39.16616570377142 * dimension, Alternate(dimension, -2.903534027771177, -2.903534027771177))]);

    /// <summary>Himmelblau's function, (x^2 + y - 11)^2 + (x + y^2 - 7)^2, with four minima of value 0.</summary>
    public static TestFunction<IDifferentiableFunction<double>> Himmelblau() => new(
        "Himmelblau", "Himmelblau (1972), Applied nonlinear programming",
        Function.WithGradient<double>(2, static (x, g) =>
        {
            double u = (x[0] * x[0]) + x[1] - 11, v = x[0] + (x[1] * x[1]) - 7;
            g[0] = (4 * u * x[0]) + (2 * v);
            g[1] = (2 * u) + (4 * v * x[1]);
            return (u * u) + (v * v);
        }),
        [2, 1],
        [
            new(0, [3, 2]), new(0, [-2.805118086952745, 3.131312518250573]), new(0, [-3.779310253377747, -3.283185991286170]), new(0, [3.584428340330492, -1.848126526964404]),
        ]);

    /// <summary>Booth's function, (x + 2 y - 7)^2 + (2 x + y - 5)^2, a convex quadratic with its minimum 0 at (1, 3).</summary>
    public static TestFunction<IDifferentiableFunction<double>> Booth() => new(
        "Booth", "Booth (1949), An application of the method of steepest descents to the solution of systems of non-linear simultaneous equations",
        Function.WithGradient<double>(2, static (x, g) =>
        {
            double u = x[0] + (2 * x[1]) - 7, v = (2 * x[0]) + x[1] - 5;
            g[0] = (2 * u) + (4 * v);
            g[1] = (4 * u) + (2 * v);
            return (u * u) + (v * v);
        }),
        [-3, 4], [new(0, [1, 3])]);

    private static double[] Alternate(int n, double odd, double even)
    {
        Require.Positive(n, "dimension");
        var values = new double[n];
        for (int i = 0; i < n; i++)
            values[i] = i % 2 == 0 ? odd : even;
        return values;
    }
}
