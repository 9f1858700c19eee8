"""The values of one file, known to be of the format, as model objects; what is still wrong is collected."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ecrgen.catalog import schema
from ecrgen.catalog.arguments import Parameter, coerce
from ecrgen.catalog.bind import bind_arguments, bind_guard, end_of
from ecrgen.catalog.files import refusal
from ecrgen.catalog.grantees import read_grantee
from ecrgen.catalog.model import (
    BoundGuard,
    BoundPersona,
    Client,
    ClientRequest,
    Expectation,
    Grant,
    Guard,
    Ignore,
    NamedAccount,
    Operation,
    Persona,
    Template,
)
from ecrgen.catalog.patterns import automaton
from ecrgen.catalog.source import Place, Source
from ecrgen.catalog.suitable import unsuitable, unsuitable_persona
from ecrgen.errors import EcrgenError, Problems
from ecrgen.messages import did_you_mean, quoted
from ecrgen.policy.arn import partition_of
from ecrgen.policy.dependent import dependent_actions
from ecrgen.policy.regions import is_region, no_region

__all__ = ["MAX_PROBLEMS", "Contents", "Reader", "listed", "partition_in"]


# Nobody mends more at once, and what each probably meant takes long to find.
MAX_PROBLEMS = 100


@dataclass
class Contents:
    """The merged contents of a catalog's files, complete once all of them are read.

    `inherited` are the personas of the built-in catalog, where the files extend it.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    personas: dict[str, Persona] = field(default_factory=dict)
    guards: dict[str, Guard] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    ignores: list[Ignore] = field(default_factory=list)
    accounts: dict[str, NamedAccount] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    problems: Problems = field(default_factory=lambda: Problems(most=MAX_PROBLEMS))
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    inherited: frozenset[str] = frozenset()

    @property
    def new_regions(self) -> tuple[str, ...]:
        """The regions that any of the files takes beside those that are known."""
        return tuple(
            dict.fromkeys(name for source in self.sources for name in listed(source.values.get("new_regions")))
        )


class Reader:
    """Values of one file, known to be of the format, as model objects; what is still wrong goes to the contents."""

    def __init__(self, source: Source, contents: Contents) -> None:
        self.source = source
        self.contents = contents
        self.templates = source.path.parent / "templates"

    def definitions(self) -> None:
        """Read the personas, guards and operations of this file into the contents."""
        values, contents = self.source.values, self.contents
        for name, data in (values.get("personas") or {}).items():
            contents.personas[name] = self.persona(name, data)
        for name, data in (values.get("guards") or {}).items():
            contents.guards[name] = self.guard(name, data)
        for name, data in (values.get("operations") or {}).items():
            contents.operations[name] = self.operation(name, data)

    def uses(self) -> None:
        """Read what names the definitions of all files: the needs of operations, and the grants."""
        for name, data in (self.source.values.get("operations") or {}).items():
            for index, needed in enumerate(listed(data.get("needs"))):
                if needed not in self.contents.operations and ("operations", needed) not in self.contents.unreadable:
                    hint = schema.near(needed, tuple(self.contents.operations))
                    self.wrong(("operations", name, "needs", index), f"no operation {quoted(needed)}; {hint}")
            self.clients_use(name, data.get("clients") or {})
        for name, data in (self.source.values.get("grants") or {}).items():
            grant = self.grant(name, data)
            if grant is not None:
                self.contents.grants[name] = grant

    def clients_use(self, name: str, clients: Mapping[str, Any]) -> None:
        """Report the actions of clients that neither the operation nor what it needs has."""
        named = [
            (("operations", name, "clients", client, index, "actions"), action)
            for client, requests in clients.items()
            for index, request in enumerate(requests)
            for action in listed(request["actions"])
        ]
        known = self.actions_of(name) if named else {}
        for place, action in named:
            if action.lower() not in known:
                self.wrong(place, f"{quoted(action)}: no action of {name}; {did_you_mean(action, known.values())}")

    def actions_of(self, name: str) -> dict[str, str]:
        """The actions that AWS may ask for an operation and for all that it needs, by their names in lower case."""
        waiting, done, known = [name], set[str](), dict[str, str]()
        while waiting:
            operation = self.contents.operations.get(waiting.pop())
            if operation is not None and operation.name not in done:
                done.add(operation.name)
                waiting += operation.needs
                for action in operation.actions:
                    for each in (action, *dependent_actions(action, ("aws:TagKeys",))):
                        known[each.lower()] = each
        return known

    def wrong(self, place: Place, message: str) -> None:
        self.contents.problems.add(self.source.problem(place, message))

    def template(self, name: str, place: Place) -> Template:
        path = self.templates / name
        refused = refusal(self.templates, path)
        if refused:
            self.wrong((*place, "template"), f"{path}: {refused}")
        elif not os.path.isfile(path):
            self.wrong((*place, "template"), f"no such file: {path}")
        return Template(self.templates, name)

    def parameter(self, name: str, data: Mapping[str, Any], place: Place) -> Parameter:
        pattern = data.get("pattern")
        if pattern is not None:
            try:
                automaton(pattern)
            except re.error as error:
                self.wrong((*place, "pattern"), f"no regular expression: {error}")
                pattern = None
        default = data.get("default")
        parameter = Parameter(
            name=name,
            type=data["type"],
            help=data.get("help", ""),
            many=data.get("many") == "true",
            required=data.get("required", "false" if default is not None else "true") == "true",
            pattern=pattern,
            new_regions=self.contents.new_regions if data["type"] in ("region", "arn", "arn-pattern") else (),
        )
        if default is None:
            return parameter
        try:
            return replace(parameter, default=coerce(parameter, default))
        except ValueError as error:
            self.wrong((*place, "default"), str(error))
            return parameter

    def persona(self, name: str, data: Mapping[str, Any]) -> Persona:
        place: Place = ("personas", name)
        parameters = {
            key: self.parameter(key, value, (*place, "parameters", key))
            for key, value in (data.get("parameters") or {}).items()
        }
        persona = Persona(
            name=name,
            summary=data["summary"],
            source=data.get("source"),
            template=self.template(data["template"], place),
            parameters=parameters,
            managed_policy=data.get("managed_policy"),
            expect=tuple(
                self.expectation(item, (*place, "expect", index)) for index, item in enumerate(data.get("expect", ()))
            ),
            policy=data.get("policy", "identity"),
            to=tuple(dict.fromkeys(listed(data.get("to")))),  # type: ignore[arg-type]
        )
        for where, message in unsuitable_persona(persona):
            self.wrong((*place, *where), message)
        return persona

    def expectation(self, data: Mapping[str, Any], place: Place) -> Expectation:
        return Expectation(
            arguments=data.get("with") or {},
            guards=tuple(listed(data.get("guards"))),
            principal=data.get("as"),
            context={key: as_written(value) for key, value in (data.get("context") or {}).items()},
            allow=tuple(listed(data.get("allow"))),
            deny=tuple(listed(data.get("deny"))),
            to=self.grantees(listed(data.get("to")), (*place, "to")),
        )

    def guard(self, name: str, data: Mapping[str, Any]) -> Guard:
        place: Place = ("guards", name)
        parameter = data.get("parameter")
        return Guard(
            name=name,
            summary=data["summary"],
            source=data.get("source"),
            template=self.template(data["template"], place),
            parameter=None if parameter is None else self.parameter(name, parameter, (*place, "parameter")),
            caution=data.get("caution"),
            breaks=tuple(listed(data.get("breaks"))) or ("*",),
            only_for=data.get("for"),
        )

    def operation(self, name: str, data: Mapping[str, Any]) -> Operation:
        place: Place = ("operations", name)
        if "message" in data and "clients" in data:
            self.wrong((*place, "message"), "is what docker shows, and clients says it; leave one of them out")
        return Operation(
            name=name,
            actions=tuple(listed(data["actions"])),
            on=data["on"],
            needs=tuple(listed(data.get("needs"))),
            summary=data.get("summary", ""),
            source=data.get("source"),
            message=data.get("message"),
            clients=tuple(
                Client(
                    client,
                    tuple(
                        self.client_request(each, (*place, "clients", client, index))
                        for index, each in enumerate(requests)
                    ),
                )
                for client, requests in (data.get("clients") or {}).items()
            ),
        )

    def client_request(self, data: Mapping[str, Any], place: Place) -> ClientRequest:
        if data["request"].startswith("HEAD ") and "{denial}" in data["shows"]:
            self.wrong((*place, "shows"), "the answer to HEAD has no body, so no client can show {denial}")
        return ClientRequest(tuple(listed(data["actions"])), data["shows"], data["request"])

    def grant(self, name: str, data: Mapping[str, Any]) -> Grant | None:
        place: Place = ("grants", name)
        persona = self.contents.personas.get(data["persona"])
        if persona is None and ("personas", data["persona"]) in self.contents.unreadable:
            return None
        if persona is None:
            hint = schema.near(data["persona"], tuple(self.contents.personas))
            self.wrong((*place, "persona"), f"no persona {quoted(data['persona'])}; {hint}")
            return None
        arguments, wrong = bind_arguments(persona.parameters, data.get("with") or {})
        for parameter, message in wrong:
            self.wrong((*place, "with", parameter), message)
        guards = self.guards(data.get("guards"), (*place, "guards"))
        managed = data.get("managed") == "true"
        bound = BoundPersona(persona, arguments, guards)
        if managed and guards:
            self.wrong((*place, "managed"), "AWS's own policy takes no guards; leave guards or managed out")
        elif managed and not wrong:
            self.managed(bound, (*place, "managed"))
        ends = [end for end in map(end_of, guards) if end is not None]
        grant = Grant(
            name=name,
            bound=bound,
            to=self.grantees(listed(data.get("to")), (*place, "to")),
            managed=managed,
            expires=min(ends, default=None),
            account=data.get("account"),
            regions=self.regions(data.get("region"), (*place, "region")),
            through_registry="through" in data,
        )
        settings = self.contents.settings
        for key, value, message in unsuitable(grant, settings.get("account"), partition_in(settings)):
            index = value if isinstance(value, int) else listed(data[key]).index(value)
            self.wrong((*place, key, index), message)
        return grant

    def grantees(self, texts: Iterable[str], place: Place) -> tuple[str, ...]:
        """The texts that are grantees, each once."""
        out: dict[str, None] = {}
        for index, text in enumerate(texts):
            with self.contents.problems.collected(partial(self.source.problem, (*place, index))):
                read_grantee(text)
                out[text] = None
        return tuple(out)

    def regions(self, data: object, place: Place) -> tuple[str, ...]:
        """The regions, each of which there must be in the catalog's partition."""
        regions = listed(data)
        partition = partition_in(self.contents.settings)
        for index, region in enumerate(regions):
            if not is_region(region, self.contents.new_regions):
                self.wrong((*place, index), f"{quoted(region)}: {no_region(region)}")
            elif partition_of(region) != (partition or partition_of(regions[0])):
                other = partition or partition_of(regions[0])
                self.wrong((*place, index), f"{region} is a region of partition {partition_of(region)}, not of {other}")
        return tuple(dict.fromkeys(regions))

    def managed(self, bound: BoundPersona, place: Place) -> None:
        from ecrgen.catalog.managed import managed_policy  # for start-up: few grants ask, and it renders

        try:
            if managed_policy(bound) is None:
                self.wrong(place, f"AWS has no managed policy for {bound.persona.name}; leave managed out")
        except EcrgenError as error:
            self.wrong(place, str(error))

    def guards(self, data: object, place: Place) -> tuple[BoundGuard, ...]:
        out = []
        for index, text in enumerate(listed(data)):
            try:
                out.append(bind_guard(self.contents.guards, text))
            except ValueError as error:
                if ("guards", text.partition("=")[0]) not in self.contents.unreadable:
                    self.wrong((*place, index), str(error))
        return tuple(out)


def partition_in(settings: Mapping[str, Any]) -> str | None:
    """The partition that a catalog names, itself or by a region."""
    named: str | None = settings.get("partition")
    return named or next((partition_of(region) for region in listed(settings.get("region"))), None)


def as_written(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def listed(value: Any) -> list[str]:
    """A value that may be one item or a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
