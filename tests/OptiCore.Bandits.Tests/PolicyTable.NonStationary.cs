namespace OptiCore.Bandits.Tests;

/// <summary>Policies for rewards whose laws change.</summary>
public static partial class PolicyTable
{
    private static Dictionary<string, PolicyRow> NonStationary() => new()
    {
        ["DiscountedUcb"] = new(new DiscountedUcb { Discount = 0.999 }, Growth: Growth.Forgetful, DependsOnOrder: true),
        ["SlidingWindowUcb"] = new(new SlidingWindowUcb { Window = 500 }, Growth: Growth.Forgetful, DependsOnOrder: true),
        ["DiscountedThompsonSampling"] = new(new DiscountedThompsonSampling(), IsRandomised: true, Growth.Forgetful),
        ["SlidingWindowThompsonSampling"] = new(new SlidingWindowThompsonSampling(), IsRandomised: true, Growth.Forgetful),
        ["CusumUcb"] = new(new CusumUcb(), IsRandomised: true, Growth.Forgetful),
        ["CusumUcb, impatient"] = new(new CusumUcb { BaselineLength = 10, Drift = 0.02, Threshold = 3 }, IsRandomised: true, Growth.Forgetful),
        ["GlrKlUcb"] = new(new GlrKlUcb(), Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["GlrKlUcb, local"] = new(new GlrKlUcb { Scope = RestartScope.Local, SplitPoints = 15, TestEvery = 1, FalseAlarmProbability = 0.5 }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["RawUcb"] = new(new RawUcb { StandardDeviation = 0.5 }),
        ["Fewa"] = new(new Fewa { StandardDeviation = 0.5 }, ExploresByPlan: true),
        ["SlidingWindowAverage"] = new(new SlidingWindowAverage { StandardDeviation = 0.5 }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["SlidingWindowAverage, known horizon"] = new(new SlidingWindowAverage { StandardDeviation = 0.5, Horizon = 2000, IsDoubling = false }, DependsOnOrder: true, ExploresByPlan: true),
        ["RepeatedExposureElimination"] = new(new RepeatedExposureElimination { BurnIn = 2 }, IsRandomised: true, Growth.Forgetful),
        ["LastSwitchExploreThenCommit"] = new(
            new LastSwitchExploreThenCommit { LongestRest = 2, LongestRun = 1, FirstCommitment = 200, Exploration = 0.5, Planner = new LastSwitchPlanner { Draws = 8 } }, IsRandomised: true, Growth.Forgetful, ExploresByPlan: true),
    };

    private static Dictionary<string, PolicyRow> PureExploration() => new()
    {
        ["SuccessiveElimination"] = new(new SuccessiveElimination(), Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["SequentialHalving"] = new(new SequentialHalving { Budget = 300 }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["ProbabilisticSequentialShrinking"] = new(new ProbabilisticSequentialShrinking { Budget = 300 }, IsRandomised: true, Growth.Forgetful),
        ["Lucb"] = new(new Lucb(), Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["KlLucb"] = new(new KlLucb(), Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["TrackAndStop"] = new(new TrackAndStop(), Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["TrackAndStop, cumulative"] = new(new TrackAndStop { Tracking = Tracking.Cumulative }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["TrackAndStop, Gaussian"] = new(new TrackAndStop { Family = RewardFamily.Gaussian(0.5) }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["TopTwo"] = new(new TopTwo(), IsRandomised: true, Growth.Forgetful),
        ["Rage"] = new(new Rage { NoiseScale = 0.5 }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
        ["StaticAllocation"] = new(new StaticAllocation { NoiseScale = 0.5 }, Growth: Growth.Forgetful, DependsOnOrder: true, ExploresByPlan: true),
    };
}
