"""Counts of every system: calls, latency, errors, breaker. In Prometheus' form, scraped where a server is on."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)


class SystemMetrics:
    """One object for all systems of a process; tests give it a registry of their own."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self.requests = Counter(
            "order_agent_system_requests",
            "Requests to stores, carriers and other systems by outcome: ok, absent or a kind of failure",
            ["system", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "order_agent_system_seconds",
            "Time until a system's answer was there, tries and tokens included",
            ["system"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.paused = Gauge(
            "order_agent_system_paused", "1 while a system's circuit breaker is open", ["system"], registry=registry
        )
        self.unknown_codes = Counter(
            "order_agent_unknown_status_codes", "Status codes that no table knows", ["system"], registry=registry
        )


METRICS = SystemMetrics()
"""The process's own."""
