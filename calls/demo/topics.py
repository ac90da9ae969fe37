"""What invented calls are about: conversations with gaps, filled differently for every call."""

from __future__ import annotations

import random
from dataclasses import dataclass

from calls.reports import Direction, Role, TranscriptTurn

# Speaking takes this long for a word, and the pause between two turns is this long, in seconds.
_WORD_SECONDS = 0.37
_PAUSE_SECONDS = (0.3, 1.4)


@dataclass(frozen=True)
class Topic:
    """A conversation; the agent and the caller take turns, and the agent begins."""

    direction: Direction
    lines: tuple[str, ...]
    summary: str

    @property
    def names_the_caller(self) -> bool:
        return any("{name}" in line for line in self.lines)


@dataclass(frozen=True)
class Conversation:
    turns: tuple[TranscriptTurn, ...]
    summary: str
    duration: float


TOPICS = (
    Topic(
        "inbound",
        (
            "Example Services, this is {agent}. How can I help you?",
            "Hi, this is {name}. I would like to book an appointment for {day}.",
            "Of course. On {day} I have {time} or later in the afternoon. What suits you better?",
            "{time} is perfect.",
            "You are booked for {day} at {time}. Would you like a reminder by text message?",
            "Yes, please. Thank you.",
            "You will get it the day before. Goodbye, {name}.",
        ),
        "{name} booked an appointment for {day} at {time} and gets a reminder by text message.",
    ),
    Topic(
        "inbound",
        (
            "Example Services, this is {agent}. How can I help you?",
            "Hello, I am waiting for order {number} and wonder where it is.",
            "Let me look. Order {number} left our warehouse yesterday and should arrive on {day}.",
            "Can it be left at the side door?",
            "I have added that for the driver. Is there anything else?",
            "No, that was it. Thanks.",
        ),
        "{name} asked for order {number}, which arrives on {day}. The driver leaves it at the side door.",
    ),
    Topic(
        "inbound",
        (
            "Example Services, you are speaking with {agent}.",
            "Hi {agent}. I have to cancel my appointment on {day}.",
            "I am sorry to hear that. Shall I find you another day?",
            "Not now, I will call again when I know more.",
            "That is fine. The appointment on {day} is cancelled, at no charge.",
        ),
        "{name} cancelled the appointment on {day} and will call again. No new date was agreed.",
    ),
    Topic(
        "inbound",
        (
            "Example Services, this is {agent}. How can I help you?",
            "Good morning. Something is wrong with invoice {number}, the amount is too high.",
            "I see what you mean: the discount is missing. I am sorry.",
            "So what happens now?",
            "I pass it to accounting, and a person calls you back by {day}. May I have them use this number?",
            "Yes, this number is right. Please make it before {time}.",
            "That is noted. Thank you for telling us, {name}.",
        ),
        "Invoice {number} lacks {name}'s discount. Accounting is to call back by {day}, before {time}.",
    ),
    Topic(
        "inbound",
        (
            "Example Services, this is {agent}. How can I help you?",
            "How long are you open on {day}?",
            "On {day} we are open from eight to six. Would you like to reserve a time?",
            "No, I will just drop by. Thank you.",
        ),
        "{name} asked for the opening hours on {day}.",
    ),
    Topic(
        "outbound",
        (
            "Hello, this is {agent} from Example Services. Am I speaking with {name}?",
            "Speaking.",
            "You asked us for a quote last week. Have you had a chance to look at it?",
            "I have. The price is fine, but I need it delivered by {day}.",
            "We can do that. Shall I put the order through?",
            "Send me the confirmation first, and I will sign it by {time}.",
            "It is on its way. Thank you, {name}.",
        ),
        "{name} accepts quote {number} if it is delivered by {day}. The confirmation was sent and will be signed.",
    ),
    Topic(
        "outbound",
        (
            "Hello {name}, this is {agent} from Example Services. I am calling about invoice {number}.",
            "Oh. Is it not paid yet?",
            "Not as far as we can see. Could you have a look?",
            "You are right, I forgot. I will transfer it on {day}.",
            "Thank you. I have noted {day}, so no reminder will be sent before.",
        ),
        "{name} had forgotten invoice {number} and pays on {day}.",
    ),
    Topic(
        "outbound",
        (
            "Hello, this is {agent} from Example Services. I am calling to confirm {day} at {time}. Does it suit you?",
            "Yes, I will be there.",
            "Wonderful. Please bring your documents along.",
            "Will do. Bye.",
        ),
        "{name} confirmed the appointment on {day} at {time}.",
    ),
    Topic(
        "outbound",
        (
            "Hello {name}, this is {agent} from Example Services. Do you have two minutes for a question or two?",
            "Two minutes, yes.",
            "How satisfied were you with our visit last {day}, from one to ten?",
            "I would say nine. The technician was friendly, only a bit late.",
            "Thank you, I pass that on. May we call you again when there is something new?",
            "Rather write me an email.",
            "Email it is. Have a nice day.",
        ),
        "{name} rates the visit nine of ten; the technician was late. Prefers email to calls.",
    ),
)


def conversation(chance: random.Random, *, topic: Topic, agent: str, name: str) -> Conversation:
    """The topic as it went this time."""
    words = {
        "agent": agent,
        "name": name,
        "day": chance.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
        "time": chance.choice(("nine", "half past nine", "ten", "a quarter to eleven", "two", "half past three")),
        "number": str(chance.randint(10_000, 99_999)),
    }
    turns, second = [], 0.4
    roles: tuple[Role, Role] = ("agent", "user")
    for position, line in enumerate(topic.lines):
        message = line.format(**words)
        turns.append(TranscriptTurn(roles[position % 2], message[0].upper() + message[1:], round(second, 2)))
        second += len(message.split()) * _WORD_SECONDS + chance.uniform(*_PAUSE_SECONDS)
    return Conversation(tuple(turns), topic.summary.format(**words), round(second, 1))
