namespace Sbom;

/// A NuGet package that ends up in a program: its hash as the registry states it (SHA-512), its licence, and what it needs itself.
internal sealed record Package(string Name, string Version, byte[] Sha512, Licence Licence, IReadOnlyList<string> Needs, string Folder)
{
    /// The runtime itself, of the version that the SDK brings.
    public bool IsRuntime => Name.Contains(".App.Runtime.", StringComparison.Ordinal);

    public string Url => $"pkg:nuget/{Name}@{Version}";
}
