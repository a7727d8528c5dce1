namespace Apex;

/// <summary>
/// Something the user gave (a file, a flag, a value) cannot be used. <see cref="Exception.Message"/> is one line that names
/// the thing, says what is wrong with it and what would be right; the command line prints it and exits with code 2.
/// </summary>
public sealed class InvalidInputException : Exception
{
    /// <summary>An error with one clear line for the user.</summary>
    /// <param name="message">One line: the file or option, what is wrong, what would be right.</param>
    public InvalidInputException(string message) : base(message) { }

    /// <inheritdoc cref="InvalidInputException(string)"/>
    /// <param name="message">One line: the file or option, what is wrong, what would be right.</param>
    /// <param name="innerException">The library error that led here; shown with <c>--verbose</c> only.</param>
    public InvalidInputException(string message, Exception innerException) : base(message, innerException) { }
}
