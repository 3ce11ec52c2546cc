using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests;

/// <summary>The games of pixels: traces by their rules, and what good and random play earn.</summary>
public class PixelGameTests
{
    [Fact]
    public void The_light_follows_actions_and_the_dancer_steps_one_cell()
    {
        var environment = new PixelGame<Spotlight>(50) { MaxEpisodeSteps = 100_000 };
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(2), buffers);
        int[] actions = new int[50];
        int turns = 0, unforced = 0;
        for (int step = 0; step < 400; step++)
        {
            Spotlight[] before = [.. Enumerable.Range(0, 50).Select(environment.GetState)];
            for (int i = 0; i < 50; i++)
                actions[i] = (step + (7 * i)) / 9 % 5;
            environment.Step(actions, buffers);
            for (int i = 0; i < 50; i++)
            {
                if (buffers.Terminated[i])
                    continue;
                Spotlight after = environment.GetState(i);
                int light = PixelPlay.Walk(before[i].Light, actions[i]);
                Assert.Equal(light / 10 is > 0 and < 9 && light % 10 is > 0 and < 9 ? light : before[i].Light, after.Light);
                Assert.Equal(before[i].Dancer, after.Previous);
                Assert.Equal(PixelPlay.Walk(before[i].Dancer, after.Heading + 1), after.Dancer);
                Assert.Equal(1, PixelPlay.Distance(before[i].Dancer, after.Dancer));
                int[] lit = PixelPlay.Lit(buffers.Observation(i), 2);
                Assert.Equal(9, lit.Length);
                Assert.Equal(after.Light, lit[4]);
                Assert.Equal(lit.Contains(after.Dancer) ? 1 : 0, buffers.Rewards[i]);
                Assert.Equal([after.Dancer], PixelPlay.Lit(buffers.Observation(i), 0));
                Assert.Equal([after.Previous], PixelPlay.Lit(buffers.Observation(i), 1));

                // Away from the border, where nothing forces a turn or forbids one, it has probability 1/8.
                if (before[i].Dancer / 10 is 0 or 9 || before[i].Dancer % 10 is 0 or 9)
                    continue;
                unforced++;
                turns += after.Heading == before[i].Heading ? 0 : 1;
            }
        }

        // Four deviations of a frequency of 1/8.
        Assert.True(unforced > 3000);
        double band = 4 * Math.Sqrt(0.125 * 0.875 / unforced);
        Assert.InRange((double)turns / unforced, 0.125 - band, 0.125 + band);
    }

    [Fact]
    public void Twenty_dark_steps_end_the_dance()
    {
        (PixelGame<Spotlight> environment, StepBuffers<float> buffers) = PixelPlay.In(new Spotlight { Light = 11, Dancer = 88, Previous = 88, Dark = Spotlight.Patience - 1 });
        environment.Step([0], buffers);
        Assert.True(buffers.Terminated[0]);
        Assert.Equal(0, buffers.Rewards[0]);
        Assert.Equal([0, 1, 2, 10, 11, 12, 20, 21, 22], PixelPlay.Lit(buffers.FinalObservation(0), 2));
    }

    [Fact]
    public void Following_the_dancer_earns_almost_every_step()
    {
        double followed = PixelPlay.MeanReturn<Spotlight>((environment, i, _) =>
        {
            Spotlight state = environment.GetState(i);
            int ahead = PixelPlay.Walk(state.Dancer, state.Heading + 1);
            int down = (ahead / 10) - (state.Light / 10), right = (ahead % 10) - (state.Light % 10);
            if (Math.Max(Math.Abs(down), Math.Abs(right)) == 0)
                return 0;
            return Math.Abs(down) >= Math.Abs(right) ? (down < 0 ? 1 : 3) : right > 0 ? 2 : 4;
        }, 40, 3);
        Assert.InRange(followed, 480, 500);
        Assert.InRange(PixelPlay.RandomReturn<Spotlight>(200, 3), 1, 60);
    }

    [Fact]
    public void Bolts_fly_straight_and_hit_also_in_passing()
    {
        Crossfire state = new Crossfire { Agent = 55, Gem = 99 }.WithBolt(0, Crossfire.Bolt(52, 1, 51)).WithBolt(1, Crossfire.Bolt(9, 1, 8));
        (PixelGame<Crossfire> environment, StepBuffers<float> buffers) = PixelPlay.In(state);
        environment.Step([0], buffers);
        Assert.False(buffers.Terminated[0]);
        Crossfire after = environment.GetState(0);
        Assert.Equal(Crossfire.Bolt(53, 1, 52), after.BoltAt(0));
        Assert.True(after.BoltAt(1) == 0 || Crossfire.CellOf(after.BoltAt(1)) == after.BoltAt(1) >> 16);
        Assert.Contains(53, PixelPlay.Lit(buffers.Observation(0), 2));
        Assert.Contains(52, PixelPlay.Lit(buffers.Observation(0), 3));
        environment.Step([0], buffers);
        Assert.False(buffers.Terminated[0]);

        // The bolt is beside the agent: stepping towards it changes places.
        environment.Step([4], buffers);
        Assert.True(buffers.Terminated[0]);
        environment.SetState(0, state.WithBolt(0, Crossfire.Bolt(54, 1, 53)));
        environment.Step([0], buffers);
        Assert.True(buffers.Terminated[0]);
        Assert.Equal([55], PixelPlay.Lit(buffers.FinalObservation(0), 0));
        environment.SetState(0, state.WithBolt(0, Crossfire.Bolt(54, 1, 53)));
        environment.Step([1], buffers);
        Assert.False(buffers.Terminated[0]);
    }

    [Fact]
    public void A_gem_earns_one_and_moves()
    {
        (PixelGame<Crossfire> environment, StepBuffers<float> buffers) = PixelPlay.In(new Crossfire { Agent = 55, Gem = 56 });
        environment.Step([2], buffers);
        Assert.Equal(1, buffers.Rewards[0]);
        Assert.NotEqual(56, environment.GetState(0).Gem);
    }

    [Fact]
    public void Dodging_collects_many_gems_and_random_play_few()
    {
        double dodged = PixelPlay.MeanReturn<Crossfire>((environment, i, _) => Dodge(environment.GetState(i)), 40, 4);
        Assert.InRange(dodged, 30, 100);
        Assert.InRange(PixelPlay.RandomReturn<Crossfire>(200, 4), 0, 2);
    }

    [Fact]
    public void A_crate_is_pushed_and_delivered()
    {
        (PixelGame<Warehouse> environment, StepBuffers<float> buffers) = PixelPlay.In(new Warehouse { Agent = 11, Crate = 12, Pad = 14 });
        environment.Step([2], buffers);
        Assert.Equal((12, 13, 0.0), (environment.GetState(0).Agent, environment.GetState(0).Crate, buffers.Rewards[0]));
        Assert.Equal([13], PixelPlay.Lit(buffers.Observation(0), 1));
        Assert.Equal([33, 36, 63, 66], PixelPlay.Lit(buffers.Observation(0), 3));
        environment.Step([2], buffers);
        Assert.Equal(1, buffers.Rewards[0]);
        Assert.Equal(13, environment.GetState(0).Agent);

        // A pillar behind the crate, then a pillar ahead of the agent: nothing moves.
        var blocked = new Warehouse { Agent = 31, Crate = 32, Pad = 14 };
        environment.SetState(0, blocked);
        environment.Step([2], buffers);
        Assert.Equal(blocked, environment.GetState(0));
        var beside = new Warehouse { Agent = 34, Crate = 55, Pad = 14 };
        environment.SetState(0, beside);
        environment.Step([4], buffers);
        Assert.Equal(beside, environment.GetState(0));

        // At the border the crate is lost.
        environment.SetState(0, new Warehouse { Agent = 28, Crate = 18, Pad = 14 });
        environment.Step([1], buffers);
        Assert.True(buffers.Terminated[0]);
        Assert.Equal([8], PixelPlay.Lit(buffers.FinalObservation(0), 1));
    }

    [Fact]
    public void Every_crate_can_be_delivered_from_everywhere_and_planning_beats_random_pushing()
    {
        var planner = new WarehousePlanner();
        int pads = 0;
        for (int pad = 0; pad < 100; pad++)
        {
            if (Warehouse.IsBorder(pad) || Warehouse.IsPillar(pad))
                continue;
            pads++;
            for (int crate = 0; crate < 100; crate++)
            {
                if (Warehouse.IsBorder(crate) || Warehouse.IsPillar(crate) || crate == pad)
                    continue;
                for (int agent = 0; agent < 100; agent++)
                {
                    if (!Warehouse.IsPillar(agent) && agent != crate)
                        Assert.True(planner.Steps(pad, crate, agent) < int.MaxValue, $"crate {crate}, pad {pad}, agent {agent}");
                }
            }
        }

        Assert.Equal(60, pads);
        double planned = PixelPlay.MeanReturn<Warehouse>((environment, i, _) => planner.Act(environment.GetState(i)), 20, 5);
        Assert.InRange(planned, 30, 70);
        Assert.InRange(PixelPlay.RandomReturn<Warehouse>(200, 5), 0, 0.5);
    }

    [Fact]
    public void A_sequence_is_shown_once_and_then_played()
    {
        // Lamps 3, 3: sequence bits 11 11.
        (PixelGame<Lamplighter> environment, StepBuffers<float> buffers) = PixelPlay.In(new Lamplighter { Agent = 76, Sequence = 0b1111, Length = 2 });
        int[][] shown = new int[4][];
        for (int step = 0; step < 4; step++)
        {
            shown[step] = Clock(environment) % 2 == 0 ? [77] : [];
            environment.Step([step == 0 ? 2 : 0], buffers);
            Assert.Equal(0, buffers.Rewards[0]);
            Assert.Equal(step < 3 && step % 2 == 1 ? [77] : [], PixelPlay.Lit(buffers.Observation(0), 2));
            Assert.Equal(step == 3 ? 10 : 0, PixelPlay.Lit(buffers.Observation(0), 3).Length);
        }

        // The agent is on lamp 3, which it reached before its turn: standing doesn't count.
        foreach ((int action, double reward) in new[] { (0, 0.0), (1, 0), (3, 1), (1, 0), (3, 1) })
        {
            environment.Step([action], buffers);
            Assert.Equal(reward, buffers.Rewards[0]);
            Assert.False(buffers.Terminated[0]);
        }

        Lamplighter next = environment.GetState(0);
        Assert.Equal((3, 0, 0), (next.Length, next.Clock, next.Visited));
        Assert.Equal([Lamplighter.CellOf(next.LampAt(0))], PixelPlay.Lit(buffers.Observation(0), 2));

        environment.SetState(0, new Lamplighter { Agent = 76, Sequence = 0, Length = 2, Clock = 4 });
        environment.Step([2], buffers);
        Assert.True(buffers.Terminated[0]);

        static int Clock(PixelGame<Lamplighter> environment) => environment.GetState(0).Clock;
    }

    [Fact]
    public void Remembering_the_lamps_beats_guessing()
    {
        double remembered = PixelPlay.MeanReturn<Lamplighter>((environment, i, _) =>
        {
            Lamplighter state = environment.GetState(i);
            return state.IsPlaying ? TowardsLamp(state.Agent, Lamplighter.CellOf(state.LampAt(state.Visited))) : 0;
        }, 40, 6);
        double guessed = PixelPlay.MeanReturn<Lamplighter>((environment, i, step) =>
        {
            Lamplighter state = environment.GetState(i);
            RandomStream stream = RandomKey.FromSeed(60).Fold(i).Fold(state.Visited).Fold(state.Length).Stream();
            return state.IsPlaying ? TowardsLamp(state.Agent, Lamplighter.CellOf((int)(stream.NextUInt32() >> 30))) : 0;
        }, 400, 6);
        Assert.InRange(remembered, 40, 100);

        // A guess is right with probability 1/4: 1/3 in expectation before the first wrong one, deviation 2/3 / sqrt(400).
        Assert.InRange(guessed, 0.333 - 0.134, 0.333 + 0.134);
    }

    [Fact]
    public void A_shot_meets_a_comet_by_the_clock()
    {
        // Row 2, moving right every second step: it enters column 3 in the step that the shot reaches row 2.
        (PixelGame<Intercept> environment, StepBuffers<float> buffers) =
            PixelPlay.In(new Intercept { Cannon = 3, ShotRow = -1, CometRow = 2, CometColumn = 0, Direction = 1, Period = 2, Phase = 1 });
        for (int step = 0; step < 7; step++)
        {
            environment.Step([step == 0 ? 3 : 0], buffers);
            Intercept state = environment.GetState(0);
            if (step < 6)
            {
                Assert.Equal((8 - step, 3, 1 + (step / 2)), (state.ShotRow, state.ShotColumn, state.CometColumn));
                Assert.Equal(0, buffers.Rewards[0]);
                Assert.Equal([93], PixelPlay.Lit(buffers.Observation(0), 0));
                Assert.Equal([((8 - step) * 10) + 3], PixelPlay.Lit(buffers.Observation(0), 1));
                Assert.Equal(Intercept.IsCloud(2, state.CometColumn) ? [] : [20 + state.CometColumn], PixelPlay.Lit(buffers.Observation(0), 2));
            }
        }

        // The comet is a cell ahead by then: a miss, the shot goes on.
        Assert.Equal(0, buffers.Rewards[0]);
        environment.SetState(0, new Intercept { Cannon = 3, ShotRow = -1, CometRow = 2, CometColumn = 0, Direction = 1, Period = 2, Phase = 0 });
        for (int step = 0; step < 7; step++)
            environment.Step([step == 0 ? 3 : 0], buffers);
        Assert.Equal(1, buffers.Rewards[0]);
        Assert.Equal(-1, environment.GetState(0).ShotRow);
    }

    [Fact]
    public void The_third_comet_that_gets_away_ends_the_game()
    {
        (PixelGame<Intercept> environment, StepBuffers<float> buffers) =
            PixelPlay.In(new Intercept { Cannon = 0, ShotRow = -1, CometRow = 0, CometColumn = 9, Direction = 1, Period = 1, Missed = 1 });
        environment.Step([0], buffers);
        Assert.False(buffers.Terminated[0]);
        Assert.Equal(2, environment.GetState(0).Missed);
        environment.SetState(0, new Intercept { Cannon = 0, ShotRow = -1, CometRow = 0, CometColumn = 0, Direction = -1, Period = 3, Phase = 2, Missed = 2 });
        environment.Step([0], buffers);
        Assert.True(buffers.Terminated[0]);
    }

    [Fact]
    public void Aiming_ahead_beats_firing_at_random()
    {
        double aimed = PixelPlay.MeanReturn<Intercept>((environment, i, _) => Aim(environment.GetState(i)), 40, 7);
        double random = PixelPlay.RandomReturn<Intercept>(200, 7);
        Assert.InRange(aimed, 20, 60);
        Assert.InRange(random, 0, aimed / 6);
    }

    /// <summary>Steps where no bolt will be, as near to the gem as possible.</summary>
    private static int Dodge(Crossfire state)
    {
        int best = 0, bestScore = int.MaxValue;
        for (int action = 0; action < 5; action++)
        {
            int cell = PixelPlay.Walk(state.Agent, action), score = PixelPlay.Distance(cell, state.Gem);
            for (int k = 0; k < Crossfire.MaxBolts; k++)
            {
                int bolt = state.BoltAt(k);
                if (bolt == 0)
                    continue;
                int from = Crossfire.CellOf(bolt), to = PixelPlay.Walk(from, Crossfire.HeadingOf(bolt) + 1);
                if (to != from && (to == cell || (to == state.Agent && from == cell)))
                    score += 1000;
            }

            if (score < bestScore)
                (best, bestScore) = (action, score);
        }

        return best;
    }

    /// <summary>A way to a lamp over cells without other lamps; off it first when the agent stands on it.</summary>
    private static int TowardsLamp(int agent, int lamp)
    {
        if (agent == lamp)
            return 1;
        var previous = new Dictionary<int, int> { [lamp] = 0 };
        var open = new Queue<int>([lamp]);
        while (open.TryDequeue(out int cell))
        {
            for (int action = 1; action <= 4; action++)
            {
                int next = PixelPlay.Walk(cell, action);
                bool isLamp = next is 22 or 27 or 72 or 77;
                if (next == agent)
                    return action > 2 ? action - 2 : action + 2;
                if (!isLamp && previous.TryAdd(next, action))
                    open.Enqueue(next);
            }
        }

        return 0;
    }

    /// <summary>The action with which the soonest hit begins, found by looking ahead: move k times, then fire.</summary>
    private static int Aim(Intercept state)
    {
        if (state.ShotRow >= 0)
            return TowardsColumn(state.Cannon, 5);
        for (int wait = 0; wait < 30; wait++)
        {
            for (int column = 0; column < 10; column++)
            {
                if (Math.Abs(column - state.Cannon) > wait)
                    continue;

                // Fired in step `wait`, the shot is in the comet's row after 8 - row more steps.
                int steps = wait + 1 + 8 - state.CometRow;
                int comet = state.CometColumn + (state.Direction * ((state.Phase + steps) / state.Period));
                if (comet == column)
                    return column == state.Cannon ? (wait == 0 ? 3 : 0) : column < state.Cannon ? 1 : 2;
            }
        }

        return TowardsColumn(state.Cannon, 5);
    }

    private static int TowardsColumn(int from, int to) => from < to ? 2 : from > to ? 1 : 0;

    /// <summary>Shortest plans for every crate, pad and place of the agent, backwards from delivery.</summary>
    private sealed class WarehousePlanner
    {
        private readonly Dictionary<int, int[]> _steps = [];

        public int Steps(int pad, int crate, int agent) => Distances(pad)[(crate * 100) + agent];

        public int Act(Warehouse state)
        {
            int best = 0, bestSteps = int.MaxValue;
            for (int action = 1; action <= 4; action++)
            {
                (int agent, int crate) = Move(state.Agent, state.Crate, action);
                int steps = crate == state.Pad ? 0 : Steps(state.Pad, crate, agent);
                if (steps < bestSteps)
                    (best, bestSteps) = (action, steps);
            }

            return best;
        }

        private static (int Agent, int Crate) Move(int agent, int crate, int action)
        {
            int next = PixelPlay.Walk(agent, action);
            if (Warehouse.IsPillar(next))
                return (agent, crate);
            if (next != crate)
                return (next, crate);
            int behind = PixelPlay.Walk(crate, action);
            return behind == crate || Warehouse.IsPillar(behind) ? (agent, crate) : (next, behind);
        }

        private int[] Distances(int pad)
        {
            if (_steps.TryGetValue(pad, out int[]? known))
                return known;
            int[] steps = new int[10_000];
            Array.Fill(steps, int.MaxValue);
            bool changed = true;
            while (changed)
            {
                changed = false;
                for (int state = 0; state < steps.Length; state++)
                {
                    (int crate, int agent) = Math.DivRem(state, 100);
                    if (Warehouse.IsBorder(crate) || Warehouse.IsPillar(crate) || Warehouse.IsPillar(agent) || agent == crate || crate == pad)
                        continue;
                    for (int action = 1; action <= 4; action++)
                    {
                        (int nextAgent, int nextCrate) = Move(agent, crate, action);
                        int rest = nextCrate == pad ? 0 : steps[(nextCrate * 100) + nextAgent];
                        if (rest != int.MaxValue && rest + 1 < steps[state])
                        {
                            steps[state] = rest + 1;
                            changed = true;
                        }
                    }
                }
            }

            return _steps[pad] = steps;
        }
    }
}
