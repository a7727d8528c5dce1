using System.Text;

namespace Apex.Cli;

/// <summary>
/// Standard output. A result that finds no room there is the user's to mend, and no bug. A reader that has gone, as in <c>| head -1</c>, is no error at all.
/// </summary>
/// <param name="output">Where results go.</param>
internal sealed class ResultWriter(TextWriter output) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => output.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Guarded(() => output.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Guarded(() => output.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Guarded(() => output.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Flush() => Guarded(output.Flush);

    private static void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(
                $"the result cannot be written to standard output: {error.Message}; make room there, or send it elsewhere with > FILE", error);
        }
    }
}
