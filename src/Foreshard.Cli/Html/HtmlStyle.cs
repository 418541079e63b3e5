namespace Foreshard.Cli.Html;

/// <summary>How pages look: light, or dark where the reader's system is.</summary>
/// <remarks>Selectors use no <c>&gt;</c>, which XML would escape and HTML would not understand again.</remarks>
internal static class HtmlStyle
{
    /// <summary>How many shades heat has: classes <c>heat0</c> to <c>heat8</c>.</summary>
    public const int HeatShades = 9;

    public const string Text = """

        :root { --ink: #1e293b; --faint: #64748b; --line: #e2e8f0; --paper: #ffffff; --card: #f8fafc; --mark: #1d4ed8; --mark-band: #93c5fd;
          --over: #dc2626; --good: #dcfce7; --better: #86efac; --bad: #fee2e2; --worse: #fca5a5; --out: #d97706; --in: #1d4ed8;
          --heat0: #f1f5f9; --heat1: #fef3c7; --heat2: #fde68a; --heat3: #fcc84f; --heat4: #f9a03f; --heat5: #ee7433; --heat6: #d74a2b;
          --heat7: #ab2a2a; --heat8: #6b1421; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e2e8f0; --faint: #94a3b8; --line: #334155; --paper: #0f172a; --card: #1e293b; --mark: #60a5fa; --mark-band: #2b5299;
            --over: #f87171; --good: #14432a; --better: #166534; --bad: #4c1d1d; --worse: #7f1d1d; --out: #f59e0b; --in: #60a5fa;
            --heat0: #1e293b; --heat1: #3b2a3a; --heat2: #5b2c3c; --heat3: #84303c; --heat4: #ad3d38; --heat5: #d2562f; --heat6: #ea7a35;
            --heat7: #f7a84f; --heat8: #fde08a; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
        header, main { max-width: 1600px; margin: 0 auto; padding: 0 32px; }
        header { padding-top: 28px; }
        .kind { margin: 0; color: var(--faint); overflow-wrap: anywhere; }
        h1 { font-size: 26px; line-height: 1.3; font-weight: 600; margin: 4px 0 12px; max-width: 60em; overflow-wrap: anywhere; }
        h2 { font-size: 19px; font-weight: 600; margin: 40px 0 4px; }
        h3 { font-size: 15px; font-weight: 600; margin: 20px 0 4px; }
        section p { max-width: 70em; margin: 0 0 12px; color: var(--faint); }
        .facts { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; padding: 0; list-style: none; }
        .facts li { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 2px 10px; color: var(--faint); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
        th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
        th { color: var(--faint); font-weight: 500; white-space: nowrap; vertical-align: bottom; }
        td:first-child { white-space: nowrap; }
        th.number, td.number { text-align: right; white-space: nowrap; }
        .best { font-weight: 700; }
        .grid td, .grid th { border: 2px solid var(--paper); padding: 8px 14px; text-align: center; white-space: nowrap; }
        .grid tbody th { vertical-align: middle; }
        .grid td { background: var(--card); min-width: 11em; }
        .grid td.good { background: var(--good); } .grid td.better { background: var(--better); }
        .grid td.bad { background: var(--bad); } .grid td.worse { background: var(--worse); }
        .grid strong { display: block; font-size: 16px; } .grid small { color: var(--ink); opacity: 0.75; }
        .pairs { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 28px; }
        figure { margin: 0; } svg { display: block; width: 100%; height: auto; }
        details { margin: 12px 0; } summary { cursor: pointer; color: var(--faint); }
        svg text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--faint); font-variant-numeric: tabular-nums; }
        text.start { text-anchor: start; } text.end { text-anchor: end; } text.middle { text-anchor: middle; } text.name { fill: var(--ink); }
        .tick { stroke: var(--line); stroke-width: 1; } .frame { fill: var(--card); }
        .demand { fill: none; stroke: var(--ink); stroke-width: 0.9; } .above { fill: var(--over); fill-opacity: 0.75; }
        .capacity { stroke: var(--over); stroke-width: 1.2; stroke-dasharray: 5 3; } text.capacity-label { fill: var(--over); }
        .band { fill: var(--mark-band); fill-opacity: 0.8; } .expected { fill: none; stroke: var(--mark); stroke-width: 1; }
        .out { fill: var(--out); fill-opacity: 0.85; } .in { fill: var(--in); fill-opacity: 0.85; }
        .reunit { fill: var(--ink); stroke: var(--paper); } .seen { fill: transparent; } .seen:hover { stroke: var(--ink); }
        .heat0 { fill: var(--heat0); } .heat1 { fill: var(--heat1); } .heat2 { fill: var(--heat2); } .heat3 { fill: var(--heat3); }
        .heat4 { fill: var(--heat4); } .heat5 { fill: var(--heat5); } .heat6 { fill: var(--heat6); } .heat7 { fill: var(--heat7); }
        .heat8 { fill: var(--heat8); }
        .key { display: inline-block; width: 22px; height: 10px; margin: 0 5px 0 14px; vertical-align: 0; }
        .key:first-child { margin-left: 0; } .legend { font-size: 13px; }
        .legend svg { display: inline-block; width: 216px; vertical-align: -1px; margin: 0 6px; }
        .key.line { height: 0; border-top: 2px solid var(--ink); vertical-align: 4px; }
        .key.dashed { height: 0; border-top: 2px dashed var(--over); vertical-align: 4px; }
        .key.blue { height: 0; border-top: 2px solid var(--mark); vertical-align: 4px; }
        .key.area { background: var(--mark-band); } .key.red { background: var(--over); }
        .key.diamond { width: 9px; height: 9px; margin-left: 20px; background: var(--ink); transform: rotate(45deg); }
        .key.out { background: var(--out); } .key.in { background: var(--in); }
        dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 24px; margin: 8px 0; } dt { color: var(--faint); } dd { margin: 0; }
        footer { max-width: 1600px; margin: 40px auto 0; padding: 12px 32px 32px; color: var(--faint); font-size: 13px; }
        @media (max-width: 900px) { .pairs { grid-template-columns: 1fr; } }
        @media (max-width: 700px) { header, main { padding-left: 14px; padding-right: 14px; } dl { grid-template-columns: 1fr; } h1 { font-size: 21px; } }
        @media print { section { break-inside: avoid-page; } }
        """;
}
