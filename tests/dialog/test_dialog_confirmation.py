"""What agrees to a change that was put in words, and what does not: nothing is done on a doubt."""

from __future__ import annotations

import pytest
from dialog_world import Call, ShopInMemory, order

from asterisk_agent.commerce.models import OrderStatus

AGREED = (
    *("yes", "yeah", "yep", "yup", "ya", "sure", "uh huh", "mhm", "mm-hmm", "si", "correct", "right", "exactly"),
    *("that's right", "that's correct", "yes that is correct", "positive", "affirmative", "absolutely", "of course"),
    *(
        "definitely",
        "for sure",
        "I'm sure",
        "yes I'm sure",
        "I am",
        "I do",
        "oh yes",
        "yes yes",
        "yes sir",
        "yes ma'am",
    ),
    *("go ahead", "alright go ahead", "do it", "do that", "ok do it", "let's do it", "go for it", "yeah go for it"),
    *("please", "please do", "you bet", "okay", "ok", "fine", "yeah that's fine", "that works", "perfect"),
    *("sounds good", "that'd be great", "yes I said yes", "cancel it", "yes please cancel it", "I want to cancel"),
    "just cancel it already",
)
NOT_AGREED = (
    *("no", "nope", "nah", "no thanks", "no no no", "no sir", "negative", "no way", "yeah no", "absolutely not"),
    *("not at all", "not yet", "not now", "not really", "maybe not", "actually no", "wait no", "on second thought no"),
    *("don't", "don't do it", "please don't", "no don't cancel it", "hold off", "stop", "leave it", "keep it"),
    *("no I want to keep it", "never mind", "forget it", "I changed my mind", "cancel that", "I'd rather not"),
    *("wait", "hold on", "hang on a second", "let me think", "hmm", "uh", "what", "huh", "say again"),
    *("I'm not sure", "I don't know", "how much do I get back", "can I change the address instead", "are you sure"),
    *("okay thanks", "what's in it"),
)


async def asked() -> Call:
    call = Call(ShopInMemory(order(status=OrderStatus.PROCESSING, shipments=())))
    reply = await call("cancel order 10442, zip 02139, last four 4242")
    assert "Are you sure?" in reply.text
    return call


@pytest.mark.parametrize("text", AGREED)
async def test_a_yes_in_any_words_does_it(text: str) -> None:
    call = await asked()
    await call(text)
    assert [change.name for change in call.store.performed] == ["cancel_order"]


@pytest.mark.parametrize("text", NOT_AGREED)
async def test_anything_else_does_nothing(text: str) -> None:
    call = await asked()
    await call(text)
    assert call.store.performed == []
