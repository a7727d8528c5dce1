using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Apex.Tests.Architecture;

/// <summary>Which types of an assembly put files on the disk by themselves: the calls in their methods, iterators and lambdas.</summary>
internal static class WrittenFiles
{
    /// <summary>How <see cref="FileAccess.Read"/>, which is 1, is handed over.</summary>
    private static readonly OpCode Read = OpCodes.Ldc_I4_1;

    private static readonly string[] Writing = ["WriteAll", "Append", "Create", "Copy", "Move", "Replace", "OpenWrite", "OpenHandle"];

    /// <summary>Each call once, as the type around it and what it calls.</summary>
    public static IEnumerable<(string Type, string Call)> Of(Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        var found = new HashSet<(string, string)>();
        foreach (var type in module.GetTypes())
        {
            foreach (var instruction in type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Instructions))
            {
                if (instruction.Operand is MethodReference called && Writes(instruction, called))
                    found.Add((Outer(type).FullName, Told(called)));
            }
        }

        return found;
    }

    private static bool Writes(Instruction instruction, MethodReference called) => called.DeclaringType.FullName switch
    {
        "System.IO.File" => Writing.Any(w => called.Name.StartsWith(w, StringComparison.Ordinal)) || (called.Name == "Open" && !OnlyReads(instruction, called)),
        "System.IO.FileStream" => instruction.OpCode == OpCodes.Newobj && !OnlyReads(instruction, called),
        "System.IO.StreamWriter" => instruction.OpCode == OpCodes.Newobj && called.Parameters[0].ParameterType.FullName == "System.String",
        _ => false,
    };

    /// <summary>Whether a call says in so many words that it wants to read: its argument is that constant.</summary>
    private static bool OnlyReads(Instruction call, MethodReference called)
    {
        int access = called.Parameters.ToList().FindIndex(p => p.ParameterType.FullName == "System.IO.FileAccess");
        var argument = call;
        // Each argument behind it is one instruction where all are constants; where they are not, the one that is found is none.
        for (int i = called.Parameters.Count; access >= 0 && i > access && argument is not null; i--)
            argument = argument.Previous;
        return access >= 0 && argument?.OpCode == Read;
    }

    private static string Told(MethodReference called) =>
        called.Name == ".ctor" ? $"new {called.DeclaringType.Name}" : $"{called.DeclaringType.Name}.{called.Name}";

    private static TypeReference Outer(TypeReference type) => type.DeclaringType is { } outer ? Outer(outer) : type;
}
