"""Looking for one value in one tenant: the questions of `planning.search.questions`, asked one after another.

A question that cannot be asked ends nothing: the others go on, and the answer says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from iocbeam.model.errors import IocbeamError, Refused, RetryLater, Stop
from iocbeam.model.ocsf.times import milliseconds
from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import (
    HASH_KINDS,
    MD5,
    SHA1,
    URL,
)
from iocbeam.model.sighting import ALERT, MACHINE, Match
from iocbeam.planning.search import questions as ask
from iocbeam.planning.search.places import match_by, matches_in
from iocbeam.planning.search.questions import INSTEAD, Question, host_of, questions_of

from .answer import Answer, Asked, Finding, State
from .session import HuntingOff, NothingToAsk, TenantSession

_MOST_STATISTICS_HOURS: Final = 720


class ValueSearch:
    """The state of looking for one value in one tenant.

    Args:
        askers: how each question is asked.
    """

    def __init__(
        self, sought: Sought, session: TenantSession, askers: Mapping[Question, Callable[[ValueSearch], None]]
    ) -> None:
        self._askers = askers
        self.sought = sought
        self.session = session
        self.settings = session.settings
        self.answer = Answer(sought, session.tenant)
        self.host = host_of(sought)
        self.hours = min(self.settings.days * 24, _MOST_STATISTICS_HOURS)
        self.sha1s = [sought.value] if sought.kind == SHA1 else []
        self.hashes: set[str] = {sought.value} if sought.kind in HASH_KINDS else set()
        self.machines: dict[str, Finding] = {}
        self.alerts: dict[str, Finding] = {}
        self._by: dict[str, Question] = {}
        self._machine_lookups = self.settings.lookups

    def run(self) -> Answer:
        """Ask everything."""
        for question in questions_of(self.sought):
            self.ask(question)
        self.answer.sha1s = tuple(self.sha1s)
        self._leave_out_older()
        self._look_closer()
        self._name_places()
        self.answer.machines = _newest_first(self.machines.values(), "lastSeen")
        self.answer.alerts = _newest_first(self.alerts.values(), "alertCreationTime")
        return self.answer

    def ask(self, question: Question) -> bool:
        """Ask a question, and where it cannot be asked the one that stands for it; whether either was answered."""
        if question in _NEED_SHA1 and not self.sha1s:
            return False
        asked = Asked(question, State.ANSWERED)
        refused = False
        try:
            self._askers[question](self)
        except NothingToAsk:
            return False
        except HuntingOff:
            asked = Asked(question, State.OFF)
        except IocbeamError as error:
            asked = Asked(question, State.FAILED, *said(error))
            refused = isinstance(error, Refused)
        at = len(self.answer.asked)
        self.answer.asked.append(asked)
        if not self._is_open(question, asked.state):
            return asked.state is State.ANSWERED
        replaced = self.ask(INSTEAD[question])
        if question is not ask.FILE_BY_HASH:
            return replaced
        off = self.answer.ended(State.OFF)
        if refused and (replaced or (off and self.sought.kind == MD5)):
            self.answer.asked[at] = asked._replace(state=State.REPLACED if replaced else State.OFF)
        if not self.sha1s:
            why = ": needs hunting, which is off" if off else ""
            self.note(
                f"Not checkable{why}. Alerts, machines and statistics of files are asked for by SHA-1 only, and "
                "that of this file is not known."
            )
        return replaced

    def _is_open(self, question: Question, state: State) -> bool:
        """Whether what stands for a question is to be asked as well."""
        if question is ask.FILE_BY_HASH:
            return not self.sha1s
        return question in INSTEAD and state is not State.ANSWERED

    def note(self, text: str) -> None:
        """Something that a person should know."""
        if text not in self.answer.notes:
            self.answer.notes.append(text)

    def add_machines(self, machines: Iterable[Mapping[str, Any]], question: Question) -> None:
        """Machines that a question found."""
        for machine in machines:
            self._add(self.machines, MACHINE, machine, question)

    def add_alerts(self, alerts: Iterable[Mapping[str, Any]], question: Question) -> None:
        """Alerts that a question found."""
        for alert in alerts:
            self._add(self.alerts, ALERT, alert, question)

    def found_alert(
        self, key: str, alert: Mapping[str, Any], matches: tuple[Match, ...], files: Sequence[Mapping[str, Any]]
    ) -> None:
        """An alert that was asked for by its id, with its files."""
        self.alerts[key] = Finding(alert, matches, tuple(files))
        self._by.setdefault(key, ask.PRODUCT_IN_ALERTS)

    def _add(self, found: dict[str, Finding], kind: str, data: Mapping[str, Any], question: Question) -> None:
        key = str(data.get("id") or f"without id {len(found)}")
        matches = matches_in(self.sought, kind, data, hashes=self.hashes)
        if kind == MACHINE and (not question.shown_as or not matches):
            matches = (*matches, match_by(self.sought, question.place))
        known = found.get(key)
        if known is not None:
            data = known.data if len(known.data) >= len(data) else data
            matches = tuple(dict.fromkeys((*known.matches, *matches)))
        found[key] = Finding(data, matches)
        self._by.setdefault(key, question)

    def add_hunted(self, rows: Sequence[Mapping[str, Any]], cut_off: bool, question: Question) -> None:
        """Machines that a query names: each is asked for, as far as the lookups reach."""
        for row in rows:
            self.add_machines([self._machine_of(row)], question)
        if cut_off:
            self.note(f"Hunting found more machines than the {len(rows):,} that it gives at a time.")

    def _machine_of(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        machine_id = str(row.get("DeviceId") or "")
        if machine_id in self.machines:
            return self.machines[machine_id].data
        if machine_id and self._machine_lookups > 0:
            self._machine_lookups -= 1
            try:
                machine = self.session.machine(machine_id)
            except IocbeamError as error:
                if not isinstance(error, Refused):
                    self._machine_lookups = 0
                self.answer.asked.append(Asked(ask.MACHINE, State.FAILED, *said(error)))
            else:
                if machine is not None:
                    return machine
        elif machine_id:
            self.note("Of some machines no more is known than hunting tells: --lookups asks for more.")
        names = {
            "id": "DeviceId",
            "computerDnsName": "DeviceName",
            "lastSeen": "Timestamp",
            "osPlatform": "OSPlatform",
        }
        told = {name: row[column] for name, column in names.items() if row.get(column)}
        return told | ({"lastExternalIpAddress": row["PublicIP"]} if row.get("PublicIP") else {})

    def _leave_out_older(self) -> None:
        """Alerts that have not changed since the window began. The service gives those of a value of any age."""
        since = self.settings.window.since
        older = [
            key
            for key, finding in self.alerts.items()
            if 0 < max(_time(finding.data, name) for name in _TIMES) < since * 1000
        ]
        for key in older:
            del self.alerts[key]
        if older:
            alerts = "1 older alert is" if len(older) == 1 else f"{len(older):,} older alerts are"
            self.note(f"{alerts} not shown: not updated in {self.settings.span}, see --days.")

    def _look_closer(self) -> None:
        """The evidence of alerts whose answers left it out, newest first."""
        bare = [
            (key, finding)
            for key, finding in self.alerts.items()
            if not finding.matches and not finding.data.get("evidence")
        ]
        bare.sort(key=lambda pair: _time(pair[1].data, "alertCreationTime"), reverse=True)
        for done, (key, finding) in enumerate(bare):
            if done >= self.settings.lookups:
                left = len(bare) - done
                self.note(f"What shows the value in {left:,} older alerts was not asked for: see --lookups.")
                return
            alert_id = str(finding.data.get("id") or "")
            try:
                alert = self.session.alert(alert_id)
            except IocbeamError as error:
                self.answer.asked.append(Asked(ask.EVIDENCE, State.FAILED, *said(error)))
                if isinstance(error, Refused):
                    continue
                return
            if alert is not None:
                self.alerts[key] = Finding(alert, matches_in(self.sought, ALERT, alert, hashes=self.hashes))

    def _name_places(self) -> None:
        """Alerts that show the value without saying where name the call; those of another URL are left out."""
        other = unknown = 0
        for key, finding in list(self.alerts.items()):
            if finding.matches:
                continue
            if self.sought.kind == URL:
                other += bool(finding.data.get("evidence"))
                unknown += not finding.data.get("evidence")
                del self.alerts[key]
            else:
                self.alerts[key] = finding._replace(matches=(match_by(self.sought, self._by[key].place),))
        if other:
            shown = "1 other alert shows" if other == 1 else f"{other:,} other alerts show"
            self.note(f"{shown} the host {self.host}, and not this URL.")
        if unknown:
            self.note(f"Alerts that show the host {self.host}, and this URL perhaps: {unknown:,}.")


def said(error: IocbeamError) -> tuple[str, str]:
    """What happened, and what to do."""
    if isinstance(error, Stop):
        return error.message, error.advice or ""
    if isinstance(error, RetryLater):
        return error.message, error.advice
    if isinstance(error, Refused) and error.status:
        return f"{error.status} {error.code}: {error.message}", ""
    return str(error), ""


def _time(data: Mapping[str, Any], name: str) -> int:
    return milliseconds(data.get(name)) or 0


def _newest_first(findings: Iterable[Finding], name: str) -> list[Finding]:
    return sorted(findings, key=lambda finding: _time(finding.data, name), reverse=True)


_TIMES: Final = ("lastUpdateTime", "alertCreationTime")
_NEED_SHA1: Final = frozenset((ask.FILE_ALERTS, ask.FILE_MACHINES, ask.FILE_STATS))
