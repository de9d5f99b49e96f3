namespace Picket.Agent.Track;

/// <summary>
/// Assigns rows to columns at the least total cost (Hungarian method by shortest augmenting paths, O(n^2 m)), into buffers allocated once.
/// </summary>
/// <remarks>Source: Jonker and Volgenant 1987; Kuhn 1955. Not thread-safe.</remarks>
internal sealed class LinearAssignment(int maxSize)
{
    private readonly float[] _rowPotential = new float[maxSize + 1];
    private readonly float[] _columnPotential = new float[maxSize + 1];
    private readonly float[] _least = new float[maxSize + 1];
    private readonly int[] _rowOf = new int[maxSize + 1];
    private readonly int[] _way = new int[maxSize + 1];
    private readonly bool[] _used = new bool[maxSize + 1];
    private readonly float[] _transposed = new float[maxSize * maxSize];
    private readonly int[] _columnRows = new int[maxSize];

    /// <summary>Fills <paramref name="columnOf"/>[row] with the assigned column or -1.</summary>
    /// <param name="cost">Row-major, <paramref name="rows"/> x <paramref name="columns"/>, finite.</param>
    /// <param name="limit">Pairs that cost more than this are not made.</param>
    public void Solve(ReadOnlySpan<float> cost, int rows, int columns, float limit, Span<int> columnOf)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, maxSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, maxSize);
        columnOf[..rows].Fill(-1);
        if (rows == 0 || columns == 0) return;
        if (rows <= columns)
        {
            Augment(cost, rows, columns);
            for (var c = 1; c <= columns; c++)
                if (_rowOf[c] > 0 && cost[(_rowOf[c] - 1) * columns + c - 1] <= limit) columnOf[_rowOf[c] - 1] = c - 1;
            return;
        }
        // The method needs at least as many columns as rows.
        var turned = _transposed.AsSpan(0, rows * columns);
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++) turned[c * rows + r] = cost[r * columns + c];
        var turnedColumns = _columnRows.AsSpan(0, columns);
        Solve(turned, columns, rows, limit, turnedColumns);
        for (var c = 0; c < columns; c++)
            if (turnedColumns[c] >= 0) columnOf[turnedColumns[c]] = c;
    }

    // Index 0 stands for "none"; rows and columns count from 1.
    private void Augment(ReadOnlySpan<float> cost, int rows, int columns)
    {
        Array.Clear(_rowPotential, 0, rows + 1);
        Array.Clear(_columnPotential, 0, columns + 1);
        Array.Clear(_rowOf, 0, columns + 1);
        for (var row = 1; row <= rows; row++)
        {
            _rowOf[0] = row;
            Array.Fill(_least, float.PositiveInfinity, 0, columns + 1);
            Array.Clear(_used, 0, columns + 1);
            var column = 0;
            do column = Step(cost, columns, column);
            while (_rowOf[column] != 0);
            for (; column != 0; column = _way[column]) _rowOf[column] = _rowOf[_way[column]];
        }
    }

    /// <summary>One step of Dijkstra's search: adds the current column, returns the nearest one outside.</summary>
    private int Step(ReadOnlySpan<float> cost, int columns, int column)
    {
        _used[column] = true;
        int row = _rowOf[column], next = 0;
        var delta = float.PositiveInfinity;
        for (var c = 1; c <= columns; c++)
        {
            if (_used[c]) continue;
            var reduced = cost[(row - 1) * columns + c - 1] - _rowPotential[row] - _columnPotential[c];
            if (reduced < _least[c])
            {
                _least[c] = reduced;
                _way[c] = column;
            }
            if (_least[c] < delta)
            {
                delta = _least[c];
                next = c;
            }
        }
        for (var c = 0; c <= columns; c++)
        {
            if (_used[c])
            {
                _rowPotential[_rowOf[c]] += delta;
                _columnPotential[c] -= delta;
            }
            else
            {
                _least[c] -= delta;
            }
        }
        return next;
    }
}
