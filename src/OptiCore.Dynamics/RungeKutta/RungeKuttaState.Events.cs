namespace OptiCore.Dynamics;

/// <content>Events: changes of sign over a step, located on its dense output before the step is committed.</content>
public sealed partial class RungeKuttaState
{
    // The parameters that Oliveira and Takahashi recommend.
    private const double Kappa1 = 0.2;
    private const int ExtraIterations = 1;

    private readonly OdeEvent[] _events;
    private readonly double[] _eventValues;
    private readonly double[] _newEventValues;
    private readonly OdeEventHit[] _hits;
    private int _hitCount;
    private int _foundCount;
    private bool _foundTerminal;

    private void MeasureEvents(double t, double[] y, double[] values)
    {
        for (int i = 0; i < _events.Length; i++)
            values[i] = _events[i].Function(t, y.AsSpan(0, _n));
    }

    /// <summary>Finds the crossings of the step from the current point to the trial point, sorted, up to the first terminal one.</summary>
    private void LocateEvents(double h, double newTime)
    {
        _foundCount = 0;
        _foundTerminal = false;
        if (_events.Length == 0)
            return;
        MeasureEvents(newTime, _trial, _newEventValues);
        bool forward = h > 0;
        for (int i = 0; i < _events.Length; i++)
        {
            if (!Crosses(_events[i].Direction, _eventValues[i], _newEventValues[i]))
                continue;
            double theta = FindCrossing(_events[i].Function, h, newTime, _eventValues[i], _newEventValues[i]);
            double time = theta == 1 ? newTime : _time + (theta * h);
            int at = _foundCount++;
            for (; at > 0 && (forward ? _hits[at - 1].Time > time : _hits[at - 1].Time < time); at--)
                _hits[at] = _hits[at - 1];
            _hits[at] = new OdeEventHit(i, time);
        }

        for (int i = 0; i < _foundCount && !_foundTerminal; i++)
        {
            if (!_events[_hits[i].Index].IsTerminal)
                continue;
            _foundTerminal = true;
            _foundCount = i + 1;
        }

        // Whatever is told of the step's end must be told of where the integration stops.
        if (_foundTerminal && _hits[_foundCount - 1].Time != newTime)
        {
            double time = _hits[_foundCount - 1].Time;
            Dense((time - _time) / h, h, _y);
            MeasureEvents(time, _scratch, _newEventValues);
        }
    }

    /// <summary>Makes the located events those of the step, and stops at the terminal one.</summary>
    private void CommitEvents()
    {
        _hitCount = _foundCount;
        if (_events.Length > 0)
            _newEventValues.CopyTo(_eventValues.AsSpan());
        if (!_foundTerminal)
            return;
        double time = _hits[_hitCount - 1].Time;
        if (time != _time)
        {
            Dense((time - _previousTime) / _interpolated, _interpolated, _previous);
            _scratch.AsSpan().CopyTo(_y);
            _time = time;
        }

        _reason = OdeStopReason.TerminalEvent;
    }

    private static bool Crosses(CrossingDirection direction, double before, double after) => direction switch
    {
        CrossingDirection.Rising => before < 0 && after >= 0,
        CrossingDirection.Falling => before > 0 && after <= 0,
        _ => (before < 0 && after >= 0) || (before > 0 && after <= 0),
    };

    /// <summary>
    /// The part theta of the step at which g has crossed zero, on the far side, to the spacing of floating-point numbers. Never more than one evaluation
    /// beyond bisection, usually about ten. I. F. D. Oliveira, R. H. C. Takahashi (2021), An enhancement of the bisection method average performance
    /// preserving minmax optimality.
    /// </summary>
    private double FindCrossing(OdeEventFunction function, double h, double newTime, double before, double after)
    {
        double sign = before < 0 ? 1 : -1;
        double a = 0, b = 1, ga = sign * before, gb = sign * after;
        if (gb == 0)
            return 1;
        double largest = Math.Max(Math.Abs(_time), Math.Abs(newTime));
        double epsilon = Math.Max(double.Epsilon, Math.Max(Math.ScaleB(1, -53), 0.5 * (Math.BitIncrement(largest) - largest) / Math.Abs(h)));
        int iterations = (int)Math.Ceiling(Math.Log2(0.5 / epsilon)) + ExtraIterations;
        for (int j = 0; j <= iterations && b - a > 2 * epsilon; j++)
        {
            double middle = 0.5 * (a + b);
            double radius = Math.Max(0, Math.ScaleB(epsilon, iterations - j) - (0.5 * (b - a)));
            double truncation = Kappa1 * (b - a) * (b - a);
            double falsi = ((gb * a) - (ga * b)) / (gb - ga);
            double side = middle >= falsi ? 1 : -1;
            double theta = truncation <= Math.Abs(middle - falsi) ? falsi + (side * truncation) : middle;
            if (!(Math.Abs(theta - middle) <= radius))
                theta = middle - (side * radius);
            Dense(theta, h, _y);
            double g = sign * function(_time + (theta * h), _scratch.AsSpan(0, _n));
            if (g < 0)
            {
                a = theta;
                ga = g;
            }
            else
            {
                b = theta;
                if (g == 0)
                    break;
                gb = double.IsNaN(g) ? gb : g;
            }
        }

        return b;
    }
}
