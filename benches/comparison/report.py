"""The table."""

import statistics


class Results:
    """What was measured of each call on each server."""

    def __init__(self, servers, base):
        self.servers = servers
        self.base = base
        """The server that the others are compared with."""
        self.values = {}

    def add(self, call, quantity, server, value):
        self.values.setdefault((str(call), quantity), {}).setdefault(server, []).append(value)

    def median(self, call, quantity, server):
        values = self.values.get((str(call), quantity), {}).get(server)
        return statistics.median(values) if values else None

    def ratio(self, call, quantity, server, base):
        servers = self.values.get((str(call), quantity), {})
        return statistics.median(ratios(servers[server], servers[base])) if {server, base} <= servers.keys() else None

    def print(self):
        others = [server for server in self.servers if server != self.base]
        heads = [*others, self.base, *(f"{server} : {self.base}" for server in others)]
        print(f"\n| call, connections x streams | per call | {' | '.join(heads)} |")
        print("|---|---|" + "--:|" * len(heads))
        for call in dict.fromkeys(call for call, _ in self.values):
            for (_, quantity), servers in [item for item in self.values.items() if item[0][0] == call]:
                values = [servers.get(server) for server in [*others, self.base]]
                cells = [number(statistics.median(value)) if value else "" for value in values]
                cells += [ratio(value, values[-1]) for value in values[:-1]]
                print(f"| {call} | {quantity} | {' | '.join(cells)} |")


def ratios(values, base):
    # Neighbours in time are compared: the machine was about as busy, and as fast, for both.
    return [one / other for one, other in zip(values, base)]


def ratio(values, base):
    if not values or not base:
        return ""
    found = ratios(values, base)
    text = f"**{statistics.median(found):.2f}**"
    if len(found) > 1:
        low, _, high = statistics.quantiles(found, n=4)
        text += f" ({low:.2f} to {high:.2f})"
    return text


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
