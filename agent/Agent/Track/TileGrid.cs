using Picket.Agent.Imaging;

namespace Picket.Agent.Track;

/// <summary>The views of a picture, in order: the whole, then 2x2 tiles, then 3x3, and so on; neighbors share a fifth
/// of their length.</summary>
internal sealed class TileGrid
{
    private const double Overlap = 0.2;
    private readonly (int Grid, int Column, int Row)[] _tiles;

    public TileGrid(int maxGrid)
    {
        var tiles = new List<(int, int, int)>();
        for (var grid = 1; grid <= maxGrid; grid++)
        {
            for (var cell = 0; cell < grid * grid; cell++) tiles.Add((grid, cell % grid, cell / grid));
        }
        _tiles = [.. tiles];
    }

    /// <summary>A tile's length in pixels, of <paramref name="grid"/> tiles along <paramref name="length"/>
    /// pixels.</summary>
    public static int TileLength(int length, int grid) => (int)Math.Ceiling(length / (grid - (grid - 1) * Overlap));

    /// <summary>Views of the grids 1..<paramref name="grid"/>: 1, 5, 14.</summary>
    public int CountUpTo(int grid)
    {
        var count = 0;
        while (count < _tiles.Length && _tiles[count].Grid <= grid) count++;
        return count;
    }

    /// <summary>The part of the picture that view <paramref name="index"/> shows; always inside it.</summary>
    public PixelRegion Region(int index, int width, int height)
    {
        var (grid, column, row) = _tiles[index];
        var (x, tileWidth) = Along(width, grid, column);
        var (y, tileHeight) = Along(height, grid, row);
        return new PixelRegion(x, y, tileWidth, tileHeight);
    }

    private static (int Start, int Length) Along(int length, int grid, int cell)
    {
        var tile = Math.Min(length, TileLength(length, grid));
        return grid == 1 ? (0, length) : ((length - tile) * cell / (grid - 1), tile);
    }
}
