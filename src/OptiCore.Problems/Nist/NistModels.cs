namespace OptiCore.Problems;

/// <summary>A model's prediction for one observation; writes its gradient with respect to the parameters unless <paramref name="gradient"/> is empty.</summary>
internal delegate double NistModel(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient);

/// <summary>The models of the NIST sets with their derivatives, parameters b1, b2, ... being b[0], b[1], ...</summary>
internal static class NistModels
{
    public static NistModel Find(string set) => set switch
    {
        "Misra1a" or "BoxBOD" => Saturation,
        "Misra1c" => Misra1c,
        "Misra1d" => Misra1d,
        "Chwirut2" => Chwirut,
        "DanWood" => Power,
        "Lanczos1" or "Lanczos3" => ThreeExponentials,
        "Gauss1" or "Gauss3" => TwoPeaks,
        "Nelson" => Nelson,
        "Hahn1" => CubicRational,
        "Roszman1" => Roszman,
        "MGH09" => KowalikOsborne,
        "MGH17" => TwoExponentials,
        "Eckerle4" => Peak,
        "Bennett5" => Bennett,
        "Rat42" => Logistic,
        _ => throw new FormatException($"There is no model for the set '{set}'."),
    };

    private static double Saturation(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double e = Math.Exp(-b[1] * x[0]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = 1 - e;
            gradient[1] = b[0] * x[0] * e;
        }

        return b[0] * (1 - e);
    }

    private static double Misra1c(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double q = 1 + (2 * b[1] * x[0]), root = Math.Sqrt(q);
        if (!gradient.IsEmpty)
        {
            gradient[0] = 1 - (1 / root);
            gradient[1] = b[0] * x[0] / (q * root);
        }

        return b[0] * (1 - (1 / root));
    }

    private static double Misra1d(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double q = 1 + (b[1] * x[0]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = b[1] * x[0] / q;
            gradient[1] = b[0] * x[0] / (q * q);
        }

        return b[0] * b[1] * x[0] / q;
    }

    private static double Chwirut(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double q = b[1] + (b[2] * x[0]), value = Math.Exp(-b[0] * x[0]) / q;
        if (!gradient.IsEmpty)
        {
            gradient[0] = -x[0] * value;
            gradient[1] = -value / q;
            gradient[2] = -x[0] * value / q;
        }

        return value;
    }

    private static double Power(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double power = Math.Pow(x[0], b[1]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = power;
            gradient[1] = b[0] * power * Math.Log(x[0]);
        }

        return b[0] * power;
    }

    private static double ThreeExponentials(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = 0;
        for (int k = 0; k < 6; k += 2)
        {
            double e = Math.Exp(-b[k + 1] * x[0]);
            sum += b[k] * e;
            if (gradient.IsEmpty)
                continue;
            gradient[k] = e;
            gradient[k + 1] = -b[k] * x[0] * e;
        }

        return sum;
    }

    private static double TwoPeaks(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double decay = Math.Exp(-b[1] * x[0]), sum = b[0] * decay;
        if (!gradient.IsEmpty)
        {
            gradient[0] = decay;
            gradient[1] = -b[0] * x[0] * decay;
        }

        for (int k = 2; k < 8; k += 3)
        {
            double d = x[0] - b[k + 1], z = d / b[k + 2], e = Math.Exp(-z * z);
            sum += b[k] * e;
            if (gradient.IsEmpty)
                continue;
            gradient[k] = e;
            gradient[k + 1] = 2 * b[k] * e * z / b[k + 2];
            gradient[k + 2] = 2 * b[k] * e * z * z / b[k + 2];
        }

        return sum;
    }

    private static double Nelson(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double e = Math.Exp(-b[2] * x[1]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = 1;
            gradient[1] = -x[0] * e;
            gradient[2] = b[1] * x[0] * x[1] * e;
        }

        return b[0] - (b[1] * x[0] * e);
    }

    private static double CubicRational(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double t = x[0], p = b[0] + (t * (b[1] + (t * (b[2] + (t * b[3]))))), q = 1 + (t * (b[4] + (t * (b[5] + (t * b[6])))));
        if (!gradient.IsEmpty)
        {
            double power = 1 / q;
            for (int k = 0; k < 4; k++)
            {
                gradient[k] = power;
                power *= t;
            }

            power = -p * t / (q * q);
            for (int k = 4; k < 7; k++)
            {
                gradient[k] = power;
                power *= t;
            }
        }

        return p / q;
    }

    private static double Roszman(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double d = x[0] - b[3];
        if (!gradient.IsEmpty)
        {
            double q = Math.PI * ((d * d) + (b[2] * b[2]));
            gradient[0] = 1;
            gradient[1] = -x[0];
            gradient[2] = -d / q;
            gradient[3] = -b[2] / q;
        }

        return b[0] - (b[1] * x[0]) - (Math.Atan(b[2] / d) / Math.PI);
    }

    private static double KowalikOsborne(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double t = x[0], p = (t * t) + (t * b[1]), q = (t * t) + (t * b[2]) + b[3];
        if (!gradient.IsEmpty)
        {
            gradient[0] = p / q;
            gradient[1] = b[0] * t / q;
            gradient[2] = -b[0] * p * t / (q * q);
            gradient[3] = -b[0] * p / (q * q);
        }

        return b[0] * p / q;
    }

    private static double TwoExponentials(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double e3 = Math.Exp(-x[0] * b[3]), e4 = Math.Exp(-x[0] * b[4]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = 1;
            gradient[1] = e3;
            gradient[2] = e4;
            gradient[3] = -b[1] * x[0] * e3;
            gradient[4] = -b[2] * x[0] * e4;
        }

        return b[0] + (b[1] * e3) + (b[2] * e4);
    }

    private static double Peak(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double z = (x[0] - b[2]) / b[1], e = Math.Exp(-0.5 * z * z), value = b[0] / b[1] * e;
        if (!gradient.IsEmpty)
        {
            gradient[0] = e / b[1];
            gradient[1] = value * ((z * z) - 1) / b[1];
            gradient[2] = value * z / b[1];
        }

        return value;
    }

    private static double Bennett(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = b[1] + x[0], power = Math.Pow(sum, -1 / b[2]);
        if (!gradient.IsEmpty)
        {
            gradient[0] = power;
            gradient[1] = -b[0] * power / (b[2] * sum);
            gradient[2] = b[0] * power * Math.Log(sum) / (b[2] * b[2]);
        }

        return b[0] * power;
    }

    private static double Logistic(ReadOnlySpan<double> b, ReadOnlySpan<double> x, Span<double> gradient)
    {
        double e = Math.Exp(b[1] - (b[2] * x[0])), q = 1 + e;
        if (!gradient.IsEmpty)
        {
            gradient[0] = 1 / q;
            gradient[1] = -b[0] * e / (q * q);
            gradient[2] = b[0] * x[0] * e / (q * q);
        }

        return b[0] / q;
    }
}
