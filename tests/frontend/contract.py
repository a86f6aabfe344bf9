"""The API's own OpenAPI document, held against what the fake API is asked and what it returns."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.api_types import BASE, read_document


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    description: Mapping[str, Any]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path)))

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Contract:
    def __init__(self) -> None:
        document = read_document()
        self.components = document["components"]
        self.operations = [
            Operation(method.upper(), path.removeprefix(BASE), description)
            for path, item in document["paths"].items()
            if path.startswith(BASE)
            for method, description in item.items()
            if method != "parameters"
        ]
        # What is spelled out goes before what has a parameter in its place.
        self.operations.sort(key=lambda operation: operation.path.count("{"))

    def find(self, method: str, path: str) -> Operation | None:
        return next(
            (
                operation
                for operation in self.operations
                if operation.method == method and operation.pattern.fullmatch(path)
            ),
            None,
        )

    def check_question(
        self, operation: Operation, query: Mapping[str, str], body: Any
    ) -> Iterable[str]:
        """What the API would refuse in a request."""
        known = {
            parameter["name"]: parameter["schema"]
            for parameter in operation.description.get("parameters", [])
            if parameter["in"] == "query"
        }
        for name, text in query.items():
            if name not in known:
                yield f"{operation.name} takes no {name}"
            else:
                yield from self._check(
                    f"{operation.name} ?{name}", _read(text, known[name]), known[name]
                )
        content = operation.description.get("requestBody", {}).get("content", {})
        # A file is not read here.
        schema = content.get("application/json", {}).get("schema")
        if schema and "multipart/form-data" not in content:
            yield from self._check(f"{operation.name} is sent what it refuses", body, schema)

    def check_answer(
        self, operation: Operation, status: int, kind: str, content: bytes
    ) -> Iterable[str]:
        """What the API's document does not say of an answer."""
        answers = operation.description["responses"]
        if str(status) not in answers:
            yield f"{operation.name} does not answer {status}"
            return
        kinds = answers[str(status)].get("content", {})
        if not kinds and not content:
            return
        if kind not in kinds:
            yield f"{operation.name} answers {status} as {', '.join(kinds)}, not as {kind}"
        elif kind.endswith("json"):
            where = f"{operation.name} answered {status}"
            yield from self._check(where, json.loads(content), kinds[kind]["schema"])

    def _check(self, where: str, value: Any, schema: Mapping[str, Any]) -> Iterable[str]:
        whole = {**schema, "components": self.components}
        checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for error in checker.iter_errors(value):
            yield f"{where}: {error.json_path} {error.message[:300]}"


def _read(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text as the number or flag that it stands for."""
    kinds = {kind.get("type") for kind in schema.get("anyOf", [schema])}
    is_flag = "boolean" in kinds and text in ("true", "false")
    return json.loads(text) if is_flag or ("integer" in kinds and text.isdigit()) else text
