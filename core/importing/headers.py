"""Which column is which: header words of six languages, and the choice of the user."""

import unicodedata
from collections.abc import Iterable, Mapping

from core.importing.problems import FileProblem
from core.text import compose
from core.translation import Sentence, join, t

MAX_COLUMN_LENGTH = 200
"""Characters of a column's name that count."""

# Words are compared without case, accents, blanks and punctuation: see `simplify`.
_WORDS: dict[str, str] = {
    "number": (
        "membernumber memberno membernr memberid membercode membershipnumber membershipid member"
        " number cardnumber cardno cardid cardcode card keyfob fob customernumber customerid"
        " customer clientid client userid user personid person barcode badge"
        " numeromembro membro membroid matricula codigo idmembro idaluno aluno"
        " alunoid cartao numerocartao socio numerosocio cliente clienteid idcliente"
        " mitglied mitgliedsnummer mitgliedsnr mitgliednr mitgliedid kundennummer kundennr"
        " kartennummer kunde numerodemiembro miembro miembroid tarjeta numerotarjeta"
        " numerodesocio numerodelcliente numeroadherent adherent membre numeromembre"
        " numerodemembre numeroclient carte numerocarte numerodecarte medlem medlemid"
        " medlemsid medlemsnummer medlemsnr medlemnr kundenummer kundenr kort kortnummer kortnr"
        " noglebrik brik numero nummer no nr key tag id"
    ),
    "name": (
        "name fullname membername displayname customername clientname nome nomecompleto"
        " nomedoaluno nomedomembro mitgliedsname nombre nombrecompleto nombreyapellidos"
        " nomcomplet nometprenom nomprenom nom navn fuldenavn medlemsnavn kundenavn"
    ),
    "first_name": (
        "firstname first forename givenname primeironome vorname rufname nombredepila"
        " primernombre prenom fornavn"
    ),
    "last_name": (
        "lastname last surname familyname sobrenome apelido ultimonome nachname familienname"
        " zuname apellido apellidos nomdefamille efternavn"
    ),
    "email": (
        "email emailaddress mail mailaddress emailid correio correioeletronico enderecodeemail"
        " mailadresse emailadresse correo correoelectronico courriel adressemail adresseemail"
        " adressecourriel adressemel mel epost"
    ),
    "phone": (
        "phone phonenumber mobile mobilephone mobilenumber cell cellphone telephone tel telefone"
        " telemovel celular numerodetelefone telefon telefonnummer mobil mobilnummer handy"
        " handynummer rufnummer telefono movil portable telephonemobile numerodetelephone tlf"
        " tlfnr mobiltelefon"
    ),
    "birth_date": (
        "birthdate birthday dateofbirth dob born datadenascimento nascimento datanascimento"
        " aniversario geburtsdatum geburtstag geboren fechadenacimiento nacimiento"
        " fechanacimiento datedenaissance naissance datenaissance fodselsdato fodselsdag fodt"
        " fodselsdagsdato"
    ),
    "gender": "gender sex genero sexo geschlecht sexe genre kon",
    "join_date": (
        "joindate joined joinedat joinedon joiningdate datejoined membersince since startdate"
        " start signupdate signedup registered registrationdate registeredat membershipstart"
        " datadeinscricao datainscricao inscricao datadeentrada datadecadastro membrodesde inicio"
        " datadeinicio datadematricula datamatricula eintritt eintrittsdatum beitritt"
        " beitrittsdatum mitgliedseit beginn vertragsbeginn fechadealta alta fechadeingreso"
        " fechadeinscripcion miembrodesde fechadeinicio dateinscription datedinscription"
        " dateadhesion datedadhesion membredepuis datedentree inscritle indmeldt indmeldelse"
        " indmeldelsesdato indmeldtdato medlemsiden startdato oprettet"
    ),
    "plan": (
        "plan planname membershipplan membership membershiptype package packagename product tariff"
        " plano nomedoplano pacote tarif tarifname vertrag paket abo abonnement mitgliedschaft"
        " tarifa paquete membresia planes formule forfait offre abonnementtype medlemskab"
        " medlemstype kontingent"
    ),
    "status": (
        "status memberstatus membershipstatus situacao estado estadodomembro mitgliedsstatus"
        " vertragsstatus statut etat medlemsstatus"
    ),
    "end_date": (
        "enddate ends endson membershipend membershipends expirydate expires expiry expirationdate"
        " validuntil validto cancelledon canceldate cancellationdate datadefim datafim fim validade"
        " vencimento datadecancelamento ende vertragsende enddatum austritt austrittsdatum"
        " kuendigungsdatum kundigungsdatum gultigbis fechadefin fechafin fechadebaja baja"
        " vencimientofecha datedefin datefin finabonnement dateexpiration udmeldt udmeldelse"
        " udmeldelsesdato slutdato udlob udlobsdato"
    ),
    "email_consent": (
        "emailconsent consent emailoptin optin marketing marketingconsent marketingoptin"
        " emailmarketing newsletter subscribed allowemail mayemail mailconsent gdprconsent"
        " acceptsmarketing consentimento aceitaemail aceitaemails consentimentoemail novidades"
        " einwilligung emaileinwilligung werbeeinwilligung zustimmung consentimiento"
        " aceptaemail aceptacorreo boletin consentement consentementemail accepteemail infolettre"
        " samtykke emailsamtykke samtykketilemail nyhedsbrev nyhedsmail markedsforing"
    ),
    "email_opt_out": (
        "optout emailoptout unsubscribed unsubscribe donotemail noemail nomail donotcontact"
        " descadastrado naoenviaremail abgemeldet keinewerbung keineemail baixaemail"
        " noenviarcorreo desinscrit desabonne pasdemail afmeldt ingenmail"
    ),
}
_VISIT_WORDS: dict[str, str] = {
    "number": _WORDS["number"],
    "check_in": (
        "checkin checkintime checkedin checkedinat checkinat entry entrytime entered enteredat"
        " entryat timestamp datetime time in timein arrival arrivedat visit visitedat visittime"
        " scan scanned scannedat scantime swipe swipetime access accesstime accessat eventtime"
        " createdat entrada dataentrada dataehora datahora horaentrada datahoraentrada acesso"
        " checkinem eintritt einlass zutritt zeitpunkt zeitstempel eingang ankunft datumzeit"
        " datumuhrzeit checkinzeit entradahora fechahora fechayhora acceso llegada entree"
        " datedentree heuredentree dateheure dateetheure horodatage passage arrivee ind indgang"
        " ankomst tidspunkt tidsstempel indtjekning tjekind datotid datoogtid besog adgang"
    ),
    "date": (
        "date day visitdate checkindate entrydate data dia datum tag fecha jour dato dag besogsdato"
        " dataentrada datadeentrada fechaentrada fechadeentrada datedentree arrivaldate"
    ),
    "time": (
        "time hour clock visittime checkintime entrytime hora horario uhrzeit zeit heure tid"
        " klokkeslaet klokken tidspunkt timein arrivaltime horaentrada horadeentrada heuredentree"
    ),
    "check_out": (
        "checkout checkouttime checkedout checkedoutat checkoutat exit exittime exited exitedat out"
        " timeout departure left leftat leave leftattime saida horasaida datasaida"
        " datahorasaida austritt ausgang ausgangszeit checkoutzeit verlassen salida horasalida"
        " fechasalida sortie heuredesortie depart ud udgang udtjekning tjekud forladt"
    ),
    "method": (
        "method type tokentype token via source medium device reader door gate kind checkinmethod"
        " entrymethod metodo tipo porta catraca methode art tur quelle puerta torno methodedentree"
        " porte borne type metode dor kilde laeser"
    ),
}
# Of two columns that fit, the one whose word comes first wins: `member_id` before a bare `id`.
FIELDS = {
    "members": {field: words.split() for field, words in _WORDS.items()},
    "visits": {field: words.split() for field, words in _VISIT_WORDS.items()},
}
ALIASES = {"check_in_time": "check_in", "member_number": "number", "ends_on": "end_date"}
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})


def simplify(text: str) -> str:
    """Letters and digits only, lower case, without accents: `E-mail adresse` is `emailadresse`.

    No word that is compared with is longer than a column's name: the rest is not looked at.
    """
    folded = unicodedata.normalize("NFKD", text[:MAX_COLUMN_LENGTH].casefold().translate(_LETTERS))
    return "".join(mark for mark in folded if mark.isalnum())


def name_columns(header: Iterable[str]) -> tuple[str, ...]:
    """The header's cells as unique names: an empty or repeated one is named by its position."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = _compose(" ".join(cell.split())[:MAX_COLUMN_LENGTH]) or f"column {position}"
        names.append(f"{name} (column {position})" if name in names else name)
    return tuple(names)


def _compose(name: str) -> str:
    try:
        return compose(name)
    except ValueError:
        return ""  # no name that anybody could have typed


def guess_mapping(kind: str, columns: Iterable[str]) -> dict[str, str]:
    """Our field to their column. Each column is used once."""
    free = {column: simplify(column) for column in columns}
    mapping: dict[str, str] = {}
    for field in _guess_order(kind, set(free.values())):
        words = FIELDS[kind][field]
        found = [column for column, word in free.items() if word in words]
        if found:
            mapping[field] = min(found, key=lambda column: words.index(free[column]))
            del free[mapping[field]]
    if "name" in mapping and ("first_name" in mapping) != ("last_name" in mapping):
        # Beside one half of the name, a column called "name" (Nom, Name, Nombre) is the other.
        other = "last_name" if "first_name" in mapping else "first_name"
        mapping[other] = mapping.pop("name")
    return mapping


def _guess_order(kind: str, words: set[str]) -> list[str]:
    """The order in which fields claim columns, where one word could mean two of them."""
    if kind == "members":
        return list(FIELDS[kind])
    if words & set(FIELDS[kind]["date"]) and words & set(FIELDS[kind]["time"]):
        return ["number", "date", "time", "check_out", "check_in", "method"]
    return ["number", "check_out", "check_in", "date", "method"]


def read_mapping(
    kind: str, columns: tuple[str, ...], chosen: Mapping[str, str] | None
) -> dict[str, str]:
    """The chosen mapping checked against the file, or the guess when nothing was chosen.

    A choice is complete: fields that it leaves out are not read.
    """
    if chosen:
        mapping = {}
        by_word = {simplify(column): column for column in reversed(columns)}
        for name, column in chosen.items():
            field = ALIASES.get(name, name)
            if field not in FIELDS[kind]:
                known = ", ".join(FIELDS[kind])
                raise FileProblem(
                    "unknown_field",
                    t("There is no field '{name}'. Use: {known}.", name=name, known=known),
                )
            found = column if column in columns else by_word.get(simplify(column))
            if found is None:
                raise FileProblem(
                    "unknown_column",
                    t(
                        "The file has no column '{column}'. Its columns are: {columns}.",
                        column=column,
                        columns=_list(columns),
                    ),
                    columns,
                )
            mapping[field] = found
    else:
        mapping = guess_mapping(kind, columns)
    _require_fields(kind, columns, mapping)
    return mapping


def _require_fields(kind: str, columns: tuple[str, ...], mapping: Mapping[str, str]) -> None:
    missing = None
    if kind == "visits":
        if "number" not in mapping:
            missing = t("the member's number (for example member, card or number)")
        elif "check_in" not in mapping and "date" not in mapping:
            missing = t("the time of the visit (for example check_in, entered_at or date and time)")
    elif not {"number", "name", "first_name", "last_name", "email"} & set(mapping):
        missing = t("the member (for example number, name or email)")
    if missing:
        raise FileProblem(
            "no_matching_column",
            t(
                "No column was recognised as {missing}. The file's columns are: {columns}."
                " The first line must name the columns; choose them by hand if the names"
                " are unusual.",
                missing=missing,
                columns=_list(columns),
            ),
            columns,
        )


def _list(columns: tuple[str, ...]) -> Sentence:
    shown = ", ".join(column[:40] for column in columns[:20])
    if len(columns) <= 20:
        return join("", shown)
    return t("{columns}, and {n} more", columns=shown, n=len(columns) - 20)
