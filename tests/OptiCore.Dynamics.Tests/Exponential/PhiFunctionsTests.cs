using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Exponential;

public class PhiFunctionsTests
{
    // Computed with mpmath in 60 digits: phi[0], ..., phi[4].
    public static TheoryData<double, double[]> Values => new()
    {
        { -30, [9.3576229688401746049e-14, 0.033333333333330214126, 0.032222222222222326196, 0.015592592592592589127, 0.0050358024691358025847] },
        { -2.0625, [0.12713573293203557532, 0.42320691736628578166, 0.27965725218604325738, 0.1068328474249487237, 0.029010336602045063258] },
        { -1.9375, [0.14406365910145327908, 0.44177359530247572692, 0.28811685403743188288, 0.10935904307745451206, 0.02957812830410949915] },
        { -0.75, [0.47236655274101470714, 0.70351126301198039048, 0.39531831598402614602, 0.13957557868796513864, 0.036121450638268704041] },
        { -0.0009765625, [0.99902391418197566223, 0.99951187765692187166, 0.49983727931200342515, 0.16662598450849264691, 0.041658529970196231338] },
        { 0, [1.0, 1.0, 0.5, 0.16666666666666666667, 0.041666666666666666667] },
        { 0.000030517578125, [1.0000305180437910243, 1.0000152589442841133, 0.50000508630182617746, 0.16666793824018293593, 0.041666920981111217548] },
        { 0.5, [1.6487212707001281468, 1.2974425414002562937, 0.59488508280051258739, 0.18977016560102517479, 0.046206997868717016245] },
        { 1.9375, [6.9413758211970352744, 3.0665165528758891739, 1.0665891885811040897, 0.29243312959024727212, 0.064911722799267409268] },
        { 2.125, [8.3728974881272646632, 3.4695988179422421944, 1.1621641496198786797, 0.31160665864464879047, 0.068207055048462175906] },
        { 12, [162754.79141900392081, 13562.815951583660067, 1130.1513292986383389, 94.137610774886528245, 7.8309120090183217982] },
    };

    [Theory, MemberData(nameof(Values))]
    public void ANumbersFunctionsHaveTheirKnownValues(double z, double[] expected)
    {
        for (int p = 0; p < expected.Length; p++)
        {
            double[] phi = new double[p + 1];
            PhiFunctions.Evaluate(z, phi);
            for (int k = 0; k <= p; k++)
                Promises.Close(expected[k], phi[k], 5e-15, 0, $"phi[{k}]({z}) of {p}");
        }
    }

    [Fact]
    public void AJordanBlocksFunctionsHaveTheDerivativeBesideThem()
    {
        // Of [[z, 1], [0, z]]: phi(z) on the diagonal and phi'(z) above. Computed with mpmath in 60 digits at -0.75 and -8.
        Check(-0.75, [0.47236655274101470714, 0.70351126301198039048, 0.39531831598402614602, 0.13957557868796513864], [0.47236655274101470714, 0.30819294702795424446, 0.11616715860809586875, 0.031211226773159026512]);
        Check(-8, [0.00033546262790251183882, 0.12495806717151218602, 0.10938024160356097675, 0.048827469799554877907], [0.00033546262790251183882, 0.015577825567951209273, 0.011725302004451220934, 0.0046377709743879571215]);

        static void Check(double z, double[] values, double[] derivatives)
        {
            double[] phi = new double[16];
            new PhiFunctions(2, 3).Compute(0.5, [2 * z, 2, 0, 2 * z], phi);
            for (int k = 0; k < 4; k++)
            {
                Promises.Close(values[k], phi[4 * k], 1e-14, 1e-15, $"phi[{k}]({z})");
                Promises.Close(derivatives[k], phi[(4 * k) + 1], 1e-14, 1e-15, $"phi[{k}]'({z})");
                Assert.Equal(0, phi[(4 * k) + 2]);
                Promises.Close(values[k], phi[(4 * k) + 3], 1e-14, 1e-15, $"phi[{k}]({z})");
            }
        }
    }

    [Fact]
    public void TheRecurrenceHoldsForMatrices() => Prop.ForAll(
        Gen.Choose(-300, 300).Select(i => i / 100.0).ArrayOf(16).ToArbitrary(),
        a =>
        {
            const int N = 4, Highest = 3;
            double[] phi = new double[(Highest + 1) * N * N];
            new PhiFunctions(N, Highest).Compute(1, a, phi);
            double factorial = 1, scale = phi.Max(Math.Abs);
            for (int k = 0; k < Highest; k++)
            {
                factorial *= Math.Max(k, 1);
                for (int i = 0; i < N; i++)
                {
                    for (int j = 0; j < N; j++)
                    {
                        double sum = i == j ? 1 / factorial : 0;
                        for (int l = 0; l < N; l++)
                            sum += a[(i * N) + l] * phi[((k + 1) * N * N) + (l * N) + j];
                        Assert.Equal(sum, phi[(k * N * N) + (i * N) + j], 1e-12 * Math.Max(1, scale));
                    }
                }
            }
        }).Check(Forall.Config);

    [Fact]
    public void BadArgumentsAreNamed()
    {
        Assert.Equal("order", Assert.Throws<ArgumentOutOfRangeException>(() => new PhiFunctions(0, 1)).ParamName);
        Assert.Equal("highest", Assert.Throws<ArgumentOutOfRangeException>(() => new PhiFunctions(1, -1)).ParamName);
        Assert.Equal("a", Assert.Throws<ArgumentException>(() => new PhiFunctions(2, 1).Compute(1, new double[3], new double[8])).ParamName);
        Assert.Equal("phi", Assert.Throws<ArgumentException>(() => new PhiFunctions(2, 1).Compute(1, new double[4], new double[4])).ParamName);
    }
}
