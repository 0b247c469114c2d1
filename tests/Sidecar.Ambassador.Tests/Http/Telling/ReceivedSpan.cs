using System.Collections.Immutable;

namespace Sidecar.Ambassador.Tests.Http.Telling;

/// One span as opentelemetry/proto/trace/v1 says.
internal sealed record ReceivedSpan(string TraceId, string SpanId, string ParentId, string Name, bool IsError, ImmutableDictionary<string, string> Attributes)
{
    public string this[string attribute] => Attributes.GetValueOrDefault(attribute, "");

    public static ReceivedSpan Of(byte[] span)
    {
        var fields = ProtoField.In(span).ToList();
        var attributes = fields.Where(field => field.Number == 9).Select(field => ProtoField.In(field.Bytes).ToList())
            .ToImmutableDictionary(pair => pair[0].Text, pair => Value(pair[1].Bytes));
        var status = fields.Where(field => field.Number == 15).SelectMany(field => ProtoField.In(field.Bytes)).FirstOrDefault(field => field.Number == 3);
        return new ReceivedSpan(Hex(1), Hex(2), Hex(4), fields.First(field => field.Number == 5).Text, status?.Integer == 2, attributes);

        string Hex(int number) => Convert.ToHexStringLower(fields.FirstOrDefault(field => field.Number == number)?.Bytes ?? []);
    }

    // A string, a number, or an array of such.
    private static string Value(byte[] any) => ProtoField.In(any).Single() switch
    {
        { Number: 1 } text => text.Text,
        { Number: 5 } array => string.Join(',', ProtoField.In(array.Bytes).Select(one => Value(one.Bytes))),
        var number => $"{number.Integer}",
    };
}
