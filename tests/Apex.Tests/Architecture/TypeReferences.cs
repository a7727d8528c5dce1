using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Apex.Tests.Architecture;

/// <summary>Which types the types of an assembly refer to: in signatures, fields and the bodies of methods, iterators and lambdas.</summary>
internal static class TypeReferences
{
    /// <summary>Every reference once, what is nested counted as the type around it.</summary>
    public static IEnumerable<Reference> Of(Assembly assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        var found = new HashSet<Reference>();
        foreach (var type in module.GetTypes())
        {
            var from = Outer(type);
            // What the compiler adds of its own accord has no namespace.
            if (from.Namespace.Length == 0)
                continue;
            foreach (var to in All(type).SelectMany(Parts).Select(Outer).Where(to => to.FullName != from.FullName))
                found.Add(new Reference(Name(from), from.Namespace, Name(to), to.Namespace));
        }

        return found;
    }

    private static IEnumerable<TypeReference?> All(TypeDefinition type)
    {
        yield return type.BaseType;
        foreach (var implemented in type.Interfaces)
            yield return implemented.InterfaceType;
        foreach (var constraint in type.GenericParameters.SelectMany(p => p.Constraints))
            yield return constraint.ConstraintType;
        foreach (var field in type.Fields)
            yield return field.FieldType;
        foreach (var used in type.Methods.SelectMany(All))
            yield return used;
    }

    private static IEnumerable<TypeReference?> All(MethodDefinition method)
    {
        foreach (var used in Signature(method))
            yield return used;
        if (!method.HasBody)
            yield break;
        foreach (var variable in method.Body.Variables)
            yield return variable.VariableType;
        foreach (var handler in method.Body.ExceptionHandlers)
            yield return handler.CatchType;
        foreach (var used in method.Body.Instructions.SelectMany(Operand))
            yield return used;
    }

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        GenericInstanceMethod method => [method.DeclaringType, .. method.GenericArguments, .. Signature(method)],
        MethodReference method => [method.DeclaringType, .. Signature(method)],
        _ => [],
    };

    private static IEnumerable<TypeReference?> Signature(MethodReference method) => [method.ReturnType, .. method.Parameters.Select(p => p.ParameterType)];

    /// <summary>A type and those it is made of: elements, type arguments.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        TypeSpecification made => Parts(made.ElementType),
        _ => [type],
    };

    private static TypeReference Outer(TypeReference type) => type.DeclaringType is { } outer ? Outer(outer) : type;

    private static string Name(TypeReference type) => type.FullName.Split('`')[0];

    /// <summary>That one type refers to another.</summary>
    /// <param name="From">The type, with its namespace.</param>
    /// <param name="FromRoom">Its namespace.</param>
    /// <param name="To">What it refers to.</param>
    /// <param name="ToRoom">The namespace of that.</param>
    internal sealed record Reference(string From, string FromRoom, string To, string ToRoom);
}
