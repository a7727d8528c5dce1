using System.Globalization;

namespace Apex.Answers;

/// <summary>A column of a table in an answer's text.</summary>
/// <param name="Head">Its head.</param>
/// <param name="Cells">What it says in each row.</param>
/// <param name="IsRight">Whether cells end below each other, as numbers do, rather than begin.</param>
/// <param name="Shares">Lengths of bars, in [0, 1] or NaN, where the cells are bars; else none.</param>
public sealed record AnswerColumn(string Head, IReadOnlyList<string> Cells, bool IsRight = false, IReadOnlyList<double>? Shares = null)
{
    /// <summary>Characters of the widest cell, or of the head.</summary>
    public int Width { get; } = Cells.Select(c => c.Length).Append(Head.Length).Max();

    /// <summary>A column whose cells begin below each other.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="head">Its head.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cell">What it says of a row, with numbers in the invariant culture.</param>
    public static AnswerColumn Left<T>(string head, IEnumerable<T> rows, Func<T, FormattableString> cell) =>
        new(head, [.. rows.Select(r => cell(r).ToString(CultureInfo.InvariantCulture))]);

    /// <summary>A column whose cells end below each other.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="head">Its head.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cell">What it says of a row, with numbers in the invariant culture.</param>
    public static AnswerColumn Right<T>(string head, IEnumerable<T> rows, Func<T, FormattableString> cell) => Left(head, rows, cell) with { IsRight = true };

    /// <summary>A column of bars.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="rows">The rows.</param>
    /// <param name="share">Length of a row's bar, in [0, 1], or NaN for none.</param>
    /// <param name="width">Characters of a bar of length 1.</param>
    public static AnswerColumn Bar<T>(IEnumerable<T> rows, Func<T, double> share, int width = 40)
    {
        double[] shares = [.. rows.Select(share)];
        return new("", [.. shares.Select(s => double.IsNaN(s) ? "" : new string('█', (int)Math.Round(Math.Clamp(s, 0, 1) * width)))], Shares: shares);
    }
}
