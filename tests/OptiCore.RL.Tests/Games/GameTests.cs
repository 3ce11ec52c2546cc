using OptiCore.Persistence;
using OptiCore.RL.Games;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Games in extensive form: their sizes, rules, values and exact best responses.</summary>
public class GameTests
{
    [Fact]
    public void Known_games_have_their_known_sizes()
    {
        GameTree kuhn = GameTree.Create(new KuhnPoker()), leduc = GameTree.Create(new LeducPoker());

        // Kuhn: the deal (1 + 3 + 6 nodes) and six times nine nodes of betting without the first; twelve information sets.
        Assert.Equal((58, 12, 24), (kuhn.Nodes, kuhn.InformationSets, kuhn.StrategyLength));
        Assert.Equal(288, leduc.InformationSets);
        Assert.Equal(144, Enumerable.Range(0, 288).Count(set => leduc.PlayerOf(set) == 0));
        Assert.Equal((9, 2), (GameTree.Create(MatrixGame.PrisonersDilemma()).Nodes + 2, GameTree.Create(MatrixGame.PrisonersDilemma()).InformationSets));
    }

    [Fact]
    public void Kuhns_equilibria_have_the_value_minus_one_eighteenth()
    {
        GameTree tree = GameTree.Create(new KuhnPoker());
        foreach (double a in (double[])[0, 0.1, 1.0 / 3])
        {
            double[] strategy = KuhnEquilibrium(tree, a);
            double[] returns = tree.ExpectedReturns(strategy);
            Promises.Close(-1.0 / 18, returns[0], 1e-13, 0, "the first player's return");
            Promises.Close(1.0 / 18, returns[1], 1e-13, 0, "the second player's return");
            Assert.InRange(tree.Exploitability(strategy), -1e-15, 1e-15);
        }

        // Betting the lowest card more often than 1/3 can be exploited.
        Assert.True(tree.Exploitability(KuhnEquilibrium(tree, 1.0 / 3, bluff: 0.6)) > 0.01);
    }

    [Fact]
    public void A_best_response_beats_every_pure_strategy_of_Kuhns_poker()
    {
        // All 64 pure strategies of a player against some mixed ones: the best response earns the largest return.
        GameTree tree = GameTree.Create(new KuhnPoker());
        RandomStream stream = RandomKey.FromSeed(3).Stream();
        for (int repetition = 0; repetition < 10; repetition++)
        {
            double[] strategy = RandomStrategy(tree, ref stream);
            for (int player = 0; player < 2; player++)
            {
                int[] own = [.. Enumerable.Range(0, tree.InformationSets).Where(set => tree.PlayerOf(set) == player)];
                Assert.Equal(6, own.Length);
                double largest = double.NegativeInfinity;
                for (int pure = 0; pure < 64; pure++)
                {
                    double[] tried = [.. strategy];
                    for (int j = 0; j < 6; j++)
                    {
                        tried[tree.RangeOf(own[j]).Start.Value] = 1 - ((pure >> j) & 1);
                        tried[tree.RangeOf(own[j]).Start.Value + 1] = (pure >> j) & 1;
                    }

                    largest = Math.Max(largest, tree.ExpectedReturns(tried)[player]);
                }

                double[] response = new double[tree.StrategyLength];
                Promises.Close(largest, tree.BestResponse(strategy, player, response), 1e-13, 1e-15, "the best response");
                Promises.Close(largest, tree.ExpectedReturns(response)[player], 1e-13, 1e-15, "the response's return");
            }
        }
    }

    [Fact]
    public void Leduc_pays_what_was_bet()
    {
        var game = new LeducPoker();
        double[] returns = new double[2];

        // Rank 3 against 1: bet and call, then check, bet 4, fold: the first player loses what it called.
        Assert.Equal([-3.0, 3.0], Play(3, 1, 2, 1, 2, 1, 2, 0));

        // A pair beats a higher card: raises to the limit in both rounds, 1 + 4 + 8.
        Assert.Equal([-13.0, 13.0], Play(3, 1, 2, 2, 1, 1, 2, 2, 1));
        Assert.Equal([0.0, 0.0], Play(2, 2, 1, 1, 3, 1, 1));
        Assert.Equal([1.0, -1.0], Play(3, 2, 1, 1, 1, 1, 1));
        Assert.Equal([1.0, -1.0], Play(1, 2, 2, 0));

        double[] Play(params int[] actions)
        {
            LeducPokerState state = game.Initial;
            int[] legal = new int[3];
            foreach (int action in actions)
            {
                Assert.Contains(action, legal.AsSpan(0, game.LegalActions(state, legal)).ToArray());
                state = game.Next(state, action);
            }

            Assert.Equal(GameTurn.Over, game.PlayerToMove(state));
            game.Returns(state, returns);
            return returns;
        }
    }

    [Fact]
    public void The_third_raise_and_folding_without_a_bet_are_not_legal()
    {
        var game = new LeducPoker();
        int[] legal = new int[3];
        LeducPokerState state = game.Next(game.Next(game.Initial, 1), 2);
        Assert.Equal([1, 2], legal[..game.LegalActions(state, legal)]);
        state = game.Next(state, 2);
        Assert.Equal([0, 1, 2], legal[..game.LegalActions(state, legal)]);
        state = game.Next(state, 2);
        Assert.Equal([0, 1], legal[..game.LegalActions(state, legal)]);
    }

    [Fact]
    public void A_state_is_saved_and_loaded_as_a_value()
    {
        var game = new LeducPoker();
        var saved = new Saved { State = game.Next(game.Next(game.Next(game.Initial, 3), 1), 2) };
        var loaded = new Saved();
        StateArchive.Load(loaded, StateArchive.Save(saved));
        Assert.Equal(saved.State, loaded.State);
        int[] legal = new int[3];
        double[] probabilities = new double[3], returns = new double[2];
        Promises.AllocatesNothing(
            () =>
            {
                LeducPokerState state = game.Initial;
                while (game.PlayerToMove(state) != GameTurn.Over)
                {
                    int count = game.LegalActions(state, legal);
                    if (game.PlayerToMove(state) == GameTurn.Chance)
                        game.ChanceProbabilities(state, probabilities);
                    else
                        game.InformationKey(state);
                    state = game.Next(state, legal[count - 1]);
                }

                game.Returns(state, returns);
            },
            "a game of Leduc poker");
    }

    [Fact]
    public void Wrong_games_are_refused()
    {
        Assert.Contains("perfect recall", Assert.Throws<ArgumentException>(() => GameTree.Create(new Forgetful())).Message, StringComparison.Ordinal);
        Assert.Contains("add up to 1", Assert.Throws<ArgumentException>(() => GameTree.Create(new Forgetful { Chance = 0.7 })).Message, StringComparison.Ordinal);
        Assert.Contains("more than 20", Assert.Throws<ArgumentException>(() => GameTree.Create(new KuhnPoker(), 20)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new MatrixGame(2, 2, [1, 2, 3], [1, 2, 3, 4]));
        Assert.Throws<ArgumentException>(() => MatrixGame.ZeroSum(1, 1, [double.NaN]));
    }

    [Fact]
    public void Equilibria_of_matrix_games_are_recognised()
    {
        GameTree dilemma = GameTree.Create(MatrixGame.PrisonersDilemma()), hunt = GameTree.Create(MatrixGame.StagHunt()), pennies = GameTree.Create(MatrixGame.MatchingPennies());
        Assert.Equal(0, dilemma.Exploitability([0, 1, 0, 1]));
        Assert.Equal(2, dilemma.Exploitability([1, 0, 1, 0]));
        Assert.Equal([1.0, 1.0], dilemma.ExpectedReturns([0, 1, 0, 1]));
        Assert.Equal(0, hunt.Exploitability([1, 0, 1, 0]));
        Assert.Equal(0, hunt.Exploitability([0, 1, 0, 1]));
        Assert.Equal(0, pennies.Exploitability([0.5, 0.5, 0.5, 0.5]));
        Promises.Close(0.3, pennies.Exploitability([0.8, 0.2, 0.5, 0.5]), 1e-14, 0, "a biased penny");
    }

    /// <summary>The equilibria of Kuhn (1950), with parameter a; cards are 1 to 3.</summary>
    internal static double[] KuhnEquilibrium(GameTree tree, double a, double? bluff = null)
    {
        double[] strategy = new double[tree.StrategyLength];
        Set(0, 1, 0b1, bluff ?? a);
        Set(0, 2, 0b1, 0);
        Set(0, 3, 0b1, 3 * a);
        Set(0, 1, 0b101, 0);
        Set(0, 2, 0b101, a + (1.0 / 3));
        Set(0, 3, 0b101, 1);
        Set(1, 1, 0b10, 1.0 / 3);
        Set(1, 2, 0b10, 0);
        Set(1, 3, 0b10, 1);
        Set(1, 1, 0b11, 0);
        Set(1, 2, 0b11, 1.0 / 3);
        Set(1, 3, 0b11, 1);
        return strategy;

        void Set(int player, int card, int history, double bet)
        {
            int set = tree.IndexOf(player, ((ulong)history << 2) | (uint)card);
            Assert.True(set >= 0);
            Assert.Equal([0, 1], tree.ActionsOf(set).ToArray());
            (double pass, double betting) = (1 - bet, bet);
            strategy[tree.RangeOf(set).Start.Value] = pass;
            strategy[tree.RangeOf(set).Start.Value + 1] = betting;
        }
    }

    internal static double[] RandomStrategy(GameTree tree, ref RandomStream stream)
    {
        double[] strategy = new double[tree.StrategyLength];
        for (int set = 0; set < tree.InformationSets; set++)
        {
            Span<double> row = strategy.AsSpan(tree.RangeOf(set));
            double sum = 0;
            foreach (ref double p in row)
                sum += p = stream.NextExponential();
            foreach (ref double p in row)
                p /= sum;
        }

        return strategy;
    }

    private sealed class Saved : IPersistent
    {
        public LeducPokerState State;

        public void Persist(StateArchive archive) => archive.Transfer(ref State);
    }

    /// <summary>A player chooses, and then can't remember what.</summary>
    private sealed class Forgetful : IExtensiveGame<MatrixGameState>
    {
        public double Chance { get; init; } = 0.5;

        public int Players => 1;

        public int MaxActions => 2;

        public MatrixGameState Initial => default;

        public int PlayerToMove(in MatrixGameState state) => state.First == 0 && Chance != 0.5 ? GameTurn.Chance : state.Second != 0 ? GameTurn.Over : 0;

        public int LegalActions(in MatrixGameState state, Span<int> actions)
        {
            (actions[0], actions[1]) = (0, 1);
            return 2;
        }

        public void ChanceProbabilities(in MatrixGameState state, Span<double> probabilities) => probabilities[..2].Fill(Chance);

        public MatrixGameState Next(in MatrixGameState state, int action) => state.First == 0 ? state with { First = action + 1 } : state with { Second = action + 1 };

        public ulong InformationKey(in MatrixGameState state) => state.First == 0 ? 0ul : 1ul;

        public void Returns(in MatrixGameState state, Span<double> returns) => returns[0] = 1;
    }
}
