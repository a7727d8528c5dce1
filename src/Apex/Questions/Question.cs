using Apex.Answers;

namespace Apex.Questions;

/// <summary>
/// A question about a run. The command line, the page and the schema are made from <see cref="RunQuestions.All"/>; one of yours is a class that derives from
/// <see cref="Question{TAnswer}"/> and a call of <see cref="RunQuestions.Register"/>.
/// </summary>
public abstract class Question
{
    private protected Question()
    {
    }

    /// <summary>Its name, as in <c>apex NAME RUN</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it asks, in a few words: the line in the list of commands.</summary>
    public abstract string Asks { get; }

    /// <summary>What it does, in a few sentences: the help of its command.</summary>
    public virtual string Explains => Asks;

    /// <summary>What comes after <c>apex NAME</c> in examples, with options as words in backquotes: <c>run `Top` 100</c>.</summary>
    public virtual IReadOnlyList<string> Examples => ["run"];

    /// <summary>Names of the properties of <see cref="AskOptions"/> that it reads.</summary>
    public virtual IReadOnlyList<string> Reads => [];

    /// <summary>How many it lists where <see cref="AskOptions.Top"/> is null.</summary>
    public virtual int Top => 10;

    /// <summary>Heading of the page's section on it, or null where it has none of its own.</summary>
    public virtual string? Panel => null;

    /// <summary>Whether the page's script draws that section from the answer's JSON; else the section is the answer's text.</summary>
    internal virtual bool IsDrawnByScript => false;

    /// <summary>Whether the page asks it.</summary>
    public virtual bool IsOnPage => true;

    /// <summary>What answers it.</summary>
    public abstract Type Answer { get; }

    /// <summary>Whether the answer has a table.</summary>
    public bool HasTable => Answers.Answer.HasTable(Answer);

    /// <summary>Asks it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The run is damaged or cannot tell, or an option is not this question's.</exception>
    public Task<Answer> AskAsync(AskedRun run, AskOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        options ??= new AskOptions();
        if (options.Given().Except(Reads).FirstOrDefault() is { } other)
            throw new InvalidInputException(
                $"`{other}`: is not read by {Name}, which takes {(Reads.Count == 0 ? "none" : string.Join(", ", Reads.Select(r => $"`{r}`")))}");
        if (options.Top is < 0 and var top)
            throw new InvalidInputException($"`Top` {top}: give 0 or more");
        return FindAsync(run, options, cancellationToken);
    }

    /// <summary>What the page says of an answer under its first heading, a sentence each.</summary>
    /// <param name="run">The run.</param>
    /// <param name="answer">What answered the question.</param>
    public virtual IEnumerable<string> InShort(AskedRun run, Answer answer) => [];

    /// <summary>Whether a run holds what the question is about: the page does not ask it otherwise.</summary>
    /// <param name="run">The run.</param>
    public virtual bool IsFor(AskedRun run) => true;

    private protected abstract Task<Answer> FindAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken);
}

/// <summary>A question about a run that a type of its own answers.</summary>
/// <typeparam name="TAnswer">What answers it.</typeparam>
public abstract class Question<TAnswer> : Question
    where TAnswer : Answer
{
    /// <inheritdoc/>
    public sealed override Type Answer => typeof(TAnswer);

    /// <inheritdoc cref="Question.AskAsync"/>
    public new async Task<TAnswer> AskAsync(AskedRun run, AskOptions? options = null, CancellationToken cancellationToken = default) =>
        (TAnswer)await base.AskAsync(run, options, cancellationToken);

    /// <summary>Answers it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">How it is asked.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidInputException">The run is damaged or cannot tell.</exception>
    protected abstract Task<TAnswer> AnswerAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken);

    private protected sealed override async Task<Answer> FindAsync(AskedRun run, AskOptions options, CancellationToken cancellationToken) =>
        await AnswerAsync(run, options, cancellationToken);
}
