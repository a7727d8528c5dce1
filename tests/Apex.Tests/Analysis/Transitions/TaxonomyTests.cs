using Apex.Analysis.Transitions;
using Apex.Experiments;
using Xunit;

namespace Apex.Tests.Analysis.Transitions;

public class TaxonomyTests
{
    private static readonly string[] Classes = ["oak", "fir", "cod"];

    [Fact]
    public void Cifar10_is_animals_and_vehicles_in_any_order_and_case()
    {
        string[] classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
        var taxonomy = Taxonomy.For(classes)!;
        Assert.Equal("CIFAR-10", taxonomy.Name);
        Assert.Equal(["bird", "cat", "deer", "dog", "frog", "horse"], Group(taxonomy, classes, "animals"));
        Assert.Equal(["airplane", "automobile", "ship", "truck"], Group(taxonomy, classes, "vehicles"));
        string[] other = [.. classes.Reverse().Select(c => c.ToUpperInvariant())];
        Assert.Equal(taxonomy.Of.Reverse(), Taxonomy.For(other)!.Of);
    }

    [Fact]
    public void Fashion_mnist_has_four_groups()
    {
        string[] classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];
        var taxonomy = Taxonomy.For(classes)!;
        Assert.Equal(4, taxonomy.Groups.Count);
        Assert.Equal(["Sandal", "Sneaker", "Ankle boot"], Group(taxonomy, classes, "footwear"));
        Assert.Equal(["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"], Group(taxonomy, classes, "upper body"));
    }

    [Fact]
    public void Nothing_is_built_in_for_other_classes()
    {
        Assert.Null(Taxonomy.For(Classes));
        Assert.Null(Taxonomy.For(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship"]));
        Assert.Null(Taxonomy.For(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry"]));
        Assert.Null(Taxonomy.For([.. Enumerable.Range(0, 10).Select(i => $"{i}")]));
    }

    [Fact]
    public void Class_names_that_repeat_are_not_those_that_are_built_in() =>
        Assert.Null(Taxonomy.For(["cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat", "cat"]));

    [Fact]
    public void A_file_gives_groups()
    {
        using var folder = new TempFolder();
        string path = folder.Write("t.json", """{ "trees": ["Fir", "OAK"], "fish": ["cod"], "birds": [] }""");
        var taxonomy = Taxonomy.Read(path, Classes);
        Assert.Equal(path, taxonomy.Name);
        Assert.Equal(["trees", "fish", "birds"], taxonomy.Groups);
        Assert.Equal([0, 0, 1], taxonomy.Of);
    }

    [Theory]
    [InlineData("""{ "trees": ["oak", "fir", "elm"], "fish": ["cod"] }""", "'elm' is no class of this run; the classes are oak, fir, cod")]
    [InlineData("""{ "trees": ["oak", "fir"], "fish": ["cod", "oak"] }""", "class 'oak' is there twice, in 'trees' and in 'fish'")]
    [InlineData("""{ "trees": ["oak"], "fish": ["cod"] }""", "class 'fir' is in no group")]
    [InlineData("""{ "trees": ["oak", null], "fish": ["cod"] }""", "is no class")]
    [InlineData("""{ "trees": null }""", "give {\"group\"")]
    [InlineData("{}", "not a taxonomy")]
    [InlineData("null", "not a taxonomy")]
    [InlineData("[1, 2]", "not a taxonomy")]
    [InlineData("""{ "trees": "oak" }""", "not a taxonomy")]
    [InlineData("""{ "trees": [1] }""", "not a taxonomy")]
    [InlineData("""{ "trees": ["oak" """, "not a taxonomy")]
    [InlineData("trees: oak", "not a taxonomy")]
    [InlineData("", "not a taxonomy")]
    public void What_is_wrong_is_told_in_one_line(string json, string part)
    {
        using var folder = new TempFolder();
        string path = folder.Write("t.json", json);
        string message = Assert.Throws<InvalidInputException>(() => Taxonomy.Read(path, Classes)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_class_twice_in_one_group_is_told_too()
    {
        using var folder = new TempFolder();
        string path = folder.Write("t.json", """{ "trees": ["oak", "fir", "oak"], "fish": ["cod"] }""");
        Assert.Contains("oak", Assert.Throws<InvalidInputException>(() => Taxonomy.Read(path, Classes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_told()
    {
        using var folder = new TempFolder();
        Assert.Contains("no such file", Assert.Throws<InvalidInputException>(() => Taxonomy.Read(folder["t.json"], Classes)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => Taxonomy.Read(folder.Path, Classes));
    }

    private static IEnumerable<string> Group(Taxonomy taxonomy, string[] classes, string group) =>
        classes.Where((_, c) => taxonomy.Groups[taxonomy.Of[c]] == group);
}
