"""Random grants of the built-in personas, for property tests of what is made of a whole catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from ecrgen import Catalog
from ecrgen.catalog.bind import bind_guard
from ecrgen.catalog.model import Grant
from ecrgen.export.desired import Exported, Where, to_export

__all__ = ["ACCOUNT", "BUILTIN", "NOW", "catalogs", "exported"]

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ACCOUNT = "444455556666"
BUILTIN = Catalog.load()
GUARDS = ("mfa", "tls", "source-ip=203.0.113.0/24", "tag=team=${aws:PrincipalTag/team}")
GRANTEES = ("role/ci", "role/team/dev", "group/devs")
# Those with an identity policy; persona operator's names the account itself.
PERSONAS = [name for name, each in BUILTIN.personas.items() if not each.of_registry and name != "operator"]
OF_USERS = ("self-view",)  # its policy allows nothing to a role
REPOSITORIES = {
    "repository": st.from_regex(r"[a-z]{2,8}(/[a-z0-9]{1,30})?", fullmatch=True),
    "repository-pattern": st.from_regex(r"[a-z]{2,8}/\*", fullmatch=True),
}


def exported(catalog: Catalog, account: str | None = None, *region: str) -> Exported:
    return to_export(catalog, Where.of(catalog, account, region, None), NOW)


@st.composite
def grants(draw: st.DrawFn, name: str) -> Grant:
    """A grant to roles and groups of the catalog's own account; with many repositories its policy is in parts."""
    persona = BUILTIN.personas[draw(st.sampled_from(PERSONAS))]
    arguments = dict(persona.expect[0].arguments)
    for parameter in persona.parameters.values():
        if parameter.type in REPOSITORIES and parameter.many:
            most = draw(st.sampled_from((3, 90)))
            values = st.lists(REPOSITORIES[parameter.type], min_size=1, max_size=most, unique=True)
            arguments[parameter.name] = draw(values)
    bound = BUILTIN.bind(persona.name, arguments)
    guards = draw(st.lists(st.sampled_from(GUARDS), max_size=2, unique=True))
    bound = replace(bound, guards=tuple(bind_guard(BUILTIN.guards, each) for each in guards))
    to = ("user/ann",) if persona.name in OF_USERS else tuple(draw(st.sets(st.sampled_from(GRANTEES))))
    return Grant(name, bound, tuple(sorted(to)))


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """A catalog of one to four grants that names no account, no region and no partition."""
    names = draw(
        st.lists(st.sampled_from(("ci", "c-i", "c_i", "cZ2di", "2", "-")), min_size=1, max_size=4, unique=True)
    )
    return replace(BUILTIN, namespace="pay", grants={name: draw(grants(name)) for name in names})
