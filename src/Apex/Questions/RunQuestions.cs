using Apex.Answers;

namespace Apex.Questions;

/// <summary>
/// The questions about a run, from which its commands, the page and the schema are made.
/// <code>
/// var answer = await RunQuestions.Dependence.AskAsync(AskedRun.Open("run"));
/// Console.WriteLine(answer.HalfDependenceSigma);
/// </code>
/// </summary>
public static class RunQuestions
{
    private static readonly Lock _registering = new();

    /// <summary>What a run shows at first sight.</summary>
    public static Question<ShowAnswer> Show { get; } = new ShowQuestion();

    /// <summary>At which noise the model decides rather than the sample.</summary>
    public static Question<DependenceAnswer> Dependence { get; } = new DependenceQuestion();

    /// <summary>Which samples are typical and which odd.</summary>
    public static Question<RegularityAnswer> Regularity { get; } = new RegularityQuestion();

    /// <summary>Which labels look wrong.</summary>
    public static Question<AuditAnswer> Audit { get; } = new AuditQuestion();

    /// <summary>What the model says when noise drowns the sample.</summary>
    public static Question<BiasAnswer> Bias { get; } = new BiasQuestion();

    /// <summary>Which classes the model holds to be close.</summary>
    public static Question<TransitionsAnswer> Transitions { get; } = new TransitionsQuestion();

    /// <summary>Which layers matter.</summary>
    public static Question<SensitivityAnswer> Sensitivity { get; } = new SensitivityQuestion();

    /// <summary>Which classes give way first, and to which others.</summary>
    public static Question<ClassesAnswer> Classes { get; } = new ClassesQuestion();

    /// <summary>At which noise each sample loses its prediction.</summary>
    public static Question<EscapeAnswer> Escape { get; } = new EscapeQuestion();

    /// <summary>All of them, in the order in which the page tells them; those that were registered last.</summary>
    public static IReadOnlyList<Question> All { get; private set; } = [Show, Dependence, Regularity, Audit, Bias, Classes, Transitions, Sensitivity, Escape];

    /// <summary>Adds a question of yours: pages that are made after that have it.</summary>
    /// <param name="question">The question.</param>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public static void Register(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        lock (_registering)
        {
            if (All.Any(q => q.Name == question.Name))
                throw new ArgumentException($"there is a question {question.Name} already", nameof(question));
            All = [.. All, question];
        }
    }
}
