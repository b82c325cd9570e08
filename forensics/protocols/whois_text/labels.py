"""The words in which registries name the parts of a record: data only, in lower case, punctuation and digits removed.

`DOMAIN` names what belongs to the domain itself. A label of `SHARED` means the domain only outside the block of a
contact, because contacts have dates and statuses too. `ROLES` are the headings and prefixes under which contacts stand.
"""

from __future__ import annotations

_DOMAIN_LISTS = {
    "domain": """
        domain; domain name; domainname; complete domain name; domain name utf; query domain; nom de domaine;
        dominio; nome de dominio; nome de domínio; nombre de dominio; dominio nombre; ドメイン名; 도메인이름; ace;
        domaine; nombre del dominio""",
    "created": """
        creation date; created; created on; created date; create date; date created; creation time; domain
        created; domain create date; domain creation date; record created; record created on; registered;
        registered on; registered date; registration date; registration time; domain registration date; domain
        registered; domain registered on; date registered; domain dateregistered; date approved; first
        registration date; first registered; domain record activated; domain name commencement date; activation
        date; activated; activation; activated on; commencement date; registration; entry created; registered
        since; assigned; ngày đăng ký; domain name registration date; date de création; date de creation; data
        de registo; data de criação; fecha de registro; fecha de creación; fecha de creacion; data criacao;
        登録年月日; 등록일; connected date; fecha de activacion; fecha de activación; approval date; reg created""",
    "updated": """
        updated date; updated; updated on; update date; date updated; last updated; last updated on; last updated
        date; last update; last update date; last modified; last modified on; last modified date; modified; modified
        date; modification date; changed; domain last updated date; domain last updated; domain datelastmodified;
        domain record last updated; record last updated; record last updated on; record last modified; last changed;
        date of last change; entry updated; last change; fecha de modificacion; fecha de modificación; ultima
        modificacion; última modificación; ultima actualización; ultima actualizacion; fecha de ultima modificacion;
        最終更新; 最近更新; 최근 정보 변경일""",
    "expires": """
        registry expiry date; expiration date; expiry date; expires; expires on; expire; expired; expire date;
        expiry; exp date; expired date; expiration time; expiration; expires at; expire on; domain expires;
        domain expires on; domain expiration date; domain expiry date; domain datebilleduntil; record expires;
        record expires on; record will expire on; record expired; renewal date; renewal; renew date; date
        renewal; paid till; valid until; valid date; validity; validity date; valid to; paid until; fecha de
        vencimiento; fecha de expiracion; fecha de expiración; date d expiration; data de expiração; data de
        expiracao; 有効期限; 사용 종료일; fecha de corte; registration expiration""",
    "registrar expires": "registrar registration expiration date; registrar expiration date",
    "registrar": """
        registrar; registrar name; sponsoring registrar; sponsoring registrar name; sponsoring registrar
        organization; registrar organization; current registar; current registrar; registration service provider;
        authorized agency; registrar company; registered by; provider; registrador; agent d enregistrement;
        registrar organisation""",
    "registrar id": """
        registrar iana id; sponsoring registrar iana id; sponsoring registrar id; registrar id; registrar handle;
        registrar tag""",
    "registrant": """
        registrant; owner; holder; holder c; domain holder; domain owner; domain name holder; holder of domain
        name; organization using domain name; organisation; titular; titular registrant; titulaire; org;
        responsible; person; descr; company english name; eligibility name; organization; network service name;
        登録者名; 등록인; organisation name""",
    "name server": """
        name server; name servers; nameserver; nameservers; nserver; nservers; nservers list; ns; ns hostname; ns
        name; dns; dns server; dns servers; dns name; name server information; name servers information; nameserver
        information; nameservers information; host name; hostname; server name; primary server; secondary server;
        primary name server; secondary name server; primary nameserver; secondary nameserver; primary server
        hostname; secondary server hostname; third server hostname; fourth server hostname; fifth server hostname;
        sixth server hostname; domain servers; domain server; domain nameservers; domain name servers; domain
        servers in listed order; name servers in the listed order; name servers in listed order; nameserver in
        listed order; nameservers in listed order; listed name servers; authoritative name servers; domain name
        server; servidor dns; servidores dns; servidor; servers; servidor de nombres de dominio; domain name servers
        listed in order; servidores de nombre; servidores de nombres; servidores de dominio; serveur de noms;
        serveurs de noms; ネームサーバ; 호스트이름""",
    "status": """
        status; domain status; state; registration status; record status; domaintype; query status; eppstatus; epp
        status; domain state; domain name status; estado; estado del dominio; statut; 状態; nic state; etat""",
    "dnssec": "dnssec; signing key; domain signed; dnssec status; ds; ds rdata; 署名鍵",
    "whois server": "registrar whois server; whois server; referral server; refer; whois",
}

_ROLE_LISTS = {
    "registrant": """
        registrant; registrant contact; registrant information; registrant details; details of registrant; owner;
        owner contact; owner c; holder; holder c; domain holder; domain owner; domain owners registrant; holder of
        domain name; domain name holder; registered contact; org; organisation; organization; organization using
        domain name; titular; titular registrant; titulaire; registrant name; dom holder; registrant s address;
        company information""",
    "administrative": """
        admin; administrative; administrative contact; administrative contacts; administrative contact agent; admin
        contact; admin c; adm; administrative contact information; admin contacts; contacto administrativo;
        responsible person; administrative contact details; details of administrative contact""",
    "technical": """
        tech; technical; technical contact; technical contacts; tech contact; tech c; tec; zone c; technical contact
        s; technical contact information; contacto técnico; contacto tecnico; onsite s; onsite; tech contacts;
        technical contact details; zone contact; details of technical contact""",
    "billing": """
        billing; billing contact; billing contacts; billing c; bill; billing contact information; contacto de
        cobranza; financial contact; contacto financiero; entidade gestora; entidade gestora billing contact;
        invoicing party""",
    "registrar": """
        registrar; registrar information; sponsoring registrar; registrar details; current registrar; registered by;
        registrar s""",
    "reseller": "reseller; registered through; reseller information",
    "abuse": "abuse contact; abuse; abuse c; registrar abuse contact",
    "contact": """
        contact; contact information; contacts; person; role; nic hdl; nic hdl br; handle; contact id; domain
        managers; public contact""",
    "other": """
        nsset; keyset; keys; nsl id; ns list; mntner; irt; ipv; host id; server name; trademark; additional section;
        whois; last whois; dnskey; source; ds record; key tag; host""",
    "domain": """
        domain; domain information; domain name; domain details; relevant dates; important dates; registration
        status; registration details; domain data""",
}

_CONTACT_LISTS = {
    "name": """
        name; contact name; person; personname; contact; full name; nombre; nome; name last first; given name;
        responsible; contact person; nom; first name; real name""",
    "organization": """
        organization; organisation; organization name; organisation name; org; company; company name; orgname;
        organización; organizacion; company english name; organization loc; legal name""",
    "handle": """
        id; nic handle; nic hdl; nic hdl br; handle; contact id; norid handle; registry id; nic handle if known;
        pid; contact handle""",
    "email": """
        email; e mail; e mailbox; email address; contact email; mail; correo electronico; correo; abuse email""",
    "phone": """
        phone; phone number; telephone; voice; tel; contact phone; phone no; telefono; teléfono; telephone number""",
    "address": """
        address; street; street address; postal address; post address; city; state; state province; province; postal
        code; postalcode; zip; zipcode; zip code; postal area; address loc; postal code loc; contact address;
        direccion; dirección; ciudad; domicilio; location; addr; contact city""",
    "country": "country; countrycode; country code; country economy; country loc; pais; país; contact country",
    "other": """
        fax; fax number; fax no; fax ext; phone ext; faxno; type; id type; id number; created; changed; updated;
        modified; last updated; last update; last modified; status; state; registered; expires; legal form; regnr;
        language; website; url; register number; source; anonymous; obsoleted; eligstatus; reachstatus; idstatus;
        fax no ext; voice extn; fax extn; contact fax; www; organization id; account name; family name; dom public;
        registrar; mnt by; last change; eppstatus; remarks""",
}

_SHARED_LIST = """
    created; created on; registered; registered on; registered date; registration date; date registered;
    registration; updated; updated on; last updated; last updated on; last update; last modified; last change;
    modified; changed; expires; expire; renewal; status; state; estado; statut; eppstatus; registrar; registrant;
    provider; assigned; organisation; organization; person; org; owner; holder; responsible; descr; domain; whois;
    ds; dns; ns; servers; servidor; server name; host name; hostname; registrar id"""

_STARTER_LIST = """
    person; personname; role; nic hdl; nic hdl br; contact; contact type; contact id; contact handle; norid handle;
    handle; nsset; keyset; key tag; irt; mntner; server name; host id; dnskey; registrar"""


def _spread(lists: dict[str, str]) -> dict[str, str]:
    return {word: kind for kind, words in lists.items() for word in _split(words)}


def _split(words: str) -> list[str]:
    return [" ".join(word.split()) for word in words.split(";")]


DOMAIN = _spread(_DOMAIN_LISTS)
"""Label to the part of the record that it names."""
ROLES = _spread(_ROLE_LISTS)
"""Heading or prefix to the role of the contact below or behind it."""
CONTACT = _spread(_CONTACT_LISTS)
"""Label inside a contact to the part of the contact that it names."""
SHARED = frozenset(_split(_SHARED_LIST))
"""Labels of `DOMAIN` that a contact's block uses for itself."""
STARTERS = frozenset(_split(_STARTER_LIST))
"""First labels of a block (text between empty lines) that is about something else than the domain."""
CONTINUERS = frozenset({"additional information", "additional info"})
"""First labels of a block that goes on with what the block before it is about."""
PHRASES = tuple(
    sorted(
        (
            word
            for word in DOMAIN
            if word.startswith("record ") or word in ("domain registered", "registered on", "expires on", "created on")
        ),
        key=len,
        reverse=True,
    )
)
"""Labels that also stand without a colon, as in "Record expires on 2014-06-07."."""
