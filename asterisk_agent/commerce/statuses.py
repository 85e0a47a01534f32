"""Status codes of systems in the one vocabulary. A code that no table knows is counted and logged, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from asterisk_agent.commerce.models import ShipmentStatus
from asterisk_agent.commerce.web.metrics import METRICS, SystemMetrics

log = structlog.get_logger(__name__)


@dataclass
class StatusTable:
    """One system's codes. Codes are compared without case, spaces, '-' and '_'."""

    system: str
    codes: Mapping[str, ShipmentStatus]
    metrics: SystemMetrics = METRICS
    _logged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.codes = {_plain(code): status for code, status in self.codes.items()}

    def known(self, code: str | None) -> ShipmentStatus | None:
        """The status of a code, None if the table does not have it; for codes that another one may explain."""
        return self.codes.get(_plain(code or ""))

    def read(self, code: str | None) -> ShipmentStatus:
        """The status of a code; UNKNOWN, which is told as what was last seen, where nobody knows it."""
        status = self.known(code)
        if status is None:
            self.metrics.unknown_codes.labels(self.system).inc()
            if code and code not in self._logged and len(self._logged) < 1000:
                self._logged.add(code)
                log.warning("a status code is not known", system=self.system, code=code[:60])
        return status or ShipmentStatus.UNKNOWN


def _plain(code: str) -> str:
    return "".join(char for char in code.casefold() if char not in " -_")
