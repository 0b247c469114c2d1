using System.Text;

namespace Sidecar.Ambassador.Tests.Http.Telling;

/// One field of a protobuf message: a number, or bytes.
internal sealed record ProtoField(int Number, long Integer, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public static IEnumerable<ProtoField> In(byte[] message, int number) => In(message).Where(one => one.Number == number);

    public static IEnumerable<ProtoField> In(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return new ProtoField(number, Varint(message, ref at), []);
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return new ProtoField(number, 0, message[at..(at + length)]);
                    at += length;
                    break;
                case 1:
                    at += 8;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static long Varint(byte[] message, ref int at)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var one = message[at++];
            value |= (long)(one & 0x7f) << shift;
            if (one < 0x80) return value;
        }
    }
}
