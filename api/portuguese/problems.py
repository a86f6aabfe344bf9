"""Errors of the Portuguese routes, in Portuguese.

The services raise the same errors for everybody. Here, outside of all routes, the English sentences
of a problem are found in one table and replaced. A sentence that is not in it becomes the general
one of its code: never English, never a failure.
"""

import json
import re
from functools import cache
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kit.paths import PORTUGUESE
from api.portuguese.vocabulary import TITLES

UNKNOWN_PROBLEM = "O pedido não pôde ser atendido"
UNKNOWN_MISTAKE = "valor inválido"

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        "Send an access token: Authorization: Bearer ...",
        "Envie um token de acesso: Authorization: Bearer ... (veja /api/v1/auth/login).",
    ),
    (
        "The access token is not valid or has expired.",
        "O token de acesso não vale ou venceu. Entre de novo.",
    ),
    ("This sign-in has ended. Sign in again.", "Esta sessão terminou. Entre de novo."),
    (
        "Your role may not do this. Ask the owner of the gym.",
        "O seu papel não permite isso. Fale com o dono da academia.",
    ),
    ("This gym has no member {id}.", "Esta academia não tem o aluno {id}."),
    ("This gym has no membership plan {id}.", "Esta academia não tem o plano {id}."),
    (
        "The plan {name} is not sold any more; choose another one.",
        "O plano {name} não é mais vendido; escolha outro.",
    ),
    (
        "join_date lies in the future; use today or an earlier day.",
        "data_matricula está no futuro; use hoje ou um dia anterior.",
    ),
    (
        "birth_date lies in the future; check the year.",
        "data_nascimento está no futuro; confira o ano.",
    ),
    (
        "The member is already checked in: this scan belongs to the visit that began at"
        " {moment} UTC (check-in {id}).",
        "O aluno já está na academia: esta entrada faz parte da visita que começou em"
        " {moment} UTC (check-in {id}).",
    ),
    (
        "That time lies in the future; a visit is recorded when it happened.",
        "Esse horário está no futuro; uma visita é registrada quando acontece.",
    ),
    (
        "That time lies before the year {year}; check the date.",
        "Esse horário é anterior ao ano {year}; confira a data.",
    ),
    ("That time cannot be understood.", "Esse horário não pôde ser entendido."),
    (
        "A request with this Idempotency-Key has not finished. Send it again in a moment.",
        "Um pedido com esta Idempotency-Key ainda não terminou. Envie de novo em instantes.",
    ),
    (
        "This {header} was sent with another request. Use a new key for a new request.",
        "Esta {header} já foi usada em outro pedido. Use uma nova para um novo pedido.",
    ),
    (
        "{header} must be 1 to {number} printable ASCII characters.",
        "{header} deve ter de 1 a {number} caracteres ASCII visíveis.",
    ),
    (
        "{who} more than {number} requests a minute. Wait, then go on.",
        "São mais de {number} pedidos por minuto. Espere, depois continue.",
    ),
    (
        "This clashes with what is stored already. Nothing was changed; read it again.",
        "Isso contradiz o que já está guardado. Nada foi alterado; leia de novo.",
    ),
    (
        "The request is larger than this route takes: {number} kB.",
        "O pedido é maior do que esta rota aceita: {number} kB.",
    ),
    (
        "Sign in before you send more than 16 kB.",
        "Entre na sua conta antes de enviar mais de 16 kB.",
    ),
    (
        "The body has more than {number} fields. Leave out what the route has not.",
        "O corpo tem mais de {number} campos. Deixe fora o que a rota não tem.",
    ),
    (
        "The body has more than {number} values. Send them in parts.",
        "O corpo tem mais de {number} valores. Envie em partes.",
    ),
    (
        "The body is not JSON, or is nested more than {number} deep.",
        "O corpo não é JSON, ou tem mais de {number} níveis.",
    ),
    (
        "The body is not UTF-8. Send it as JSON in UTF-8.",
        "O corpo não é UTF-8. Envie JSON em UTF-8.",
    ),
    (
        "The body cannot be read. Send JSON as described.",
        "O corpo não pôde ser lido. Envie JSON como descrito.",
    ),
    (
        "The body did not come in time. Nothing was changed; send the request again.",
        "O corpo não chegou a tempo. Nada foi alterado; envie de novo.",
    ),
    (
        "The request has both Content-Length and Transfer-Encoding. Send one of them.",
        "O pedido tem Content-Length e Transfer-Encoding. Envie só um deles.",
    ),
    (
        "The address is longer than any of ours. Shorten it.",
        "O endereço é longo demais. Encurte-o.",
    ),
    (
        "The address has more than {number} parameters. Leave some out.",
        "O endereço tem mais de {number} parâmetros. Deixe alguns fora.",
    ),
    (
        "The request contains a character that is not text.",
        "O pedido contém um caractere que não é texto.",
    ),
    ("A value is outside what can be stored.", "Um valor está fora do que pode ser guardado."),
    (
        "Others are changing the same data at this moment. Nothing was changed; send the"
        " request again.",
        "Outros estão mudando os mesmos dados neste momento. Nada mudou; envie o pedido de novo.",
    ),
    (
        "The request took too long and was ended. Nothing was changed; send it again in a"
        " moment, or ask for less at a time.",
        "O pedido demorou demais e foi encerrado. Nada mudou; envie-o de novo em instantes, ou peça"
        " menos de cada vez.",
    ),
    (
        "More of your requests are waiting than can be answered soon. Nothing was begun; send"
        " this one again in a moment.",
        "Há mais pedidos seus na fila do que podem ser atendidos logo. Nada começou; envie este"
        " de novo em instantes.",
    ),
    (
        "The database cannot be reached. Nothing was changed; try again in a moment.",
        "O banco de dados não responde. Nada foi alterado; tente de novo em instantes.",
    ),
    (
        "Something went wrong here. Nothing was changed.",
        "Algo deu errado aqui. Nada foi alterado.",
    ),
    ("Not Found", "Este endereço não existe."),
    ("Use one of: {methods}.", "Este endereço aceita: {methods}."),
)
"""`detail` of a problem. What stands in braces is taken over as it is."""

MISTAKES: tuple[tuple[str, str], ...] = (
    ("This field is required.", "campo obrigatório"),
    ("There is no such field here. Leave it out.", "campo desconhecido"),
    ("This is not JSON{reason}", "não é JSON"),
    ("This is not an email address. {example}", "não é um endereço de e-mail válido"),
    ("This must not be empty.", "não pode ficar vazio"),
    ("Use at least {number} characters.", "deve ter no mínimo {number} letras"),
    ("Use at most {number} characters.", "deve ter no máximo {number} letras"),
    ("This must be text.", "deve ser um texto"),
    ("This must be a whole number, such as 12.", "deve ser um número inteiro"),
    ("This is not a whole number, such as 12.", "deve ser um número inteiro"),
    ("This must be true or false.", "deve ser true ou false"),
    ("This must be a date and time, {example}", "deve ser data e hora, como 2026-01-15T10:00:00"),
    ("This is not a date and time, {example}", "deve ser data e hora, como 2026-01-15T10:00:00"),
    ("This must be a day, {example}", "deve ser uma data, como 2026-01-15"),
    ("This is not a day, {example}", "deve ser uma data, como 2026-01-15"),
    ("This must be a JSON object.", "deve ser um objeto JSON"),
    ("This must be {number} or more.", "deve ser no mínimo {number}"),
    ("This must be {number} or less.", "deve ser no máximo {number}"),
    ("This contains a character that is not text.", "contém um caractere que não é texto"),
    (
        "This has more accents on one letter than any language writes.",
        "tem mais acentos em uma letra do que qualquer língua escreve",
    ),
)
"""What is wrong with one field."""


class PortugueseProblems:
    """Rewrites the problems of paths under `/aluno`. Everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_portuguese(scope["path"]):
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def translate(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Language"] = "pt-BR"
                if Headers(scope=message).get("content-type") == "application/problem+json":
                    start = message
                    return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                translated = json.dumps(
                    to_portuguese_problem(json.loads(body)), ensure_ascii=False
                ).encode()
                MutableHeaders(scope=start)["Content-Length"] = str(len(translated))
                await send(start)
                await send({"type": "http.response.body", "body": translated})

        await self.app(scope, receive, translate)


def to_portuguese_problem(problem: dict[str, Any]) -> dict[str, Any]:
    """Title, detail and the message of each field in Portuguese; the rest stays as it is."""
    errors = [
        error | {"message": _translate(error["message"], MISTAKES) or UNKNOWN_MISTAKE}
        for error in problem["errors"]
        if "message" in error
    ]
    title = TITLES.get(problem["code"], UNKNOWN_PROBLEM)
    if errors:
        detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors[:5])
    else:
        detail = _translate(problem["detail"], SENTENCES) or f"{title}."
    return problem | {"title": title, "detail": detail, "errors": errors}


def _is_portuguese(path: str) -> bool:
    return path == PORTUGUESE or path.startswith(PORTUGUESE + "/")


def _translate(english: str, table: tuple[tuple[str, str], ...]) -> str | None:
    for pattern, portuguese in table:
        found = _compile(pattern).fullmatch(english)
        if found:
            return portuguese.format(**found.groupdict())
    return None


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    """A sentence as a regular expression: each `{word}` is anything, and may be nothing."""
    parts = re.split(r"{(\w+)}", pattern)
    return re.compile(
        "".join(
            f"(?P<{part}>.*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
        ),
        re.DOTALL,
    )
