namespace Apex.Answers;

/// <summary>The run that shards were joined to: <c>apex merge OUT SHARD...</c>.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="Shards">Shards that it was made of.</param>
public sealed record MergeAnswer(string Run, long Samples, int Shards) : Answer
{
    /// <inheritdoc/>
    public override AnswerText ToText() => new AnswerText().Line($"{Run}: {Samples} samples of {Shards} shards");
}
