using System.Runtime.CompilerServices;
using static TorchSharp.torch.nn;

namespace Apex.Torch;

/// <summary>Names of modules by where they stand in a tree, e.g. <c>stage1.block0.relu</c>.</summary>
internal static class ModulePaths
{
    /// <summary>
    /// The module itself (its path is empty) and all below it, parents first; one that stands in several places comes once, under its first path.
    /// </summary>
    public static IReadOnlyList<(string Path, Module Module)> Of(Module root)
    {
        var found = new List<(string, Module)>();
        var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        Walk("", root);
        return found;

        void Walk(string path, Module module)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            if (!seen.Add(module))
                return;
            found.Add((path, module));
            foreach (var (name, child) in module.named_children())
                Walk(Join(path, name), child);
        }
    }

    /// <summary>A module's own name; that of its type where libtorch named it.</summary>
    public static string NameOf(Module module) => module.GetName() is var name && name.Contains("::", StringComparison.Ordinal) ? module.GetType().Name : name;

    /// <summary>A path and a name below it.</summary>
    public static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";

    /// <summary>A name that was not given before: a number tells the second run of a module from the first.</summary>
    public static string Unique(HashSet<string> given, string name)
    {
        string unique = name;
        for (int n = 2; !given.Add(unique); n++)
            unique = $"{name}#{n}";
        return unique;
    }
}
