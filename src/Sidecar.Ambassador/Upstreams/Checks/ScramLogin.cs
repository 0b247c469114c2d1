using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>
/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677): the password is never sent, and the server has to prove that it knows it too.
/// </summary>
internal sealed class ScramLogin(string password)
{
    public const string Mechanism = "SCRAM-SHA-256";

    // RFC 7677 wants 4,096 at least. More than this would keep a processor busy at the server's word.
    private const int MostRounds = 1_000_000;

    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private byte[] _serverSignature = [];

    /// <summary>The server knows the user already, so no name is told here.</summary>
    public string First => $"n,,{FirstBare}";

    private string FirstBare => $"n=,r={_nonce}";

    /// <returns>The answer to the server's challenge; null when that is none.</returns>
    public string? Answer(string challenge)
    {
        var fields = Fields(challenge);
        if (!fields.TryGetValue('r', out var nonce) || !nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length) return null;
        if (!fields.TryGetValue('i', out var text) || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds)) return null;
        var salt = new byte[1024];
        if (!fields.TryGetValue('s', out var encoded) || !Convert.TryFromBase64String(encoded, salt, out var length) || rounds is < 1 or > MostRounds) return null;

        // "biws" is "n,," in base64: no channel binding.
        var withoutProof = $"c=biws,r={nonce}";
        var signed = Encoding.UTF8.GetBytes($"{FirstBare},{challenge},{withoutProof}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt.AsSpan(0, length), rounds, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var proof = HMACSHA256.HashData(salted, "Client Key"u8);
        var signature = HMACSHA256.HashData(SHA256.HashData(proof), signed);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= signature[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether the server has proved that it knows the password.</summary>
    public bool IsProved(string final) =>
        _serverSignature.Length > 0 && Fields(final).TryGetValue('v', out var proof) && proof == Convert.ToBase64String(_serverSignature);

    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var field in message.Split(','))
        {
            if (field.Length > 2 && field[1] == '=') fields.TryAdd(field[0], field[2..]);
        }

        return fields;
    }
}
