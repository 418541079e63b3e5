using System.Globalization;
using System.Text;
using Etcdserverpb;
using Foreshard.Mapping;
using Google.Protobuf;
using Mvccpb;

namespace Foreshard.Etcd;

/// <summary>The store's version as etcd has it.</summary>
/// <param name="Version">The mapping store's own.</param>
/// <param name="Token">Which commit led to it: tells two histories with the same numbers apart.</param>
/// <param name="ModRevision">etcd's revision of the key, which every commit compares.</param>
/// <param name="Revision">etcd's revision when it was read.</param>
internal readonly record struct EtcdHead(long Version, string Token, long ModRevision, long Revision)
{
    /// <exception cref="FormatException">The value is no version.</exception>
    public static EtcdHead Of(KeyValue pair, long revision) =>
        pair.Value.ToStringUtf8().Split(' ') is [var number, var token] && long.TryParse(number, CultureInfo.InvariantCulture, out var version)
            ? new EtcdHead(version, token, pair.ModRevision, revision)
            : throw new FormatException($"'{pair.Key.ToStringUtf8()}' holds '{pair.Value.ToStringUtf8()}' and no version");

    /// <summary>Nobody has written the version since. The value is compared too: a cluster that was restored may come to the same revision again.</summary>
    public IEnumerable<Compare> Stands(EtcdKeys keys) => [EtcdValues.IsAt(keys.Version, ModRevision), EtcdValues.Holds(keys.Version, ToValue())];

    public ByteString ToValue() => ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{Version} {Token}"));
}

/// <summary>One change in the store's log.</summary>
/// <param name="Token">Its own token.</param>
/// <param name="After">The token of the commit before it.</param>
/// <param name="Update">What it did.</param>
/// <param name="ModRevision">etcd's revision of its commit.</param>
internal sealed record EtcdChange(string Token, string After, MappingUpdate Update, long ModRevision)
{
    public static ByteString ToValue(string token, string after, MappingChange change) =>
        ByteString.CopyFromUtf8($"{token} {after}\n{MappingJson.Write(change)}");

    /// <exception cref="FormatException">The key or the value is none of a change.</exception>
    public static EtcdChange Of(EtcdKeys keys, KeyValue pair)
    {
        var (first, rest) = EtcdValues.Split(pair);
        var number = keys.NameOf(pair.Key, EtcdKeys.Changes);
        return first.Split(' ') is [var token, var after] && long.TryParse(number, CultureInfo.InvariantCulture, out var version)
            ? new EtcdChange(token, after, new MappingUpdate(version, MappingJson.ReadChange(rest)), pair.ModRevision)
            : throw new FormatException($"'{pair.Key.ToStringUtf8()}' holds no change");
    }
}

/// <summary>Values that begin with a line of their own, and the operations of etcd's transactions.</summary>
internal static class EtcdValues
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ByteString Number(long number) => ByteString.CopyFromUtf8(number.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="FormatException">The value is no number.</exception>
    public static long NumberOf(KeyValue pair) => long.TryParse(pair.Value.ToStringUtf8(), CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FormatException($"'{pair.Key.ToStringUtf8()}' holds '{pair.Value.ToStringUtf8()}' and no number");

    public static ByteString RecordValue(long revision, string value) =>
        ByteString.CopyFrom(string.Create(CultureInfo.InvariantCulture, $"{revision}\n{value}"), Strict);

    /// <exception cref="FormatException">The value is no record.</exception>
    public static MappingRecord RecordOf(EtcdKeys keys, KeyValue pair)
    {
        var (first, rest) = Split(pair);
        return long.TryParse(first, CultureInfo.InvariantCulture, out var revision)
            ? new MappingRecord(keys.NameOf(pair.Key, EtcdKeys.Records), revision, rest)
            : throw new FormatException($"'{pair.Key.ToStringUtf8()}' holds no record");
    }

    /// <exception cref="FormatException">The value has one line.</exception>
    public static (string First, string Others) Split(KeyValue pair)
    {
        var text = pair.Value.ToStringUtf8();
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return end > 0 ? (text[..end], text[(end + 1)..]) : throw new FormatException($"'{pair.Key.ToStringUtf8()}' holds '{text}'");
    }

    public static RequestOp Put(ByteString key, ByteString value, long lease = 0) =>
        new() { RequestPut = new PutRequest { Key = key, Value = value, Lease = lease } };

    public static RequestOp Put(ByteString key, byte[] value) => Put(key, UnsafeByteOperations.UnsafeWrap(value));

    public static RequestOp Get(ByteString key) => new() { RequestRange = new RangeRequest { Key = key } };

    public static RequestOp Delete(ByteString key) => new() { RequestDeleteRange = new DeleteRangeRequest { Key = key } };

    public static RequestOp DeleteAll(ByteString prefix) =>
        new() { RequestDeleteRange = new DeleteRangeRequest { Key = prefix, RangeEnd = EtcdKeys.EndOf(prefix) } };

    /// <summary>The key was last written at that revision; 0: it does not exist.</summary>
    public static Compare IsAt(ByteString key, long modRevision) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, ModRevision = modRevision };

    /// <summary>The key has existed since that revision without a break; 0: it does not exist.</summary>
    public static Compare ExistsSince(ByteString key, long createRevision) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Create, Result = Compare.Types.CompareResult.Equal, CreateRevision = createRevision };

    public static Compare Holds(ByteString key, ByteString value) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Value = value };

    /// <summary>The pair that an operation of a transaction read; null if there was none.</summary>
    public static KeyValue? Read(this TxnResponse response, int operation) => response.Responses[operation].ResponseRange.Kvs is [var pair, ..] ? pair : null;
}
