using Xunit;

namespace Apex.Tests.Architecture;

/// <summary>The walls of the house (docs/architecture.md), by what the compiled code refers to, method bodies included.</summary>
public class RoomTests
{
    private const string Onnx = "Apex.Models.Onnx";

    /// <summary>The one type that may name ONNX outside its door.</summary>
    private const string Registry = "Apex.Experiments.Backends";

    private static readonly TypeReferences.Reference[] References = [.. TypeReferences.Of(typeof(InvalidInputException).Assembly)];

    /// <summary>
    /// Without these the other tests could not fail: a call inside a method, a type of the base library, one inside an iterator, one of another package.
    /// </summary>
    [Theory]
    [InlineData(Registry, "Apex.Models.Onnx.OnnxOptions")]
    [InlineData("Apex.WholeFile", "System.IO.File")]
    [InlineData("Apex.Experiments.EscapeSearch", "Apex.Probing.OrderedPipeline")]
    [InlineData("Apex.Experiments.ProbeJob", "System.Diagnostics.Stopwatch")]
    [InlineData("Apex.Models.Onnx.OnnxSession", "Microsoft.ML.OnnxRuntime.InferenceSession")]
    public void References_are_seen(string from, string to) => Assert.Contains(References, r => r.From == from && r.To == to);

    [Fact]
    public void Namespaces_have_no_circle()
    {
        var next = References.Where(r => IsOurs(r.ToRoom) && r.FromRoom != r.ToRoom).ToLookup(r => r.FromRoom);
        foreach (string room in next.Select(g => g.Key))
        {
            if (PathTo(room, next) is { } circle)
                Assert.Fail($"a circle of namespaces:\n{string.Join('\n', circle.Select(r => $"  {r.From} uses {r.To}"))}");
        }
    }

    [Fact]
    public void Analysis_knows_no_disk_no_console_and_no_clock()
    {
        string[] rooms = ["Apex.Data", "Apex.Observations", "Apex.Probing", "Apex.Experiments", "Apex.Answers", Onnx];
        string[] types =
        [
            "System.Console", "System.DateTime", "System.DateTimeOffset", "System.TimeProvider", "System.Diagnostics.Stopwatch",
            "System.Threading.Timer", "System.Threading.Thread",
        ];
        None(References.Where(r => IsIn(r.FromRoom, "Apex.Analysis")
            && (rooms.Any(room => IsIn(r.ToRoom, room)) || types.Contains(r.To)
                || (IsIn(r.ToRoom, "System.IO") && r.To != "System.IO.Path") || IsIn(r.ToRoom, "System.Net"))));
    }

    [Fact]
    public void Facts_know_nothing_above_them() => None(References.Where(r => IsIn(r.FromRoom, "Apex.Facts")
        && IsOurs(r.ToRoom) && !(r.ToRoom is "Apex.Facts" or "Apex.Models" or "Apex.Sites")));

    [Fact]
    public void Onnx_is_known_only_behind_its_door() => None(References.Where(r => !IsIn(r.FromRoom, Onnx) && r.From != Registry
        && (IsIn(r.ToRoom, Onnx) || IsIn(r.ToRoom, "Microsoft.ML.OnnxRuntime") || IsIn(r.ToRoom, "Google.Protobuf"))));

    [Fact]
    public void Probing_knows_no_statistics_and_no_run_on_disk() => None(References.Where(r => IsIn(r.FromRoom, "Apex.Probing")
        && ((string[])["Apex.Analysis", "Apex.Observations", "Apex.Experiments", "Apex.Answers"]).Any(room => IsIn(r.ToRoom, room))));

    [Fact]
    public void Answers_are_known_to_questions_and_the_page_alone()
    {
        string[] rooms = ["Apex.Answers", "Apex.Questions", "Apex.Page"];
        // Each of them knows those before it.
        int Place(string room) => Array.FindIndex(rooms, of => IsIn(room, of));
        None(References.Where(r => Place(r.ToRoom) is >= 0 and var to && Place(r.FromRoom) < to));
    }

    private static void None(IEnumerable<TypeReferences.Reference> broken)
    {
        string[] told = [.. broken.Select(r => $"{r.From} uses {r.To}").Distinct().Order()];
        Assert.True(told.Length == 0, string.Join('\n', told));
    }

    private static bool IsOurs(string room) => IsIn(room, "Apex");

    private static bool IsIn(string room, string of) => room == of || room.StartsWith(of + ".", StringComparison.Ordinal);

    /// <summary>The shortest way from a room back to itself, or null.</summary>
    private static List<TypeReferences.Reference>? PathTo(string room, ILookup<string, TypeReferences.Reference> next)
    {
        var before = new Dictionary<string, TypeReferences.Reference>();
        var queue = new Queue<string>([room]);
        while (queue.TryDequeue(out string? at))
        {
            foreach (var reference in next[at])
            {
                if (reference.ToRoom == room)
                {
                    List<TypeReferences.Reference> path = [reference];
                    while (path[0].FromRoom != room)
                        path.Insert(0, before[path[0].FromRoom]);
                    return path;
                }

                if (before.TryAdd(reference.ToRoom, reference))
                    queue.Enqueue(reference.ToRoom);
            }
        }

        return null;
    }
}
