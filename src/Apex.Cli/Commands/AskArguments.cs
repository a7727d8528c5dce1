using System.CommandLine;
using Apex.Analysis.Regularity;
using Apex.Questions;

namespace Apex.Cli.Commands;

/// <summary>The options of a question's command: one for each property of <see cref="AskOptions"/> that it reads.</summary>
internal sealed class AskArguments
{
    private readonly List<(string Property, Option Option, Func<ParseResult, AskOptions, AskOptions> Set)> _options = [];
    private readonly Option<bool> _partial = RunArguments.Partial();

    public AskArguments(IReadOnlyList<string> reads, int top)
    {
        Add(nameof(AskOptions.Against),
            new Option<string?>("--against")
            {
                Description = "Scores to compare with, one a sample: NPZ:KEY, NPY, CSV:COLUMN or Parquet:COLUMN, "
                    + "for all samples of the source or the probed ones.",
                HelpName = "FILE[:KEY]",
            },
            (o, value) => o with { Against = value });
        Add(nameof(AskOptions.Truth),
            new Option<string?>("--truth")
            {
                Description = "To measure the audit: 1 for each sample whose label is known to be wrong, 0 for the others, "
                    + "as NPZ:KEY, NPY, CSV:COLUMN or Parquet:COLUMN.",
                HelpName = "FILE[:KEY]",
            },
            (o, value) => o with { Truth = value });
        Add(nameof(AskOptions.InputRun),
            new Option<string?>("--input-run")
            {
                Description = "A run of the same samples with --sites input: adds stability under input noise.",
                HelpName = "RUN",
            },
            (o, value) => o with { InputRun = value });
        Add(nameof(AskOptions.Taxonomy),
            new Option<string?>("--taxonomy")
            {
                Description = "Groups of classes: JSON {\"group\": [\"class\", ...], ...}. Built in for CIFAR-10 and Fashion-MNIST.",
                HelpName = "FILE",
            },
            (o, value) => o with { Taxonomy = value });
        Add(nameof(AskOptions.Mode),
            new Option<bool>("--mode") { Description = "Instead of the flip level read the level of the grid where another class becomes most frequent." },
            (o, value) => o with { Mode = value });
        Add(nameof(AskOptions.Top), Typed.Whole("--top", "N", $"How many to list. Default: {top}."), (o, value) => o with { Top = value });
        Add(nameof(AskOptions.FlipLevel),
            Typed.Number(
                "--flip-level",
                "TAU",
                FormattableString.Invariant($"tau of the flip-level reading of escape noise, between 0 and 1. Default: {EscapeNoise.DefaultFlipLevel}.")),
            (o, value) => o with { FlipLevel = value });
        Add(nameof(AskOptions.Seed), Typed.Seed("Keys bootstrap and permutations."), (o, value) => o with { Seed = value ?? 0 });

        void Add<T>(string property, Option<T> option, Func<AskOptions, T?, AskOptions> set)
        {
            if (reads.Contains(property))
                _options.Add((property, option, (parsed, asked) => parsed.GetResult(option) is null ? asked : set(asked, parsed.GetValue(option))));
        }
    }

    /// <summary>Properties and their options, for the words of messages.</summary>
    public static IEnumerable<(string Property, string Option)> Words =>
        new AskArguments([.. typeof(AskOptions).GetProperties().Select(p => p.Name)], 0)._options.Select(o => (o.Property, o.Option.Name));

    public void AddTo(Command command)
    {
        foreach (var (_, option, _) in _options)
            command.Options.Add(option);
        command.Options.Add(_partial);
    }

    public AskOptions Of(ParseResult parsed) => _options.Aggregate(new AskOptions(), (asked, option) => option.Set(parsed, asked));

    /// <summary>Opens a run; says so where it is not whole.</summary>
    public AskedRun Open(ParseResult parsed, string run) => RunArguments.Open(run, parsed.GetValue(_partial));
}
