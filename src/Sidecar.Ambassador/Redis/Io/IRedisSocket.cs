namespace Sidecar.Ambassador.Redis.Io;

/// A socket that never blocks. Closing it ends all answers: nothing is told to its owner afterwards.
internal interface IRedisSocket
{
    /// Whether arriving bytes are told. Off, they wait in the kernel, and the sender with them.
    bool IsReading { get; set; }

    /// How many bytes came; 0 at the end of the stream; or SocketResult.Later, SocketResult.Lost.
    int Receive(Span<byte> into);

    /// How many bytes were taken; when not all, OnWritable tells when to go on. Or SocketResult.Lost.
    int Send(ReadOnlySpan<byte> bytes);

    /// Nothing more will be sent; what arrives is still read.
    void EndSending();

    void Close();
}
