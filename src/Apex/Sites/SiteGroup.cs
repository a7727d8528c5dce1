namespace Apex.Sites;

/// <summary>Sites that are perturbed together, so that one sees where in a network a behaviour lives.</summary>
/// <param name="Name"><c>input</c>, <c>early</c>, <c>middle</c>, <c>late</c> or <c>all</c>.</param>
/// <param name="Sites">The sites, ascending; at least one.</param>
internal sealed record SiteGroup(string Name, IReadOnlyList<Site> Sites)
{
    /// <summary>
    /// The groups of a network: all hidden sites, then their first, middle and last third by order in the graph (fewer where there are fewer
    /// than three sites; nearly equal in size), then the input where it can be perturbed.
    /// </summary>
    /// <param name="sites">A classifier's sites.</param>
    public static IReadOnlyList<SiteGroup> Of(IReadOnlyList<Site> sites)
    {
        Site[] hidden = [.. sites.Where(s => !s.IsInput)];
        int early = (hidden.Length + 2) / 3, late = (hidden.Length - early + 1) / 2;
        var groups = new List<SiteGroup>();
        void Add(string name, IEnumerable<Site> chosen)
        {
            Site[] members = [.. chosen];
            if (members.Length > 0)
                groups.Add(new SiteGroup(name, members));
        }

        Add("all", hidden);
        if (hidden.Length > 1)
        {
            Add("early", hidden[..early]);
            Add("middle", hidden[early..^late]);
            Add("late", hidden[^late..]);
        }

        Add("input", sites.Where(s => s.IsInput));
        return groups;
    }
}
