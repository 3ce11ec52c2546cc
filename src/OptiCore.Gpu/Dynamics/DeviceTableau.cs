using OptiCore.Dynamics;

namespace OptiCore.Gpu;

/// <summary>
/// The coefficients of an explicit Runge-Kutta method of at most six stages, and the derivative at the step's end behind them: as fields, which kernels read from constant memory. Coefficients that a method hasn't are 0.
/// </summary>
internal struct DeviceTableau
{
    public int Stages;
    public double A21, A31, A32, A41, A42, A43, A51, A52, A53, A54, A61, A62, A63, A64, A65;
    public double B1, B2, B3, B4, B5, B6, C2, C3, C4, C5, C6;
    public double E1, E2, E3, E4, E5, E6, EndError, D1, D2, D3, D4, D5, D6, EndDense;
    public int HasDense;

    /// <summary>The method's coefficients.</summary>
    /// <exception cref="NotSupportedException">It has more stages, a second error estimate, or stages for dense output only.</exception>
    public static DeviceTableau Of(ButcherTableau tableau)
    {
        // A stage that is the next step's first is the derivative at the end.
        int stages = tableau.EndStage;
        if (stages > 6 || !tableau.SecondErrorWeights.IsEmpty || tableau.DenseStages.Count > 0 || tableau.DenseWeights.Count > 1)
            throw new NotSupportedException($"{tableau.Name} has more than six stages and the end, two error estimates, or more than one row for dense output, which kernels don't keep in registers: take Dormand-Prince 5(4), Tsitouras 5(4) or a lower order.");
        double A(int i, int j) => i < stages ? tableau.Row(i)[j] : 0;
        double C(int i) => i < stages ? tableau.Nodes[i] : 0;
        double B(int i) => i < stages ? tableau.Weights[i] : 0;
        double E(int i) => i < tableau.ErrorWeights.Length ? tableau.ErrorWeights.Span[i] : 0;
        double[] dense = tableau.DenseWeights.Count > 0 ? tableau.DenseWeights[0] : [];
        double D(int i) => i < dense.Length ? dense[i] : 0;
        return new DeviceTableau
        {
            Stages = stages,
            A21 = A(1, 0),
            A31 = A(2, 0),
            A32 = A(2, 1),
            A41 = A(3, 0),
            A42 = A(3, 1),
            A43 = A(3, 2),
            A51 = A(4, 0),
            A52 = A(4, 1),
            A53 = A(4, 2),
            A54 = A(4, 3),
            A61 = A(5, 0),
            A62 = A(5, 1),
            A63 = A(5, 2),
            A64 = A(5, 3),
            A65 = A(5, 4),
            B1 = B(0),
            B2 = B(1),
            B3 = B(2),
            B4 = B(3),
            B5 = B(4),
            B6 = B(5),
            C2 = C(1),
            C3 = C(2),
            C4 = C(3),
            C5 = C(4),
            C6 = C(5),
            E1 = Stage(E, 0),
            E2 = Stage(E, 1),
            E3 = Stage(E, 2),
            E4 = Stage(E, 3),
            E5 = Stage(E, 4),
            E6 = Stage(E, 5),
            EndError = E(stages),
            D1 = Stage(D, 0),
            D2 = Stage(D, 1),
            D3 = Stage(D, 2),
            D4 = Stage(D, 3),
            D5 = Stage(D, 4),
            D6 = Stage(D, 5),
            EndDense = D(stages),
            HasDense = dense.Length > 0 ? 1 : 0,
        };

        double Stage(Func<int, double> weight, int i) => i < stages ? weight(i) : 0;
    }
}

/// <summary>How trajectories are stepped; powers are those of squared errors.</summary>
internal struct OdeSettings
{
    public double Start, End, Direction, FirstStep, MaxStep, MaxSteps, Relative, InverseDimension;
    public double Safety, MinFactor, MaxFactor, Power1, Power2, Power3, RetryPower, ErrorExponent;
    public int IsAdaptive;
}
