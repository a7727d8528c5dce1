using Apex.Cli.Commands;

namespace Apex.Training.Studies;

/// <summary>All studies.</summary>
internal static class StudyRegistry
{
    public static IReadOnlyList<IStudy> All { get; } =
        [new TransitionStudy(), new InputStudy(), new RegularityStudy(), new StructureStudy(), new SemanticStudy(), new BiasStudy(), new SpacesStudy()];

    /// <summary>One by its name, or all of them.</summary>
    /// <exception cref="InvalidInputException">There is no such study.</exception>
    public static IReadOnlyList<IStudy> Named(string name) => StudyArguments.Checked(name) == "all" ? All : [All.Single(s => s.Name == name)];
}
