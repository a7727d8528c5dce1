using System.Text;
using Apex.Models.Onnx.Operators;
using Xunit;

namespace Apex.Tests.Models;

/// <summary>The table of operators, and <c>docs/operators.md</c>, which is printed from it. Run with APEX_RENEW=1 to write the file anew.</summary>
public class OperatorDocumentTests
{
    private const string Introduction =
        """
        # Operators: does APEX know yours?

        What APEX knows of each ONNX operator, printed from its table, which lies by families in
        [src/Apex/Models/Onnx/Operators](../src/Apex/Models/Onnx/Operators). A model may hold any operator that ONNX Runtime runs. One that is not here is
        run and gets no noise; where its limit of infinite noise or its derivative is needed, it is refused by name.

        * **noise**: the name of the site, behind which noise is added. *none, told*: it gets no noise, and a note of `apex sites` names it, because it
          could be an activation or is a layer with activations inside. *told where it bends*: only where it is not linear in what depends on the input,
          such as the product of two activations. *refused*: a model with it between input and logits is not probed. A dash: no noise and no note.
        * **limit of infinite noise**: what it becomes as noise grows ([large noise](large-noise.md)). *itself*: it stays. A dash: it is refused.
        * **derivative**: how the derivative with respect to the input is formed ([what input perturbation reaches](reach.md)), and which value it has at a
          kink: *left at 0* is the slope on the left of 0, *outside* the slope outside of the part that bends. Gradients of the logits (reverse mode) have the
          transpose of it, of the same operators. A dash: it is refused.
        * **trained inputs**: inputs that are parameters where they are constant, counted from 0. *constants*: those of several values. A dash: none.

        Operators of ONNX Runtime have its domain in front. *Composed* ones have no operator of their own and are recognised by what they compute. Where
        tokens look up rows of a table (`Gather`), the input vanishes in the limit, so that is 0.

        """;

    [Fact]
    public void The_document_says_what_the_table_says()
    {
        string path = Path.Combine(Repository.Root, "docs", "operators.md"), printed = Print();
        if (Environment.GetEnvironmentVariable("APEX_RENEW") == "1")
            File.WriteAllText(path, printed);
        bool isSame = File.ReadAllText(path).ReplaceLineEndings("\n") == printed;
        Assert.True(isSame, "docs/operators.md is not what the table says; renew it: run this test with APEX_RENEW=1");
    }

    [Fact]
    public void Functions_by_which_compositions_are_recognised_can_be_told_apart()
    {
        var functions = OperatorTable.Rows.SelectMany(row => row.Composed).ToList();
        double[] points = [.. Enumerable.Range(-16, 33).Select(i => i / 2.0)];
        for (int i = 0; i < functions.Count; i++)
        {
            for (int j = 0; j < i; j++)
                Assert.Contains(points, x => Math.Abs(functions[i](x) - functions[j](x)) > 2e-4);
        }
    }


    private static string Print()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var (title, rows) in OperatorTable.Families)
        {
            text.Append($"\n## {title}\n\n| operator | noise | limit of infinite noise | derivative | trained inputs |\n|---|---|---|---|---|\n");
            foreach (var row in rows)
            {
                string limit = row.Limit.Words ?? Otherwise(row, "as it is"), derivative = row.Tangent?.Words ?? Otherwise(row, "0");
                text.Append($"| {Title(row)} | {Noise(row)} | {limit} | {derivative} | {Trained(row)} |\n");
            }
        }

        return text.ToString();
    }

    private static string Title(Operator row) => row.Domain == Domains.Composed ? $"{row.Name}, composed" : $"`{row.Key}`";

    private static string Noise(Operator row) => row switch
    {
        { OtherModel: { } kind } => $"refused: {kind}",
        { Kind: OperatorKind.ControlFlow or OperatorKind.Random } => "refused",
        { Domain: Domains.Composed } => row.Name,
        { Site: { } site } => site.Words ?? row.Name,
        { Bends: Bending.Function } or { Kind: OperatorKind.Recurrent or OperatorKind.Quantising } => "none, told",
        { Bends: not Bending.None } => "none, told where it bends",
        _ => "–",
    };

    /// <summary>A shape is what it was, and a composed function is differentiated part by part.</summary>
    private static string Otherwise(Operator row, string ofShape) =>
        row.Shape == ShapeUse.Made ? ofShape : row.Domain == Domains.Composed ? "of its parts" : "–";

    private static string Trained(Operator row) => row.Trained is { } trained ? string.Join(", ", trained) : row.ConstantsAreTrained ? "constants" : "–";
}
