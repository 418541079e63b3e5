namespace Foreshard.Schema;

/// <summary>The rules' names: stable, since scripts go by them. <c>docs/schema.md</c> explains each.</summary>
internal static class RuleNames
{
    public const string SchemaFile = "schema-file";
    public const string Declaration = "declaration";

    public const string TableMissing = "table-missing";
    public const string TableUndeclared = "table-undeclared";
    public const string TableOfTwoTypes = "table-of-two-types";
    public const string TableObstacle = "table-obstacle";
    public const string NameReserved = "name-reserved";
    public const string ReferenceWithKey = "reference-with-key";

    public const string KeyMissing = "key-column-missing";
    public const string KeyNullable = "key-column-nullable";
    public const string KeyGenerated = "key-column-generated";
    public const string KeyCollation = "key-column-collation";
    public const string KeyForm = "key-column-form";
    public const string KeyIndex = "key-column-not-indexed";
    public const string RootNotUnique = "root-not-unique";

    public const string GroupMissing = "group-column-missing";
    public const string GroupUnused = "group-column-unused";
    public const string GroupNullable = "group-column-nullable";
    public const string GroupGenerated = "group-column-generated";
    public const string GroupCollation = "group-column-collation";
    public const string GroupForm = "group-column-form";
    public const string GroupIndex = "group-column-not-indexed";

    public const string PrimaryKeyMissing = "primary-key-missing";
    public const string PrimaryKeyNullable = "primary-key-nullable";
    public const string PrimaryKeyCollation = "primary-key-collation";
    public const string IdsGenerated = "ids-generated";
    public const string IdsNotUnique = "ids-not-unique";
    public const string UniqueExpression = "unique-index-on-expression";

    public const string ForeignKeyTarget = "foreign-key-target-missing";
    public const string ForeignKeyBetweenTypes = "foreign-key-between-types";
    public const string ForeignKeyFromReference = "foreign-key-from-reference";
    public const string ForeignKeyWithoutKey = "foreign-key-without-key";
    public const string ForeignKeyWithoutGroup = "foreign-key-without-group";
    public const string ForeignKeyCoreToGrouped = "foreign-key-core-to-grouped";
    public const string ForeignKeyAction = "foreign-key-action";
    public const string ForeignKeyChangesKey = "foreign-key-changes-key";
}
