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
        servers = [*(server for server in self.servers if server != self.base), self.base]
        print(f"\n| call, connections x streams | per call | {' | '.join(servers)} |")
        print("|---|---|" + "--:|" * len(servers))
        for call in dict.fromkeys(call for call, _ in self.values):
            for (_, quantity), values in [item for item in self.values.items() if item[0][0] == call]:
                base = None if quantity in NO_COST else values.get(self.base)
                cells = [cell(values.get(server), base) for server in servers]
                print(f"| {call} | {quantity} | {' | '.join(cells)} |")


def cell(values, base):
    if not values:
        return ""
    text = number(statistics.median(values))
    return text if not base or values is base else f"{text} · {ratio(values, base)}"


def ratios(values, base):
    # Neighbours in time are compared: the machine was about as busy, and as fast, for both.
    return [one / other for one, other in zip(values, base)]


def ratio(values, base):
    found = ratios(values, base)
    text = f"**{statistics.median(found):.2f}**"
    if len(found) > 1:
        low, _, high = statistics.quantiles(found, n=4)
        text += f" ({low:.2f} to {high:.2f})"
    return text


def number(value):
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


NO_COST = ["busy, %"]
"""Quantities of which less is not better, so that a ratio would mislead."""
