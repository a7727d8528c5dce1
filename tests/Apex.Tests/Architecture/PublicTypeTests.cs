using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>The library shows what its users need; the members of it are listed in <c>src/Apex/PublicAPI.Unshipped.txt</c>, which the build holds.</summary>
public class PublicTypeTests
{
    // 129, the four of gradients, which other people's methods are built on, and two of what sensitivity answers of the first order.
    private const int Most = 135;

    [Fact]
    public void The_library_shows_few_types()
    {
        // What the compiler makes of extension members is visible as well.
        var shown = typeof(InvalidInputException).Assembly.GetTypes().Where(t => t.IsVisible).ToList();
        string listed = string.Concat(shown.GroupBy(t => t.Namespace).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"\n  {g.Key} {g.Count()}: {string.Join(", ", g.Select(t => t.FullName![(g.Key!.Length + 1)..]).Order(StringComparer.Ordinal))}"));
        Assert.True(shown.Count <= Most, $"{shown.Count} types of the library are visible, {Most} may be:{listed}");
    }
}
