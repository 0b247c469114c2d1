namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>One step of a conversation with an endpoint: these bytes are sent, or have to come.</summary>
/// <param name="Text">The bytes as the user wrote them.</param>
internal sealed record CheckStep(bool IsExpect, byte[] Bytes, string Text);
