using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>
/// An unevaluated sum of two doubles, about 32 digits: for exponents, whose absolute error is the relative error of the result, and for differences
/// of large logarithms.
/// </summary>
/// <remarks>T. J. Dekker (1971), A floating-point technique for extending the available precision, with products by fused multiply-add.</remarks>
internal readonly struct DoubleDouble(double high, double low)
{
    public readonly double High = high, Low = low;

    /// <summary>The nearest double.</summary>
    public double Value => High + Low;

    public static implicit operator DoubleDouble(double value) => new(value, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble Sum(double a, double b)
    {
        double s = a + b, t = s - a;
        return new(s, (a - (s - t)) + (b - t));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble Product(double a, double b)
    {
        double p = a * b;
        return new(p, Math.FusedMultiplyAdd(a, b, -p));
    }

    public static DoubleDouble Quotient(double a, double b)
    {
        double q = a / b;
        return new(q, Math.FusedMultiplyAdd(-q, b, a) / b);
    }

    // |a| >= |b|
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DoubleDouble Ordered(double a, double b)
    {
        double s = a + b;
        return new(s, b - (s - a));
    }

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble high = Sum(a.High, b.High), low = Sum(a.Low, b.Low);
        high = Ordered(high.High, high.Low + low.High);
        return Ordered(high.High, high.Low + low.Low);
    }

    public static DoubleDouble operator +(DoubleDouble a, double b)
    {
        DoubleDouble s = Sum(a.High, b);
        return Ordered(s.High, s.Low + a.Low);
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.High, -a.Low);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator -(DoubleDouble a, double b) => a + -b;

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble p = Product(a.High, b.High);
        return Ordered(p.High, p.Low + Math.FusedMultiplyAdd(a.High, b.Low, a.Low * b.High));
    }

    public static DoubleDouble operator *(DoubleDouble a, double b)
    {
        DoubleDouble p = Product(a.High, b);
        return Ordered(p.High, Math.FusedMultiplyAdd(a.Low, b, p.Low));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        double q = a.High / b.High;
        DoubleDouble r = a - (b * q);
        return Ordered(q, r.Value / b.High);
    }

    /// <summary>The square root, 0 for a sum that isn't positive.</summary>
    public static DoubleDouble Sqrt(DoubleDouble x)
    {
        if (x.High <= 0)
            return 0;
        double root = Math.Sqrt(x.High);
        return root + ((x - Product(root, root)) / (2 * root));
    }

    /// <summary>The product with a power of two, which is exact.</summary>
    public DoubleDouble Scale(double powerOfTwo) => new(High * powerOfTwo, Low * powerOfTwo);

    /// <summary>e^(high + low), with the relative error of <see cref="Math.Exp"/> plus half a unit in the last place.</summary>
    public double Exp()
    {
        double e = Math.Exp(High);
        return e == 0 || double.IsInfinity(e) ? e : Math.FusedMultiplyAdd(e, Low, e);
    }

    /// <summary>ln x of a positive finite double, to about 2^-75 absolute and relative.</summary>
    public static DoubleDouble Log(double x) => Log(x, 0);

    /// <summary>ln of a positive sum.</summary>
    public static DoubleDouble Log(DoubleDouble x) => Log(x.High, x.Low);

    /// <summary>ln(1 + x), x &gt; -1, to about 2^-75 relative.</summary>
    public static DoubleDouble LogOnePlus(DoubleDouble x)
    {
        if (Math.Abs(x.High) < 0.0078125)
            return Series(x);
        return Log(Sum(1, x.High) + x.Low);
    }

    // x = 2^k m; m times a ten-bit reciprocal is 1 + r with r exact and small, and the table holds the logarithm of the reciprocal.
    private static DoubleDouble Log(double high, double low)
    {
        if (high < 2.2250738585072014E-308)
        {
            if (high <= 0)
                return Math.Log(high);
            DoubleDouble scaled = Log(high * 18014398509481984.0, low * 18014398509481984.0);
            return scaled - (new DoubleDouble(Ln2High, Ln2Low) * 54);
        }

        long bits = BitConverter.DoubleToInt64Bits(high);
        int k = (int)(bits >> 52) - 1023;
        int index = (int)(bits >> 45) & 127;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        double unscaled = low == 0 ? 0 : low * PowerOfTwo(-k);

        // Towards 1 from below, so that ln x keeps its relative accuracy next to 1.
        if (index >= 90)
        {
            k++;
            m *= 0.5;
            unscaled *= 0.5;
        }

        double reciprocal = Reciprocals[index];
        if (index >= 90)
            reciprocal *= 2;
        if (k == 0 && Math.Abs(m - 1) < 0.0078125)
            return Series(Sum(m - 1, unscaled));

        DoubleDouble r = Product(m, reciprocal);
        r = Sum(r.High - 1, r.Low) + (unscaled * reciprocal);
        DoubleDouble result = Series(r) + new DoubleDouble(LogHigh[index], LogLow[index]);
        if (index >= 90)
            result -= new DoubleDouble(Ln2High, Ln2Low);
        return k == 0 ? result : result + (new DoubleDouble(Ln2High, Ln2Low) * k);
    }

    // ln(1 + r), |r| < 2^-6.5: the terms up to the cube in full, the rest, below 2^-26 of the sum, in double.
    private static DoubleDouble Series(DoubleDouble r)
    {
        double h = r.High;
        double tail = 1.0 / 11;
        tail = Math.FusedMultiplyAdd(tail, h, -0.1);
        tail = Math.FusedMultiplyAdd(tail, h, 1.0 / 9);
        tail = Math.FusedMultiplyAdd(tail, h, -0.125);
        tail = Math.FusedMultiplyAdd(tail, h, 1.0 / 7);
        tail = Math.FusedMultiplyAdd(tail, h, -1.0 / 6);
        tail = Math.FusedMultiplyAdd(tail, h, 0.2);
        tail = Math.FusedMultiplyAdd(tail, h, -0.25);
        DoubleDouble square = r * r;
        double h2 = square.High;
        DoubleDouble cube = square * r * new DoubleDouble(1.0 / 3, 1.850371707708594E-17);
        return r - (square * 0.5) + cube + (tail * h2 * h2);
    }

    private static double PowerOfTwo(int k) => k is > -1022 and < 1023 ? BitConverter.Int64BitsToDouble((k + 1023L) << 52) : Math.ScaleB(1, k);

    private const double Ln2High = 0.6931471805599453, Ln2Low = 2.3190468138462996E-17;

    private static ReadOnlySpan<double> Reciprocals =>
    [
        0.99609375, 0.98828125, 0.98046875, 0.97265625, 0.966796875, 0.958984375, 0.951171875, 0.9453125, 0.9375, 0.931640625,
        0.923828125, 0.91796875, 0.91015625, 0.904296875, 0.8984375, 0.892578125, 0.88671875, 0.87890625, 0.873046875, 0.8671875,
        0.861328125, 0.85546875, 0.849609375, 0.845703125, 0.83984375, 0.833984375, 0.828125, 0.822265625, 0.818359375, 0.8125,
        0.806640625, 0.802734375, 0.796875, 0.79296875, 0.787109375, 0.783203125, 0.77734375, 0.7734375, 0.76953125, 0.763671875,
        0.759765625, 0.755859375, 0.75, 0.74609375, 0.7421875, 0.73828125, 0.734375, 0.728515625, 0.724609375, 0.720703125,
        0.716796875, 0.712890625, 0.708984375, 0.705078125, 0.701171875, 0.697265625, 0.693359375, 0.689453125, 0.685546875,
        0.68359375, 0.6796875, 0.67578125, 0.671875, 0.66796875, 0.6640625, 0.662109375, 0.658203125, 0.654296875, 0.65234375,
        0.6484375, 0.64453125, 0.642578125, 0.638671875, 0.634765625, 0.6328125, 0.62890625, 0.625, 0.623046875, 0.619140625,
        0.6171875, 0.61328125, 0.611328125, 0.607421875, 0.60546875, 0.6015625, 0.599609375, 0.59765625, 0.59375, 0.591796875,
        0.587890625, 0.5859375, 0.583984375, 0.580078125, 0.578125, 0.576171875, 0.572265625, 0.5703125, 0.568359375,
        0.564453125, 0.5625, 0.560546875, 0.55859375, 0.5546875, 0.552734375, 0.55078125, 0.548828125, 0.544921875, 0.54296875,
        0.541015625, 0.5390625, 0.537109375, 0.53515625, 0.53125, 0.529296875, 0.52734375, 0.525390625, 0.5234375, 0.521484375,
        0.51953125, 0.517578125, 0.515625, 0.513671875, 0.51171875, 0.509765625, 0.5078125, 0.505859375, 0.50390625, 0.501953125,
    ];

    private static ReadOnlySpan<double> LogHigh =>
    [
        0.003913899321136329, 0.01178795575204224, 0.01972450534777859, 0.027724548014854862, 0.033766862470817484,
        0.04188049724498721, 0.050060501956918, 0.05623971832287608, 0.06453852113757118, 0.07080813415116657,
        0.07922923654757481, 0.08559193033540351, 0.09413899091386191, 0.10059757095327371, 0.1070981355563671,
        0.11364123414530308, 0.1202274269981598, 0.12907704227514236, 0.13576603042593896, 0.14250006260728304,
        0.1492797495926618, 0.15610571466306167, 0.1629785939508237, 0.16758689703701793, 0.17453941635189968,
        0.18154061181088324, 0.18859116980755003, 0.19569179135712636, 0.20045370511737004, 0.2076393647782445,
        0.21487703207847503, 0.21973141054327316, 0.22705745063534608, 0.23197146543777514, 0.23938806309282482,
        0.2443631977329386, 0.2518726197550701, 0.2569104137850272, 0.26197371574157396, 0.269617065054142, 0.27474528142106147,
        0.27989993200972596, 0.2876820724517809, 0.2929040164329326, 0.29815337231907635, 0.3034304294199201, 0.3087354816496133,
        0.31674620539569226, 0.32212256243207266, 0.3275279809989806, 0.33296277698493754, 0.3384272714570163, 0.343921790774657,
        0.3494466667066269, 0.3550022365512289, 0.36058884325986873, 0.366206835564092, 0.37185656810621104, 0.377538401573642,
        0.38039147055604844, 0.38612214526503347, 0.39188584998178355, 0.39768296766610944, 0.40351388797690263,
        0.4093790074293007, 0.41232451765905753, 0.41824169468714606, 0.42419409321444135, 0.42718363206280735,
        0.43318965612301924, 0.4392319705789819, 0.4422668742741359, 0.4483644541422544, 0.4544994427097703, 0.4575811092471784,
        0.4637730794950995, 0.4700036292457356, 0.4731335222546632, 0.47942285116222716, 0.48258241145259567, 0.4889316391312544,
        0.4921214344993546, 0.49853171286027365, 0.5017523275603158, 0.5082248420659333, 0.5114768774523106, 0.514739523087127,
        0.5212969236332861, 0.5245918195301387, 0.5312143602906321, 0.5345421503833068, 0.5378810516488214, 0.5445924862368081,
        0.5479651707154474, 0.5513492686996879, 0.5581520160224405, 0.561570822771226, 0.5650013578680153, 0.5718979369270756,
        0.5753641449035618, 0.5788424092798867, 0.5823328142196552, 0.5893503868783018, 0.5928777273962702, 0.5964175541013942,
        0.5999699557057621, 0.6071128432181422, 0.6107035113488707, 0.6143071188521693, 0.6179237593223578, 0.6215535273729365,
        0.6251965186514375, 0.6325225587435105, 0.6362058041598069, 0.639902666041133, 0.6436132454376686, 0.6473376445286511,
        0.6510759666392583, 0.6548283162578087, 0.6585947990532856, 0.6623755218931916, 0.6661705928617432, 0.6699801212784109,
        0.6738042177168144, 0.6776429940239801, 0.68149656333997, 0.6853650401178903, 0.6892485401442879,
    ];

    private static ReadOnlySpan<double> LogLow =>
    [
        4.2808986230681256E-19, 2.208154666796622E-19, -1.3445979863167511E-18, -1.56535712927094E-18, -5.747659606863015E-19,
        -7.52116008109174E-19, -2.5103449679221735E-18, -3.2835149805605613E-18, -6.470486661692933E-18, -6.234995644437558E-18,
        3.844009567382204E-18, 6.769872319991152E-18, 1.4973805419956277E-18, 3.4358803555888985E-18, -1.73705104015906E-18,
        2.8032420937866185E-18, -2.8375497328444E-18, -1.2940973323385866E-17, -8.167832575605495E-18, -9.926388234225749E-18,
        -6.131746752560801E-18, -1.2806970330932862E-17, -1.0909496295368068E-17, 9.08839264811261E-18, -1.5833038914101321E-18,
        -9.164261232838093E-18, -7.432164219196925E-18, 7.081666757681142E-18, 1.3565866902520394E-17, 1.2053243216686129E-17,
        1.4126186922710852E-18, 1.3474032480672356E-17, 9.551415762738488E-18, 5.774320510479237E-18, -1.2664106090474698E-17,
        -4.008556524537438E-18, -1.8984402852371785E-18, 2.502843296152504E-17, 3.769957084925505E-18, 4.0706357645790495E-19,
        2.0578963926931158E-17, 1.827816970165335E-17, 2.607160616442564E-17, -2.097144388760612E-17, -1.720695867445866E-17,
        -4.151258540103992E-18, -1.6199186085148102E-17, -1.6212702187378312E-17, -1.109662188285701E-17, -1.869130493933294E-17,
        -2.3137521994373225E-17, -6.596837759570706E-18, -4.967484431763836E-18, -2.027577545077209E-17, -1.0705097217490606E-17,
        -2.186861751655051E-17, -1.4829348844922165E-17, -2.1045382458491835E-17, -1.6189133275386693E-17,
        -1.7802599561805317E-17, -2.0000766892692867E-17, -2.3272171948746268E-17, -1.067457448873493E-17, 2.654514918604821E-18,
        -1.1994027281528269E-17, -7.492882130144245E-18, 7.887536441058397E-19, 2.623203253684624E-18, 1.7851087862331565E-17,
        2.4923987486736457E-18, -2.427258569837063E-17, -1.9863643748808186E-17, -5.334153004251112E-18, 2.567067693416981E-17,
        2.558480528798173E-17, -1.4492779301143943E-17, -2.3229412495470032E-17, 5.514466945276082E-18, 1.1205799895726741E-17,
        -3.1570216243602197E-19, -7.298935579038195E-18, -1.387211439704975E-17, 4.7214991692366815E-18, 7.564389428626968E-18,
        -7.588768892523324E-18, 1.3219845396055863E-18, 7.867446311535213E-18, 2.9212921959474365E-17, -2.7471304768992372E-17,
        -1.4339032152395016E-17, -4.357768696497742E-17, -2.6530654036426642E-17, 5.1100039125950683E-17, 4.2703624971069435E-17,
        3.735881509171896E-17, 1.1846147649872207E-17, -1.5688108356895506E-17, -3.688482912266732E-17, 4.566123856634652E-17,
        5.214321232885128E-17, -5.130850679338131E-17, -1.9626643627806023E-17, -2.3920619442246964E-17, -4.424283377123982E-17,
        9.872420079277536E-18, -3.949092351861188E-17, -2.8085288209567376E-17, 3.1367818172463465E-17, 1.995255305081987E-17,
        1.524328452694178E-17, 3.7448698104249356E-17, 1.0592894454709713E-17, -2.1085297878853066E-17, 8.827778288838875E-18,
        3.1794937859343885E-17, 5.4485770450358715E-17, 4.904308388761765E-17, -8.371097544566138E-18, 2.5548464295814284E-17,
        2.4849574516590868E-17, 2.21472949355624E-17, 5.100256216890502E-17, 4.17146573914374E-17, -4.9440311959525054E-17,
        -3.8931744894412815E-17, 3.903916730740935E-17, 1.5397031675690708E-17, 5.082062716370886E-17,
    ];
}
