"""How long turn-taking waits, in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Every wait of the turn machine, in milliseconds. The first six are settings (``[turn]``).

    The rest follow from how people talk: nobody reacts to a voice in less than about 200 ms, a backchannel
    ("uh-huh") lasts 200 to 600 ms, a phrase that goes on for a second is somebody who wants the floor.
    """

    endpoint_ms: int = 200
    """Silence that ends a complete utterance."""
    incomplete_ms: int = 1400
    """Silence that ends an incomplete one ("my order number is")."""
    barge_in_ms: int = 200
    """Voice that pauses the agent."""
    silence_ms: int = 7000
    """Silence after a prompt before the dialogue asks again."""
    digit_ms: int = 2500
    """Pause that ends keypad input."""
    max_utterance_ms: int = 20000
    """Hard cap on one utterance."""

    decode_after_ms: int = 40
    """Silence before the first, speculative decode: about one window of voice detection. It is the caller who waits
    for it; a decode too early costs a core a quarter of a second."""
    filler_ms: int = 3000
    """Silence after nothing but "um": the caller is thinking."""
    transcript_ms: int = 4000
    """Longest wait for a transcript before the caller is asked again."""
    probe_ms: int = 600
    """Voice over the agent after which its words are looked for while it goes on."""
    next_probe_ms: int = 800
    """And again after this much more."""
    noise_probe_ms: int = 2000
    """The same once it was found to be noise."""
    takeover_ms: int = 1000
    """Voice over the agent that takes the floor without waiting for its words."""
    reaction_ms: int = 200
    """Speech that began this early in a playback is no answer to it but goes on from the last turn."""
    late_answer_ms: int = 700
    """An "okay" in the last part of a prompt of this length is the answer, not a backchannel."""
    late_yes_ms: int = 1500
    """The same for a yes/no question."""
    noise_ms: int = 600
    """Wordless sound since the last turn that is worth asking again."""
    after_noise_ms: int = 1500
    """Least silence after a short noise before the dialogue asks again."""
    reply_ms: int = 15000
    """Longest wait for a reply. Then the caller goes to people: nothing else would end the wait."""
    stall_ms: int = 10000
    """A playback that reports no progress for this long is taken as ended."""
