namespace OptiCore.Bandits.Tests;

/// <summary>Policies for rewards that anybody may choose.</summary>
public static partial class PolicyTable
{
    private static Dictionary<string, PolicyRow> Adversarial() => new()
    {
        ["Exp3"] = new(new Exp3 { Horizon = 2000 }, IsRandomised: true, Growth.Minimax),
        ["Exp3, gamma given"] = new(new Exp3 { Gamma = 0.1 }, IsRandomised: true, Growth.Minimax),
        ["Exp3Ix"] = new(new Exp3Ix(), IsRandomised: true, Growth.Minimax),
        ["Exp3Ix, horizon known"] = new(new Exp3Ix { Horizon = 2000 }, IsRandomised: true, Growth.Minimax),
        ["Exp3P"] = new(new Exp3P { Horizon = 2000 }, IsRandomised: true, Growth.Minimax),
        ["TsallisInf"] = new(new TsallisInf(), IsRandomised: true),
        ["TsallisInf, importance weighted"] = new(new TsallisInf { Estimator = LossEstimator.ImportanceWeighted }, IsRandomised: true),
        ["LogBarrier"] = new(new LogBarrier { Horizon = 2000 }, IsRandomised: true),
    };
}
