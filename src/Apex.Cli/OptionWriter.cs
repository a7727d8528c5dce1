using System.Text;

namespace Apex.Cli;

/// <summary>Says what the library said in the words of the command line (<see cref="OptionWords"/>); strings must come whole.</summary>
/// <param name="output">Where they go.</param>
internal sealed class OptionWriter(TextWriter output) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => output.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => output.Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => output.Write(buffer, index, count);

    /// <inheritdoc/>
    public override void Write(string? value) => output.Write(value is null ? null : OptionWords.Translate(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => output.WriteLine(value is null ? null : OptionWords.Translate(value));

    /// <inheritdoc/>
    public override void Flush() => output.Flush();
}
