using Foreshard.Autopilot;
using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Tests;

/// <summary><c>docs/tuning.md</c> says of each setting that a user has when to turn it.</summary>
public sealed class TuningPageTests
{
    private static readonly string Text = DocumentPage.Read("tuning.md");

    [Theory]
    [InlineData(typeof(StoreOptions), "Moves", "Autopilot")]
    [InlineData(typeof(SqliteStoreOptions))]
    [InlineData(typeof(MoveOptions))]
    [InlineData(typeof(SessionOptions))]
    [InlineData(typeof(AutopilotOptions))]
    public void Every_setting_of_a_store_has_its_symptom(Type options, params string[] groups)
    {
        var settings = options.GetProperties()
            .Where(one => one.DeclaringType == options && one.SetMethod is { IsPublic: true })
            .Select(one => one.Name).ToList();

        Assert.NotEmpty(settings);
        Assert.All(settings.Except(groups), name => Assert.Matches($@"`([A-Za-z]+\.)?{name}( = [a-z]+)?`", Text));
    }
}
