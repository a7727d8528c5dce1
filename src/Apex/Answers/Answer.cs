using System.Text.Json.Serialization;
using Apex.Facts;

namespace Apex.Answers;

/// <summary>
/// What a question is answered with. Its public properties are its JSON, as System.Text.Json writes them with <see cref="AnswerJson.Options"/>; its text is for
/// people, its table for other programs. A number that is not defined is null.
/// </summary>
public abstract record Answer
{
    /// <summary>What looks wrong and may be meant; nothing that builds on it should be trusted before it is settled.</summary>
    [JsonPropertyOrder(-1)]
    public IReadOnlyList<RunWarning> Warnings { get; init; } = [];

    /// <summary>What could not be told, and why; null where nothing is missing. The command says it on standard error.</summary>
    [JsonIgnore]
    public string? Note { get; init; }

    /// <summary>For programs.</summary>
    public string ToJson() => AnswerJson.Write(this);

    /// <summary>For people.</summary>
    public abstract AnswerText ToText();

    /// <summary>Everything that it knows, a row each, for other programs; null where it has no rows.</summary>
    public virtual TableFile? ToTable() => null;

    /// <summary>Whether answers of a type have a table.</summary>
    /// <param name="answer">The type.</param>
    internal static bool HasTable(Type answer) => answer.GetMethod(nameof(ToTable))!.DeclaringType != typeof(Answer);

    /// <summary>Prints the text and not the properties.</summary>
    public sealed override string ToString() => ToText().ToString();
}
