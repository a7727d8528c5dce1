using System.Text.Json.Nodes;
using Apex.Answers;
using Apex.Page;
using Apex.Plots;
using Apex.Questions;
using Xunit;

namespace Apex.Tests.Docs;

/// <summary><c>docs/cli.schema.json</c> is what the types of the answers make; <c>APEX_RENEW=1</c> in the environment writes it anew.</summary>
public class AnswerSchemaTests
{
    private static readonly (string Command, Type Answer)[] Others =
    [
        ("sites MODEL", typeof(SitesAnswer)), ("compare RUN_A RUN_B", typeof(CompareAnswer)), ("scan MODEL...", typeof(ScanAnswer)),
        ("reach MODEL", typeof(ReachAnswer)), ("plot RUN NAME", typeof(PlotAnswer)), ("report RUN", typeof(ReportAnswer)),
        ("merge OUT SHARD...", typeof(MergeAnswer)),
    ];

    [Fact]
    public void The_schema_is_made_from_the_types()
    {
        string path = Path.Combine(Repository.Root, "docs", "cli.schema.json");
        var stored = JsonNode.Parse(File.ReadAllText(path))!["$defs"]!;
        var definitions = new JsonObject();
        foreach (var (name, part) in AnswerSchema.Parts())
            definitions[name] = part;
        foreach (var question in RunQuestions.All.Where(q => q.Answer.Assembly == typeof(Answer).Assembly))
            definitions[question.Name] = AnswerSchema.Of(question.Answer, question.Name, $"apex {question.Name} RUN --json");
        foreach (var (command, answer) in Others)
        {
            string name = command.Split(' ')[0];
            definitions[name] = AnswerSchema.Of(answer, name, $"apex {command} --json");
        }

        // Its types come with TorchSharp, beside which it is compared.
        definitions["study"] = stored["study"]?.DeepClone();
        definitions["page"] = AnswerSchema.Of(typeof(PageData), "page", "what the script of a page reads");
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "What the apex commands print with --json",
            ["$defs"] = definitions,
        };
        string made = AnswerSchema.Written(schema) + "\n";
        if (Environment.GetEnvironmentVariable("APEX_RENEW") == "1")
            File.WriteAllText(path, made);
        Assert.Equal(made, File.ReadAllText(path));
    }
}
