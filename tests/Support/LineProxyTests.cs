using System.Net;
using System.Net.Sockets;

namespace Picket.Tests.Support;

/// <summary>The line that faults are made with has to be the line that it says it is.</summary>
public sealed class LineProxyTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly LineProxy _line;

    public LineProxyTests()
    {
        _server.Start();
        _line = new LineProxy(((IPEndPoint)_server.LocalEndpoint).Port);
    }

    private CancellationToken Cancel => _limit.Token;

    public async ValueTask DisposeAsync()
    {
        await _line.DisposeAsync();
        _server.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Line_WithoutFault_PassesBytesBothWays()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync(Cancel);
        await ExchangeAsync(client, server);
        await ExchangeAsync(server, client);
        Assert.Equal(2, _line.Bytes);
    }

    [Fact]
    public async Task Cut_OpenConnection_EndsOnBothSides()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync(Cancel);
        await ExchangeAsync(client, server);
        _line.Set(LineFault.Cut);
        foreach (var side in (Socket[])[client, server])
            Assert.True(await EndsAsync(side), "something came over a line that is cut");
    }

    /// <summary>Whether the next read tells the end: with a reset, or as the other side closed.</summary>
    private async Task<bool> EndsAsync(Socket side)
    {
        try
        {
            return await side.ReceiveAsync(new byte[1], Cancel) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [Fact]
    public async Task Stalled_WhatWasSentMeanwhile_ArrivesAfterwards()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync(Cancel);
        _line.Set(LineFault.Stalled);
        var arriving = ReadAsync(server);
        await client.SendAsync(new byte[] { 7 }, Cancel);
        Assert.False(arriving.IsCompleted);
        _line.Set(LineFault.None);
        Assert.Equal(7, await arriving);
    }

    [Fact]
    public async Task HalfOpen_OldConnection_StaysSilentWhenNewOnesWork()
    {
        using var client = await ConnectAsync();
        using var server = await _server.AcceptSocketAsync(Cancel);
        await ExchangeAsync(client, server);
        _line.Set(LineFault.HalfOpen);
        var silent = ReadAsync(server);
        await client.SendAsync(new byte[] { 7 }, Cancel);
        client.Dispose();
        _line.Set(LineFault.None);

        using var again = await ConnectAsync();
        using var serverAgain = await _server.AcceptSocketAsync(Cancel);
        await ExchangeAsync(again, serverAgain);

        Assert.False(silent.IsCompleted);
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _line.Port, Cancel);
        return client;
    }

    private async Task ExchangeAsync(Socket from, Socket to)
    {
        await from.SendAsync(new byte[] { 42 }, Cancel);
        Assert.Equal(42, await ReadAsync(to));
    }

    /// <summary>One byte; -1 at the end.</summary>
    private async Task<int> ReadAsync(Socket socket)
    {
        var one = new byte[1];
        return await socket.ReceiveAsync(one, Cancel) == 0 ? -1 : one[0];
    }
}
