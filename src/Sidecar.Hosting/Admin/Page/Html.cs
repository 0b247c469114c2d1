using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Sidecar.Hosting.Admin.Page;

/// <summary>Writes markup: an interpolated string is taken as it stands, and every value in it is escaped, and cut when it is very long.</summary>
internal sealed class Html
{
    private const int MaxValue = 1000;
    private const int MaxPage = 44_000;

    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>True when there is no room for more of what may be much: a list ends here, so that the page stays below 60 KB.</summary>
    public bool IsFull => _text.Length > MaxPage;

    public Html Add([InterpolatedStringHandlerArgument("")] Markup _) => this;

    /// <summary>Our own style and script, which are no markup.</summary>
    public void AddAsset(string asset) => _text.Append(asset);

    public override string ToString() => _text.ToString();

    /// <summary>What the compiler makes of an interpolated string: its parts go straight to the page.</summary>
    [InterpolatedStringHandler]
#pragma warning disable CS9113 // The compiler tells lengths that nobody needs here.
    public readonly ref struct Markup(int literalLength, int formattedCount, Html page)
#pragma warning restore CS9113
    {
        public void AppendLiteral(string markup) => page._text.Append(markup);

        public void AppendFormatted(string? value)
        {
            if (value is not null)
            {
                page._text.Append(HtmlEncoder.Default.Encode(value.Length > MaxValue ? value[..MaxValue] + " ..." : value));
            }
        }

        public void AppendFormatted(int value) => page._text.Append(value);
    }
}
