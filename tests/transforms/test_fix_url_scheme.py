"""fix_url_scheme: a URL without a scheme is skipped or gets one."""

from __future__ import annotations

import pytest
from made_records import RUN, indicator

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import FQDN, URL, Indicator
from iocbeam.model.outcome import Ended
from iocbeam.transforms import FixUrlScheme, fix_url_scheme


@pytest.mark.parametrize("policy", ["skip", "http", "https"])
@pytest.mark.parametrize(
    ("kind", "value"), [(FQDN, "evil.example"), (URL, "http://evil.example/x"), (URL, "https://evil.example")]
)
def test_what_has_a_scheme_or_needs_none_passes_as_it_is(kind: str, value: str, policy: str) -> None:
    one = indicator(value, kind)
    assert fix_url_scheme(one, policy) is one


@pytest.mark.parametrize("value", ["evil.example/x", "evil.example/r?u=http://good.example/"])
def test_without_a_scheme_a_url_is_rejected_or_gets_the_one_asked_for(value: str) -> None:
    end = fix_url_scheme(indicator(value, URL))
    assert isinstance(end, Ended)
    assert (end.outcome, end.reason) == ("rejected", "scheme_missing")
    for scheme in ("http", "https"):
        found = fix_url_scheme(indicator(value, URL, score=7.0), scheme)
        assert found == indicator(f"{scheme}://{value}", URL, score=7.0)


def test_the_default_port_of_the_scheme_goes_and_another_stays() -> None:
    for scheme, value in (("http", "http://evil.example/"), ("https", "https://evil.example:80/")):
        found = fix_url_scheme(indicator("evil.example:80/", URL), scheme)
        assert isinstance(found, Indicator)
        assert found.value == value


def test_an_unknown_policy_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="url_without_scheme"):
        FixUrlScheme(RUN, "ftp")
