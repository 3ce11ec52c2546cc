namespace OptiCore.Dynamics;

/// <content>Events: changes of sign over a step, located on its dense output before the step is committed.</content>
public sealed partial class OdeState
{
    // The parameters that Oliveira and Takahashi recommend.
    private const double Kappa1 = 0.2;
    private const int ExtraIterations = 1;

    // An event that changes the state and happens again within this many of the smallest steps doesn't let time go on.
    private const double AccumulationSteps = 10;

    private readonly OdeEvent[] _events;
    private readonly double[] _eventValues;
    private readonly double[] _newEventValues;
    private readonly double[] _lastChanges;
    private readonly OdeEventHit[] _hits;
    private int _hitCount;
    private int _foundCount;
    private bool _foundStop;

    private void MeasureEvents(double t, double[] y, double[] values)
    {
        for (int i = 0; i < _events.Length; i++)
            values[i] = _events[i].Function(t, y.AsSpan(0, Dimension));
    }

    /// <summary>Finds the crossings of the step from the current point to the trial point, sorted, up to the first that ends the integration or changes the state.</summary>
    private void LocateEvents(double h, double newTime)
    {
        _foundCount = 0;
        _foundStop = false;
        if (_events.Length == 0)
            return;
        MeasureEvents(newTime, _vectors.Trial, _newEventValues);
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

        for (int i = 0; i < _foundCount && !_foundStop; i++)
        {
            OdeEvent item = _events[_hits[i].Index];
            if (!item.IsTerminal && item.Change is null)
                continue;
            _foundStop = true;
            _foundCount = i + 1;
        }

        // Whatever is told of the step's end must be told of where the integration stops.
        if (_foundStop && _hits[_foundCount - 1].Time != newTime)
        {
            double time = _hits[_foundCount - 1].Time;
            _stepper.Dense((time - _time) / h, _vectors.Point, _vectors.Scratch);
            MeasureEvents(time, _vectors.Scratch, _newEventValues);
        }
    }

    /// <summary>Makes the located events those of the step, stops at one that ends the integration and lets one change the state.</summary>
    private void CommitEvents()
    {
        _hitCount = _foundCount;
        if (_events.Length > 0)
            _newEventValues.CopyTo(_eventValues.AsSpan());
        if (!_foundStop)
            return;
        (int index, double time) = _hits[_hitCount - 1];
        if (time != _time)
        {
            _stepper.Dense((time - _previousTime) / _interpolated, _vectors.Previous, _vectors.Scratch);
            _vectors.Scratch.AsSpan().CopyTo(_vectors.Point);
            _time = time;
        }

        OdeEvent item = _events[index];
        if (item.Change is { } change)
            Apply(change, index);
        if (item.IsTerminal && _reason == OdeStopReason.None)
            _reason = OdeStopReason.TerminalEvent;
    }

    private void Apply(OdeEventChange change, int index)
    {
        change(_time, _vectors.Point.AsSpan(0, Dimension));
        _stepper.Forget();
        _hasStep = false;
        if (!StageKernels.AllFinite(_vectors.Point))
        {
            // What the change made of the state isn't one: the state is that before it.
            Within(_time, _vectors.Point.AsSpan(0, Dimension));
            _reason = OdeStopReason.NonFinite;
            return;
        }

        bool again = Math.Abs(_time - _lastChanges[index]) <= AccumulationSteps * SmallestStep(_time);
        _lastChanges[index] = _time;
        if (again)
            _reason = OdeStopReason.EventsAccumulate;
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
            _stepper.Dense(theta, _vectors.Point, _vectors.Scratch);
            double g = sign * function(_time + (theta * h), _vectors.Scratch.AsSpan(0, Dimension));
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
