using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Images;

/// The folder with the log file of an app, which whoever a container runs as may look into.
internal static class AppLog
{
    private const UnixFileMode All =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static string Folder(TempVolume volume, string text)
    {
        File.SetUnixFileMode(volume.Root, All);
        return Path.GetDirectoryName(Append(volume, text))!;
    }

    public static string Append(TempVolume volume, string text) => volume.Append("app/app.log", text);
}
