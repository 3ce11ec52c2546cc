using System.Runtime.CompilerServices;
using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Eight integrations side by side, each with a step size, an error and an end of its own. Decisions are masks; a lane leaves the vectors only when its trajectory begins,
/// ends or passes a time to save.
/// </summary>
internal sealed unsafe partial class LaneIntegrator<TSystem>
    where TSystem : struct, IRealSystem
{
    private const int Lanes = Real8.Count;

    private readonly ExplicitRungeKutta _method;
    private readonly ButcherTableau _tableau;
    private readonly TSystem _system;
    private readonly double[] _starts;
    private readonly double[] _parameters;
    private readonly bool _sharesParameters;
    private readonly OdeEnsembleResult _result;
    private readonly double _start;
    private readonly double _end;
    private readonly double _direction;
    private readonly bool _saves;
    private readonly int _n;
    private readonly int _parameterCount;

    // The method, as the steps need it; powers are those of squared errors.
    private readonly int _endStage;
    private readonly bool _isAdaptive;
    private readonly bool _isFirstSameAsLast;
    private readonly bool _hasSecondError;
    private readonly double _inverseDimension;
    private readonly double _power1;
    private readonly double _power2;
    private readonly double _power3;
    private readonly double _retryPower;
    private readonly Row[] _stageRows;
    private readonly Row[] _denseRows;
    private readonly Row _solutionRow;
    private readonly Row _errorRow;
    private readonly Row _secondErrorRow;

    // Everything in lanes lies in one block, each number on a cache line of its own.
    private readonly Block<double> _memory;
    private readonly LaneState* _lanes;
    private readonly Real8* _y;
    private readonly Real8* _trial;
    private readonly Real8* _spare;
    private readonly Real8* _zero;
    private readonly Real8* _absolute;
    private readonly Real8* _p;
    private readonly Real8* _k;

    // What begins a trajectory: an integration of one alone.
    private readonly double[] _singleParameters;
    private readonly OdeVectors _single;
    private readonly ExplicitRungeKuttaStepper _singleStepper;
    private readonly double[] _denseCoefficients;
    private readonly int[] _trajectory = new int[Lanes];
    private readonly int[] _saved = new int[Lanes];
    private bool _hasDenseStages;

    public LaneIntegrator(
        ExplicitRungeKutta method, TSystem system, double[] starts, double[] parameters, bool sharesParameters, (double Start, double End) span, OdeEnsembleResult result)
    {
        _method = method;
        _tableau = method.Tableau;
        _system = system;
        _starts = starts;
        _parameters = parameters;
        _sharesParameters = sharesParameters;
        _result = result;
        (_start, _end) = span;
        _direction = _end >= _start ? 1 : -1;
        _saves = result.Times.Length > 0;
        _n = system.Dimension;
        _parameterCount = system.ParameterCount;
        _endStage = _tableau.EndStage;
        _isAdaptive = method.FixedStep is null;
        _isFirstSameAsLast = _tableau.IsFirstSameAsLast;
        _hasSecondError = !_tableau.SecondErrorWeights.IsEmpty;
        _inverseDimension = 1.0 / _n;
        _retryPower = -0.5 / _tableau.ErrorOrder;
        (_power1, _power2, _power3) = (_retryPower * method.Controller.Beta1, _retryPower * method.Controller.Beta2, _retryPower * method.Controller.Beta3);

        int stages = _endStage + 1 + _tableau.DenseStages.Count, ofState = sizeof(LaneState) / sizeof(Real8);
        int terms = Count(_tableau.StageTerms) + Count(_tableau.DenseStageTerms) + Count([_tableau.SolutionTerms, _tableau.ErrorTerms, _tableau.SecondErrorTerms]);
        _memory = new Block<double>(checked((Lanes * (ofState + ((5 + stages) * _n) + _parameterCount)) + (2 * terms)));
        var at = (Real8*)Unsafe.AsPointer(ref _memory.Span[0]);
        _lanes = (LaneState*)Take(ofState);
        _y = Take(_n);
        _trial = Take(_n);
        _spare = Take(_n);
        _zero = Take(_n);
        _absolute = Take(_n);
        _p = Take(_parameterCount);
        _k = Take(stages * _n);
        var term = (Term*)at;
        _stageRows = Array.ConvertAll(_tableau.StageTerms, RowOf);
        _denseRows = Array.ConvertAll(_tableau.DenseStageTerms, RowOf);
        for (int s = 0; s < _stageRows.Length; s++)
            _stageRows[s] = _stageRows[s] with { Node = _tableau.Nodes[s] };
        _solutionRow = RowOf(_tableau.SolutionTerms);
        _errorRow = RowOf(_tableau.ErrorTerms);
        _secondErrorRow = RowOf(_tableau.SecondErrorTerms);

        _singleParameters = new double[_parameterCount];
        _single = new OdeVectors(method, _n);
        _singleStepper = new ExplicitRungeKuttaStepper(method, new RealSystemAdapter<TSystem>(system, _singleParameters), _single);
        _denseCoefficients = new double[stages];
        for (int i = 0; i < _n; i++)
            _absolute[i] = Real8.Constant(_single.Absolute[i]);

        Real8* Take(int count)
        {
            Real8* taken = at;
            at += count;
            return taken;
        }

        Row RowOf(StageTerms row)
        {
            Term* first = term;
            for (int j = 0; j < row.Stages?.Length; j++)
                *term++ = new Term { Coefficient = row.Coefficients[j], Offset = (nint)row.Stages[j] * _n * Lanes };
            return new Row { Terms = first, Count = (int)(term - first), Node = row.Sum };
        }

        static int Count(ReadOnlySpan<StageTerms> rows)
        {
            int count = 0;
            foreach (StageTerms row in rows)
                count += row.Stages?.Length ?? 0;
            return count;
        }
    }

    /// <summary>Integrates the trajectories first to last - 1.</summary>
    public void Run(int first, int last)
    {
        int next = first, running = 0;
        for (int lane = 0; lane < Lanes; lane++)
            running += Fill(lane, ref next, last) ? 1 : 0;
        while (running > 0)
        {
            uint finished = Step();
            for (int lane = 0; finished != 0; lane++, finished >>= 1)
            {
                if ((finished & 1) == 0)
                    continue;
                End(lane, Reason(lane));
                running -= Fill(lane, ref next, last) ? 0 : 1;
            }
        }

        GC.KeepAlive(_memory);
    }

    /// <summary>Takes the next trajectory that isn't over at once into a lane.</summary>
    /// <returns>False when there is none.</returns>
    private bool Fill(int lane, ref int next, int last)
    {
        while (next < last)
        {
            if (Begin(lane, next++))
                return true;
        }

        // A lane without work stands still.
        Set(ref _lanes->Active, lane, 0);
        Set(ref _lanes->Step, lane, 0);
        Set(ref _lanes->NextSave, lane, double.PositiveInfinity);
        return false;
    }

    /// <summary>Takes a trajectory into a lane.</summary>
    /// <returns>False when it was over at once.</returns>
    private bool Begin(int lane, int trajectory)
    {
        ReadOnlySpan<double> start = _starts.AsSpan(trajectory * _n, _n);
        _parameters.AsSpan(_sharesParameters ? 0 : trajectory * _parameterCount, _parameterCount).CopyTo(_singleParameters);
        _trajectory[lane] = trajectory;
        _saved[lane] = 0;
        Set(_y, lane, start);
        Set(_p, lane, _singleParameters);
        Set(ref _lanes->Time, lane, _start);
        Set(ref _lanes->Accepted, lane, 0);
        Set(ref _lanes->Attempts, lane, 0);
        Set(ref _lanes->LogError1, lane, 0);
        Set(ref _lanes->LogError2, lane, 0);
        Set(ref _lanes->WasRejected, lane, 0);
        Set(ref _lanes->Active, lane, BitConverter.Int64BitsToDouble(-1));
        while (_saved[lane] < _result.Times.Length && _result.Times[_saved[lane]] == _start)
            start.CopyTo(SaveSlot(lane));
        Set(ref _lanes->NextSave, lane, NextSave(lane));
        if (_start == _end)
        {
            End(lane, OdeStopReason.ReachedEnd);
            return false;
        }

        start.CopyTo(_single.Point);
        _singleStepper.Forget();
        if (!_singleStepper.Prepare(_start))
        {
            End(lane, OdeStopReason.NonFiniteStart);
            return false;
        }

        Set(_k, lane, _singleStepper.FirstStage);
        Set(ref _lanes->Step, lane, _method.FixedStep ?? _method.InitialStep ?? _singleStepper.ChooseStep(_start, _end - _start));
        return true;
    }

    private void End(int lane, OdeStopReason reason)
    {
        int trajectory = _trajectory[lane];
        for (int i = 0; i < _n; i++)
            _result.FinalStates[(trajectory * _n) + i] = _y[i][lane];
        _result.SavedCounts[trajectory] = _saved[lane];
        long accepted = (long)_lanes->Accepted[lane];
        _result.Finish(trajectory, reason, _lanes->Time[lane], accepted, (long)_lanes->Attempts[lane] - accepted);
    }

    /// <summary>Writes the states at the times that accepted lanes pass, before the lanes move on.</summary>
    private void SavePassed(LaneMask accept)
    {
        uint passed = (accept & LaneMask.LessOrEqual(_lanes->NextSave * _direction, _lanes->NewTime * _direction)).Bits;
        for (int lane = 0; passed != 0; lane++, passed >>= 1)
        {
            if ((passed & 1) == 0)
                continue;
            double time = _lanes->Time[lane], h = _lanes->Size[lane], newTime = _lanes->NewTime[lane];
            for (double save = NextSave(lane); save * _direction <= newTime * _direction; save = NextSave(lane))
                Dense(lane, save == newTime ? 1 : (save - time) / h, h, SaveSlot(lane));
            Set(ref _lanes->NextSave, lane, NextSave(lane));
        }
    }

    /// <summary>The next time to save; behind the last one an infinite one, which no step passes.</summary>
    private double NextSave(int lane) => _saved[lane] < _result.Times.Length ? _result.Times[_saved[lane]] : _direction * double.PositiveInfinity;

    private Span<double> SaveSlot(int lane) => _result.States.AsSpan(((_trajectory[lane] * _result.Times.Length) + _saved[lane]++) * _n, _n);

    private void ComputeDenseStages()
    {
        if (_hasDenseStages)
            return;
        _hasDenseStages = true;
        for (int s = 0; s < _denseRows.Length; s++)
        {
            Combine(_denseRows[s], _y, _spare);
            Span<Real8> stage = new(_k + ((_endStage + 1 + s) * _n), _n);
            _system.Derivative(_lanes->Time + (_lanes->Size * _denseRows[s].Node), new ReadOnlySpan<Real8>(_spare, _n), new ReadOnlySpan<Real8>(_p, _parameterCount), stage);
        }
    }

    private void Dense(int lane, double theta, double h, Span<double> destination)
    {
        if (theta == 1)
        {
            for (int i = 0; i < _n; i++)
                destination[i] = _trial[i][lane];
            return;
        }

        ComputeDenseStages();
        _tableau.DenseCoefficients(theta, _denseCoefficients, withRows: true);
        if (!Interpolates(lane, h, destination))
        {
            _tableau.DenseCoefficients(theta, _denseCoefficients, withRows: false);
            Interpolates(lane, h, destination);
        }
    }

    /// <summary>The sum over the stages whose coefficients aren't zero; false where it isn't finite, as further stages may not be.</summary>
    private bool Interpolates(int lane, double h, Span<double> destination)
    {
        for (int i = 0; i < _n; i++)
        {
            double sum = 0;
            for (int s = 0; s < _denseCoefficients.Length; s++)
            {
                if (_denseCoefficients[s] != 0)
                    sum += _denseCoefficients[s] * _k[(s * _n) + i][lane];
            }

            destination[i] = _y[i][lane] + (h * sum);
        }

        return StageKernels.AllFinite(destination);
    }

    private static void Set(Real8* vectors, int lane, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
            ((double*)(vectors + i))[lane] = values[i];
    }

    private static void Set<T>(ref T vector, int lane, double value) where T : unmanaged => Unsafe.Add(ref Unsafe.As<T, double>(ref vector), lane) = value;

    /// <summary>What a lane is doing, one number or decision for each; errors are squares of those in units of the tolerance, their logarithms binary.</summary>
    private struct LaneState
    {
        public Real8 Time, NewTime, Size, Step, Error, LogError1, LogError2, Accepted, Attempts, NextSave;
        public LaneMask Active, WasRejected;
    }

    /// <summary>A coefficient and where its stage begins, in doubles.</summary>
    private struct Term
    {
        public double Coefficient;
        public nint Offset;
    }

    /// <summary>A row of the tableau: its terms that aren't zero, and its node.</summary>
    private readonly struct Row
    {
        public Term* Terms { get; init; }

        public int Count { get; init; }

        public double Node { get; init; }
    }
}
