using System.Globalization;

namespace OptiCore.Problems;

/// <summary>A function of the suite: its value relative to the optimal one, and where that is.</summary>
/// <param name="Relative">f - f_opt.</param>
/// <param name="OptimalPoint">An optimal point.</param>
internal readonly record struct BbobDefinition(ValueDelegate Relative, double[] OptimalPoint);

/// <summary>
/// The 24 noiseless functions of the Black-Box Optimization Benchmarking suite, in any dimension from 2 on, with the instances of the suite: an optimal value, an optimal point and
/// rotations for each. Separable (1 to 5), of moderate (6 to 9) and high condition (10 to 14), multi-modal with (15 to 19) and without a global structure (20 to 24).
/// </summary>
/// <remarks>
/// N. Hansen, S. Finck, R. Ros, A. Auger (2009), Real-parameter black-box optimization benchmarking 2009: noiseless functions definitions, INRIA RR-6829. Points are meant to be searched
/// in [-5, 5]^n, but every function is defined everywhere, some with a penalty outside. The functions are safe to call from several threads.
/// </remarks>
public static partial class Bbob
{
    private static readonly string[] Names =
    [
        "Sphere", "Ellipsoid, separable", "Rastrigin, separable", "Büche-Rastrigin", "Linear slope",
        "Attractive sector", "Step ellipsoid", "Rosenbrock", "Rosenbrock, rotated",
        "Ellipsoid", "Discus", "Bent cigar", "Sharp ridge", "Different powers",
        "Rastrigin", "Weierstrass", "Schaffers F7", "Schaffers F7, ill-conditioned", "Griewank-Rosenbrock",
        "Schwefel", "Gallagher, 101 peaks", "Gallagher, 21 peaks", "Katsuura", "Lunacek bi-Rastrigin",
    ];

    /// <summary>The number of functions.</summary>
    public static int Count => Names.Length;

    /// <summary>A function of the suite. The start is the origin.</summary>
    /// <param name="number">The number, 1 to 24.</param>
    /// <param name="dimension">The number n of variables, at least 2.</param>
    /// <param name="instance">The instance, at least 1; the suite's experiments take 1 to 15.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static TestFunction<IFunction<double>> Function(int number, int dimension, int instance = 1)
    {
        if (number < 1 || number > Count)
            throw new ArgumentOutOfRangeException(nameof(number), number, string.Create(CultureInfo.InvariantCulture, $"number is {number} but must be from 1 to {Count}."));
        Require.AtLeast(dimension, 2, nameof(dimension));
        Require.Positive(instance, nameof(instance));

        // Two pairs of functions share their seeds, and so their optima.
        int seed = number switch { 4 => 3, 18 => 17, _ => number } + (10_000 * instance);
        var parts = new BbobInstance(seed, dimension);
        double optimalValue = parts.OptimalValue();
        (ValueDelegate relative, double[] optimalPoint) = Define(number, parts);
        return new TestFunction<IFunction<double>>(
            Names[number - 1],
            "Hansen, Finck, Ros, Auger (2009), Real-parameter black-box optimization benchmarking 2009: noiseless functions definitions",
            OptiCore.Function.BlackBox(dimension, x => relative(x) + optimalValue),
            new double[dimension],
            [new KnownMinimum(optimalValue, optimalPoint)]);
    }

    private static BbobDefinition Define(int number, BbobInstance instance) => number switch
    {
        1 => Sphere(instance),
        2 => SeparableEllipsoid(instance),
        3 => SeparableRastrigin(instance),
        4 => BuecheRastrigin(instance),
        5 => LinearSlope(instance),
        6 => AttractiveSector(instance),
        7 => StepEllipsoid(instance),
        8 => RosenbrockOriginal(instance),
        9 => RosenbrockRotated(instance),
        10 => Ellipsoid(instance),
        11 => Discus(instance),
        12 => BentCigar(instance),
        13 => SharpRidge(instance),
        14 => DifferentPowers(instance),
        15 => RastriginRotated(instance),
        16 => Weierstrass(instance),
        17 => SchaffersF7(instance, 10),
        18 => SchaffersF7(instance, 1000),
        19 => GriewankRosenbrock(instance),
        20 => Schwefel(instance),
        21 => Gallagher(instance, peaks: 101, condition: Math.Sqrt(1000), spread: 1),
        22 => Gallagher(instance, peaks: 21, condition: 1000, spread: 0.98),
        23 => Katsuura(instance),
        24 => LunacekBiRastrigin(instance),
        _ => throw new ArgumentOutOfRangeException(nameof(number)),
    };
}
