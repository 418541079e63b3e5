using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>A unit of a scenario in the making: lines after its own add groups, members and partners.</summary>
internal sealed class ScenarioUnit
{
    private readonly PlanUnit unit;
    private readonly LoadCurve? told;
    private readonly ShardScope within;
    private readonly Groups groups;
    private readonly List<(EntityKey Entity, LoadCurve? Curve, double Bytes, Groups Groups)> members = [];
    private readonly List<PlanPartner> partners = [];

    public ScenarioUnit(ScenarioLine line, PlanHorizon horizon, Func<string, PartitionId> idOf)
    {
        var start = horizon.StartUtc;
        told = LoadOf(line, horizon);
        groups = new Groups(line, horizon);
        within = WithinOf(line, groups.Kind);
        unit = new PlanUnit
        {
            Unit = new UnitId(line.Whole(line.Next("a number"))),
            Partition = idOf(line.Need("on")),
            Entity = line.Take("entity") is { } entity ? line.Entity(entity) : default,
            Scope = within,
            Curve = LoadCurve.Zero(horizon.SlotCount),
            Bytes = line.Bytes(line.Take("bytes") ?? "0B"),
            GrowthPerDay = line.Bytes(line.Take("grows") ?? "0B"),
            Regions = line.Shares(line.Take("regions")),
            LastMovedUtc = line.Take("moved") is { } moved ? line.Moment(moved, start) : null,
            BucketPartition = line.Take("bucket") is { } bucket ? idOf(bucket) : null,
            IsAbstaining = line.Has("abstains"),
            IsSurging = line.Has("surges"),
            IsNew = line.Has("new"),
        };
    }

    private Groups Last => members.Count > 0 ? members[^1].Groups : groups;

    public void Read(ScenarioLine line, PlanHorizon horizon)
    {
        switch (line.Kind)
        {
            case "member":
                members.Add((line.Entity(line.Next("an entity")), LoadOf(line, horizon), line.Bytes(line.Take("bytes") ?? "0B"), new Groups(line, horizon)));
                break;
            case "partner":
                partners.Add(new PlanPartner(line.Entity(line.Next("an entity")), line.Number(line.Need("rate"))));
                break;
            default:
                Last.Read(line, horizon);
                break;
        }
    }

    public PlanUnit ToUnit(PlanHorizon horizon)
    {
        var slots = horizon.SlotCount;
        var made = members.Select(member => new PlanMember(
            member.Entity, member.Curve ?? member.Groups.Sum(slots), member.Bytes, member.Groups.Subject(member.Entity, ShardScope.Whole))).ToList();
        return unit with
        {
            Curve = told ?? LoadCurve.Sum(slots, made.Select(member => member.Curve).Append(groups.Sum(slots))),
            Members = made,
            Partners = partners,
            Split = groups.Subject(unit.Entity, within),
        };
    }

    private static LoadCurve? LoadOf(ScenarioLine line, PlanHorizon horizon)
    {
        var room = line.Take("room");
        return line.Take("load") is { } load ? line.Load(load, room, horizon) : null;
    }

    private static ShardScope WithinOf(ScenarioLine line, GroupKind? kind)
    {
        var (from, to, segments, takesNew) = (line.Take("from"), line.Take("to"), line.Take("segments"), line.Has("takes-new"));
        if (segments is not null || takesNew) return ShardScope.OfSegments(segments?.Split(',') ?? [], takesNew);
        if (from is null && to is null) return ShardScope.Whole;
        var of = kind ?? GroupKind.Date;
        return ShardScope.OfInterval(
            of, from is null ? null : GroupKey.Parse(of, from).Position, to is null ? null : GroupKey.Parse(of, to).Position);
    }

    /// <summary>What is known of the groups of a unit or a member.</summary>
    private sealed class Groups
    {
        private readonly LoadCurve rest;
        private readonly double restBytes;
        private readonly int shards;
        private readonly List<GroupLoad> loads = [];
        private readonly List<GroupEdge> edges = [];

        public Groups(ScenarioLine line, PlanHorizon horizon)
        {
            Kind = line.Take("split") is { } kind ? line.Name<GroupKind>(kind) : null;
            rest = line.Load(line.Take("rest") ?? "0", null, horizon);
            restBytes = line.Bytes(line.Take("rest-bytes") ?? "0B");
            shards = line.Whole(line.Take("shards") ?? "1");
        }

        public GroupKind? Kind { get; }

        public LoadCurve Sum(int slots) => LoadCurve.Sum(slots, loads.Select(load => load.Curve).Append(rest));

        public void Read(ScenarioLine line, PlanHorizon horizon)
        {
            if (Kind is not { } kind) throw line.Wrong($"'{line.Kind}' belongs to something with split=");
            if (line.Kind == "group")
            {
                var group = GroupKey.Parse(kind, line.Next("a group"));
                var curve = LoadOf(line, horizon) ?? throw line.Wrong("'group' lacks load=");
                loads.Add(new GroupLoad(group, curve, line.Bytes(line.Take("bytes") ?? "0B"), line.Shares(line.Take("regions"))));
                return;
            }

            edges.Add(new GroupEdge(
                GroupKey.Parse(kind, line.Next("a group")),
                GroupKey.Parse(kind, line.Next("another group")),
                line.Name<GroupRelation>(line.Next("a relation")),
                line.Number(line.Take("share") ?? "0")));
        }

        public SplitSubject? Subject(EntityKey entity, ShardScope within) => Kind is not { } kind ? null : new SplitSubject
        {
            Entity = entity,
            Kind = kind,
            Within = within,
            Groups = loads,
            Edges = edges,
            Rest = rest,
            RestBytes = restBytes,
            ShardCount = shards,
        };
    }
}
