namespace Apex.Tests;

public class SmokeTests
{
    [Xunit.Fact]
    public void Builds() => Xunit.Assert.NotNull(typeof(Apex.Models.Onnx.ModelProto));
}
