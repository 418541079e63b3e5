using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Foreshard.Autopilot;
using Foreshard.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Foreshard.Server;

/// <summary>The paths that tell of a store and its autopilot.</summary>
internal sealed class StoreApi(IServiceProvider services)
{
    private StoreAutopilot Autopilot => services.GetRequiredService<EntityStore>().Autopilot;

    private const int DecisionsShown = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = AnswerHealthAsync });
        routes.MapGet("/status", context => AnswerAsync(context, Autopilot.Status, ServerJson.Default.AutopilotStatus));
        routes.MapGet("/decisions", AnswerDecisionsAsync);
        routes.MapPost("/pause", PauseAsync);
        routes.MapPost("/resume", ResumeAsync);
    }

    /// <summary>
    /// A page of another site can have a browser send a POST here, and the browser says so. Programs send no such header; nobody else has
    /// business here.
    /// </summary>
    public static async Task RefuseOtherSitesAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Request.Headers.Origin.Count > 0)
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Requests that a web page sends are not taken. Send it with a program such as curl.");
        else
            await next(context);
    }

    private static Task AnswerHealthAsync(HttpContext context, HealthReport report)
    {
        var entry = report.Entries.Values.First();
        return AnswerAsync(context, new HealthAnswer(report.Status.ToString(), entry.Description ?? ""), ServerJson.Default.HealthAnswer);
    }

    private async Task AnswerDecisionsAsync(HttpContext context)
    {
        var (last, entity) = (context.Request.Query["last"], context.Request.Query["entity"]);
        var count = DecisionsShown;
        if (last.Count > 0 && (!int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out count)))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"last takes a number, not '{last}'.");
            return;
        }

        var decisions = await Autopilot.ReadDecisionsAsync(context.RequestAborted);
        var wanted = decisions.Where(decision => entity.Count == 0 || decision.Entity == entity).TakeLast(count);
        await AnswerAsync(context, [.. wanted], ServerJson.Default.IReadOnlyListDecision);
    }

    private async Task PauseAsync(HttpContext context)
    {
        var reason = context.Request.Query["reason"].ToString();
        if (string.IsNullOrWhiteSpace(reason))
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "Say why, for those who read it later: POST /pause?reason=…");
        else
            await ChangeAsync(context, () => Autopilot.PauseAsync(reason, context.RequestAborted));
    }

    private Task ResumeAsync(HttpContext context) => ChangeAsync(context, () => Autopilot.ResumeAsync(context.RequestAborted));

    private async Task ChangeAsync(HttpContext context, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (InvalidOperationException exception)
        {
            await RefuseAsync(context, StatusCodes.Status409Conflict, exception.Message);
            return;
        }

        await AnswerAsync(context, Autopilot.Status, ServerJson.Default.AutopilotStatus);
    }

    private static Task RefuseAsync(HttpContext context, int code, string error)
    {
        context.Response.StatusCode = code;
        return AnswerAsync(context, new ErrorAnswer(error), ServerJson.Default.ErrorAnswer);
    }

    private static Task AnswerAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(answer, type, contentType: null, context.RequestAborted);
}
