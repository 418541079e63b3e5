using System.Globalization;

namespace Foreshard.FleetClient;

/// <summary>How a client process is started: <c>ENDPOINT,ENDPOINT STORE HISTORY-FOLDER RUN CLIENTS</c>.</summary>
/// <param name="Endpoints">etcd's nodes.</param>
/// <param name="Store">The store's name there.</param>
/// <param name="Histories">The folder into which each client writes what it did.</param>
/// <param name="Run">Unique for the store, so that ids are; also the seed.</param>
/// <param name="Clients">How many work at the same time.</param>
public sealed record ClientArguments(IReadOnlyList<string> Endpoints, string Store, string Histories, int Run, int Clients)
{
    public static ClientArguments Parse(IReadOnlyList<string> words) => new(
        words[0].Split(','), words[1], words[2], int.Parse(words[3], CultureInfo.InvariantCulture), int.Parse(words[4], CultureInfo.InvariantCulture));

    public IEnumerable<string> ToWords() =>
        [string.Join(',', Endpoints), Store, Histories, Run.ToString(CultureInfo.InvariantCulture), Clients.ToString(CultureInfo.InvariantCulture)];
}
