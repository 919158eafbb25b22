"""The indicator rows of one tenant: upsert, ownership, capacity, expiry. No HTTP."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..profile import KeyModel, TenantProfile
from ..server.journal import Journal
from ..server.timestamps import format_time, parse_time
from .api_errors import InvalidIndicator
from .indicator_fields import ENTITY_KEYS, Entity, new_entity, updated_entity
from .indicator_rules import check_submission
from .indicator_values import same_value_key

_WARNINGS_KEPT = 1_000


@dataclass(frozen=True)
class Owner:
    """Who calls. Documented: with `Ti.ReadWrite.All` an app sees every row, else only its own."""

    owner_id: str
    name: str
    sees_all: bool = True


@dataclass(frozen=True)
class ItemResult:
    """How one submitted indicator ended: `entity` when it is stored, else `error`."""

    item: object
    entity: Entity | None = None
    error: InvalidIndicator | None = None


class IndicatorTable:
    """Thread-safe. Rows are kept in order of id; expired ones vanish by the tenant's clock."""

    def __init__(self, profile: TenantProfile, journal: Journal) -> None:
        self._profile = profile
        self._journal = journal
        self._lock = threading.Lock()
        saved = journal.load(profile.tenant_id)
        self._rows: dict[str, Entity] = {}
        self._ids_by_key: dict[Any, list[str]] = {}
        self._next_id = saved.next_id
        self._expires_at: dict[str, float] = {}
        self._first_expiry = math.inf
        for entity in saved.entities:
            self._put(entity)
        self.warnings: deque[str] = deque(maxlen=_WARNINGS_KEPT)

    def submit(
        self, items: Sequence[object], owner: Owner, forced: Sequence[InvalidIndicator | None]
    ) -> list[ItemResult]:
        """Create or update, item by item: one that fails does not fail the others.

        `forced` has, for each item, the error that a test scripted for it.
        """
        with self._lock:
            now = self._drop_expired()
            pairs = zip(items, forced, strict=True)
            results = [self._submit_one(item, owner, error, now) for item, error in pairs]
            stored = {result.entity["id"]: result.entity for result in results if result.entity}
            self._journal.save(self._profile.tenant_id, stored.values(), (), self._next_id)
        return results

    def seed(self, rows: Iterable[Mapping[str, Any]], created_by: str) -> list[str]:
        """Store rows unchecked, always as new ones, and return their ids.

        A row needs `indicatorType` and `indicatorValue`; any other field of an entity but `id` may be given.
        """
        with self._lock:
            now = self._profile.clock()
            entities = []
            for row in rows:
                _check_names(row)
                owner = row.get("createdBy") or created_by
                fields = {"action": "Block", "title": row["indicatorValue"], "description": "", **row}
                entities.append(self._new(fields, Owner(owner, owner), now))
                self._put(entities[-1])
            self._journal.save(self._profile.tenant_id, entities, (), self._next_id)
            return [entity["id"] for entity in entities]

    def edit(self, row_id: str, fields: Mapping[str, Any], edited_by: str) -> None:
        """Change fields of a row, unchecked. Raises `KeyError` when it is not there."""
        _check_names(fields)
        with self._lock:
            now = self._drop_expired()
            edited = {"lastUpdateTime": format_time(now), "lastUpdatedBy": edited_by, **fields}
            entity = {**self._rows[row_id], **edited}
            self._put(entity)
            self._journal.save(self._profile.tenant_id, [entity], (), self._next_id)

    def visible(self, owner: Owner | None = None) -> list[Entity]:
        """Active rows that `owner` sees (`None`: all), by id. The entities are the stored ones: read only."""
        with self._lock:
            self._drop_expired()
            rows = list(self._rows.values())
        return rows if owner is None or owner.sees_all else [row for row in rows if _sees(owner, row)]

    def delete(self, ids: Collection[str], owner: Owner, *, all_or_none: bool) -> list[str]:
        """Delete rows; returns the ids that `owner` does not see or that do not exist. An id given twice
        counts once."""
        with self._lock:
            self._drop_expired()
            found = [row_id for row_id in dict.fromkeys(ids) if self._seen(row_id, owner)]
            missing = [row_id for row_id in dict.fromkeys(ids) if not self._seen(row_id, owner)]
            if not (missing and all_or_none):
                self._remove(found)
        return missing

    def _submit_one(self, item: object, owner: Owner, forced: InvalidIndicator | None, now: float) -> ItemResult:
        try:
            if forced is not None:
                raise forced
            checked = check_submission(item, self._profile, now)
            entity = self._upsert(checked.fields, owner, now)
        except InvalidIndicator as error:
            return ItemResult(item, error=error)
        if checked.warning:
            self.warnings.append(checked.warning)
        return ItemResult(item, entity)

    def _upsert(self, fields: Entity, owner: Owner, now: float) -> Entity:
        ids = self._ids_by_key.get(_key(fields, self._profile.key_model))
        if ids:
            old = self._rows[ids[0]]
            if not _sees(owner, old) and self._profile.hidden_row_update == "fail":
                raise InvalidIndicator("DisallowedOperation", "Another owner holds this indicator.")
            keep_mark = self._profile.mark == "create_only"
            entity = updated_entity(old, fields, updated_by=owner.owner_id, now=now, keep_mark=keep_mark)
        elif len(self._rows) >= self._profile.capacity:
            message = f"Indicator limit exceeded. Allowed: {self._profile.capacity}."
            raise InvalidIndicator("InvalidInput", message)
        else:
            entity = self._new(fields, owner, now)
        self._put(entity)
        return entity

    def _new(self, fields: Mapping[str, Any], owner: Owner, now: float) -> Entity:
        entity = new_entity(
            fields, row_id=str(self._next_id), owner=owner.owner_id, owner_name=owner.name, now=now
        )
        self._next_id += 1
        return entity

    def _put(self, entity: Entity) -> None:
        """Store a new row, or another version of one, whose key may have changed by an edit."""
        row_id: str = entity["id"]
        key = _key(entity, self._profile.key_model)
        old = self._rows.get(row_id)
        if old is None or _key(old, self._profile.key_model) != key:
            if old is not None:
                self._leave_key(old)
            self._ids_by_key.setdefault(key, []).append(row_id)
        self._rows[row_id] = entity
        self._expires_at[row_id] = _expiry(entity)
        self._first_expiry = min(self._first_expiry, self._expires_at[row_id])

    def _remove(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        for row_id in ids:
            self._leave_key(self._rows.pop(row_id))
            del self._expires_at[row_id]
        self._journal.save(self._profile.tenant_id, (), ids, self._next_id)

    def _leave_key(self, entity: Entity) -> None:
        key = _key(entity, self._profile.key_model)
        self._ids_by_key[key].remove(entity["id"])
        if not self._ids_by_key[key]:
            del self._ids_by_key[key]

    def _drop_expired(self) -> float:
        """Documented: a row is deleted when its time passes. Returns the time now."""
        now = self._profile.clock()
        if now >= self._first_expiry:
            self._remove([row_id for row_id, expires_at in self._expires_at.items() if expires_at <= now])
            self._first_expiry = min(self._expires_at.values(), default=math.inf)
        return now

    def _seen(self, row_id: str, owner: Owner) -> bool:
        row = self._rows.get(row_id)
        return row is not None and _sees(owner, row)


def _sees(owner: Owner, row: Entity) -> bool:
    return owner.sees_all or row["createdBy"] == owner.owner_id


def _check_names(fields: Mapping[str, Any]) -> None:
    """Seeded and edited values are not checked, but a name that no row has is a slip in a test."""
    for name in fields:
        if name not in ENTITY_KEYS or name == "id":
            raise ValueError(f"{name} is no field of a row that can be given")


def _expiry(entity: Entity) -> float:
    """Epoch seconds. What is no time, as a seeded row may have, never passes (our choice)."""
    try:
        return parse_time(entity["expirationTime"])
    except (TypeError, ValueError):
        return math.inf


def _key(fields: Mapping[str, Any], model: KeyModel) -> tuple[Any, ...]:
    """What makes two submissions one row, in either model."""
    value = (fields["indicatorType"], same_value_key(fields["indicatorType"], fields["indicatorValue"]))
    if model == "value":
        return value
    return (*value, fields["action"], _scope(fields, "rbacGroupNames"), _scope(fields, "rbacGroupIds"))


def _scope(fields: Mapping[str, Any], name: str) -> frozenset[str]:
    groups = fields.get(name)
    return frozenset(map(str, groups)) if isinstance(groups, (list, tuple)) else frozenset()
