"""The Portuguese API: its words, its errors, and that it acts as the English one does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from db.models import Gym, Member, Role
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_plan,
    create_regular_visits,
    create_visits,
)
from tests.fixtures.api import NOON, ApiClient
from tests.fixtures.routes import APP

InGym = Callable[[int], AbstractContextManager[GymSession]]
ENGLISH = ("the", "not", "this", "should", "required", "field", "member", "invalid")


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    with in_gym(gym.gym_id) as session:
        return create_member(session, gym=gym, name="Ana Souza")


@pytest.fixture
def regular(gym: Gym, in_gym: InGym) -> Member:
    """Came every third day, 20 times, until 25 days ago, an hour each; others came since."""
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym)
        create_visits(session, gym=gym, member=other, at=[NOON - timedelta(hours=2)])
        member = create_member(session, gym=gym, name="Bia Lima")
        create_regular_visits(
            session,
            gym=gym,
            member=member,
            last=NOON - timedelta(days=25),
            every_days=3,
            count=20,
        )
        return member


class TestRegistro:
    def test_a_student_is_a_member_of_the_callers_gym(self, owner: ApiClient) -> None:
        answer = owner.post(
            "/aluno/registro",
            json={
                "nome": "Ana Souza",
                "email": "ana@example.com",
                "telefone": "+55 11 91234-5678",
                "data_nascimento": "1994-05-17",
                "aceita_email": True,
            },
        )
        assert answer.status_code == 201
        body = answer.json()
        assert body == {
            "aluno_id": body["aluno_id"],
            "nome": "Ana Souza",
            "email": "ana@example.com",
            "telefone": "+55 11 91234-5678",
            "situacao": "ativo",
            "plano_id": None,
            "plano": None,
            "data_matricula": "2026-11-18",
            "mensagem": "Aluno registrado.",
        }
        same = owner.get(f"/api/v1/members/{body['aluno_id']}").json()
        assert (same["name"], same["birth_date"]) == ("Ana Souza", "1994-05-17")
        assert same["email_consent"] == "given"

    def test_a_plan_starts_a_membership(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        with in_gym(gym.gym_id) as session:
            plan = create_plan(session, gym=gym, name="Mensal", duration_months=1)
        body = owner.post("/aluno/registro", json={"nome": "Ana", "plano_id": plan.plan_id}).json()
        assert (body["plano_id"], body["plano"]) == (plan.plan_id, "Mensal")
        memberships = owner.get(f"/api/v1/memberships?member_id={body['aluno_id']}").json()
        assert memberships["items"][0]["ends_on"] == "2026-12-17"

    def test_the_same_key_registers_once(self, owner: ApiClient) -> None:
        def register() -> Any:
            headers = {"Idempotency-Key": "ana-1"}
            return owner.post("/aluno/registro", json={"nome": "Ana"}, headers=headers)

        first, second = register(), register()
        assert second.json() == first.json()
        assert second.headers["Idempotency-Replayed"] == "true"
        assert owner.get("/api/v1/members").json()["total"] == 1


class TestCheckin:
    def test_a_time_without_offset_is_the_gyms(
        self, make_gym: Callable[..., Gym], sign_in_as: Callable[..., ApiClient]
    ) -> None:
        owner = sign_in_as(Role.OWNER, gym=make_gym(timezone="America/Sao_Paulo"))
        student = owner.post("/aluno/registro", json={"nome": "Ana"}).json()
        answer = owner.post(
            "/aluno/checkin",
            json={"aluno_id": student["aluno_id"], "entrada": "2026-11-17T22:30:00"},
        )
        assert answer.status_code == 201
        body = answer.json()
        assert body["entrada"] == "2026-11-18T01:30:00Z"
        assert (body["nome"], body["saida"]) == ("Ana", None)
        assert body["mensagem"] == "Entrada registrada."
        detail = owner.get(f"/api/v1/members/{student['aluno_id']}").json()
        assert detail["last_visit"] == "2026-11-17"

    def test_a_double_scan_is_refused_in_portuguese(self, owner: ApiClient, member: Member) -> None:
        first = owner.post("/aluno/checkin", json={"aluno_id": member.member_id})
        answer = owner.post("/aluno/checkin", json={"aluno_id": member.member_id})
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == "pt-BR"
        problem = answer.json()
        assert problem["code"] == "already_checked_in"
        assert problem["title"] == "Já está na academia"
        assert problem["detail"] == (
            "O aluno já está na academia: esta entrada faz parte da visita que começou em"
            f" 2026-11-18 12:00 UTC (check-in {first.json()['checkin_id']})."
        )


class TestFrequencia:
    def test_weeks_and_history(self, owner: ApiClient, regular: Member) -> None:
        answer = owner.get(f"/aluno/{regular.member_id}/frequencia?tamanho=2")
        body = answer.json()
        assert answer.status_code == 200
        assert (body["visitas"], body["dias_sem_vir"]) == (20, 25)
        assert body["ultima_visita"] == "2026-10-24"
        english = owner.get(f"/api/v1/members/{regular.member_id}").json()
        assert [week["dias_com_visita"] for week in body["semanas"]] == english["visits_per_week"]
        assert body["semanas"][-1]["semana"] == "2026-11-12"
        assert body["media_semanal"] == round(sum(english["visits_per_week"]) / 12, 2)
        history = body["historico"]
        assert (history["total"], history["pagina"], history["tamanho"]) == (20, 1, 2)
        assert [visit["entrada"][:10] for visit in history["itens"]] == ["2026-10-24", "2026-10-21"]
        assert {visit["minutos"] for visit in history["itens"]} == {60}

    def test_both_days_of_the_period_are_in_it(self, owner: ApiClient, regular: Member) -> None:
        answer = owner.get(
            f"/aluno/{regular.member_id}/frequencia?de=2026-10-15&ate=2026-10-21&tamanho=1&pagina=2"
        )
        history = answer.json()["historico"]
        assert history["total"] == 3  # 15, 18 and 21 October
        assert history["itens"][0]["entrada"].startswith("2026-10-18")

    def test_a_day_is_the_gyms(
        self,
        make_gym: Callable[..., Gym],
        sign_in_as: Callable[..., ApiClient],
    ) -> None:
        owner = sign_in_as(Role.OWNER, gym=make_gym(timezone="America/Sao_Paulo"))
        student = owner.post("/aluno/registro", json={"nome": "Ana"}).json()["aluno_id"]
        owner.post(
            "/aluno/checkin", json={"aluno_id": student, "entrada": "2026-11-17T23:30:00-03:00"}
        )
        found = owner.get(f"/aluno/{student}/frequencia?de=2026-11-17&ate=2026-11-17").json()
        assert found["historico"]["total"] == 1


class TestRiscoChurn:
    def test_registered_a_second_ago_has_no_history_yet(self, owner: ApiClient) -> None:
        student = owner.post("/aluno/registro", json={"nome": "Ana"}).json()["aluno_id"]
        answer = owner.get(f"/aluno/{student}/risco-churn")
        assert answer.status_code == 200
        body = answer.json()
        assert body["fonte"] == "sem histórico"
        assert body["mensagem"].startswith("Ainda sem histórico")
        assert body["probabilidade"] == 0.19
        assert body["nivel"] == "baixo"
        assert body["motivos"] == []

    def test_without_a_model_the_rules_are_used(self, owner: ApiClient, regular: Member) -> None:
        body = owner.get(f"/aluno/{regular.member_id}/risco-churn").json()
        assert body["aluno_id"] == regular.member_id
        assert body["probabilidade"] == 0.35
        assert body["fonte"] == "regras"
        assert body["motivos"][0] == "Sem visita há 25 dias, costuma vir a cada 3 dias"
        assert body["motivos"][1] == "Antes vinha 2 vezes por semana, agora nenhuma"
        assert datetime.fromisoformat(body["referencia"]) == NOON
        assert body["horizonte_dias"] == 30


class TestProblems:
    def test_without_a_token(self, client: ApiClient) -> None:
        answer = client.post("/aluno/checkin", json={"aluno_id": 1})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["title"] == "Entre na sua conta primeiro"
        assert "Envie um token" in answer.json()["detail"]

    def test_a_role_that_may_not(self, sign_in_as: Callable[..., ApiClient]) -> None:
        answer = sign_in_as(Role.TRAINER).post("/aluno/registro", json={"nome": "Ana"})
        assert answer.status_code == 403
        detail = "Seu papel não permite isso. Fale com o dono da academia."
        assert answer.json()["detail"] == detail

    @pytest.mark.parametrize("path", ["frequencia", "risco-churn"])
    def test_a_student_of_nobody(self, owner: ApiClient, path: str) -> None:
        problem = owner.get(f"/aluno/987654321/{path}").json()
        assert problem["code"] == "member_not_found"
        assert problem["detail"] == "Esta academia não tem o aluno 987654321."

    @pytest.mark.parametrize(
        ("path", "body", "detail"),
        [
            ("registro", {}, "nome: Este campo é obrigatório."),
            ("registro", {"nome": " "}, "nome: Não pode ficar vazio."),
            ("registro", {"nome": "x" * 201}, "nome: Use no máximo 200 caracteres."),
            ("registro", {"nome": 5}, "nome: Deve ser um texto."),
            (
                "registro",
                {"nome": "Ana", "name": "x"},
                "name: Este campo não existe aqui. Deixe-o de fora.",
            ),
            (
                "registro",
                {"nome": "Ana", "email": "ana"},
                "email: Isto não é um e-mail. Escreva como anna@example.com.",
            ),
            (
                "registro",
                {"nome": "Ana", "data_nascimento": "amanhã"},
                "data_nascimento: Isto não é uma data, como 2026-01-15.",
            ),
            (
                "registro",
                {"nome": "Ana", "data_matricula": "2026-11-19"},
                "A data de matrícula está no futuro; use hoje ou um dia anterior.",
            ),
            (
                "registro",
                {"nome": "Ana", "data_nascimento": "2126-11-19"},
                "A data de nascimento está no futuro; confira o ano.",
            ),
            ("registro", {"nome": "Ana", "plano_id": 0}, "plano_id: Deve ser no mínimo 1."),
            (
                "registro",
                {"nome": "Ana", "plano_id": 2**62},
                f"Esta academia não tem o plano {2**62}.",
            ),
            (
                "registro",
                {"nome": "Ana", "aceita_email": "talvez"},
                "aceita_email: Deve ser true ou false.",
            ),
            (
                "checkin",
                {"aluno_id": "x", "entrada": "ontem"},
                "aluno_id: Deve ser um número inteiro, como 12.; "
                "entrada: Isto não é data e hora, como 2026-01-15T10:00:00.",
            ),
            (
                "checkin",
                {"aluno_id": 1, "entrada": "2030-01-01T10:00:00"},
                "Esse horário está no futuro; uma visita é registrada quando acontece.",
            ),
            (
                "checkin",
                {"aluno_id": 1, "entrada": "1989-01-01T10:00:00"},
                "Esse horário é anterior ao ano 1990; confira a data.",
            ),
        ],
    )
    def test_bad_input_says_what_is_wrong(
        self, owner: ApiClient, path: str, body: dict[str, Any], detail: str
    ) -> None:
        answer = owner.post(f"/aluno/{path}", json=body)
        assert answer.status_code in (404, 422)
        assert answer.json()["detail"] == detail

    def test_a_retired_plan(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        with in_gym(gym.gym_id) as session:
            plan = create_plan(session, gym=gym, name="Antigo", is_active=False)
        problem = owner.post("/aluno/registro", json={"nome": "Ana", "plano_id": plan.plan_id})
        assert problem.json()["detail"] == "O plano 'Antigo' não está mais à venda; escolha outro."

    @pytest.mark.parametrize(
        ("method", "path", "content", "status"),
        [
            ("GET", "/aluno", None, 404),
            ("GET", "/aluno/1/nada", None, 404),
            ("DELETE", "/aluno/registro", None, 405),
            ("POST", "/aluno/registro", b"{", 422),
            ("POST", "/aluno/registro", b'{"nome": "a\\u0000"}', 422),
            ("POST", "/aluno/registro", b'"' + b"x" * 1_100_000 + b'"', 413),
            ("POST", "/aluno/registro", b'{"nome": "x", "the field": 1}', 422),
            ("GET", "/aluno/0/frequencia", None, 422),
            ("GET", "/aluno/1/frequencia?de=9999-99-99", None, 422),
            ("GET", "/aluno/1/frequencia?pagina=0&tamanho=999", None, 422),
        ],
    )
    def test_whatever_goes_wrong_is_said_in_portuguese(
        self, owner: ApiClient, method: str, path: str, content: bytes | None, status: int
    ) -> None:
        answer = owner.request(
            method, path, content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == status
        problem = answer.json()
        said = f"{problem['title']} {problem['detail']}".replace("the field", "").lower()
        assert not set(said.replace(":", " ").replace(".", " ").split()) & set(ENGLISH)
        assert int(answer.headers["content-length"]) == len(answer.content)

    def test_english_routes_stay_english(self, owner: ApiClient) -> None:
        answer = owner.post("/api/v1/members", json={})
        assert answer.json()["title"] == "Invalid request"
        assert answer.headers["content-language"] == "en"

    def test_english_paths_answer_in_the_language_that_is_asked_for(self, owner: ApiClient) -> None:
        wishes = {"Accept-Language": "fr, pt-BR;q=0.8, en;q=0.5"}
        answer = owner.get("/api/v1/members/987654321", headers=wishes)
        assert answer.json()["title"] == "Aluno não encontrado"
        assert answer.json()["detail"] == "Esta academia não tem o aluno 987654321."
        assert answer.headers["content-language"] == "pt-BR"
        assert "Accept-Language" in answer.headers["vary"]

    def test_portuguese_paths_answer_in_portuguese_whatever_is_asked_for(
        self, owner: ApiClient
    ) -> None:
        answer = owner.get("/aluno/987654321/risco-churn", headers={"Accept-Language": "en"})
        assert answer.json()["detail"] == "Esta academia não tem o aluno 987654321."
        assert answer.headers["content-language"] == "pt-BR"


class TestSwagger:
    def test_the_group_is_in_portuguese(self) -> None:
        spec = APP.openapi()
        operations = {
            (method, path): operation
            for path, item in spec["paths"].items()
            for method, operation in item.items()
            if operation["tags"] == ["Português"]
        }
        assert set(operations) == {
            ("post", "/aluno/registro"),
            ("post", "/aluno/checkin"),
            ("get", "/aluno/{id}/frequencia"),
            ("get", "/aluno/{id}/risco-churn"),
        }
        for operation in operations.values():
            said = [operation["summary"], operation["description"]]
            said += [one["description"] for one in operation["parameters"]]
            said += [one["description"] for one in operation["responses"].values()]
            for text in said:
                assert not set(text.lower().split()) & {"the", "a member", "successful", "when"}
            assert operation["security"]

    def test_bodies_and_answers_have_examples_that_are_true(self) -> None:
        schemas = APP.openapi()["components"]["schemas"]
        for name in ("AlunoNovo", "Aluno", "CheckinNovo", "Checkin", "Frequencia", "RiscoChurn"):
            [example] = schemas[name]["examples"]
            fields = schemas[name]["properties"]
            assert set(example) <= set(fields)
            # The specification leaves out what is null in an example.
            empty = {field for field in fields if "null" in str(fields[field])}
            assert set(schemas[name]["required"]) - empty <= set(example)
