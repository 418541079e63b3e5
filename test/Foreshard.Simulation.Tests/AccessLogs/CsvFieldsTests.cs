using System.Text;
using CsCheck;
using Foreshard.Simulation.AccessLogs;
using Sylvan.Data.Csv;

namespace Foreshard.Simulation.Tests.AccessLogs;

public sealed class CsvFieldsTests
{
    [Theory]
    [InlineData("a,b,c", "a", "b", "c")]
    [InlineData("", "")]
    [InlineData(",", "", "")]
    [InlineData(" a , b ", "a", "b")]
    [InlineData("\"a,b\",\"\"", "a,b", "")]
    [InlineData("\"say \"\"yes\"\"\",\"\"\"\" , \" x \"", "say \"yes\"", "\"", " x ")]
    [InlineData("5\" pipe,x", "5\" pipe", "x")]
    public void Fields_are_found(string line, params string[] expected) => Assert.Equal(expected, Split(line));

    [Theory]
    [InlineData("\"a")]
    [InlineData("a,\"b,c")]
    [InlineData("\"a\"b,c")]
    [InlineData("\"a\"\"")]
    public void A_quote_that_does_not_end_is_found(string line) => Assert.Null(Split(line));

    [Fact]
    public void Written_fields_are_read_back_by_us_and_by_another()
    {
        var field = Gen.String[Gen.Char["ab,;\"é 1"], 0, 8];
        Gen.Select(field.Array[2, 20], Gen.Bool.Array[20, 20]).Sample((fields, quotes) =>
        {
            var line = string.Join(',', fields.Select((text, i) => quotes[i] || text.AsSpan().ContainsAny(",\" ") || text.Length == 0 ? Quoted(text) : text));
            Assert.Equal(fields, Split(line));

            using var other = CsvDataReader.Create(new StringReader(line + "\n"), new CsvDataReaderOptions { HasHeaders = false, Delimiter = ',' });
            Assert.True(other.Read());
            Assert.Equal(fields, Enumerable.Range(0, other.RowFieldCount).Select(other.GetString));
        });
    }

    private static string Quoted(string text) => '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    private static List<string>? Split(string text)
    {
        var line = Encoding.UTF8.GetBytes(text);
        var fields = new CsvFields((byte)',');
        return fields.TrySplit(line) ? [.. Enumerable.Range(0, fields.Count).Select(i => Encoding.UTF8.GetString(fields.Field(line, i)))] : null;
    }
}
