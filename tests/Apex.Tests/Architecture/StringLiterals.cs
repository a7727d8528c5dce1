using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Apex.Tests.Architecture;

/// <summary>The strings that an assembly may say: those its methods, iterators and lambdas load, its constants, and the defaults of parameters.</summary>
internal static class StringLiterals
{
    /// <summary>All of them; what is nested counts as the type around it.</summary>
    public static IEnumerable<Literal> Of(Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        var found = new HashSet<Literal>();
        foreach (var type in module.GetTypes())
        {
            TypeDefinition outer = type;
            while (outer.DeclaringType is { } around)
                outer = around;
            foreach (string text in All(type))
                found.Add(new Literal(outer.FullName, text));
        }

        return found;
    }

    private static IEnumerable<string> All(TypeDefinition type) =>
    [
        .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).Where(i => i.OpCode == OpCodes.Ldstr).Select(i => (string)i.Operand),
        .. type.Fields.Select(f => f.Constant).OfType<string>(),
        .. type.Methods.SelectMany(m => m.Parameters).Select(p => p.Constant).OfType<string>(),
    ];

    /// <summary>A string.</summary>
    /// <param name="From">The type that holds it, with its namespace.</param>
    /// <param name="Text">What it says.</param>
    internal sealed record Literal(string From, string Text);
}
