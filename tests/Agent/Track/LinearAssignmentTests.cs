using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class LinearAssignmentTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(2, 5)]
    [InlineData(5, 2)]
    [InlineData(6, 6)]
    public void Solve_RandomCosts_AsCheapAsTheBestOfAllPermutations(int rows, int columns)
    {
        var random = new Random(rows * 31 + columns);
        var assignment = new LinearAssignment(8);
        for (var trial = 0; trial < 50; trial++)
        {
            var cost = new float[rows * columns];
            for (var i = 0; i < cost.Length; i++) cost[i] = random.Next(100);
            var columnOf = new int[rows];
            assignment.Solve(cost, rows, columns, float.MaxValue, columnOf);

            var made = columnOf.Where(c => c >= 0).ToArray();
            Assert.Equal(Math.Min(rows, columns), made.Length);
            Assert.Equal(made.Length, made.Distinct().Count());
            var total = Enumerable.Range(0, rows)
                .Where(r => columnOf[r] >= 0)
                .Sum(r => cost[r * columns + columnOf[r]]);
            Assert.Equal(Cheapest(cost, rows, columns, 0, new bool[columns], rows - Math.Min(rows, columns)), total);
        }
    }

    [Fact]
    public void Solve_PairAboveLimit_IsNotMade()
    {
        var columnOf = new int[2];
        new LinearAssignment(4).Solve([0.1f, 0.9f, 0.9f, 0.8f], 2, 2, 0.5f, columnOf);
        Assert.Equal([0, -1], columnOf);
    }

    [Fact]
    public void Solve_NoColumns_AssignsNothing()
    {
        var columnOf = new int[3];
        new LinearAssignment(4).Solve([], 3, 0, 1, columnOf);
        Assert.Equal([-1, -1, -1], columnOf);
    }

    // Every choice tried: the reference that needs no cleverness.
    private static float Cheapest(float[] cost, int rows, int columns, int row, bool[] used, int mayLeaveOut)
    {
        if (row == rows) return 0;
        var best = mayLeaveOut > 0
            ? Cheapest(cost, rows, columns, row + 1, used, mayLeaveOut - 1)
            : float.PositiveInfinity;
        for (var c = 0; c < columns; c++)
        {
            if (used[c]) continue;
            used[c] = true;
            best = Math.Min(best, cost[row * columns + c] + Cheapest(cost, rows, columns, row + 1, used, mayLeaveOut));
            used[c] = false;
        }
        return best;
    }
}
