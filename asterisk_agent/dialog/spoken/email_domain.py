"""The domain of a spoken e-mail address: 'g mail dot com', 'gmail', 'example dot co dot uk'."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.corrections import correction_at
from asterisk_agent.dialog.spoken.email_tokens import glued, number_at
from asterisk_agent.dialog.spoken.spelling import spelled_at
from asterisk_agent.dialog.spoken.tokens import Token

_PROVIDERS = {
    "gmail": "gmail.com",
    "googlemail": "googlemail.com",
    "yahoo": "yahoo.com",
    "hotmail": "hotmail.com",
    "outlook": "outlook.com",
    "icloud": "icloud.com",
    "aol": "aol.com",
    "protonmail": "protonmail.com",
    "proton": "proton.me",
    "comcast": "comcast.net",
    "verizon": "verizon.net",
    "msn": "msn.com",
    "live": "live.com",
    "att": "att.net",
    "sbcglobal": "sbcglobal.net",
    "bellsouth": "bellsouth.net",
    "cox": "cox.net",
    "charter": "charter.net",
    "earthlink": "earthlink.net",
    "ymail": "ymail.com",
    "fastmail": "fastmail.com",
    "zoho": "zoho.com",
    "gmx": "gmx.com",
    "me": "me.com",
    "mac": "mac.com",
    "optonline": "optonline.net",
    "frontier": "frontier.com",
    "rocketmail": "rocketmail.com",
    "yandex": "yandex.com",
    "tutanota": "tutanota.com",
    "mail": "mail.com",
    "spectrum": "spectrum.net",
    "roadrunner": "roadrunner.com",
    "cableone": "cableone.net",
}
_WORDS_TOO = frozenset({"me", "mac", "live", "mail", "cox", "charter", "frontier", "spectrum", "proton", "att"})
"""Providers whose names are words: only with 'dot com'."""
_FUZZY = (
    "gmail",
    "yahoo",
    "hotmail",
    "outlook",
    "icloud",
    "protonmail",
    "comcast",
    "verizon",
    "sbcglobal",
    "bellsouth",
)
"""Providers whose names no shop or person shares, so that a near miss is one."""
_HEARD = (
    (r"\b(?:g|gee|jee|ji|gene|chi|the g)[ -]?(?:mail|male|mall|mel)\b", "gmail"),
    (r"\bgmale\b|\bgemail\b|\bgeemail\b|\bg-mail\b", "gmail"),
    (r"\bhot[ -]?(?:mail|male)\b", "hotmail"),
    (r"\bout[ -]look\b", "outlook"),
    (r"\b(?:i|eye)[ -]cloud\b", "icloud"),
    (r"\ba\.? ?o\.? ?l\b\.?(?=\s*(?:$|dot|\.|,))|\bay oh el\b", "aol"),
    (r"\b(?:ya|yeah) ?(?:hoo|who)\b|\byahu\b", "yahoo"),
    (r"\bproton[ -]mail\b", "protonmail"),
    (r"\bm\.? ?s\.? ?n\b(?=\s*(?:$|dot|\.))", "msn"),
    (r"\bcom[ -]cast\b", "comcast"),
    (r"\b(?:y|why) ?mail\b", "ymail"),
    (r"\bfast mail\b", "fastmail"),
    (r"\bs ?b ?c ?global\b", "sbcglobal"),
    (r"\bcable one\b", "cableone"),
    (r"\barroba\b", "at"),
    (r"\bbell south\b", "bellsouth"),
    (r"\bearth link\b", "earthlink"),
    (r"\brocket mail\b", "rocketmail"),
    (r"\bgoogle mail\b", "googlemail"),
    (r"\ba ?t ?(?:and|&|n) ?t\b", "att"),
    (r"\bunder ?score\b|\bunderscored\b", "underscore"),
    (r"\bdot\s?(?:com|calm|con|comm|come|cum|kom|cam)\b(?!\w)|\bdotcom\b", "dot com"),
    (r"\b(?:full stop)\b", "dot"),
    (r"\bat (?:the )?rate(?: of)?(?: sign)?\b", "at"),
    (r"\bat[ -]sign\b|\bat symbol\b|\bthe at\b|\bad sign\b|@", " at "),
    (r"\bdot\s+c o m\b", "dot com"),
    (r"\bdot\s+n e t\b", "dot net"),
    (r"\bdot\s+o r g\b", "dot org"),
    (r"\bdot\s+e d ?u\b", "dot edu"),
    (r"\bdot\s+u k\b", "dot uk"),
    (r"\bdot\s+c o\b(?! ?m)", "dot co"),
    (r"\bdot\s+(?:i o|eye oh)\b", "dot io"),
    (r"\bdot\s+u s\b", "dot us"),
    (r"\bdot\s+(?:gov|g o v)\b", "dot gov"),
)
_HEARD_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), written) for pattern, written in _HEARD)
_ENDINGS = words.word_set(
    "com net org edu gov io co us uk ca me info biz de fr es it nl au nz in ie dev app shop store tv ai xyz"
    " online mil email tech cloud eu ch at jp mx br page site club"
)


def heard(spoken: str) -> str:
    """``spoken`` (lower case) with providers, endings and the at sign in one form, however they were misheard."""
    for pattern, written in _HEARD_PATTERNS:
        spoken = pattern.sub(written, spoken)
    return spoken


def near_provider(name: str) -> str:
    """'gmial' as 'gmail'."""
    if name in _PROVIDERS or len(name) < 4:
        return name
    near = process.extractOne(name, _FUZZY, scorer=fuzz.ratio, score_cutoff=80)
    return near[0] if (near and sorted(near[0]) == sorted(name)) or (near and near[1] >= 88) else name


def domain_at(tokens: list[Token], at: int) -> tuple[int, str] | None:
    """(end, domain) of 'gmail dot com', 'gmail', 'example dot co dot uk', 'b l u e dot com'."""
    while at < len(tokens) and (
        tokens[at].word in ("domain", "like", "um", "uh", ",", "is", "er")
        or (tokens[at].word == "the" and at + 1 < len(tokens) and tokens[at + 1].word in ("domain", *_PROVIDERS))
    ):
        at += 1
    labels: list[str] = []
    current = ""
    end = at
    while end < len(tokens):
        word = tokens[end].word
        if word in ("dot", "point", "period") or (word == "." and (tokens[end].glued and glued(tokens, end + 1))):
            if not current:
                break
            labels.append(current)
            current = ""
            end += 1
            continue
        if labels and current in _ENDINGS:
            break
        following = tokens[end + 1].word if end + 1 < len(tokens) else ""
        if word == "." and current and following in _ENDINGS:
            labels.append(current)
            current = ""
            end += 1
            continue
        if word == "," and current and following in ("dot", "point"):
            end += 1
            continue
        if word in ("dash", "hyphen", "-", "minus") and current:
            current += "-"
            end += 1
            continue
        spelled = spelled_at(tokens, end)
        if spelled:
            current += spelled.letters
            end = spelled.end
            continue
        if word == "and" and current and not labels and current not in _PROVIDERS and _dot_ahead(tokens, end):
            current += "and"
            end += 1
            continue
        if current and correction_at(tokens, end):
            break
        if not (word.isalnum() or "'" in word) or word in (",", "that's", "it's", "and", "please", "thanks", "thank"):
            break
        if not labels and current in _PROVIDERS and word != "dot" and not word.isdigit():
            break
        number = number_at(tokens, end)
        if number:
            end = number[0]
            current += number[1]
        else:
            current += word.replace("'", "")
            end += 1
    if current:
        labels.append(current.strip("-"))
    if len(labels) == 1:
        alone = near_provider(labels[0])
        return (end, _PROVIDERS[alone]) if alone in _PROVIDERS and alone not in _WORDS_TOO else None
    if len(labels) < 2 or not re.fullmatch(r"[a-z]{2,10}", labels[-1]):
        return None
    labels[0] = near_provider(labels[0])
    return end, ".".join(labels)


def _dot_ahead(tokens: list[Token], at: int) -> bool:
    return any(token.word == "dot" for token in tokens[at + 1 : at + 5])


def corrected_domain(tokens: list[Token], end: int) -> str:
    """The domain of 'at hotmail dot com, sorry, outlook dot com' after the first one; '' for none."""
    found = ""
    for at in range(end, len(tokens)):
        mark = correction_at(tokens, at)
        for start in (mark[0] if mark else 0, at + 1 if tokens[at].word == "," else 0):
            if (
                start
                and end < start < len(tokens)
                and tokens[start].word != "not"
                and (domain := domain_at(tokens, start))
            ):
                found = domain[1]
    return found
