"""Who and what the demo consists of, all of it invented: numbers are of the range kept free for fiction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """A person who can log in."""

    email: str
    full_name: str


@dataclass(frozen=True)
class Person:
    """A contact."""

    first_name: str
    last_name: str
    phone_number: str
    email: str = ""

    @property
    def is_unknown(self) -> bool:
        return self.first_name == "Unknown"


@dataclass(frozen=True)
class Agent:
    """A voice agent, and its instructions."""

    name: str
    prompt: str
    first_message: str


@dataclass(frozen=True)
class Number:
    """A telephone number of an organization; `agent` answers it, the first user calls from the default one."""

    phone_number: str
    provider: str
    label: str
    agent: str = ""
    is_default: bool = False


@dataclass(frozen=True)
class Company:
    """An organization with all that belongs to it. The first account is the one that its calls belong to."""

    name: str
    accounts: tuple[Account, ...]
    agents: tuple[Agent, ...]
    numbers: tuple[Number, ...]
    people: tuple[Person, ...]


def _people(*names: str, first_number: int) -> tuple[Person, ...]:
    people = []
    for position, name in enumerate(names):
        first, _, last = name.partition(" ")
        email = f"{first}.{last}@example.net".lower() if position % 3 else ""
        people.append(Person(first, last, f"+1416555{first_number + position:04}", email))
    return tuple(people)


USER = Account("user@example.com", "Robin Taylor")
ADMIN = Account("admin@example.com", "Alex Morgan")
OTHER = Account("other@example.org", "Jamie Clark")

DEMO = Company(
    name="Example Services",
    accounts=(USER, ADMIN),
    agents=(
        Agent(
            "Mia",
            "You answer the telephone of Example Services. Book, move and cancel appointments, say where orders are,"
            " and pass on what only a person can decide.",
            "Example Services, this is Mia. How can I help you?",
        ),
        Agent(
            "Leo",
            "You call customers of Example Services about quotes, invoices and appointments. Be brief, and never"
            " promise a price.",
            "Hello, this is Leo from Example Services.",
        ),
    ),
    numbers=(
        Number("+14165550100", "sinch", "Front desk", agent="Mia", is_default=True),
        Number("+14165550101", "sinch", "Follow-up", agent="Leo"),
        Number("+14165550103", "sinch", "Sales"),
        Number("+14165550102", "twilio", "Office", is_default=True),
    ),
    people=_people(
        # The first five are heard in the recordings.
        *("Daniel Brooks", "Priya Nair", "Tom Fischer", "Grace Okafor", "Sam Whitfield"),
        *("Olivia Chen", "Noah Tremblay", "Amara Diallo", "Lucas Novak", "Hannah Weiss", "Mateo Garcia"),
        *("Chloe Martin", "Ravi Menon", "Emma Lindqvist", "Yuki Tanaka", "Liam Murphy", "Zoe Papadakis"),
        # As ingest names those it does not know.
        *("Unknown Caller", "Unknown Caller", "Unknown Caller"),
        first_number=110,
    ),
)
OTHER_COMPANY = Company(
    name="Another Example",
    accounts=(OTHER,),
    agents=(),
    numbers=(Number("+14165550190", "twilio", "Office", is_default=True),),
    # One of them is a contact of both, as in life.
    people=_people("Daniel Brooks", first_number=110) + _people("Ivy Cole", "Max Stein", first_number=191),
)
# Prepaid, with an empty wallet: it has no logins, and its key shows what partners are answered then.
POOR_COMPANY = Company(
    name="Penniless Example",
    accounts=(Account("poor@example.net", "Charlie Moss"),),
    agents=(Agent("Kai", "You call customers of Penniless Example. Be brief.", "Hello, this is Kai."),),
    numbers=(Number("+14165550180", "sinch", "Office", agent="Kai", is_default=True),),
    people=(),
)
# A person whom the demo's organization must not call.
DO_NOT_CALL = "+14165550187"
