// A question that no command answers: as noise grows, where do the samples of each class go, and does the refuge change on the way? Small noise
// leads to neighbours, large noise to the class that the model itself leans to. Run it on any run of labelled samples:
//
//     dotnet run examples/refuges.cs run
#:project ../src/Apex/Apex.csproj
#:property PublishAot=false
using Apex.Analysis.Statistics;
using Apex.Facts;
using Apex.Questions;

var run = await AskedRun.Open(args.FirstOrDefault() ?? "run").ReadAsync();
var classes = run.Info.Model.Classes;

// Three levels: where 10 %, 50 % and the most of predictions flip.
int[] levels = [run.SmallNoise, run.FlipRates.Index().MinBy(r => Math.Abs(r.Item - 0.5)).Index, run.Sigmas.Count - 1];
Console.WriteLine($"{"class",-14}{string.Concat(levels.Select(s => $"{$"sigma {run.Sigmas[s]:g3}",-46}"))}");
foreach (var samples in run.Samples.Where(o => o.CleanPrediction is not null && o.CleanPrediction == o.Label).GroupBy(o => o.Label!.Value).OrderBy(g => g.Key))
    Console.WriteLine($"{classes[samples.Key],-14}{string.Concat(levels.Select(s => $"{Refuge([.. samples], s),-46}"))}");

// The class, other than their own, that most draws of these samples land in, and its share of all draws.
string Refuge(SampleObservation[] samples, int sigma)
{
    int own = samples[0].Label!.Value;
    int refuge = Enumerable.Range(0, classes.Count).Where(y => y != own).MaxBy(y => samples.Sum(o => o.Sigmas[sigma].Counts[y]));
    // Draws of one sample hang together: the interval is that of n samples, not of all draws.
    double[] shares = [.. samples.Select(o => (double)o.Sigmas[sigma].Counts[refuge] / run.Info.Plan.Draws)];
    var share = Interval.Clustered(shares.Sum(), shares.Sum(s => s * s), samples.Length, run.Info.Plan.Draws);
    return $"{classes[refuge],-12} {share.Value,6:p1} [{share.Low:p1}, {share.High:p1}], n = {samples.Length}";
}
