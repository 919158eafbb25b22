"""From values to where the collection is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import IntakeSettings
from iocbeam.model.settings.source import (
    MispSettings,
    NetworkSettings,
    SourceSettings,
    TaxiiSettings,
    ThreatQSettings,
)

from ..options.option import Option
from ..options.source_options import SOURCE_OPTION, SOURCES
from .precedence import is_set

_SOURCE: Final = SOURCE_OPTION.name


def check_source(values: Mapping[str, Any]) -> None:
    """Raise a `UsageError` when an option is given that belongs to another source than the one of the job.

    Args:
        values: by option name; defaults are not in it.
    """
    chosen = values.get(_SOURCE, SOURCE_OPTION.default)
    for name, option in _of_others(chosen):
        if is_set(values, option.name):
            default = "" if _SOURCE in values else ", the default"
            raise UsageError(
                f"{option.flag} belongs to {SOURCE_OPTION.flag} {name}, and the source is {chosen}{default}.",
                advice=f"Leave it out, or give {SOURCE_OPTION.flag} {name}.",
            )


def without_other_sources(file: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration file gives, without the options of other sources than the one that the command line
    names."""
    if _SOURCE not in line:
        return dict(file)
    others = {option.name for _, option in _of_others(line[_SOURCE])}
    return {name: value for name, value in file.items() if name not in others}


def intake_of(given: Mapping[str, Any]) -> IntakeSettings:
    """How a collection is read, from files or from a service.

    Args:
        given: a value for every option of the job.

    Raises:
        UsageError: an option of the source is missing or cannot be.
    """
    make = _SERVICES.get(given[_SOURCE])
    common = {name: given[name] for name in ("statuses", "url_without_scheme", "transforms")}
    if make:
        return IntakeSettings(source=make(given, _network_of(given)), **common)
    return IntakeSettings(
        inputs=given["input"] or (),
        input_format=given["input_format"],
        field_map=given["field_map"] or {},
        **common,
    )


def _network_of(given: Mapping[str, Any]) -> NetworkSettings:
    """How a source is reached; a tenant of several may have a way of its own, the source has the job's.

    Args:
        given: a value for every option of the job.
    """
    return NetworkSettings(
        ca_bundle=given["ca_bundle"] or "",
        verify_tls=not given["no_tls_verify"],
        proxy=given["proxy"] or "",
        ignore_proxies=given["ignore_proxies"],
    )


def _threatq(given: Mapping[str, Any], network: NetworkSettings) -> ThreatQSettings:
    return ThreatQSettings(
        host=(given["threatq_url"] or "").rstrip("/"),
        collection=given["threatq_collection"] or "",
        client_id=given["threatq_client_id"] or "",
        client_secret=given["threatq_client_secret"] or "",
        username=given["threatq_username"] or "",
        password=given["threatq_password"] or "",
        page_size=given["threatq_page_size"],
        network=network,
    )


def _taxii(given: Mapping[str, Any], network: NetworkSettings) -> TaxiiSettings:
    return TaxiiSettings(
        api_root=given["taxii_url"] or "",
        collection=given["taxii_collection"] or "",
        username=given["taxii_username"] or "",
        password=given["taxii_password"] or "",
        token=given["taxii_token"] or "",
        added_after=given["taxii_added_after"] or "",
        page_size=given["taxii_page_size"],
        network=network,
    )


def _misp(given: Mapping[str, Any], network: NetworkSettings) -> MispSettings:
    return MispSettings(
        url=given["misp_url"] or "",
        key=given["misp_key"] or "",
        published_within=given["misp_published_within"] or "",
        changed_within=given["misp_changed_within"] or "",
        tags=given["misp_tags"],
        all_attributes=given["misp_all_attributes"],
        page_size=given["misp_page_size"],
        network=network,
    )


_SERVICES: Final[Mapping[str, Callable[[Mapping[str, Any], NetworkSettings], SourceSettings]]] = {
    "threatq": _threatq,
    "taxii": _taxii,
    "misp": _misp,
}


def _of_others(chosen: str) -> Iterator[tuple[str, Option]]:
    """The sources that are not chosen, with each of their options."""
    for name, options in SOURCES.items():
        if name != chosen:
            for option in options:
                yield name, option
