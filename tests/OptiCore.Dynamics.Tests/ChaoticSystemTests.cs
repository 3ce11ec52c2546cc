using System.Globalization;
using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>The collection of chaotic systems in tests/reference/dysts: formulas, derivatives at one point, and trajectories by an independent code.</summary>
public class ChaoticSystemTests
{
    public static TheoryData<string> Systems => [.. Reference.Json("dysts/systems.json").EnumerateObject().Select(p => p.Name)];

    [Theory, MemberData(nameof(Systems))]
    public void TheReferenceTrajectoryIsFollowed(string name)
    {
        JsonElement item = Reference.Json("dysts/systems.json").GetProperty(name);
        double[] start = item.GetProperty("upstream").Numbers("initial_conditions");
        OdeDelegate system = Formula.System(item);
        double[] derivative = new double[start.Length];
        system(0, start, derivative);
        double[] expected = item.Numbers("rhs_at_initial_conditions");
        for (int i = 0; i < start.Length; i++)
            Promises.Close(expected[i], derivative[i], 1e-12, 1e-12 * expected.Max(Math.Abs), $"{name}, derivative {i}");

        JsonElement[] points = [.. item.GetProperty("trajectory").EnumerateArray()];
        double[] times = [.. points.Select(p => p.Number("t"))];
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13, MaxSteps = 1_000_000 };
        OdeResult result = Ode.Solve(method, system, (0, times[^1]), start, times).EnsureCompleted();
        for (int i = 0; i < points.Length; i++)
        {
            // The stored difference is between tolerances 1e-13 and 3e-12 of a method of order 8: ten times it, and the rounding of the stored digits.
            double[] state = points[i].Numbers("state");
            double scale = state.Max(Math.Abs);
            double tolerance = (10 * points[i].Number("tolerance_difference")) + 1e-11;
            for (int j = 0; j < state.Length; j++)
                Promises.Close(state[j], result.State(i)[j], 0, tolerance * Math.Max(1, scale), $"{name} at t = {times[i]}, element {j}");
        }
    }

    /// <summary>Reads the notation of the reference file by recursive descent: + - * / ^, unary minus, parentheses, functions and names.</summary>
    private sealed class Formula(string text, Dictionary<string, int> slots)
    {
        private int _at;

        private delegate double Term(double[] values);

        public static OdeDelegate System(JsonElement item)
        {
            var slots = new Dictionary<string, int>();
            var values = new List<double>();
            string[] state = [.. item.GetProperty("state").EnumerateArray().Select(s => s.GetString()!)];
            foreach (string variable in state)
                Define(variable, 0);
            Define("pi", Math.PI);
            foreach (JsonProperty parameter in item.GetProperty("upstream").GetProperty("parameters").EnumerateObject())
                Define(parameter.Name, parameter.Value.Number());
            var lets = new List<(int Slot, Term Value)>();
            foreach (JsonElement let in item.GetProperty("let").EnumerateArray())
            {
                Term value = new Formula(let[1].GetString()!, slots).Whole();
                lets.Add((values.Count, value));
                Define(let[0].GetString()!, 0);
            }

            Term[] right = [.. item.GetProperty("rhs").EnumerateArray().Select(r => new Formula(r.GetString()!, slots).Whole())];
            double[] memory = [.. values];
            return (_, y, dy) =>
            {
                y.CopyTo(memory);
                foreach ((int slot, Term value) in lets)
                    memory[slot] = value(memory);
                for (int i = 0; i < right.Length; i++)
                    dy[i] = right[i](memory);
            };

            void Define(string name, double value)
            {
                slots.Add(name, values.Count);
                values.Add(value);
            }
        }

        private Term Whole()
        {
            Term term = Sum();
            return _at == text.Length ? term : throw new FormatException($"Unexpected '{text[_at..]}' in '{text}'.");
        }

        private Term Sum()
        {
            Term left = Product();
            while (true)
            {
                Term before = left;
                if (Take('+') && Product() is var plus)
                    left = v => before(v) + plus(v);
                else if (Take('-') && Product() is var minus)
                    left = v => before(v) - minus(v);
                else
                    return left;
            }
        }

        private Term Product()
        {
            Term left = Unary();
            while (true)
            {
                Term before = left;
                if (Take('*') && Unary() is var times)
                    left = v => before(v) * times(v);
                else if (Take('/') && Unary() is var by)
                    left = v => before(v) / by(v);
                else
                    return left;
            }
        }

        private Term Unary()
        {
            if (Take('-') && Unary() is var negated)
                return v => -negated(v);
            Term power = Primary();
            return Take('^') && Unary() is var exponent ? v => Math.Pow(power(v), exponent(v)) : power;
        }

        private Term Primary()
        {
            if (Take('('))
            {
                Term inner = Sum();
                return Take(')') ? inner : throw new FormatException($"A parenthesis isn't closed in '{text}'.");
            }

            int start = _at;
            if (_at < text.Length && char.IsAsciiDigit(text[_at]))
            {
                while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '.' or 'e' || (text[_at] is '-' or '+' && text[_at - 1] == 'e')))
                    _at++;
                double number = double.Parse(text.AsSpan(start, _at - start), CultureInfo.InvariantCulture);
                Take(' ');
                return _ => number;
            }

            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
                _at++;
            string name = text[start.._at];
            if (_at < text.Length && text[_at] == '(')
            {
                Term argument = Primary();
                Func<double, double> function = name switch
                {
                    "sin" => Math.Sin,
                    "cos" => Math.Cos,
                    "exp" => Math.Exp,
                    "tanh" => Math.Tanh,
                    "abs" => Math.Abs,
                    "sqrt" => Math.Sqrt,
                    _ => throw new FormatException($"'{name}' is no function."),
                };
                return v => function(argument(v));
            }

            int slot = slots[name];
            return v => v[slot];
        }

        private bool Take(char c)
        {
            while (_at < text.Length && text[_at] == ' ')
                _at++;
            if (_at >= text.Length || text[_at] != c)
                return false;
            _at++;
            while (_at < text.Length && text[_at] == ' ')
                _at++;
            return true;
        }
    }
}
